import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/services/app-error.ts';
import { Overview } from '../../src/services/overview.ts';
import type { OverviewCounts } from '../../src/services/ports/overview-store.ts';
import type { LaneDepth } from '../../src/services/ports/push-outbox.ts';
import { FixedClock } from '../fakes/fixed-clock.ts';

let clock: FixedClock;
let counted: number;
let counts: OverviewCounts;
let lanes: readonly LaneDepth[];
let overview: Overview;
let asked: { readonly sessionsSince: Date; readonly deliveriesSince: Date } | undefined;
beforeEach(() => {
  clock = new FixedClock('2026-01-31T12:00:30.000Z');
  counted = 0;
  counts = { openSessions: 3, sessionsByMinute: new Map(), deliveries: { queued: 2 }, isCapped: false };
  lanes = [];
  overview = new Overview({
    clock,
    outbox: { depth: async () => lanes },
    overview: {
      counts: async (sessionsSince, deliveriesSince) => {
        counted += 1;
        asked = { sessionsSince, deliveriesSince };
        return counts;
      },
    },
  });
});

describe('the overview', () => {
  it('has a number for each of sixty minutes, the one under way last, and none left out', async () => {
    const minute = (text: string): number => Date.parse(`2026-01-31T${text}:00Z`);
    counts = {
      ...counts,
      sessionsByMinute: new Map([
        [minute('11:01'), 7],
        [minute('12:00'), 4],
      ]),
    };
    const { sessionsPerMinute } = await overview.get();
    expect(sessionsPerMinute).toEqual([7, ...Array(58).fill(0), 4]);
    expect(asked).toEqual({
      sessionsSince: new Date('2026-01-31T11:01:00Z'),
      deliveriesSince: new Date('2026-01-30T12:00:30Z'),
    });
  });

  it('counts again only the minutes that a session may still join', async () => {
    const minute = (text: string): number => Date.parse(`2026-01-31T${text}:00Z`);
    counts = {
      ...counts,
      sessionsByMinute: new Map([
        [minute('11:02'), 7],
        [minute('11:57'), 2],
        [minute('11:58'), 5],
        [minute('12:00'), 4],
      ]),
    };
    await overview.get();
    clock.advance(60_000);
    // Somebody was late, and the store is not asked for what was before.
    counts = { ...counts, sessionsByMinute: new Map([[minute('11:58'), 6]]) };
    const { sessionsPerMinute } = await overview.get();
    expect(asked?.sessionsSince).toEqual(new Date('2026-01-31T11:58:00Z'));
    expect(sessionsPerMinute).toEqual([7, ...Array(54).fill(0), 2, 6, 0, 0, 0]);
    clock.advance(3_600_000);
    await overview.get();
    expect(asked?.sessionsSince).toEqual(new Date('2026-01-31T12:02:00Z'));
  });

  it('has every state of a delivery, and says when not all were counted', async () => {
    counts = { ...counts, isCapped: true };
    const { deliveries, cappedAt } = await overview.get();
    expect(deliveries).toEqual({
      queued: 2,
      triggered: 0,
      delivering: 0,
      succeeded: 0,
      failed: 0,
      expired: 0,
      cancelled: 0,
    });
    expect(cappedAt).toBe(50_000);
  });

  it('sums what waits over all lanes, since the oldest of them', async () => {
    const at = (second: number): Date => new Date(Date.UTC(2026, 0, 31, 12, 0, second));
    lanes = [
      { lane: 'a', queued: 2, sending: 1, oldestDueAt: at(20) },
      { lane: 'b', queued: 3, sending: 0, oldestDueAt: at(10) },
      { lane: 'c', queued: 1, sending: 0 },
    ];
    expect((await overview.get()).queue).toEqual({ queued: 6, sending: 1, oldestDueAt: at(10) });
  });

  it('is counted once in two seconds, however many ask', async () => {
    await Promise.all([overview.get(), overview.get()]);
    clock.advance(1_999);
    await overview.get();
    expect(counted).toBe(1);
    clock.advance(1);
    await overview.get();
    expect(counted).toBe(2);
  });

  it('is counted anew at once when it could not be counted', async () => {
    const failing = new Overview({
      clock,
      outbox: { depth: async () => [] },
      overview: {
        counts: async () => {
          counted += 1;
          if (counted === 1) throw new AppError('unavailable', 'away');
          return counts;
        },
      },
    });
    await expect(failing.get()).rejects.toMatchObject({ code: 'unavailable' });
    expect((await failing.get()).openSessions).toBe(3);
  });
});
