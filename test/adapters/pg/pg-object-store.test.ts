import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectChange, SessionChange } from '../../../src/services/ports/session-store.ts';
import { at, makeDelivery, newChange, type Stores } from '../../contract/stores-harness.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

const DEVICE = 'IMEI:490154203237518';

let postgres: PostgresStores;
let stores: Stores;
beforeAll(async () => {
  postgres = await postgresStores();
});
afterAll(() => postgres.close());
beforeEach(async () => {
  stores = await postgres.emptied();
});

async function commit(objects: readonly ObjectChange[], change: Partial<SessionChange> = {}): Promise<SessionChange> {
  const context = await stores.sessions.load(DEVICE, '1');
  if (context === undefined) throw new Error('no such device');
  const session = context.session === undefined ? {} : { session: { id: context.session.id, isNew: false } };
  const whole = newChange(stores, context, { objects, ...change, ...session });
  expect(await stores.sessions.commit(whole)).toBe(true);
  return whole;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

async function read(id: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stores.objects.read(id)) pieces.push(piece);
  return Buffer.concat(pieces).toString('hex');
}

async function rows(table: string): Promise<number> {
  const { rows: counted } = await postgres.pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return counted[0]?.count ?? -1;
}

const open = (id: string, more: Partial<ObjectChange> = {}): ObjectChange => ({
  id,
  state: 'open',
  begun: { locUri: './Log', format: 'bin', type: 'x/y\u0000' },
  size: 5,
  piece: { place: 0, octets: bytes(0, 255) },
  ...more,
});

describe('a large value of a device', () => {
  it('can be read once its last piece is there, octet for octet', async () => {
    const { deliveryId } = await makeDelivery(stores);
    const id = stores.entropy.id();
    await commit([open(id, { begun: { locUri: './Log', format: 'bin', deliveryId } })]);
    await commit([{ id, state: 'open', piece: { place: 1, octets: bytes(1) } }]);
    expect(await stores.objects.find(id)).toBeUndefined();
    await commit([{ id, state: 'complete', size: 5, piece: { place: 2, octets: bytes(2, 3) } }], { at: at(9_000) });
    expect(await stores.objects.find(id)).toEqual({
      id,
      deviceId: DEVICE,
      deliveryId,
      locUri: './Log',
      size: 5,
      format: 'bin',
      completedAt: at(9_000),
    });
    expect(await read(id)).toBe('00ff010203');
  });

  it('may begin and end with one message', async () => {
    await makeDelivery(stores);
    const [one, two] = [stores.entropy.id(), stores.entropy.id()];
    await commit([open(one, { state: 'complete', replaces: './Log' }), open(two)]);
    expect(await stores.objects.find(one)).toMatchObject({ size: 5, type: 'x/y\ufffd' });
    expect(await stores.objects.find(two)).toBeUndefined();
  });

  it('leaves nothing behind when it is dropped', async () => {
    await makeDelivery(stores);
    const id = stores.entropy.id();
    await commit([open(id)]);
    await commit([{ id, state: 'dropped' }]);
    expect([await rows('device_object'), await rows('object_piece')]).toEqual([0, 0]);
  });

  it('is removed when its session ends in the middle of it, and only then', async () => {
    await makeDelivery(stores);
    const [id, whole] = [stores.entropy.id(), stores.entropy.id()];
    await commit([open(id), open(whole, { state: 'complete' })]);
    expect(await stores.objects.removeAbandoned(10)).toBe(0);
    await stores.sessions.closeSilent(at(3_600_000), at(3_600_000), 10);
    expect(await stores.objects.removeAbandoned(10)).toBe(1);
    expect([await rows('device_object'), await rows('object_piece')]).toEqual([1, 1]);
    expect(await read(whole)).toBe('00ff');
  });

  it('that it sends of itself takes the place of what it sent before, and not of what was asked for', async () => {
    const { deliveryId } = await makeDelivery(stores);
    const [asked, first, second] = [stores.entropy.id(), stores.entropy.id(), stores.entropy.id()];
    await commit([open(asked, { state: 'complete', begun: { locUri: './Log', deliveryId } })]);
    await commit([open(first, { state: 'complete', replaces: './Log' })]);
    await commit([open(second)]);
    await commit([{ id: second, state: 'complete', size: 2, replaces: './Log' }]);
    const found = await Promise.all([asked, first, second].map((id) => stores.objects.find(id)));
    expect(found.map((one) => one !== undefined)).toEqual([true, false, true]);
  });

  it('goes with its device', async () => {
    await makeDelivery(stores);
    await commit([open(stores.entropy.id(), { state: 'complete' })]);
    await postgres.pool.query('DELETE FROM device');
    expect([await rows('device_object'), await rows('object_piece')]).toEqual([0, 0]);
  });

  it('is named by its node in the tree, before and after the reports are worked in', async () => {
    await makeDelivery(stores);
    const object = { id: stores.entropy.id(), size: 5 };
    await commit([open(object.id, { state: 'complete' })], {
      nodeValues: [{ locUri: './Log', format: 'bin', object, at: at(1_000) }],
    });
    const tree = async () => (await stores.devices.tree(DEVICE)).find(({ locUri }) => locUri === './Log');
    expect(await tree()).toEqual({ locUri: './Log', format: 'bin', object, at: at(1_000) });
    expect(await postgres.treeReports.workIn(at(3_600_000), 10)).toBe(1);
    expect(await tree()).toEqual({ locUri: './Log', format: 'bin', object, at: at(1_000) });
  });

  it('is sent in pieces only as long as the device does not say that it takes none', async () => {
    await makeDelivery(stores);
    const known = async () => (await stores.sessions.load(DEVICE, '1'))?.device.takesPieces;
    expect(await known()).toBeUndefined();
    await commit([], { device: { takesPieces: false } });
    expect(await known()).toBe(false);
    await commit([], { device: { takesPieces: true } });
    expect(await known()).toBe(true);
  });
});
