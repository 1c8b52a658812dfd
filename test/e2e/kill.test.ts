import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient, type DeliveryReport, endOfDelivery } from '../../scripts/api-client.ts';
import { freePort } from '../../scripts/free-port.ts';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { expectedLeaves } from '../../src/provisioning/expected-leaves.ts';
import { instantiateCommands } from '../../src/provisioning/instantiate-commands.ts';
import { createHttpTransport, type Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { ADMIN_TOKEN, ServerProcess } from './server-process.ts';

const XML = readFileSync(new URL('../../provisioning-xml/apn-and-browser.xml', import.meta.url));
const DEVICE = 'IMEI:490154203237518';
const MSISDN = '436641234567';

let database: TestDatabase;
let smsc: Smsc;
let server: ServerProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  smsc = await startSmsc();
  server = new ServerProcess({
    databaseUrl: database.url,
    smppUrl: `smpp://test:test@127.0.0.1:${smsc.port}?responseMs=2000`,
    port: await freePort(),
  });
});

afterAll(async () => {
  await server.kill();
  await smsc.close();
  await database.drop();
});

describe('a server that is killed between any two steps of a delivery, and in the middle of them', () => {
  it('still ends the delivery succeeded, and the device has carried out every command exactly once', {
    timeout: 240_000,
  }, async () => {
    await server.start();
    const api = new ApiClient(server.url, ADMIN_TOKEN);
    const account = {
      client: { username: 'phone', password: 'client-secret', nonce: randomBytes(16) },
      server: { password: 'server-secret', nonce: randomBytes(16) },
    };
    await api.post('/api/v1/devices', {
      deviceId: DEVICE,
      msisdn: MSISDN,
      dm: {
        auth: 'md5',
        client: { ...account.client, nonce: account.client.nonce.toString('base64') },
        server: { ...account.server, nonce: account.server.nonce.toString('base64') },
      },
    });
    await server.killAndRestart(); // the device is stored
    const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=sample', XML);
    await server.killAndRestart(); // the package is stored

    // The SMSC has the first submit in hand and the server is gone before the answer.
    const submitted = new Promise<void>((resolve) => {
      const off = smsc.onPush(() => {
        off();
        void server.killAndRestart().then(resolve);
      });
    });

    let message = 0;
    const http = createHttpTransport();
    /** Around every message of the device: before it leaves, while it is under way, after it was answered. */
    const murderous: Transport = async (request) => {
      message += 1;
      await server.killAndRestart();
      const halfWay = http(request).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, message));
      await server.killAndRestart();
      await halfWay;
      await http(request); // taken, and the answer lost together with the server
      await server.killAndRestart();
      return http(request);
    };
    const device = new VirtualDevice({
      deviceId: DEVICE,
      serverUrl: `${server.url}/dm`,
      client: account.client,
      server: { id: 'omadm', ...account.server },
      encoding: 'wbxml',
      auth: 'md5',
      maxMsgSize: 900, // so that the package takes several messages
      transport: murderous,
    });
    const handset = await device.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn: MSISDN });
    try {
      const ordered = await api
        .post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId: DEVICE })
        // The push may be on its way, and the server gone, before the answer was read: the order stands all the same.
        .catch(() => undefined);
      await submitted;
      const id = ordered?.id ?? (await onlyDelivery(api));
      const report = await waitFor(api, id);
      await device.whenIdle();

      expect(report.state).toBe('succeeded');
      const compilation = compileDocument(XML);
      if (!compilation.ok) throw new Error('the sample is faulty');
      const made = instantiateCommands(compilation.document.commands, {});
      if (!made.ok) throw new Error('the sample has variables');
      const held = device.tree.leaves();
      for (const [locUri, { value }] of expectedLeaves(made.commands)) {
        const found = held.get(locUri)?.value;
        expect([locUri, found instanceof Uint8Array ? Buffer.from(found).toString('base64') : found]).toEqual([
          locUri,
          value,
        ]);
      }
      const items = made.commands.flatMap((command) => ('items' in command ? command.items : []));
      expect(device.executions.map(({ locUri }) => locUri)).toEqual(items.map((item) => item.target?.uri));
      expect(message).toBeGreaterThanOrEqual(3);
      expect(server.kills).toBeGreaterThanOrEqual(3 * message);
    } finally {
      await handset.close();
    }
  });
});

async function onlyDelivery(api: ApiClient): Promise<string> {
  const { items } = await api.get<{ items: readonly DeliveryReport[] }>('/api/v1/deliveries');
  expect(items.length).toBe(1);
  return items[0]?.id ?? '';
}

/** The server is away most of the time, so a refused connection says nothing. */
async function waitFor(api: ApiClient, id: string): Promise<DeliveryReport> {
  const giveUpAt = Date.now() + 180_000;
  for (;;) {
    try {
      return await endOfDelivery(api, id, 2_000);
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
