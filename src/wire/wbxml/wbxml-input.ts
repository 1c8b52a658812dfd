import { Buffer } from 'node:buffer';
import { type Charset, charsetOf } from './charset.ts';
import { WbxmlError } from './wbxml-error.ts';

/** What a document may cost. Each limit left out has the default of {@link WBXML_LIMITS}. */
export interface WbxmlLimits {
  /** Octets of the whole document. */
  readonly maxBytes?: number;
  /** Elements inside each other, the root being 1; at most 512. */
  readonly maxDepth?: number;
  /** Elements, attributes, pieces of text and opaque values together. */
  readonly maxNodes?: number;
  /** Characters that table references and attribute tokens may expand to, all together. */
  readonly maxTableText?: number;
}

export const WBXML_LIMITS: Required<WbxmlLimits> = {
  maxBytes: 8 * 1024 * 1024,
  maxDepth: 64,
  maxNodes: 200_000,
  maxTableText: 4 * 1024 * 1024,
};

const NO_TABLE = Buffer.alloc(0);
const UTF_8 = charsetOf(106) as Charset;

/** The octets of a document, read front to back: integers, strings, references, and what they may cost. */
export class WbxmlInput {
  /** The next octet's offset. */
  position = 0;
  readonly end: number;
  private readonly bytes: Buffer;
  private charset: Charset = UTF_8;
  private table: Buffer = NO_TABLE;
  private nodesLeft: number;
  private tableTextLeft: number;

  constructor(bytes: Uint8Array, limits: WbxmlLimits) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.byteLength;
    this.nodesLeft = limits.maxNodes ?? WBXML_LIMITS.maxNodes;
    this.tableTextLeft = limits.maxTableText ?? WBXML_LIMITS.maxTableText;
    const maxBytes = limits.maxBytes ?? WBXML_LIMITS.maxBytes;
    if (this.end > maxBytes) throw new WbxmlError('too-large', maxBytes, `more than ${maxBytes} octets`);
  }

  /** charset (section 5.6), as MIBenum; strings are read in it from here on. */
  charsetField(): number {
    const at = this.position;
    const mib = this.integer();
    const charset = charsetOf(mib);
    if (charset === undefined) throw new WbxmlError('unsupported-charset', at, `charset with MIBenum ${mib}`);
    this.charset = charset;
    return mib;
  }

  /** strtbl = length *byte (section 5.7). */
  stringTable(): void {
    const at = this.position;
    const length = this.integer();
    if (length > this.end - this.position) {
      throw new WbxmlError('truncated', at, `a string table of ${length} octets goes past the end`);
    }
    this.table = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
  }

  /** A string up to its terminator, which is consumed. */
  inlineString(): string {
    const start = this.position;
    this.countNode(start);
    const { bytes, end } = this;
    let at = start;
    if (this.charset.unit === 1) {
      let seen = 0;
      while (at < end) {
        const byte = bytes[at] as number;
        if (byte === 0) {
          this.position = at + 1;
          if (seen < 0x80 && this.charset.extendsAscii) return bytes.toString('latin1', start, at);
          return this.charset.decode(bytes, start, at);
        }
        seen |= byte;
        at++;
      }
    } else {
      for (; at + 1 < end; at += 2) {
        if (bytes[at] === 0 && bytes[at + 1] === 0) {
          this.position = at + 2;
          return this.charset.decode(bytes, start, at);
        }
      }
    }
    throw new WbxmlError('truncated', start, 'a string without its terminator');
  }

  /** STR_T, after its token. */
  tableReference(): string {
    const at = this.position - 1;
    this.countNode(at);
    return this.tableString(this.integer(), at);
  }

  /** The name of a literal tag or attribute, after its token. */
  literalName(): string {
    const at = this.position - 1;
    const name = this.tableString(this.integer(), at);
    if (name === '') throw new WbxmlError('bad-table-reference', at, 'a literal name that is empty');
    return name;
  }

  /** The string at that offset of the table; the end of the table may stand for its last terminator. */
  tableString(index: number, at: number): string {
    const { table } = this;
    const { length } = table;
    if (index >= length) {
      throw new WbxmlError('bad-table-reference', at, `offset ${index} in a string table of ${length} octets`);
    }
    let to = index;
    if (this.charset.unit === 1) {
      to = table.indexOf(0, index);
      if (to === -1) to = length;
    } else {
      while (to + 1 < length && (table[to] !== 0 || table[to + 1] !== 0)) to += 2;
      if (to + 1 >= length) to = length;
    }
    this.expand(to - index, at);
    const tableStart = table.byteOffset - this.bytes.byteOffset;
    return this.charset.decode(this.bytes, tableStart + index, tableStart + to);
  }

  /** ENTITY, after its token. */
  entity(): string {
    const at = this.position - 1;
    this.countNode(at);
    const code = this.integer();
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new WbxmlError('malformed-text', at, `entity ${code} is not a character`);
    }
    return String.fromCodePoint(code);
  }

  /** An OPAQUE's octets, after its token: a view of the document. */
  opaque(): Buffer {
    const at = this.position - 1;
    this.countNode(at);
    const length = this.integer();
    const start = this.position;
    if (length > this.end - start) {
      throw new WbxmlError('truncated', at, `opaque data of ${length} octets goes past the end`);
    }
    this.position = start + length;
    return this.bytes.subarray(start, start + length);
  }

  /** An OPAQUE that is text in the document's charset. */
  opaqueText(): string {
    const { length } = this.opaque();
    return this.charset.decode(this.bytes, this.position - length, this.position);
  }

  /** The next octet. */
  byte(): number {
    if (this.position >= this.end) throw new WbxmlError('truncated', this.end, 'the document ends too early');
    return this.bytes[this.position++] as number;
  }

  /** Steps over the next octet if it is that one. */
  skip(octet: number): boolean {
    if (this.position >= this.end || this.bytes[this.position] !== octet) return false;
    this.position++;
    return true;
  }

  /** mb_u_int32: seven bits an octet, big-endian, at most five octets (section 5.1). */
  integer(): number {
    const start = this.position;
    let value = 0;
    for (let octets = 1; octets <= 5; octets++) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new WbxmlError('integer-overflow', start, 'an integer of more than 32 bits');
  }

  /** Takes one off the nodes allowed. */
  countNode(at: number): void {
    if (--this.nodesLeft < 0) {
      throw new WbxmlError('too-many-nodes', at, 'more elements, attributes and texts than allowed');
    }
  }

  /** Takes text that tokens or references stand for off what is allowed. */
  expand(characters: number, at: number): void {
    this.tableTextLeft -= characters;
    if (this.tableTextLeft < 0) {
      throw new WbxmlError('too-much-table-text', at, 'references expand to more text than allowed');
    }
  }
}
