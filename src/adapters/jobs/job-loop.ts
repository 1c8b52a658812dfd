import { setMaxListeners } from 'node:events';
import type { PeriodicJob } from './periodic-job.ts';

/** A pino logger fits. */
export interface JobLog {
  error(fields: object, message: string): void;
}

export interface JobLoopOptions {
  readonly log?: JobLog;
  /** In [0, 1); spreads the retries of several processes. */
  readonly random?: () => number;
  readonly firstBackOffMs?: number;
  readonly maxBackOffMs?: number;
}

export interface JobCounts {
  readonly runs: number;
  readonly failures: number;
  /** Failures since the last good run. */
  readonly failuresInARow: number;
}

/** Between two runs of a job that says it is overdue: another process may hold what is due. */
const MIN_REST_MS = 20;

/**
 * Runs one job over and over, never twice at a time.
 *
 *     resting ──time is up, or woken──▶ running ──▶ resting (everyMs, less when the run or a wake says so)
 *                                          └─ failed ─▶ resting (back-off; a wake does not shorten it)
 *     any ──stop──▶ the run is signalled and awaited ──▶ stopped
 */
export class JobLoop {
  readonly #job: PeriodicJob;
  readonly #options: JobLoopOptions;
  readonly #abort = new AbortController();
  #runs = 0;
  #failures = 0;
  #failuresInARow = 0;
  #running = false;
  #woken = false;
  #endRest: () => void = () => undefined;
  readonly #ended: Promise<void>;

  /** Starts at once with a first run. */
  constructor(job: PeriodicJob, options: JobLoopOptions = {}) {
    this.#job = job;
    this.#options = options;
    setMaxListeners(0, this.#abort.signal);
    this.#ended = this.#loop();
  }

  get name(): string {
    return this.#job.name;
  }

  get counts(): JobCounts {
    return { runs: this.#runs, failures: this.#failures, failuresInARow: this.#failuresInARow };
  }

  /** There is work: run now, or once more after the run that is on. */
  wake(): void {
    if (this.#abort.signal.aborted) return;
    this.#woken = true;
    if (this.#running) this.#job.wake?.();
    else if (this.#failuresInARow === 0) this.#endRest();
  }

  /** Signals the run that is on and waits for it. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#endRest();
    await this.#ended;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#abort;
    // The constructor returns first.
    await Promise.resolve();
    while (!signal.aborted) {
      const restMs = await this.#run(signal);
      if (signal.aborted) return;
      if (this.#woken && this.#failuresInARow === 0) continue;
      await this.#rest(restMs);
    }
  }

  /** Gives the milliseconds to rest afterwards. */
  async #run(signal: AbortSignal): Promise<number> {
    const { name, everyMs } = this.#job;
    this.#woken = false;
    this.#running = true;
    this.#runs += 1;
    try {
      const nextAt = await this.#job.run(signal);
      this.#failuresInARow = 0;
      if (!(nextAt instanceof Date)) return everyMs;
      return Math.min(everyMs, Math.max(nextAt.getTime() - Date.now(), MIN_REST_MS));
    } catch (error) {
      this.#failures += 1;
      this.#failuresInARow += 1;
      const { firstBackOffMs = 250, maxBackOffMs = 30_000, random = Math.random } = this.#options;
      const full = Math.min(firstBackOffMs * 2 ** Math.min(this.#failuresInARow - 1, 30), maxBackOffMs);
      const restMs = Math.round(full * (0.5 + random() / 2));
      this.#options.log?.error({ err: error, job: name, failuresInARow: this.#failuresInARow, restMs }, 'job failed');
      return restMs;
    } finally {
      this.#running = false;
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#endRest = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, 0x7fffffff));
      this.#endRest = done;
    });
  }
}
