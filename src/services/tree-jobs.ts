import type { TreePlan } from '../session/tree-plan.ts';
import { ACL_COMMANDS, type AclChange, serverIdFault } from '../syncml/access-control-list.ts';
import type { NodeProperty } from '../syncml/node-properties.ts';
import { AppError } from './app-error.ts';
import { UI_MODES, type UiMode } from './deliveries.ts';
import { refuseUnknownDevice } from './devices.ts';
import { isDeviceId, isUuid } from './identifiers.ts';
import { nodeNamed } from './known-trees.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { DeviceStore } from './ports/device-store.ts';
import type { Page, PageRequest } from './ports/page.ts';
import type { TreeJob, TreeJobStore } from './ports/tree-job-store.ts';

/** How far a walk goes unless told, and at most. */
export const WALK_LIMITS = {
  depth: { usual: 32, most: 64 },
  nodes: { usual: 5_000, most: 20_000 },
  messages: { usual: 500, most: 5_000 },
} as const;

/** Whether and how to call the device. Left out: when it has an msisdn. */
export interface CallOptions {
  readonly trigger?: boolean;
  readonly uiMode?: UiMode;
  readonly expiresAt?: Date;
}

export interface DiscoveryOrder extends CallOptions {
  /** Where to begin; the root when left out. */
  readonly root?: string;
  readonly maxDepth?: number;
  readonly maxNodes?: number;
  readonly maxMessages?: number;
  /** Fetched of every node beside its value. */
  readonly properties?: readonly NodeProperty[];
}

export interface AclOrder extends CallOptions {
  readonly locUri: string;
  readonly change: AclChange;
}

/** What admins have done to a device's tree beside deliveries: explore it, change who may do what. */
export class TreeJobs {
  readonly #store: TreeJobStore;
  readonly #devices: DeviceStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #ttlMs: number;

  constructor(
    ports: {
      readonly treeJobs: TreeJobStore;
      readonly devices: DeviceStore;
      readonly clock: Clock;
      readonly entropy: Entropy;
    },
    { ttlMs }: { readonly ttlMs: number },
  ) {
    this.#store = ports.treeJobs;
    this.#devices = ports.devices;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#ttlMs = ttlMs;
  }

  /**
   * Queues a walk through the device's tree. Without a limit of depth the device is asked for all at once first, if it
   * knows how; a limit of depth can only be kept level by level.
   * @throws AppError `loc-uri-unsuitable`, `device-unknown`, `trigger-impossible`, `expiry-past`
   */
  async discover(deviceId: string, order: DiscoveryOrder): Promise<TreeJob> {
    return this.#queue(deviceId, discoveryPlan(order), order);
  }

  /**
   * Queues a change of one node's access control list. The device's own list is read first and only the servers named
   * here are put in or taken out.
   * @throws AppError `loc-uri-unsuitable`, `acl-unsuitable`, `device-unknown`, `trigger-impossible`, `expiry-past`
   */
  async changeAcl(deviceId: string, { locUri, change, ...call }: AclOrder): Promise<TreeJob> {
    const node = nodeNamed(locUri);
    const entries = [change.add, change.remove].flatMap((part) => ACL_COMMANDS.flatMap((one) => part[one] ?? []));
    if (entries.length === 0) throw new AppError('acl-unsuitable', 'There is no server to add or to remove.');
    for (const server of entries) {
      const fault = server === '*' ? undefined : serverIdFault(server);
      if (fault !== undefined) throw new AppError('acl-unsuitable', `${JSON.stringify(server)}: ${fault}.`);
    }
    const plan: TreePlan = { kind: 'acl', locUri: node, change, stage: { is: 'reading', at: node } };
    return this.#queue(deviceId, plan, call);
  }

  /** @throws AppError `tree-job-unknown` */
  async get(id: string): Promise<TreeJob> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownJob();
  }

  /** The device's newest walk. @throws AppError `device-unknown`, `tree-job-unknown` when there was none */
  async latestDiscovery(deviceId: string): Promise<TreeJob> {
    if (!isDeviceId(deviceId) || (await this.#devices.get(deviceId)) === undefined) refuseUnknownDevice(deviceId);
    const { items } = await this.#store.list({ deviceId, kind: 'discovery' }, { limit: 1 });
    return items[0] ?? refuseUnknownJob();
  }

  /** @throws AppError `cursor-invalid` */
  async list(
    filter: { readonly deviceId?: string; readonly kind?: TreePlan['kind'] },
    page: PageRequest,
  ): Promise<Page<TreeJob>> {
    return this.#store.list(filter, page);
  }

  /**
   * What the device has told already stays known, a list that is with it already stays written.
   * @throws AppError `tree-job-unknown`, `tree-job-ended`
   */
  async cancel(id: string): Promise<TreeJob> {
    if (!isUuid(id)) return refuseUnknownJob();
    return this.#store.cancel(id, this.#clock.now());
  }

  async #queue(deviceId: string, plan: TreePlan, { trigger, uiMode, expiresAt }: CallOptions): Promise<TreeJob> {
    const device = isDeviceId(deviceId) ? await this.#devices.get(deviceId) : undefined;
    if (device === undefined) return refuseUnknownDevice(deviceId);
    const isCalled = trigger ?? device.msisdn !== undefined;
    if (isCalled && device.msisdn === undefined) {
      throw new AppError(
        'trigger-impossible',
        'The device has no msisdn, so no Package #0 can be sent; set one, or order with "trigger": false.',
      );
    }
    const now = this.#clock.now();
    const until = expiresAt ?? new Date(now.getTime() + this.#ttlMs);
    if (until.getTime() <= now.getTime()) {
      throw new AppError('expiry-past', `"expiresAt" has to be after now, ${now.toISOString()}.`);
    }
    return this.#store.create({
      id: this.#entropy.id(),
      deviceId: device.deviceId,
      plan,
      createdAt: now,
      expiresAt: until,
      ...(isCalled ? { trigger: { pushId: this.#entropy.id(), uiMode: UI_MODES[uiMode ?? 'background'] } } : {}),
    });
  }
}

/** A walk at its beginning. @throws AppError `loc-uri-unsuitable` */
export function discoveryPlan(order: Omit<DiscoveryOrder, keyof CallOptions>): TreePlan {
  const root = nodeNamed(order.root ?? '.');
  const { depth, nodes, messages } = WALK_LIMITS;
  return {
    kind: 'discovery',
    root,
    limits: {
      depth: order.maxDepth ?? depth.usual,
      nodes: order.maxNodes ?? nodes.usual,
      messages: order.maxMessages ?? messages.usual,
    },
    properties: [...new Set(order.properties)],
    lists: order.maxDepth === undefined ? ['TNDS', 'StructData'] : [],
    asks: [root],
    nodes: 1,
    messages: 0,
    cut: {},
    refused: [],
    refusals: 0,
  };
}

function refuseUnknownJob(): never {
  throw new AppError('tree-job-unknown', 'There is no tree job of that id.');
}
