import type { Timeline } from './campaign-types.ts';

/** How many had ended by then. */
export interface TimelinePoint {
  /** Milliseconds. */
  readonly at: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** A wave over the whole time of its campaign, from nothing to how it stands: buckets in which nothing changed as well. */
export function pointsOf(timeline: Timeline | undefined, wave: number): readonly TimelinePoint[] {
  if (timeline?.from === undefined || timeline.until === undefined) return [];
  const { bucketMs } = timeline;
  const from = Date.parse(timeline.from);
  const until = Date.parse(timeline.until);
  const buckets = timeline.waves.find((one) => one.wave === wave)?.buckets ?? [];
  const changes = new Map(buckets.map((one) => [Date.parse(one.at), one]));
  const points: TimelinePoint[] = [{ at: from, succeeded: 0, failed: 0 }];
  let succeeded = 0;
  let failed = 0;
  for (let start = from; start <= until; start += bucketMs) {
    const change = changes.get(start);
    succeeded += change?.succeeded ?? 0;
    failed += change?.failed ?? 0;
    // What happened in a bucket has happened at its end.
    points.push({ at: Math.min(start + bucketMs, Math.max(until, start)), succeeded, failed });
  }
  return points;
}
