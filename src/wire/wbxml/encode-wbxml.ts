import { Buffer } from 'node:buffer';
import type { Attribute, Element, Node } from '../element.ts';
import { DEEPEST } from './decode-wbxml.ts';
import {
  END,
  HAS_ATTRIBUTES,
  HAS_CONTENT,
  LITERAL,
  OPAQUE,
  PUBLIC_ID_UNKNOWN,
  STR_I,
  SWITCH_PAGE,
  VERSIONS,
  type WbxmlVersion,
} from './global-tokens.ts';
import type { AttributeRow, AttributeValueRow, Language, Tag } from './language.ts';
import { type LanguageName, languageNamed } from './languages.ts';
import { encodeDatetime } from './opaque-datetime.ts';
import { WbxmlError } from './wbxml-error.ts';

export interface WbxmlEncodeOptions {
  readonly language: LanguageName | Language;
  /** Default 1.2, what SyncML devices say. */
  readonly version?: Exclude<WbxmlVersion, '1.0'>;
  /**
   * `number` (default): the registered number, or the text where none is registered. `text`: the formal public
   * identifier in the string table, as in the SyncML example. `unknown`: 1.
   */
  readonly publicIdStyle?: 'number' | 'text' | 'unknown';
}

/**
 * Writes a tree as WBXML in UTF-8. The result is its own memory.
 *
 * - An element's namespace chooses its code page. `''` means the parent's page when that knows the name, else the
 *   first page that does. A name the language has no token for becomes a literal tag in the page of its namespace (of
 *   its parent for `''`). A namespace the language does not have is refused: WBXML has no way to say it.
 * - Strings are inline. The string table holds nothing but literal names and a public identifier: one pass, and the
 *   parsers of small devices are at their best with inline strings. Bytes are OPAQUE, and so is text that holds
 *   U+0000, which an inline string cannot.
 *
 * @throws WbxmlError `unknown-namespace`, `too-deep`, or `unencodable` for text with lone surrogates or an attribute
 * value with U+0000.
 */
export function encodeWbxml(root: Element, options: WbxmlEncodeOptions): Uint8Array {
  return new Encoder(languageNamed(options.language)).document(root, options);
}

const MIB_UTF_8 = 106;
const SCRATCH_BYTES = 64 * 1024;
/** Reused by every call: encoding is synchronous, and the result is copied out. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
let scratchTaken = false;

class Encoder {
  private readonly language: Language;
  private buffer: Buffer;
  private length = 0;
  private tagPage = 0;
  private attributePage = 0;
  /** The string table, made when the first literal needs it. */
  private readonly table: string[] = [];
  private tableLength = 0;
  private tableOffsets: Map<string, number> | undefined;

  constructor(language: Language) {
    this.language = language;
    this.buffer = scratchTaken ? Buffer.allocUnsafeSlow(SCRATCH_BYTES) : scratch;
    scratchTaken = true;
  }

  document(root: Element, options: WbxmlEncodeOptions): Uint8Array {
    try {
      const { publicId, publicIdText } = this.language.table;
      const style = options.publicIdStyle ?? 'number';
      const asText = publicIdText !== undefined && (style === 'text' || (style === 'number' && publicId === undefined));
      if (asText) this.tableOffset(publicIdText);

      this.element(root, 0, 1);
      const body = this.buffer.subarray(0, this.length);

      // The SyncML example leaves out the terminator of a table that is the identifier and nothing else.
      const table = asText && this.table.length === 1 ? publicIdText : this.table.map((text) => `${text}\0`).join('');
      const tableBytes = Buffer.from(table, 'utf8');
      const header = [VERSIONS.indexOf(options.version ?? '1.2')];
      if (asText) header.push(0, 0);
      else pushInteger(header, style === 'unknown' ? PUBLIC_ID_UNKNOWN : (publicId ?? PUBLIC_ID_UNKNOWN));
      pushInteger(header, MIB_UTF_8);
      pushInteger(header, tableBytes.length);

      const result = new Uint8Array(header.length + tableBytes.length + body.length);
      result.set(header, 0);
      result.set(tableBytes, header.length);
      result.set(body, header.length + tableBytes.length);
      return result;
    } finally {
      scratchTaken = false;
    }
  }

  private element(element: Element, parentPage: number, depth: number): void {
    if (depth > DEEPEST) throw new WbxmlError('too-deep', this.length, `elements nested deeper than ${DEEPEST}`);
    const { attributes, children } = element;
    const hasContent = children.length > 1 || (children.length === 1 && children[0] !== '');
    const flags = (attributes.length > 0 ? HAS_ATTRIBUTES : 0) | (hasContent ? HAS_CONTENT : 0);

    const tag = this.tagOf(element, parentPage);
    let page: number;
    if (tag !== undefined) {
      page = tag.page;
      this.switchTagPage(page);
      this.byte(tag.token | flags);
    } else {
      page = this.literalPage(element, parentPage);
      this.switchTagPage(page);
      this.byte(LITERAL | flags);
      this.integer(this.tableOffset(element.name));
    }
    if (attributes.length > 0) {
      for (const attribute of attributes) this.attribute(attribute);
      this.byte(END);
    }
    if (hasContent) {
      for (const node of children) this.node(node, page, depth);
      this.byte(END);
    }
  }

  private node(node: Node, page: number, depth: number): void {
    if (typeof node === 'string') {
      if (node !== '') this.text(node);
    } else if (node instanceof Uint8Array) this.opaque(node);
    else this.element(node, page, depth + 1);
  }

  private tagOf({ name, namespace }: Element, parentPage: number): Tag | undefined {
    const inNamespace = this.language.tagsByNamespace.get(namespace);
    if (inNamespace !== undefined) return inNamespace.get(name);
    if (namespace !== '') {
      throw new WbxmlError(
        'unknown-namespace',
        this.length,
        `${this.language.name} has no code page for <${name}> of namespace ${JSON.stringify(namespace)}`,
      );
    }
    return this.language.tagPages[parentPage]?.byName.get(name) ?? this.language.tagsByName.get(name);
  }

  private literalPage({ namespace }: Element, parentPage: number): number {
    if (namespace !== '') return this.language.pageByNamespace.get(namespace) ?? parentPage;
    if (this.language.tagPages[parentPage] !== undefined) return parentPage;
    return this.language.table.namespaces[0]?.page ?? 0;
  }

  private switchTagPage(page: number): void {
    if (page === this.tagPage) return;
    this.tagPage = page;
    this.reserve(2);
    this.buffer[this.length++] = SWITCH_PAGE;
    this.buffer[this.length++] = page;
  }

  private switchAttributePage(page: number): void {
    if (page === this.attributePage) return;
    this.attributePage = page;
    this.byte(SWITCH_PAGE);
    this.byte(page);
  }

  private attribute({ name, value }: Attribute): void {
    if (value.includes('\0')) throw new WbxmlError('unencodable', this.length, `U+0000 in attribute ${name}`);
    const rows = this.language.attributesByName.get(name);
    const row = rows?.find((candidate: AttributeRow) => value.startsWith(candidate.value ?? ''));
    if (row !== undefined) {
      this.switchAttributePage(row.page);
      this.byte(row.token);
      const opaque = row.opaque === 'datetime' ? encodeDatetime(value) : undefined;
      if (opaque !== undefined) this.opaque(opaque);
      else this.attributeValue(value, row.value?.length ?? 0);
    } else {
      this.byte(LITERAL);
      this.integer(this.tableOffset(name));
      this.attributeValue(value, 0);
    }
  }

  /** Everywhere in the value the longest token that fits, inline strings between. */
  private attributeValue(value: string, from: number): void {
    const { valuesByInitial } = this.language;
    let at = from;
    let plainFrom = from;
    while (at < value.length) {
      const row: AttributeValueRow | undefined = valuesByInitial
        .get(value.charAt(at))
        ?.find((candidate) => value.startsWith(candidate.value, at));
      if (row === undefined) {
        at++;
        continue;
      }
      if (plainFrom < at) this.text(value.slice(plainFrom, at));
      this.switchAttributePage(row.page);
      this.byte(row.token);
      at += row.value.length;
      plainFrom = at;
    }
    if (plainFrom < value.length) this.text(value.slice(plainFrom));
  }

  /** Text as an inline string, or OPAQUE when it holds the character that would end one. */
  private text(text: string): void {
    this.reserve(text.length * 3 + 2);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = STR_I;
    let i = 0;
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0 || code >= 0x80) break;
      buffer[at++] = code;
    }
    if (i < text.length) {
      const rest = text.slice(i);
      this.refuseLoneSurrogates(rest);
      if (rest.includes('\0')) {
        this.opaque(Buffer.from(text, 'utf8'));
        return;
      }
      at += buffer.write(rest, at, 'utf8');
    }
    buffer[at++] = 0;
    this.length = at;
  }

  private opaque(bytes: Uint8Array): void {
    this.byte(OPAQUE);
    this.integer(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private refuseLoneSurrogates(text: string): void {
    if (/\p{Surrogate}/u.test(text)) throw new WbxmlError('unencodable', this.length, 'text with a lone surrogate');
  }

  private tableOffset(text: string): number {
    this.tableOffsets ??= new Map();
    const known = this.tableOffsets.get(text);
    if (known !== undefined) return known;
    if (text === '' || text.includes('\0')) {
      throw new WbxmlError('unencodable', this.length, `${JSON.stringify(text)} as a name`);
    }
    const offset = this.tableLength;
    this.tableOffsets.set(text, offset);
    this.refuseLoneSurrogates(text);
    this.table.push(text);
    this.tableLength += Buffer.byteLength(text, 'utf8') + 1;
    return offset;
  }

  private byte(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1);
    this.buffer[this.length++] = value;
  }

  private integer(value: number): void {
    const octets: number[] = [];
    pushInteger(octets, value);
    for (const octet of octets) this.byte(octet);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

/** mb_u_int32 (section 5.1). */
function pushInteger(octets: number[], value: number): void {
  for (let shift = 28; shift > 0; shift -= 7) {
    const rest = Math.floor(value / 2 ** shift);
    if (rest > 0) octets.push((rest & 0x7f) | 0x80);
  }
  octets.push(value & 0x7f);
}
