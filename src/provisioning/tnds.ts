import { isUtf8 } from 'node:buffer';
import { canonicalLocUri } from '../syncml/node-name.ts';
import { type Element, element, isElement, type Node } from '../wire/element.ts';
import { DM_DDF_NAMESPACE } from '../wire/wbxml/languages/dm-ddf.ts';
import { type DataFormat, dataFault, isDataFormat, normalizeData } from './data-format.ts';
import { locUriFault } from './loc-uri.ts';
import { TndsError, type TndsNode, type TndsTree } from './tnds-node.ts';

export interface TndsLimits {
  /** Default 20,000. */
  readonly maxNodes?: number;
  /** Segments of a LocURI below the base; default 64. */
  readonly maxDepth?: number;
}

export interface ParseTndsOptions extends TndsLimits {
  /** Where a tree without a Path hangs: the target of the command that carries it. Default `.`, the root. */
  readonly base?: string;
}

export const TNDS_LIMITS = { maxNodes: 20_000, maxDepth: 64 } as const satisfies Required<TndsLimits>;

const VERSION = '1.2';

/** Children that occur once, and those that occur often (OMA-TS-DM_TNDS-V1_2, 6.3; content models OMA-TS-DM_TND-V1_2_1, 9.4). */
const TREE = { once: ['VerDTD', 'Man', 'Mod'], often: ['Node'] };
const NODE = { once: ['NodeName', 'Path', 'RTProperties', 'Value'], often: ['Node'] };
const PROPERTIES = { once: ['ACL', 'Format', 'Name', 'Size', 'Title', 'TStamp', 'Type', 'VerNo'], often: [] };

/**
 * Reads a management tree serialised as a TNDS object (OMA-TS-DM_TNDS-V1_2), as it comes out of XML or WBXML.
 *
 * - A node's LocURI is its Path and NodeName, or hangs below the node around it. Every node must have a name: one that
 *   the device is to name itself has no LocURI to speak of.
 * - Where Format is not said, a node with a Value is `chr` and one without is `node`. Formats and values of text are
 *   not held against each other (a device says what it has); octets must decode.
 * - Octets (`bin`) come as such from OPAQUE data, from text as base64.
 * - Elements of other namespaces than the tree's are passed over, with all inside.
 *
 * @throws TndsError and nothing else, with the path of the element
 */
export function parseTnds(root: Element, options: ParseTndsOptions = {}): TndsTree {
  if (root.name !== 'MgmtTree') throw new TndsError('not-tnds', root.name, 'a serialised tree begins with MgmtTree');
  return new TndsReader(root, options).tree();
}

class TndsReader {
  readonly #root: Element;
  readonly #base: string;
  readonly #limits: Required<TndsLimits>;
  readonly #nodes: TndsNode[] = [];
  readonly #seen = new Set<string>();

  constructor(root: Element, options: ParseTndsOptions) {
    this.#root = root;
    this.#base = canonicalLocUri(options.base ?? '.');
    this.#limits = { ...TNDS_LIMITS, ...options };
  }

  tree(): TndsTree {
    const path = 'MgmtTree';
    const { once, often } = this.#children(this.#root, path, TREE);
    const version = once.get('VerDTD');
    if (version === undefined) throw new TndsError('version', path, 'VerDTD is missing');
    if (this.#text(version, `${path}/VerDTD`).trim() !== VERSION) {
      throw new TndsError('version', `${path}/VerDTD`, `a serialised tree is of version ${VERSION}`);
    }
    if (often.length === 0) throw new TndsError('missing', path, 'MgmtTree holds a Node');
    often.forEach((node, index) => {
      this.#node(node, this.#base, 1, `${path}/Node[${index + 1}]`);
    });
    const [man, mod] = [once.get('Man'), once.get('Mod')];
    return {
      ...(man && { man: this.#text(man, `${path}/Man`).trim() }),
      ...(mod && { mod: this.#text(mod, `${path}/Mod`).trim() }),
      nodes: this.#nodes,
    };
  }

  #node(node: Element, parent: string, depth: number, path: string): void {
    const { maxNodes, maxDepth } = this.#limits;
    if (this.#nodes.length === maxNodes) throw new TndsError('too-large', path, `more than ${maxNodes} nodes`);
    if (depth > maxDepth) throw new TndsError('too-large', path, `nodes deeper than ${maxDepth}`);
    const { once, often } = this.#children(node, path, NODE);
    const locUri = this.#locUri(once, parent, path);
    if (locUri.split('/').length - this.#base.split('/').length > maxDepth) {
      throw new TndsError('too-large', path, `nodes deeper than ${maxDepth}`);
    }
    if (this.#seen.has(locUri)) throw new TndsError('duplicate', path, `a second node ${locUri}`);
    this.#seen.add(locUri);

    const valueElement = once.get('Value');
    if (valueElement !== undefined && often.length > 0) {
      throw new TndsError('bad-value', `${path}/Value`, 'a node has a Value or nodes below it, not both');
    }
    const properties = this.#properties(once.get('RTProperties'), `${path}/RTProperties`);
    const format = properties.format ?? (valueElement === undefined ? 'node' : 'chr');
    if (often.length > 0 && format !== 'node') {
      throw new TndsError('bad-format', path, `a node of format ${format} has nodes below it`);
    }
    const value = valueElement && this.#value(valueElement, format, `${path}/Value`);
    this.#nodes.push({ locUri, ...properties, format, ...(value !== undefined && { value }) });
    often.forEach((child, index) => {
      this.#node(child, locUri, depth + 1, `${path}/Node[${index + 1}]`);
    });
  }

  #locUri(once: ReadonlyMap<string, Element>, parent: string, path: string): string {
    const nameElement = once.get('NodeName');
    const name = nameElement && this.#text(nameElement, `${path}/NodeName`).trim();
    const pathElement = once.get('Path');
    const said = pathElement && this.#text(pathElement, `${path}/Path`).trim();
    if (name === undefined || name === '') throw new TndsError('missing', path, 'a node without a NodeName');
    if (name === '.' && parent === '.' && (said === undefined || said === '')) return '.';
    if (/[/?]/.test(name)) throw new TndsError('bad-loc-uri', `${path}/NodeName`, 'a name is one segment of a LocURI');
    const above = this.#above(said ?? '', parent);
    const locUri = above === '.' ? `./${name}` : `${above}/${name}`;
    const fault = locUriFault(locUri, 'Get');
    if (fault !== undefined || locUri.includes('?')) {
      throw new TndsError('bad-loc-uri', path, fault ?? 'a Path has no query');
    }
    return canonicalLocUri(locUri);
  }

  /** A Path that begins at the root says all; another goes on from the node around it (OMA-TS-DM_TND-V1_2_1, Path). */
  #above(said: string, parent: string): string {
    const path = said.replace(/^\//, './').replace(/\/$/, '');
    if (path === '') return parent;
    if (path === '.' || path.startsWith('./')) return path;
    return parent === '.' ? `./${path}` : `${parent}/${path}`;
  }

  #properties(
    element: Element | undefined,
    path: string,
  ): Omit<TndsNode, 'locUri' | 'format'> & { format?: DataFormat } {
    if (element === undefined) return {};
    const { once } = this.#children(element, path, PROPERTIES);
    const text = (name: string): string | undefined => {
      const child = once.get(name);
      const said = child && this.#text(child, `${path}/${name}`).trim();
      return said === '' ? undefined : said;
    };
    const number = (name: string): number | undefined => {
      const said = text(name);
      if (said === undefined) return undefined;
      if (!/^\d{1,15}$/.test(said)) throw new TndsError('bad-value', `${path}/${name}`, 'a decimal number stands here');
      return Number(said);
    };
    const [acl, name, title, tStamp] = [text('ACL'), text('Name'), text('Title'), text('TStamp')];
    const [size, verNo] = [number('Size'), number('VerNo')];
    const format = once.get('Format');
    const type = once.get('Type');
    return {
      ...(format && this.#format(format, `${path}/Format`)),
      ...(type && this.#type(type, `${path}/Type`)),
      ...(acl !== undefined && { acl }),
      ...(name !== undefined && { name }),
      ...(size !== undefined && { size }),
      ...(title !== undefined && { title }),
      ...(tStamp !== undefined && { tStamp }),
      ...(verNo !== undefined && { verNo }),
    };
  }

  #format(element: Element, path: string): { format?: DataFormat } {
    const [format, second] = this.#own(element);
    if (second !== undefined) throw new TndsError('unexpected', path, 'a Format is one element');
    if (format === undefined) {
      if (this.#text(element, path).trim() === '') return {};
      throw new TndsError('bad-format', path, 'a Format is an element, e.g. <chr/>');
    }
    if (!isDataFormat(format.name)) throw new TndsError('bad-format', path, 'no such Format exists');
    return { format: format.name === 'b64' ? 'bin' : format.name };
  }

  #type(element: Element, path: string): { type?: string; ddfName?: string } {
    const children = this.#own(element);
    if (children.length === 0) {
      const type = this.#text(element, path).trim();
      return type === '' ? {} : { type };
    }
    const { once } = this.#children(element, path, { once: ['MIME', 'DDFName'], often: [] });
    const [mime, ddf] = [once.get('MIME'), once.get('DDFName')];
    const type = mime && this.#text(mime, `${path}/MIME`).trim();
    const ddfName = ddf && this.#text(ddf, `${path}/DDFName`).trim();
    return { ...(type && { type }), ...(ddfName && { ddfName }) };
  }

  #value(element: Element, format: DataFormat, path: string): string | Uint8Array | undefined {
    if (format === 'bin') {
      const pieces = element.children.filter((node) => node !== '');
      if (pieces.length === 1 && pieces[0] instanceof Uint8Array) return pieces[0];
      const text = normalizeData(this.#text(element, path), 'bin');
      if (dataFault(text, 'bin') !== undefined) throw new TndsError('bad-value', path, 'octets stand here in base64');
      return new Uint8Array(Buffer.from(text, 'base64'));
    }
    const text = normalizeData(this.#text(element, path), format);
    if (format !== 'node') return text;
    if (text.trim() !== '') throw new TndsError('bad-value', path, 'an interior node has no Value');
    return undefined;
  }

  #text(leaf: Element, path: string): string {
    let text = '';
    for (const node of leaf.children) {
      if (typeof node === 'string') text += node;
      else if (isElement(node)) {
        if (!this.#foreign(node)) throw new TndsError('unexpected', path, `${leaf.name} holds text, not elements`);
      } else {
        if (!isUtf8(node)) throw new TndsError('bad-value', path, 'text that is not UTF-8');
        text += decoder.decode(node);
      }
    }
    return text;
  }

  #own(parent: Element): Element[] {
    return parent.children.filter(isElement).filter((child) => !this.#foreign(child));
  }

  #children(
    parent: Element,
    path: string,
    content: { readonly once: readonly string[]; readonly often: readonly string[] },
  ): { readonly once: ReadonlyMap<string, Element>; readonly often: readonly Element[] } {
    const once = new Map<string, Element>();
    const often: Element[] = [];
    for (const node of parent.children) {
      if (!isElement(node)) {
        const blank = typeof node === 'string' ? node.trim() === '' : node.length === 0;
        if (!blank) throw new TndsError('unexpected', path, `${parent.name} holds elements, not text`);
      } else if (this.#foreign(node)) {
        // Something of a vendor's own.
      } else if (content.often.includes(node.name)) {
        often.push(node);
      } else if (!content.once.includes(node.name)) {
        throw new TndsError('unexpected', path, `${node.name.slice(0, 80)} may not stand in ${parent.name}`);
      } else if (once.has(node.name)) {
        throw new TndsError('unexpected', path, `${parent.name} has a ${node.name} already`);
      } else {
        once.set(node.name, node);
      }
    }
    return { once, often };
  }

  #foreign({ namespace }: Element): boolean {
    return namespace !== '' && namespace !== DM_DDF_NAMESPACE && namespace !== this.#root.namespace;
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export interface BuildTndsOptions {
  /** Octets are written as base64 of format `b64` for XML, as they are for WBXML. */
  readonly encoding: 'xml' | 'wbxml';
  readonly man?: string;
  readonly mod?: string;
}

/** Nodes nested deeper go on as a tree of their own with a Path, so that every reader's limit is kept. */
const DEEPEST_NESTING = 24;

/**
 * Serialises nodes (OMA-TS-DM_TNDS-V1_2): nested below each other where the parent is among them, else with the Path
 * to it. A type that is not said is `text/plain` for text and `application/octet-stream` for octets, as the content
 * model wants one.
 *
 * To be sent as Data of type {@link TNDS_XML} and format `xml`, or encoded with the language `dm-ddf-1.2` as
 * {@link TNDS_WBXML} and format `bin`.
 *
 * @throws TndsError with the LocURI of the node: `bad-loc-uri`, `duplicate`, `bad-value` (not of its format), `missing`
 * (no nodes at all)
 */
export function buildTnds(nodes: readonly TndsNode[], options: BuildTndsOptions): Element {
  if (nodes.length === 0) throw new TndsError('missing', 'MgmtTree', 'a serialised tree has a node');
  const branches = branchesOf(nodes);
  const tops: Element[] = [];
  const later: Branch[] = branches.filter((branch) => branch.parent === undefined);
  for (let next = later.shift(); next !== undefined; next = later.shift())
    tops.push(written(next, 1, true, options, later));
  const head = [element('VerDTD', DM_DDF_NAMESPACE, [VERSION])];
  if (options.man !== undefined) head.push(leaf('Man', options.man));
  if (options.mod !== undefined) head.push(leaf('Mod', options.mod));
  return element('MgmtTree', DM_DDF_NAMESPACE, [...head, ...tops]);
}

interface Branch {
  readonly node: TndsNode;
  readonly locUri: string;
  readonly parent: Branch | undefined;
  readonly children: Branch[];
}

function branchesOf(nodes: readonly TndsNode[]): Branch[] {
  const byLocUri = new Map<string, TndsNode>();
  for (const node of nodes) {
    const fault = node.locUri.includes('?') ? 'a node has no query' : locUriFault(node.locUri, 'Get');
    if (fault !== undefined) throw new TndsError('bad-loc-uri', node.locUri, fault);
    const locUri = canonicalLocUri(node.locUri);
    if (byLocUri.has(locUri)) throw new TndsError('duplicate', locUri, 'a second node of that LocURI');
    byLocUri.set(locUri, node);
  }
  const branches = new Map<string, Branch>();
  // Parents first, so that a child finds its parent's branch.
  for (const [locUri, node] of [...byLocUri].sort(([a], [b]) => a.split('/').length - b.split('/').length)) {
    const parent = locUri === '.' ? undefined : branches.get(parentOf(locUri));
    if (parent !== undefined && parent.node.format !== 'node') {
      throw new TndsError('bad-value', parent.locUri, `a node of format ${parent.node.format} has nodes below it`);
    }
    const branch: Branch = { node, locUri, parent, children: [] };
    parent?.children.push(branch);
    branches.set(locUri, branch);
  }
  return [...branches.values()];
}

function parentOf(locUri: string): string {
  return locUri.slice(0, locUri.lastIndexOf('/'));
}

/** The element of a branch; what lies too deep below it is added to `later`. */
function written(branch: Branch, depth: number, top: boolean, options: BuildTndsOptions, later: Branch[]): Element {
  const { node, locUri } = branch;
  const above = parentOf(locUri);
  const children: Element[] = [leaf('NodeName', locUri === '.' ? '.' : locUri.slice(above.length + 1))];
  if (top && locUri !== '.' && above !== '.') children.push(leaf('Path', above));
  children.push(properties(node, options));
  if (node.value !== undefined) children.push(value(node, node.value, options));
  for (const child of branch.children) {
    if (depth < DEEPEST_NESTING) children.push(written(child, depth + 1, false, options, later));
    else later.push(child);
  }
  return element('Node', DM_DDF_NAMESPACE, children);
}

function properties(node: TndsNode, { encoding }: BuildTndsOptions): Element {
  const { format, acl, name, size, title, tStamp, verNo } = node;
  if (!isDataFormat(format) || format === 'b64') throw new TndsError('bad-format', node.locUri, 'no Format of a node');
  const inside: Element[] = [];
  if (acl !== undefined) inside.push(leaf('ACL', acl));
  inside.push(element('Format', DM_DDF_NAMESPACE, [leaf(format === 'bin' && encoding === 'xml' ? 'b64' : format, '')]));
  if (name !== undefined) inside.push(leaf('Name', name));
  if (size !== undefined) inside.push(leaf('Size', wholeNumber(size, node)));
  if (title !== undefined) inside.push(leaf('Title', title));
  if (tStamp !== undefined) inside.push(leaf('TStamp', tStamp));
  inside.push(element('Type', DM_DDF_NAMESPACE, [type(node)]));
  if (verNo !== undefined) inside.push(leaf('VerNo', wholeNumber(verNo, node)));
  return element('RTProperties', DM_DDF_NAMESPACE, inside);
}

function type({ format, type, ddfName }: TndsNode): Element {
  if (ddfName !== undefined) return leaf('DDFName', ddfName);
  if (type !== undefined) return leaf('MIME', type);
  if (format === 'node') return leaf('DDFName', '');
  return leaf('MIME', format === 'bin' ? 'application/octet-stream' : 'text/plain');
}

function value(node: TndsNode, value: string | Uint8Array, { encoding }: BuildTndsOptions): Element {
  if (node.format === 'node') throw new TndsError('bad-value', node.locUri, 'an interior node has no value');
  if (typeof value === 'string') {
    if (node.format === 'bin') throw new TndsError('bad-value', node.locUri, 'a value of format bin is octets');
    return leaf('Value', value);
  }
  if (node.format !== 'bin') throw new TndsError('bad-value', node.locUri, `a value of format ${node.format} is text`);
  if (encoding === 'xml') return leaf('Value', Buffer.from(value).toString('base64'));
  return element('Value', DM_DDF_NAMESPACE, value.length === 0 ? [] : [value]);
}

function wholeNumber(number: number, { locUri }: TndsNode): string {
  if (!Number.isSafeInteger(number) || number < 0)
    throw new TndsError('bad-value', locUri, 'a count is a whole number');
  return String(number);
}

function leaf(name: string, text: string): Element {
  const children: readonly Node[] = text === '' ? [] : [text];
  return element(name, DM_DDF_NAMESPACE, children);
}
