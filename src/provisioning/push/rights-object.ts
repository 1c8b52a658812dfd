import { Buffer } from 'node:buffer';
import { type Element, isElement, type Node } from '../../wire/element.ts';
import type { FaultLog } from '../fault-log.ts';
import { type PrefixRow, prefixOf, withNamespaces, withPrefixes } from './prefixed-names.ts';

/**
 * The namespaces of OMA DRM 1.0 rights objects with the prefixes that WBXML has tokens for (OMA-Download-DRMREL). The last
 * stands in that specification with a slash at its end, and without it wherever else XML signatures are used.
 */
const NAMESPACES = [
  { prefix: 'o-ex', namespace: 'http://odrl.net/1.1/ODRL-EX' },
  { prefix: 'o-dd', namespace: 'http://odrl.net/1.1/ODRL-DD' },
  { prefix: 'ds', namespace: 'http://www.w3.org/2000/09/xmldsig#/', also: 'http://www.w3.org/2000/09/xmldsig#' },
] as const satisfies readonly PrefixRow[];

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Elements in other namespaces, and a key that is not base64. */
export function checkRightsObject(node: Element, faults: FaultLog): void {
  if (node.namespace === '' || prefixOf(node.namespace, NAMESPACES) === undefined) {
    faults.add(node, 'unknown-namespace', `${node.name} is in a namespace that OMA DRM 1.0 rights do not have`);
  }
  if (node.name === 'KeyValue' && keyOctets(node) === undefined) {
    faults.add(node, 'bad-data', 'KeyValue is a key in base64');
  }
  for (const child of node.children) if (isElement(child)) checkRightsObject(child, faults);
}

/** The tree as WBXML has it, the key as octets. The document was checked. */
export function rightsToWbxml(root: Element): Element {
  return withPrefixes(withKeys(root, keyOctets), NAMESPACES);
}

/** The reverse of {@link rightsToWbxml}: namespaces, and the key in base64. */
export function rightsFromWbxml(root: Element): Element {
  return withKeys(withNamespaces(root, NAMESPACES), keyText);
}

function withKeys(node: Element, write: (keyValue: Element) => Node | undefined): Element {
  const key = node.name === 'KeyValue' ? write(node) : undefined;
  const children =
    key === undefined ? node.children.map((child) => (isElement(child) ? withKeys(child, write) : child)) : [key];
  return { ...node, children };
}

function keyText({ children }: Element): string | undefined {
  const [first] = children;
  return first instanceof Uint8Array ? Buffer.from(first).toString('base64') : undefined;
}

function keyOctets(keyValue: Element): Uint8Array | undefined {
  const [first] = keyValue.children;
  if (first instanceof Uint8Array) return first;
  const text = keyValue.children.join('').replace(/\s/g, '');
  return text !== '' && BASE64.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}
