import { type CommandResult, canMoveDelivery, isFinalDelivery } from '../../src/domain/delivery.ts';
import type { DevInfo, DmAccount, NodeValue } from '../../src/domain/device.ts';
import type { RefusalCount } from '../../src/domain/refusals.ts';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';
import type { Page } from '../../src/services/ports/page.ts';
import type {
  LoggedMessage,
  SessionChange,
  SessionContext,
  SessionRecord,
  SessionStore,
  StoredSession,
  WaitingDelivery,
} from '../../src/services/ports/session-store.ts';

interface DeviceInMemory {
  readonly id: string;
  account: DmAccount;
  lock: number;
  refusals: readonly RefusalCount[];
  devInfo?: DevInfo;
  lastSeenAt?: Date;
  bootstrap?: 'pending' | 'done';
  readonly nodes: Map<string, NodeValue>;
  readonly sessions: (StoredSession & { closeReason?: string })[];
  readonly deliveries: (WaitingDelivery & { readonly results: Map<string, CommandResult> })[];
}

/** The session port in memory, for tests of what stands on it. Keeps what it is given as JSON would, so nothing is shared. */
export class MemorySessionStore implements SessionStore {
  readonly devices = new Map<string, DeviceInMemory>();
  readonly log: LoggedMessage[] = [];
  commits = 0;
  /** Called between load and commit: where another process would come in between. */
  beforeCommit: () => Promise<void> = () => Promise.resolve();

  addDevice(deviceId: string, account: DmAccount): DeviceInMemory {
    const device: DeviceInMemory = {
      id: `row-${deviceId}`,
      account,
      lock: 0,
      refusals: [],
      nodes: new Map(),
      sessions: [],
      deliveries: [],
    };
    this.devices.set(deviceId, device);
    return device;
  }

  queue(deviceId: string, id: string, commands: readonly PackageCommand[], more: Partial<WaitingDelivery> = {}): void {
    this.devices.get(deviceId)?.deliveries.push({
      id,
      packageId: `package-of-${id}`,
      state: 'queued',
      position: 0,
      sent: 0,
      onFailure: 'continue',
      variables: {},
      commands,
      ...more,
      results: new Map(),
    });
  }

  delivery(id: string) {
    const found = [...this.devices.values()].flatMap(({ deliveries }) => deliveries).find((one) => one.id === id);
    if (found === undefined) throw new Error(`no delivery ${id}`);
    return found;
  }

  load(deviceId: string, dmSessionId: string): Promise<SessionContext | undefined> {
    const device = this.devices.get(deviceId);
    if (device === undefined) return Promise.resolve(undefined);
    const session = device.sessions.findLast((one) => one.dmSessionId === dmSessionId);
    return Promise.resolve({
      device: { id: device.id, deviceId, account: device.account, refusals: device.refusals, lock: device.lock },
      ...(session !== undefined && { session: { ...session } }),
      deliveries: device.deliveries.filter(({ state }) => !isFinalDelivery(state)).map((one) => ({ ...one })),
    });
  }

  async commit(change: SessionChange): Promise<boolean> {
    await this.beforeCommit();
    const device = [...this.devices.values()].find(({ id }) => id === change.deviceRowId);
    if (device === undefined || device.lock !== change.lock) return false;
    device.lock += 1;
    this.commits += 1;
    const { session } = change;
    const previous = device.sessions.find(({ id }) => id === session.id);
    const stored = {
      id: session.id,
      dmSessionId: session.dmSessionId,
      state: JSON.parse(JSON.stringify(session.state)) as StoredSession['state'],
      lastMsgId: session.lastMsgId,
      lastReply: session.lastReply,
      openedAt: previous?.openedAt ?? change.at,
      lastMessageAt: change.at,
      ...(session.closed !== undefined && { closeReason: session.closed.reason }),
    };
    if (session.supersedesOthers) {
      for (const [index, other] of device.sessions.entries()) {
        if (other.id !== session.id && other.state.phase !== 'closed') {
          device.sessions[index] = {
            ...other,
            state: { phase: 'closed', reason: 'superseded' },
            closeReason: 'superseded',
          };
        }
      }
    }
    if (previous === undefined) device.sessions.push(stored);
    else device.sessions[device.sessions.indexOf(previous)] = stored;
    this.#updateAccount(device, change);
    for (const move of change.deliveries) {
      const index = device.deliveries.findIndex(({ id }) => id === move.id);
      const delivery = device.deliveries[index];
      if (delivery === undefined || isFinalDelivery(delivery.state)) continue;
      if (delivery.state !== move.state && !canMoveDelivery(delivery.state, move.state)) {
        throw new Error(`a delivery cannot go from ${delivery.state} to ${move.state}`);
      }
      const sent = Math.max(delivery.sent, move.sent ?? move.position);
      device.deliveries[index] = { ...delivery, ...move, sent };
    }
    for (const { deliveryId, ...result } of change.results) {
      const results = device.deliveries.find(({ id }) => id === deliveryId)?.results;
      const key = `${result.path.join('.')}#${result.item}`;
      results?.set(key, { ...results.get(key), ...result });
    }
    for (const gone of change.removedNodes) {
      for (const locUri of device.nodes.keys()) {
        if (locUri === gone || locUri.startsWith(`${gone}/`)) device.nodes.delete(locUri);
      }
    }
    for (const node of change.nodeValues) device.nodes.set(node.locUri, node);
    this.log.push(...change.log);
    return true;
  }

  #updateAccount(device: DeviceInMemory, { device: news, at }: SessionChange): void {
    if (news.seen === true) device.lastSeenAt = at;
    if (news.refusals !== undefined) device.refusals = news.refusals;
    if (news.devInfo !== undefined) device.devInfo = news.devInfo;
    if (news.adopted !== undefined) {
      const { account, pending } = news.adopted;
      device.account = { ...account, ...(pending.length > 0 && { pending }) };
      device.bootstrap = pending.length > 0 ? 'pending' : 'done';
    }
    const { previousNonce, nonce, ...client } = device.account.client;
    const nextPrevious =
      news.previousClientNonce === undefined ? previousNonce : (news.previousClientNonce ?? undefined);
    const nextNonce = news.clientNonce ?? nonce;
    const serverNonce = news.serverNonce ?? device.account.server.nonce;
    device.account = {
      ...device.account,
      client: {
        ...client,
        ...(nextNonce !== undefined && { nonce: nextNonce }),
        ...(nextPrevious !== undefined && { previousNonce: nextPrevious }),
      },
      server: { ...device.account.server, ...(serverNonce !== undefined && { nonce: serverNonce }) },
    };
  }

  countRefusals(deviceRowId: string, lock: number, refusals: readonly RefusalCount[]): Promise<boolean> {
    const device = [...this.devices.values()].find(({ id }) => id === deviceRowId);
    if (device === undefined || device.lock !== lock) return Promise.resolve(false);
    device.lock += 1;
    device.refusals = refusals;
    return Promise.resolve(true);
  }

  closeSilent(): Promise<number> {
    return Promise.resolve(0);
  }

  get(): Promise<SessionRecord | undefined> {
    return Promise.resolve(undefined);
  }

  list(): Promise<Page<SessionRecord>> {
    return Promise.resolve({ items: [] });
  }

  messages(): Promise<Page<LoggedMessage> | undefined> {
    return Promise.resolve({ items: this.log });
  }
}
