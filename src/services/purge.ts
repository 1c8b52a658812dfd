import type { Clock } from './ports/clock.ts';
import { HISTORIES, type History, type HistoryStore } from './ports/history-store.ts';
import type { PurgeMetrics } from './ports/metrics.ts';

export interface PurgePorts {
  readonly histories: HistoryStore;
  readonly clock: Clock;
  readonly metrics?: PurgeMetrics;
}

export interface PurgePolicy {
  /** For how long a history is kept after its end, milliseconds; absent: for ever. */
  readonly keepMs: Readonly<Partial<Record<History, number>>>;
  /** Rows looked at in one transaction. */
  readonly portion: number;
  /** Portions of one run, of all histories together: what else is going on gets its turn in between. */
  readonly portionsAtOnce: number;
}

export const DEFAULT_PURGE_LIMITS = { portion: 500, portionsAtOnce: 20 } as const;

/**
 * Removes what has been kept long enough. It goes through each history from its oldest row in portions, remembers in
 * memory how far it has come, and begins anew after the end; a process that dies forgets nothing that matters.
 */
export class Purge {
  readonly #ports: PurgePorts;
  readonly #policy: PurgePolicy;
  /** Histories that are still to be gone through in this round, and where each goes on. */
  #waiting: readonly (readonly [History, string | undefined])[] = [];

  constructor(ports: PurgePorts, policy: PurgePolicy) {
    this.#ports = ports;
    this.#policy = policy;
  }

  /**
   * Goes on with the round under way, or begins one.
   * @returns whether the round is through
   */
  async run(signal?: AbortSignal): Promise<boolean> {
    const { keepMs, portionsAtOnce } = this.#policy;
    if (this.#waiting.length === 0) {
      const kept = HISTORIES.filter((history) => keepMs[history] !== undefined);
      this.#waiting = kept.map((history) => [history, undefined] as const);
    }
    for (let portion = 0; portion < portionsAtOnce; portion++) {
      const [current, ...others] = this.#waiting;
      if (current === undefined || signal?.aborted === true) break;
      const [history, after] = current;
      const next = await this.#portion(history, after);
      this.#waiting = next === undefined ? others : [[history, next], ...others];
    }
    return this.#waiting.length === 0;
  }

  async #portion(history: History, after: string | undefined): Promise<string | undefined> {
    const { histories, clock, metrics } = this.#ports;
    const now = clock.now();
    const before = new Date(now.getTime() - (this.#policy.keepMs[history] ?? 0));
    const { removed, next } = await histories.sweep(history, before, now, after, this.#policy.portion);
    if (removed > 0) metrics?.purged(history, removed);
    return next;
  }
}
