import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, bucketStart, KEPT_STEPS, MAX_BUCKETS } from '../../src/domain/campaign-timeline.ts';

const YEAR_MS = 366 * 86_400_000;
const duration = fc.integer({ min: 0, max: 2 * YEAR_MS });

describe('the buckets of a timeline', () => {
  it('are some 200 at most, however long a campaign goes on', () => {
    fc.assert(
      fc.property(duration, fc.integer({ min: 0, max: YEAR_MS }), (durationMs, start) => {
        const bucketMs = bucketOf(durationMs);
        const first = bucketStart(new Date(start), bucketMs).getTime();
        const last = bucketStart(new Date(start + durationMs), bucketMs).getTime();
        expect((last - first) / bucketMs).toBeLessThanOrEqual(MAX_BUCKETS + 1);
      }),
    );
  });

  it('are as long as a number of the steps that were kept of that time, so none is cut in two', () => {
    fc.assert(
      fc.property(duration, (durationMs) => {
        const kept = KEPT_STEPS.filter((_, index) => (KEPT_STEPS[index - 1]?.untilMs ?? 0) <= durationMs);
        for (const { stepMs } of kept) expect(bucketOf(durationMs) % stepMs).toBe(0);
      }),
    );
  });

  it('are a second for what has just begun, and never nothing', () => {
    expect([0, 1_000, 200_000, 200_001].map(bucketOf)).toEqual([1_000, 1_000, 1_000, 2_000]);
  });
});
