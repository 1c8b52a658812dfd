/** A node that a document speaks of, with what is done at it. */
export interface DocumentNode {
  /** Names from the root, with slashes: unique. */
  readonly path: string;
  readonly name: string;
  readonly acts: readonly DocumentAct[];
  readonly children: readonly DocumentNode[];
}

export interface DocumentAct {
  /** `Add`, `Replace`, `Exec`…; `parm` of a CP document. */
  readonly command: string;
  readonly value?: string;
  readonly format?: string;
}

interface Growing {
  path: string;
  name: string;
  acts: DocumentAct[];
  children: Map<string, Growing>;
}

const COMMANDS = new Set(['Add', 'Replace', 'Delete', 'Get', 'Exec', 'Copy']);

/**
 * The tree that a document would make on a device, or asks of it, read from its commands; of an OMA CP document its
 * characteristics. Only for drawing: what counts is how the server reads it.
 * @returns undefined when it is no XML
 */
export function documentTree(xml: string): readonly DocumentNode[] | undefined {
  const root = rootOf(xml);
  if (root === undefined) return undefined;
  const top = grow('', '');
  if (root.localName === 'wap-provisioningdoc') readCharacteristics(root, top);
  else for (const element of root.getElementsByTagName('*')) readCommand(element, top);
  return settle(top).children;
}

const PROLOG = /^\uFEFF?\s*(?:<\?xml[^>]*\?>)?/;
const DOCTYPE = /<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>/;

/**
 * The root element, in a document of its own that is never shown; undefined when it is no XML. Not by DOMParser: what that
 * makes of broken XML in Chromium is a message with inline styles, which the page's policy refuses and logs.
 */
function rootOf(xml: string): Element | undefined {
  const holder = document.implementation.createDocument(null, 'holder').documentElement;
  try {
    holder.innerHTML = xml.replace(PROLOG, '').replace(DOCTYPE, '');
  } catch {
    return undefined;
  }
  return holder.children.length === 1 ? holder.children[0] : undefined;
}

function grow(path: string, name: string): Growing {
  return { path, name, acts: [], children: new Map() };
}

function readCommand(element: Element, top: Growing): void {
  if (!COMMANDS.has(element.localName)) return;
  const format = textOf(inside(element, 'Meta', 'Format'));
  for (const item of childrenOf(element, 'Item')) {
    const locUri = textOf(inside(item, 'Target', 'LocURI'));
    if (locUri === undefined) continue;
    const value = textOf(childrenOf(item, 'Data')[0]);
    const ownFormat = textOf(inside(item, 'Meta', 'Format')) ?? format;
    nodeAt(top, locUri).acts.push({
      command: element.localName,
      ...(value !== undefined && { value }),
      ...(ownFormat !== undefined && { format: ownFormat }),
    });
  }
}

function nodeAt(top: Growing, locUri: string): Growing {
  let node = top;
  for (const name of locUri.split('/').filter((segment) => segment !== '')) {
    node = childOf(node, name, name);
  }
  return node;
}

function childOf(node: Growing, key: string, name: string): Growing {
  let child = node.children.get(key);
  if (child === undefined) {
    child = grow(`${node.path}/${key}`, name);
    node.children.set(key, child);
  }
  return child;
}

/** The same characteristic may stand there twice, and then is two. */
function readCharacteristics(element: Element, node: Growing): void {
  for (const child of element.children) {
    const name = child.getAttribute(child.localName === 'characteristic' ? 'type' : 'name') ?? child.localName;
    const grown = childOf(node, `${name}#${node.children.size}`, name);
    if (child.localName === 'characteristic') readCharacteristics(child, grown);
    else grown.acts.push({ command: child.localName, value: child.getAttribute('value') ?? '' });
  }
}

function settle({ path, name, acts, children }: Growing): DocumentNode {
  return { path, name, acts, children: [...children.values()].map(settle) };
}

function childrenOf(element: Element, name: string): Element[] {
  return [...element.children].filter(({ localName }) => localName === name);
}

function inside(element: Element, ...names: readonly string[]): Element | undefined {
  return names.reduce<Element | undefined>((at, name) => at && childrenOf(at, name)[0], element);
}

function textOf(element: Element | undefined): string | undefined {
  return element?.textContent?.trim();
}
