import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../scripts/api-client.ts';
import { freePort } from '../../scripts/free-port.ts';
import { isSigned, Receiver } from '../adapters/webhooks/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { ADMIN_TOKEN, ServerProcess } from './server-process.ts';

const WAIT = { timeout: 120_000, interval: 50 };

let database: TestDatabase;
let sql: pg.Client;
let server: ServerProcess;
let api: ApiClient;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  server = new ServerProcess({
    databaseUrl: database.url,
    port: await freePort(),
    env: { WEBHOOK_PRIVATE_ADDRESSES: 'true' },
  });
  await server.start();
  api = new ApiClient(server.url, ADMIN_TOKEN);
});
afterAll(async () => {
  await server?.stop();
  await sql?.end();
  await database?.drop();
});

const happen = (kind: string, count: number) =>
  sql.query(
    "INSERT INTO event (kind, data, at) SELECT $1, json_build_object('n', n), now() FROM generate_series(1, $2) n",
    [kind, count],
  );

describe('webhooks of a server that is killed', () => {
  it('are told every event at least once, under ids that tell repetitions', { timeout: 240_000 }, async () => {
    const receiver = await Receiver.start();
    const { id, secret } = await api.post<{ id: string; secret: string }>('/api/v1/webhooks', {
      url: receiver.url,
      kinds: ['test.*'],
    });
    // The first ones hang: the server has them in its hands when it is killed.
    receiver.answer = () => {};
    await happen('test.early', 5);
    await expect.poll(() => receiver.received.length, WAIT).toBe(5);
    await server.kill();
    await happen('test.meanwhile', 20);
    receiver.answer = (response) => response.writeHead(204).end();
    await server.start();
    await expect.poll(() => new Set(receiver.received.map(({ id: message }) => message)).size, WAIT).toBe(25);
    const messages = async () =>
      (await api.get<{ items: { state: string }[] }>(`/api/v1/webhooks/${id}/messages?limit=100`)).items;
    await expect
      .poll(async () => (await messages()).filter(({ state }) => state === 'delivered').length, WAIT)
      .toBe(25);
    expect(receiver.received.every((one) => isSigned(one, secret))).toBe(true);
    const bodies = new Map(receiver.received.map((one) => [one.id, one.text]));
    expect(receiver.received.every((one) => bodies.get(one.id) === one.text)).toBe(true);
    expect(receiver.types.filter((type) => type === 'test.early')).toHaveLength(10);
    await receiver.close();
  });
});
