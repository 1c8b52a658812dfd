/** How many triggers a campaign sends a minute. */
export interface Rate {
  readonly perMinute: number;
  /** With it the rate grows: times `factor` for every `perSuccesses` targets that have succeeded, up to `maxPerMinute`. */
  readonly growth?: { readonly factor: number; readonly perSuccesses: number; readonly maxPerMinute: number };
}

/** Triggers that may be sent now, and when that was so. */
export interface Allowance {
  readonly allowance: number;
  readonly at: Date;
}

/** So much is saved up at most, milliseconds of the rate: after a pause, or a jump of the clock, there is no flood. */
const SAVED_MS = 2_000;
/** Clocks of several processes differ by less; a clock that is further behind has been set back. */
const SKEW_MS = 60_000;

/** Triggers a minute after so many successes; never below what it began with. */
export function rateNow({ perMinute, growth }: Rate, successes: number): number {
  if (growth === undefined) return perMinute;
  const { factor, perSuccesses, maxPerMinute } = growth;
  const steps = Math.floor(Math.max(successes, 0) / perSuccesses);
  // Beyond 2^40 nothing is meant any more, and the power would leave the numbers.
  const grown = perMinute * factor ** Math.min(steps, Math.ceil(40 / Math.log2(Math.max(factor, 1.01))));
  return Math.max(perMinute, Math.min(grown, maxPerMinute));
}

/**
 * The allowance as of now. Time that went backwards gives nothing: a little is the difference between two clocks and
 * waits to be made up for, much is a clock that was set, from which counting begins anew.
 * @param before undefined at the beginning: one trigger
 */
export function refill(before: Allowance | undefined, perMinute: number, now: Date): Allowance {
  if (before === undefined) return { allowance: 1, at: now };
  const passed = now.getTime() - before.at.getTime();
  if (passed < -SKEW_MS) return { allowance: before.allowance, at: now };
  if (passed <= 0) return before;
  const most = Math.max(1, (perMinute * SAVED_MS) / 60_000);
  const gained = (perMinute * Math.min(passed, SAVED_MS)) / 60_000;
  return { allowance: Math.min(Math.max(before.allowance, 0) + gained, Math.max(most, before.allowance)), at: now };
}

/** Milliseconds until there is a whole trigger. */
export function untilNext({ allowance }: Allowance, perMinute: number): number {
  return allowance >= 1 ? 0 : Math.ceil(((1 - allowance) * 60_000) / perMinute);
}
