/**
 * The one tree that both encodings (WBXML and XML) are read into and written from.
 *
 * Nodes are plain values: they compare with deep equality, serialise to JSON but for opaque bytes,
 * and are never mutated after they were made.
 */
export interface Element {
  /** Local name, e.g. `SyncHdr`. Namespace prefixes are resolved by the XML reader and never kept. */
  readonly name: string;
  /** Namespace URI as XML writes it, e.g. `syncml:metinf`; `''` when there is none. */
  readonly namespace: string;
  /** In document order; {@link NO_ATTRIBUTES} when there are none. */
  readonly attributes: readonly Attribute[];
  /** Text is a string, WBXML OPAQUE data is bytes. Adjacent strings are joined by the readers. */
  readonly children: readonly Node[];
}

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

export type Node = Element | string | Uint8Array;

export const NO_ATTRIBUTES: readonly Attribute[] = Object.freeze([]);
export const NO_CHILDREN: readonly Node[] = Object.freeze([]);

/** Makes an element; strings and bytes among the children are its text. */
export function element(
  name: string,
  namespace: string,
  children: readonly Node[] = NO_CHILDREN,
  attributes: readonly Attribute[] = NO_ATTRIBUTES,
): Element {
  return { name, namespace, attributes, children };
}

export function isElement(node: Node): node is Element {
  return typeof node === 'object' && !(node instanceof Uint8Array);
}

/** The first child element of that name (namespaces are not compared), or undefined. */
export function childOf(parent: Element, name: string): Element | undefined {
  for (const node of parent.children) {
    if (typeof node === 'object' && !(node instanceof Uint8Array) && node.name === name) return node;
  }
  return undefined;
}

export function childElements(parent: Element): Element[] {
  return parent.children.filter(isElement);
}

const utf8 = new TextDecoder('utf-8');

/** All text directly inside, opaque bytes read as UTF-8 (malformed sequences become U+FFFD). Not trimmed. */
export function textOf(parent: Element): string {
  const { children } = parent;
  if (children.length === 0) return '';
  let text = '';
  for (const node of children) {
    if (typeof node === 'string') text += node;
    else if (node instanceof Uint8Array) text += utf8.decode(node);
  }
  return text;
}
