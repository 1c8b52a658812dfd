import type { DmAccount } from '../../src/domain/device.ts';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';
import type { Entropy } from '../../src/services/ports/clock.ts';
import type { DeliveryStore, NewDelivery } from '../../src/services/ports/delivery-store.ts';
import type { DescriptionStore } from '../../src/services/ports/description-store.ts';
import type { DeviceStore, NewDevice } from '../../src/services/ports/device-store.ts';
import type { FleetStore } from '../../src/services/ports/fleet-store.ts';
import type { ObjectStore } from '../../src/services/ports/object-store.ts';
import type { NewPackage, PackageStore } from '../../src/services/ports/package-store.ts';
import type { PushOutbox } from '../../src/services/ports/push-outbox.ts';
import type { SessionChange, SessionStore } from '../../src/services/ports/session-store.ts';
import type { TreeJobStore } from '../../src/services/ports/tree-job-store.ts';

/** Stores over one database that is empty. */
export interface Stores {
  readonly devices: DeviceStore;
  readonly fleet: FleetStore;
  readonly packages: PackageStore;
  readonly deliveries: DeliveryStore;
  readonly sessions: SessionStore;
  readonly treeJobs: TreeJobStore;
  readonly descriptions: DescriptionStore;
  readonly objects: ObjectStore;
  readonly outbox: PushOutbox;
  readonly entropy: Entropy;
}

export const T0 = Date.UTC(2026, 0, 1, 12);
export const at = (ms: number): Date => new Date(T0 + ms);
export const DAY = 86_400_000;
export const MSISDN = '+491701234567';

export const ACCOUNT: DmAccount = {
  auth: 'md5',
  client: { username: 'jürgen', password: 'client pässword', nonce: Uint8Array.of(0, 1, 2, 255) },
  server: { password: 'server pässword', nonce: Uint8Array.of(9, 0, 9) },
};

export const COMMANDS: readonly PackageCommand[] = [
  {
    name: 'Replace',
    line: 3,
    items: [{ target: { uri: './Vendor/Name' }, meta: { format: 'chr' }, data: 'Zürich {{imei}}' }],
  },
  { name: 'Atomic', line: 9, commands: [{ name: 'Get', line: 10, items: [{ target: { uri: './DevDetail/SwV' } }] }] },
];

export function newDevice({ entropy }: Stores, change: Partial<NewDevice> = {}): NewDevice {
  return {
    id: entropy.id(),
    deviceId: 'IMEI:490154203237518',
    msisdn: MSISDN,
    account: ACCOUNT,
    createdAt: at(0),
    ...change,
  };
}

export function newPackage({ entropy }: Stores, change: Partial<NewPackage> = {}): NewPackage {
  return {
    id: entropy.id(),
    name: 'apn',
    kind: 'dm',
    version: '1.2',
    commandCount: COMMANDS.length,
    variables: ['imei'],
    size: 5,
    createdAt: at(0),
    xml: new TextEncoder().encode('<xml>'),
    commands: COMMANDS,
    ...change,
  };
}

export function newDelivery(
  { entropy }: Stores,
  of: Pick<NewDelivery, 'packageId' | 'deviceId'>,
  change: Partial<NewDelivery> = {},
): NewDelivery {
  return {
    id: entropy.id(),
    variables: {},
    onFailure: 'continue',
    createdAt: at(0),
    expiresAt: at(DAY),
    ...of,
    ...change,
  };
}

/** A device and a package, and a delivery of the one to the other unless told otherwise. */
export async function makeDelivery(
  stores: Stores,
  change: Partial<NewDelivery> = {},
): Promise<{ deviceId: string; packageId: string; deliveryId: string }> {
  const { deviceId } = await stores.devices.create(newDevice(stores));
  const { id: packageId } = await stores.packages.createRevision(newPackage(stores));
  const { id: deliveryId } = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }, change));
  return { deviceId, packageId, deliveryId };
}

const reply = (text: string) => ({
  contentType: 'application/vnd.syncml.dm+wbxml',
  body: new TextEncoder().encode(text),
});

/** A change that only opens a session, or carries one on. */
export function newChange(
  { entropy }: Stores,
  context: { readonly device: { readonly id: string; readonly lock: number } },
  change: Partial<Omit<SessionChange, 'session'>> & { readonly session?: Partial<SessionChange['session']> } = {},
): SessionChange {
  return {
    deviceRowId: context.device.id,
    lock: context.device.lock,
    at: at(1_000),
    device: {},
    deliveries: [],
    results: [],
    nodeValues: [],
    removedNodes: [],
    alerts: [],
    awaited: [],
    log: [],
    ...change,
    session: {
      id: entropy.id(),
      isNew: true,
      supersedesOthers: false,
      dmSessionId: '1',
      state: {
        phase: 'challenging',
        version: '1.2',
        serverMsgId: 1,
        refusals: 1,
        nonce: '',
        serverAuth: { standing: 'unproven', refusals: 0 },
      },
      lastMsgId: '1',
      lastReply: reply('reply'),
      ...change.session,
    },
  };
}
