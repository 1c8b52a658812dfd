import type { LinkHealth } from '../domain/link-router.ts';
import { isThrottled, type PartOutcome, type SubmitOutcome } from '../domain/push.ts';
import type { Segment } from '../wire/wap/segment.ts';
import { contentOf } from './part-content.ts';
import type { LinkRates } from './ports/link-rates.ts';
import type { ClaimedPush } from './ports/push-outbox.ts';
import type { RoutedSmsLink } from './ports/sms-link.ts';
import { PushPacer } from './push-pacer.ts';
import { SharedRate } from './shared-rate.ts';

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
  /** Parts that were accepted before, in this very wording, and need not be sent again. */
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
  /** Where the link's agreed rate is shared out among the processes. Left out: this one has all of it. */
  readonly rates?: LinkRates;
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
 *
 * The parts of one message leave one after another, each when the one before it was accepted: the SMSC has them in order,
 * whatever it refuses or loses, and never one that the rest cannot follow. The window is filled with different messages.
 */
export class PushLane {
  readonly routed: RoutedSmsLink;
  readonly #options: PushLaneOptions;
  readonly #pacer: PushPacer;
  readonly #share: SharedRate | undefined;
  readonly #offState: () => void;
  #ready: ReadyPush[] = [];
  #readyFrom = 0;
  #pushesInFlight = 0;
  #messageNo = 0;
  #lostInARow = 0;
  #slowUntil = 0;
  #downSince: number | undefined;
  /** Messages under way whose next part waits for its turn in the pace. */
  readonly #following: ((goesOn: boolean) => void)[] = [];
  #paceTimer: NodeJS.Timeout | undefined;
  #paused = false;

  constructor(routed: RoutedSmsLink, options: PushLaneOptions) {
    this.routed = routed;
    this.#options = options;
    const { id, ratePerSecond } = routed;
    const { rates } = options;
    this.#pacer = new PushPacer(ratePerSecond);
    if (rates !== undefined && ratePerSecond !== undefined) {
      this.#share = new SharedRate((submits) => rates.reserve(id, submits, ratePerSecond), ratePerSecond);
    }
    this.#downSince = routed.link.state === 'bound' ? undefined : performance.now();
    this.#offState = routed.link.onStateChange((state) => {
      if (state === 'bound') {
        this.#downSince = undefined;
        this.#lostInARow = 0;
        this.#slowUntil = 0;
      } else {
        this.#downSince ??= performance.now();
        this.#letGo();
      }
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
    this.#letGo();
  }

  resume(): void {
    this.#paused = false;
  }

  /** The link is no longer used; what is on its way still ends. */
  close(): void {
    this.pause();
    this.#offState();
  }

  /** Sends as much as window and pace allow: what has been begun goes on before anything new begins. */
  pump(): void {
    const { now, onLate } = this.#options;
    for (;;) {
      if (!this.#maySend) {
        this.#letGo();
        return;
      }
      if (this.#following.length === 0 && (this.waiting === 0 || this.#pushesInFlight >= this.#window)) return;
      const waitMs = this.#paceWaitMs();
      if (waitMs > 0) {
        this.#paceTimer ??= setTimeout(() => {
          this.#paceTimer = undefined;
          this.pump();
        }, waitMs);
        return;
      }
      const follower = this.#following.shift();
      if (follower !== undefined) {
        follower(true);
        continue;
      }
      const next = this.#ready[this.#readyFrom++];
      if (this.#readyFrom > 512) {
        this.#ready.splice(0, this.#readyFrom);
        this.#readyFrom = 0;
      }
      if (next === undefined) return;
      if (now() < next.startBefore) this.#begin(next);
      else {
        this.#pacer.giveBack();
        onLate(next);
      }
    }
  }

  get #maySend(): boolean {
    return !this.#paused && this.routed.link.state === 'bound';
  }

  /** 0: a submit may leave now, and is counted. */
  #paceWaitMs(): number {
    const nowMs = performance.now();
    const ownMs = this.#pacer.take(nowMs);
    if (ownMs > 0 || this.#share === undefined) return ownMs;
    const sharedMs = this.#share.take(nowMs);
    if (sharedMs > 0) this.#pacer.giveBack();
    return sharedMs;
  }

  /** Waits until the next part of a message may leave; false: its time, its link or the run has ended before. */
  async #mayFollow(startBefore: number): Promise<boolean> {
    const { now } = this.#options;
    if (!this.#maySend || now() >= startBefore) return false;
    if (this.#following.length === 0 && this.#paceWaitMs() === 0) return true;
    const goesOn = new Promise<boolean>((resolve) => {
      this.#following.push(resolve);
    });
    this.pump();
    return (await goesOn) && now() < startBefore;
  }

  /** The messages that have been begun end with the parts that they have sent. */
  #letGo(): void {
    for (const follower of this.#following.splice(0)) follower(false);
  }

  /** While its answers stay away one submit at a time finds out whether they come again. */
  get #window(): number {
    return performance.now() < this.#slowUntil ? 1 : this.routed.link.window;
  }

  #begin(push: ReadyPush): void {
    this.#pushesInFlight += 1;
    void this.#send(push).then((result) => {
      this.#pushesInFlight -= 1;
      this.#options.onResult(result);
      this.pump();
      this.#options.onChange();
    });
  }

  /** Never rejects. */
  async #send({ claim, startBefore }: ReadyPush): Promise<LaneResult> {
    const parts: PartOutcome[] = [];
    const unsendable = (error: unknown, partCount: number): LaneResult => {
      const reason = error instanceof Error ? error.message : String(error);
      return { claim, partCount, acceptedParts: [], parts, afresh: false, unsendable: reason };
    };
    let segments: readonly Segment[];
    try {
      segments = this.#options.render(claim);
    } catch (error) {
      return unsendable(error, 0);
    }
    const known = claim.acceptedParts.length > 0;
    const afresh = known && claim.linkId !== this.routed.id;
    const contents = segments.map((segment) => contentOf(claim, segments.length, segment));
    const acceptedParts = afresh
      ? []
      : claim.acceptedParts.filter(
          // A trigger is rendered with the nonce of the moment: a part that has changed since is another part.
          (part) => contents[part] === claim.acceptedContents?.[part],
        );
    const messageNo = this.#messageNo++;
    try {
      for (const [part, segment] of segments.entries()) {
        if (acceptedParts.includes(part)) continue;
        if (parts.length > 0 && !(await this.#mayFollow(startBefore))) break;
        const outcome = await this.routed.link.submit({ destination: claim.destination, ...segment }, messageNo);
        this.#observe(outcome);
        const content = contents[part];
        parts.push({ part, outcome, ...(content === undefined ? {} : { content }) });
        if (outcome.kind !== 'accepted') break;
      }
      return { claim, partCount: segments.length, acceptedParts, parts, afresh };
    } catch (error) {
      return unsendable(error, segments.length);
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
