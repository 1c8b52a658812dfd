import { DELIVERY_STATES, type DeliveryState } from '../domain/delivery.ts';
import type { Clock } from './ports/clock.ts';
import type { OverviewStore } from './ports/overview-store.ts';
import type { PushOutbox } from './ports/push-outbox.ts';

/** How things go, on one page. */
export interface OverviewView {
  readonly at: Date;
  readonly queue: { readonly queued: number; readonly sending: number; readonly oldestDueAt?: Date };
  readonly openSessions: number;
  /** Sessions opened in each of the last sixty minutes, the oldest first; the last is under way. */
  readonly sessionsPerMinute: readonly number[];
  /** Of those ordered in the last 24 hours. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
  /** Only the newest were counted, which are that many. */
  readonly cappedAt?: number;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;
const DAY_MS = 86_400_000;
/** More would make the page slow to say what nobody reads to the last digit. */
const MAX_DELIVERIES = 50_000;
/** A session may be committed so long after it was opened: until then its minute is counted again. */
const SETTLED_AFTER_MS = 2 * MINUTE_MS;
/** However many look at it, it is counted once in so long. */
const COUNTED_EVERY_MS = 2_000;

/** Numbers for whoever wants to see at a glance how things go. */
export class Overview {
  readonly #store: OverviewStore;
  readonly #outbox: Pick<PushOutbox, 'depth'>;
  readonly #clock: Clock;
  /** Minutes that no session joins any more. */
  #settled: ReadonlyMap<number, number> = new Map();
  #last: { readonly until: number; readonly view: Promise<OverviewView> } | undefined;

  constructor(ports: {
    readonly overview: OverviewStore;
    readonly outbox: Pick<PushOutbox, 'depth'>;
    readonly clock: Clock;
  }) {
    this.#store = ports.overview;
    this.#outbox = ports.outbox;
    this.#clock = ports.clock;
  }

  /** At most two seconds old. @throws AppError `unavailable` */
  async get(): Promise<OverviewView> {
    const now = this.#clock.now();
    if (this.#last === undefined || this.#last.until <= now.getTime()) {
      const view = this.#count(now);
      this.#last = { until: now.getTime() + COUNTED_EVERY_MS, view };
      view.catch(() => {
        if (this.#last?.view === view) this.#last = undefined;
      });
    }
    return this.#last.view;
  }

  async #count(now: Date): Promise<OverviewView> {
    const thisMinute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
    const first = thisMinute - (MINUTES - 1) * MINUTE_MS;
    // Of minutes that follow one another, those that are settled need not be counted again.
    let since = first;
    while (this.#settled.has(since)) since += MINUTE_MS;
    const [lanes, counts] = await Promise.all([
      this.#outbox.depth(now),
      this.#store.counts(new Date(since), new Date(now.getTime() - DAY_MS), MAX_DELIVERIES),
    ]);
    const minutes = Array.from({ length: MINUTES }, (_, place) => {
      const minute = first + place * MINUTE_MS;
      return [minute, (minute < since ? this.#settled : counts.sessionsByMinute).get(minute) ?? 0] as const;
    });
    this.#settled = new Map(minutes.filter(([minute]) => minute + MINUTE_MS + SETTLED_AFTER_MS <= now.getTime()));
    const oldest = lanes.flatMap(({ oldestDueAt }) => oldestDueAt?.getTime() ?? []).toSorted((a, b) => a - b)[0];
    return {
      at: now,
      queue: {
        queued: lanes.reduce((sum, lane) => sum + lane.queued, 0),
        sending: lanes.reduce((sum, lane) => sum + lane.sending, 0),
        ...(oldest === undefined ? {} : { oldestDueAt: new Date(oldest) }),
      },
      openSessions: counts.openSessions,
      sessionsPerMinute: minutes.map(([, count]) => count),
      deliveries: Object.fromEntries(DELIVERY_STATES.map((state) => [state, counts.deliveries[state] ?? 0])) as Record<
        DeliveryState,
        number
      >,
      ...(counts.isCapped ? { cappedAt: MAX_DELIVERIES } : {}),
    };
  }
}
