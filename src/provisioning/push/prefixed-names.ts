import { type Attribute, type Element, element, isElement } from '../../wire/element.ts';

/** A prefix that WBXML has tokens for, and what it stands for. */
export interface PrefixRow {
  readonly prefix: string;
  readonly namespace: string;
  /** Another way to write the namespace. */
  readonly also?: string;
}

const DECLARATION = 'xmlns:';

/** The prefix of a namespace, `''` for none; undefined when it has no row. */
export function prefixOf(namespace: string, rows: readonly PrefixRow[]): string | undefined {
  if (namespace === '') return '';
  return rows.find((row) => row.namespace === namespace || row.also === namespace)?.prefix;
}

/**
 * The tree with prefixes in its names, as WBXML languages of OMA DRM have it: no namespaces, and the declarations of the
 * prefixes in use among the root's attributes, as the rows have them.
 */
export function withPrefixes(root: Element, rows: readonly PrefixRow[]): Element {
  const used = new Set<string>();
  const tree = prefixed(root, rows, used);
  const declarations = rows
    .filter(({ prefix }) => used.has(prefix))
    .map(({ prefix, namespace }): Attribute => ({ name: DECLARATION + prefix, value: namespace }));
  return { ...tree, attributes: [...declarations, ...tree.attributes] };
}

/** The reverse of {@link withPrefixes}. Attributes keep their local names, as the reader of XML has them. */
export function withNamespaces(root: Element, rows: readonly PrefixRow[]): Element {
  const declared = new Map(rows.map(({ prefix, namespace }) => [prefix, namespace]));
  for (const { name, value } of root.attributes) {
    if (name.startsWith(DECLARATION)) declared.set(name.slice(DECLARATION.length), value);
  }
  return resolved(root, declared);
}

function prefixed(node: Element, rows: readonly PrefixRow[], used: Set<string>): Element {
  const prefix = prefixOf(node.namespace, rows);
  if (prefix === undefined) throw new TypeError(`${node.name} of ${node.namespace} has no prefix`);
  for (const { name } of [{ name: `${prefix}:` }, ...node.attributes]) {
    const colon = name.indexOf(':');
    if (colon > 0) used.add(name.slice(0, colon));
  }
  const children = node.children.map((child) => (isElement(child) ? prefixed(child, rows, used) : child));
  return element(prefix === '' ? node.name : `${prefix}:${node.name}`, '', children, node.attributes);
}

function resolved(node: Element, declared: ReadonlyMap<string, string>): Element {
  const [prefix = '', local] = node.name.includes(':') ? node.name.split(':') : ['', node.name];
  const attributes = node.attributes
    .filter(({ name }) => !name.startsWith(DECLARATION))
    .map(({ name, value }) => ({ name: name.slice(name.indexOf(':') + 1), value }));
  const children = node.children.map((child) => (isElement(child) ? resolved(child, declared) : child));
  return element(local ?? '', declared.get(prefix) ?? '', children, attributes);
}
