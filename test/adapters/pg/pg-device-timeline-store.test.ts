import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgDeviceTimelineStore } from '../../../src/adapters/pg/pg-device-timeline-store.ts';
import type { TimelineKind } from '../../../src/domain/device-timeline.ts';
import { DeviceTimelines } from '../../../src/services/device-timelines.ts';
import { at, makeDelivery, newChange, newDevice, type Stores } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

const DEVICE = 'IMEI:490154203237518';
let postgres: PostgresStores;
let stores: Stores;
let timelines: DeviceTimelines;
beforeAll(async () => {
  postgres = await postgresStores();
});
beforeEach(async () => {
  stores = await postgres.emptied();
  timelines = new DeviceTimelines({
    timeline: new PgDeviceTimelineStore(postgres.pool),
    devices: stores.devices,
  });
});
afterAll(() => postgres.close());

async function list(kinds: readonly TimelineKind[] = [], limit = 100, cursor?: string) {
  return timelines.list(DEVICE, kinds, { limit, ...(cursor !== undefined && { cursor }) });
}

/** A session with an alert, `ms` after the beginning. */
async function session(ms: number, alerts = 1): Promise<string> {
  const context = await stores.sessions.load(DEVICE, String(ms));
  if (context === undefined) throw new Error('no such device');
  const told = { code: 1226, type: 'urn:x', format: 'chr', mark: 'warning' };
  const change = newChange(stores, context, {
    at: at(ms),
    alerts: Array.from({ length: alerts }, (_, n) => ({ ...told, data: `${ms}/${n}` })),
    session: { dmSessionId: String(ms) },
  });
  expect(await stores.sessions.commit(change)).toBe(true);
  return change.session.id;
}

describe('the timeline of a device', () => {
  it('has its deliveries, pushes, sessions, alerts and bootstraps in one order, newest first', async () => {
    const { deliveryId } = await makeDelivery(stores, { trigger: { pushId: stores.entropy.id(), uiMode: 1 } });
    const sessionId = await session(5_000);
    await postgres.pool.query(
      `INSERT INTO push (id, kind, destination, device_id, state, reason, due_at, created_at, updated_at)
      SELECT 'boot', 'raw', '1', id, 'failed', 'no route', $1, $1, $1 FROM device`,
      [at(7_000)],
    );
    await postgres.pool.query(`UPDATE device SET bootstrap_state = 'done', bootstrap_at = $1`, [at(9_000)]);
    const { items, nextCursor } = await list();
    expect(nextCursor).toBeUndefined();
    expect(items).toMatchObject([
      { kind: 'bootstrap', state: 'done', at: at(9_000) },
      { kind: 'bootstrap', state: 'failed', reason: 'no route', at: at(7_000) },
      { kind: 'alert', sessionId, code: 1226, type: 'urn:x', mark: 'warning', data: '5000/0', at: at(5_000) },
      { kind: 'session', sessionId, dmSessionId: '5000', phase: 'challenging', at: at(5_000) },
      { kind: 'push', of: 'trigger', state: 'queued', deliveryId },
      { kind: 'delivery', deliveryId, of: 'package', state: 'queued', packageName: 'apn', revision: 1 },
    ]);
    for (const kind of ['session', 'delivery', 'alert', 'push', 'bootstrap'] as const) {
      expect((await list([kind])).items).toEqual(items.filter((entry) => entry.kind === kind));
    }
    expect((await list(['session', 'alert'])).items).toHaveLength(2);
  });

  it('is read a page at a time, with nothing twice and nothing left out, of one instant too', async () => {
    await stores.devices.create(newDevice(stores));
    for (let n = 10; n < 15; n++) await session(n * 1_000, 3);
    const whole = (await list()).items;
    expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
    for (const limit of [1, 2, 3, 7]) {
      const seen = [];
      let cursor: string | undefined;
      do {
        const page = await list([], limit, cursor);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(whole);
    }
  });

  it('is of that device alone, and of none that is not registered', async () => {
    await stores.devices.create(newDevice(stores));
    await session(0);
    await stores.devices.create(newDevice(stores, { id: stores.entropy.id(), deviceId: 'other' }));
    expect((await timelines.list('other', [], { limit: 10 })).items).toEqual([]);
    await expect(timelines.list('nobody', [], { limit: 10 })).rejects.toMatchObject({ code: 'device-unknown' });
    await expect(list([], 10, 'nonsense')).rejects.toMatchObject({ code: 'cursor-invalid' });
  });
});
