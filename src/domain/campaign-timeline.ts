const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** So many buckets a timeline has at most, but for the two at its ends, which may be begun only. */
export const MAX_BUCKETS = 200;

/**
 * In what steps ends of targets are kept, by how long the campaign has been going on: fine enough for {@link MAX_BUCKETS}
 * of the time up to there, and few enough that a year of it is some 15,000 rows a wave. `untilMs` is {@link MAX_BUCKETS}
 * times the next step, so no bucket is finer than what is kept.
 */
export const KEPT_STEPS: readonly { readonly untilMs: number; readonly stepMs: number }[] = [
  { untilMs: 2_000 * SECOND, stepMs: SECOND },
  { untilMs: 12_000 * SECOND, stepMs: 10 * SECOND },
  { untilMs: 120_000 * SECOND, stepMs: MINUTE },
  { untilMs: 720_000 * SECOND, stepMs: 10 * MINUTE },
  { untilMs: Number.POSITIVE_INFINITY, stepMs: HOUR },
];

/** Each a multiple of every step that is kept of a time that long; all begin together at midnight, UTC. */
const BUCKETS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
];

/** How long the buckets of a timeline are, milliseconds. */
export function bucketOf(durationMs: number): number {
  const least = Math.max(durationMs, 0) / MAX_BUCKETS;
  return BUCKETS.find((bucket) => bucket >= least) ?? Math.ceil(least / DAY) * DAY;
}

/** The beginning of the bucket that a moment is in. */
export function bucketStart(at: Date, bucketMs: number): Date {
  return new Date(Math.floor(at.getTime() / bucketMs) * bucketMs);
}
