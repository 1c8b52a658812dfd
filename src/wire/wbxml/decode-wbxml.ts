import { Buffer } from 'node:buffer';
import { type Attribute, type Element, NO_ATTRIBUTES, NO_CHILDREN, type Node } from '../element.ts';
import { type Charset, charsetOf } from './charset.ts';
import {
  END,
  ENTITY,
  EXT_0,
  EXT_2,
  EXT_I_0,
  EXT_I_2,
  EXT_T_0,
  EXT_T_2,
  FIRST_ATTRIBUTE_VALUE,
  FIRST_TAG,
  HAS_ATTRIBUTES,
  HAS_CONTENT,
  LITERAL,
  LITERAL_A,
  LITERAL_AC,
  LITERAL_C,
  OPAQUE,
  PI,
  PUBLIC_ID_UNKNOWN,
  STR_I,
  STR_T,
  SWITCH_PAGE,
  TAG_MASK,
  VERSIONS,
  type WbxmlVersion,
} from './global-tokens.ts';
import type { AttributeRow, Language, Tag, TagPage } from './language.ts';
import { type LanguageName, languageNamed, languageOfPublicId } from './languages.ts';
import { decodeDatetime } from './opaque-datetime.ts';
import { WbxmlError, type WbxmlErrorCode } from './wbxml-error.ts';

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

/** The recursion of the decoder and encoder must stay far from the end of the stack. */
export const DEEPEST = 512;

export interface WbxmlDecodeOptions extends WbxmlLimits {
  /** The language of a document that calls itself unknown (public id 1) or names one that we do not know. */
  readonly assumeLanguage?: LanguageName | Language;
}

export interface WbxmlDocument {
  readonly root: Element;
  readonly version: WbxmlVersion;
  /** As the document says it: a registered number, or the formal identifier from its string table. */
  readonly publicId: number | string;
  /** IANA MIBenum; 0 when the document says it is unknown (it is then read as UTF-8). */
  readonly charset: number;
  readonly language: Language;
}

/**
 * Reads a WBXML 1.0–1.3 document (WAP-192-WBXML). Bytes in the result are copies, never views of the input.
 *
 * - An element gets the namespace of its code page; a literal tag that of the page in force.
 * - OPAQUE content is bytes. In an attribute value it is text in the document's charset, or what the attribute's row
 *   says.
 * - Neighbouring strings, table references and entities are one string; empty ones leave no child.
 * - Processing instructions are dropped. No language here gives the extension tokens a meaning, and they stand for
 *   content: refusing them (`unexpected-token`) loses nothing silently.
 * - A string table may end without its last terminator, as in the example of the SyncML representation protocol.
 *
 * Time and memory grow linearly with the input and stay inside the limits.
 *
 * @throws WbxmlError with the code of the fault and its offset; nothing else.
 */
export function decodeWbxml(bytes: Uint8Array, options: WbxmlDecodeOptions = {}): WbxmlDocument {
  return new Decoder(bytes, options).document();
}

const NO_TABLE = Buffer.alloc(0);

class Decoder {
  private readonly bytes: Buffer;
  private readonly end: number;
  private readonly maxDepth: number;
  private readonly assumed: Language | undefined;
  private position = 0;
  private nodesLeft: number;
  private tableTextLeft: number;
  private table: Buffer = NO_TABLE;
  private charset!: Charset;
  private plainText = true;
  private language!: Language;
  private tagPage: TagPage | undefined;
  private attributePage = 0;

  constructor(bytes: Uint8Array, options: WbxmlDecodeOptions) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.byteLength;
    this.maxDepth = Math.min(options.maxDepth ?? WBXML_LIMITS.maxDepth, DEEPEST);
    this.nodesLeft = options.maxNodes ?? WBXML_LIMITS.maxNodes;
    this.tableTextLeft = options.maxTableText ?? WBXML_LIMITS.maxTableText;
    this.assumed = options.assumeLanguage === undefined ? undefined : languageNamed(options.assumeLanguage);
    const maxBytes = options.maxBytes ?? WBXML_LIMITS.maxBytes;
    if (this.end > maxBytes) throw new WbxmlError('too-large', maxBytes, `more than ${maxBytes} octets`);
  }

  /** start = version publicid charset strtbl body; body = *pi element *pi (section 5.3). */
  document(): WbxmlDocument {
    const versionByte = this.byte();
    const version = VERSIONS[versionByte];
    if (version === undefined) {
      throw new WbxmlError('unsupported-version', 0, `version byte 0x${hex(versionByte)} is none of 1.0 to 1.3`);
    }
    const publicIdAt = this.position;
    const publicIdNumber = this.integer();
    const publicIdIndex = publicIdNumber === 0 ? this.integer() : undefined;

    // Version 1.0 had no charset field.
    const charsetAt = this.position;
    const mib = version === '1.0' ? 0 : this.integer();
    const charset = charsetOf(mib);
    if (charset === undefined) {
      throw new WbxmlError('unsupported-charset', charsetAt, `charset with MIBenum ${mib}`);
    }
    this.charset = charset;
    this.plainText = charset.extendsAscii;

    const tableLengthAt = this.position;
    const tableLength = this.integer();
    if (tableLength > this.end - this.position) {
      throw new WbxmlError('truncated', tableLengthAt, `a string table of ${tableLength} octets goes past the end`);
    }
    this.table = this.bytes.subarray(this.position, this.position + tableLength);
    this.position += tableLength;

    const publicId = publicIdIndex === undefined ? publicIdNumber : this.tableString(publicIdIndex, publicIdAt);
    const language = this.languageOf(publicId, publicIdAt);
    this.language = language;
    this.tagPage = language.tagPages[0];

    const root = this.root();
    return { root, version, publicId, charset: mib, language };
  }

  private languageOf(publicId: number | string, at: number): Language {
    const known = languageOfPublicId(publicId);
    if (known !== undefined) return known;
    if (this.assumed !== undefined) return this.assumed;
    const name = typeof publicId === 'number' ? `0x${publicId.toString(16)}` : JSON.stringify(publicId.slice(0, 80));
    throw new WbxmlError(
      'unknown-language',
      at,
      publicId === PUBLIC_ID_UNKNOWN ? 'the document does not say its language' : `public identifier ${name}`,
    );
  }

  private root(): Element {
    let root: Element | undefined;
    while (root === undefined) {
      const token = this.byte();
      if (token === PI) this.attributes();
      else if (token === SWITCH_PAGE) this.switchTagPage();
      else if (isTag(token)) root = this.element(token, 1);
      else throw this.unexpected(token, 'where the root element belongs');
    }
    while (this.position < this.end) {
      if (this.byte() !== PI) {
        throw new WbxmlError('trailing-bytes', this.position - 1, 'bytes after the root element');
      }
      this.attributes();
    }
    return root;
  }

  /** element = stag [1*attribute END] [*content END]; `token` was read just before. */
  private element(token: number, depth: number): Element {
    const at = this.position - 1;
    if (depth > this.maxDepth) throw new WbxmlError('too-deep', at, `elements nested deeper than ${this.maxDepth}`);
    this.countNode(at);
    let name: string;
    let namespace: string;
    if ((token & TAG_MASK) === LITERAL) {
      name = this.literalName();
      namespace = this.tagPage?.namespace ?? '';
    } else {
      const tag = this.tag(token, at);
      name = tag.name;
      namespace = tag.namespace;
    }
    const attributes = (token & HAS_ATTRIBUTES) === 0 ? NO_ATTRIBUTES : this.attributes();
    const children = (token & HAS_CONTENT) === 0 ? NO_CHILDREN : this.content(depth);
    return { name, namespace, attributes, children };
  }

  private tag(token: number, at: number): Tag {
    const page = this.tagPage;
    if (page === undefined) {
      throw new WbxmlError('unknown-page', at, `${this.language.name} has no code page 0, where a document starts`);
    }
    const tag = page.byToken[token & TAG_MASK];
    if (tag === undefined) {
      throw new WbxmlError(
        'unknown-token',
        at,
        `tag token 0x${hex(token & TAG_MASK)} on page ${page.page} of ${this.language.name}`,
      );
    }
    return tag;
  }

  private content(depth: number): readonly Node[] {
    const children: Node[] = [];
    // Text waits here until something else than text follows.
    let text = '';
    for (;;) {
      const token = this.byte();
      if (isTag(token)) {
        if (text !== '') {
          children.push(text);
          text = '';
        }
        children.push(this.element(token, depth + 1));
        continue;
      }
      switch (token) {
        case END:
          if (text !== '') children.push(text);
          return children.length === 0 ? NO_CHILDREN : children;
        case STR_I:
          text += this.inlineString();
          break;
        case STR_T:
          text += this.tableReference();
          break;
        case ENTITY:
          text += this.entity();
          break;
        case OPAQUE: {
          if (text !== '') {
            children.push(text);
            text = '';
          }
          const [start, end] = this.opaque();
          children.push(new Uint8Array(this.bytes.subarray(start, end)));
          break;
        }
        case SWITCH_PAGE:
          this.switchTagPage();
          break;
        case PI:
          this.attributes();
          break;
        default:
          throw this.unexpected(token, 'in the content of an element');
      }
    }
  }

  /** Attributes up to and with their END. Also reads what follows PI, which has the same form (section 5.8.4.3). */
  private attributes(): readonly Attribute[] {
    const attributes: Attribute[] = [];
    let name: string | undefined;
    let value = '';
    let row: AttributeRow | undefined;
    for (;;) {
      const token = this.byte();
      const at = this.position - 1;
      if (token !== END && token !== SWITCH_PAGE) this.countNode(at);

      if (token === END || token === LITERAL || ((token & TAG_MASK) >= FIRST_TAG && token < FIRST_ATTRIBUTE_VALUE)) {
        if (name !== undefined) attributes.push({ name, value });
        if (token === END) return attributes.length === 0 ? NO_ATTRIBUTES : attributes;
        if (token === LITERAL) {
          name = this.literalName();
          value = '';
          row = undefined;
        } else {
          row = this.language.attributePages[this.attributePage]?.[token];
          if (row === undefined) throw this.unknownAttributeToken(token, at);
          name = row.name;
          value = row.value ?? '';
          this.expand(value.length, at);
        }
      } else if (token === SWITCH_PAGE) {
        this.attributePage = this.byte();
      } else if (name === undefined) {
        throw this.unexpected(token, 'before any attribute');
      } else if ((token & TAG_MASK) >= FIRST_TAG) {
        const piece = this.language.valuePages[this.attributePage]?.[token]?.value;
        if (piece === undefined) throw this.unknownAttributeToken(token, at);
        value += piece;
        this.expand(piece.length, at);
      } else if (token === OPAQUE && row?.opaque === 'datetime') {
        value += this.datetime();
      } else {
        value += this.attributeText(token);
      }
    }
  }

  private attributeText(token: number): string {
    switch (token) {
      case STR_I:
        return this.inlineString();
      case STR_T:
        return this.tableReference();
      case ENTITY:
        return this.entity();
      case OPAQUE: {
        const [start, end] = this.opaque();
        return this.text(start, end);
      }
      default:
        throw this.unexpected(token, 'in an attribute value');
    }
  }

  private datetime(): string {
    const [start, end] = this.opaque();
    const text = decodeDatetime(this.bytes.subarray(start, end));
    if (text === undefined) throw new WbxmlError('malformed-text', start, 'opaque data that is no date and time');
    return text;
  }

  private switchTagPage(): void {
    const number = this.byte();
    const page = this.language.tagPages[number];
    if (page === undefined) {
      throw new WbxmlError('unknown-page', this.position - 1, `${this.language.name} has no code page ${number}`);
    }
    this.tagPage = page;
  }

  /** A string up to its terminator, which is consumed. */
  private inlineString(): string {
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
          if (seen < 0x80 && this.plainText) return asciiString(bytes, start, at);
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

  private tableReference(): string {
    const at = this.position - 1;
    this.countNode(at);
    return this.tableString(this.integer(), at);
  }

  private literalName(): string {
    const at = this.position - 1;
    const name = this.tableString(this.integer(), at);
    if (name === '') throw new WbxmlError('bad-table-reference', at, 'a literal name that is empty');
    return name;
  }

  /** The string at that offset of the table; the end of the table may stand for its last terminator. */
  private tableString(index: number, at: number): string {
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
    return this.text(tableStart + index, tableStart + to);
  }

  private entity(): string {
    const at = this.position - 1;
    this.countNode(at);
    const code = this.integer();
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new WbxmlError('malformed-text', at, `entity ${code} is not a character`);
    }
    return String.fromCodePoint(code);
  }

  /** Start and end of an OPAQUE's octets. */
  private opaque(): [number, number] {
    const at = this.position - 1;
    this.countNode(at);
    const length = this.integer();
    const start = this.position;
    if (length > this.end - start) {
      throw new WbxmlError('truncated', at, `opaque data of ${length} octets goes past the end`);
    }
    this.position = start + length;
    return [start, start + length];
  }

  private text(start: number, end: number): string {
    return this.charset.decode(this.bytes, start, end);
  }

  private byte(): number {
    if (this.position >= this.end) throw new WbxmlError('truncated', this.end, 'the document ends too early');
    return this.bytes[this.position++] as number;
  }

  /** mb_u_int32: seven bits an octet, big-endian, at most five octets (section 5.1). */
  private integer(): number {
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

  private countNode(at: number): void {
    if (--this.nodesLeft < 0) {
      throw new WbxmlError('too-many-nodes', at, 'more elements, attributes and texts than allowed');
    }
  }

  private expand(characters: number, at: number): void {
    this.tableTextLeft -= characters;
    if (this.tableTextLeft < 0) {
      throw new WbxmlError('too-much-table-text', at, 'references expand to more text than allowed');
    }
  }

  private unknownAttributeToken(token: number, at: number): WbxmlError {
    return new WbxmlError(
      'unknown-token',
      at,
      `attribute token 0x${hex(token)} on page ${this.attributePage} of ${this.language.name}`,
    );
  }

  /** For the global token read last. */
  private unexpected(token: number, where: string): WbxmlError {
    let code: WbxmlErrorCode = 'unexpected-token';
    let what = `token 0x${hex(token)}`;
    const extension =
      (token >= EXT_I_0 && token <= EXT_I_2) ||
      (token >= EXT_T_0 && token <= EXT_T_2) ||
      (token >= EXT_0 && token <= EXT_2);
    if (extension) {
      code = 'unknown-token';
      what = `extension token 0x${hex(token)}, which ${this.language.name} gives no meaning,`;
    }
    return new WbxmlError(code, this.position - 1, `${what} ${where}`);
  }
}

/** A tag of the language or a literal one: content starts a new element here. */
function isTag(token: number): boolean {
  return (
    (token & TAG_MASK) >= FIRST_TAG ||
    token === LITERAL ||
    token === LITERAL_C ||
    token === LITERAL_A ||
    token === LITERAL_AC
  );
}

function asciiString(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase();
}
