import type { LinkHealth } from '../domain/link-router.ts';
import { isThrottled, type PartOutcome, type SubmitOutcome } from '../domain/push.ts';
import type { Segment } from '../wire/wap/segment.ts';
import type { ClaimedPush } from './ports/push-outbox.ts';
import type { RoutedSmsLink } from './ports/sms-link.ts';
import { PushPacer } from './push-pacer.ts';

/** A claimed push that waits for its turn on a link. */
export interface ReadyPush {
  readonly claim: ClaimedPush;
  /** After this instant (ms) it is not begun: the lease could run out under way. */
  readonly startBefore: number;
}

/** What became of one push on one link. */
export interface LaneResult {
  readonly claim: ClaimedPush;
  /** 0 when it could not be rendered. */
  readonly partCount: number;
  /** Parts that were accepted before, and counted. */
  readonly acceptedParts: readonly number[];
  readonly parts: readonly PartOutcome[];
  /** True when parts that another link has are sent anew. */
  readonly afresh: boolean;
  /** Set when it cannot be sent at all. */
  readonly unsendable?: string;
}

export interface PushLaneOptions {
  /** Pushes held at most, those on their way included. */
  readonly capacity: number;
  readonly now: () => number;
  /** Makes a push's short messages. Throws when it cannot be written. */
  readonly render: (claim: ClaimedPush) => readonly Segment[];
  readonly onResult: (result: LaneResult) => void;
  /** There is room again, or the link's health has changed. */
  readonly onChange: () => void;
  /** It waited for so long that its lease could run out under way. */
  readonly onLate: (push: ReadyPush) => void;
}

/** So many submits in a row without an answer make a link slow… */
const SLOW_AFTER = 3;
/** …for so long: others are preferred meanwhile. */
const SLOW_MS = 10_000;
/** Pushes held ahead on a link whose pace is known, in seconds of that pace. */
const AHEAD_SECONDS = 2;

/**
 * One link's share of the outbox: pushes that wait for room in its window, its pace, its health. What one lane does
 * never holds up another.
 */
export class PushLane {
  readonly routed: RoutedSmsLink;
  readonly #options: PushLaneOptions;
  readonly #pacer: PushPacer;
  readonly #offState: () => void;
  #ready: ReadyPush[] = [];
  #readyFrom = 0;
  #partsInFlight = 0;
  #pushesInFlight = 0;
  #messageNo = 0;
  #lostInARow = 0;
  #slowUntil = 0;
  #downSince: number | undefined;
  #paceTimer: NodeJS.Timeout | undefined;
  #paused = false;

  constructor(routed: RoutedSmsLink, options: PushLaneOptions) {
    this.routed = routed;
    this.#options = options;
    this.#pacer = new PushPacer(routed.ratePerSecond);
    this.#downSince = routed.link.state === 'bound' ? undefined : performance.now();
    this.#offState = routed.link.onStateChange((state) => {
      if (state === 'bound') {
        this.#downSince = undefined;
        this.#lostInARow = 0;
        this.#slowUntil = 0;
      } else this.#downSince ??= performance.now();
      options.onChange();
    });
  }

  get health(): LinkHealth {
    if (this.routed.link.state !== 'bound') return 'down';
    if (this.room <= 0) return 'full';
    return performance.now() < this.#slowUntil ? 'slow' : 'ready';
  }

  /** For how long the link has not been bound, milliseconds. */
  get downMs(): number {
    return this.#downSince === undefined ? 0 : performance.now() - this.#downSince;
  }

  /** Submits a second allowed now. */
  get pacePerSecond(): number {
    return this.#pacer.perSecond;
  }

  get capacity(): number {
    const { capacity } = this.#options;
    return Math.min(
      Math.max(capacity, this.routed.link.window * 2),
      Math.ceil(this.#pacer.perSecond * AHEAD_SECONDS) + 1,
    );
  }

  /** How many pushes more it takes. */
  get room(): number {
    return this.routed.link.state === 'bound' ? this.capacity - this.waiting - this.#pushesInFlight : 0;
  }

  get waiting(): number {
    return this.#ready.length - this.#readyFrom;
  }

  get inFlight(): number {
    return this.#pushesInFlight;
  }

  add(push: ReadyPush): void {
    this.#ready.push(push);
  }

  /** Takes out what has not been begun. */
  takeWaiting(): readonly ReadyPush[] {
    const waiting = this.#ready.slice(this.#readyFrom);
    this.#ready = [];
    this.#readyFrom = 0;
    return waiting;
  }

  /** Begins nothing more until {@link resume}. */
  pause(): void {
    this.#paused = true;
    clearTimeout(this.#paceTimer);
    this.#paceTimer = undefined;
  }

  resume(): void {
    this.#paused = false;
  }

  /** The link is no longer used; what is on its way still ends. */
  close(): void {
    this.pause();
    this.#offState();
  }

  /** Sends as much as window and pace allow. */
  pump(): void {
    const { link } = this.routed;
    const { now, onLate } = this.#options;
    while (!this.#paused && this.waiting > 0 && link.state === 'bound' && this.#partsInFlight < this.#window) {
      const waitMs = this.#pacer.take(performance.now());
      if (waitMs > 0) {
        this.#paceTimer ??= setTimeout(() => {
          this.#paceTimer = undefined;
          this.pump();
        }, waitMs);
        return;
      }
      const next = this.#ready[this.#readyFrom++];
      if (this.#readyFrom > 512) {
        this.#ready.splice(0, this.#readyFrom);
        this.#readyFrom = 0;
      }
      if (next === undefined) return;
      if (now() >= next.startBefore) {
        onLate(next);
        continue;
      }
      this.#begin(next.claim);
    }
  }

  /** While its answers stay away one submit at a time finds out whether they come again. */
  get #window(): number {
    return performance.now() < this.#slowUntil ? 1 : this.routed.link.window;
  }

  #begin(claim: ClaimedPush): void {
    this.#pushesInFlight += 1;
    void this.#send(claim).then((result) => {
      this.#pushesInFlight -= 1;
      this.#options.onResult(result);
      this.pump();
      this.#options.onChange();
    });
  }

  /** Never rejects. */
  async #send(claim: ClaimedPush): Promise<LaneResult> {
    const unsendable = (error: unknown, partCount: number): LaneResult => {
      const reason = error instanceof Error ? error.message : String(error);
      return { claim, partCount, acceptedParts: [], parts: [], afresh: false, unsendable: reason };
    };
    let segments: readonly Segment[];
    try {
      segments = this.#options.render(claim);
    } catch (error) {
      return unsendable(error, 0);
    }
    const known = claim.acceptedParts.length > 0;
    const afresh = known && claim.linkId !== this.routed.id;
    // A trigger is rendered anew each time, with the nonce of the moment: parts of two renderings do not fit together.
    const acceptedParts = afresh || (claim.kind === 'package0' && segments.length > 1) ? [] : claim.acceptedParts;
    const missing = segments.length - acceptedParts.length;
    this.#pacer.charge(missing - 1);
    const messageNo = this.#messageNo++;
    try {
      const submits: Promise<PartOutcome>[] = [];
      for (const [part, segment] of segments.entries()) {
        if (!acceptedParts.includes(part)) submits.push(this.#submit(claim.destination, segment, part, messageNo));
      }
      const parts = await Promise.all(submits);
      return { claim, partCount: segments.length, acceptedParts, parts, afresh };
    } catch (error) {
      return unsendable(error, segments.length);
    }
  }

  async #submit(destination: string, segment: Segment, part: number, messageNo: number): Promise<PartOutcome> {
    this.#partsInFlight += 1;
    try {
      const outcome = await this.routed.link.submit({ destination, ...segment }, messageNo);
      this.#observe(outcome);
      return { part, outcome };
    } finally {
      this.#partsInFlight -= 1;
    }
  }

  #observe(outcome: SubmitOutcome): void {
    if (outcome.kind === 'accepted' || outcome.kind === 'refused') {
      this.#lostInARow = 0;
      this.#slowUntil = 0;
      this.#pacer.report(isThrottled(outcome), performance.now());
    } else if (outcome.kind === 'uncertain') {
      this.#lostInARow += 1;
      if (this.#lostInARow >= SLOW_AFTER) this.#slowUntil = performance.now() + SLOW_MS;
    }
  }
}
