import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgImportStore } from '../../../src/adapters/pg/pg-import-store.ts';
import { TextDeviceLineReader } from '../../../src/adapters/rest/device-lines/device-line-reader.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { Imports } from '../../../src/services/imports.ts';
import { NewDevices } from '../../../src/services/new-devices.ts';
import type { DeviceImport, ImportFormat, ImportPolicy } from '../../../src/services/ports/import-store.ts';
import { newDevice, type Stores } from '../../contract/stores-harness.ts';
import { FixedClock } from '../../fakes/fixed-clock.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
let stores: Stores;
let imports: Imports;
let clock: FixedClock;
const box = new AesGcmSecretBox(new Uint8Array(32).fill(7));
beforeAll(async () => {
  postgres = await postgresStores();
});
beforeEach(async () => {
  stores = await postgres.emptied();
  clock = new FixedClock();
  imports = importsOver(new PgImportStore(postgres.pool, box));
});
afterAll(() => postgres.close());

function importsOver(store: PgImportStore): Imports {
  const ports = { imports: store, lines: new TextDeviceLineReader(), clock, entropy: stores.entropy };
  return new Imports({ ...ports, newDevices: new NewDevices(stores, { minAuth: 'basic' }) }, { maxBytes: 50_000_000 });
}

async function* octetsOf(text: string): AsyncGenerator<Uint8Array> {
  const octets = Buffer.from(text);
  for (let from = 0; from < octets.length; from += 65_536) yield octets.subarray(from, from + 65_536);
}

const never = new AbortController().signal;
const counts = ({ lines, created, updated, unchanged, refused, state }: DeviceImport) => ({
  lines,
  created,
  updated,
  unchanged,
  refused,
  state,
});

async function imported(text: string, policy: ImportPolicy = 'upsert', format: ImportFormat = 'csv') {
  const { id } = await imports.receive({ format, policy, createdBy: 'me' }, octetsOf(text));
  expect(await imports.workOne(never)).toBe(true);
  const { items } = await imports.refusals(id, { limit: 200 });
  return { ...counts(await imports.get(id)), id, refusals: items };
}

const fileOf = (size: number): string =>
  ['deviceId,msisdn,tags', ...Array.from({ length: size }, (_, n) => `D${n},${100_000 + n},a|b`)].join('\n');
const countDevices = async (): Promise<number> =>
  Number((await postgres.pool.query('SELECT count(*) AS n FROM device')).rows[0].n);
const accountOf = async (deviceId: string) => (await stores.sessions.load(deviceId, '1'))?.device.account;

describe('an import', () => {
  it('registers devices as a registration does, with what is left out made', async () => {
    const head =
      'deviceId,msisdn,imsi,tags,attributes.floor,timeZone,auth,clientUsername,clientPassword,clientNonce,serverPassword';
    const { refusals, ...done } = await imported(
      [head, 'A,+4917,26201123,"b|a""q\\",3,Europe/Berlin,md5,u,p,AAEC,q', 'B,,,,,,hmac,v,,,', 'C,,,,,,,,,,'].join(
        '\n',
      ),
    );
    expect(done).toMatchObject({ lines: 4, created: 3, updated: 0, unchanged: 0, refused: 0, state: 'completed' });
    expect(refusals).toEqual([]);
    expect(await stores.devices.get('A')).toMatchObject({
      msisdn: '+4917',
      imsi: '26201123',
      tags: ['a"q\\', 'b'],
      attributes: { floor: '3' },
      timeZone: 'Europe/Berlin',
      auth: 'md5',
      clientUsername: 'u',
      hasAccount: true,
      createdAt: clock.now(),
      bootstrap: { state: 'none' },
    });
    const account = await accountOf('A');
    expect(account).toMatchObject({ client: { password: 'p' }, server: { password: 'q' } });
    expect(Buffer.from(account?.client.nonce ?? []).toString('hex')).toBe('000102');
    const made = await accountOf('B');
    expect(made?.auth).toBe('hmac');
    expect(made?.client.password).toMatch(/^[\w-]{32}$/);
    expect(made?.server.password).not.toBe(made?.client.password);
    expect(await stores.devices.get('C')).toMatchObject({ hasAccount: false });
    expect(await stores.devices.sharesServerPassword('A')).toBe(false);
  });

  it('changes devices as a change does, and only those that are not so already', async () => {
    const { deviceId } = await stores.devices.create(
      newDevice(stores, { deviceId: 'A', tags: ['x'], attributes: { a: '1', b: '2' } }),
    );
    await stores.devices.create(newDevice(stores, { deviceId: 'B', msisdn: '+123' }));
    const before = await accountOf(deviceId);
    clock.advance(60_000);
    const lines = [
      { deviceId: 'A', msisdn: null, tags: ['y', 'x'], attributes: { a: null, c: '3' } },
      { deviceId: 'B', msisdn: '+123', dm: { auth: 'md5', client: { password: 'client pässword' } } },
      { deviceId: 'N', tags: ['new'] },
    ];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    expect(await imported(text, 'upsert', 'ndjson')).toMatchObject({
      created: 1,
      updated: 1,
      unchanged: 1,
      refused: 0,
    });
    const changed = await stores.devices.get('A');
    expect(changed).toMatchObject({ tags: ['x', 'y'], attributes: { b: '2', c: '3' }, updatedAt: clock.now() });
    expect(changed).not.toHaveProperty('msisdn');
    expect(changed?.attributes).not.toHaveProperty('a');
    expect(await accountOf('A')).toEqual(before);
    expect((await stores.devices.get('B'))?.updatedAt).not.toEqual(clock.now());
    expect(await imported(text, 'upsert', 'ndjson')).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 3,
      refused: 0,
    });
  });

  it('of other credentials keeps the old ones beside them, and sent again changes nothing more', async () => {
    await stores.devices.create(newDevice(stores, { deviceId: 'A' }));
    const text = 'deviceId,clientPassword,clientNonce,serverPassword\nA,new,CQkJ,server pässword';
    expect(await imported(text)).toMatchObject({ updated: 1 });
    const account = await accountOf('A');
    expect(account).toMatchObject({
      generation: 1,
      client: { password: 'new' },
      former: { generation: 0, clientPassword: 'client pässword' },
    });
    expect(Buffer.from(account?.client.nonce ?? []).toString('hex')).toBe('090909');
    // The device goes on, with nonces of its own.
    await postgres.pool.query("UPDATE device SET client_nonce = '\\x0101'");
    expect(await imported(text)).toMatchObject({ updated: 0, unchanged: 1 });
    expect(Buffer.from((await accountOf('A'))?.client.nonce ?? []).toString('hex')).toBe('0101');
  });

  it('does what its policy says of devices that are there and that are not', async () => {
    await stores.devices.create(newDevice(stores, { deviceId: 'A', tags: [] }));
    const text = 'deviceId,tags\nA,t\nB,t';
    expect(await imported(text, 'create')).toMatchObject({
      created: 1,
      refused: 1,
      refusals: [{ line: 2, deviceId: 'A', reason: 'A device of that id is registered already.' }],
    });
    expect((await stores.devices.get('A'))?.tags).toEqual([]);
    await stores.devices.delete('B');
    expect(await imported(text, 'update')).toMatchObject({
      updated: 1,
      refused: 1,
      refusals: [{ line: 3, deviceId: 'B', reason: 'No device of that id is registered.' }],
    });
    expect(await stores.devices.get('B')).toBeUndefined();
  });

  it('takes lines about the same device one after the other', async () => {
    const text = 'deviceId,tags,msisdn\nA,one,111\nA,two,\nA,three,';
    expect(await imported(text)).toMatchObject({ created: 1, updated: 2, refused: 0 });
    expect(await stores.devices.get('A')).toMatchObject({ tags: ['three'], msisdn: '111' });
    expect(await imported(text.replaceAll('A,', 'B,'), 'create')).toMatchObject({ created: 1, refused: 2 });
  });

  it('refuses lines that cannot be carried out, each with its reason, and goes on', async () => {
    await stores.devices.create(newDevice(stores, { deviceId: 'A', account: ACCOUNT_MD5 }));
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, 'x']));
    await stores.devices.create(newDevice(stores, { deviceId: 'F', attributes: many }));
    const lines = [
      { deviceId: 'A', dm: { server: { auth: 'hmac' } } },
      { deviceId: 'N', dm: { client: { username: 'u' } } },
      { deviceId: 'N', dm: { auth: 'hmac', client: { username: 'u' }, server: { auth: 'md5' } } },
      { deviceId: 'F', attributes: { more: 'x' } },
      { deviceId: 'G' },
    ];
    const { refusals, ...done } = await imported(
      lines.map((line) => JSON.stringify(line)).join('\n'),
      'upsert',
      'ndjson',
    );
    expect(done).toMatchObject({ created: 1, refused: 4, state: 'completed' });
    expect(refusals.map(({ line, reason }) => [line, reason])).toEqual([
      [1, expect.stringContaining('where one side uses MACs, both do')],
      [2, 'For a new device dm.auth is needed.'],
      [3, expect.stringContaining('where one side uses MACs, both do')],
      [4, 'It would have 51 attributes; 50 at most.'],
    ]);
  });

  it('that cannot be read at all fails, says where, and keeps nothing of the file', async () => {
    const { id } = await imports.receive(
      { format: 'csv', policy: 'upsert', createdBy: 'me' },
      octetsOf('deviceId,colour\nA,red'),
    );
    await imports.workOne(never);
    expect(await imports.get(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('column 2 ("colour")'),
      endedAt: clock.now(),
    });
    expect((await postgres.pool.query('SELECT FROM device_import_piece')).rowCount).toBe(0);
    expect(await imports.workOne(never)).toBe(false);
  });

  it('that breaks off on its way in changes nothing', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* octetsOf(fileOf(20_000));
      throw new Error('connection lost');
    }
    await expect(imports.receive({ format: 'csv', policy: 'upsert', createdBy: 'me' }, broken())).rejects.toThrow(
      'lost',
    );
    expect((await imports.list({ limit: 5 })).items).toMatchObject(
      [{ state: 'failed', reason: /broke off/, lines: 0 }].map((one) => ({
        ...one,
        reason: expect.stringMatching(one.reason),
      })),
    );
    expect(await imports.workOne(never)).toBe(false);
    expect((await postgres.pool.query('SELECT FROM device_import_piece')).rowCount).toBe(0);
    expect(await countDevices()).toBe(0);
  });

  it('whose receiver died is found out, and what has ended is forgotten after a while', async () => {
    const store = new PgImportStore(postgres.pool, box);
    const id = stores.entropy.id();
    await store.begin({ id, format: 'csv', policy: 'create', createdBy: 'me', createdAt: clock.now() });
    await store.append(id, 0, Buffer.from('deviceId'), clock.now());
    await imports.workOne(never);
    expect(await imports.get(id)).toMatchObject({ state: 'receiving', size: 8 });
    clock.advance(16 * 60_000);
    await imports.workOne(never);
    expect(await imports.get(id)).toMatchObject({ state: 'failed' });
    clock.advance(31 * 86_400_000);
    await imports.workOne(never);
    await expect(imports.get(id)).rejects.toMatchObject({ code: 'import-unknown' });
  });

  it('keeps no password of the file where it can be read, and nothing of it in the end', async () => {
    const text = 'deviceId,auth,clientUsername,clientPassword\nA,md5,u,SECRET-in-the-file';
    await imports.receive({ format: 'csv', policy: 'upsert', createdBy: 'me' }, octetsOf(text));
    const { rows } = await postgres.pool.query<{ octets: Buffer }>('SELECT octets FROM device_import_piece');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.octets.toString('latin1')).not.toContain('SECRET');
    await imports.workOne(never);
    expect((await postgres.pool.query('SELECT FROM device_import_piece')).rowCount).toBe(0);
  });
});

describe('an import whose process dies', () => {
  it('goes on where it was, each line once', async () => {
    const { id } = await imports.receive({ format: 'csv', policy: 'create', createdBy: 'me' }, octetsOf(fileOf(3_000)));
    // The third batch finds its process dead: what it had begun is rolled back.
    class Dying extends PgImportStore {
      #left = 2;
      override apply(...parameters: Parameters<PgImportStore['apply']>): Promise<boolean> {
        return this.#left-- > 0 ? super.apply(...parameters) : Promise.reject(new Error('killed'));
      }
      override release(): Promise<void> {
        return Promise.reject(new Error('killed'));
      }
    }
    await expect(importsOver(new Dying(postgres.pool, box)).workOne(never)).rejects.toThrow('killed');
    const halfway = await imports.get(id);
    expect(halfway).toMatchObject({ state: 'running', lines: 1_001, created: 1_000 });
    expect(halfway.position).toBeLessThan(halfway.size);
    // Its lease still runs.
    expect(await imports.workOne(never)).toBe(false);
    clock.advance(61_000);
    expect(await imports.workOne(never)).toBe(true);
    expect(counts(await imports.get(id))).toMatchObject({
      lines: 3_001,
      created: 3_000,
      refused: 0,
      state: 'completed',
    });
    expect(await countDevices()).toBe(3_000);
  });

  it('and comes back finds that it is somebody else’s now', async () => {
    const { id } = await imports.receive({ format: 'csv', policy: 'create', createdBy: 'me' }, octetsOf(fileOf(1_000)));
    const store = new PgImportStore(postgres.pool, box);
    const soon = new Date(clock.now().getTime() + 1_000);
    const first = await store.claim('first', clock.now(), soon);
    clock.advance(2_000);
    expect((await store.claim('second', clock.now(), soon))?.id).toBe(id);
    if (first === undefined) throw new Error('not claimed');
    const batch = { orders: [], refused: [{ line: 2, reason: 'x' }], line: 2, position: 9 };
    expect(await store.apply(first, batch, clock.now(), soon)).toBe(false);
    await store.complete(first, clock.now());
    expect(await imports.get(id)).toMatchObject({ state: 'running', lines: 0, refused: 0 });
  });

  it('by its own will gives the import back at once', async () => {
    const { id } = await imports.receive({ format: 'csv', policy: 'create', createdBy: 'me' }, octetsOf(fileOf(10)));
    expect(await imports.workOne(AbortSignal.abort())).toBe(true);
    expect(await imports.get(id)).toMatchObject({ state: 'running', lines: 0 });
    expect(await imports.workOne(never)).toBe(true);
    expect(counts(await imports.get(id))).toMatchObject({ created: 10, state: 'completed' });
  });
});

const ACCOUNT_MD5 = {
  auth: 'md5',
  client: { username: 'u', password: 'p' },
  server: { password: 'q' },
} as const;
