import type { DmVersion } from '../syncml/message.ts';
import { canonicalLocUri } from '../syncml/node-name.ts';
import { type Element, isElement, textOf } from '../wire/element.ts';
import { decodeXml, type XmlDocument } from '../wire/xml/decode-xml.ts';
import { XmlError } from '../wire/xml/xml-error.ts';
import { type DataFormat, isDataFormat } from './data-format.ts';
import {
  ACCESS_TYPES,
  type DescribedNode,
  type DeviceDescription,
  type NodeDescription,
  OCCURRENCES,
  type Occurrence,
} from './device-description.ts';
import { type Fault, type FaultCode, quoted } from './fault.ts';
import { FaultLog } from './fault-log.ts';
import { locUriFault } from './loc-uri.ts';

export interface ParseDdfOptions {
  /** Octets of the document; default 5 MiB. */
  readonly maxBytes?: number;
  /** Nodes described; default 20,000. */
  readonly maxNodes?: number;
  /** Faults reported; default 100. One more says that there are more. */
  readonly maxFaults?: number;
}

export const DDF_LIMITS = {
  maxBytes: 5 * 1024 * 1024,
  maxNodes: 20_000,
  maxFaults: 100,
} as const satisfies Required<ParseDdfOptions>;

export type DdfResult =
  | { readonly ok: true; readonly description: DeviceDescription }
  | { readonly ok: false; readonly faults: Fault[] };

/** `syncml:dmddf` of 1.1, `syncml:dmddf1.2`; many documents use none. */
const DDF_NAMESPACE = /^(?:|syncml:dmddf(?:1\.[12])?)$/i;

interface Content {
  readonly once: readonly string[];
  readonly often?: readonly string[];
}

/** Content models of OMA-TS-DM_TND-V1_2_1, 9.4. */
const TREE: Content = { once: ['VerDTD', 'Man', 'Mod'], often: ['Node'] };
const NODE: Content = { once: ['NodeName', 'Path', 'RTProperties', 'DFProperties', 'Value'], often: ['Node'] };
const DF_PROPERTIES: Content = {
  once: [
    'AccessType',
    'DefaultValue',
    'Description',
    'DFFormat',
    'Occurrence',
    'Scope',
    'DFTitle',
    'DFType',
    'CaseSense',
  ],
};
const TYPE: Content = { once: ['DDFName'], often: ['MIME'] };

/** XML nests a node's elements no deeper than this below it; the rest is depth of the tree. */
const MAX_DEPTH = 200;
const MAX_TREE_DEPTH = 64;
const MAX_XML_NODES = 1_000_000;

/**
 * Reads a device description (OMA DM Device Description Framework, OMA-TS-DM_TND-V1_2_1, 9) of version 1.1 or 1.2 and
 * reports all that is wrong with it at once, with positions; never throws for a bad one.
 *
 * - Elements are in a namespace of the framework, in the root's, or in none. Others, with all inside, are a vendor's own
 *   and passed over.
 * - A node's place is its Path and NodeName, or below the node around it. An empty NodeName, and an empty segment, `*`
 *   or `<x>` in a Path, stand for any name.
 * - Order among siblings is not checked; nor is RTProperties, which says what a device has at run time. A node without
 *   DFProperties is known to exist and no more.
 * - The internal subset of a DOCTYPE may hold the processing instruction that names the supported versions.
 */
export function parseDdf(input: Uint8Array | string, options: ParseDdfOptions = {}): DdfResult {
  const limits = { ...DDF_LIMITS, ...options };
  const octets = typeof input === 'string' ? Buffer.byteLength(input) : input.length;
  const start = { line: 1, column: 1 };
  if (octets > limits.maxBytes) {
    const message = `the document has ${octets} octets; ${limits.maxBytes} are allowed`;
    return { ok: false, faults: [{ ...start, code: 'too-large', message }] };
  }
  let document: XmlDocument;
  try {
    document = decodeXml(input, {
      positions: true,
      harmlessSubset: true,
      maxBytes: limits.maxBytes,
      maxNodes: MAX_XML_NODES,
      maxDepth: MAX_DEPTH,
    });
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const { line, column, reason } = error;
    return { ok: false, faults: [{ line, column, code: 'xml', message: reason }] };
  }
  const faults = new FaultLog(document.positionOf, limits.maxFaults);
  const description = new DdfReader(document.root, faults, limits.maxNodes).description();
  const found = faults.sorted();
  return found.length > 0 || description === undefined ? { ok: false, faults: found } : { ok: true, description };
}

/** A place that is still growing. */
interface Draft {
  name?: string;
  ignoreCase?: boolean;
  properties?: NodeDescription;
  /** Where the Node stands that described this place. */
  element?: Element;
  readonly children: Draft[];
  readonly byName: Map<string | undefined, Draft>;
}

class DdfReader {
  readonly #root: Element;
  readonly #faults: FaultLog;
  readonly #maxNodes: number;
  #nodeCount = 0;
  /** Nodes and what stands on their Paths only. */
  #places = 0;

  constructor(root: Element, faults: FaultLog, maxNodes: number) {
    this.#root = root;
    this.#faults = faults;
    this.#maxNodes = maxNodes;
  }

  /** Undefined only when a fault was reported. */
  description(): DeviceDescription | undefined {
    const root = this.#root;
    if (root.name !== 'MgmtTree') {
      this.#faults.add(root, 'unknown-root', `the root of a device description is MgmtTree, not ${quoted(root.name)}`);
      return undefined;
    }
    const { once, often } = this.#children(root, TREE);
    const version = this.#version(once.get('VerDTD'));
    if (often.length === 0) this.#faults.add(root, 'missing-element', 'MgmtTree holds a Node');
    const top = draft();
    for (const node of often) this.#node(node, top, 1);
    if (version === undefined) return undefined;
    const man = this.#text(once.get('Man'));
    const mod = this.#text(once.get('Mod'));
    return {
      version,
      ...(man && { man }),
      ...(mod && { mod }),
      children: top.children.map(finished),
      nodeCount: this.#nodeCount,
    };
  }

  /** `1.1.2` is what some 1.1 descriptions say. */
  #version(element: Element | undefined): DmVersion | undefined {
    if (element === undefined) {
      this.#faults.add(this.#root, 'missing-element', 'MgmtTree needs a VerDTD');
      return undefined;
    }
    const text = this.#text(element) ?? '';
    const version = /^(1\.[12])(?:\.\d)?$/.exec(text)?.[1];
    if (version === undefined) {
      this.#faults.add(element, 'version', `a device description is of version 1.1 or 1.2, not ${quoted(text)}`);
    }
    return version as DmVersion | undefined;
  }

  #node(element: Element, parent: Draft, depth: number): void {
    if (this.#faults.full) return;
    this.#nodeCount += 1;
    const { once, often } = this.#children(element, NODE);
    const place = this.#place(element, once, parent, depth);
    if (place === undefined) return;
    const { at } = place;
    if (at.element !== undefined) {
      const { line } = this.#faults.positionOf(at.element);
      this.#faults.add(element, 'repeated-element', `${this.#called(at)} is described on line ${line} already`);
    } else {
      at.element = element;
      const properties = once.get('DFProperties');
      if (properties !== undefined) this.#properties(properties, element, at);
    }
    const value = once.get('Value');
    if (value !== undefined && often.length > 0) {
      this.#faults.add(value, 'unexpected-data', 'a Node has a Value or Nodes inside, not both');
    }
    const formats = at.properties?.formats ?? [];
    if (often[0] !== undefined && formats.length > 0 && !formats.includes('node')) {
      const format = formats.join(', ');
      this.#faults.add(
        often[0],
        'misplaced-element',
        `${this.#called(at)} is a leaf (${format}): no Node stands below`,
      );
    }
    for (const child of often) this.#node(child, at, place.depth);
  }

  /** The draft for a Node, made with all that its Path names; undefined when a fault says why there is none. */
  #place(
    element: Element,
    once: ReadonlyMap<string, Element>,
    parent: Draft,
    depth: number,
  ): { readonly at: Draft; readonly depth: number } | undefined {
    const nameElement = once.get('NodeName');
    if (nameElement === undefined) {
      this.#faults.add(
        element,
        'missing-element',
        'a Node needs a NodeName (empty where the name is given at run time)',
      );
      return undefined;
    }
    const name = this.#text(nameElement) ?? '';
    const pathElement = once.get('Path');
    const path = (this.#text(pathElement) ?? '').replace(/^\.?\//, '').replace(/\/$/, '');
    const above = path === '' || path === '.' ? [] : path.split('/');
    if (/[/?]/.test(name)) {
      this.#faults.add(nameElement, 'bad-loc-uri', `a NodeName is one segment of a LocURI: ${quoted(name)}`);
      return undefined;
    }
    if (depth + above.length > MAX_TREE_DEPTH) {
      this.#faults.add(element, 'too-large', `a described tree may be ${MAX_TREE_DEPTH} nodes deep`);
      return undefined;
    }
    for (const [index, segment] of [...above, name].entries()) {
      const fault = isAnyName(segment)
        ? undefined
        : segment.includes('?')
          ? 'no query'
          : locUriFault(`./${segment}`, 'Get');
      if (fault === undefined) continue;
      const at = (index < above.length ? pathElement : nameElement) ?? element;
      this.#faults.add(at, 'bad-loc-uri', `${fault}: ${quoted(segment)}`);
      return undefined;
    }
    let at = parent;
    for (const segment of [...above, name]) {
      const child = this.#child(at, segment);
      if (child === undefined) {
        this.#faults.add(element, 'too-large', `a description may have ${this.#maxNodes} nodes`);
        return undefined;
      }
      at = child;
    }
    return { at, depth: depth + above.length + 1 };
  }

  /** Undefined when there are as many as may be. */
  #child(parent: Draft, segment: string): Draft | undefined {
    const name = isAnyName(segment) ? undefined : canonicalLocUri(`./${segment}`).slice(2);
    const known = parent.byName.get(name);
    if (known !== undefined) return known;
    this.#places += 1;
    if (this.#places > this.#maxNodes) return undefined;
    const child = draft(name);
    parent.byName.set(name, child);
    parent.children.push(child);
    return child;
  }

  #properties(element: Element, node: Element, at: Draft): void {
    const { once } = this.#children(element, DF_PROPERTIES);
    const accessElement = once.get('AccessType');
    const formatElement = once.get('DFFormat');
    if (accessElement === undefined) this.#faults.add(element, 'missing-element', 'DFProperties needs an AccessType');
    if (formatElement === undefined) this.#faults.add(element, 'missing-element', 'DFProperties needs a DFFormat');
    const access = accessElement === undefined ? [] : this.#words(accessElement, ACCESS_TYPES);
    const formats = formatElement === undefined ? [] : this.#formats(formatElement);
    const typeElement = once.get('DFType');
    const type = typeElement && this.#children(typeElement, TYPE);
    const types = (type?.often ?? []).map((mime) => this.#text(mime) ?? '').filter((mime) => mime !== '');
    const ddfName = this.#text(type?.once.get('DDFName'));
    const occurrence = this.#occurrence(once.get('Occurrence'));
    const scope = this.#word(once.get('Scope'), ['Permanent', 'Dynamic']);
    if (this.#word(once.get('CaseSense'), ['CS', 'CIS']) === 'CIS') at.ignoreCase = true;
    const defaultValue = this.#text(once.get('DefaultValue'), false);
    const title = this.#text(once.get('DFTitle'));
    const description = this.#text(once.get('Description'));
    at.properties = {
      access,
      formats,
      types,
      ...(ddfName && { ddfName }),
      ...(occurrence && { occurrence }),
      ...(scope !== undefined && { scope: scope === 'Permanent' ? 'permanent' : 'dynamic' }),
      ...(defaultValue !== undefined && { defaultValue }),
      ...(title && { title }),
      ...(description && { description }),
      line: this.#faults.positionOf(node).line,
    };
  }

  #formats(element: Element): DataFormat[] {
    const formats: DataFormat[] = [];
    const children = this.#own(element);
    for (const { name } of children) {
      if (!isDataFormat(name)) this.#faults.add(element, 'unknown-format', `no Format ${quoted(name)} exists`);
      else formats.push(name === 'b64' ? 'bin' : name);
    }
    if (children.length === 0) this.#faults.add(element, 'missing-element', 'DFFormat holds a format, e.g. <chr/>');
    return formats;
  }

  #occurrence(element: Element | undefined): Occurrence | undefined {
    const kind = this.#word(element, OCCURRENCES);
    if (element === undefined || kind === undefined) return undefined;
    if (kind !== 'OneOrN' && kind !== 'ZeroOrN') return { kind };
    const text = textOf(this.#own(element)[0] ?? element).trim();
    if (!/^[1-9]\d{0,8}$/.test(text)) {
      this.#faults.add(element, 'bad-data', `${kind} holds the most instances there may be, a number from 1`);
      return undefined;
    }
    return { kind, max: Number(text) };
  }

  #words<W extends string>(element: Element, known: readonly W[]): W[] {
    const words: W[] = [];
    for (const child of this.#own(element)) {
      const word = known.find((name) => name === child.name);
      if (word === undefined) {
        this.#faults.add(
          child,
          'unknown-element',
          `${element.name} holds ${known.join(', ')}, not ${quoted(child.name)}`,
        );
      } else if (!words.includes(word)) {
        words.push(word);
      }
    }
    return words;
  }

  #word<W extends string>(element: Element | undefined, known: readonly W[]): W | undefined {
    if (element === undefined) return undefined;
    const [word, second] = this.#words(element, known);
    if (second !== undefined) {
      this.#faults.add(element, 'repeated-element', `${element.name} holds one of ${known.join(', ')}`);
    }
    return word;
  }

  #text(element: Element | undefined, trimmed = true): string | undefined {
    if (element === undefined) return undefined;
    const inner = this.#own(element)[0];
    if (inner !== undefined) {
      this.#faults.add(inner, 'misplaced-element', `${element.name} holds text, not ${quoted(inner.name)}`);
    }
    const text = textOf(element);
    return trimmed ? text.trim() : text;
  }

  #children(
    parent: Element,
    content: Content,
  ): { readonly once: ReadonlyMap<string, Element>; readonly often: readonly Element[] } {
    const once = new Map<string, Element>();
    const often: Element[] = [];
    if (textOf(parent).trim() !== '') {
      this.#faults.add(parent, 'unexpected-text', `${parent.name} holds elements, not text`);
    }
    for (const child of this.#own(parent)) {
      if (content.often?.includes(child.name)) {
        often.push(child);
      } else if (!content.once.includes(child.name)) {
        const code: FaultCode = KNOWN.has(child.name) ? 'misplaced-element' : 'unknown-element';
        this.#faults.add(child, code, `${quoted(child.name)} may not stand in ${parent.name}`);
      } else if (once.has(child.name)) {
        this.#faults.add(child, 'repeated-element', `${parent.name} has a ${child.name} already`);
      } else {
        once.set(child.name, child);
      }
    }
    return { once, often };
  }

  #own(parent: Element): Element[] {
    const { namespace } = this.#root;
    return parent.children
      .filter(isElement)
      .filter((child) => child.namespace === namespace || DDF_NAMESPACE.test(child.namespace));
  }

  #called({ name }: Draft): string {
    return name === undefined ? 'the node of any name' : quoted(name);
  }
}

const KNOWN: ReadonlySet<string> = new Set(
  [TREE, NODE, DF_PROPERTIES, TYPE].flatMap(({ once, often = [] }) => [...once, ...often]),
);

/** How documents write a name that is given at run time. */
function isAnyName(segment: string): boolean {
  return segment === '' || segment === '*' || /^<[^<>]*>$/.test(segment);
}

function draft(name?: string): Draft {
  return { ...(name !== undefined && { name }), children: [], byName: new Map() };
}

function finished({ name, ignoreCase, properties, children }: Draft): DescribedNode {
  return {
    ...(name !== undefined && { name }),
    ...(ignoreCase && { ignoreCase }),
    ...(properties && { properties }),
    children: children.map(finished),
  };
}
