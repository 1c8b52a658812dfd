import { afterAll, beforeAll, expect, it } from 'vitest';
import { estimateAudience } from '../../../src/adapters/pg/campaign-audience.ts';
import { parseDeviceFilter } from '../../../src/domain/parse-device-filter.ts';
import type { AudienceQuery } from '../../../src/services/ports/campaign-store.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

const NOBODYS_CAMPAIGN = '00000000-0000-7000-8000-000000000000';
const NOW = new Date('2026-01-31T12:00:00Z');

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await postgresStores();
  await postgres.emptied();
  await devices(1, 400);
});
afterAll(() => postgres.close());

/** Every second is of manufacturer m1, every tenth has a number. */
async function devices(from: number, to: number): Promise<void> {
  await postgres.pool.query(
    `INSERT INTO device (id, device_id, msisdn, auth, client_username, secrets, created_at, updated_at, info_man)
      SELECT gen_random_uuid(), 'D' || n, CASE WHEN n % 10 = 1 THEN '49' || n END, 'md5', 'u', '', now(), now(), 'm' || n % 2
      FROM generate_series($1::int, $2::int) n`,
    [from, to],
  );
}

const estimate = (text: string, patienceMs: number) => {
  const query: AudienceQuery = { audience: { kind: 'filter', filter: text }, filter: parseDeviceFilter(text) };
  return estimateAudience(postgres.pool, NOBODYS_CAMPAIGN, query, NOW, patienceMs);
};

it('targets of a small fleet are counted, however long that takes', async () => {
  expect(await estimate('man==*1', 1)).toEqual({
    kind: 'exact',
    targets: 200,
    devices: 400,
    unknown: 0,
    withoutMsisdn: 160,
  });
});

it('targets of a large fleet are counted where that is quick, and estimated where it is not', async () => {
  await devices(401, 200_000);
  await postgres.pool.query('ANALYZE device');
  expect(await estimate('deviceId==D12', 30_000)).toMatchObject({ kind: 'exact', targets: 1, devices: 200_000 });
  const { kind, targets, devices: all, withoutMsisdn } = await estimate('man==*1', 1);
  expect(kind).toBe('estimate');
  for (const [guess, truth] of [
    [targets, 100_000],
    [all, 200_000],
    [withoutMsisdn, 80_000],
  ] as const) {
    expect(Math.abs(guess - truth)).toBeLessThan(truth / 5);
  }
});
