import { describe, expect, it } from 'vitest';
import { SharedRate } from '../../src/services/shared-rate.ts';

/** The time of one link, as the store gives it out; its clock is the test's. */
function line() {
  const clock = { now: 0 };
  let freeAt = 0;
  const reserve = (perSecond: number) => async (submits: number) => {
    const from = Math.max(freeAt, clock.now);
    freeAt = from + (submits * 1_000) / perSecond;
    return from - clock.now;
  };
  return { clock, reserve };
}

async function send(clock: { now: number }, shares: readonly SharedRate[], ms: number): Promise<readonly number[][]> {
  const sent = shares.map((): number[] => []);
  for (const until = clock.now + ms; clock.now < until; clock.now += 1) {
    for (const [index, share] of shares.entries()) {
      while (share.take(clock.now) === 0) sent[index]?.push(clock.now);
    }
    // Reservations come back.
    await Promise.resolve();
  }
  return sent;
}

describe('a rate that processes share', () => {
  it('is used by all of them together, and never more', async () => {
    const { clock, reserve } = line();
    const shares = Array.from({ length: 3 }, () => new SharedRate(reserve(100), 100, () => clock.now));
    const sent = await send(clock, shares, 5_000);
    const all = sent.flat();
    expect(all.length).toBeLessThanOrEqual(510);
    expect(all.length).toBeGreaterThan(450);
    for (const mine of sent) expect(mine.length).toBeGreaterThan(100);
    for (let from = 0; from <= 4_000; from += 50) {
      expect(all.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(120);
    }
  });

  it('belongs to one of them while the others have nothing to send', async () => {
    const { clock, reserve } = line();
    const shares = [new SharedRate(reserve(100), 100, () => clock.now)];
    const [mine = []] = await send(clock, shares, 3_000);
    expect(mine.length).toBeGreaterThan(270);
    expect(mine.length).toBeLessThanOrEqual(310);
  });

  it('is not saved up: time that went by unused is lost', async () => {
    const { clock, reserve } = line();
    const share = new SharedRate(reserve(100), 100, () => clock.now);
    share.take(clock.now);
    await Promise.resolve();
    clock.now += 10_000;
    const [mine = []] = await send(clock, [share], 100);
    expect(mine.length).toBeLessThanOrEqual(20);
  });

  it('may be less than one a second', async () => {
    const { clock, reserve } = line();
    const shares = Array.from({ length: 2 }, () => new SharedRate(reserve(0.5), 0.5, () => clock.now));
    const sent = await send(clock, shares, 20_000);
    expect(sent.flat().length).toBeGreaterThanOrEqual(8);
    expect(sent.flat().length).toBeLessThanOrEqual(11);
  });

  it('stands still while nothing can be reserved, and is asked for again', async () => {
    const { clock, reserve } = line();
    let away = true;
    const share = new SharedRate(
      (submits) => (away ? Promise.reject(new Error('away')) : reserve(100)(submits)),
      100,
      () => clock.now,
    );
    expect((await send(clock, [share], 1_000)).flat()).toEqual([]);
    away = false;
    expect((await send(clock, [share], 1_000)).flat().length).toBeGreaterThan(30);
  });
});
