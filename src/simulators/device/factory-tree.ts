import type { DmVersion } from '../../syncml/message.ts';
import type { InteriorNode, LeafNode, TreeNode } from './tree-node.ts';

/** What is particular to one device; the rest of the tree is shared by all. */
export interface DeviceIdentity {
  readonly deviceId: string;
  readonly manufacturer?: string;
  readonly model?: string;
  /** As `en-US`. */
  readonly language?: string;
}

const fixed = (value: string, format = 'chr'): LeafNode => ({
  kind: 'leaf',
  value,
  format,
  type: 'text/plain',
  permanent: true,
  readOnly: true,
});

const fixedInterior = (children: Readonly<Record<string, TreeNode>>): InteriorNode => ({
  kind: 'interior',
  children: new Map(Object.entries(children)),
  permanent: true,
  readOnly: true,
});

/** Permanent, but servers may add below it. */
const open = (): InteriorNode => ({ kind: 'interior', children: new Map(), permanent: true });

const devDetail = (largeObjects: boolean): InteriorNode =>
  fixedInterior({
    URI: fixedInterior({
      MaxDepth: fixed('0', 'int'),
      MaxTotLen: fixed('1024', 'int'),
      MaxSegLen: fixed('127', 'int'),
    }),
    DevTyp: fixed('Simulated phone'),
    OEM: fixed('Simulation'),
    FwV: fixed('1.0'),
    SwV: fixed('1.0'),
    HwV: fixed('1.0'),
    LrgObj: fixed(String(largeObjects), 'bool'),
  });

const DEV_DETAIL = { true: devDetail(true), false: devDetail(false) };
const ACCOUNTS = { '1.1': 'SyncML', '1.2': 'DMAcc' } as const;
const OPEN = open();
const SYNCML = { ...OPEN, children: new Map([['DMAcc', open()]]) };

/**
 * The tree a device leaves the factory with: the standard objects DevInfo and DevDetail (OMA-TS-DM_StdObj), read-only,
 * an empty account object, and `Vendor`, where anything may be added. Servers may add beside them, too.
 */
export function factoryTree(identity: DeviceIdentity, version: DmVersion, largeObjects: boolean): InteriorNode {
  const devInfo = fixedInterior({
    DevId: fixed(identity.deviceId),
    Man: fixed(identity.manufacturer ?? 'Simulation'),
    Mod: fixed(identity.model ?? 'Virtual device'),
    DmV: fixed(version),
    Lang: fixed(identity.language ?? 'en-US'),
  });
  return {
    kind: 'interior',
    children: new Map<string, TreeNode>([
      ['DevInfo', devInfo],
      ['DevDetail', DEV_DETAIL[`${largeObjects}`]],
      [ACCOUNTS[version], version === '1.1' ? SYNCML : OPEN],
      ['Vendor', OPEN],
    ]),
  };
}

/** The leaves a device reports at the start of every session, in this order. */
export const DEV_INFO = [
  './DevInfo/DevId',
  './DevInfo/Man',
  './DevInfo/Mod',
  './DevInfo/DmV',
  './DevInfo/Lang',
] as const;
