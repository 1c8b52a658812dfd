import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgAlertStore } from '../../../src/adapters/pg/pg-alert-store.ts';
import { Alerts } from '../../../src/services/alerts.ts';
import type { SessionChange } from '../../../src/services/ports/session-store.ts';
import type { AlertReport } from '../../../src/session/effect.ts';
import { at, makeDelivery, newChange, newDelivery, newDevice, type Stores } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
let stores: Stores;
let alerts: Alerts;
beforeAll(async () => {
  postgres = await postgresStores();
});
beforeEach(async () => {
  stores = await postgres.emptied();
  alerts = new Alerts({ alerts: new PgAlertStore(postgres.pool), devices: stores.devices });
});
afterAll(() => postgres.close());

const DEVICE = 'IMEI:490154203237518';

async function change(deviceId: string, part: Parameters<typeof newChange>[2]): Promise<SessionChange> {
  const context = await stores.sessions.load(deviceId, '1');
  if (context === undefined) throw new Error('no such device');
  return newChange(stores, context, part);
}

async function tell(deviceId: string, told: readonly AlertReport[], ms = 0): Promise<SessionChange> {
  const whole = await change(deviceId, { alerts: told, at: at(ms) });
  expect(await stores.sessions.commit(whole)).toBe(true);
  return whole;
}

const report = (data: string, more: Partial<AlertReport> = {}): AlertReport => ({
  code: 1226,
  type: 'urn:x',
  format: 'chr',
  mark: 'informational',
  data,
  ...more,
});

async function said(after?: string, limit = 100, filter: Parameters<Alerts['list']>[0] = {}) {
  const { items, next } = await alerts.list(filter, limit, after);
  return { said: items.map(({ data }) => data), next };
}

describe('alerts', () => {
  it('are kept with the message that brought them, and read with all they said', async () => {
    await stores.devices.create(newDevice(stores));
    const whole = report('sieben\u0000', {
      correlator: 'job\u00007',
      source: './Vendor/Bättery',
      target: './T',
      mark: 'warning',
    });
    const { session } = await tell(DEVICE, [whole, { code: 1224, type: 'text/plain', format: 'chr' }], 5);
    const { items } = await alerts.list({}, 10);
    expect(items).toEqual([
      {
        id: expect.any(Number),
        deviceId: DEVICE,
        sessionId: session.id,
        ...whole,
        data: 'sieben\ufffd',
        correlator: 'job\ufffd7',
        at: at(5),
      },
      {
        id: expect.any(Number),
        deviceId: DEVICE,
        sessionId: session.id,
        code: 1224,
        type: 'text/plain',
        format: 'chr',
        at: at(5),
      },
    ]);
  });

  it('of a message that lost the race for its device are not kept', async () => {
    await stores.devices.create(newDevice(stores));
    const late = await change(DEVICE, { alerts: [report('late')] });
    await tell(DEVICE, [report('first')]);
    expect(await stores.sessions.commit(late)).toBe(false);
    expect((await said()).said).toEqual(['first']);
  });

  it('come page by page, each once, in the order of their device; the cursor of the end goes on from there', async () => {
    await stores.devices.create(newDevice(stores));
    // The clock of another process is behind: the order is that of the messages all the same.
    await tell(DEVICE, [report('1'), report('2')], 1_000);
    await tell(DEVICE, [report('3')], 0);
    const first = await said(undefined, 2);
    expect(first.said).toEqual(['1', '2']);
    const second = await said(first.next, 2);
    expect(second.said).toEqual(['3']);
    const nothing = await said(second.next);
    expect(nothing.said).toEqual([]);
    await tell(DEVICE, [report('4')]);
    expect(await said(nothing.next)).toMatchObject({ said: ['4'] });
    expect((await said()).said).toEqual(['1', '2', '3', '4']);
  });

  it('that are committed late are not missed by whoever has read on in the meantime', async () => {
    const slow = newDevice(stores, { deviceId: 'slow' });
    await stores.devices.create(slow);
    await stores.devices.create(newDevice(stores, { deviceId: 'quick' }));
    const client = await postgres.pool.connect();
    try {
      // A message whose transaction takes its time: its row has a lower number than that of the other device.
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO device_alert (device_id, session_id, exchange, code, type, format, data, at)
           VALUES ($1, $1, 0, 1226, 'urn:x', 'chr', 'slow', now())`,
        [slow.id],
      );
      await tell('quick', [report('quick')]);
      const before = await said();
      expect(before.said).toEqual(['quick']);
      await client.query('COMMIT');
      expect((await said(before.next)).said).toEqual(['slow']);
    } finally {
      client.release();
    }
  });

  it('read by several at once while devices go on telling come to each of them once and in one order', async () => {
    const devices = ['D0', 'D1', 'D2', 'D3'];
    for (const deviceId of devices) await stores.devices.create(newDevice(stores, { deviceId }));
    const EACH = 15;
    const telling = Promise.all(
      devices.map(async (deviceId) => {
        for (let count = 0; count < EACH; count++) await tell(deviceId, [report(`${deviceId} ${count}`)]);
      }),
    );
    const readers = Array.from({ length: 3 }, async () => {
      const heard: (string | undefined)[] = [];
      let after: string | undefined;
      while (heard.length < devices.length * EACH) {
        const page = await said(after, 7);
        heard.push(...page.said);
        after = page.next;
      }
      return heard;
    });
    await telling;
    const [one, ...others] = await Promise.all(readers);
    expect(new Set(one).size).toBe(devices.length * EACH);
    for (const other of others) expect(other).toEqual(one);
    expect(one?.filter((text) => text?.startsWith('D2'))).toEqual(
      Array.from({ length: EACH }, (_, count) => `D2 ${count}`),
    );
  });

  it('are found by device, type and code', async () => {
    await stores.devices.create(newDevice(stores, { deviceId: 'A' }));
    await stores.devices.create(newDevice(stores, { deviceId: 'B' }));
    await tell('A', [report('a1'), report('a2', { type: 'urn:y' }), report('a3', { code: 1224 })]);
    await tell('B', [report('b1')]);
    expect((await said(undefined, 9, { deviceId: 'A' })).said).toEqual(['a1', 'a2', 'a3']);
    expect((await said(undefined, 9, { type: 'urn:x', code: 1226 })).said).toEqual(['a1', 'b1']);
    expect((await said(undefined, 9, { deviceId: 'nobody' })).said).toEqual([]);
    expect((await alerts.listOfDevice('B', { type: 'urn:x' }, 9)).items.map(({ data }) => data)).toEqual(['b1']);
    await expect(alerts.listOfDevice('nobody', {}, 9)).rejects.toMatchObject({ code: 'device-unknown' });
  });

  it('go with their device, and their places are given to no others', async () => {
    await stores.devices.create(newDevice(stores, { deviceId: 'gone' }));
    await tell('gone', [report('x')]);
    const { next } = await said();
    await stores.devices.delete('gone');
    expect((await said()).said).toEqual([]);
    await stores.devices.create(newDevice(stores));
    await tell(DEVICE, [report('y')]);
    expect((await said(next)).said).toEqual(['y']);
  });

  it('are asked for with a cursor of this listing only', async () => {
    for (const cursor of ['x', 'WzEsMl0', 'Wy0xXQ', 'WyJhIl0']) {
      await expect(alerts.list({}, 1, cursor)).rejects.toMatchObject({ code: 'cursor-invalid' });
    }
  });
});

describe('the outcome of an Exec', () => {
  const exec = { path: [1, 0], item: 0, command: 'Exec', locUri: './Do', status: 202 } as const;

  async function accepted(deliveryId: string, correlator: string, more: Partial<SessionChange> = {}): Promise<void> {
    const whole = await change(DEVICE, {
      results: [{ deliveryId, ...exec }],
      awaited: [{ deliveryId, path: exec.path, correlator }],
      ...more,
    });
    expect(await stores.sessions.commit(whole)).toBe(true);
  }

  const outcome = async (deliveryId: string) => (await stores.deliveries.get(deliveryId))?.results[0]?.execOutcome;

  it('that was answered 202 is pending, then what the first alert with its Correlator says', async () => {
    const { deliveryId } = await makeDelivery(stores);
    await accepted(deliveryId, 'c');
    expect(await outcome(deliveryId)).toEqual({ state: 'pending', correlator: 'c' });
    await tell(DEVICE, [report('400', { correlator: 'another' }), report('no Correlator')]);
    expect(await outcome(deliveryId)).toMatchObject({ state: 'pending' });
    await tell(DEVICE, [report('200', { correlator: 'c', type: 'urn:done' }), report('0', { correlator: 'c' })], 77);
    expect(await outcome(deliveryId)).toEqual({
      state: 'reported',
      correlator: 'c',
      type: 'urn:done',
      format: 'chr',
      mark: 'informational',
      data: '200',
      at: at(77),
    });
  });

  it('may come in the very message of the 202', async () => {
    const { deliveryId } = await makeDelivery(stores);
    await accepted(deliveryId, 'c', { alerts: [report('200', { correlator: 'c' })] });
    expect(await outcome(deliveryId)).toMatchObject({ state: 'reported', data: '200' });
  });

  it('is not what was told before, nor by another device, nor after the next Exec of that Correlator', async () => {
    const { deliveryId, packageId } = await makeDelivery(stores);
    const second = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId: DEVICE }));
    await stores.devices.create(newDevice(stores, { deviceId: 'other' }));
    await tell(DEVICE, [report('before', { correlator: 'c' })]);
    await accepted(deliveryId, 'c');
    await tell('other', [report('other', { correlator: 'c' })]);
    await accepted(second.id, 'c');
    await tell(DEVICE, [report('after', { correlator: 'c' })]);
    expect(await outcome(deliveryId)).toMatchObject({ state: 'pending' });
    expect(await outcome(second.id)).toMatchObject({ state: 'reported', data: 'after' });
  });

  it('of an Exec that was sent again is that of the last time', async () => {
    const { deliveryId } = await makeDelivery(stores);
    await accepted(deliveryId, 'c');
    await tell(DEVICE, [report('once', { correlator: 'c' })]);
    await accepted(deliveryId, 'c');
    expect(await outcome(deliveryId)).toMatchObject({ state: 'pending' });
    await tell(DEVICE, [report('twice', { correlator: 'c' })]);
    expect(await outcome(deliveryId)).toMatchObject({ state: 'reported', data: 'twice' });
  });

  it('is none for what was answered otherwise', async () => {
    const { deliveryId } = await makeDelivery(stores);
    const whole = await change(DEVICE, { results: [{ deliveryId, ...exec, status: 200 }] });
    await stores.sessions.commit(whole);
    expect(await outcome(deliveryId)).toBeUndefined();
  });
});
