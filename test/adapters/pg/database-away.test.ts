import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { PgIdempotencyStore } from '../../../src/adapters/pg/pg-idempotency-store.ts';
import { PgPushOutbox } from '../../../src/adapters/pg/pg-push-outbox.ts';
import { PgSettingStore } from '../../../src/adapters/pg/pg-setting-store.ts';
import { PgTreeReports } from '../../../src/adapters/pg/pg-tree-reports.ts';
import { migrate } from '../../../src/adapters/prisma/migrate.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { at, makeDelivery, newChange, newDelivery, newDevice, newPackage } from '../../contract/stores-harness.ts';
import { storesOver } from '../../setup/stores.ts';

/**
 * A PostgreSQL of our own that is stopped and started again, behind an address that stays the same: the stores connect to
 * a relay that leads to wherever it runs at the moment.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'database-away-'));
const sockets = new Set<Socket>();
// PostgreSQL's own account has to get in.
chmodSync(dataDir, 0o711);
let postgres: EmbeddedPostgres;
let relay: Server;
let url: string;
let over: ReturnType<typeof storesOver>;

beforeAll(async () => {
  await up();
  relay = createServer((client) => {
    const server = connect(Number(new URL(postgres.url).port), '127.0.0.1');
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = new URL(postgres.url);
  address.port = String((relay.address() as { port: number }).port);
  url = address.href;
  await migrate(url);
  over = storesOver(url);
});

afterAll(async () => {
  await over.close();
  relay.close();
  for (const socket of sockets) socket.destroy();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function up(): Promise<void> {
  postgres = await startEmbeddedPostgres({ dataDir, durability: 'off' });
}

const away = { name: 'AppError', code: 'unavailable' };

it('makes every store answer "unavailable" while PostgreSQL is away, and go on by itself when it is back', async () => {
  const { stores, pool } = over;
  const { devices, fleet, packages, deliveries, sessions, outbox, entropy } = stores;
  const { deviceId, packageId, deliveryId } = await makeDelivery(stores);
  const context = await sessions.load(deviceId, '1');
  if (context === undefined) throw new Error('no context');
  const change = newChange(stores, context);
  let woken = 0;
  const listening = new PgPushOutbox(pool, new AesGcmSecretBox(new Uint8Array(32)), { serverId: 'x' }).onEnqueued(
    () => {
      woken++;
    },
  );

  await postgres.stop();
  const id = entropy.id();
  const page = { limit: 1 };
  const request = { scope: 's', key: 'k', fingerprint: 'f', claimId: id };
  const response = { status: 200, headers: {}, body: '' };
  const idempotency = new PgIdempotencyStore(pool);
  const settings = new PgSettingStore(pool);
  const push = { pushId: id, destination: '+1', dueAt: at(0) };
  const content = { kind: 'raw', destinationPort: 1, sourcePort: 1, payload: new Uint8Array() } as const;
  const outcome = {
    pushId: id,
    attempt: 1,
    partCount: 1,
    parts: [],
    decision: { state: 'sent', attempts: 1 },
  } as const;
  const calls: Record<string, () => Promise<unknown>> = {
    'devices.create': () => devices.create(newDevice(stores)),
    'devices.get': () => devices.get(deviceId),
    'fleet.list': () => fleet.list({ filter: undefined, now: at(0) }, undefined, page),
    'fleet.count': () => fleet.count({ filter: undefined, now: at(0) }, false),
    'devices.update': () => devices.update(deviceId, {}, at(0)),
    'devices.delete': () => devices.delete(deviceId),
    'devices.tree': () => devices.tree(deviceId),
    'packages.createRevision': () => packages.createRevision(newPackage(stores)),
    'packages.get': () => packages.get(packageId),
    'packages.xml': () => packages.xml(packageId),
    'packages.commands': () => packages.commands(packageId),
    'packages.list': () => packages.list({}, page),
    'packages.delete': () => packages.delete(packageId),
    'deliveries.create': () => deliveries.create(newDelivery(stores, { packageId, deviceId })),
    'deliveries.get': () => deliveries.get(deliveryId),
    'deliveries.list': () => deliveries.list({}, page),
    'deliveries.cancel': () => deliveries.cancel(deliveryId, at(0)),
    'deliveries.expireDue': () => deliveries.expireDue(at(0), 1),
    'sessions.load': () => sessions.load(deviceId, '1'),
    'sessions.commit': () => sessions.commit(change),
    'sessions.closeSilent': () => sessions.closeSilent(at(0), at(0), 1),
    'sessions.get': () => sessions.get(id),
    'sessions.list': () => sessions.list({}, page),
    'sessions.messages': () => sessions.messages(id, page),
    'outbox.enqueue': () => outbox.enqueue({ ...push, content }),
    'outbox.claimDue': () => outbox.claimDue(1, at(0), 1, 'a'),
    'outbox.recordOutcomes': () => outbox.recordOutcomes([outcome], at(0), 'a'),
    'outbox.release': () => outbox.release([id], at(0), 'a'),
    'outbox.recordReceipts': () => outbox.recordReceipts([{ messageId: 'm', state: 'delivered' }], at(0)),
    'outbox.nextDueAt': () => outbox.nextDueAt(),
    'outbox.find': () => outbox.find(id),
    'idempotency.begin': () => idempotency.begin(request, at(0), at(1)),
    'idempotency.finish': () => idempotency.finish(request, response, at(1)),
    'idempotency.abandon': () => idempotency.abandon(request),
    'idempotency.expire': () => idempotency.expire(at(0), 1),
    'settings.get': () => settings.get('a'),
    'settings.keepFirst': () => settings.keepFirst('a', 'b'),
    'reports.workIn': () => new PgTreeReports(pool).workIn(at(0), 1),
    migrate: () => migrate(url),
  };
  const answers: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    answers[name] = await call().then(
      () => 'it went through',
      (error) => ({ name: error.name, code: error.code, hasCause: error.cause !== undefined, text: error.message }),
    );
  }
  const expected = { ...away, hasCause: true, text: 'The database cannot be reached at the moment.' };
  expect(answers).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, expected])));

  await up();
  const wokenBefore = woken;
  expect(await sessions.commit(change)).toBe(true);
  expect((await devices.get(deviceId))?.deviceId).toBe(deviceId);
  expect((await deliveries.cancel(deliveryId, at(5))).state).toBe('cancelled');
  for (let tries = 0; woken === wokenBefore && tries < 400; tries++) await sleep(20);
  expect(woken).toBeGreaterThan(wokenBefore);
  await listening.close();
});

it('answers "unavailable" to what is under way when PostgreSQL ends, and never half of a change', async () => {
  const { stores, pool } = over;
  const { deviceId } = await stores.devices.create(newDevice(stores, { deviceId: 'under way' }));
  const context = await stores.sessions.load(deviceId, '1');
  if (context === undefined) throw new Error('no context');
  // Somebody else holds the row, so the message waits while PostgreSQL is stopped.
  const holder = await pool.connect();
  holder.on('error', () => {});
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM device WHERE device_id = $1 FOR UPDATE', [deviceId]);
  const change = newChange(stores, context);
  const waiting = [
    stores.sessions.commit(change),
    stores.devices.update(deviceId, { imsi: '1' }, at(1)),
    stores.devices.delete(deviceId),
  ].map((work) => work.then(() => 'it went through').catch((error) => error));
  await sleep(300);
  await postgres.stop();
  for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject(away);
  holder.release(true);
  await up();
  expect(await stores.devices.get(deviceId)).not.toHaveProperty('imsi');
  expect(await stores.sessions.get(change.session.id)).toBeUndefined();
  expect(await stores.sessions.commit(change)).toBe(true);
});
