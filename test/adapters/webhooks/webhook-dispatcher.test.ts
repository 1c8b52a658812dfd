import { setMaxListeners } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgEventLog } from '../../../src/adapters/pg/pg-event-log.ts';
import { PgWebhookStore } from '../../../src/adapters/pg/pg-webhook-store.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import { HttpWebhookSender } from '../../../src/adapters/webhooks/http-webhook-sender.ts';
import { TOKEN_HOLDER } from '../../../src/domain/principal.ts';
import { WEBHOOK_MAX_ATTEMPTS } from '../../../src/domain/webhook.ts';
import { WebhookDispatcher } from '../../../src/services/webhook-dispatcher.ts';
import { Webhooks } from '../../../src/services/webhooks.ts';
import { FixedClock } from '../../fakes/fixed-clock.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';
import { isSigned, Receiver } from './receiver.ts';

const WAIT = { timeout: 30_000, interval: 10 };
const DAY = 86_400_000;

let postgres: PostgresStores;
let store: PgWebhookStore;
let log: PgEventLog;
let receiver: Receiver;
let clock: FixedClock;
let sender: HttpWebhookSender;
let webhooks: Webhooks;
const entropy = new SystemEntropy();
const never = new AbortController().signal;
setMaxListeners(0, never);
const faults: unknown[] = [];

beforeAll(async () => {
  postgres = await postgresStores();
  store = new PgWebhookStore(postgres.pool, new AesGcmSecretBox(new Uint8Array(32).fill(3)));
  log = new PgEventLog(postgres.pool);
});
afterAll(() => postgres.close());
beforeEach(async () => {
  await postgres.emptied();
  receiver = await Receiver.start();
  clock = new FixedClock();
  sender = new HttpWebhookSender({ allowsPrivate: true, timeoutMs: 30_000, userAgent: 'omadm/test' });
  webhooks = new Webhooks({ webhooks: store, sender, log, clock, entropy });
});
afterEach(async () => {
  expect(faults).toEqual([]);
  sender.close();
  await receiver.close();
});

const dispatcher = (): WebhookDispatcher =>
  new WebhookDispatcher({
    webhooks: store,
    sender,
    log,
    clock,
    entropy,
    random: () => 0.5,
    onFault: (fault) => faults.push(fault),
  });

const make = (kinds: readonly string[] = ['test.*'], url = receiver.url) =>
  webhooks.create({ url, kinds }, TOKEN_HOLDER);

/** Writes events and waits until readers may have them. */
async function happen(...kinds: string[]): Promise<void> {
  const { rows } = await postgres.pool.query<{ tx: string }>(
    `WITH written AS (INSERT INTO event (kind, data, at) SELECT kind, json_build_object('n', n), now()
      FROM unnest($1::text[]) WITH ORDINALITY AS k(kind, n) RETURNING tx) SELECT max(tx)::text AS tx FROM written`,
    [kinds],
  );
  await expect.poll(async () => (await log.end()).tx > BigInt(rows[0]?.tx ?? 0), WAIT).toBe(true);
}

/** Everything that can be queued and sent now is. */
async function work(by = dispatcher()): Promise<void> {
  while (await by.run(never)) await by.idle();
  await by.idle();
}

const states = async (id: string): Promise<readonly string[]> =>
  (await webhooks.messages(id, {}, { limit: 100 })).items.map(({ state }) => state).toSorted();

describe('a webhook', () => {
  it('is told of what happens from its making on, if it wants that, signed, once each and in order', async () => {
    await happen('test.before');
    const { webhook, secret } = await make(['test.*', 'other.one']);
    await happen('test.a', 'unwanted.a', 'other.one', 'other.two', 'test.b');
    await work();
    await work();
    expect(receiver.types.toSorted()).toEqual(['other.one', 'test.a', 'test.b']);
    expect(receiver.received.every((one) => isSigned(one, secret))).toBe(true);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(3);
    const [first] = receiver.received;
    const page = await log.read({ kinds: ['test.a'] }, { tx: 0n, id: 0n }, 1);
    expect(JSON.parse(first?.text ?? '')).toMatchObject({
      type: 'test.a',
      timestamp: page.events[0]?.at.toISOString(),
      data: { kind: 'test.a', data: { n: 1 } },
    });
    expect(await states(webhook.id)).toEqual(['delivered', 'delivered', 'delivered']);
  });

  it('is told each event once by several processes together', async () => {
    await make();
    await happen(...Array.from({ length: 300 }, (_, n) => `test.k${String.fromCharCode(97 + (n % 26))}`));
    const processes = [dispatcher(), dispatcher(), dispatcher()];
    await Promise.all(processes.map((one) => work(one)));
    await expect.poll(() => receiver.received.length, WAIT).toBe(300);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(300);
  });

  it('is sent what failed again later, under the same id, until it is taken', async () => {
    const { webhook } = await make();
    receiver.answer = (response) => response.writeHead(500).end();
    await happen('test.a');
    await work();
    await work();
    expect(receiver.received).toHaveLength(1);
    clock.advance(5_000);
    await work();
    expect(receiver.received).toHaveLength(2);
    const { items } = await webhooks.messages(webhook.id, { state: 'pending' }, { limit: 10 });
    expect(items).toMatchObject([{ attempts: 2, lastStatus: 500, dueAt: new Date(clock.now().getTime() + 30_000) }]);
    receiver.answer = (response) => response.writeHead(200).end('thanks');
    clock.advance(30_000);
    await work();
    expect(await states(webhook.id)).toEqual(['delivered']);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(await webhooks.get(webhook.id)).toMatchObject({ failures: 0, lastSuccessAt: clock.now() });
  });

  it('that fails at one message gets the others', async () => {
    const { webhook } = await make();
    receiver.answer = (response, { type }) => response.writeHead(type === 'test.bad' ? 500 : 204).end();
    await happen('test.bad', 'test.a', 'test.b');
    await work();
    expect(await states(webhook.id)).toEqual(['delivered', 'delivered', 'pending']);
  });

  it('that is down is tried with one message at a time, and less and less often', async () => {
    const { webhook } = await make();
    receiver.answer = (response) => response.writeHead(503).end();
    await happen(...Array.from({ length: 40 }, () => 'test.a'));
    await work();
    const atFirst = receiver.received.length;
    expect(atFirst).toBe(8);
    await work();
    expect(receiver.received).toHaveLength(atFirst);
    for (let probe = 1; probe <= 4; probe++) {
      clock.advance(3_600_000);
      await work();
      expect(receiver.received).toHaveLength(atFirst + probe);
    }
    receiver.answer = (response) => response.writeHead(204).end();
    clock.advance(12 * 3_600_000);
    await work();
    expect(await states(webhook.id)).toEqual(Array.from({ length: 40 }, () => 'delivered'));
  });

  it('has a list of what was given up, and sends it again when told to', async () => {
    const { webhook } = await make();
    receiver.answer = (response) => response.writeHead(500).end();
    await happen('test.a');
    for (let attempt = 0; attempt < WEBHOOK_MAX_ATTEMPTS; attempt++) {
      await work();
      clock.advance(DAY / 2);
    }
    expect(receiver.received).toHaveLength(WEBHOOK_MAX_ATTEMPTS);
    const { items } = await webhooks.messages(webhook.id, { state: 'dead' }, { limit: 10 });
    expect(items).toMatchObject([{ attempts: WEBHOOK_MAX_ATTEMPTS, lastStatus: 500, endedAt: expect.any(Date) }]);
    receiver.answer = (response) => response.writeHead(204).end();
    expect(await webhooks.redeliver(webhook.id, items[0]?.id ?? '')).toMatchObject({ state: 'pending', attempts: 0 });
    await work();
    expect(await states(webhook.id)).toEqual(['delivered']);
    expect(await webhooks.redeliverDead(webhook.id)).toBe(0);
    await expect(webhooks.redeliver(webhook.id, entropy.id())).rejects.toMatchObject({
      code: 'webhook-message-unknown',
    });
  });

  it('that answers 410 is disabled at once, tells so, and goes on where it was when it is enabled again', async () => {
    const { webhook } = await make();
    receiver.answer = (response) => response.writeHead(410).end();
    await happen('test.a');
    await work();
    expect(await webhooks.get(webhook.id)).toMatchObject({ enabled: false, disabledReason: 'gone' });
    expect(await states(webhook.id)).toEqual(['dead']);
    await happen('test.b');
    await work();
    expect(receiver.types).toEqual(['test.a']);
    const told = await log.read({ kinds: ['webhook.disabled'] }, { tx: 0n, id: 0n }, 10);
    expect(told.events).toMatchObject([{ data: { id: webhook.id, reason: 'gone' } }]);
    receiver.answer = (response) => response.writeHead(204).end();
    expect(await webhooks.update(webhook.id, { enabled: true })).not.toHaveProperty('disabledReason');
    await work();
    expect(receiver.types).toEqual(['test.a', 'test.b']);
  });

  it('that takes nothing for five days is disabled', async () => {
    const { webhook } = await make();
    await receiver.close();
    await happen('test.a');
    await work();
    clock.advance(5 * DAY);
    await work();
    expect(await webhooks.get(webhook.id)).toMatchObject({ enabled: true, failures: 2 });
    clock.advance(DAY);
    await work();
    expect(await webhooks.get(webhook.id)).toMatchObject({ enabled: false, disabledReason: 'failing' });
    receiver = await Receiver.start();
  });

  it('that hangs keeps no other waiting', async () => {
    receiver.answer = () => {};
    const other = await Receiver.start();
    await make();
    await make(['test.*'], other.url);
    await happen('test.a');
    const abort = new AbortController();
    const working = dispatcher();
    await working.run(abort.signal);
    await expect.poll(() => [receiver.types, other.types], WAIT).toEqual([['test.a'], ['test.a']]);
    await happen('test.b');
    await working.run(abort.signal);
    await expect.poll(() => other.types, WAIT).toEqual(['test.a', 'test.b']);
    abort.abort();
    await working.idle();
    await other.close();
  });

  it('is sent again what a process had taken that died, and what that process says later does not count', async () => {
    const { webhook } = await make();
    await happen('test.a');
    let letGo = (): void => {};
    receiver.answer = (response) => {
      letGo = () => response.writeHead(500).end();
    };
    const late = dispatcher();
    await late.run(never);
    await expect.poll(() => receiver.types, WAIT).toEqual(['test.a']);
    receiver.answer = (response) => response.writeHead(204).end();
    await work();
    expect(receiver.received).toHaveLength(1);
    clock.advance(30_000);
    await work();
    expect(receiver.received).toHaveLength(2);
    letGo();
    await late.idle();
    expect(await states(webhook.id)).toEqual(['delivered']);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(await webhooks.get(webhook.id)).toMatchObject({ failures: 0 });
  });

  it('can be tried, and given another secret; the database has neither in the clear', async () => {
    const { webhook, secret } = await make();
    expect(await webhooks.try(webhook.id)).toMatchObject({ delivered: true, status: 204 });
    const renewed = await webhooks.renewSecret(webhook.id);
    expect(renewed.secret).not.toBe(secret);
    await webhooks.try(webhook.id);
    expect(receiver.types).toEqual(['webhook.test', 'webhook.test']);
    const [first, second] = receiver.received;
    if (first === undefined || second === undefined) throw new Error('nothing came');
    expect([isSigned(first, secret), isSigned(second, secret), isSigned(second, renewed.secret)]).toEqual([
      true,
      false,
      true,
    ]);
    const { rows } = await postgres.pool.query('SELECT * FROM webhook');
    const kept = JSON.stringify(rows, (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('base64') : value,
    );
    for (const one of [secret, renewed.secret]) expect(kept).not.toContain(one.slice('whsec_'.length));
  });

  it('goes with its messages, and is refused where it must not lead', async () => {
    const { webhook } = await make();
    await happen('test.a');
    await work();
    await webhooks.delete(webhook.id);
    await expect(webhooks.get(webhook.id)).rejects.toMatchObject({ code: 'webhook-unknown' });
    expect((await postgres.pool.query('SELECT FROM webhook_message')).rowCount).toBe(0);
    const careful = new HttpWebhookSender({ allowsPrivate: false, userAgent: 'x' });
    const refusing = new Webhooks({ webhooks: store, sender: careful, log, clock, entropy });
    await expect(refusing.create({ url: receiver.url, kinds: ['a.*'] }, TOKEN_HOLDER)).rejects.toMatchObject({
      code: 'webhook-url-unsuitable',
    });
    careful.close();
  });
});
