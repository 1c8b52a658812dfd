import type { TndsNode } from '../../provisioning/tnds-node.ts';
import { aclFault } from '../../syncml/access-control-list.ts';
import { grants, type Verb } from './access-control.ts';
import { type ListedNode, listNodes, serialisedNodes } from './list-nodes.ts';
import { encodeName, formatLocUri, type NodeAddress, parseLocUri } from './loc-uri.ts';
import { type NodeJson, nodeToJson, rootFromJson } from './tree-file.ts';
import {
  EMPTY_INTERIOR,
  findNode,
  holdsPermanent,
  type InteriorNode,
  type LeafNode,
  type NodeValue,
  type TreeNode,
  unprotected,
  valueOctets,
  withNode,
} from './tree-node.ts';

export interface TreeOptions {
  /** Replace makes a node that is not there, as Windows Mobile does; otherwise it answers 404. Default true. */
  readonly implicitAdd?: boolean;
  /** Add (and Replace, with `implicitAdd`) makes the interior nodes on the way; otherwise 404. Default true. */
  readonly implicitParents?: boolean;
}

/** What a command brings for a node. Format `node` makes an interior node; `b64` text is decoded to octets. */
export interface NodeContent {
  readonly value?: NodeValue | undefined;
  readonly format?: string | undefined;
  readonly type?: string | undefined;
}

/** What Get answers with; `value` of an interior node is its children's names joined by `/`. */
export interface Reading {
  readonly value: NodeValue;
  readonly format: string;
  /** Absent for interior nodes. */
  readonly type?: string;
}

/** Runs when a node is executed; gets the Exec's data and returns a status. */
export type Executable = (data: NodeValue | undefined) => number;

export interface ExecutableOptions {
  /** Answer 202 at once, run when the session is over, and tell the outcome with an alert of that type. */
  readonly later?: { readonly alertType: string };
}

/** What an Exec has set off and is still to be done. */
export interface LaterWork {
  /** The node that was executed. */
  readonly locUri: string;
  readonly alertType: string;
  /** @returns the status it came to */
  readonly run: () => number;
}

/** The tree at one moment. */
export type TreeSnapshot = InteriorNode & { readonly snapshot?: never };

/** Properties that can be read and, of these, written (OMA-TS-DM_TND, properties of nodes). */
const READABLE = new Set(['ACL', 'Format', 'Name', 'Size', 'Title', 'Type']);
const WRITABLE = new Set(['ACL', 'Name', 'Title']);

/**
 * A device's management tree. Every command returns the status the device answers with (OMA-TS-DM_RepPro, response
 * status codes); nothing here throws on what a server may send. The principal is the server's id, held against the
 * access control lists; without one there is no check.
 *
 * | status | when |
 * |---|---|
 * | 200 | done |
 * | 202 | Exec of what is done later |
 * | 400 / 414 | the LocURI is off / too long |
 * | 404 | no such node (nor, with the options off, its parent) |
 * | 405 | permanent or read-only node, the root, a child for a leaf, Exec of what cannot be executed |
 * | 406 | a property or list that this tree does not keep |
 * | 415 | a value that is not what its format says |
 * | 418 | Add or Copy to where a node is |
 * | 425 | the access control list does not name this server |
 */
export class ManagementTree {
  #root: InteriorNode;
  readonly #options: TreeOptions;
  #executables: Map<string, ExecutableOptions & { readonly run: Executable }> | undefined;

  constructor(root: InteriorNode = EMPTY_INTERIOR, options: TreeOptions = {}) {
    this.#root = root;
    this.#options = options;
  }

  /** @throws Error naming the node that is off */
  static fromJSON(json: unknown, options: TreeOptions = {}): ManagementTree {
    return new ManagementTree(rootFromJson(json), options);
  }

  toJSON(): NodeJson {
    return nodeToJson(this.#root);
  }

  /** For Atomic: what {@link restore} goes back to. Costs nothing. */
  snapshot(): TreeSnapshot {
    return this.#root;
  }

  restore(snapshot: TreeSnapshot): void {
    this.#root = snapshot;
  }

  /** Every leaf by its canonical LocURI, in the tree's order. */
  leaves(): Map<string, LeafNode> {
    const found = new Map<string, LeafNode>();
    const visit = (node: TreeNode, segments: readonly string[]): void => {
      if (node.kind === 'leaf') found.set(formatLocUri(segments), node);
      else for (const [name, child] of node.children) visit(child, [...segments, name]);
    };
    visit(this.#root, []);
    return found;
  }

  /** A leaf's value, without access checks; undefined when there is no leaf. */
  valueOf(locUri: string): NodeValue | undefined {
    const address = parseLocUri(locUri);
    const node = typeof address === 'number' ? undefined : findNode(this.#root, address.segments);
    return node?.kind === 'leaf' ? node.value : undefined;
  }

  /** From now on Exec on this node runs that; the node must exist when the command comes. */
  registerExecutable(locUri: string, executable: Executable, options: ExecutableOptions = {}): void {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') throw new Error(`${locUri} is no LocURI`);
    this.#executables ??= new Map();
    this.#executables.set(formatLocUri(address.segments), { ...options, run: executable });
  }

  get(locUri: string, principal?: string): Reading | number {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') return address;
    const node = findNode(this.#root, address.segments);
    if (node === undefined) return 404;
    if (address.list !== undefined) return 406;
    if (!this.#allows('Get', address.segments, principal)) return 425;
    if (address.property !== undefined) return readProperty(node, address.segments.at(-1) ?? '.', address.property);
    if (node.kind === 'leaf') return { value: node.value, format: node.format, type: node.type };
    return { value: Array.from(node.children.keys(), encodeName).join('/'), format: 'node' };
  }

  /**
   * What Get with `?list=Struct` or `?list=StructData` answers with: the node and all below it that the server may get.
   * 406 for other lists, 404, 425 and the rest as for {@link get}.
   */
  list(locUri: string, principal?: string): readonly ListedNode[] | number {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') return address;
    const { segments, list } = address;
    const node = findNode(this.#root, segments);
    if (node === undefined) return 404;
    if (list !== 'Struct' && list !== 'StructData') return 406;
    if (!this.#allows('Get', segments, principal)) return 425;
    return listNodes(node, segments, list, principal, this.#aclAt(segments));
  }

  /** What Get with `?list=TNDS` answers with, as nodes; statuses as for {@link list}. */
  serialise(locUri: string, principal?: string): readonly TndsNode[] | number {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') return address;
    const { segments } = address;
    const node = findNode(this.#root, segments);
    if (node === undefined) return 404;
    if (!this.#allows('Get', segments, principal)) return 425;
    return serialisedNodes(node, segments, principal, this.#aclAt(segments));
  }

  add(locUri: string, content: NodeContent, principal?: string): number {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') return address;
    if (address.property !== undefined || address.list !== undefined) return 405;
    if (findNode(this.#root, address.segments) !== undefined) return 418;
    return this.#create(address.segments, content, principal);
  }

  replace(locUri: string, content: NodeContent, principal?: string): number {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') return address;
    if (address.list !== undefined) return 405;
    const { segments } = address;
    const node = findNode(this.#root, segments);
    if (node === undefined) {
      if (address.property !== undefined || this.#options.implicitAdd === false) return 404;
      return this.#create(segments, content, principal);
    }
    if (address.property === 'ACL') {
      if (!this.#allowsAclChange(segments, node, principal)) return 425;
    } else if (!this.#allows('Replace', segments, principal)) return 425;
    if (address.property !== undefined) return this.#replaceProperty(address, node, content);
    if (node.readOnly === true || segments.length === 0) return 405;
    const next = makeNode(content, node);
    if (typeof next === 'number') return next;
    if (next.kind !== node.kind) return 405;
    this.#root = withNode(this.#root, segments, next);
    return 200;
  }

  delete(locUri: string, principal?: string): number {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') return address;
    if (address.property !== undefined || address.list !== undefined || address.segments.length === 0) return 405;
    const node = findNode(this.#root, address.segments);
    if (node === undefined) return 404;
    if (!this.#allows('Delete', address.segments, principal)) return 425;
    if (holdsPermanent(node)) return 405;
    this.#root = withNode(this.#root, address.segments, undefined);
    return 200;
  }

  /** Copies a node and all below it. */
  copy(source: string, target: string, principal?: string): number {
    const from = parseLocUri(source);
    const to = parseLocUri(target);
    if (typeof from === 'number') return from;
    if (typeof to === 'number') return to;
    if ([from, to].some((address) => address.property !== undefined || address.list !== undefined)) return 405;
    const node = findNode(this.#root, from.segments);
    if (node === undefined) return 404;
    if (from.segments.length === 0) return 405;
    if (!this.#allows('Get', from.segments, principal)) return 425;
    if (findNode(this.#root, to.segments) !== undefined) return 418;
    const refusal = this.#refusesChild(to.segments, principal);
    if (refusal !== undefined) return refusal;
    this.#root = withNode(this.#root, to.segments, unprotected(node));
    return 200;
  }

  /** @param defer takes what is to be done later (202); without it that is done at once, too */
  exec(locUri: string, data: NodeValue | undefined, principal?: string, defer?: (work: LaterWork) => void): number {
    const address = parseLocUri(locUri);
    if (typeof address === 'number') return address;
    if (findNode(this.#root, address.segments) === undefined) return 404;
    if (!this.#allows('Exec', address.segments, principal)) return 425;
    const canonical = formatLocUri(address.segments);
    const executable = this.#executables?.get(canonical);
    if (executable === undefined) return 405;
    const { run, later } = executable;
    if (later === undefined || defer === undefined) return run(data);
    defer({ locUri: canonical, alertType: later.alertType, run: () => run(data) });
    return 202;
  }

  #create(segments: readonly string[], content: NodeContent, principal: string | undefined): number {
    const refusal = this.#refusesChild(segments, principal);
    if (refusal !== undefined) return refusal;
    const node = makeNode(content, undefined);
    if (typeof node === 'number') return node;
    this.#root = withNode(this.#root, segments, node);
    return 200;
  }

  /** Why no node can be made there; undefined when one can. */
  #refusesChild(segments: readonly string[], principal: string | undefined): number | undefined {
    let parent: TreeNode = this.#root;
    let depth = 0;
    for (; depth < segments.length - 1; depth++) {
      if (parent.kind === 'leaf') return 405;
      const child = parent.children.get(segments[depth] ?? '');
      if (child === undefined) break;
      parent = child;
    }
    if (depth < segments.length - 1 && this.#options.implicitParents === false) return 404;
    if (parent.kind === 'leaf' || parent.readOnly === true) return 405;
    return this.#allows('Add', segments.slice(0, depth), principal) ? undefined : 425;
  }

  #allows(verb: Verb, segments: readonly string[], principal: string | undefined): boolean {
    return principal === undefined || grants(this.#aclAt(segments), verb, principal);
  }

  /** A leaf's list is its parent's to change; an interior node's is its own as well (OMA-TS-DM_TND, changing the ACL). */
  #allowsAclChange(segments: readonly string[], node: TreeNode, principal: string | undefined): boolean {
    const isOwn = node.kind === 'interior' && this.#allows('Replace', segments, principal);
    return isOwn || (segments.length > 0 && this.#allows('Replace', segments.slice(0, -1), principal));
  }

  /** The nearest access control list on the way up decides; where there is none all is allowed. */
  #aclAt(segments: readonly string[]): string | undefined {
    let node: TreeNode | undefined = this.#root;
    let acl = node.acl;
    for (const segment of segments) {
      node = node.kind === 'interior' ? node.children.get(segment) : undefined;
      if (node === undefined) break;
      acl = node.acl ?? acl;
    }
    return acl;
  }

  #replaceProperty({ segments, property = '' }: NodeAddress, node: TreeNode, content: NodeContent): number {
    if (!WRITABLE.has(property)) return READABLE.has(property) ? 405 : 406;
    const text = typeof content.value === 'string' ? content.value : '';
    if (property === 'Name') return this.#rename(segments, node, text);
    if (property === 'ACL' && aclFault(text) !== undefined) return 400;
    const { acl: oldAcl, title: oldTitle, ...rest } = node;
    const acl = property === 'ACL' ? text : oldAcl;
    const title = property === 'Title' ? text : oldTitle;
    const next: TreeNode = {
      ...rest,
      ...(acl !== undefined && acl !== '' && { acl }),
      ...(title !== undefined && { title }),
    };
    if (segments.length > 0) this.#root = withNode(this.#root, segments, next);
    else if (next.kind === 'interior') this.#root = next;
    return 200;
  }

  #rename(segments: readonly string[], node: TreeNode, name: string): number {
    if (segments.length === 0 || node.permanent === true || node.readOnly === true) return 405;
    const address = parseLocUri(`./${name}`);
    if (typeof address === 'number' || address.segments.length !== 1) return 400;
    const renamed = [...segments.slice(0, -1), ...address.segments];
    if (findNode(this.#root, renamed) !== undefined) return 418;
    this.#root = withNode(withNode(this.#root, segments, undefined), renamed, node);
    return 200;
  }
}

/** The node after an Add (nothing before) or a Replace; a status when value and format disagree. */
function makeNode(content: NodeContent, before: TreeNode | undefined): TreeNode | number {
  const kept = before === undefined ? {} : propertiesOf(before);
  // Replace without a Meta keeps the kind of node that is there.
  if (content.format === 'node' || (content.format === undefined && before?.kind === 'interior')) {
    if (before !== undefined && before.kind !== 'interior') return 405;
    const type = content.type ?? before?.type;
    const children = before?.children ?? EMPTY_INTERIOR.children;
    return { kind: 'interior', ...kept, children, ...(type !== undefined && { type }) };
  }
  const leaf = before?.kind === 'leaf' ? before : undefined;
  const isB64 = content.format === 'b64';
  const value = isB64 && typeof content.value === 'string' ? decodeBase64(content.value) : (content.value ?? '');
  if (value === undefined) return 415;
  const format = isB64 ? 'bin' : (content.format ?? leaf?.format ?? (typeof value === 'string' ? 'chr' : 'bin'));
  if (typeof value === 'string' && !fits(format, value)) return 415;
  const type = content.type ?? leaf?.type ?? (format === 'bin' ? 'application/octet-stream' : 'text/plain');
  return { kind: 'leaf', ...kept, value, format, type };
}

function propertiesOf({ acl, title, permanent, readOnly }: TreeNode): Omit<LeafNode, 'kind' | keyof Reading> {
  return {
    ...(acl !== undefined && { acl }),
    ...(title !== undefined && { title }),
    ...(permanent === true && { permanent }),
    ...(readOnly === true && { readOnly }),
  };
}

function fits(format: string, value: string): boolean {
  if (format === 'int') return /^\s*[+-]?\d+\s*$/.test(value);
  if (format === 'bool') return /^\s*(?:true|false)\s*$/i.test(value);
  return true;
}

function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) ? new Uint8Array(Buffer.from(compact, 'base64')) : undefined;
}

function readProperty(node: TreeNode, name: string, property: string): Reading | number {
  const chr = (value: string): Reading => ({ value, format: 'chr', type: 'text/plain' });
  switch (property) {
    case 'ACL':
      return chr(node.acl ?? '');
    case 'Format':
      return chr(node.kind === 'leaf' ? node.format : 'node');
    case 'Name':
      return chr(name);
    case 'Title':
      return chr(node.title ?? '');
    case 'Type':
      return chr(node.type ?? '');
    case 'Size':
      return node.kind === 'leaf' ? { ...chr(String(valueOctets(node.value))), format: 'int' } : 405;
    default:
      return 406;
  }
}
