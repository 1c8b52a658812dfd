import { openOf } from '../domain/campaign.ts';
import { type CampaignStanding, dueMoves, type WaveStanding } from '../domain/campaign-moves.ts';
import { type Allowance, rateNow, refill, untilNext } from '../domain/campaign-rate.ts';
import { isOpenAt, nextOpening } from '../domain/campaign-window.ts';
import { AppError } from './app-error.ts';
import { parcelOf } from './campaign-parcels.ts';
import type { AudienceQuery, CampaignDefinition } from './ports/campaign-store.ts';
import type { CampaignWork, HeldCampaign, Parcel } from './ports/campaign-work.ts';
import type { Clock } from './ports/clock.ts';
import type { PackageStore } from './ports/package-store.ts';
import { readFilter } from './read-filter.ts';

interface Order {
  readonly audience: AudienceQuery;
  readonly waveFilters: readonly AudienceQuery['filter'][];
  readonly parcel: Parcel;
}

export interface CampaignSchedulerOptions {
  /** A variable every document may use. */
  readonly serverId: string;
  /** How often a campaign that is under way is looked at, milliseconds. */
  readonly pollMs: number;
  /** Pushes of one campaign that may wait for a link: what is not in the queue need not be called back. */
  readonly maxBacklog: number;
}

/** Portions: each is a transaction, so none is long. */
const GATHERED_AT_ONCE = 20_000;
const TRIGGERED_AT_ONCE = 1_000;
const CHORES_AT_ONCE = 1_000;
const FOLDED_AT_ONCE = 50_000;
/** A campaign on which nothing moves is looked at so many times more seldom. */
const IDLE_FACTOR = 3;
/** How often devices that may have come to match are looked for among all of them. */
const RESCAN_MS = 10 * 60_000;
/** When a device is asked for again that another campaign is busy with. */
const CONFLICT_MS = 30_000;
const MAX_ROUNDS = 10;

/**
 * Carries campaigns on: one look at one campaign at a time, in one transaction, with the campaign held. Any process may do
 * the next look; one that dies in the middle has done nothing.
 */
export class CampaignScheduler {
  readonly #work: CampaignWork;
  readonly #packages: PackageStore;
  readonly #clock: Clock;
  readonly #options: CampaignSchedulerOptions;

  constructor(
    ports: { readonly work: CampaignWork; readonly packages: PackageStore; readonly clock: Clock },
    options: CampaignSchedulerOptions,
  ) {
    this.#work = ports.work;
    this.#packages = ports.packages;
    this.#clock = ports.clock;
    this.#options = options;
  }

  /** Does what is due. @returns when to come again; undefined: when somebody has done something to a campaign */
  async run(signal?: AbortSignal): Promise<Date | undefined> {
    while (signal?.aborted !== true) {
      const now = this.#clock.now();
      if (!(await this.#work.withDue(now, (held) => this.#look(held, now)))) break;
    }
    const next = await this.#work.nextDueAt();
    if (next === undefined) return undefined;
    // What is due already is in the hands of another process.
    return new Date(Math.max(next.getTime(), this.#clock.now().getTime() + this.#options.pollMs / 10));
  }

  async #look(held: HeldCampaign, now: Date): Promise<Date | undefined> {
    if (held.isDeleted) return (await held.remove(CHORES_AT_ONCE)) > 0 ? now : undefined;
    const order = held.campaign.state === 'running' ? await this.#orderOf(held) : undefined;
    if (order !== undefined && 'fault' in order) {
      // Whoever has made it so has to look at it; without it nothing can be sent anyway.
      await held.apply({ kind: 'pause', reason: 'order-unusable', detail: order.fault, wave: 1 }, now);
      return now;
    }
    const { definition } = held.campaign;
    const { startAt, endAt } = definition.terms;
    let { state } = held.campaign;
    let moved = await held.fold(FOLDED_AT_ONCE);
    if (state === 'running' && !held.isPrepared) {
      await held.prepare(order?.audience ?? audienceOf(definition), now);
      return now;
    }
    let putBack = 0;
    if (held.retryBefore !== undefined && (state === 'running' || state === 'paused')) {
      putBack = await held.putBack(CHORES_AT_ONCE, now);
      moved += putBack;
    }
    let waves: readonly WaveStanding[] = [];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      waves = await held.standing();
      const standing: CampaignStanding = {
        state,
        ...(startAt !== undefined && { startAt }),
        ...(endAt !== undefined && { endAt }),
        membership: definition.terms.membership,
        isComplete: held.campaign.isComplete,
        isRetrying: putBack >= CHORES_AT_ONCE,
        thresholds: definition.terms.thresholds,
        waves,
      };
      const moves = dueMoves(standing, now);
      if (moves.length === 0) break;
      for (const move of moves) {
        await held.apply(move, now);
        if (move.kind === 'start') return now;
        if (move.kind === 'pause') state = 'paused';
        if (move.kind === 'complete') state = 'completed';
        if (move.kind === 'stop') state = 'stopped';
      }
      moved += moves.length;
    }
    const later = (factor: number): Date => new Date(now.getTime() + this.#options.pollMs * factor);
    const isBusy = waves.some(({ counts }) => counts.triggered + counts.delivering > 0);
    switch (state) {
      case 'draft':
        return undefined;
      case 'scheduled':
        return startAt ?? now;
      case 'running': {
        if (order === undefined) return now;
        const next = await this.#carryOn(held, order, waves, now, putBack >= CHORES_AT_ONCE);
        if (next <= now) return now;
        return soonest([next, endAt, later(moved > 0 ? 1 : IDLE_FACTOR)]);
      }
      case 'paused': {
        const left = Math.max(
          putBack,
          await held.recall(CHORES_AT_ONCE, now),
          await held.skipWaiting(CHORES_AT_ONCE, now),
        );
        if (left >= CHORES_AT_ONCE) return now;
        return isBusy || left + moved > 0 ? soonest([endAt, later(IDLE_FACTOR)]) : endAt;
      }
      case 'completed':
      case 'stopped': {
        const left = state === 'stopped' ? await this.#windUp(held, now) : 0;
        if (left >= CHORES_AT_ONCE) return now;
        const isOpen = waves.some(({ counts }) => openOf(counts) > 0);
        return isOpen || left + moved > 0 ? later(IDLE_FACTOR) : undefined;
      }
    }
  }

  /** What it was ordered with, read again; or why it cannot be. */
  async #orderOf({ campaign, secrets }: HeldCampaign): Promise<Order | { readonly fault: string }> {
    const { definition } = campaign;
    try {
      return {
        audience: audienceOf(definition),
        waveFilters: waveFiltersOf(definition),
        parcel: await parcelOf(definition, secrets, this.#packages, this.#options.serverId),
      };
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
      return { fault: error.message };
    }
  }

  /** What is left of a campaign that has ended; gives the largest portion. */
  async #windUp(held: HeldCampaign, now: Date): Promise<number> {
    const recalled = await held.recall(CHORES_AT_ONCE, now);
    const waiting = await held.cancelWaiting(CHORES_AT_ONCE, now);
    const open = held.cancelsOpen ? await held.cancelOpen(CHORES_AT_ONCE, now) : 0;
    return Math.max(recalled, waiting, open);
  }

  /** Gives when there is more to do: now, or later. */
  async #carryOn(
    held: HeldCampaign,
    order: Order,
    waves: readonly WaveStanding[],
    now: Date,
    isRetrying: boolean,
  ): Promise<Date> {
    const { definition, isComplete } = held.campaign;
    let hasMore = isRetrying;
    if (!isComplete || definition.terms.membership === 'dynamic') {
      const rescanAt = definition.terms.membership === 'dynamic' ? new Date(now.getTime() + RESCAN_MS) : undefined;
      const isRescan = held.rescanAt !== undefined && held.rescanAt > now;
      const { scanned, joined } = await held.gather(
        order.audience,
        order.waveFilters,
        GATHERED_AT_ONCE,
        now,
        isRescan ? held.rescanAt : rescanAt,
      );
      hasMore ||= scanned >= GATHERED_AT_ONCE || joined > 0;
      // Whether that was all is known to the next look.
      hasMore ||= !isComplete;
    }
    hasMore = (await held.skipWaiting(CHORES_AT_ONCE, now)) >= CHORES_AT_ONCE || hasMore;
    hasMore = (await held.expirePushes(CHORES_AT_ONCE, now)) >= CHORES_AT_ONCE || hasMore;
    const opening = openingOf(definition, now);
    if (opening > now) return hasMore ? now : opening;
    hasMore = (await held.retrigger(CHORES_AT_ONCE, now)) >= CHORES_AT_ONCE || hasMore;
    const next = await this.#trigger(held, order.parcel, waves, now);
    return hasMore ? now : next;
  }

  async #trigger(held: HeldCampaign, parcel: Parcel, waves: readonly WaveStanding[], now: Date): Promise<Date> {
    const later = new Date(now.getTime() + this.#options.pollMs);
    const { definition } = held.campaign;
    const { rate, timeoutMs, endAt, retry } = definition.terms;
    const open = waves.filter(
      ({ state, counts }) => state === 'open' && (counts.waiting > 0 || !held.campaign.isComplete),
    );
    let allowance: Allowance | undefined;
    let perMinute = 0;
    if (rate !== undefined) {
      const successes = waves.reduce((sum, { counts }) => sum + counts.succeeded, 0);
      perMinute = rateNow(rate, successes);
      allowance = refill(held.allowance, perMinute, now);
    }
    if (open.length === 0) return later;
    const room = this.#options.maxBacklog - (await held.backlog());
    let left = Math.min(TRIGGERED_AT_ONCE, room, Math.floor(allowance?.allowance ?? TRIGGERED_AT_ONCE));
    let sent = 0;
    let isFull = false;
    if (left > 0) {
      const closed = await closedZones(held, definition, now);
      for (const { wave } of open) {
        const expiresAt = soonest([new Date(now.getTime() + timeoutMs), endAt]);
        const limit = left;
        const outcome = await held.dispatch({
          wave,
          limit,
          now,
          expiresAt,
          ...(definition.content.kind === 'push'
            ? { silentAt: expiresAt }
            : retry?.silentMs !== undefined && { silentAt: new Date(now.getTime() + retry.silentMs) }),
          ...closed,
          conflictAt: new Date(now.getTime() + CONFLICT_MS),
          parcel,
        });
        sent += outcome.triggered;
        left -= outcome.triggered;
        isFull ||= outcome.taken >= limit;
        if (left <= 0) break;
      }
    }
    if (allowance === undefined) return isFull ? now : later;
    const kept = { ...allowance, allowance: allowance.allowance - sent };
    await held.keepAllowance(kept);
    // A rate is no reason to look every few milliseconds.
    const restMs = Math.max(untilNext(kept, perMinute), this.#options.pollMs / 4);
    return new Date(now.getTime() + restMs);
  }
}

/** @throws AppError `filter-invalid` */
export function audienceOf({ audience }: CampaignDefinition): AudienceQuery {
  return audience.kind === 'filter' ? { audience, filter: readFilter(audience.filter) } : { audience };
}

/** @throws AppError `filter-invalid` */
export function waveFiltersOf({ terms }: CampaignDefinition): readonly AudienceQuery['filter'][] {
  return terms.waves.map(({ filter }) => (filter === undefined ? undefined : readFilter(filter)));
}

/** Now, when the windows are open, or those of the devices count. */
function openingOf({ terms: { windows } }: CampaignDefinition, now: Date): Date {
  if (windows === undefined || windows.timeZone === 'device') return now;
  return nextOpening(windows.spans, windows.timeZone, now);
}

async function closedZones(
  held: HeldCampaign,
  { terms: { windows } }: CampaignDefinition,
  now: Date,
): Promise<{ readonly closedZones: ReadonlyMap<string, Date>; readonly otherwiseClosed?: Date }> {
  const closed = new Map<string, Date>();
  if (windows?.timeZone !== 'device') return { closedZones: closed };
  const { spans, otherwise = 'UTC' } = windows;
  for (const zone of await held.timeZones()) {
    if (!isOpenAt(spans, zone, now)) closed.set(zone, nextOpening(spans, zone, now));
  }
  if (isOpenAt(spans, otherwise, now)) return { closedZones: closed };
  return { closedZones: closed, otherwiseClosed: nextOpening(spans, otherwise, now) };
}

function soonest(moments: readonly (Date | undefined)[]): Date {
  return moments.reduce<Date>(
    (first, moment) => (moment !== undefined && moment < first ? moment : first),
    moments.find((moment) => moment !== undefined) ?? new Date(8.64e15),
  );
}
