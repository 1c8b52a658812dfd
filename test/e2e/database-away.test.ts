import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient, type DeliveryReport } from '../../scripts/api-client.ts';
import { readConfig } from '../../src/config.ts';
import { type RunningServer, startServer } from '../../src/main.ts';
import { createHttpTransport, type Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { ADMIN_TOKEN } from './server-process.ts';
import { TcpGate } from './tcp-gate.ts';

let database: TestDatabase;
let gate: TcpGate;
let server: RunningServer | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  gate = new TcpGate({ host: hostname, port: Number(port) });
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  await gate.shut();
  await database.drop();
});

async function start(): Promise<RunningServer> {
  const url = new URL(database.url);
  url.port = String(gate.port);
  return startServer(
    readConfig({
      PORT: '0',
      DATABASE_URL: url.href,
      SECRET_KEY: Buffer.alloc(32, 9).toString('base64'),
      ADMIN_TOKEN,
      LOG_LEVEL: 'silent',
    }),
  );
}

const XML = 'application/vnd.syncml.dm+xml';
const SYNCML = `<SyncML xmlns="SYNCML:SYNCML1.1"><SyncHdr><VerDTD>1.1</VerDTD><VerProto>DM/1.1</VerProto><SessionID>1</SessionID>
<MsgID>1</MsgID><Target><LocURI>http://x/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source></SyncHdr>
<SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Final/></SyncBody></SyncML>`;

describe('PostgreSQL away at the start', () => {
  it('is waited for: the server is alive, not ready, tells devices to repeat, and goes to work when it comes', async () => {
    await gate.open();
    await gate.shut();
    server = await start();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    const refused = await fetch(`${server.url}/dm`, { method: 'POST', body: SYNCML, headers: { 'Content-Type': XML } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    await gate.open();
    await server.ready;
    const api = new ApiClient(server.url, ADMIN_TOKEN);
    expect(await api.get('/readyz')).toMatchObject({ status: 'ready' });
  });
});

describe('PostgreSQL gone in the middle of a session', () => {
  it('costs the device a few repetitions and nothing else', { timeout: 60_000 }, async () => {
    await gate.open();
    server = await start();
    await server.ready;
    const api = new ApiClient(server.url, ADMIN_TOKEN);
    const deviceId = 'IMEI:1';
    const account = { client: { username: 'phone', password: 'c' }, server: { password: 's' } };
    await api.post('/api/v1/devices', { deviceId, dm: { auth: 'basic', ...account } });
    const xml = `<SyncBody>${[1, 2, 3]
      .map(
        (n) =>
          `<Add><Item><Target><LocURI>./Vendor/Away/N${n}</LocURI></Target><Data>${'x'.repeat(300)}${n}</Data></Item></Add>`,
      )
      .join('')}</SyncBody>`;
    const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=p', Buffer.from(xml));
    const { id } = await api.post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId });

    const http = createHttpTransport();
    const statuses: number[] = [];
    let posts = 0;
    const unlucky: Transport = async (request) => {
      posts += 1;
      // Away for the second message and what the device repeats of it, back for the third repetition.
      if (posts === 2) await gate.shut();
      if (posts === 4) await gate.open();
      const response = await http(request);
      statuses.push(response.status);
      return response;
    };
    const device = new VirtualDevice({
      deviceId,
      serverUrl: `${server.url}/dm`,
      client: account.client,
      server: { id: 'omadm', ...account.server },
      auth: 'basic',
      maxMsgSize: 900,
      transport: unlucky,
    });
    const outcome = await device.runSession();
    expect(outcome.end).toBe('completed');
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(2);
    expect((await api.get<DeliveryReport>(`/api/v1/deliveries/${id}`)).state).toBe('succeeded');
    expect(device.executions.map(({ locUri }) => locUri)).toEqual([
      './Vendor/Away/N1',
      './Vendor/Away/N2',
      './Vendor/Away/N3',
    ]);
  });

  it('is a 503 to the REST API and "not ready" to a probe, and passes', async () => {
    await gate.open();
    server = await start();
    await server.ready;
    await gate.shut();
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
    const list = await fetch(`${server.url}/api/v1/devices`, { headers });
    expect([list.status, list.headers.get('content-type')]).toEqual([503, expect.stringMatching(/problem\+json/)]);
    expect((await fetch(`${server.url}/readyz`, { headers })).status).toBe(503);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await gate.open();
    expect((await fetch(`${server.url}/api/v1/devices`, { headers })).status).toBe(200);
  });
});
