import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { ADMIN_TOKEN, ServerProcess } from './server-process.ts';

let database: TestDatabase;
const servers: ServerProcess[] = [];
const smscs: Smsc[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  for (let n = 0; n < 2; n++) servers.push(new ServerProcess({ databaseUrl: database.url, port: await freePort() }));
  // One after the other: the first migrates.
  for (const server of servers) await server.start();
}, 120_000);
afterAll(async () => {
  for (const server of servers) await server.stop();
  await database.drop();
});
afterEach(async () => {
  for (const smsc of smscs.splice(0)) await smsc.close();
});

async function call(server: number, method: string, path: string, body?: object) {
  const response = await fetch(`${servers[server]?.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it by name
  return { status: response.status, json: (response.status === 204 ? undefined : await response.json()) as any };
}

async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('a link made, changed and taken away at one process is so at every process, without a restart', async () => {
  const smsc = await startSmsc({ systemId: 'omadm', password: 'pw', deliverWithoutHandset: true });
  smscs.push(smsc);
  const made = await call(0, 'POST', '/api/v1/links', {
    name: 'one',
    host: '127.0.0.1',
    port: smsc.port,
    systemId: 'omadm',
    password: 'wrong',
    backOffMs: 50,
    maxBackOffMs: 100,
  });
  expect(made.status).toBe(201);
  const path = `/api/v1/links/${made.json.id}`;
  expect((await call(1, 'POST', `${path}/test`)).json).toMatchObject({
    ok: false,
    detail: 'the SMSC refused the bind: the password is wrong (ESME_RINVPASWD, 0x0000000e)',
  });
  await call(1, 'PATCH', path, { password: 'pw', binds: 2 });
  await waitFor(() => smsc.links === 4);
  expect((await call(0, 'POST', `${path}/test`)).json).toMatchObject({ ok: true });
  for (const server of [0, 1]) {
    await waitFor(async () => (await call(server, 'GET', path)).json.status?.binds.length === 2);
    expect((await call(server, 'GET', path)).json.status.state).toBe('bound');
  }

  // Routing changes without new connections.
  const before = smsc.pushes.length;
  await waitFor(() => smsc.links === 4);
  const connections = smsc.connections;
  await call(0, 'PATCH', path, { weight: 7, prefixes: ['49'], ratePerSecond: 500 });
  await waitFor(async () => (await call(1, 'GET', path)).json.weight === 7);
  expect(smsc.connections).toBe(connections);
  expect(smsc.pushes.length).toBe(before);

  // What a phone sends is acknowledged when it is stored, and then everybody sees it.
  const statuses = await smsc.sendIncoming({ source: '491701', destination: '1', body: Buffer.from('STOP') });
  expect(statuses).toEqual([0, 0, 0, 0]);
  const { items } = (await call(1, 'GET', '/api/v1/incoming-messages?source=491701')).json;
  expect(items).toHaveLength(4);
  expect(items[0]).toMatchObject({ linkId: made.json.id, body: 'U1RPUA==' });

  await call(1, 'PATCH', path, { enabled: false });
  await waitFor(() => smsc.links === 0);
  await call(1, 'PATCH', path, { enabled: true });
  await waitFor(() => smsc.links === 4);
  expect((await call(0, 'DELETE', path)).status).toBe(204);
  await waitFor(() => smsc.links === 0);
});
