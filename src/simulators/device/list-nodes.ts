import { isDataFormat } from '../../provisioning/data-format.ts';
import type { TndsNode } from '../../provisioning/tnds-node.ts';
import { grants } from './access-control.ts';
import { formatLocUri } from './loc-uri.ts';
import type { NodeValue, TreeNode } from './tree-node.ts';

/** One node as Get with `?list=` answers it. */
export interface ListedNode {
  /** Its canonical LocURI. */
  readonly locUri: string;
  readonly format: string;
  readonly type?: string;
  /** Of a leaf, when the data is asked for. */
  readonly value?: NodeValue;
}

/**
 * A node and all below it, parents first (OMA-TS-DM_TND, requesting a part of a management tree): the structure alone, or
 * with the leaves' data. What the server may not get is left out.
 * @param acl the access control list in force above the node
 */
export function listNodes(
  node: TreeNode,
  segments: readonly string[],
  what: 'Struct' | 'StructData',
  principal: string | undefined,
  acl?: string,
): ListedNode[] {
  const listed: ListedNode[] = [];
  const visit = (at: TreeNode, path: readonly string[], inherited: string | undefined): void => {
    const list = at.acl ?? inherited;
    if (grants(list, 'Get', principal)) {
      const locUri = formatLocUri(path);
      if (at.kind === 'leaf') {
        listed.push({ locUri, format: at.format, type: at.type, ...(what === 'StructData' && { value: at.value }) });
      } else listed.push({ locUri, format: 'node', ...(at.type !== undefined && { type: at.type }) });
    }
    if (at.kind === 'leaf') return;
    for (const [name, child] of at.children) visit(child, [...path, name], list);
  };
  visit(node, segments, acl);
  return listed;
}

/** The same for `?list=TNDS`: with the values, and the properties the device keeps. */
export function serialisedNodes(
  node: TreeNode,
  segments: readonly string[],
  principal: string | undefined,
  acl?: string,
): TndsNode[] {
  const nodes: TndsNode[] = [];
  const visit = (at: TreeNode, path: readonly string[], inherited: string | undefined): void => {
    const list = at.acl ?? inherited;
    if (grants(list, 'Get', principal)) nodes.push(serialised(at, formatLocUri(path)));
    if (at.kind === 'leaf') return;
    for (const [name, child] of at.children) visit(child, [...path, name], list);
  };
  visit(node, segments, acl);
  return nodes;
}

function serialised(node: TreeNode, locUri: string): TndsNode {
  const { acl, title } = node;
  const said = { locUri, ...(acl !== undefined && { acl }), ...(title !== undefined && { title }) };
  if (node.kind === 'interior')
    return { ...said, format: 'node', ...(node.type !== undefined && { ddfName: node.type }) };
  const { value, type } = node;
  if (typeof value !== 'string') return { ...said, format: 'bin', type, value };
  // Octets alone may be of format bin; a value in text of that format is text to the receiver.
  const format = isDataFormat(node.format) && node.format !== 'bin' && node.format !== 'node' ? node.format : 'chr';
  return { ...said, format, type, value };
}
