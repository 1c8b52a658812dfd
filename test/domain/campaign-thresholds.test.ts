import { describe, expect, it } from 'vitest';
import { NO_TARGETS, type TargetCounts } from '../../src/domain/campaign.ts';
import { judgeWave, type Thresholds } from '../../src/domain/campaign-thresholds.ts';

const NOTHING = { failed: 0, finished: 0 };
const MIDDLE = { complete: true, isLast: false };
const LIMITS: Thresholds = { successPercent: 80, errorPercent: 20, errorMinimum: 10 };

function judge(counts: Partial<TargetCounts>, thresholds = LIMITS, pardon = NOTHING, where = MIDDLE) {
  return judgeWave({ ...NO_TARGETS, ...counts }, thresholds, pardon, where);
}

describe('the thresholds of a wave', () => {
  it('let the next wave open as soon as enough have succeeded', () => {
    expect(judge({ waiting: 3, succeeded: 7 })).toEqual({ kind: 'on' });
    expect(judge({ waiting: 2, succeeded: 8 })).toEqual({ kind: 'succeeded', done: false });
    expect(judge({ failed: 1, succeeded: 9 })).toEqual({ kind: 'succeeded', done: true });
  });

  it('do not count targets that were cancelled or skipped', () => {
    expect(judge({ cancelled: 50, skipped: 50, succeeded: 8, failed: 1, triggered: 1 })).toMatchObject({
      kind: 'succeeded',
    });
  });

  it('pause at the percentage of the finished ones, once enough are finished', () => {
    expect(judge({ waiting: 91, failed: 9 })).toEqual({ kind: 'on' });
    expect(judge({ waiting: 90, failed: 1, expired: 1, succeeded: 8 })).toMatchObject({
      kind: 'pause',
      reason: 'error-threshold',
    });
    expect(judge({ waiting: 90, failed: 1, succeeded: 9 })).toEqual({ kind: 'on' });
  });

  it('do not wait for more finished ones than the wave has', () => {
    expect(judge({ failed: 1, succeeded: 3 })).toMatchObject({ kind: 'pause', reason: 'error-threshold' });
  });

  it('pause at a count', () => {
    const limits = { successPercent: 80, errorCount: 3 };
    expect(judge({ waiting: 900, failed: 2 }, limits)).toEqual({ kind: 'on' });
    expect(judge({ waiting: 900, failed: 2, expired: 1 }, limits)).toMatchObject({ reason: 'error-threshold' });
  });

  it('pause when a wave ends without its success, unless no wave comes after it', () => {
    const limits = { successPercent: 95 };
    expect(judge({ failed: 1, succeeded: 9 }, limits)).toMatchObject({ reason: 'success-threshold' });
    expect(judge({ failed: 1, succeeded: 9 }, limits, NOTHING, { complete: true, isLast: true })).toEqual({
      kind: 'succeeded',
      done: true,
    });
  });

  it('count anew after somebody has resumed the campaign in spite of them', () => {
    const pardon = { failed: 5, finished: 10 };
    expect(judge({ waiting: 80, failed: 6, succeeded: 14 }, LIMITS, pardon)).toEqual({ kind: 'on' });
    expect(judge({ waiting: 70, failed: 9, succeeded: 16 }, LIMITS, pardon)).toMatchObject({ kind: 'pause' });
    expect(judge({ failed: 5, succeeded: 5 }, LIMITS, pardon)).toEqual({ kind: 'succeeded', done: true });
  });

  it('say nothing of success before all targets of the wave are known', () => {
    expect(judge({ succeeded: 8 }, LIMITS, NOTHING, { complete: false, isLast: false })).toEqual({ kind: 'on' });
  });

  it('take an empty wave for one that has succeeded', () => {
    expect(judge({})).toEqual({ kind: 'succeeded', done: true });
  });

  it.each([
    ['a count below zero', { succeeded: -1 }, LIMITS],
    ['a count that is no number', { failed: Number.NaN }, LIMITS],
    ['a count that is not there', { waiting: undefined as unknown as number }, LIMITS],
    ['a success threshold that is none', { succeeded: 10 }, { successPercent: Number.NaN }],
    ['a percentage above 100', { succeeded: 10 }, { successPercent: 50, errorPercent: 120 }],
    ['a threshold of another type', { succeeded: 10 }, { successPercent: '50' as unknown as number }],
  ])('pause on %s, and say so', (_, counts, thresholds) => {
    expect(judge(counts, thresholds)).toMatchObject({ kind: 'pause', reason: 'thresholds-unknown' });
  });
});
