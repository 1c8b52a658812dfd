import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { ObjectStore, StoredObject } from './ports/object-store.ts';

/** A large value as it is given out. */
export interface ObjectContent extends StoredObject {
  /** RFC 9110, e.g. `text/plain; charset=utf-8`. */
  readonly mediaType: string;
  readonly octets: AsyncIterable<Uint8Array>;
}

/** What admins read of the large values of devices. */
export class Objects {
  readonly #store: Pick<ObjectStore, 'find' | 'read'>;

  constructor(ports: { readonly objects: Pick<ObjectStore, 'find' | 'read'> }) {
    this.#store = ports.objects;
  }

  /** @throws AppError `object-unknown`: there is none of that id, or all of it has not come */
  async get(id: string): Promise<ObjectContent> {
    const object = isUuid(id) ? await this.#store.find(id) : undefined;
    if (object === undefined) throw new AppError('object-unknown', 'There is no object of that id.');
    return { ...object, mediaType: mediaTypeOf(object), octets: this.#store.read(object.id) };
  }
}

/** RFC 9110, 8.3.1, without parameters: what a device calls its value may be anything. */
const MEDIA_TYPE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,127}\/[A-Za-z0-9!#$%&'*+.^_`|~-]{1,127}$/;

/** What is no octets is text in UTF-8 (OMA-TS-DM_RepPro, Format); a type that is none is passed over. */
function mediaTypeOf({ format = 'chr', type }: StoredObject): string {
  const named = type !== undefined && MEDIA_TYPE.test(type) ? type.toLowerCase() : undefined;
  if (format === 'bin' || format === 'b64') return named ?? 'application/octet-stream';
  if (named === undefined) return format === 'xml' ? 'application/xml' : 'text/plain; charset=utf-8';
  return named.startsWith('text/') ? `${named}; charset=utf-8` : named;
}
