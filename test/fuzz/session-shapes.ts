import type { TreePlan, WalkPlan } from '../../src/session/tree-plan.ts';
import type { Command, RequestCommand } from '../../src/syncml/message.ts';
import { get, replace } from '../session/dialogue.ts';
import type { Manner } from './good-device.ts';
import type { Order } from './watched-session.ts';

export interface Shape {
  readonly manner: Manner;
  readonly deliveries: readonly Order[];
}

const usual: Manner = {
  auth: 'basic',
  version: '1.1',
  credentialsFirst: true,
  perMessage: 50,
  value: { length: 3, piece: 100 },
};
const add = (uri: string, data: string): RequestCommand => ({ ...replace(uri, data), name: 'Add' }) as RequestCommand;
const remove: RequestCommand = { name: 'Delete', cmdId: '', items: [{ target: { uri: './A' } }] };
const atomic: RequestCommand = { name: 'Atomic', cmdId: '', commands: [add('./A', '1'), replace('./B', '2'), remove] };
const sequence: RequestCommand = {
  name: 'Sequence',
  cmdId: '',
  commands: [get('./A', './B'), atomic, add('./C', '3')],
};
const confirm: RequestCommand = { name: 'Alert', cmdId: '', code: 1101, items: [{ data: '' }, { data: 'Well?' }] };
const exec: RequestCommand = { name: 'Exec', cmdId: '', correlator: 'c', items: [{ target: { uri: './Do' } }] };
const octets: RequestCommand = {
  name: 'Replace',
  cmdId: '',
  items: [{ target: { uri: './Bin' }, meta: { format: 'bin' }, data: Buffer.alloc(1_200, 7) }],
};

function event(code: 1224 | 1226, correlator?: string): Command {
  const item = {
    source: { uri: './Do' },
    meta: { format: 'int', type: 'urn:example:done', mark: 'minor' },
    data: '200',
  };
  return { name: 'Alert', cmdId: '', code, ...(correlator !== undefined && { correlator }), items: [item] };
}

function walk(lists: WalkPlan['lists']): TreePlan {
  const limits = { depth: 8, nodes: 50, messages: 20 };
  const untouched = { nodes: 1, messages: 0, cut: {}, refused: [], refusals: 0 };
  return { kind: 'discovery', root: './T', limits, properties: ['ACL'], lists, asks: ['./T'], ...untouched };
}

function rights(locUri: string): TreePlan {
  const change = { add: { Replace: ['other'] }, remove: { Get: ['*'] } };
  return { kind: 'acl', locUri, change, stage: { is: 'reading', at: locUri } };
}

/** Devices and what is to be delivered to them, so that all there is in a session comes up in one of them. */
export const SHAPES: readonly Shape[] = [
  { manner: usual, deliveries: [[get('./A'), replace('./B', '2')], [add('./C', '3'), remove], [get('./A', './B')]] },
  { manner: { ...usual, auth: 'md5', version: '1.2' }, deliveries: [[atomic, confirm, exec], [sequence]] },
  {
    manner: { ...usual, auth: 'md5', perMessage: 2 },
    deliveries: [
      [atomic, get('./A')],
      [sequence, remove],
    ],
  },
  {
    manner: { ...usual, auth: 'md5', credentialsFirst: false, challengesServer: true },
    deliveries: [[get('./A')], [replace('./B', '2'), confirm]],
  },
  { manner: { ...usual, auth: 'hmac', splitsPackage1: true }, deliveries: [[get('./A')], [atomic], [exec]] },
  { manner: { ...usual, auth: 'hmac', credentialsFirst: false, version: '1.2' }, deliveries: [[sequence, get('./A')]] },
  {
    manner: { ...usual, meta: { maxMsgSize: 600, maxObjSize: 2_000 } },
    deliveries: [
      [get('./A'), replace('./Big', 'x'.repeat(1_000)), get('./B')],
      [octets, atomic],
    ],
  },
  {
    manner: { ...usual, auth: 'hmac', meta: { maxMsgSize: 500 } },
    deliveries: [Array.from({ length: 20 }, (_, index) => replace(`./N${index}`, 'y'.repeat(40))), [octets]],
  },
  {
    manner: { ...usual, perMessage: 1, splitsPackage1: true, value: { length: 250, piece: 100 } },
    deliveries: [[get('./Log'), get('./A', './B')]],
  },
  {
    manner: { ...usual, auth: 'md5', perMessage: 3, value: { length: 90, piece: 40 }, meta: { maxMsgSize: 700 } },
    deliveries: [
      [get('./Log'), octets, get('./A')],
      [confirm, get('./Log')],
    ],
  },
  {
    manner: { ...usual, version: '1.2', alerts: [event(1224), event(1226, 'c')] },
    deliveries: [[exec], { commands: [get('./A'), replace('./B', '2'), remove], onFailure: 'stop' }],
  },
  {
    // Statuses for so many alerts leave no room for the first command.
    manner: { ...usual, alerts: Array.from({ length: 24 }, () => event(1224)), meta: { maxMsgSize: 600 } },
    deliveries: [[replace('./B', 'z'.repeat(60))], [octets]],
  },
  {
    manner: { ...usual, auth: 'md5', version: '1.2', perMessage: 4 },
    deliveries: [{ plan: walk(['TNDS', 'StructData']) }, [get('./A')], { plan: rights('./T/a') }],
  },
  {
    manner: { ...usual, auth: 'hmac', meta: { maxMsgSize: 600 } },
    deliveries: [{ plan: rights('./A') }, { plan: walk([]) }, [atomic]],
  },
];

/** What every device's first digest is made with. */
export const NONCE = Buffer.from('client-nonce-one');
