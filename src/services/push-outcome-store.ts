import type { Clock } from './ports/clock.ts';
import type { PushOutbox, PushOutcome } from './ports/push-outbox.ts';

export interface PushOutcomeStoreOptions {
  readonly outbox: Pick<PushOutbox, 'recordOutcomes'>;
  readonly clock: Clock;
  readonly workerId: string;
  /** How long the first outcome of a batch waits for others, milliseconds. */
  readonly gatherMs?: number;
  /** Called after every try. */
  readonly onStored: () => void;
  readonly onOutcome?: (outcome: PushOutcome) => void;
  readonly onFault?: (error: unknown, what: string) => void;
}

const GATHER_MS = 10;
/** With so many outcomes a batch waits for no others. */
const ENOUGH = 100;
const RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;
/** Tries after the stop was asked for; then the leases run out and the pushes are sent again. */
const TRIES_AT_STOP = 3;

/** Stores outcomes as they gather: a batch is a transaction, and while one is written the next grows. */
export class PushOutcomeStore {
  readonly #options: PushOutcomeStoreOptions;
  #unstored: PushOutcome[] = [];
  #storing = 0;
  #ended = false;
  #hurried = false;
  #wanted: () => void = () => undefined;
  #gathered: () => void = () => undefined;

  constructor(options: PushOutcomeStoreOptions) {
    this.#options = options;
  }

  /** Outcomes that are not stored yet. */
  get pending(): number {
    return this.#unstored.length + this.#storing;
  }

  add(outcome: PushOutcome): void {
    this.#unstored.push(outcome);
    this.#wanted();
    if (this.#unstored.length >= ENOUGH) this.#gathered();
  }

  /** {@link run} returns once everything is stored. */
  end(): void {
    this.#ended = true;
    this.#wanted();
    this.#gathered();
  }

  /** The process is to stop: a store that is away is not waited for much longer. */
  hurry(): void {
    this.#hurried = true;
    this.#gathered();
  }

  async run(): Promise<void> {
    const { outbox, clock, workerId, onFault, onStored } = this.#options;
    this.#ended = false;
    this.#hurried = false;
    for (;;) {
      if (this.#unstored.length === 0) {
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#wanted = resolve;
        });
        continue;
      }
      await this.#gather();
      const batch = this.#unstored;
      this.#unstored = [];
      this.#storing = batch.length;
      let stored = false;
      for (let tries = 1; !stored; tries++) {
        try {
          await outbox.recordOutcomes(batch, clock.now(), workerId);
          stored = true;
        } catch (error) {
          onFault?.(error, `${batch.length} push outcomes could not be stored`);
          if (this.#hurried && tries >= TRIES_AT_STOP) break;
          await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS * 2 ** (tries - 1), MAX_RETRY_MS)));
        }
      }
      this.#storing = 0;
      if (stored) this.#observe(batch);
      onStored();
    }
  }

  /** Answers come packet by packet; a transaction for each would cost more than all else about a push. */
  #gather(): Promise<void> {
    if (this.#ended || this.#hurried || this.#unstored.length >= ENOUGH) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.gatherMs ?? GATHER_MS);
      this.#gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #observe(outcomes: readonly PushOutcome[]): void {
    const { onOutcome, onFault } = this.#options;
    if (onOutcome === undefined) return;
    try {
      for (const outcome of outcomes) onOutcome(outcome);
    } catch (error) {
      onFault?.(error, 'an observer of push outcomes threw');
    }
  }
}
