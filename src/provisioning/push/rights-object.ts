import { Buffer } from 'node:buffer';
import { type Attribute, type Element, element, isElement, type Node } from '../../wire/element.ts';
import type { FaultLog } from '../fault-log.ts';

/**
 * The namespaces of OMA DRM 1.0 rights objects with the prefixes that WBXML has tokens for (OMA-Download-DRMREL). The last
 * stands in that specification with a slash at its end, and without it wherever else XML signatures are used.
 */
const NAMESPACES = [
  { prefix: 'o-ex', namespace: 'http://odrl.net/1.1/ODRL-EX' },
  { prefix: 'o-dd', namespace: 'http://odrl.net/1.1/ODRL-DD' },
  { prefix: 'ds', namespace: 'http://www.w3.org/2000/09/xmldsig#/', also: 'http://www.w3.org/2000/09/xmldsig#' },
] as const satisfies readonly { prefix: string; namespace: string; also?: string }[];

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECLARATION = 'xmlns:';

/** Elements in other namespaces, and a key that is not base64. */
export function checkRightsObject(node: Element, faults: FaultLog): void {
  if (prefixOf(node.namespace) === undefined) {
    faults.add(node, 'unknown-namespace', `${node.name} is in a namespace that OMA DRM 1.0 rights do not have`);
  }
  if (node.name === 'KeyValue' && keyOctets(node) === undefined) {
    faults.add(node, 'bad-data', 'KeyValue is a key in base64');
  }
  for (const child of node.children) if (isElement(child)) checkRightsObject(child, faults);
}

/**
 * The tree as WBXML has it: names with prefixes, the declarations of those in use as attributes of the root, the key as
 * octets. The document was checked.
 */
export function rightsToWbxml(root: Element): Element {
  const used = new Set<string>();
  const tree = withPrefixes(root, used);
  const declarations = NAMESPACES.filter(({ prefix }) => used.has(prefix)).map(
    ({ prefix, namespace }): Attribute => ({ name: DECLARATION + prefix, value: namespace }),
  );
  return { ...tree, attributes: declarations };
}

/** The reverse of {@link rightsToWbxml}: namespaces, and the key in base64. */
export function rightsFromWbxml(root: Element): Element {
  const declared = new Map<string, string>(NAMESPACES.map(({ prefix, namespace }) => [prefix, namespace]));
  for (const { name, value } of root.attributes) {
    if (name.startsWith(DECLARATION)) declared.set(name.slice(DECLARATION.length), value);
  }
  return withNamespaces(root, declared);
}

function withPrefixes(node: Element, used: Set<string>): Element {
  const prefix = prefixOf(node.namespace);
  if (prefix === undefined) throw new TypeError(`${node.name} of ${node.namespace} in a rights object`);
  used.add(prefix);
  const key = node.name === 'KeyValue' ? keyOctets(node) : undefined;
  const children: readonly Node[] =
    key === undefined ? node.children.map((child) => (isElement(child) ? withPrefixes(child, used) : child)) : [key];
  return element(`${prefix}:${node.name}`, '', children);
}

function withNamespaces(node: Element, declared: ReadonlyMap<string, string>): Element {
  const [prefix = '', local] = node.name.includes(':') ? node.name.split(':') : ['', node.name];
  const children = node.children.map((child): Node => {
    if (isElement(child)) return withNamespaces(child, declared);
    return child instanceof Uint8Array ? Buffer.from(child).toString('base64') : child;
  });
  const attributes = node.attributes.filter(({ name }) => !name.startsWith(DECLARATION));
  return element(local ?? '', declared.get(prefix) ?? '', children, attributes);
}

function prefixOf(namespace: string): string | undefined {
  return NAMESPACES.find((row) => row.namespace === namespace || ('also' in row && row.also === namespace))?.prefix;
}

function keyOctets(keyValue: Element): Uint8Array | undefined {
  const [first] = keyValue.children;
  if (first instanceof Uint8Array) return first;
  const text = keyValue.children.join('').replace(/\s/g, '');
  return text !== '' && BASE64.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}
