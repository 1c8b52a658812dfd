import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpTransport, type Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { ADMIN_TOKEN } from './server-process.ts';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

const PACKAGE = `<SyncBody>
  <Add><CmdID>1</CmdID><Item><Target><LocURI>./Vendor/Told</LocURI></Target><Data>yes</Data></Item></Add>
  <Final/>
</SyncBody>`;

let server: ServerUnderTest;
let packageId: string;
let count = 0;

beforeAll(async () => {
  // The tests say where their devices are as a proxy would.
  server = await startServerUnderTest({ TRUSTED_PROXIES: '127.0.0.1' });
  const uploaded = await server.api.upload<{ id: string }>('/api/v1/packages?name=told', Buffer.from(PACKAGE));
  packageId = uploaded.id;
});

afterAll(() => server?.stop());

/** A way to the server that comes in from that address. */
function from(address: string): Transport {
  const post = createHttpTransport();
  return (request) => post({ ...request, headers: { ...request.headers, 'X-Forwarded-For': address } });
}

interface Account {
  readonly auth: 'basic' | 'md5' | 'hmac';
  readonly client: { readonly username: string; readonly password: string; readonly scope?: 'message' };
  readonly server: { readonly password: string; readonly auth?: 'basic' | 'md5' };
}

const ACCOUNT: Account = {
  auth: 'md5',
  client: { username: 'user', password: 'client-secret' },
  server: { password: 'server-secret' },
};

async function register(dm: Account): Promise<string> {
  const deviceId = `IMEI:3519280411${String(++count).padStart(5, '0')}`;
  await server.api.post('/api/v1/devices', { deviceId, dm });
  await server.api.post('/api/v1/deliveries', { packageId, deviceId, trigger: false });
  return deviceId;
}

function device(deviceId: string, { auth, client, server: own }: Account, address = '192.0.2.1'): VirtualDevice {
  return new VirtualDevice({
    deviceId,
    serverUrl: `${server.url}/dm`,
    auth,
    client: { username: client.username, password: client.password },
    server: { id: 'omadm', ...own },
    transport: from(address),
    retries: { limit: 0 },
  });
}

async function change(deviceId: string, dm: unknown): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/devices/${encodeURIComponent(deviceId)}`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ dm }),
  });
  expect(response.status).toBe(200);
}

describe('an account', () => {
  it.each([
    ['Basic and the server by MD5', { ...ACCOUNT, auth: 'basic', server: { ...ACCOUNT.server, auth: 'md5' } }],
    ['MD5 and the server by Basic', { ...ACCOUNT, server: { ...ACCOUNT.server, auth: 'basic' } }],
    ['MD5 in every message', { ...ACCOUNT, client: { ...ACCOUNT.client, scope: 'message' } }],
  ] as const)('has the device prove itself by %s', async (_, account) => {
    const deviceId = await register(account);
    const one = device(deviceId, account);
    for (let session = 0; session < 2; session++) {
      expect(await one.runSession()).toMatchObject({ end: 'completed', clientAuthenticated: true, complaints: [] });
    }
    expect(one.tree.valueOf('./Vendor/Told')).toBe('yes');
  });

  it('that is changed counts from the next session on', async () => {
    const deviceId = await register(ACCOUNT);
    await change(deviceId, { auth: 'hmac', client: { password: 'second' }, server: { password: 'second, too' } });
    const account: Account = {
      auth: 'hmac',
      client: { username: 'user', password: 'second' },
      server: { password: 'second, too' },
    };
    expect(await device(deviceId, ACCOUNT).runSession()).toMatchObject({ end: 'client-not-authenticated' });
    const one = device(deviceId, account);
    expect(await one.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: true });
    expect(one.tree.valueOf('./Vendor/Told')).toBe('yes');
  });
});

describe('whoever tries passwords in the name of a device', () => {
  it('is held back, keeps nobody else from it, and the sessions say why they ended', async () => {
    const deviceId = await register(ACCOUNT);
    const guessing = { ...ACCOUNT, client: { username: 'user', password: 'guess' } };
    const ends: string[] = [];
    for (let tries = 0; tries < 6; tries++) {
      const { end, reason } = await device(deviceId, guessing, '198.51.100.7').runSession();
      ends.push(`${end}: ${reason ?? ''}`);
    }
    expect(ends.slice(0, 3).every((end) => end.startsWith('client-not-authenticated'))).toBe(true);
    expect(ends.slice(3).every((end) => end.includes('429'))).toBe(true);

    const { items } = await server.api.get<{ items: { closeReason?: string; authFailure?: unknown }[] }>(
      `/api/v1/sessions?deviceId=${encodeURIComponent(deviceId)}`,
    );
    expect(items).toHaveLength(3);
    for (const session of items) {
      expect(session).toMatchObject({
        closeReason: 'client-not-authenticated',
        authFailure: { side: 'device', kind: 'md5', why: expect.stringMatching(/digest is wrong/) },
      });
    }
    const own = device(deviceId, ACCOUNT, '192.0.2.1');
    expect(await own.runSession()).toMatchObject({ end: 'completed' });
    expect(own.tree.valueOf('./Vendor/Told')).toBe('yes');
  });
});
