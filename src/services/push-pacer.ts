/** Share of submits that may be throttled before the sender slows down: a busy moment, not a limit. */
const TOLERATED_SHARE = 0.05;
/** How long answers are counted before the pace is judged: shortly at first, then over the second that limits are set in. */
const FIRST_INTERVAL_MS = 200;
const INTERVAL_MS = 1_000;
const GROWTH = 1.1;
const MIN_PER_SECOND = 2;
/** Fewer throttled submits than so many among fewer answers than so many are chance; they are counted on for a while. */
const FEW_THROTTLED = 3;
const FEW_ANSWERS = 20;
const MAX_INTERVAL_MS = 5_000;
/** After so long without an answer what was counted before says nothing about a rate. */
const IDLE_MS = 1_000;
/** What was good counts half with every cut that says less. */
const FADING = 0.5;
/** A limit is forgotten once the SMSC takes that many times what was known to be good. */
const FORGET_FACTOR = 4;
/** …and this many a second, so that a link that was throttled to a trickle is tried with care. */
const FORGET_ABOVE = 50;

/**
 * Finds the rate an SMSC takes, from its own answers. Without throttling there is no limit. When more than a
 * twentieth of an interval's submits is throttled, the rate falls by the share that was (to an eighth, when nothing was
 * accepted); every interval that goes well lets it double up to half of what is known to be good, and then grow by a tenth.
 * So sending slows down and never stops.
 *
 * How much was sent does not count, only what share of it was taken: a link that was down for a moment, or had little to
 * send, is not slower for it.
 *
 * Times are milliseconds of one clock, passed in.
 */
export class PushPacer {
  readonly #maxPerSecond: number;
  #perSecond = Number.POSITIVE_INFINITY;
  #tokens = 0;
  #refilledAt = 0;
  #intervalStart = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #accepted = 0;
  #throttled = 0;
  #knownGood = 0;

  /** @param maxPerSecond what was agreed with the SMSC; never exceeded */
  constructor(maxPerSecond = Number.POSITIVE_INFINITY) {
    this.#maxPerSecond = maxPerSecond;
  }

  /** Submits per second allowed now; infinite while nothing was agreed and the SMSC has not complained. */
  get perSecond(): number {
    return Math.min(this.#perSecond, this.#maxPerSecond);
  }

  /** 0 when one submit may leave now (it is counted), else how long to wait before asking again. */
  take(nowMs: number): number {
    const rate = this.perSecond;
    if (rate === Number.POSITIVE_INFINITY) return 0;
    const burst = Math.max(1, rate / 20);
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#refilledAt) * rate) / 1_000);
    this.#refilledAt = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - this.#tokens) * 1_000) / rate));
  }

  /** What was taken last did not leave after all. */
  giveBack(): void {
    this.#tokens += 1;
  }

  /** Tells how a submit was answered. */
  report(throttled: boolean, nowMs: number): void {
    if (nowMs - this.#lastAt > IDLE_MS) this.#begin(nowMs);
    this.#lastAt = nowMs;
    if (throttled) this.#throttled += 1;
    else this.#accepted += 1;
    const elapsed = nowMs - this.#intervalStart;
    if (elapsed < (this.#perSecond === Number.POSITIVE_INFINITY ? FIRST_INTERVAL_MS : INTERVAL_MS)) return;
    const few = this.#throttled < FEW_THROTTLED && this.#accepted + this.#throttled < FEW_ANSWERS;
    if (this.#throttled > 0 && few && elapsed < MAX_INTERVAL_MS) return;
    this.#adjust(elapsed, nowMs);
    this.#begin(nowMs);
  }

  #begin(nowMs: number): void {
    this.#intervalStart = nowMs;
    this.#accepted = 0;
    this.#throttled = 0;
  }

  #adjust(elapsedMs: number, nowMs: number): void {
    const total = this.#accepted + this.#throttled;
    if (this.#throttled > total * TOLERATED_SHARE) {
      const offered = (total * 1_000) / elapsedMs;
      if (this.#perSecond === Number.POSITIVE_INFINITY) {
        this.#refilledAt = nowMs;
        this.#tokens = 0;
        this.#perSecond = offered;
      }
      if (this.#accepted === 0) {
        this.#perSecond = Math.max(MIN_PER_SECOND, this.#perSecond / 8);
        return;
      }
      // A limit that nobody came near tells nothing: it comes down to what was tried, by half at a time.
      const tried = Math.min(this.#perSecond, Math.max(offered, this.#perSecond / 2));
      this.#perSecond = Math.max(MIN_PER_SECOND, (tried * this.#accepted) / total);
      this.#knownGood = Math.max(this.#perSecond, this.#knownGood * FADING);
      return;
    }
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    this.#perSecond *= this.#perSecond < this.#knownGood / 2 ? 2 : GROWTH;
    if (this.#perSecond > this.#knownGood * FORGET_FACTOR && this.#perSecond > FORGET_ABOVE)
      this.#perSecond = Number.POSITIVE_INFINITY;
  }
}
