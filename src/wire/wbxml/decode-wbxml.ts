import { type Attribute, type Element, NO_ATTRIBUTES, NO_CHILDREN, type Node } from '../element.ts';
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
import { WBXML_LIMITS, WbxmlInput, type WbxmlLimits } from './wbxml-input.ts';

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

class Decoder {
  private readonly input: WbxmlInput;
  private readonly maxDepth: number;
  private readonly assumed: Language | undefined;
  private language!: Language;
  private tagPage: TagPage | undefined;
  private attributePage = 0;

  constructor(bytes: Uint8Array, options: WbxmlDecodeOptions) {
    this.input = new WbxmlInput(bytes, options);
    this.maxDepth = Math.min(options.maxDepth ?? WBXML_LIMITS.maxDepth, DEEPEST);
    this.assumed = options.assumeLanguage === undefined ? undefined : languageNamed(options.assumeLanguage);
  }

  /** start = version publicid charset strtbl body; body = *pi element *pi (section 5.3). */
  document(): WbxmlDocument {
    const { input } = this;
    const versionByte = input.byte();
    const version = VERSIONS[versionByte];
    if (version === undefined) {
      throw new WbxmlError('unsupported-version', 0, `version byte 0x${hex(versionByte)} is none of 1.0 to 1.3`);
    }
    const publicIdAt = input.position;
    const publicIdNumber = input.integer();
    const publicIdIndex = publicIdNumber === 0 ? input.integer() : undefined;
    // Version 1.0 had no charset field.
    const charset = version === '1.0' ? 0 : input.charsetField();
    input.stringTable();

    const publicId = publicIdIndex === undefined ? publicIdNumber : input.tableString(publicIdIndex, publicIdAt);
    const language = this.languageOf(publicId, publicIdAt);
    this.language = language;
    this.tagPage = language.tagPages[0];
    return { root: this.root(), version, publicId, charset, language };
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
      const token = this.input.byte();
      if (token === PI) this.attributes();
      else if (token === SWITCH_PAGE) this.switchTagPage();
      else if (isTag(token)) root = this.element(token, 1);
      else throw this.unexpected(token, 'where the root element belongs');
    }
    while (this.input.position < this.input.end) {
      if (this.input.byte() !== PI) {
        throw new WbxmlError('trailing-bytes', this.input.position - 1, 'bytes after the root element');
      }
      this.attributes();
    }
    return root;
  }

  /** element = stag [1*attribute END] [*content END]; `token` was read just before. */
  private element(token: number, depth: number): Element {
    const at = this.input.position - 1;
    if (depth > this.maxDepth) throw new WbxmlError('too-deep', at, `elements nested deeper than ${this.maxDepth}`);
    this.input.countNode(at);
    let name: string;
    let namespace: string;
    if ((token & TAG_MASK) === LITERAL) {
      name = this.input.literalName();
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
    // Text waits here until something else than text follows.
    let text = '';
    if (this.input.skip(STR_I)) {
      text = this.input.inlineString();
      // Most elements are one string. A list that grows by push takes room for seventeen.
      if (this.input.skip(END)) return text === '' ? NO_CHILDREN : [text];
    }
    const children: Node[] = [];
    for (;;) {
      const token = this.input.byte();
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
          text += this.input.inlineString();
          break;
        case STR_T:
          text += this.input.tableReference();
          break;
        case ENTITY:
          text += this.input.entity();
          break;
        case OPAQUE:
          if (text !== '') {
            children.push(text);
            text = '';
          }
          children.push(new Uint8Array(this.input.opaque()));
          break;
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
      const token = this.input.byte();
      const at = this.input.position - 1;
      if (token !== END && token !== SWITCH_PAGE) this.input.countNode(at);

      if (token === END || token === LITERAL || ((token & TAG_MASK) >= FIRST_TAG && token < FIRST_ATTRIBUTE_VALUE)) {
        if (name !== undefined) attributes.push({ name, value });
        if (token === END) return attributes.length === 0 ? NO_ATTRIBUTES : attributes;
        if (token === LITERAL) {
          name = this.input.literalName();
          value = '';
          row = undefined;
        } else {
          row = this.language.attributePages[this.attributePage]?.[token];
          if (row === undefined) throw this.unknownAttributeToken(token, at);
          name = row.name;
          value = row.value ?? '';
          this.input.expand(value.length, at);
        }
      } else if (token === SWITCH_PAGE) {
        this.attributePage = this.input.byte();
      } else if (name === undefined) {
        throw this.unexpected(token, 'before any attribute');
      } else if ((token & TAG_MASK) >= FIRST_TAG) {
        const piece = this.language.valuePages[this.attributePage]?.[token]?.value;
        if (piece === undefined) throw this.unknownAttributeToken(token, at);
        value += piece;
        this.input.expand(piece.length, at);
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
        return this.input.inlineString();
      case STR_T:
        return this.input.tableReference();
      case ENTITY:
        return this.input.entity();
      case OPAQUE:
        return this.input.opaqueText();
      default:
        throw this.unexpected(token, 'in an attribute value');
    }
  }

  private datetime(): string {
    const octets = this.input.opaque();
    const text = decodeDatetime(octets);
    const start = this.input.position - octets.length;
    if (text === undefined) throw new WbxmlError('malformed-text', start, 'opaque data that is no date and time');
    return text;
  }

  private switchTagPage(): void {
    const number = this.input.byte();
    const page = this.language.tagPages[number];
    if (page === undefined) {
      throw new WbxmlError('unknown-page', this.input.position - 1, `${this.language.name} has no code page ${number}`);
    }
    this.tagPage = page;
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
    return new WbxmlError(code, this.input.position - 1, `${what} ${where}`);
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

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase();
}
