import { comparePositions, type EventFilter, type EventPosition, type EventRecord, wants } from '../domain/event.ts';
import type { EventLog } from './ports/event-log.ts';

/** What a follower gets at once; empty when nothing has come for a while. */
export interface EventBatch {
  readonly events: readonly EventRecord[];
  /** Everything up to here has been given. */
  readonly position: EventPosition;
}

/** Events as they happen; ends when somebody closes it. */
export interface Following extends AsyncIterable<EventBatch> {
  close(): void;
}

export interface EventHubOptions {
  /** After so long without an event a follower gets an empty batch. */
  readonly beatMs?: number;
  /** A follower that is behind by more reads from the log again, at its own pace. */
  readonly queueLimit?: number;
}

const DEFAULT_BEAT_MS = 15_000;
const DEFAULT_QUEUE_LIMIT = 1_000;
const PAGE = 500;

/**
 * Lets any number of followers of one process share one reader of the log.
 *
 *     catching up ──has read all that the hub has──▶ live ──too far behind──▶ catching up
 *     any ──closed──▶ ended
 *
 * A follower reads from the log by itself until it is level with the hub, and from then on takes what the hub reads. One
 * that is slow holds nobody up, and what waits for it is bounded. {@link run} is to be called over and over, best when
 * something was written.
 */
export class EventHub {
  readonly #log: EventLog;
  readonly #options: Required<EventHubOptions>;
  readonly #followers = new Set<Follower>();
  readonly #live = new Set<Follower>();
  /** Everything up to here was handed to all that are live; undefined while nobody is. */
  #position: EventPosition | undefined;
  #isClosed = false;
  #onNeeded: () => void = () => undefined;

  constructor(log: EventLog, { beatMs = DEFAULT_BEAT_MS, queueLimit = DEFAULT_QUEUE_LIMIT }: EventHubOptions = {}) {
    this.#log = log;
    this.#options = { beatMs, queueLimit };
  }

  /** Somebody has begun to follow: {@link run} is wanted. */
  set onNeeded(listener: () => void) {
    this.#onNeeded = listener;
  }

  get followers(): number {
    return this.#followers.size;
  }

  /**
   * Reads on and hands out.
   * @returns whether there is more to read at once
   */
  async run(): Promise<boolean> {
    const from = this.#position;
    if (this.#live.size === 0 || from === undefined) {
      this.#position = undefined;
      return false;
    }
    const { events, next, complete } = await this.#log.read({}, from, PAGE);
    for (const follower of [...this.#live]) {
      if (!follower.offer(events, next)) this.#live.delete(follower);
    }
    this.#position = next;
    return !complete;
  }

  /** @param after absent: from now on. A position that is not reached yet counts as now. */
  follow(filter: EventFilter, after?: EventPosition): Following {
    const follower = new Follower(filter, this.#options.queueLimit);
    if (this.#isClosed) follower.close();
    this.#followers.add(follower);
    return {
      close: () => follower.close(),
      [Symbol.asyncIterator]: () => this.#follow(follower, filter, after),
    };
  }

  /** Ends everything that follows; nothing can be followed any more. */
  close(): void {
    this.#isClosed = true;
    for (const follower of this.#followers) follower.close();
  }

  async *#follow(
    follower: Follower,
    filter: EventFilter,
    after: EventPosition | undefined,
  ): AsyncGenerator<EventBatch> {
    try {
      const end = await this.#log.end();
      let position = after === undefined || comparePositions(after, end) > 0 ? end : after;
      yield { events: [], position };
      while (!follower.isClosed) {
        const page = await this.#log.read(filter, position, PAGE);
        position = page.next;
        if (page.events.length > 0) yield { events: page.events, position };
        if (!page.complete || !this.#join(follower, position)) continue;
        for (let batch = await this.#next(follower); batch !== undefined; batch = await this.#next(follower)) {
          position = batch.position;
          yield batch;
        }
      }
    } finally {
      follower.close();
      this.#live.delete(follower);
      this.#followers.delete(follower);
    }
  }

  /** From here on the hub provides; false when it is ahead already. */
  #join(follower: Follower, position: EventPosition): boolean {
    if (this.#position !== undefined && comparePositions(position, this.#position) < 0) return false;
    this.#position ??= position;
    follower.begin(position);
    this.#live.add(follower);
    this.#onNeeded();
    return true;
  }

  #next(follower: Follower): Promise<EventBatch | undefined> {
    return follower.take(this.#options.beatMs);
  }
}

class Follower {
  readonly #filter: EventFilter;
  readonly #limit: number;
  #waiting: EventRecord[] = [];
  #position: EventPosition = { tx: 0n, id: 0n };
  #hasOverflowed = false;
  #wake: () => void = () => undefined;
  isClosed = false;

  constructor(filter: EventFilter, limit: number) {
    this.#filter = filter;
    this.#limit = limit;
  }

  begin(position: EventPosition): void {
    this.#waiting = [];
    this.#position = position;
    this.#hasOverflowed = false;
  }

  /** Takes what it wants; false when that is too much. */
  offer(events: readonly EventRecord[], upTo: EventPosition): boolean {
    const news = events.filter(
      (event) => comparePositions(event.position, this.#position) > 0 && wants(this.#filter, event),
    );
    if (this.#waiting.length + news.length > this.#limit) this.#hasOverflowed = true;
    else {
      this.#waiting.push(...news);
      if (comparePositions(upTo, this.#position) > 0) this.#position = upTo;
    }
    if (news.length > 0) this.#wake();
    return !this.#hasOverflowed;
  }

  /** Everything that waits, or an empty batch after that time; undefined when it is closed, or was too slow. */
  async take(withinMs: number): Promise<EventBatch | undefined> {
    if (!this.isClosed && !this.#hasOverflowed && this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = () => undefined;
    }
    if (this.isClosed) return undefined;
    // What had been taken in before it became too much is given out first: the log goes on after it.
    if (this.#hasOverflowed && this.#waiting.length === 0) return undefined;
    const batch = { events: this.#waiting, position: this.#position };
    this.#waiting = [];
    return batch;
  }

  close(): void {
    this.isClosed = true;
    this.#wake();
  }
}
