import { type CampaignState, NO_TARGETS, type TargetCounts, type TargetState } from '../domain/campaign.ts';
import { rateNow } from '../domain/campaign-rate.ts';
import type { CampaignTerms, TermFault } from '../domain/campaign-terms.ts';
import { DEFAULT_THRESHOLDS } from '../domain/campaign-thresholds.ts';
import { bucketOf, bucketStart } from '../domain/campaign-timeline.ts';
import { isOpenAt, nextOpening } from '../domain/campaign-window.ts';
import type { Principal } from '../domain/principal.ts';
import { PUSH_PRIORITY } from '../domain/push.ts';
import { AppError } from './app-error.ts';
import { campaignFaults } from './campaign-faults.ts';
import { contentOf, type NewCampaignOrder, namesOf } from './campaign-order.ts';
import { audienceOf } from './campaign-scheduler.ts';
import { isDeviceId, isUuid } from './identifiers.ts';
import type {
  AudienceCount,
  Campaign,
  CampaignAnswer,
  CampaignContent,
  CampaignDefinition,
  CampaignFailure,
  CampaignMember,
  CampaignOrder,
  CampaignPace,
  CampaignProgress,
  CampaignResult,
  CampaignSecrets,
  CampaignStore,
  CampaignTarget,
  ForecastCount,
  TargetTransition,
} from './ports/campaign-store.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { PackageStore } from './ports/package-store.ts';
import type { Page, PageRequest } from './ports/page.ts';

/** What would happen, as far as that can be known before. */
export interface CampaignForecast {
  readonly faults: readonly TermFault[];
  readonly count: ForecastCount;
  /** Whether the start asks for `confirmCount`. */
  readonly needsConfirmation: boolean;
}

export interface CountedCampaign {
  readonly campaign: Campaign;
  readonly counts: TargetCounts;
}

/** How a campaign stands. */
export interface CampaignStanding {
  readonly campaign: Campaign;
  readonly progress: CampaignProgress;
  /** While it runs and its windows are closed for everybody: when they open. */
  readonly opensAt?: Date;
  /** While it runs, with a rate: triggers a minute, as it has grown. */
  readonly perMinute?: number;
}

/** How many targets ended when. */
export interface CampaignTimeline {
  readonly campaign: Campaign;
  /** Absent: it has not begun. `until` is now, while it goes on. */
  readonly span?: { readonly from: Date; readonly until: Date; readonly bucketMs: number };
  /** By wave and time; buckets in which nothing changed are left out. */
  readonly pace: readonly CampaignPace[];
}

export interface CampaignSettings {
  /** How long a device has when nobody says otherwise, milliseconds. */
  readonly ttlMs: number;
}

/** Members that are taken at once. */
export const MAX_MEMBERS_AT_ONCE = 10_000;

/** What admins do with campaigns. */
export class Campaigns {
  readonly #store: CampaignStore;
  readonly #packages: PackageStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #settings: CampaignSettings;
  readonly #workInReports: () => Promise<void>;

  constructor(
    ports: {
      readonly campaigns: CampaignStore;
      readonly packages: PackageStore;
      readonly clock: Clock;
      readonly entropy: Entropy;
      /** Sees to it that what devices have told so far can be read. */
      readonly workInReports?: () => Promise<void>;
    },
    settings: CampaignSettings,
  ) {
    this.#store = ports.campaigns;
    this.#packages = ports.packages;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#workInReports = ports.workInReports ?? (async () => {});
    this.#settings = settings;
  }

  /**
   * Makes a draft.
   * @throws AppError `campaign-faulty` with every fault, `filter-invalid`, `package-unknown`, `campaign-unknown` (of `from`)
   */
  async create(order: NewCampaignOrder, { id: createdBy }: Principal): Promise<Campaign> {
    const { definition, secrets } = await this.#definitionOf(order);
    const now = this.#clock.now();
    await this.#refuseFaults(definition, secrets, now);
    const isListMissing = definition.audience.kind === 'list' && order.members === undefined;
    const listOf = order.from !== undefined && isListMissing ? { listOf: order.from } : {};
    return this.#store.create(
      { id: this.#entropy.id(), name: order.name, definition, secrets, createdBy, createdAt: now, ...listOf },
      order.members ?? [],
    );
  }

  /**
   * Puts something else in place of a draft; its list stays. An approval is void.
   * @throws AppError as {@link create}, and `campaign-unknown`, `campaign-state`, `version-stale`
   */
  async change(id: string, order: NewCampaignOrder, principal: Principal, version?: number): Promise<Campaign> {
    const { definition, secrets } = await this.#definitionOf(order);
    const asked = this.#order(id, principal, version);
    await this.#refuseFaults(definition, secrets, asked.now);
    const { name, members = [] } = order;
    return this.#store.change(asked, { name, definition, secrets, members });
  }

  /** @throws AppError `campaign-unknown` */
  async get(id: string): Promise<Campaign> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownCampaign();
  }

  /** With how many targets of each are in which state. @throws AppError `cursor-invalid` */
  async list(filter: { readonly state?: CampaignState }, page: PageRequest): Promise<Page<CountedCampaign>> {
    const found = await this.#store.list(filter, page);
    const counts = await this.#store.countsOf(found.items.map(({ id }) => id));
    return {
      ...found,
      items: found.items.map((campaign) => ({ campaign, counts: counts.get(campaign.id) ?? NO_TARGETS })),
    };
  }

  /**
   * Appends to the list of a draft. Devices that are in it already are left out.
   * @throws AppError `campaign-unknown`, `campaign-state`, `campaign-faulty` when it has no list
   */
  async addMembers(id: string, members: readonly CampaignMember[], principal: Principal): Promise<number> {
    const { definition } = await this.get(id);
    if (definition.audience.kind !== 'list') {
      throw new AppError('campaign-faulty', 'The campaign has no list: its target is not of kind "list".', {
        errors: [{ in: 'body', pointer: '/target/kind', detail: 'Expected "list".' }],
      });
    }
    return this.#store.addMembers(this.#order(id, principal), members);
  }

  /** @throws AppError `campaign-unknown`, `campaign-state` */
  async removeMembers(id: string, principal: Principal): Promise<void> {
    await this.#store.removeMembers(this.#order(id, principal));
  }

  /**
   * What the start would find: every fault, how many devices.
   * @param estimates whether an estimate will do where counting takes long; then it is left to the start to ask for a number
   * @throws AppError `campaign-unknown`, `filter-invalid`
   */
  async validate(id: string, estimates = false): Promise<CampaignForecast> {
    const { definition } = await this.get(id);
    const now = this.#clock.now();
    const faults = await campaignFaults(definition, await this.#store.secrets(id), this.#packages, now);
    const query = audienceOf(definition);
    const count: ForecastCount = estimates
      ? await this.#store.estimateAudience(id, query, now)
      : { ...(await this.#store.countAudience(id, query, now)), kind: 'exact' };
    return { faults, count, needsConfirmation: count.kind === 'exact' && needsConfirmation(definition, count) };
  }

  /** @throws AppError `campaign-unknown`, `campaign-state`, `approval-by-author`, `version-stale` */
  approve(id: string, principal: Principal, version?: number): Promise<Campaign> {
    return this.#store.approve(this.#order(id, principal, version));
  }

  /**
   * @param confirmCount how many devices the caller knows it to be about; has to be right where it is given, and has to be
   *   given where the target is nobody or everybody
   * @throws AppError `campaign-unknown`, `campaign-state`, `campaign-faulty`, `approval-missing`, `confirmation-needed`,
   *   `version-stale`
   */
  async start(id: string, confirmCount: number | undefined, principal: Principal, version?: number): Promise<Campaign> {
    const { definition, state } = await this.get(id);
    if (state === 'draft') {
      const now = this.#clock.now();
      await this.#refuseFaults(definition, await this.#store.secrets(id), now);
      if (
        confirmCount !== undefined ||
        definition.audience.kind !== 'list' ||
        definition.terms.membership === 'fixed'
      ) {
        const count = await this.#store.countAudience(id, audienceOf(definition), now);
        const isRight = confirmCount === count.targets;
        if (confirmCount === undefined ? needsConfirmation(definition, count) : !isRight) refuseUnconfirmed(count);
      }
    }
    return this.#store.start(this.#order(id, principal, version), definition.terms.startAt);
  }

  /** Nothing more is triggered; what was triggered before may end. @throws AppError `campaign-unknown`, `campaign-state` */
  pause(id: string, principal: Principal): Promise<Campaign> {
    return this.#store.pause(this.#order(id, principal));
  }

  /** @throws AppError `campaign-unknown`, `campaign-state` */
  resume(id: string, principal: Principal): Promise<Campaign> {
    return this.#store.resume(this.#order(id, principal));
  }

  /** For good; what devices have been triggered for may end. @throws AppError `campaign-unknown`, `campaign-state` */
  stop(id: string, principal: Principal): Promise<Campaign> {
    return this.#store.stop(this.#order(id, principal), false);
  }

  /** For good, and what is with the devices as well. @throws AppError `campaign-unknown`, `campaign-state` */
  cancel(id: string, principal: Principal): Promise<Campaign> {
    return this.#store.stop(this.#order(id, principal), true);
  }

  /** @throws AppError `campaign-unknown`, `campaign-state`, `nothing-failed` */
  retryFailed(id: string, principal: Principal): Promise<Campaign> {
    return this.#store.retryFailed(this.#order(id, principal));
  }

  /** @throws AppError `campaign-unknown`, `campaign-state`, `wave-unknown`, `wave-ended` */
  skipWave(id: string, wave: number, principal: Principal): Promise<Campaign> {
    return this.#store.skipWave(this.#order(id, principal), wave);
  }

  /** @throws AppError `campaign-unknown`, `campaign-state`, `version-stale` */
  delete(id: string, principal: Principal, version?: number): Promise<void> {
    return this.#store.delete(this.#order(id, principal, version));
  }

  /** @throws AppError `campaign-unknown` */
  async progress(id: string): Promise<CampaignStanding> {
    const campaign = await this.get(id);
    const progress = await this.#store.progress(id);
    if (campaign.state !== 'running') return { campaign, progress };
    const { windows, rate } = campaign.definition.terms;
    const now = this.#clock.now();
    const isShut =
      windows !== undefined && windows.timeZone !== 'device' && !isOpenAt(windows.spans, windows.timeZone, now);
    const successes = progress.waves.reduce((sum, { counts }) => sum + counts.succeeded, 0);
    return {
      campaign,
      progress,
      ...(isShut && { opensAt: nextOpening(windows.spans, windows.timeZone, now) }),
      ...(rate !== undefined && { perMinute: rateNow(rate, successes) }),
    };
  }

  /** What came to its end when. @throws AppError `campaign-unknown` */
  async timeline(id: string): Promise<CampaignTimeline> {
    const campaign = await this.get(id);
    const { startedAt, endedAt } = campaign;
    if (startedAt === undefined) return { campaign, pace: [] };
    // What was with devices when it was stopped ends afterwards.
    const last = endedAt === undefined ? this.#clock.now() : await this.#store.lastEndAt(id);
    const until = new Date(Math.max(startedAt.getTime(), endedAt?.getTime() ?? 0, last?.getTime() ?? 0));
    const bucketMs = bucketOf(until.getTime() - startedAt.getTime());
    const from = bucketStart(startedAt, bucketMs);
    return { campaign, span: { from, until, bucketMs }, pace: await this.#store.pace(id, bucketMs) };
  }

  /** @throws AppError `campaign-unknown`, `cursor-invalid` */
  async targets(
    id: string,
    filter: { readonly state?: TargetState; readonly wave?: number },
    page: PageRequest,
  ): Promise<Page<CampaignTarget>> {
    await this.get(id);
    return this.#store.targets(id, filter, page);
  }

  /** @throws AppError `campaign-unknown`, `target-unknown` */
  async target(
    id: string,
    deviceId: string,
  ): Promise<CampaignTarget & { readonly history: readonly TargetTransition[] }> {
    await this.get(id);
    const target = isDeviceId(deviceId) ? await this.#store.target(id, deviceId) : undefined;
    if (target === undefined) throw new AppError('target-unknown', 'The device is no target of the campaign.');
    return target;
  }

  /** @throws AppError `campaign-unknown`, `cursor-invalid` */
  async failures(id: string, page: PageRequest): Promise<Page<CampaignFailure>> {
    await this.get(id);
    return this.#store.failures(id, page);
  }

  /** Nobody, for a failure that is not one of the campaign. @throws AppError `campaign-unknown`, `cursor-invalid` */
  async failedDevices(id: string, failureId: number, page: PageRequest): Promise<Page<CampaignTarget>> {
    await this.get(id);
    return this.#store.failedDevices(id, failureId, page);
  }

  /** @throws AppError `campaign-unknown` */
  async results(id: string): Promise<AsyncIterable<readonly CampaignResult[]>> {
    await this.get(id);
    return this.#store.results(id);
  }

  /**
   * What the devices have told, as it is known last.
   * @throws AppError `campaign-unknown`, `campaign-faulty` when it asks devices for nothing
   */
  async report(id: string): Promise<AsyncIterable<readonly CampaignAnswer[]>> {
    const { definition } = await this.get(id);
    const { content } = definition;
    if (content.kind !== 'discovery') {
      throw new AppError('campaign-faulty', 'The campaign asks devices for nothing: its content is no tree query.', {
        errors: [{ in: 'body', pointer: '/content/kind', detail: 'Expected "discovery".' }],
      });
    }
    await this.#workInReports();
    return this.#store.answers(id, content.root);
  }

  #order(id: string, { id: by }: Principal, version?: number): CampaignOrder {
    if (!isUuid(id)) return refuseUnknownCampaign();
    return { id, by, now: this.#clock.now(), ...(version !== undefined && { version }) };
  }

  async #refuseFaults(definition: CampaignDefinition, secrets: CampaignSecrets, now: Date): Promise<void> {
    const faults = await campaignFaults(definition, secrets, this.#packages, now);
    const [first] = faults;
    if (first === undefined) return;
    const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
    throw new AppError('campaign-faulty', `${first.pointer}: ${first.detail}${more}`, {
      errors: faults.map((fault) => ({ in: 'body', ...fault })),
    });
  }

  async #definitionOf(order: NewCampaignOrder): Promise<{
    readonly definition: CampaignDefinition;
    readonly secrets: CampaignSecrets;
  }> {
    const { content, secrets: said } = contentOf(order.content);
    const secrets = order.from === undefined ? said : await this.#withSecretsOf(order.from, order, content, said);
    const terms: CampaignTerms = {
      membership: order.membership ?? 'fixed',
      waves: order.waves ?? [{}],
      thresholds: order.thresholds ?? DEFAULT_THRESHOLDS,
      ...(order.rate !== undefined && { rate: order.rate }),
      ...(order.windows !== undefined && { windows: order.windows }),
      ...(order.startAt !== undefined && { startAt: order.startAt }),
      ...(order.endAt !== undefined && { endAt: order.endAt }),
      timeoutMs: order.timeoutMs ?? this.#settings.ttlMs,
      ...(order.retry !== undefined && { retry: order.retry }),
      priority: order.priority ?? PUSH_PRIORITY.campaign,
      conflict: order.conflict ?? 'wait',
    };
    const { audience, deviceVariables = {}, needsApproval = false } = order;
    const sealed = namesOf(secrets);
    return { definition: { content, audience, deviceVariables, terms, needsApproval, sealed }, secrets };
  }

  /** What is not said is taken from the other campaign, as far as it still means the same. */
  async #withSecretsOf(
    from: string,
    { deviceVariables = {} }: NewCampaignOrder,
    content: CampaignContent,
    said: CampaignSecrets,
  ): Promise<CampaignSecrets> {
    const { definition } = await this.get(from);
    const kept = await this.#store.secrets(from);
    if (definition.content.kind !== content.kind || content.kind === 'discovery') return said;
    const packageOf = (one: CampaignContent): string | undefined => ('packageId' in one ? one.packageId : undefined);
    const isSameDocument =
      packageOf(definition.content) === packageOf(content) &&
      (said.settings === undefined || content.kind === 'package');
    const takesPin = content.kind === 'push' && content.security.startsWith('USER');
    const variables = isSameDocument ? { ...kept.variables, ...said.variables } : said.variables;
    const settings = packageOf(content) === undefined ? (said.settings ?? kept.settings) : undefined;
    const pin = said.pin ?? (takesPin ? kept.pin : undefined);
    return {
      ...(variables !== undefined && {
        variables: Object.fromEntries(
          Object.entries(variables).filter(([name]) => !Object.hasOwn(deviceVariables, name)),
        ),
      }),
      ...(settings !== undefined && { settings }),
      ...(pin !== undefined && { pin }),
    };
  }
}

/** A list was written by somebody; what a filter matches may surprise. */
function needsConfirmation({ audience }: CampaignDefinition, { targets, devices }: AudienceCount): boolean {
  return targets === 0 || (audience.kind !== 'list' && targets === devices);
}

function refuseUnconfirmed(count: AudienceCount): never {
  const { targets, devices } = count;
  const what = targets === 0 ? 'no device' : targets === devices ? `all ${devices} devices` : `${targets} devices`;
  throw new AppError('confirmation-needed', `The campaign is about ${what}; repeat with "confirmCount": ${targets}.`, {
    count: targets,
    devices,
    unknown: count.unknown,
  });
}

function refuseUnknownCampaign(): never {
  throw new AppError('campaign-unknown', 'There is no campaign of that id.');
}
