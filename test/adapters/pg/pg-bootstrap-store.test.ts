import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgBootstrapStore } from '../../../src/adapters/pg/pg-bootstrap-store.ts';
import { PgPushOutbox } from '../../../src/adapters/pg/pg-push-outbox.ts';
import { PgSessionStore } from '../../../src/adapters/pg/pg-session-store.ts';
import { createPrisma } from '../../../src/adapters/prisma/create-prisma.ts';
import { PrismaDeviceStore } from '../../../src/adapters/prisma/prisma-device-store.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import { makeBootstrapCredentials } from '../../../src/domain/bootstrap-credentials.ts';
import { MAX_PENDING_ACCOUNTS, type PendingAccount } from '../../../src/domain/device.ts';
import type { NewBootstrap } from '../../../src/services/ports/bootstrap-store.ts';
import type { ClaimedPush, PushOutcome } from '../../../src/services/ports/push-outbox.ts';
import { renderPush } from '../../../src/services/render-push.ts';
import { ACCOUNT, at, MSISDN, newChange, type Stores } from '../../contract/stores-harness.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const DEVICE = 'IMEI:490154203237518';
const box = new AesGcmSecretBox(randomBytes(32));
const entropy = new SystemEntropy();
const PAYLOAD = new TextEncoder().encode('a document with the PASSWORD in it');

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let prisma: ReturnType<typeof createPrisma>;
let devices: PrismaDeviceStore;
let sessions: PgSessionStore;
let outbox: PgPushOutbox;
let bootstraps: PgBootstrapStore;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  prisma = createPrisma(pool);
  devices = new PrismaDeviceStore(prisma, box);
  sessions = new PgSessionStore(pool, box);
  outbox = new PgPushOutbox(pool, box, { serverId: 'omadm' });
  bootstraps = new PgBootstrapStore(pool, box);
});
afterAll(async () => {
  await prisma.$disconnect();
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await pool.query('TRUNCATE device, push, push_part, sms_message CASCADE');
  await devices.create({ id: entropy.id(), deviceId: DEVICE, msisdn: MSISDN, account: ACCOUNT, createdAt: at(0) });
});

async function start(change: Partial<NewBootstrap> = {}): Promise<{ pushId: string; account: PendingAccount }> {
  const account = makeBootstrapCredentials('md5', (length) => entropy.bytes(length));
  const pushId = entropy.id();
  await bootstraps.start({
    deviceId: DEVICE,
    account,
    voidsPending: false,
    push: {
      pushId,
      destination: MSISDN,
      content: { kind: 'raw', destinationPort: 2948, sourcePort: 49_154, payload: PAYLOAD },
      expiresAt: at(60_000),
    },
    at: at(0),
    ...change,
  });
  return { pushId, account };
}

const load = async () => {
  const context = await sessions.load(DEVICE, '1');
  if (context === undefined) throw new Error('the device is gone');
  return context;
};
const storedPayload = async (pushId: string): Promise<Buffer | null> =>
  (await pool.query<{ payload: Buffer | null }>('SELECT payload FROM push WHERE id = $1', [pushId])).rows[0]?.payload ??
  null;
const claimOne = async (): Promise<ClaimedPush> => {
  const [claim] = await outbox.claimDue(1, at(0), 30_000, 'a');
  if (claim === undefined) throw new Error('nothing to claim');
  return claim;
};
const outcome = (claim: ClaimedPush, decision: PushOutcome['decision']): PushOutcome => ({
  pushId: claim.pushId,
  attempt: claim.attempt,
  partCount: 1,
  parts: [],
  decision,
});

describe('a bootstrap in the database', () => {
  it('is the push and the account, sealed both', async () => {
    const { pushId, account } = await start();
    const { device } = await load();
    expect(device.account.pending).toEqual([account]);
    expect(device.account.client.password).toBe(ACCOUNT.client.password);
    expect((await devices.get(DEVICE))?.bootstrap).toEqual({ state: 'pending', at: at(0), pushId });
    const { rows } = await pool.query<{ text: string }>(
      'SELECT d::text || p::text AS text, encode(p.payload, $1) FROM device d, push p',
      ['escape'],
    );
    const hex = (text: string) => Buffer.from(text).toString('hex');
    expect(JSON.stringify(rows)).not.toContain('PASSWORD');
    for (const secret of [account.client.password, account.server.password, 'PASSWORD']) {
      expect(JSON.stringify(rows)).not.toContain(hex(secret));
    }
    const claim = await claimOne();
    expect(claim).toMatchObject({ pushId, kind: 'raw', destinationPort: 2948, destination: MSISDN });
    expect(claim.kind === 'raw' && Buffer.from(claim.payload).equals(PAYLOAD)).toBe(true);
  });

  it('is gone with the device', async () => {
    const { pushId } = await start();
    await devices.delete(DEVICE);
    expect(await outbox.find(pushId)).toBeUndefined();
    await expect(start()).rejects.toMatchObject({ code: 'device-unknown' });
  });

  it('keeps what it sends no longer than it may have to be sent again', async () => {
    const { pushId } = await start();
    const again = await claimOne();
    const later = { state: 'queued', attempts: 1, dueAt: at(0), reason: 'no link' } as const;
    await outbox.recordOutcomes([outcome(again, later)], at(0), 'a');
    expect(await storedPayload(pushId)).not.toBeNull();
    await outbox.recordOutcomes([outcome(await claimOne(), { state: 'sent', attempts: 2 })], at(0), 'a');
    expect(await storedPayload(pushId)).toBeNull();
    const failed = await start();
    const decision = { state: 'failed', attempts: 1, reason: 'refused' } as const;
    await outbox.recordOutcomes([outcome(await claimOne(), decision)], at(0), 'a');
    expect(await storedPayload(failed.pushId)).toBeNull();
    const late = await start();
    expect(await outbox.claimDue(1, at(60_000), 30_000, 'a')).toEqual([]);
    expect((await outbox.find(late.pushId))?.state).toBe('expired');
    expect(await storedPayload(late.pushId)).toBeNull();
    const unwanted = await start();
    await outbox.cancel(unwanted.pushId, at(0));
    expect(await storedPayload(unwanted.pushId)).toBeNull();
    const underWay = await start();
    const claim = await claimOne();
    await outbox.cancel(underWay.pushId, at(0));
    expect(await storedPayload(underWay.pushId)).not.toBeNull();
    await outbox.recordOutcomes([outcome(claim, later)], at(0), 'a');
    expect((await outbox.find(underWay.pushId))?.state).toBe('cancelled');
    expect(await storedPayload(underWay.pushId)).toBeNull();
  });

  it('takes the place of one that still waits in the queue, whose account stays good all the same', async () => {
    const first = await start();
    const second = await start();
    expect(await outbox.find(first.pushId)).toMatchObject({ state: 'cancelled' });
    expect(await storedPayload(first.pushId)).toBeNull();
    expect((await load()).device.account.pending).toEqual([first.account, second.account]);
    expect((await outbox.find(second.pushId))?.state).toBe('queued');
  });

  it('makes the accounts sent before void when it is told to, and the oldest when there are too many', async () => {
    const accounts: PendingAccount[] = [];
    for (let count = 0; count <= MAX_PENDING_ACCOUNTS; count++) accounts.push((await start()).account);
    expect((await load()).device.account.pending).toEqual(accounts.slice(1));
    const { account } = await start({ voidsPending: true });
    expect((await load()).device.account.pending).toEqual([account]);
  });

  it('is done with the message that used its account, in the same commit', async () => {
    const { account } = await start();
    const context = await load();
    const nonce = Uint8Array.of(7, 7, 7);
    const previous = account.client.nonce ?? null;
    const adopted = { account, pending: [] };
    const device = { adopted, clientNonce: nonce, previousClientNonce: previous };
    const change = newChange({ entropy } as Stores, context, { at: at(5_000), device });
    expect(await sessions.commit(change)).toBe(true);
    const now = (await load()).device.account;
    expect(now.client).toMatchObject({ username: account.client.username, password: account.client.password });
    expect(Buffer.from(now.client.nonce ?? [])).toEqual(Buffer.from(nonce));
    expect(Buffer.from(now.client.previousNonce ?? [])).toEqual(Buffer.from(previous ?? []));
    expect(now.server).toMatchObject({ password: account.server.password });
    expect(now.pending).toBeUndefined();
    const seen = await devices.get(DEVICE);
    expect(seen?.bootstrap).toMatchObject({ state: 'done', at: at(5_000) });
    expect(seen?.clientUsername).toBe(account.client.username);
  });

  it('goes on waiting when the device used one that was sent before', async () => {
    const first = await start();
    const second = await start();
    const context = await load();
    const adopted = { account: first.account, pending: [second.account] };
    expect(await sessions.commit(newChange({ entropy } as Stores, context, { device: { adopted } }))).toBe(true);
    expect((await load()).device.account.pending).toEqual([second.account]);
    expect((await devices.get(DEVICE))?.bootstrap.state).toBe('pending');
  });

  it('that comes while a message is being answered makes that message look again', async () => {
    const first = await start();
    const context = await load();
    const second = await start();
    const adopted = { account: first.account, pending: [] };
    expect(await sessions.commit(newChange({ entropy } as Stores, context, { device: { adopted } }))).toBe(false);
    expect((await load()).device.account.pending).toEqual([first.account, second.account]);
  });

  it('is void once an admin says what the account is', async () => {
    await start();
    const context = await load();
    await devices.update(DEVICE, { client: { password: 'by hand' } }, at(1));
    expect((await load()).device.account.pending).toBeUndefined();
    expect((await devices.get(DEVICE))?.bootstrap).toMatchObject({ state: 'none' });
    expect(await sessions.commit(newChange({ entropy } as Stores, context))).toBe(false);
  });

  it('of a device without an account is the first one; by hand it needs to be given whole', async () => {
    const deviceId = 'new';
    const id = entropy.id();
    await devices.create({ id, deviceId, msisdn: MSISDN, account: ACCOUNT, hasAccount: false, createdAt: at(0) });
    expect(await devices.get(deviceId)).toMatchObject({ hasAccount: false, bootstrap: { state: 'none' } });
    await expect(devices.update(deviceId, { client: { password: 'x' } }, at(1))).rejects.toMatchObject({
      code: 'account-incomplete',
      details: { missing: ['client.username', 'server.password'] },
    });
    const { account } = await start({ deviceId });
    const context = await sessions.load(deviceId, '1');
    if (context === undefined) throw new Error('the device is gone');
    const adopted = { account, pending: [] };
    expect(await sessions.commit(newChange({ entropy } as Stores, context, { device: { adopted } }))).toBe(true);
    expect(await devices.get(deviceId)).toMatchObject({ hasAccount: true, bootstrap: { state: 'done' } });
  });
});

describe('a trigger while a bootstrap has not been answered', () => {
  async function trigger(deviceId = DEVICE): Promise<ClaimedPush> {
    await pool.query('DELETE FROM push');
    const content = { kind: 'package0', deviceId, sessionId: 7, uiMode: 1 } as const;
    await outbox.enqueue({ pushId: entropy.id(), destination: MSISDN, content, dueAt: at(0) });
    return claimOne();
  }

  it('goes out signed for every account the device may have', async () => {
    expect(renderPush(await trigger())).toHaveLength(1);
    const { account } = await start();
    const claim = await trigger();
    expect(claim).toMatchObject({
      account: { serverPassword: ACCOUNT.server.password },
      otherAccounts: [{ serverId: 'omadm', serverPassword: account.server.password }],
    });
    const bodies = renderPush(claim).map(({ body }) => Buffer.from(body).toString('hex'));
    expect(new Set(bodies).size).toBe(2);
  });

  it('is not signed for an account that a device never had', async () => {
    const id = entropy.id();
    await devices.create({ id, deviceId: 'new', account: ACCOUNT, hasAccount: false, createdAt: at(0) });
    const { account } = await start({ deviceId: 'new' });
    const claim = await trigger('new');
    expect(claim).toMatchObject({ account: { serverPassword: account.server.password } });
    expect(renderPush(claim)).toHaveLength(1);
  });
});
