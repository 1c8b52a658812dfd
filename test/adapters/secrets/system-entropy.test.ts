import { expect, it } from 'vitest';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';

it('draws octets that do not come again and favour no bit', () => {
  const entropy = new SystemEntropy();
  const drawn = Array.from({ length: 2_000 }, () => entropy.bytes(16));
  expect(new Set(drawn.map((octets) => Buffer.from(octets).toString('hex'))).size).toBe(2_000);
  for (let bit = 0; bit < 128; bit++) {
    const ones = drawn.filter((octets) => (((octets[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1).length;
    // Eight standard deviations on either side of the half: chance does not go that far.
    expect(Math.abs(ones - 1_000)).toBeLessThan(179);
  }
});

it('gives every octet out once, however small or large the pieces', () => {
  const entropy = new SystemEntropy();
  const pieces = Array.from({ length: 5_000 }, (_, index) => entropy.bytes((index % 40) + 16));
  const kept = pieces.map((octets) => Buffer.from(octets).toString('hex'));
  expect(new Set(kept).size).toBe(5_000);
  // A piece is its owner's: what is drawn later does not touch it.
  expect(pieces.map((octets) => Buffer.from(octets).toString('hex'))).toEqual(kept);
  expect([0, 1, 4_096, 10_000].map((length) => entropy.bytes(length).length)).toEqual([0, 1, 4_096, 10_000]);
});
