import { decodeBase64Pieces, octetsInBase64 } from '../syncml/base64-pieces.ts';
import type { Data, Item, Meta } from '../syncml/message.ts';
import type { IncomingObject } from './session-state.ts';

/** What an Item of Results came to. */
export type Taken =
  /** All of a value: the Item as if it had come in one piece. */
  | { readonly kind: 'whole'; readonly item: Item }
  /** A piece; more are to come. */
  | { readonly kind: 'kept'; readonly object: IncomingObject }
  /** 411: the first piece does not name the size. 413: larger than we said we take. 424: not as large as was said. */
  | { readonly kind: 'refused'; readonly code: 411 | 413 | 424; readonly rest: IncomingObject | undefined }
  /** More, or the end, of one that was refused. */
  | { readonly kind: 'passed-over'; readonly rest: IncomingObject | undefined };

/** Is this the next piece of that object? Pieces may come under the CmdRef of one command and the LocURI of one Item only. */
export function continues(object: IncomingObject, ref: string, locUri: string): boolean {
  return object.ref === ref && object.locUri === locUri;
}

/**
 * Puts an object together that the device sends in pieces (OMA-TS-DM_Protocol, 7).
 *
 * @param object what came before, undefined at the first piece
 * @param ref MsgRef and CmdRef of the Results
 */
export function takePiece(
  object: IncomingObject | undefined,
  ref: string,
  locUri: string,
  item: Item,
  inherited: Meta | undefined,
  maxObjSize: number,
): Taken {
  if (object === undefined && item.moreData !== true) return { kind: 'whole', item };
  const isLast = item.moreData !== true;
  if (object?.isRefused === true) return { kind: 'passed-over', rest: isLast ? undefined : object };
  const meta: Meta = { ...inherited, ...item.meta };
  const size = object?.size ?? meta.size;
  const refuse = (code: 411 | 413 | 424): Taken => {
    const rest: IncomingObject = { ref, locUri, size: 0, base64: '', isRefused: true };
    return { kind: 'refused', code, rest: isLast ? undefined : rest };
  };
  if (size === undefined) return refuse(411);
  const octets = Buffer.concat([Buffer.from(object?.base64 ?? '', 'base64'), octetsOf(item.data)]);
  const format = object?.format ?? meta.format;
  const length = format === 'b64' ? octetsInBase64(octets.toString('latin1')) : octets.length;
  if (Math.max(size, length) > maxObjSize) return refuse(413);
  const type = object?.type ?? meta.type;
  const known = { ...(format !== undefined && { format }), ...(type !== undefined && { type }) };
  if (!isLast) {
    return { kind: 'kept', object: { ref, locUri, size, ...known, base64: octets.toString('base64') } };
  }
  // Size is that of the object; some count its base64 where it travels in that.
  const decoded = format === 'b64' ? decodeBase64Pieces(octets.toString('latin1')) : undefined;
  if (octets.length !== size && decoded?.length !== size) return refuse(424);
  const { moreData: _, ...rest } = item;
  const data = decoded === undefined ? dataOf(octets, format) : Buffer.from(decoded).toString('base64');
  return { kind: 'whole', item: { ...rest, meta: { ...meta, ...known }, data } };
}

function octetsOf(data: Data | undefined): Uint8Array {
  if (data === undefined) return Buffer.alloc(0);
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return data instanceof Uint8Array ? data : Buffer.alloc(0);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text unless the format, or the octets themselves, say otherwise; a piece may have ended inside a character. */
function dataOf(octets: Uint8Array, format: string | undefined): Data {
  if (format === 'bin') return octets;
  try {
    return strictUtf8.decode(octets);
  } catch {
    return octets;
  }
}
