import { describe, expect, it } from 'vitest';
import { PushPacer } from '../../src/services/push-pacer.ts';

/** Runs `seconds` of sending as fast as the pacer lets, against an SMSC that takes `limit` a second; per second sums. */
function simulate(limit: number, seconds: number, offeredPerMs = 5) {
  const pacer = new PushPacer();
  const accepted: number[] = [];
  const throttled: number[] = [];
  for (let second = 0; second < seconds; second++) {
    let taken = 0;
    let refused = 0;
    for (let ms = 0; ms < 1_000; ms++) {
      const now = 1_000 + second * 1_000 + ms;
      for (let n = 0; n < offeredPerMs && pacer.take(now) === 0; n++) {
        const over = taken >= limit;
        if (over) refused += 1;
        else taken += 1;
        pacer.report(over, now);
      }
    }
    accepted.push(taken);
    throttled.push(refused);
  }
  return { pacer, accepted, throttled };
}

describe('the pace of sending', () => {
  it('is unlimited while nothing is throttled', () => {
    const { pacer, accepted } = simulate(Number.POSITIVE_INFINITY, 2);
    expect(pacer.perSecond).toBe(Number.POSITIVE_INFINITY);
    expect(accepted).toEqual([5_000, 5_000]);
  });

  it('is not slowed by one throttled submit in a hundred', () => {
    const pacer = new PushPacer();
    for (let n = 0; n < 100_000; n++) pacer.report(n % 100 === 0, 1_000 + n / 10);
    expect(pacer.perSecond).toBe(Number.POSITIVE_INFINITY);
  });

  it('comes close to what an SMSC with a limit takes, with few refusals, and does not stop', () => {
    const { accepted, throttled } = simulate(100, 20);
    const late = accepted.slice(5);
    expect(Math.min(...late)).toBeGreaterThan(70);
    const refusedShare = throttled.slice(5).reduce((a, b) => a + b) / late.reduce((a, b) => a + b);
    expect(refusedShare).toBeLessThan(0.2);
  });

  it('never falls under a trickle, even when everything is throttled', () => {
    const { throttled } = simulate(0, 10);
    expect(throttled.slice(5).every((count) => count >= 1 && count < 50)).toBe(true);
  });

  it('is not slower for a link that was down, or had little to send, between answers', () => {
    const pacer = new PushPacer();
    let now = 1_000;
    // A limit of 200, found by trying.
    for (let n = 0; n < 2_000; n++, now += 2) pacer.report(n % 10 < 6, now);
    const found = pacer.perSecond;
    expect(found).toBeGreaterThan(2);
    // Then a trickle, with now and then a refusal among the few, and whole minutes of nothing.
    for (let n = 0; n < 200; n++) {
      now += n % 20 === 0 ? 60_000 : 400;
      pacer.report(n % 25 === 7, now);
    }
    expect(pacer.perSecond).toBeGreaterThan(found);
  });

  it('comes back within seconds when an SMSC that took nothing for a while takes messages again', () => {
    const pacer = new PushPacer();
    let now = 1_000;
    const second = (outcome: (n: number) => boolean) => {
      let sent = 0;
      for (const until = now + 1_000; now < until; now += 1) {
        for (let n = 0; n < 5 && pacer.take(now) === 0; n++) pacer.report(outcome(sent++), now);
      }
      return sent;
    };
    for (let n = 0; n < 5; n++) second((sent) => sent >= 300);
    for (let n = 0; n < 15; n++) second(() => true);
    expect(pacer.perSecond).toBeLessThan(20);
    let seconds = 0;
    while (second(() => false) < 150) expect(++seconds).toBeLessThan(20);
  });

  it('is not brought down by moments of throttling at random that come and go', () => {
    const pacer = new PushPacer();
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    let throttlesPercent = 0;
    let accepted = 0;
    for (let now = 1_000; now < 121_000; now += 1) {
      if (now % 700 === 0) throttlesPercent = random() < 0.3 ? 15 : 0;
      for (let n = 0; n < 5 && pacer.take(now) === 0; n++) {
        const isThrottled = random() * 100 < throttlesPercent;
        pacer.report(isThrottled, now);
        if (!isThrottled && now > 60_000) accepted += 1;
      }
    }
    expect(accepted / 61).toBeGreaterThan(500);
  });

  it('forgets the limit when the SMSC has long taken everything', () => {
    const { pacer } = simulate(100, 5);
    for (let now = 6_000; now < 60_000; now += 5) if (pacer.take(now) === 0) pacer.report(false, now);
    expect(pacer.perSecond).toBe(Number.POSITIVE_INFINITY);
  });
});
