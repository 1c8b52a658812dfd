interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface GatheredWritesOptions<T> {
  /** Writes them all in one transaction, or none. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** How much of a write one takes; `limit` is how much goes into one. */
  readonly weightOf: (item: T) => number;
  readonly limit: number;
  /** Whether a fault is everybody's, such as a database that is away, and not that of one among them. */
  readonly isEverybodys: (error: unknown) => boolean;
}

/**
 * Small writes of many callers, together: what comes while a write is under way goes into the next one, so that one
 * commit, and one wait for the disk, serves all who wait for it. A caller alone is served at once. When a shared write
 * fails, each is written again by itself, so that only the one at fault is told.
 */
export class GatheredWrites<T> {
  readonly #options: GatheredWritesOptions<T>;
  #waiting: Waiting<T>[] = [];
  #isWriting = false;

  constructor(options: GatheredWritesOptions<T>) {
    this.#options = options;
  }

  /** Resolves once the item is committed. Rejects with what the write threw. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isWriting) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isWriting = true;
    // Requests that were read in the same turn go together, too.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#write(this.#next());
    this.#isWriting = false;
  }

  #next(): readonly Waiting<T>[] {
    const { weightOf, limit } = this.#options;
    let weight = 0;
    let count = 0;
    for (const { item } of this.#waiting) {
      weight += weightOf(item);
      if (count > 0 && weight > limit) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting<T>[]): Promise<void> {
    const { write, isEverybodys } = this.#options;
    try {
      await write(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length > 1 && !isEverybodys(error)) for (const one of batch) await this.#write([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
