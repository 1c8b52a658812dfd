import type { InteriorNode, TreeNode } from './tree-node.ts';

/** A node as it stands in a tree file. A leaf has `value` (text) or `base64` (octets), an interior node `children`. */
export interface NodeJson {
  readonly children?: Readonly<Record<string, NodeJson>>;
  readonly value?: string;
  readonly base64?: string;
  readonly format?: string;
  readonly type?: string;
  readonly acl?: string;
  readonly title?: string;
  readonly permanent?: true;
  readonly readOnly?: true;
}

export function nodeToJson(node: TreeNode): NodeJson {
  const properties = {
    ...(node.acl !== undefined && { acl: node.acl }),
    ...(node.title !== undefined && { title: node.title }),
    ...(node.permanent === true && { permanent: true as const }),
    ...(node.readOnly === true && { readOnly: true as const }),
  };
  if (node.kind === 'interior') {
    const children = Object.fromEntries([...node.children].map(([name, child]) => [name, nodeToJson(child)]));
    return { ...properties, ...(node.type !== undefined && { type: node.type }), children };
  }
  const value =
    typeof node.value === 'string'
      ? { value: node.value }
      : { base64: Buffer.from(node.value.buffer, node.value.byteOffset, node.value.length).toString('base64') };
  return { ...properties, format: node.format, type: node.type, ...value };
}

/** @throws Error naming the node that is off */
export function nodeFromJson(json: unknown, path = '.'): TreeNode {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`${path}: a node is an object with "children", "value" or "base64"`);
  }
  const { children, value, base64, format, type, acl, title, permanent, readOnly } = json as Record<string, unknown>;
  for (const [key, text] of Object.entries({ value, base64, format, type, acl, title })) {
    if (text !== undefined && typeof text !== 'string') throw new Error(`${path}: "${key}" must be text`);
  }
  const properties = {
    ...(typeof acl === 'string' && { acl }),
    ...(typeof title === 'string' && { title }),
    ...(permanent === true && { permanent: true as const }),
    ...(readOnly === true && { readOnly: true as const }),
  };
  if (typeof children === 'object' && children !== null) {
    const entries = Object.entries(children).map(([name, child]): [string, TreeNode] => [
      name,
      nodeFromJson(child, `${path}/${name}`),
    ]);
    return { kind: 'interior', ...properties, ...(typeof type === 'string' && { type }), children: new Map(entries) };
  }
  const octets = typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : undefined;
  if (octets === undefined && typeof value !== 'string') {
    throw new Error(`${path}: a node has "children", "value" or "base64"`);
  }
  return {
    kind: 'leaf',
    ...properties,
    value: octets ?? (value as string),
    format: typeof format === 'string' ? format : octets === undefined ? 'chr' : 'bin',
    type: typeof type === 'string' ? type : octets === undefined ? 'text/plain' : 'application/octet-stream',
  };
}

/** @throws Error naming the node that is off, also when the root is no interior node */
export function rootFromJson(json: unknown): InteriorNode {
  const root = nodeFromJson(json);
  if (root.kind !== 'interior') throw new Error('.: the root must have "children"');
  return root;
}
