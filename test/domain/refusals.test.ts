import { describe, expect, it } from 'vitest';
import { countRefusal, forgive, type RefusalCount, sourceOf, waitMs } from '../../src/domain/refusals.ts';

const T0 = Date.UTC(2026, 0, 1);
const at = (ms: number): Date => new Date(T0 + ms);

function afterRefusals(count: number, from = '192.0.2.1', before: readonly RefusalCount[] = []) {
  let counts = before;
  for (let n = 0; n < count; n++) counts = countRefusal(counts, from, at(0)) ?? counts;
  return counts;
}

describe('refusals of credentials', () => {
  it('are free eight times; then the wait doubles with each, up to a quarter of an hour', () => {
    const waits = [8, 9, 10, 11, 12, 30].map((count) => waitMs(afterRefusals(count), '192.0.2.1', at(0)) / 1_000);
    expect(waits).toEqual([0, 2, 4, 8, 16, 900]);
  });

  it('hold back the place they come from, and no other', () => {
    const counts = afterRefusals(20);
    expect(waitMs(counts, '192.0.2.1', at(0))).toBeGreaterThan(0);
    expect(waitMs(counts, '192.0.2.2', at(0))).toBe(0);
  });

  it('are weighed again when the wait is over, and forgotten after an hour', () => {
    const counts = afterRefusals(10);
    expect(waitMs(counts, '192.0.2.1', at(4_000))).toBe(0);
    const once = countRefusal(counts, '192.0.2.1', at(4_000)) ?? [];
    expect(waitMs(once, '192.0.2.1', at(4_000))).toBe(8_000);
    expect(countRefusal(counts, '192.0.2.1', at(3_600_001))).toEqual([
      { from: '192.0.2.1', count: 1, lastAt: T0 + 3_600_001 },
    ]);
  });

  it('are forgiven one place at a time', () => {
    const counts = afterRefusals(10, '192.0.2.2', afterRefusals(10));
    expect(forgive(counts, '192.0.2.1')?.map(({ from }) => from)).toEqual(['192.0.2.2']);
    expect(forgive(counts, '192.0.2.3')).toBeUndefined();
  });

  it('have room for sixteen places, and for others once those are forgotten', () => {
    let counts: readonly RefusalCount[] = [];
    for (let n = 0; n < 16; n++) counts = countRefusal(counts, `192.0.2.${n}`, at(0)) ?? [];
    expect(counts).toHaveLength(16);
    expect(countRefusal(counts, '198.51.100.1', at(0))).toBeUndefined();
    expect(countRefusal(counts, '192.0.2.3', at(0))).toHaveLength(16);
    expect(countRefusal(counts, '198.51.100.1', at(3_600_001))).toHaveLength(1);
  });
});

describe('where a message comes from', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('is, of %s, %s', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });
});
