import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgOtaStore } from '../../../src/adapters/pg/pg-ota-store.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import type { NewOtaRecipient, NewOtaSend } from '../../../src/services/ports/ota-store.ts';
import { at, DAY, MSISDN, newDevice, type Stores } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
let stores: Stores;
let ota: PgOtaStore;
beforeAll(async () => {
  postgres = await postgresStores();
});
beforeEach(async () => {
  stores = await postgres.emptied();
  ota = new PgOtaStore(postgres.pool, new AesGcmSecretBox(new Uint8Array(32).fill(7)));
});
afterAll(() => postgres.close());

const DEVICE = 'IMEI:490154203237518';
const SECRET = 'pässword-in-the-settings';

const pushTo = (destination: string, more: object = {}): NewOtaRecipient => ({
  recipient: destination,
  push: { pushId: stores.entropy.id(), destination, payload: Buffer.from(`for ${destination}`), ...more },
});

function newSend(recipients: readonly NewOtaRecipient[], change: Partial<NewOtaSend> = {}): NewOtaSend {
  return {
    id: stores.entropy.id(),
    source: 'settings',
    settings: { connection: { type: 'packet', apn: 'a.example', username: 'u', password: SECRET } },
    documentKind: 'provisioning',
    security: 'NETWPIN',
    recipients,
    destinationPort: 2948,
    sourcePort: 9200,
    priority: 2,
    createdAt: at(0),
    expiresAt: at(DAY),
    ...change,
  };
}

describe('the states of a send', () => {
  it('are counted anew, unless counting took so long that they are kept for a while', async () => {
    const box = new AesGcmSecretBox(new Uint8Array(32).fill(7));
    const keeping = new PgOtaStore(postgres.pool, box, () => 600_000);
    const anew = new PgOtaStore(postgres.pool, box, () => 0);
    const send = newSend([pushTo('+491'), pushTo('+492')]);
    await anew.create(send);
    for (const store of [keeping, anew]) expect(await store.get(send.id)).toMatchObject({ states: { queued: 2 } });
    await postgres.pool.query("UPDATE push SET state = 'delivered' WHERE destination = '+491'");
    expect(await keeping.get(send.id)).toMatchObject({ states: { queued: 2 } });
    expect(await anew.get(send.id)).toMatchObject({ states: { queued: 1, delivered: 1 } });
  });
});

describe('sends', () => {
  it('put a push for every recipient into the outbox, as it was made', async () => {
    await stores.devices.create(newDevice(stores));
    const send = newSend([
      pushTo('+491'),
      { recipient: 'x\u0000', refused: 'no' },
      pushTo('+493', { deviceId: DEVICE }),
    ]);
    await ota.create(send);
    const claimed = await stores.outbox.claimDue(10, at(1), 1_000, 'worker');
    expect(claimed.map((push) => (push.kind === 'raw' ? Buffer.from(push.payload).toString() : ''))).toEqual(
      expect.arrayContaining(['for +491', 'for +493']),
    );
    expect(claimed[0]).toMatchObject({ kind: 'raw', destinationPort: 2948, sourcePort: 9200, expiresAt: at(DAY) });
    const { items } = await stores.outbox.list({ deviceId: DEVICE }, { limit: 9 });
    expect(items.map(({ destination, priority }) => [destination, priority])).toEqual([['+493', 2]]);
  });

  it('are told by recipient in their order, a page at a time, as the pushes stand', async () => {
    const send = newSend([pushTo('+491'), { recipient: 'x', refused: 'no' }, pushTo('+493')]);
    await ota.create(send);
    const [, , third] = send.recipients;
    await stores.outbox.cancel(third?.push?.pushId ?? '', at(5));
    const first = await ota.outcomes(send.id, { limit: 2 });
    expect(first.items).toEqual([
      { recipient: '+491', pushId: send.recipients[0]?.push?.pushId, state: 'queued', updatedAt: at(0) },
      { recipient: 'x', refused: 'no' },
    ]);
    const next = await ota.outcomes(send.id, { limit: 2, cursor: first.nextCursor ?? '' });
    expect(next.items).toMatchObject([{ recipient: '+493', state: 'cancelled', reason: 'it was cancelled' }]);
    expect(next.nextCursor).toBeUndefined();
    expect(await ota.get(send.id)).toMatchObject({
      source: 'settings',
      recipientCount: 3,
      refusedCount: 1,
      states: { queued: 1, cancelled: 1 },
    });
  });

  it('of thousands go in at once, in their order', async () => {
    const recipients = Array.from({ length: 4_321 }, (_, index) => pushTo(`+49${index}`));
    const send = newSend(recipients);
    await ota.create(send);
    expect(await ota.get(send.id)).toMatchObject({ recipientCount: 4_321, states: { queued: 4_321 } });
    const { items } = await ota.outcomes(send.id, { limit: 4_321 });
    expect(items.map(({ recipient }) => recipient)).toEqual(recipients.map(({ recipient }) => recipient));
  });

  it('go in as a whole or not at all', async () => {
    const twice = pushTo('+491');
    await expect(ota.create(newSend([twice, { ...twice, recipient: 'again' }]))).rejects.toThrow();
    expect((await ota.list({ limit: 9 })).items).toEqual([]);
    const { rows } = await postgres.pool.query(
      'SELECT (SELECT count(*) FROM push) + (SELECT count(*) FROM ota_recipient) AS n',
    );
    expect(Number(rows[0].n)).toBe(0);
  });

  it('of many callers at once each stand for themselves, and a faulty one harms no other', async () => {
    const sends = Array.from({ length: 40 }, (_, index) =>
      newSend([pushTo(`+49${index}`), { recipient: 'x', refused: `no ${index}` }], { priority: index % 10 }),
    );
    const taken = sends[7]?.recipients[0];
    const faulty = newSend(taken === undefined ? [] : [taken, pushTo('+4999')]);
    const outcomes = await Promise.allSettled([...sends, faulty].map((send) => ota.create(send)));
    expect(outcomes.map(({ status }) => status)).toEqual([...sends.map(() => 'fulfilled'), 'rejected']);
    for (const [index, { id, recipients, priority }] of sends.entries()) {
      expect((await ota.outcomes(id, { limit: 9 })).items).toEqual([
        { recipient: `+49${index}`, pushId: recipients[0]?.push?.pushId, state: 'queued', updatedAt: at(0) },
        { recipient: 'x', refused: `no ${index}` },
      ]);
      expect(await stores.outbox.find(recipients[0]?.push?.pushId ?? '')).toMatchObject({ priority });
    }
    expect(await ota.get(faulty.id)).toBeUndefined();
  });

  it('are listed, newest first, a page at a time', async () => {
    const sends = [
      newSend([pushTo('+491')]),
      newSend([pushTo('+492')], { source: 'package', packageId: stores.entropy.id() }),
    ];
    for (const send of sends) await ota.create(send);
    const first = await ota.list({ limit: 1 });
    const next = await ota.list({ limit: 1, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...next.items].map(({ id, packageId }) => [id, packageId])).toEqual([
      [sends[1]?.id, sends[1]?.packageId],
      [sends[0]?.id, undefined],
    ]);
    expect(next.nextCursor).toBeUndefined();
  });

  it('keep settings sealed, and give them back', async () => {
    const send = newSend([pushTo('+491')]);
    const { settings: _, ...other } = newSend([pushTo('+491')], { source: 'document' });
    await ota.create(send);
    await ota.create(other);
    expect(await ota.settings(send.id)).toEqual(send.settings);
    expect(await ota.settings(other.id)).toBeUndefined();
    const { rows } = await postgres.pool.query('SELECT settings FROM ota_send');
    expect(Buffer.concat(rows.map(({ settings }) => settings ?? Buffer.alloc(0))).toString('utf8')).not.toContain(
      'ssword',
    );
    const { rows: pushes } = await postgres.pool.query('SELECT payload FROM push');
    expect(Buffer.concat(pushes.map(({ payload }) => payload)).toString('latin1')).not.toContain('for +491');
  });

  it('lose the push with its device, and say so by saying nothing of it', async () => {
    await stores.devices.create(newDevice(stores));
    const send = newSend([pushTo('+491', { deviceId: DEVICE })]);
    await ota.create(send);
    await stores.devices.delete(DEVICE);
    const { items } = await ota.outcomes(send.id, { limit: 9 });
    expect(items).toEqual([{ recipient: '+491', pushId: send.recipients[0]?.push?.pushId }]);
    expect(await ota.get(send.id)).toMatchObject({ recipientCount: 1, states: {} });
  });
});

describe('devices', () => {
  it('are found by id, and by number with a + in front or not', async () => {
    await stores.devices.create(newDevice(stores, { imsi: '262011234567890' }));
    await stores.devices.create(newDevice(stores, { deviceId: 'IMEI:2', msisdn: '4366412345' }));
    expect(await ota.devices([DEVICE, 'x\u0000'], [])).toEqual([
      { deviceId: DEVICE, msisdn: MSISDN, imsi: '262011234567890' },
    ]);
    const found = await ota.devices([DEVICE], [MSISDN.slice(1), '+4366412345', '+1']);
    expect(found.map(({ deviceId }) => deviceId).toSorted()).toEqual(['IMEI:2', DEVICE]);
  });
});
