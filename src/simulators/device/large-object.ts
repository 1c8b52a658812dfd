import { decodeBase64Pieces, octetsInBase64 } from '../../syncml/base64-pieces.ts';
import type { Item } from '../../syncml/message.ts';
import type { NodeContent } from './management-tree.ts';
import { type NodeValue, valueOctets } from './tree-node.ts';

interface Buffered {
  readonly name: string;
  readonly locUri: string;
  readonly content: NodeContent;
  readonly size: number | undefined;
  readonly chunks: NodeValue[];
  octets: number;
}

/**
 * Puts the chunks of one object together (OMA-TS-DM_Protocol, large object handling). One object at a time: chunks
 * come in messages next to each other, with nothing between them.
 */
export class LargeObject {
  #buffered: Buffered | undefined;
  readonly #maxOctets: number;

  constructor(maxOctets: number = Number.POSITIVE_INFINITY) {
    this.#maxOctets = maxOctets;
  }

  /** The LocURI of the object whose end has not come, when this command is not its continuation. It is given up. */
  interruptedBy(name: string, items: readonly Item[]): string | undefined {
    const waiting = this.#buffered;
    if (waiting === undefined) return undefined;
    if (waiting.name === name && items[0]?.target?.uri === waiting.locUri) return undefined;
    this.#buffered = undefined;
    return waiting.locUri;
  }

  /**
   * Takes one Item's content. Returns the whole content once it is there; 213 for a chunk that was kept, 413 for what is
   * larger than the device takes, 411 for a first chunk that does not say the size, 424 when the size was another.
   */
  take(name: string, locUri: string, item: Item, content: NodeContent): NodeContent | 213 | 411 | 413 | 424 {
    const value = content.value ?? '';
    const size = item.meta?.size;
    if (this.#buffered === undefined && item.moreData !== true) {
      return Math.max(size ?? 0, valueOctets(value)) > this.#maxOctets ? 413 : content;
    }
    if (this.#buffered === undefined && size === undefined) return 411;
    this.#buffered ??= { name, locUri, content, size, chunks: [], octets: 0 };
    const object = this.#buffered;
    object.chunks.push(value);
    const isBase64 = object.content.format === 'b64' && typeof value === 'string';
    object.octets += isBase64 ? octetsInBase64(value) : valueOctets(value);
    if (Math.max(object.octets, object.size ?? 0) > this.#maxOctets) {
      this.#buffered = undefined;
      return 413;
    }
    if (item.moreData === true) return 213;
    this.#buffered = undefined;
    const whole = join(object.chunks);
    // Size is that of the object, whatever it travels in; some servers count its base64.
    const decoded =
      object.content.format === 'b64' && typeof whole === 'string' ? decodeBase64Pieces(whole) : undefined;
    if (object.size !== valueOctets(whole) && object.size !== decoded?.length) return 424;
    return { ...object.content, value: decoded ?? whole };
  }
}

function join(chunks: readonly NodeValue[]): NodeValue {
  // A chunk cut inside a character arrives as octets, its neighbours as text.
  if (chunks.every((chunk) => typeof chunk === 'string')) return chunks.join('');
  const octets = Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
  return new Uint8Array(octets);
}
