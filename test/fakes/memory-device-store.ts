import type { Device, DmAccount, NodeValue } from '../../src/domain/device.ts';
import { isAtOrBelow, levelsBelow } from '../../src/domain/tree-report.ts';
import { AppError } from '../../src/services/app-error.ts';
import { deviceRevision, refuseStaleRevision } from '../../src/services/device-revision.ts';
import type { DevicePatch, DeviceStore, NewDevice, TreePart } from '../../src/services/ports/device-store.ts';

type Row = NewDevice &
  Pick<Device, 'devInfo' | 'updatedAt'> & { readonly lastSeenAt?: Date; readonly bootstrap?: Device['bootstrap'] };

export class MemoryDeviceStore implements DeviceStore {
  readonly #rows = new Map<string, Row>();
  readonly trees = new Map<string, readonly NodeValue[]>();
  /** deviceIds with open deliveries. */
  readonly busy = new Set<string>();

  /** The row with its secrets, to see what arrived. */
  row(deviceId: string): Row | undefined {
    return this.#rows.get(deviceId);
  }

  /** What the device says of itself in a session. */
  report(deviceId: string, devInfo: Device['devInfo'], lastSeenAt: Date): void {
    this.#rows.set(deviceId, { ...this.#known(deviceId), devInfo, lastSeenAt });
  }

  /** What a bootstrap leaves in the row. */
  bootstrapped(deviceId: string, pending: DmAccount['pending'], bootstrap: Device['bootstrap']): void {
    const row = this.#known(deviceId);
    this.#rows.set(deviceId, { ...row, account: { ...row.account, ...(pending && { pending }) }, bootstrap });
  }

  async create(device: NewDevice): Promise<Device> {
    if (this.#rows.has(device.deviceId)) throw new AppError('device-exists', 'The device is registered already.');
    const row: Row = { ...device, devInfo: {}, updatedAt: device.createdAt };
    this.#rows.set(device.deviceId, row);
    return view(row);
  }

  async get(deviceId: string): Promise<Device | undefined> {
    const row = this.#rows.get(deviceId);
    return row && view(row);
  }

  /** Newest first. */
  all(): readonly Device[] {
    return [...this.#rows.values()].reverse().map((row) => {
      const { revision: _revision, ...device } = view(row);
      return device;
    });
  }

  async update(deviceId: string, patch: DevicePatch, now: Date, revision?: string): Promise<Device> {
    const { msisdn, imsi, timeZone, ...row } = this.#meant(deviceId, revision);
    const attributes = Object.entries({ ...(patch.attributes !== null && row.attributes), ...patch.attributes });
    const keptTimeZone = patch.timeZone === undefined ? timeZone : (patch.timeZone ?? undefined);
    const keptMsisdn = patch.msisdn === undefined ? msisdn : (patch.msisdn ?? undefined);
    const keptImsi = patch.imsi === undefined ? imsi : (patch.imsi ?? undefined);
    const updated: Row = {
      ...row,
      ...(keptMsisdn === undefined ? {} : { msisdn: keptMsisdn }),
      ...(keptImsi === undefined ? {} : { imsi: keptImsi }),
      ...(keptTimeZone === undefined ? {} : { timeZone: keptTimeZone }),
      ...(patch.tags === undefined ? {} : { tags: patch.tags }),
      attributes: Object.fromEntries(attributes.filter((one): one is [string, string] => one[1] !== null)),
      account: patched(row.account, patch),
      updatedAt: now,
    };
    this.#rows.set(deviceId, updated);
    return view(updated);
  }

  async sharesServerPassword(deviceId: string): Promise<boolean> {
    const password = this.#rows.get(deviceId)?.account.server.password;
    return [...this.#rows.values()].some(
      (row) => row.deviceId !== deviceId && row.account.server.password === password,
    );
  }

  async delete(deviceId: string, revision?: string): Promise<void> {
    this.#meant(deviceId, revision);
    if (this.busy.has(deviceId)) throw new AppError('device-has-open-deliveries', 'The device has open deliveries.');
    this.#rows.delete(deviceId);
  }

  async tree(deviceId: string, part: TreePart = {}): Promise<readonly NodeValue[]> {
    this.#known(deviceId);
    const { root = '.', depth = 99, after = '', limit } = part;
    const nodes = (this.trees.get(deviceId) ?? []).filter(
      ({ locUri }) => isAtOrBelow(locUri, root) && levelsBelow(locUri, root) <= depth && locUri > after,
    );
    return nodes.slice(0, limit);
  }

  #meant(deviceId: string, revision: string | undefined): Row {
    const row = this.#known(deviceId);
    refuseStaleRevision(revisionOf(row), revision);
    return row;
  }

  #known(deviceId: string): Row {
    const row = this.#rows.get(deviceId);
    if (row === undefined) throw new AppError('device-unknown', 'No such device is registered.');
    return row;
  }
}

function patched(account: DmAccount, patch: DevicePatch): DmAccount {
  const { scope: oldScope, ...client } = account.client;
  const { auth: oldAuth, ...server } = account.server;
  const { scope = oldScope, ...newClient } = patch.client ?? {};
  const { auth = oldAuth, ...newServer } = patch.server ?? {};
  return {
    auth: patch.auth ?? account.auth,
    client: { ...client, ...newClient, ...(scope != null && { scope }) },
    server: { ...server, ...newServer, ...(auth != null && { auth }) },
  };
}

function revisionOf({ account, hasAccount = true, msisdn, imsi, tags = [], attributes = {}, timeZone }: Row): string {
  return deviceRevision({
    msisdn: msisdn ?? null,
    imsi: imsi ?? null,
    tags,
    attributes,
    timeZone: timeZone ?? null,
    auth: account.auth,
    serverAuth: account.server.auth ?? null,
    clientScope: account.client.scope ?? null,
    clientUsername: account.client.username,
    hasAccount,
    secrets: Buffer.from(JSON.stringify([account.client.password, account.server.password])),
  });
}

function view(kept: Row): Device {
  const { account, hasAccount = true, bootstrap = { state: 'none' }, tags = [], attributes = {}, ...row } = kept;
  return {
    ...row,
    tags,
    attributes,
    auth: account.auth,
    ...(account.server.auth !== undefined && { serverAuth: account.server.auth }),
    ...(account.client.scope !== undefined && { clientScope: account.client.scope }),
    clientUsername: account.client.username,
    hasAccount,
    bootstrap,
    revision: revisionOf(kept),
  };
}
