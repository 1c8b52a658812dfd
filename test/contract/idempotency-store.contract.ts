import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  IdempotencyStore,
  IdempotentRequest,
  StoredResponse,
} from '../../src/services/ports/idempotency-store.ts';

export interface IdempotencyHarness {
  /** Empty. */
  readonly store: IdempotencyStore;
  close(): Promise<void>;
}

const T0 = Date.UTC(2026, 0, 1, 12);
const at = (ms: number): Date => new Date(T0 + ms);
const LEASE = 60_000;
const DAY = 86_400_000;
const RESPONSE: StoredResponse = {
  status: 201,
  headers: { Location: '/api/v1/devices/IMEI%3A1' },
  body: '{"deviceId":"IMEI:1","name":"ünï"}',
};

const claim = (n: number, change: Partial<IdempotentRequest> = {}): IdempotentRequest => ({
  scope: 'POST /api/v1/devices',
  key: 'key-1',
  fingerprint: 'fingerprint-1',
  claimId: `01980000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  ...change,
});

/**
 * What every IdempotencyStore has to do.
 * @param makeHarness called before each test; gives an empty store
 */
export function idempotencyStoreContract(name: string, makeHarness: () => Promise<IdempotencyHarness>): void {
  describe(`${name} as an IdempotencyStore`, () => {
    let harness: IdempotencyHarness;
    let store: IdempotencyStore;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store;
    });
    afterEach(() => harness.close());

    it('lets the first request of a key begin and holds a second one off', async () => {
      expect(await store.begin(claim(1), at(0), at(LEASE))).toEqual({ kind: 'fresh' });
      expect(await store.begin(claim(2), at(1), at(1 + LEASE))).toEqual({ kind: 'in-progress' });
    });

    it('gives the response to a repeat, as it was', async () => {
      await store.begin(claim(1), at(0), at(LEASE));
      await store.finish(claim(1), RESPONSE, at(DAY));
      expect(await store.begin(claim(2), at(DAY - 1), at(DAY + LEASE))).toEqual({
        kind: 'finished',
        response: RESPONSE,
      });
    });

    it('refuses another request under the same key, before and after the end of the first', async () => {
      await store.begin(claim(1), at(0), at(LEASE));
      const other = claim(2, { fingerprint: 'fingerprint-2' });
      expect(await store.begin(other, at(1), at(LEASE))).toEqual({ kind: 'mismatch' });
      await store.finish(claim(1), RESPONSE, at(DAY));
      expect(await store.begin(other, at(2), at(LEASE))).toEqual({ kind: 'mismatch' });
    });

    it('keeps keys of different scopes apart', async () => {
      await store.begin(claim(1), at(0), at(LEASE));
      const elsewhere = claim(2, { scope: 'POST /api/v1/packages', fingerprint: 'fingerprint-2' });
      expect(await store.begin(elsewhere, at(0), at(LEASE))).toEqual({ kind: 'fresh' });
    });

    it('frees the key when the request is abandoned', async () => {
      await store.begin(claim(1), at(0), at(LEASE));
      await store.abandon(claim(1));
      const other = claim(2, { fingerprint: 'fingerprint-2' });
      expect(await store.begin(other, at(1), at(LEASE))).toEqual({ kind: 'fresh' });
    });

    it('frees the key when the lease is over, whatever the request', async () => {
      await store.begin(claim(1), at(0), at(LEASE));
      const other = claim(2, { fingerprint: 'fingerprint-2' });
      expect(await store.begin(other, at(LEASE), at(2 * LEASE))).toEqual({ kind: 'fresh' });
    });

    it('frees the key when the response has been kept long enough', async () => {
      await store.begin(claim(1), at(0), at(LEASE));
      await store.finish(claim(1), RESPONSE, at(DAY));
      expect(await store.begin(claim(2), at(DAY), at(DAY + LEASE))).toEqual({ kind: 'fresh' });
      expect(await store.begin(claim(3), at(DAY + 1), at(DAY + LEASE))).toEqual({ kind: 'in-progress' });
    });

    it('lets only the holder of the claim finish or abandon', async () => {
      await store.begin(claim(1), at(0), at(LEASE));
      await store.begin(claim(2), at(LEASE), at(2 * LEASE));
      await store.finish(claim(1), RESPONSE, at(DAY));
      await store.abandon(claim(1));
      expect(await store.begin(claim(3), at(LEASE + 1), at(2 * LEASE))).toEqual({ kind: 'in-progress' });
      await store.finish(claim(2), RESPONSE, at(DAY));
      expect((await store.begin(claim(3), at(LEASE + 2), at(2 * LEASE))).kind).toBe('finished');
    });

    it('does not mind finishing or abandoning what it does not know', async () => {
      await store.finish(claim(1), RESPONSE, at(DAY));
      await store.abandon(claim(1));
      expect(await store.begin(claim(2), at(0), at(LEASE))).toEqual({ kind: 'fresh' });
    });

    it('lets one of many begin at once', async () => {
      const starts = await Promise.all(Array.from({ length: 20 }, (_, n) => store.begin(claim(n), at(0), at(LEASE))));
      expect(starts.filter(({ kind }) => kind === 'fresh')).toHaveLength(1);
      expect(starts.filter(({ kind }) => kind === 'in-progress')).toHaveLength(19);
    });

    it('lets one of many take over when a lease is over', async () => {
      await store.begin(claim(0), at(0), at(LEASE));
      const starts = await Promise.all(
        Array.from({ length: 20 }, (_, n) => store.begin(claim(n + 1), at(LEASE), at(2 * LEASE))),
      );
      expect(starts.filter(({ kind }) => kind === 'fresh')).toHaveLength(1);
    });

    it('takes keys of 255 characters and scopes of a long path', async () => {
      const long = claim(1, { key: '~'.repeat(255), scope: `POST /api/v1/${'x'.repeat(300)}` });
      expect(await store.begin(long, at(0), at(LEASE))).toEqual({ kind: 'fresh' });
      expect(await store.begin({ ...long, claimId: claim(2).claimId }, at(0), at(LEASE))).toEqual({
        kind: 'in-progress',
      });
    });

    it('removes what ran out, only that, and no more than it is told', async () => {
      for (let n = 0; n < 5; n++) await store.begin(claim(n, { key: `old-${n}` }), at(0), at(LEASE));
      await store.begin(claim(9, { key: 'young' }), at(0), at(LEASE + 1));
      expect(await store.expire(at(LEASE), 3)).toBe(3);
      expect(await store.expire(at(LEASE), 3)).toBe(2);
      expect(await store.expire(at(LEASE), 3)).toBe(0);
      expect(await store.begin(claim(10, { key: 'young' }), at(LEASE), at(2 * LEASE))).toEqual({ kind: 'in-progress' });
    });
  });
}
