import { describe, expect, it } from 'vitest';
import { GatheredWrites } from '../../../src/adapters/pg/gathered-writes.ts';

/** Writes that take until they are let go on. */
function gathered(write: (items: readonly number[]) => Promise<void>, limit = 100): GatheredWrites<number> {
  return new GatheredWrites({
    write,
    weightOf: (item) => item,
    limit,
    isEverybodys: (error) => error instanceof Error && error.message === 'away',
  });
}

describe('small writes of many callers', () => {
  it('go together when they come in one turn, or while one is under way, and nobody is told before the commit', async () => {
    const batches: (readonly number[])[] = [];
    const goOn: (() => void)[] = [];
    const writes = gathered((items) => {
      batches.push(items);
      return new Promise((resolve) => goOn.push(resolve));
    });
    const told: number[] = [];
    const add = (item: number): Promise<void> => writes.add(item).then(() => void told.push(item));
    const first = Promise.all([add(1), add(2)]);
    await expect.poll(() => batches).toEqual([[1, 2]]);
    const second = Promise.all([add(3), add(4), add(5)]);
    expect(told).toEqual([]);
    goOn[0]?.();
    await first;
    await expect
      .poll(() => batches)
      .toEqual([
        [1, 2],
        [3, 4, 5],
      ]);
    expect(told).toEqual([1, 2]);
    goOn[1]?.();
    await second;
    expect(told).toEqual([1, 2, 3, 4, 5]);
  });

  it('go in several when they are too many for one, a heavy one alone', async () => {
    const batches: (readonly number[])[] = [];
    const writes = gathered(async (items) => void batches.push(items), 10);
    await Promise.all([4, 5, 2, 30, 1].map((item) => writes.add(item)));
    expect(batches).toEqual([[4, 5], [2], [30], [1]]);
  });

  it('fail alone: the others of the batch are written all the same', async () => {
    const written: number[] = [];
    const writes = gathered(async (items) => {
      if (items.includes(3)) throw new Error('three is not taken');
      written.push(...items);
    });
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => writes.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(written).toEqual([1, 2, 4]);
  });

  it('are tried once when the fault is everybody’s, and the next ones anew', async () => {
    let tries = 0;
    const writes = gathered(async () => {
      tries += 1;
      if (tries === 1) throw new Error('away');
    });
    const outcomes = await Promise.allSettled([1, 2].map((item) => writes.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await writes.add(3);
    expect(tries).toBe(2);
  });
});
