import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgLinkRates } from '../../../src/adapters/pg/pg-link-rates.ts';
import { PgLinkReports } from '../../../src/adapters/pg/pg-link-reports.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('the rate of a link, shared out by PostgreSQL', () => {
  it('is given out in stretches that follow one another, whoever asks', async () => {
    const rates = [new PgLinkRates(pool), new PgLinkRates(pool)];
    const startedAt = performance.now();
    // Fifty times two submits at ten a second: ten seconds of the link's time.
    const waits = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rates[n % 2]?.reserve('one', 2, 10) ?? Promise.reject(new Error('none'))),
    );
    const tookMs = performance.now() - startedAt;
    const begins = waits.sort((a, b) => a - b);
    expect(begins[0]).toBeLessThan(tookMs + 1);
    for (const [index, begin] of begins.entries()) {
      // Told from the moment of each answer, so they lie closer by what went by until then.
      expect(begin).toBeGreaterThan(index * 200 - tookMs - 1);
      expect(begin).toBeLessThanOrEqual(index * 200 + tookMs);
    }
  });

  it("begins anew after a rest, and is each link's own", async () => {
    const rates = new PgLinkRates(pool);
    await rates.reserve('two', 1, 1_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await rates.reserve('two', 1_000, 10)).toBe(0);
    expect(await rates.reserve('three', 1, 10)).toBe(0);
    expect(await rates.reserve('two', 1, 10)).toBeGreaterThan(60_000);
  });
});

describe('what processes say of their links, in PostgreSQL', () => {
  it('is what each said last, until it ends or falls silent', async () => {
    const reports = new PgLinkReports(pool);
    const at = (ms: number) => new Date(ms);
    const links = { one: { state: 'bound', binds: [{ role: 'transceiver', state: 'bound', unanswered: 3 }] } } as const;
    await reports.tell({ processId: 'b', links: {}, seenAt: at(1_000) });
    await reports.tell({ processId: 'b', links, seenAt: at(5_000) });
    await reports.tell({ processId: 'a', links: {}, seenAt: at(6_000) });
    expect(await reports.since(at(5_000))).toEqual([
      { processId: 'a', links: {}, seenAt: at(6_000) },
      { processId: 'b', links, seenAt: at(5_000) },
    ]);
    expect(await reports.since(at(5_001))).toMatchObject([{ processId: 'a' }]);
    await reports.forget('a');
    expect(await reports.removeBefore(at(5_001))).toBe(1);
    expect(await reports.since(at(0))).toEqual([]);
  });
});
