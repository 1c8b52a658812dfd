import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTEMPT_FAULTS, retryDueAt } from '../../../src/domain/campaign-retry.ts';
import { spreadFactor, waveBounds, waveOfTarget } from '../../../src/domain/campaign-waves.ts';
import { isSuccess } from '../../../src/syncml/status-codes.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let database: PostgresStores;
beforeAll(async () => {
  database = await postgresStores();
});
afterAll(() => database.close());

const code = fc.oneof(
  fc.constantFrom(...ATTEMPT_FAULTS),
  fc.constantFrom('404', '405', '500', '503', '507', '213', '1xx'),
);
const policy = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 6 }),
  on: fc.uniqueArray(fc.oneof(code, fc.constantFrom('4xx', '5xx', '2xx')), { maxLength: 6 }),
  firstMs: fc.integer({ min: 1_000, max: 100_000 }),
  maxMs: fc.integer({ min: 1_000, max: 10_000_000 }),
});

describe('rules that the database knows, too', () => {
  it('decide on the next attempt as the domain does', async () => {
    const at = new Date('2026-11-22T12:00:00.000Z');
    await fc.assert(
      fc.asyncProperty(
        fc.option(policy, { nil: undefined }),
        fc.integer({ min: 1, max: 60 }),
        fc.uniqueArray(code, { maxLength: 3 }),
        fc.option(fc.integer({ min: 0, max: 200_000 }), { nil: undefined }),
        async (given, attempt, codes, untilMs) => {
          const until = untilMs === undefined ? undefined : new Date(at.getTime() + untilMs);
          const { rows } = await database.pool.query<{ due: Date | null }>(
            'SELECT retry_due_at($1::jsonb, $2, $3::text[], $4, $5) AS due',
            [given === undefined ? null : JSON.stringify(given), attempt, codes, at, until ?? null],
          );
          expect(rows[0]?.due ?? undefined).toEqual(retryDueAt(given, attempt, codes, at, until));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('call the same statuses refusals', async () => {
    const { rows } = await database.pool.query<{ status: number; refusal: boolean }>(
      'SELECT status, is_refusal(status) AS refusal FROM generate_series(100, 599) AS status',
    );
    expect(rows.filter(({ status, refusal }) => refusal === isSuccess(status))).toEqual([]);
  });

  it('put the same targets into the same waves', async () => {
    for (const total of [1, 7, 100, 1_000]) {
      const bounds = waveBounds([{ percent: 10 }, { percent: 30 }, { percent: 60 }], total) ?? [];
      const { rows } = await database.pool.query<{ wave: number }>(
        `SELECT CASE WHEN n >= $1 THEN $4::int ELSE width_bucket(((n * $2::bigint) % $1::bigint)::int, $3::int[]) + 1 END AS wave
        FROM generate_series(0, $1::bigint + 5) AS n ORDER BY n`,
        [total, spreadFactor(total), bounds.slice(0, -1), bounds.length],
      );
      expect(rows.map(({ wave }) => wave)).toEqual(rows.map((_, number) => waveOfTarget(number, total, bounds)));
    }
  });
});
