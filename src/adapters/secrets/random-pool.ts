import { randomFillSync } from 'node:crypto';

const POOL_OCTETS = 4_096;
const pool = Buffer.alloc(POOL_OCTETS);
let used = POOL_OCTETS;

/**
 * Octets of the machine's cryptographic randomness, each given out once. They are drawn in stock, because drawing a dozen
 * costs as much as drawing thousands.
 */
export function randomOctets(length: number): Buffer {
  if (length > POOL_OCTETS / 16) return randomFillSync(Buffer.allocUnsafe(length));
  if (used + length > POOL_OCTETS) {
    randomFillSync(pool);
    used = 0;
  }
  const octets = Buffer.from(pool.subarray(used, used + length));
  pool.fill(0, used, used + length);
  used += length;
  return octets;
}
