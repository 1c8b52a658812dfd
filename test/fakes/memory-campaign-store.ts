import { type CampaignAction, type CampaignState, type TargetCounts, takesAction } from '../../src/domain/campaign.ts';
import { AppError } from '../../src/services/app-error.ts';
import type {
  AudienceCount,
  Campaign,
  CampaignDefinition,
  CampaignFailure,
  CampaignMember,
  CampaignOrder,
  CampaignProgress,
  CampaignSecrets,
  CampaignStore,
  CampaignTarget,
  ForecastCount,
  NewCampaign,
} from '../../src/services/ports/campaign-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

interface Entry {
  campaign: Campaign;
  secrets: CampaignSecrets;
  readonly members: Map<string, CampaignMember>;
}

/** Campaigns that nobody carries on: they have no targets. What happens to targets is tested with a database. */
export class MemoryCampaignStore implements CampaignStore {
  readonly #entries = new Map<string, Entry>();
  /** Devices there are, for the counts. */
  devices = 0;

  async create(
    { id, name, definition, secrets, createdBy, createdAt, listOf }: NewCampaign,
    members: readonly CampaignMember[],
  ): Promise<Campaign> {
    const campaign: Campaign = {
      id,
      name,
      state: 'draft',
      definition,
      createdBy,
      changedBy: createdBy,
      createdAt,
      updatedAt: createdAt,
      version: 1,
      targets: 0,
      isComplete: false,
    };
    const copied = listOf === undefined ? [] : (this.#entries.get(listOf)?.members.values() ?? []);
    const all = [...copied, ...members].map((one) => [one.deviceId, one] as const);
    this.#entries.set(id, { campaign, secrets, members: new Map(all) });
    return campaign;
  }

  async get(id: string): Promise<Campaign | undefined> {
    return this.#entries.get(id)?.campaign;
  }

  async secrets(id: string): Promise<CampaignSecrets> {
    return this.#entries.get(id)?.secrets ?? {};
  }

  async list({ state }: { readonly state?: CampaignState }, page: PageRequest): Promise<Page<Campaign>> {
    const all = [...this.#entries.values()].map(({ campaign }) => campaign).reverse();
    return pageOf(
      all.filter((campaign) => state === undefined || campaign.state === state),
      page,
    );
  }

  async change(
    order: CampaignOrder,
    change: {
      readonly name: string;
      readonly definition: CampaignDefinition;
      readonly secrets: CampaignSecrets;
      readonly members?: readonly CampaignMember[];
    },
  ): Promise<Campaign> {
    const entry = this.#held(order, 'edit');
    entry.secrets = change.secrets;
    for (const one of change.members ?? []) if (!entry.members.has(one.deviceId)) entry.members.set(one.deviceId, one);
    return this.#set(order, { name: change.name, definition: change.definition, changedBy: order.by });
  }

  async addMembers(order: CampaignOrder, members: readonly CampaignMember[]): Promise<number> {
    const entry = this.#held(order, 'edit');
    const before = entry.members.size;
    for (const one of members) if (!entry.members.has(one.deviceId)) entry.members.set(one.deviceId, one);
    return entry.members.size - before;
  }

  async removeMembers(order: CampaignOrder): Promise<void> {
    this.#held(order, 'edit').members.clear();
  }

  async countAudience(id: string): Promise<AudienceCount> {
    const entry = this.#entries.get(id);
    const isList = entry?.campaign.definition.audience.kind === 'list';
    const targets = isList ? entry.members.size : this.devices;
    return { targets, devices: this.devices, unknown: 0, withoutMsisdn: 0 };
  }

  async estimateAudience(id: string): Promise<ForecastCount> {
    return { ...(await this.countAudience(id)), kind: 'estimate' };
  }

  async approve(order: CampaignOrder): Promise<Campaign> {
    const { campaign } = this.#held(order, 'approve');
    if (campaign.createdBy === order.by || campaign.changedBy === order.by) {
      throw new AppError('approval-by-author', 'Somebody else has to.');
    }
    return this.#set(order, { approvedBy: order.by, approvedAt: order.now });
  }

  async start(order: CampaignOrder, startAt: Date | undefined): Promise<Campaign> {
    const { campaign } = this.#held(order, 'start');
    if (campaign.definition.needsApproval && campaign.approvedBy === undefined) {
      throw new AppError('approval-missing', 'Nobody has approved it.');
    }
    return this.#set(order, { state: startAt !== undefined && startAt > order.now ? 'scheduled' : 'running' });
  }

  async pause(order: CampaignOrder): Promise<Campaign> {
    this.#held(order, 'pause');
    return this.#set(order, { state: 'paused' });
  }

  async resume(order: CampaignOrder): Promise<Campaign> {
    this.#held(order, 'resume');
    return this.#set(order, { state: 'running' });
  }

  async stop(order: CampaignOrder, cancelsOpen: boolean): Promise<Campaign> {
    this.#held(order, cancelsOpen ? 'cancel' : 'stop');
    return this.#set(order, { state: 'stopped', endedAt: order.now });
  }

  async retryFailed(order: CampaignOrder): Promise<Campaign> {
    this.#held(order, 'retry-failed');
    throw new AppError('nothing-failed', 'There are no targets.');
  }

  async skipWave(order: CampaignOrder): Promise<Campaign> {
    this.#held(order, 'skip-wave');
    throw new AppError('wave-unknown', 'There are no waves.');
  }

  async delete(order: CampaignOrder): Promise<void> {
    this.#held(order, 'delete');
    this.#entries.delete(order.id);
  }

  async progress(): Promise<CampaignProgress> {
    return { waves: [] };
  }

  async countsOf(): Promise<ReadonlyMap<string, TargetCounts>> {
    return new Map();
  }

  recount(): Promise<CampaignProgress> {
    return this.progress();
  }

  async lastEndAt(): Promise<undefined> {
    return undefined;
  }

  async pace(): Promise<readonly []> {
    return [];
  }

  async targets(): Promise<Page<CampaignTarget>> {
    return { items: [] };
  }

  async target(): Promise<undefined> {
    return undefined;
  }

  async failures(): Promise<Page<CampaignFailure>> {
    return { items: [] };
  }

  async failedDevices(): Promise<Page<CampaignTarget>> {
    return { items: [] };
  }

  async *results(): AsyncGenerator<never> {}

  async *answers(): AsyncGenerator<never> {}

  #held({ id, version }: CampaignOrder, action: CampaignAction): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new AppError('campaign-unknown', 'There is no campaign of that id.');
    const { state } = entry.campaign;
    if (version !== undefined && version !== entry.campaign.version) {
      throw new AppError('version-stale', 'It has been changed since.', { version: entry.campaign.version });
    }
    if (!takesAction(state, action)) throw new AppError('campaign-state', `It is ${state}.`, { state, action });
    return entry;
  }

  #set({ id, now }: CampaignOrder, change: Partial<Campaign>): Campaign {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new AppError('campaign-unknown', 'There is no campaign of that id.');
    entry.campaign = { ...entry.campaign, ...change, updatedAt: now, version: entry.campaign.version + 1 };
    return entry.campaign;
  }
}
