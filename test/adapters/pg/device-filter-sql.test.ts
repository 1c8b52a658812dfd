import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceFilterSql } from '../../../src/adapters/pg/device-filter-sql.ts';
import type { Device } from '../../../src/domain/device.ts';
import type { DeviceFilter } from '../../../src/domain/device-filter.ts';
import { tagSet } from '../../../src/domain/device-labels.ts';
import { matchesDeviceFilter } from '../../../src/domain/match-device-filter.ts';
import { parseDeviceFilter } from '../../../src/domain/parse-device-filter.ts';
import { printDeviceFilter } from '../../../src/domain/print-device-filter.ts';
import {
  FILTERS,
  NOW,
  SMALL_INSTANTS,
  SMALL_KEYS,
  SMALL_TAGS,
  SMALL_TEXTS,
} from '../../domain/arbitrary-device-filter.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
let devices: readonly Device[];

const maybe = (texts: fc.Arbitrary<string>) => fc.option(texts, { freq: 3, nil: null });
const ROWS = fc.record({
  msisdn: maybe(SMALL_TEXTS),
  imsi: maybe(SMALL_TEXTS),
  info_man: maybe(SMALL_TEXTS),
  info_mod: maybe(SMALL_TEXTS),
  info_fwv: maybe(SMALL_TEXTS),
  info_dmv: maybe(SMALL_TEXTS),
  info_lang: maybe(SMALL_TEXTS),
  time_zone: maybe(SMALL_TEXTS),
  tags: fc.array(SMALL_TAGS, { maxLength: 3 }).map(tagSet),
  attributes: fc.dictionary(SMALL_KEYS, SMALL_TEXTS, { maxKeys: 3 }),
  auth: fc.constantFrom('basic', 'md5', 'hmac'),
  has_account: fc.boolean(),
  bootstrap_state: fc.constantFrom('none', 'pending', 'done'),
  created_at: SMALL_INSTANTS.map((ms) => new Date(ms)),
  last_seen_at: fc.option(
    SMALL_INSTANTS.map((ms) => new Date(ms)),
    { nil: null },
  ),
});

beforeAll(async () => {
  postgres = await postgresStores();
  const { pool, stores } = postgres;
  const sample = fc.sample(fc.tuple(SMALL_TEXTS, ROWS), { numRuns: 300, seed: 42 });
  const byId = new Map(sample.map(([text, row], n) => [n < 100 && text !== '' ? text : `D${n}`, row]));
  const rows = [...byId].map(([device_id, row]) => ({ device_id, ...row, updated_at: row.created_at }));
  await pool.query(
    `INSERT INTO device (id, device_id, client_username, secrets, msisdn, imsi, info_man, info_mod, info_fwv, info_dmv,
        info_lang, time_zone, tags, attributes, auth, has_account, bootstrap_state, created_at, updated_at, last_seen_at)
      SELECT gen_random_uuid(), r.device_id, 'u', '', r.msisdn, r.imsi, r.info_man, r.info_mod, r.info_fwv, r.info_dmv,
        r.info_lang, r.time_zone, r.tags, r.attributes, r.auth, r.has_account, r.bootstrap_state, r.created_at,
        r.updated_at, r.last_seen_at
      FROM jsonb_populate_recordset(NULL::device, $1) AS r`,
    [JSON.stringify(rows)],
  );
  devices = (await stores.fleet.list({ filter: undefined, now: new Date(NOW) }, undefined, { limit: 1_000 })).items;
});
afterAll(() => postgres.close());

async function found(filter: DeviceFilter): Promise<readonly string[]> {
  const values: unknown[] = [];
  const condition = deviceFilterSql(filter, (value) => `$${values.push(value)}`, new Date(NOW));
  const { rows } = await postgres.pool.query<{ device_id: string }>(
    `SELECT d.device_id FROM device d WHERE ${condition}`,
    values,
  );
  return rows.map(({ device_id }) => device_id).sort();
}

const expected = (filter: DeviceFilter): readonly string[] =>
  devices
    .filter((device) => matchesDeviceFilter(filter, device, new Date(NOW)))
    .map(({ deviceId }) => deviceId)
    .sort();

describe('a filter as SQL', () => {
  it('finds the devices of which it holds, and no others', async () => {
    expect(devices.length).toBeGreaterThan(250);
    let some = 0;
    await fc.assert(
      fc.asyncProperty(FILTERS, async (filter) => {
        const ids = await found(filter);
        if (ids.length > 0 && ids.length < devices.length) some += 1;
        expect(ids).toEqual(expected(filter));
      }),
      { numRuns: 1_000 },
    );
    // Were all of them to find nothing or everything, this would prove little.
    expect(some).toBeGreaterThan(300);
  });

  it('of a whole JavaScript instant and a century to both sides can be bound', async () => {
    for (const text of ['lastSeenAt>-36525d', 'lastSeenAt<+36525d', 'createdAt>1000-01-01', 'createdAt<8999-12-31']) {
      const filter = parseDeviceFilter(text);
      expect(await found(filter)).toEqual(expected(filter));
    }
  });

  it('has nothing of what a caller wrote in its text', () => {
    fc.assert(
      fc.property(FILTERS, (filter) => {
        const sql = deviceFilterSql(filter, () => '$1', new Date(NOW));
        const condition = sql.replaceAll(/'(\{\}|minute|UTC)'/g, '');
        expect(condition, printDeviceFilter(filter)).toMatch(/^[A-Za-z0-9_.,$@&<>=:[\](){}' -]*$/);
      }),
    );
  });
});
