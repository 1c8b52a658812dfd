import type { Device, NodeValue } from '../domain/device.ts';
import { isDataFormat } from '../provisioning/data-format.ts';
import { locUriFault } from '../provisioning/loc-uri.ts';
import { buildTnds } from '../provisioning/tnds.ts';
import type { TndsNode } from '../provisioning/tnds-node.ts';
import { canonicalLocUri } from '../syncml/node-name.ts';
import { encodeXml } from '../wire/xml/encode-xml.ts';
import { AppError } from './app-error.ts';
import { refuseUnknownDevice } from './devices.ts';
import { isDeviceId } from './identifiers.ts';
import { decodeCursor, encodeCursor } from './page-cursor.ts';
import type { DeviceStore } from './ports/device-store.ts';

/** Nodes in one answer when nobody says otherwise, and at most. */
export const MAX_NODES_AT_ONCE = 10_000;

export interface TreeQuery {
  /** A node; what is known at and below it. The root when left out. */
  readonly root?: string;
  /** Levels below the root. */
  readonly depth?: number;
  readonly limit?: number;
  readonly cursor?: string;
}

/** What the server knows of devices' trees. */
export class KnownTrees {
  readonly #devices: DeviceStore;

  constructor(ports: { readonly devices: DeviceStore }) {
    this.#devices = ports.devices;
  }

  /**
   * The last known values, in LocURI order.
   * @throws AppError `device-unknown`, `loc-uri-unsuitable`, `cursor-invalid`
   */
  async read(
    deviceId: string,
    { root, depth, limit = MAX_NODES_AT_ONCE, cursor }: TreeQuery = {},
  ): Promise<{ readonly nodes: readonly NodeValue[]; readonly nextCursor?: string }> {
    if (!isDeviceId(deviceId)) return refuseUnknownDevice(deviceId);
    const [after] = cursor === undefined ? [] : (decodeCursor(cursor, ['text']) as readonly [string]);
    const found = await this.#devices.tree(deviceId, {
      ...(root !== undefined && { root: nodeNamed(root) }),
      ...(depth !== undefined && { depth }),
      ...(after !== undefined && { after }),
      limit: limit + 1,
    });
    const nodes = found.slice(0, limit);
    const last = found.length > limit ? nodes.at(-1) : undefined;
    return { nodes, ...(last !== undefined && { nextCursor: encodeCursor([last.locUri]) }) };
  }

  /**
   * The same as a serialised tree (OMA-TS-DM_TNDS-V1_2) in XML: whole, up to {@link MAX_NODES_AT_ONCE} nodes. Values that
   * are not kept (secrets, large objects) and nodes whose LocURI is none are left out.
   * @throws AppError `device-unknown`, `loc-uri-unsuitable`, `tree-too-large`, `tree-unknown` when there is nothing to show
   */
  async serialised(deviceId: string, query: Pick<TreeQuery, 'root' | 'depth'> = {}): Promise<string> {
    const { nodes, nextCursor } = await this.read(deviceId, query);
    if (nextCursor !== undefined) {
      const message = `More than ${MAX_NODES_AT_ONCE} nodes are known; ask for a part with "root" or "depth".`;
      throw new AppError('tree-too-large', message);
    }
    const device = (await this.#devices.get(deviceId)) ?? refuseUnknownDevice(deviceId);
    const serialised = tndsNodes(nodes);
    if (serialised.length === 0) throw new AppError('tree-unknown', 'Nothing is known of that part of the tree yet.');
    return encodeXml(buildTnds(serialised, { encoding: 'xml', ...modelOf(device) }));
  }
}

function modelOf({ devInfo }: Device): { readonly man?: string; readonly mod?: string } {
  const { man, mod } = devInfo;
  return {
    ...(man !== undefined && !NOT_XML.test(man) && { man }),
    ...(mod !== undefined && !NOT_XML.test(mod) && { mod }),
  };
}

/** One node a place, in the one spelling; what has nodes below it is an interior node whatever was said of it. */
function tndsNodes(known: readonly NodeValue[]): TndsNode[] {
  const nodes = new Map<string, NodeValue>();
  const parents = new Set<string>();
  for (const node of known) {
    if (node.locUri.includes('?') || NOT_XML.test(node.locUri)) continue;
    if (locUriFault(node.locUri, 'Get') !== undefined) continue;
    const locUri = canonicalLocUri(node.locUri);
    nodes.set(locUri, node);
    for (let at = locUri.lastIndexOf('/'); at > 0; at = locUri.lastIndexOf('/', at - 1))
      parents.add(locUri.slice(0, at));
  }
  return [...nodes].map(([locUri, node]) => tndsNode(locUri, node, parents.has(locUri)));
}

function tndsNode(locUri: string, node: NodeValue, isParent: boolean): TndsNode {
  const { value, format } = node;
  const type = sayable(node.type);
  const said = { locUri, ...propertiesOf(node) };
  if (isParent || format === 'node') {
    return { ...said, format: 'node', ...(type !== undefined && { ddfName: type }) };
  }
  const typed = { ...said, ...(type !== undefined && { type }) };
  if (format === 'b64') {
    const octets = value === undefined ? undefined : new Uint8Array(Buffer.from(value, 'base64'));
    return { ...typed, format: 'bin', ...(octets !== undefined && { value: octets }) };
  }
  const known = format !== undefined && isDataFormat(format) && format !== 'bin' ? format : 'chr';
  const text = sayable(value, true);
  return { ...typed, format: known, ...(text !== undefined && { value: text }) };
}

function propertiesOf({ properties = {} }: NodeValue): Omit<TndsNode, 'locUri' | 'format'> {
  const text = (name: string): string | undefined => sayable(properties[name]?.value);
  const count = (name: string): number | undefined => {
    const digits = text(name);
    return digits !== undefined && /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
  };
  const [acl, name, title, tStamp] = [text('ACL'), text('Name'), text('Title'), text('TStamp')];
  const [size, verNo] = [count('Size'), count('VerNo')];
  return {
    ...(acl !== undefined && { acl }),
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
    ...(title !== undefined && { title }),
    ...(tStamp !== undefined && { tStamp }),
    ...(verNo !== undefined && { verNo }),
  };
}

/** Everything but the characters of XML 1.0, section 2.2. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** Undefined for what XML cannot say, and for what is empty unless that says something. */
function sayable(text: string | undefined, evenEmpty = false): string | undefined {
  if (text === undefined || NOT_XML.test(text)) return undefined;
  return text === '' && !evenEmpty ? undefined : text;
}

/** @throws AppError `loc-uri-unsuitable` */
export function nodeNamed(locUri: string): string {
  const fault = locUri.includes('?') ? 'a node has no query' : locUriFault(locUri, 'Get');
  if (fault !== undefined)
    throw new AppError('loc-uri-unsuitable', `${JSON.stringify(locUri.slice(0, 80))}: ${fault}.`);
  return canonicalLocUri(locUri);
}
