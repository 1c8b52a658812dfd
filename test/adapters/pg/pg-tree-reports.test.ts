import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PgTreeReports } from '../../../src/adapters/pg/pg-tree-reports.ts';
import type { Forgotten } from '../../../src/domain/tree-report.ts';
import type { TreePart } from '../../../src/services/ports/device-store.ts';
import type { SessionChange } from '../../../src/services/ports/session-store.ts';
import { at, newChange, newDevice, type Stores } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
let stores: Stores;
let reports: PgTreeReports;
beforeAll(async () => {
  postgres = await postgresStores();
});
beforeEach(async () => {
  stores = await postgres.emptied();
  reports = new PgTreeReports(postgres.pool);
});
afterAll(() => postgres.close());

interface Told {
  readonly removed: readonly string[];
  readonly values: readonly string[];
}

async function tell(deviceId: string, { removed, values }: Told, ms: number): Promise<void> {
  const context = await stores.sessions.load(deviceId, '1');
  if (context === undefined) throw new Error('no such device');
  const change = newChange(stores, context, {
    at: at(ms),
    removedNodes: removed,
    nodeValues: values.map((locUri) => ({ locUri, value: `${locUri} at ${ms}`, format: 'chr', at: at(ms) })),
  });
  expect(await stores.sessions.commit(change)).toBe(true);
}

const count = async (table: string): Promise<number> =>
  (await postgres.pool.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n;

it('leaves every tree as it reads, whatever was told and whenever it is worked in', async () => {
  const locUri = fc.constantFrom('./A', './A/B', './A/B/C', './AB', './A-', './A/é', './B');
  const told = fc.record({
    removed: fc.uniqueArray(locUri, { maxLength: 2 }),
    values: fc.uniqueArray(locUri, { maxLength: 4 }),
  });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('tell' as const), device: fc.constantFrom('D0', 'D1'), told }),
    fc.record({
      kind: fc.constant('work in' as const),
      share: fc.integer({ min: 0, max: 10 }),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      await postgres.emptied();
      const models = new Map<string, Map<string, string>>();
      for (const deviceId of ['D0', 'D1']) {
        await stores.devices.create(newDevice(stores, { deviceId }));
        models.set(deviceId, new Map());
      }
      for (const [ms, one] of steps.entries()) {
        if (one.kind === 'work in') await reports.workIn(at(Math.round((ms * one.share) / 10)), one.limit);
        else {
          await tell(one.device, one.told, ms);
          const model = models.get(one.device) ?? new Map<string, string>();
          for (const gone of one.told.removed) {
            for (const known of model.keys()) if (known === gone || known.startsWith(`${gone}/`)) model.delete(known);
          }
          for (const node of one.told.values) model.set(node, `${node} at ${ms}`);
        }
        for (const [deviceId, model] of models) {
          const tree = await stores.devices.tree(deviceId);
          expect(new Map(tree.map((node) => [node.locUri, node.value]))).toEqual(model);
        }
      }
    }),
    { numRuns: 40 },
  );
});

it('takes what is old enough, as many as it is told, and says how many', async () => {
  await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
  for (let ms = 0; ms < 5; ms++) await tell('D', { removed: [], values: [`./N${ms}`] }, ms);
  expect(await reports.workIn(at(0), 10)).toBe(0);
  expect(await reports.workIn(at(4), 10)).toBe(4);
  expect([await count('tree_report'), await count('node_value')]).toEqual([1, 4]);
  expect(await reports.workIn(at(5), 10)).toBe(1);
  expect(await reports.workIn(at(5), 10)).toBe(0);
  expect((await stores.devices.tree('D'))[4]).toEqual({ locUri: './N4', value: './N4 at 4', format: 'chr', at: at(4) });
});

it('takes an earlier report along when the clocks of two processes differ', async () => {
  await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
  await tell('D', { removed: [], values: ['./N'] }, 9_000);
  await tell('D', { removed: [], values: ['./N'] }, 1_000);
  expect(await reports.workIn(at(2_000), 10)).toBe(2);
  expect((await stores.devices.tree('D'))[0]?.value).toBe('./N at 1000');
});

it('works in odd text, and forgets only what no index takes', async () => {
  await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
  const odd = './nul\u0000 half\ud83d 💥';
  await tell('D', { removed: [odd], values: [odd, './fine', `./${'x'.repeat(5_000)}`] }, 1);
  expect(await reports.workIn(at(2), 10)).toBe(1);
  expect((await stores.devices.tree('D')).map((node) => node.locUri)).toEqual(['./fine', './nul\ufffd half\ufffd 💥']);
});

it('is done by one of several that begin at once, each report once', async () => {
  await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
  for (let ms = 0; ms < 8; ms++) await tell('D', { removed: [], values: [`./N${ms}`] }, ms);
  const counts = await Promise.all([1, 2, 3].map(() => reports.workIn(at(100), 100)));
  expect(counts.reduce((sum, n) => sum + n)).toBe(8);
  expect(await stores.devices.tree('D')).toHaveLength(8);
});

it('leaves no values behind when their device is removed at the same moment', async () => {
  for (let round = 0; round < 8; round++) {
    await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
    for (let ms = 0; ms < 3; ms++) await tell('D', { removed: [], values: [`./N${ms}`] }, ms);
    await Promise.all([reports.workIn(at(100), 100), stores.devices.delete('D')]);
    expect([await count('tree_report'), await count('node_value')]).toEqual([0, 0]);
  }
});

it('keeps what was told of properties beside the values, before and after it is worked in', async () => {
  await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
  const say = async (ms: number, part: Partial<SessionChange>): Promise<void> => {
    const context = await stores.sessions.load('D', '1');
    if (context === undefined) throw new Error('no such device');
    expect(await stores.sessions.commit(newChange(stores, context, { at: at(ms), ...part }))).toBe(true);
  };
  const acl = (locUri: string, value: string) => ({ locUri, name: 'ACL', value });
  const node = (locUri: string, ms: number) => ({ locUri, value: 'v', at: at(ms) });
  const shown = async () => (await stores.devices.tree('D')).map(({ at: _at, ...rest }) => rest);
  await say(1, { nodeValues: [node('./A', 1)], nodeProperties: [acl('./A', 'Get=*'), acl('./Bare', '')] });
  await say(2, { nodeProperties: [{ locUri: './A', name: 'Title', value: 'odd\u0000' }] });
  const first = [
    {
      locUri: './A',
      value: 'v',
      properties: { ACL: { value: 'Get=*', at: at(1) }, Title: { value: expect.stringContaining('odd'), at: at(2) } },
    },
    { locUri: './Bare', properties: { ACL: { value: '', at: at(1) } } },
  ];
  expect(await shown()).toEqual(first);
  expect(await reports.workIn(at(2), 10)).toBe(1);
  expect(await shown()).toEqual(first);
  expect(await reports.workIn(at(3), 10)).toBe(1);
  expect(await shown()).toEqual(first);
  await say(4, { nodeValues: [node('./A', 4)], removedNodes: ['./Bare'] });
  const second = [first[0]];
  expect(await shown()).toEqual(second);
  await reports.workIn(at(5), 10);
  expect(await shown()).toEqual(second);
  await say(6, { removedNodes: ['./A'], nodeValues: [node('./A', 6)] });
  await reports.workIn(at(7), 10);
  expect(await shown()).toEqual([{ locUri: './A', value: 'v' }]);
});

it('forgets what a walk has not seen again, whenever its messages are worked in', async () => {
  for (const workInAfter of [[], [1], [2], [3], [1, 2, 3]]) {
    await postgres.emptied();
    await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
    const say = async (ms: number, values: readonly string[], forgotten?: Forgotten): Promise<void> => {
      const context = await stores.sessions.load('D', '1');
      if (context === undefined) throw new Error('no such device');
      const nodeValues = values.map((locUri) => ({ locUri, value: String(ms), at: at(ms) }));
      const more = forgotten === undefined ? {} : { forgottenNodes: [forgotten] };
      await stores.sessions.commit(newChange(stores, context, { at: at(ms), nodeValues, ...more }));
      if (workInAfter.includes(ms)) await reports.workIn(at(ms + 1), 10);
    };
    await say(1, ['./A', './A/old', './A/seen', './A/hidden', './A/hidden/x', './AB', './B']);
    // What is told from exchange 1 on is what the walk has seen.
    await say(2, ['./A', './A/seen']);
    await say(3, ['./A/new'], { root: './A', since: 1, except: ['./A/hidden'] });
    await reports.workIn(at(4), 10);
    expect((await stores.devices.tree('D')).map(({ locUri }) => locUri)).toEqual([
      './A',
      './A/hidden',
      './A/hidden/x',
      './A/new',
      './A/seen',
      './AB',
      './B',
    ]);
    await say(5, [], { root: '.', since: 4, except: [] });
    expect(await stores.devices.tree('D')).toEqual([]);
    await reports.workIn(at(6), 10);
    expect(await stores.devices.tree('D')).toEqual([]);
  }
});

it('shows a part of a tree, a page at a time, whatever is worked in and however large it is', async () => {
  const { id } = await stores.devices.create(newDevice(stores, { deviceId: 'D' }));
  await postgres.pool.query(
    `INSERT INTO node_value (device_id, loc_uri, value, at)
     SELECT $1, './A/N' || lpad(n::text, 5, '0'), n::text, now() FROM generate_series(1, 4500) n`,
    [id],
  );
  await tell(
    'D',
    { removed: ['./A/N00003'], values: ['./A', './A/N00002x', './A/Z/deep', './AB', './B', './A/💥'] },
    1,
  );
  const names = async (part: TreePart) => (await stores.devices.tree('D', part)).map(({ locUri }) => locUri);
  expect(await names({ limit: 5 })).toEqual(['./A', './A/N00001', './A/N00002', './A/N00002x', './A/N00004']);
  expect(await names({ after: './A/N00002x', limit: 1 })).toEqual(['./A/N00004']);
  expect(await names({ root: './A', after: './A/N04499' })).toEqual(['./A/N04500', './A/Z/deep', './A/💥']);
  expect(await names({ root: './A', depth: 1, after: './A/N04499' })).toEqual(['./A/N04500', './A/💥']);
  expect(await names({ root: '.', depth: 1 })).toEqual(['./A', './AB', './B']);
  expect(await names({ root: './A', depth: 0 })).toEqual(['./A']);
  expect(await names({ root: './nothing' })).toEqual([]);
  expect(await names({})).toHaveLength(4_505);
  const paged: string[] = [];
  for (let after = ''; ; ) {
    const page = await names({ limit: 1_999, ...(after !== '' && { after }) });
    paged.push(...page);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
  }
  expect(paged).toEqual(await names({}));
});
