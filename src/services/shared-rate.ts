/** How much is reserved at a time: large enough to ask seldom, small enough to leave the others their turn. */
const STRETCH_MS = 100;
/** A reservation is lost so long after its end: kept for later, it would come on top of somebody else's. */
const GRACE_MS = 100;
/** After a reservation that failed. */
const RETRY_MS = 500;
/** While a reservation is on its way. */
const ASKING_MS = 5;

interface Stretch {
  readonly from: number;
  readonly until: number;
  left: number;
}

/**
 * This process's share of a rate that is agreed for a link: submits leave only in stretches of time that were reserved
 * for them. Reserves when something wants to leave and, before a stretch is used up, the next one, so that a single
 * process has the whole rate.
 *
 * Times are milliseconds of one clock, passed in.
 */
export class SharedRate {
  readonly #reserve: (submits: number) => Promise<number>;
  readonly #submits: number;
  readonly #stretchMs: number;
  readonly #clock: () => number;
  #stretches: Stretch[] = [];
  #asking = false;
  #askAgainAt = 0;

  /**
   * @param reserve gives the milliseconds until a stretch for so many submits begins
   * @param clock the one that `nowMs` is of
   */
  constructor(
    reserve: (submits: number) => Promise<number>,
    perSecond: number,
    clock: () => number = () => performance.now(),
  ) {
    this.#reserve = reserve;
    this.#submits = Math.max(1, Math.round((perSecond * STRETCH_MS) / 1_000));
    this.#stretchMs = (this.#submits * 1_000) / perSecond;
    this.#clock = clock;
  }

  /** 0 when one submit may leave now (it is counted), else how long to wait before asking again. */
  take(nowMs: number): number {
    this.#stretches = this.#stretches.filter(({ until, left }) => left > 0 && nowMs < until);
    const [current] = this.#stretches;
    const left = this.#stretches.reduce((sum, stretch) => sum + stretch.left, 0);
    if (left <= this.#submits / 2) this.#ask(nowMs);
    if (current === undefined) return Math.max(this.#askAgainAt - nowMs, ASKING_MS);
    if (nowMs < current.from) return Math.max(current.from - nowMs, 1);
    current.left -= 1;
    return 0;
  }

  #ask(nowMs: number): void {
    if (this.#asking || nowMs < this.#askAgainAt) return;
    this.#asking = true;
    this.#reserve(this.#submits).then(
      (waitMs) => {
        this.#asking = false;
        const from = this.#clock() + waitMs;
        this.#stretches.push({ from, until: from + this.#stretchMs + GRACE_MS, left: this.#submits });
      },
      () => {
        this.#asking = false;
        this.#askAgainAt = this.#clock() + RETRY_MS;
      },
    );
  }
}
