/**
 * Nodes of the management tree (OMA-TS-DM_TND). They are never changed once made: a change copies the way down to the
 * node and shares the rest, so that a snapshot is a pointer and a thousand devices share one factory tree.
 */
export type TreeNode = InteriorNode | LeafNode;

interface NodeProperties {
  /** e.g. `Get=*&Replace=srv1+srv2`; absent: inherited from above. */
  readonly acl?: string;
  readonly title?: string;
  /** Cannot be deleted or renamed. */
  readonly permanent?: true;
  /** Takes no Add below it, no Replace, no Delete. */
  readonly readOnly?: true;
}

export interface InteriorNode extends NodeProperties {
  readonly kind: 'interior';
  readonly children: ReadonlyMap<string, TreeNode>;
  /** The management object it holds, as a URN. */
  readonly type?: string;
}

export interface LeafNode extends NodeProperties {
  readonly kind: 'leaf';
  readonly value: NodeValue;
  /** `chr int bool bin xml null date time float`; `b64` is a transport form of `bin` and never kept. */
  readonly format: string;
  /** MIME type. */
  readonly type: string;
}

export type NodeValue = string | Uint8Array;

const NO_CHILDREN: ReadonlyMap<string, TreeNode> = new Map();

export const EMPTY_INTERIOR: InteriorNode = { kind: 'interior', children: NO_CHILDREN };

/** Octets the value has on its own. */
export function valueOctets(value: NodeValue): number {
  return typeof value === 'string' ? Buffer.byteLength(value, 'utf8') : value.length;
}

/** Where a value may be cut at that index or just before: never between the halves of a surrogate pair. */
export function cutAt(value: NodeValue, index: number): number {
  return typeof value === 'string' && /[\uD800-\uDBFF]/.test(value[index - 1] ?? '') ? index - 1 : index;
}

export function findNode(root: TreeNode, segments: readonly string[]): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const segment of segments) {
    if (node?.kind !== 'interior') return undefined;
    node = node.children.get(segment);
  }
  return node;
}

/**
 * The root with the node at that place set (or taken out, when undefined). Missing interior nodes on the way are made;
 * a leaf on the way is a bug of the caller.
 */
export function withNode(
  root: InteriorNode,
  segments: readonly string[],
  node: TreeNode | undefined,
  depth = 0,
): InteriorNode {
  const name = segments[depth];
  if (name === undefined) throw new Error('the root has no parent to be set in');
  const children = new Map(root.children);
  if (depth < segments.length - 1) {
    const child = children.get(name) ?? EMPTY_INTERIOR;
    if (child.kind !== 'interior') throw new Error(`${name} is a leaf`);
    children.set(name, withNode(child, segments, node, depth + 1));
  } else if (node === undefined) children.delete(name);
  else children.set(name, node);
  return { ...root, children };
}

/** Is any node of this subtree such that it cannot go? */
export function holdsPermanent(node: TreeNode): boolean {
  if (node.permanent === true || node.readOnly === true) return true;
  if (node.kind === 'leaf') return false;
  for (const child of node.children.values()) if (holdsPermanent(child)) return true;
  return false;
}

/** The node as it is when copied elsewhere: not permanent, writable, access rights inherited there. */
export function unprotected(node: TreeNode): TreeNode {
  if (node.kind === 'leaf') return { kind: 'leaf', value: node.value, format: node.format, type: node.type };
  const children = new Map([...node.children].map(([name, child]) => [name, unprotected(child)]));
  return { kind: 'interior', children, ...(node.type !== undefined && { type: node.type }) };
}
