import { describe, expect, it } from 'vitest';
import { rateNow, refill, untilNext } from '../../src/domain/campaign-rate.ts';

const at = (ms: number): Date => new Date(1_800_000_000_000 + ms);

describe('the rate of a campaign', () => {
  it('stays what it is without growth, and multiplies with the successes up to its limit', () => {
    expect(rateNow({ perMinute: 60 }, 1_000_000)).toBe(60);
    const growth = { factor: 2, perSuccesses: 100, maxPerMinute: 1_000 };
    expect([0, 99, 100, 250, 400, 1e12].map((n) => rateNow({ perMinute: 60, growth }, n))).toEqual([
      60, 60, 120, 240, 960, 1_000,
    ]);
  });

  it('gives what a stretch of time allows, and saves up for two seconds at most', () => {
    const begun = refill(undefined, 600, at(0));
    expect(begun.allowance).toBe(1);
    expect(refill({ allowance: 0, at: at(0) }, 600, at(500)).allowance).toBeCloseTo(5);
    expect(refill({ allowance: 0, at: at(0) }, 600, at(3_600_000)).allowance).toBeCloseTo(20);
    expect(refill({ allowance: 0, at: at(0) }, 1, at(30_000)).allowance).toBeLessThan(1);
  });

  it('sends one a minute at one a minute, looked at every second', () => {
    let state = refill(undefined, 1, at(0));
    let sent = 0;
    for (let second = 1; second <= 600; second++) {
      state = refill(state, 1, at(second * 1_000));
      if (state.allowance >= 1) {
        sent += 1;
        state = { ...state, allowance: state.allowance - 1 };
      }
    }
    expect(sent).toBeGreaterThanOrEqual(10);
    expect(sent).toBeLessThanOrEqual(11);
  });

  it('gives nothing for two clocks that disagree, whichever comes first', () => {
    let state = { allowance: 0, at: at(0) };
    for (let turn = 0; turn < 100; turn++) state = refill(state, 600, at(turn % 2 === 0 ? 5_000 : 0));
    expect(state.allowance).toBeLessThanOrEqual(20);
    expect(state.at).toEqual(at(5_000));
  });

  it('begins anew when the clock was set back, and makes no flood when it was set forward', () => {
    const back = refill({ allowance: 0, at: at(0) }, 600, at(-3_600_000));
    expect(back).toEqual({ allowance: 0, at: at(-3_600_000) });
    expect(refill(back, 600, at(-3_599_000)).allowance).toBeCloseTo(10);
    expect(refill({ allowance: 0, at: at(0) }, 600, at(86_400_000)).allowance).toBeCloseTo(20);
  });

  it('tells when the next trigger is there', () => {
    expect(untilNext({ allowance: 3, at: at(0) }, 60)).toBe(0);
    expect(untilNext({ allowance: 0.5, at: at(0) }, 60)).toBe(500);
  });
});
