import { Buffer, isUtf8 } from 'node:buffer';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { type Attribute, type Element, NO_ATTRIBUTES, type Node } from '../element.ts';
import { firstMalformedUtf8 } from '../utf8.ts';
import { LineIndex, type XmlPosition } from './line-index.ts';
import { XmlError } from './xml-error.ts';

/** What a document may cost. Each limit left out has the default of {@link XML_LIMITS}. */
export interface XmlLimits {
  /** Octets of UTF-8 (characters, when the input is a string). */
  readonly maxBytes?: number;
  /** Elements inside each other, the root being 1. */
  readonly maxDepth?: number;
  /** Elements, attributes and pieces of text together; and as many references. */
  readonly maxNodes?: number;
  /** Attributes of one element, namespace declarations included. */
  readonly maxAttributes?: number;
  /** Characters of one attribute value. */
  readonly maxAttributeLength?: number;
}

export const XML_LIMITS: Required<XmlLimits> = {
  maxBytes: 8 * 1024 * 1024,
  maxDepth: 64,
  maxNodes: 200_000,
  maxAttributes: 64,
  maxAttributeLength: 64 * 1024,
};

export interface XmlDecodeOptions extends XmlLimits {
  /** Remember where every element stands. Off by default: the device's door has no use for it. */
  readonly positions?: boolean;
  /**
   * Let a DOCTYPE's internal subset pass that declares nothing: processing instructions, comments and white space, as
   * device descriptions have them to say their version. Off by default.
   */
  readonly harmlessSubset?: boolean;
}

export interface XmlDocument {
  readonly root: Element;
  /** Where the `<` of the element's start tag stands, both from 1; undefined without the `positions` option. */
  readonly positionOf: (element: Element) => XmlPosition | undefined;
}

/**
 * Reads an XML 1.0 document with namespaces, strictly: anything not well-formed is refused.
 *
 * - UTF-8 only, with or without a byte order mark. Another declared encoding, UTF-16 and malformed bytes are refused.
 * - A DOCTYPE may name a DTD, which is never fetched; how it names it is not looked at. An internal subset is refused
 *   (one that declares nothing may be let through), so the only entities are the five predefined ones and character
 *   references.
 * - Comments and processing instructions are dropped; the text around a comment, and CDATA, are one string.
 * - Text that is nothing but white space is dropped beside element children, where it is indentation, and kept in an
 *   element that has none, where it is a value. Other text is never trimmed.
 * - Namespace declarations are not among the attributes. A prefixed attribute keeps its local name; `xml:lang` and its
 *   kin stay as they are.
 *
 * Time and memory grow linearly with the input and stay inside the limits.
 *
 * @throws XmlError with the line and column of the fault; nothing else.
 */
export function decodeXml(input: Uint8Array | string, options: XmlDecodeOptions = {}): XmlDocument {
  const maxBytes = options.maxBytes ?? XML_LIMITS.maxBytes;
  if (input.length > maxBytes) throw new XmlError(1, 1, `a document of more than ${maxBytes} octets`);
  return new Reader(typeof input === 'string' ? checkedText(input) : decodeText(input), options).document();
}

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** An element whose end tag has not been seen; `children` is the element's own list, still growing. */
interface Open {
  /** As written, with its prefix. */
  readonly name: string;
  readonly children: Node[];
  hasElements: boolean;
}

class Reader {
  private readonly source: string;
  private readonly limits: Required<XmlLimits>;
  private readonly harmlessSubset: boolean;
  private readonly parser = new SaxesParser({ xmlns: true, position: false });
  private readonly open: Open[] = [];
  private readonly starts: Map<Element, number> | undefined;
  private root: Element | undefined;
  private text = '';
  private nodesLeft: number;
  private attributeCount = 0;
  private closedLast = '';
  private startOffset = 0;

  constructor(source: string, options: XmlDecodeOptions) {
    this.source = source;
    this.limits = { ...XML_LIMITS, ...options };
    this.harmlessSubset = options.harmlessSubset === true;
    this.nodesLeft = this.limits.maxNodes;
    this.starts = options.positions === true ? new Map() : undefined;
    const { parser } = this;
    parser.on('error', (error) => this.notWellFormed(error.message));
    parser.on('xmldecl', ({ version, encoding }) => this.declaration(version, encoding));
    parser.on('doctype', (doctype) => this.doctype(doctype));
    parser.on('text', (text) => this.characters(text));
    parser.on('cdata', (text) => this.characters(text));
    parser.on('opentagstart', (tag) => this.startTagBegins(tag.name));
    parser.on('attribute', ({ name, value }) => this.attribute(name, value));
    parser.on('opentag', (tag) => this.startTag(tag));
    parser.on('closetag', () => this.endTag());
  }

  document(): XmlDocument {
    this.countReferences();
    this.parser.write(this.source).close();
    const { root, starts, source } = this;
    if (root === undefined) return this.fail('a document without a root element');
    let lines: LineIndex | undefined;
    return {
      root,
      positionOf: (element) => {
        const offset = starts?.get(element);
        if (offset === undefined) return undefined;
        lines ??= new LineIndex(source);
        return lines.positionOf(offset);
      },
    };
  }

  /** They are what the parser is slowest at, so a flood is stopped before it starts. */
  private countReferences(): void {
    const { source } = this;
    let left = this.limits.maxNodes;
    for (let at = source.indexOf('&'); at !== -1; at = source.indexOf('&', at + 1)) {
      if (--left < 0) {
        const { line, column } = new LineIndex(source).positionOf(at);
        throw new XmlError(line, column, 'more references than allowed');
      }
    }
  }

  private declaration(version: string | undefined, encoding: string | undefined): void {
    if (version !== '1.0') this.fail(`XML version ${version ?? 'missing'}; 1.0 is understood`);
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) {
      this.fail(`encoding ${encoding}; UTF-8 is understood`);
    }
  }

  private doctype(doctype: string): void {
    const subset = internalSubset(doctype);
    if (subset === undefined || (this.harmlessSubset && declaresNothing(subset))) return;
    this.fail('a DOCTYPE with an internal subset: declarations in the document are not allowed');
  }

  private startTagBegins(name: string): void {
    const { maxDepth } = this.limits;
    if (this.open.length >= maxDepth) this.fail(`elements nested deeper than ${maxDepth}`);
    this.attributeCount = 0;
    if (this.starts !== undefined) {
      // The parser stands behind the character that ended the name, and counts CR LF as one.
      const { position } = this.parser;
      const crLf = this.source[position - 1] === '\n' && this.source[position - 2] === '\r';
      this.startOffset = position - (crLf ? 2 : 1) - name.length - 1;
    }
  }

  private attribute(name: string, value: string): void {
    const { maxAttributes, maxAttributeLength } = this.limits;
    if (++this.attributeCount > maxAttributes) this.fail(`more than ${maxAttributes} attributes on one element`);
    if (value.length > maxAttributeLength) {
      this.fail(`attribute ${name.slice(0, 80)} is longer than ${maxAttributeLength} characters`);
    }
    this.countNode();
  }

  private startTag(tag: SaxesTagNS): void {
    this.countNode();
    const parent = this.open.at(-1);
    if (parent !== undefined) {
      this.flush(parent);
      parent.hasElements = true;
    }
    const children: Node[] = [];
    const element: Element = {
      name: tag.local,
      namespace: tag.uri,
      attributes: this.attributeCount === 0 ? NO_ATTRIBUTES : this.attributesOf(tag),
      children,
    };
    this.starts?.set(element, this.startOffset);
    if (parent === undefined) this.root ??= element;
    else parent.children.push(element);
    this.open.push({ name: tag.name, children, hasElements: false });
  }

  private attributesOf(tag: SaxesTagNS): readonly Attribute[] {
    const attributes: Attribute[] = [];
    for (const key in tag.attributes) {
      const { prefix, local, uri, name, value } = tag.attributes[key] as SaxesTagNS['attributes'][string];
      if (uri === XMLNS_NAMESPACE) continue;
      const kept = uri === XML_NAMESPACE ? name : local;
      if (prefix !== '' && attributes.some((other) => other.name === kept)) {
        this.fail(`attribute ${kept} is given in two namespaces`);
      }
      attributes.push({ name: kept, value });
    }
    return attributes.length === 0 ? NO_ATTRIBUTES : attributes;
  }

  private endTag(): void {
    const closed = this.open.pop();
    if (closed === undefined) return;
    this.closedLast = closed.name;
    this.flush(closed);
    if (closed.hasElements) dropIndentation(closed.children);
  }

  private characters(text: string): void {
    if (this.open.length === 0 || text === '') return;
    this.countNode();
    this.text += text;
  }

  private flush(into: Open): void {
    if (this.text === '') return;
    into.children.push(this.text);
    this.text = '';
  }

  private countNode(): void {
    if (--this.nodesLeft < 0) this.fail('more elements, attributes and texts than allowed');
  }

  private notWellFormed(message: string): never {
    // The parser has closed the innermost element by the time it finds the names to differ.
    const expected = message.startsWith('unexpected close tag') ? `: </${this.closedLast}> is to come first` : '';
    this.fail(message.replace(/\.$/, '') + expected);
  }

  private fail(reason: string): never {
    throw new XmlError(this.parser.line, Math.max(1, this.parser.column), reason);
  }
}

/** What follows the bracket that opens the internal subset; quoted identifiers may hold a bracket too. */
function internalSubset(doctype: string): string | undefined {
  for (let at = 0; at < doctype.length; at++) {
    const character = doctype.charAt(at);
    if (character === '[') return doctype.slice(at + 1);
    if (character !== '"' && character !== "'") continue;
    const end = doctype.indexOf(character, at + 1);
    if (end === -1) return undefined;
    at = end;
  }
  return undefined;
}

/** Only processing instructions, comments and white space up to the closing bracket (XML 1.0, productions 28a, 28b). */
function declaresNothing(subset: string): boolean {
  let at = 0;
  for (;;) {
    while (/[ \t\r\n]/.test(subset.charAt(at))) at += 1;
    if (subset.charAt(at) === ']') return subset.slice(at + 1).trim() === '';
    const end = subset.startsWith('<?', at) ? '?>' : subset.startsWith('<!--', at) ? '-->' : undefined;
    if (end === undefined) return false;
    const close = subset.indexOf(end, at + (end === '?>' ? 2 : 4));
    if (close === -1) return false;
    at = close + end.length;
  }
}

function dropIndentation(children: Node[]): void {
  let kept = 0;
  for (const node of children) {
    if (typeof node === 'string' && /^[ \t\r\n]*$/.test(node)) continue;
    children[kept++] = node;
  }
  children.length = kept;
}

/** The parser takes a lone surrogate and what follows it for one character, so they are looked for first. */
function checkedText(input: string): string {
  const text = withoutMark(input);
  const lone = text.search(/\p{Surrogate}/u);
  if (lone === -1) return text;
  const { line, column } = new LineIndex(text).positionOf(lone);
  throw new XmlError(line, column, 'a lone surrogate, which is no character');
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function decodeText(input: Uint8Array): string {
  const bytes = Buffer.isBuffer(input) ? input : Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const [first, second] = bytes;
  const marked = (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe);
  const unmarked = (first === 0 && second === 0x3c) || (first === 0x3c && second === 0);
  if (marked || unmarked) throw new XmlError(1, 1, 'UTF-16 text; UTF-8 is understood');
  if (!isUtf8(bytes)) {
    const before = bytes.toString('utf8', 0, firstMalformedUtf8(bytes, 0, bytes.length));
    const { line, column } = new LineIndex(withoutMark(before)).positionOf(withoutMark(before).length);
    throw new XmlError(line, column, 'bytes that are not UTF-8');
  }
  return withoutMark(bytes.toString('utf8'));
}
