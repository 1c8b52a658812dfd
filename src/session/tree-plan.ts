import type { AclChange } from '../syncml/access-control-list.ts';
import type { Data, DmVersion, RequestCommand } from '../syncml/message.ts';
import type { NodeProperty } from '../syncml/node-properties.ts';
import type { NodeReport } from './report-node.ts';

/**
 * What a delivery is that has no package: its commands come out of the answers to those before. It is JSON through and
 * through and moves with its delivery, so any server process can go on from it.
 */
export type TreePlan = WalkPlan | AclPlan;

/** A walk through a device's tree, or a part of it. */
export interface WalkPlan {
  readonly kind: 'discovery';
  /** Where it begins, canonical. */
  readonly root: string;
  /** How far it may go: levels below the root, nodes heard of (the root is one), messages of ours. */
  readonly limits: { readonly depth: number; readonly nodes: number; readonly messages: number };
  /** Properties to be fetched of every node, less those the device does not keep. */
  readonly properties: readonly NodeProperty[];
  /** Ways to get all at once that are still to be tried, the best one first; none: level by level. */
  readonly lists: readonly ListKind[];
  /** LocURIs still to be got, in order; the first ones may be under way. */
  readonly asks: readonly string[];
  /** Nodes that the list asked for has brought so far, and what it says of the root's children. */
  readonly listed?: number;
  readonly rootNames?: string;
  /** Nodes heard of. */
  readonly nodes: number;
  /** Messages of ours with commands of it. */
  readonly messages: number;
  /** What was left out because of a limit: how many nodes, as far as that is known. */
  readonly cut: { readonly depth?: number; readonly nodes?: number; readonly messages?: number };
  /** Branches that the device would not show; the first ones only, see {@link refusals}. */
  readonly refused: readonly { readonly locUri: string; readonly status?: number }[];
  readonly refusals: number;
  /** The device's exchange with the first command: what was known of a node before and is not seen again, is gone. */
  readonly since?: number;
}

export type ListKind = 'TNDS' | 'StructData';

/** A change of one node's access control list: read, change what is ours, write back. */
export interface AclPlan {
  readonly kind: 'acl';
  readonly locUri: string;
  readonly change: AclChange;
  readonly stage: /** `at`: the node whose list is read; above the one in question when that inherits. */
    | { readonly is: 'reading'; readonly at: string }
    | { readonly is: 'writing'; readonly acl: string }
    | { readonly is: 'done' };
  /** The list in force before, as the device wrote it. */
  readonly before?: string;
  /** The list in force afterwards. */
  readonly after?: string;
  readonly since?: number;
}

/** One node of a serialised tree, its value as {@link NodeReport} has it. */
export interface SerialisedNode extends NodeReport {
  readonly properties: readonly { readonly name: NodeProperty; readonly value: string }[];
}

/** Reads a serialised tree (TNDS); undefined when the data is none. `locUri`: the node it was asked of. */
export type ReadSerialisedTree = (
  data: Data | undefined,
  type: string | undefined,
  locUri: string,
) => readonly SerialisedNode[] | undefined;

/** The commands that come next, `limit` at most. */
export function planCommands(plan: TreePlan, version: DmVersion, limit: number): RequestCommand[] {
  if (plan.kind === 'acl') {
    const { stage, locUri } = plan;
    if (stage.is === 'reading') return [get(`${stage.at}?prop=ACL`)];
    if (stage.is === 'done') return [];
    return [{ name: 'Replace', cmdId: '', items: [{ target: { uri: `${locUri}?prop=ACL` }, data: stage.acl }] }];
  }
  const list = listOf(plan, version);
  if (list !== undefined) return [get(`${plan.root}?list=${list}`)];
  return plan.asks.slice(0, limit).map(get);
}

/** How many commands are known to be left. */
export function planLength(plan: TreePlan, version: DmVersion): number {
  if (plan.kind === 'acl') return plan.stage.is === 'done' ? 0 : 1;
  return listOf(plan, version) === undefined ? plan.asks.length : 1;
}

/** The same plan after a message with commands of it. */
export function planSent(plan: TreePlan): TreePlan {
  return plan.kind === 'discovery' ? { ...plan, messages: plan.messages + 1 } : plan;
}

/** The list to be asked for now; serialised trees came with DM 1.2. */
export function listOf({ lists }: WalkPlan, version: DmVersion): ListKind | undefined {
  return version === '1.1' ? lists.find((list) => list !== 'TNDS') : lists[0];
}

function get(uri: string): RequestCommand {
  return { name: 'Get', cmdId: '', items: [{ target: { uri } }] };
}
