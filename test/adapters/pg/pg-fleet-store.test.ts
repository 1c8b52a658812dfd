import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SearchLimits } from '../../../src/adapters/pg/device-search.ts';
import { PgDeviceFilterStore } from '../../../src/adapters/pg/pg-device-filter-store.ts';
import { PgFleetStore } from '../../../src/adapters/pg/pg-fleet-store.ts';
import { DeviceFilters } from '../../../src/services/device-filters.ts';
import { type DeviceQuery, Fleet } from '../../../src/services/fleet.ts';
import { DEVICE_SORT_FIELDS, type DeviceOrder } from '../../../src/services/ports/fleet-store.ts';
import { at, MSISDN, newChange, newDevice, type Stores } from '../../contract/stores-harness.ts';
import { FixedClock } from '../../fakes/fixed-clock.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
let stores: Stores;
let fleet: Fleet;
let filters: DeviceFilters;
const clock = new FixedClock();
beforeAll(async () => {
  postgres = await postgresStores();
});
beforeEach(async () => {
  stores = await postgres.emptied();
  filters = new DeviceFilters({ filters: new PgDeviceFilterStore(postgres.pool), clock, entropy: stores.entropy });
  fleet = new Fleet({ fleet: stores.fleet, filters, clock });
});
afterAll(() => postgres.close());

const list = async (query: DeviceQuery, limit = 100, cursor?: string, order?: DeviceOrder) =>
  fleet.list(query, order, { limit, ...(cursor === undefined ? {} : { cursor }) });
const ids = async (query: DeviceQuery) => (await list(query)).items.map(({ deviceId }) => deviceId);

async function paged(query: DeviceQuery, limit: number, order?: DeviceOrder): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await list(query, limit, cursor, order);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items.map(({ deviceId }) => deviceId));
    cursor = page.nextCursor;
    if (cursor === undefined) return seen;
  }
}

/** Devices D0, D1, … with those columns. */
async function devicesWith(columns: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  for (const [n, row] of columns.entries()) {
    await stores.devices.create(newDevice(stores, { deviceId: `D${n}`, createdAt: at(n * 1_000) }));
    for (const [column, value] of Object.entries(row)) {
      await postgres.pool.query(`UPDATE device SET ${column} = $1 WHERE device_id = $2`, [value, `D${n}`]);
    }
  }
}

describe('a listing', () => {
  it('pages through everything, newest first, each device once', async () => {
    await devicesWith(Array.from({ length: 7 }, () => ({})));
    expect(await paged({}, 3)).toEqual(['D6', 'D5', 'D4', 'D3', 'D2', 'D1', 'D0']);
  });

  it('gives no cursor when the last page is just full', async () => {
    await devicesWith([{}, {}, {}]);
    expect(await list({}, 3)).not.toHaveProperty('nextCursor');
  });

  it('takes the beginning of a deviceId literally', async () => {
    for (const deviceId of ['A_1', 'A%1', 'AB1', 'A\\1', 'B', 'A*1']) {
      await stores.devices.create(newDevice(stores, { deviceId }));
    }
    expect(await ids({ deviceId: 'A_' })).toEqual(['A_1']);
    expect(await ids({ deviceId: 'A%' })).toEqual(['A%1']);
    expect(await ids({ deviceId: 'A\\' })).toEqual(['A\\1']);
    expect(await ids({ deviceId: 'A*' })).toEqual(['A*1']);
    expect(await ids({ deviceId: 'A' })).toHaveLength(5);
    expect(await ids({ deviceId: 'a' })).toEqual([]);
  });

  it('filters by number, manufacturer and model, in words of its own and as parameters', async () => {
    const { deviceId } = await stores.devices.create(newDevice(stores));
    await stores.devices.create(newDevice(stores, { deviceId: 'other', msisdn: '+1' }));
    const context = await stores.sessions.load(deviceId, '1');
    if (context === undefined) throw new Error('no context');
    await stores.sessions.commit(
      newChange(stores, context, { device: { devInfo: { man: 'Acme', mod: 'One', lang: 'de' }, seen: true } }),
    );
    expect(await ids({ msisdn: MSISDN })).toEqual([deviceId]);
    expect(await ids({ man: 'Acme' })).toEqual([deviceId]);
    expect(await ids({ man: 'Acme', mod: 'Two' })).toEqual([]);
    expect(await ids({ mod: 'One', deviceId: 'IMEI' })).toEqual([deviceId]);
    expect(await ids({ man: 'Acme', filter: 'mod==One,mod==Two' })).toEqual([deviceId]);
    expect(await ids({ man: 'Acme', filter: 'mod==Three,lang==fr' })).toEqual([]);
    expect(await ids({ filter: 'lastSeenAt=ex=false' })).toEqual(['other']);
  });

  it('takes no more of what a device says of itself than an index does', async () => {
    const { deviceId } = await stores.devices.create(newDevice(stores));
    const context = await stores.sessions.load(deviceId, '1');
    if (context === undefined) throw new Error('no context');
    const long = Array.from({ length: 3_000 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * 7919) % 20_000))).join('');
    const device = { devInfo: { man: long, mod: long, lang: long }, fwV: long, seen: true };
    expect(await stores.sessions.commit(newChange(stores, context, { device }))).toBe(true);
    const { devInfo } = (await stores.devices.get(deviceId)) ?? {};
    expect(devInfo).toMatchObject({ man: long.slice(0, 255), fwV: long.slice(0, 255) });
  });

  const inOrder = async (order: DeviceOrder): Promise<readonly string[]> => {
    const whole = (await list({}, 200, undefined, order)).items.map(({ deviceId }) => deviceId);
    for (const limit of [1, 2, 3]) expect(await paged({}, limit, order)).toEqual(whole);
    return whole;
  };

  it('goes by any field, either way, those without a value last, and pages alike', async () => {
    await devicesWith([
      { info_man: 'b', info_mod: 'x', info_fwv: '2' },
      { info_man: 'a', info_mod: 'x' },
      {},
      { info_man: 'b', info_fwv: '10' },
      {},
    ]);
    expect(await inOrder({ field: 'man', direction: 'asc' })).toEqual(['D1', 'D0', 'D3', 'D2', 'D4']);
    expect(await inOrder({ field: 'man', direction: 'desc' })).toEqual(['D3', 'D0', 'D1', 'D4', 'D2']);
    expect(await inOrder({ field: 'mod', direction: 'desc' })).toEqual(['D1', 'D0', 'D4', 'D3', 'D2']);
    expect(await inOrder({ field: 'fwv', direction: 'asc' })).toEqual(['D3', 'D0', 'D1', 'D2', 'D4']);
    expect(await inOrder({ field: 'deviceId', direction: 'asc' })).toEqual(['D0', 'D1', 'D2', 'D3', 'D4']);
    expect(await inOrder({ field: 'createdAt', direction: 'desc' })).toEqual(['D4', 'D3', 'D2', 'D1', 'D0']);
  });

  it('goes by when devices were seen last, to the millisecond within a minute', async () => {
    const seen = (ms: number) => ({ last_seen_at: at(ms) });
    await devicesWith([seen(5), seen(3), {}, seen(61_000), seen(5), {}, seen(59_999)]);
    expect(await inOrder({ field: 'lastSeenAt', direction: 'desc' })).toEqual([
      'D3',
      'D6',
      'D4',
      'D0',
      'D1',
      'D5',
      'D2',
    ]);
    expect(await inOrder({ field: 'lastSeenAt', direction: 'asc' })).toEqual([
      'D1',
      'D0',
      'D4',
      'D6',
      'D3',
      'D2',
      'D5',
    ]);
  });

  it.each(['', 'x', '[]', 'WzFd', Buffer.from('["","v","not-a-uuid"]').toString('base64url')])(
    'refuses the cursor %j',
    async (cursor) => {
      for (const order of [undefined, { field: 'lastSeenAt', direction: 'asc' } as const]) {
        await expect(list({}, 10, cursor, order)).rejects.toMatchObject({ code: 'cursor-invalid' });
      }
    },
  );

  it('refuses the cursor of another order, and one that was tampered with', async () => {
    await devicesWith([{ last_seen_at: at(0) }, { last_seen_at: at(1) }, {}, {}]);
    const order: DeviceOrder = { field: 'lastSeenAt', direction: 'desc' };
    const { nextCursor = '' } = await list({}, 1, undefined, order);
    for (const other of [undefined, { field: 'lastSeenAt', direction: 'asc' }, { field: 'man', direction: 'desc' }]) {
      await expect(list({}, 1, nextCursor, other as DeviceOrder)).rejects.toMatchObject({ code: 'cursor-invalid' });
    }
    const key = JSON.parse(Buffer.from(nextCursor, 'base64url').toString('utf8')) as unknown[];
    for (const [place, value] of [
      [1, 'n'],
      [2, '2026-01-01T00:00:00Z; --'],
      [3, '9999-99-99T00:00:00Z'],
      [4, 'x'],
    ] as const) {
      const forged = Buffer.from(JSON.stringify(key.with(place, value))).toString('base64url');
      await expect(list({}, 1, forged, order)).rejects.toMatchObject({ code: 'cursor-invalid' });
    }
  });
});

describe('a page of a large fleet', () => {
  /** What the statements of some work would do. */
  async function plansOf(work: () => Promise<unknown>): Promise<readonly Plan[]> {
    const sent: [text: string, values: unknown[]][] = [];
    const note = (client: pg.PoolClient): void => {
      const query = client.query.bind(client) as (...given: unknown[]) => unknown;
      Object.assign(client, {
        query: (...given: unknown[]) => {
          if (Array.isArray(given[1])) sent.push(given as [string, unknown[]]);
          return query(...given);
        },
      });
    };
    postgres.pool.on('acquire', note);
    await work();
    postgres.pool.off('acquire', note);
    expect(sent).not.toEqual([]);
    const plans: Plan[] = [];
    for (const [text, values] of [...sent]) {
      const { rows } = await postgres.pool.query(`EXPLAIN (FORMAT JSON) ${text}`, values);
      plans.push(...nodesOf(rows[0]['QUERY PLAN'][0].Plan));
    }
    return plans;
  }

  it('is read from an index in every order, and by every field that has one', async () => {
    await postgres.pool.query(`
      INSERT INTO device (id, device_id, msisdn, imsi, auth, client_username, secrets, created_at, updated_at, info_man, info_mod,
          info_fwv, tags, attributes, last_seen_at)
        SELECT gen_random_uuid(), 'D' || n, '+' || n, n, 'md5', 'u', '', now() - n * interval '1 s', now(), 'm' || n % 200,
          'o' || n % 200, n % 200, ARRAY['t' || n % 200], jsonb_build_object('a', 'v' || n % 200),
          CASE WHEN n % 3 > 0 THEN now() - n * interval '1 min' END
        FROM generate_series(1, 20000) n`);
    await postgres.pool.query('ANALYZE device');
    for (const direction of ['asc', 'desc'] as const) {
      for (const field of DEVICE_SORT_FIELDS) {
        let cursor: string | undefined;
        const plans = await plansOf(async () => {
          ({ nextCursor: cursor } = await list({}, 50, undefined, { field, direction }));
          await list({}, 50, cursor, { field, direction });
        });
        expect(plans.map((plan) => plan['Node Type'])).not.toContain('Seq Scan');
        expect(plans.map((plan) => plan['Node Type'])).not.toContain('Sort');
      }
    }
    const filters = [
      'deviceId==D19*',
      'msisdn==+77',
      'imsi==77',
      'man==m7',
      'mod==o7',
      'fwv==7',
      'tags==t7',
      'attributes.a==v7',
    ];
    for (const filter of [
      ...filters,
      'tags=in=(t7,t8)',
      `lastSeenAt>${new Date(Date.now() - 1_200_000).toISOString()}`,
      'man==m7;tags==t7,mod==o7',
    ]) {
      const plans = await plansOf(() => list({ filter }, 50));
      expect([filter, plans.map((plan) => plan['Node Type'])]).not.toEqual([
        filter,
        expect.arrayContaining(['Seq Scan']),
      ]);
    }
  });

  it('of the few that have a rare value is read from the index of that field, not by looking through all', async () => {
    await postgres.pool.query(`
      INSERT INTO device (id, device_id, auth, client_username, secrets, created_at, updated_at, info_lang, info_dmv, time_zone,
          has_account)
        SELECT gen_random_uuid(), 'D' || n, (ARRAY['basic', 'md5'])[1 + (n % 5000 > 0)::int], 'u', '', now(), now(),
          (ARRAY['rm', 'de'])[1 + (n % 5000 > 0)::int], (ARRAY['1.1', '1.2'])[1 + (n % 5000 > 0)::int],
          (ARRAY['Pacific/Niue', 'Europe/Berlin'])[1 + (n % 5000 > 0)::int], n % 5000 > 0
        FROM generate_series(1, 20000) n`);
    await postgres.pool.query('ANALYZE device');
    for (const [filter, index] of [
      ['auth==basic', 'device_auth'],
      ['lang==rm', 'device_lang'],
      ['dmv==1.1', 'device_dmv'],
      ['timeZone==Pacific/Niue', 'device_time_zone'],
      ['hasAccount==false', 'device_without_account'],
      ['lang=in=(rm,se)', 'device_lang'],
    ] as const) {
      const plans = await plansOf(async () => {
        expect((await list({ filter }, 50)).items).toHaveLength(4);
      });
      expect([filter, plans.map((plan) => plan['Index Name'])]).toEqual([filter, expect.arrayContaining([index])]);
    }
  });
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

describe('a count', () => {
  it('is exact for a small fleet, with and without a filter', async () => {
    await devicesWith([{ info_man: 'a' }, { info_man: 'b' }, {}]);
    expect(await fleet.count({})).toEqual({ count: 3, kind: 'exact' });
    expect(await fleet.count({ filter: 'man==a' })).toEqual({ count: 1, kind: 'exact' });
    expect(await fleet.count({ filter: 'man==nobody' })).toEqual({ count: 0, kind: 'exact' });
  });

  it('of many is an estimate that says so, unless it is asked for exactly', async () => {
    await postgres.pool.query(`
      INSERT INTO device (id, device_id, auth, client_username, secrets, created_at, updated_at, info_man)
        SELECT gen_random_uuid(), 'D' || n, 'md5', 'u', '', now(), now(), 'm' || n % 2 FROM generate_series(1, 30000) n`);
    await postgres.pool.query('ANALYZE device');
    const { count, kind } = await fleet.count({});
    expect(kind).toBe('estimate');
    expect(count).toBeGreaterThan(25_000);
    expect(count).toBeLessThan(35_000);
    expect(await fleet.count({}, true)).toEqual({ count: 30_000, kind: 'exact' });
    expect(await fleet.count({ filter: 'man==m1' }, true)).toEqual({ count: 15_000, kind: 'exact' });
    // From a sample: the planner would guess some hundred.
    const pattern = await fleet.count({ filter: 'man==*1' });
    expect(pattern.kind).toBe('estimate');
    expect(Math.abs(pattern.count - 15_000)).toBeLessThan(3_000);
    expect(await fleet.count({ filter: 'deviceId==D12*' })).toEqual({ count: 1_111, kind: 'exact' });
  });
});

describe('a page of few among many', () => {
  /** A fleet of which two devices are looked through at once, and nobody waits for more. */
  const patient = (limits: Partial<SearchLimits>) =>
    new Fleet({
      fleet: new PgFleetStore(postgres.pool, { patienceMs: 0, searchMs: 0, portion: 2, ...limits }),
      filters,
      clock,
    });

  it('is searched for in portions, in any order either way: every device once, as in one go', async () => {
    await devicesWith(
      Array.from({ length: 11 }, (_, n) => ({
        ...(n % 3 > 0 && { info_man: `m${n % 2}`, info_mod: 'x', info_fwv: `${n % 4}` }),
        ...(n % 4 > 0 && { last_seen_at: at((n % 5) * 30_000) }),
        tags: n % 5 === 0 ? [] : ['rare'],
      })),
    );
    const impatient = patient({});
    const orders = DEVICE_SORT_FIELDS.flatMap((field) => [
      { field, direction: 'asc' } as const,
      { field, direction: 'desc' } as const,
    ]);
    for (const order of [undefined, ...orders]) {
      const whole = (await list({ filter: 'tags==r*' }, 200, undefined, order)).items.map(({ deviceId }) => deviceId);
      expect(whole).toHaveLength(8);
      for (const limit of [1, 2, 3, 100]) {
        const seen: string[] = [];
        for (let cursor: string | undefined; ; ) {
          const page = await impatient.list({ filter: 'tags==r*' }, order, { limit, ...(cursor && { cursor }) });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          if (page.searched !== undefined) expect(page).toHaveProperty('nextCursor');
          seen.push(...page.items.map(({ deviceId }) => deviceId));
          cursor = page.nextCursor;
          if (cursor === undefined) break;
        }
        expect([order, limit, seen]).toEqual([order, limit, whole]);
      }
    }
  });

  it('says how many were looked through when it is not full, and nothing when there are no more', async () => {
    await devicesWith([{ tags: ['rare'] }, {}, {}, {}, {}]);
    const impatient = patient({});
    const first = await impatient.list({ filter: 'tags==r*' }, undefined, { limit: 5 });
    expect(first).toMatchObject({ items: [], searched: 2 });
    const second = await impatient.list({ filter: 'tags==r*' }, undefined, {
      limit: 5,
      cursor: first.nextCursor ?? '',
    });
    expect(second).toMatchObject({ items: [], searched: 2 });
    const last = await impatient.list({ filter: 'tags==r*' }, undefined, { limit: 5, cursor: second.nextCursor ?? '' });
    expect(last.items.map(({ deviceId }) => deviceId)).toEqual(['D0']);
    expect(last).not.toHaveProperty('nextCursor');
    expect(last).not.toHaveProperty('searched');
  });

  it('is searched on where nothing fits until time is over, however small the portions', async () => {
    await devicesWith(Array.from({ length: 9 }, () => ({})));
    const page = await patient({ searchMs: 60_000 }).list({ filter: 'tags==r*' }, undefined, { limit: 5 });
    expect(page).toEqual({ items: [] });
  });

  it('is found the other way when the statement for all of it takes too long, and the connection is good for more', async () => {
    await postgres.pool.query(`
      INSERT INTO device (id, device_id, auth, client_username, secrets, created_at, updated_at, attributes)
        SELECT gen_random_uuid(), 'D' || n, 'md5', 'u', '', now(), now(),
          jsonb_build_object('a', CASE n WHEN 77 THEN 'XY' ELSE 'v' END) FROM generate_series(1, 30000) n`);
    const hasty = patient({ patienceMs: 1, searchMs: 60_000, portion: 10_000 });
    for (let time = 0; time < 5; time++) {
      const { items } = await hasty.list({ filter: 'attributes.a==X*' }, undefined, { limit: 50 });
      expect(items.map(({ deviceId }) => deviceId)).toEqual(['D77']);
    }
    expect(await hasty.count({ filter: 'deviceId==D77' })).toEqual({ count: 1, kind: 'exact' });
  });

  it('refuses the cursor of a search in another order', async () => {
    await devicesWith([{}, {}, {}]);
    const { nextCursor = '' } = await patient({}).list({ filter: 'tags==r*' }, undefined, { limit: 5 });
    const order: DeviceOrder = { field: 'deviceId', direction: 'asc' };
    await expect(list({ filter: 'tags==r*' }, 5, nextCursor, order)).rejects.toMatchObject({ code: 'cursor-invalid' });
  });
});

describe('tags on many devices', () => {
  const tagsOf = async (deviceId: string) => (await stores.devices.get(deviceId))?.tags;

  it('are put on and taken off where the filter holds, and the same once more changes nothing', async () => {
    await devicesWith([{ info_man: 'a', tags: ['old', 'x'] }, { info_man: 'a' }, { info_man: 'b', tags: ['old'] }]);
    clock.advance(1_000);
    const order = { add: ['pilot', 'a'], remove: ['old'] };
    expect(await fleet.tag({ filter: 'man==a' }, order)).toEqual({ changed: 2, refused: 0 });
    expect(await tagsOf('D0')).toEqual(['a', 'pilot', 'x']);
    expect(await tagsOf('D1')).toEqual(['a', 'pilot']);
    expect(await tagsOf('D2')).toEqual(['old']);
    expect((await stores.devices.get('D0'))?.updatedAt).toEqual(clock.now());
    expect(await fleet.tag({ filter: 'man==a' }, order)).toEqual({ changed: 0, refused: 0 });
    expect(await fleet.tag({ filter: 'tags==a' }, { add: [], remove: ['a', 'pilot', 'x'] })).toEqual({
      changed: 2,
      refused: 0,
    });
    expect([await tagsOf('D0'), await tagsOf('D1')]).toEqual([[], []]);
  });

  it('are put on each device once although the filter goes by them, over as many requests as it takes', async () => {
    await postgres.pool.query(`
      INSERT INTO device (id, device_id, auth, client_username, secrets, created_at, updated_at)
        SELECT gen_random_uuid(), 'D' || n, 'md5', 'u', '', now(), now() FROM generate_series(1, 52500) n`);
    const order = { add: ['a'], remove: [] };
    const first = await fleet.tag({ filter: 'tags!=a' }, order);
    expect(first).toMatchObject({ changed: 50_000, refused: 0 });
    const rest = await fleet.tag({ filter: 'tags!=a' }, { ...order, cursor: first.nextCursor ?? '' });
    expect(rest).toEqual({ changed: 2_500, refused: 0 });
    expect(await fleet.count({ filter: 'tags!=a' }, true)).toEqual({ count: 0, kind: 'exact' });
  });

  it('leave alone who would have too many', async () => {
    await devicesWith([{ tags: Array.from({ length: 50 }, (_, n) => `t${n}`) }, {}]);
    expect(await fleet.tag({ filter: 'deviceId==*' }, { add: ['more'], remove: [] })).toEqual({
      changed: 1,
      refused: 1,
    });
    expect(await tagsOf('D0')).toHaveLength(50);
    expect(await fleet.tag({ filter: 'deviceId==*' }, { add: ['more'], remove: ['t0'] })).toEqual({
      changed: 1,
      refused: 0,
    });
  });
});

describe('saved filters', () => {
  it('are kept by name, changed in versions, and used by id', async () => {
    await devicesWith([{ info_man: 'a' }, { info_man: 'b' }]);
    const saved = await filters.create({ name: 'ä', filter: 'man==a' });
    expect(saved).toMatchObject({ version: 1, createdAt: clock.now(), updatedAt: clock.now() });
    await filters.create({ name: 'z', filter: 'man==z' });
    await expect(filters.create({ name: 'ä', filter: 'man==a' })).rejects.toMatchObject({ code: 'filter-exists' });
    expect(await ids({ filterId: saved.id })).toEqual(['D0']);
    const changed = await filters.update(saved.id, { filter: 'man==b' }, 1);
    expect(changed).toMatchObject({ name: 'ä', filter: 'man==b', version: 2 });
    expect(await ids({ filterId: saved.id })).toEqual(['D1']);
    await expect(filters.update(saved.id, { name: 'x' }, 1)).rejects.toMatchObject({ code: 'version-stale' });
    await expect(filters.update(saved.id, { name: 'z' })).rejects.toMatchObject({ code: 'filter-exists' });
    await expect(filters.delete(saved.id, 1)).rejects.toMatchObject({ code: 'version-stale' });
    expect((await filters.list({ limit: 1 })).items.map(({ name }) => name)).toEqual(['z']);
    const { nextCursor = '' } = await filters.list({ limit: 1 });
    expect((await filters.list({ limit: 1, cursor: nextCursor })).items.map(({ name }) => name)).toEqual(['ä']);
    await filters.delete(saved.id, 2);
    await expect(filters.get(saved.id)).rejects.toMatchObject({ code: 'filter-unknown' });
    await expect(filters.delete(saved.id)).rejects.toMatchObject({ code: 'filter-unknown' });
    await expect(ids({ filterId: saved.id })).rejects.toMatchObject({ code: 'filter-unknown' });
  });

  it('are refused when they cannot be read', async () => {
    await expect(filters.create({ name: 'a', filter: 'man=a' })).rejects.toMatchObject({
      code: 'filter-invalid',
      details: { position: 3 },
    });
  });
});
