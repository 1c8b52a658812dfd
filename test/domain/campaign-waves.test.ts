import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOfWaves, spreadFactor, waveBounds, waveFaults, waveOfTarget } from '../../src/domain/campaign-waves.ts';

describe('waves of a campaign', () => {
  it('have to add up to 100, and say what they add up to', () => {
    expect(waveFaults([{ percent: 10 }, { percent: 30 }, { percent: 60 }])).toEqual([]);
    expect(waveFaults([{ percent: 33.3 }, { percent: 33.3 }, { percent: 33.4 }])).toEqual([]);
    expect(waveFaults([{ percent: 10 }, { percent: 80 }])).toEqual([
      { detail: 'The waves add up to 90 %, and have to add up to 100.' },
    ]);
  });

  it('are told in one way, and the last one of counts or filters is the rest', () => {
    expect(waveFaults([{ count: 5 }, {}])).toEqual([]);
    expect(waveFaults([{ filter: 'tags==pilot' }, {}])).toEqual([]);
    expect(waveFaults([{}])).toEqual([]);
    expect(waveFaults([])).toHaveLength(1);
    expect(waveFaults([{ count: 5 }, { percent: 50 }]).map(({ wave }) => wave)).toEqual([1]);
    expect(waveFaults([{ count: 5 }, { count: 5 }])).toEqual([
      { wave: 1, detail: 'The last wave is the rest; it takes no count.' },
    ]);
    expect(waveFaults([{ percent: 0 }, { percent: 100 }])).toHaveLength(1);
    expect(waveFaults([{ count: 1.5 }, {}])).toHaveLength(1);
    expect(kindOfWaves([{}])).toBe('percent');
  });

  it('put every number into one wave, in their sizes, and hold devices of all ages', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 99 }), (total, percent) => {
        const bounds = waveBounds([{ percent }, { percent: 100 - percent }], total) ?? [];
        const waves = Array.from({ length: total }, (_, number) => waveOfTarget(number, total, bounds));
        expect(waves.filter((wave) => wave === 1)).toHaveLength(Math.round((percent * total) / 100));
        expect(waves.every((wave) => wave === 1 || wave === 2)).toBe(true);
      }),
    );
    const bounds = waveBounds([{ percent: 10 }, { percent: 90 }], 1_000) ?? [];
    const firsts = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => waveOfTarget(n, 1_000, bounds) === 1);
    const quarters = [0, 250, 500, 750].map((from) => firsts.filter((n) => n >= from && n < from + 250).length);
    for (const quarter of quarters) expect(quarter).toBeGreaterThanOrEqual(24);
  });

  it('take a factor that has no divisor in common with the total', () => {
    for (const total of [1, 2, 3, 4, 10, 97, 100_000, 1_000_000]) {
      const places = total > 1_000 ? [] : Array.from({ length: total }, (_, n) => (n * spreadFactor(total)) % total);
      expect(new Set(places).size).toBe(places.length);
    }
  });

  it('put those that nobody had counted into the last one, and leave waves empty that the total does not reach', () => {
    expect(waveBounds([{ count: 5 }, { count: 5 }, {}], 7)).toEqual([5, 7, 7]);
    expect(waveOfTarget(7, 7, [5, 7, 7])).toBe(3);
    expect(waveOfTarget(0, 0, [0, 0])).toBe(2);
  });
});
