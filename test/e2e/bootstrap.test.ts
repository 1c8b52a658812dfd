import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, type DeliveryReport, endOfDelivery } from '../../scripts/api-client.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

let smsc: Smsc;
let server: ServerUnderTest;
let api: ApiClient;
let count = 0;

beforeAll(async () => {
  smsc = await startSmsc();
  server = await startServerUnderTest({ SMPP_URL: `smpp://test:test@127.0.0.1:${smsc.port}` });
  api = server.api;
});

afterAll(async () => {
  await server?.stop();
  await smsc?.close();
});

interface Record {
  readonly bootstrap: { readonly state: string; readonly at?: string };
  readonly dm?: { readonly auth: string; readonly client: { readonly username: string } };
  readonly lastSeenAt?: string;
}
interface Status {
  readonly state: string;
  readonly push?: { readonly id: string; readonly state: string; readonly partsAccepted: number };
}

const PATIENCE = { timeout: 30_000, interval: 50 };
const pathOf = (deviceId: string) => `/api/v1/devices/${encodeURIComponent(deviceId)}`;
const recordOf = (deviceId: string) => api.get<Record>(pathOf(deviceId));
const statusOf = (deviceId: string) => api.get<Status>(`${pathOf(deviceId)}/bootstrap`);

/** What nobody is attached for waits at the SMS centre; a phone that comes later gets it. */
function identity(): { deviceId: string; msisdn: string; imsi: string } {
  const number = String(++count).padStart(2, '0');
  return { deviceId: `IMEI:4901542032385${number}`, msisdn: `4366412399${number}`, imsi: `2620112345678${number}` };
}

const until = async (deviceId: string, state: string): Promise<void> => {
  await expect.poll(async () => (await recordOf(deviceId)).bootstrap.state, PATIENCE).toBe(state);
};

/** A package reaches the device: trigger, session, report. */
async function deliver(deviceId: string): Promise<DeliveryReport> {
  const name = `value-${deviceId.slice(-2)}-${++count}`;
  const xml = `<Replace><Item><Target><LocURI>./Vendor/${name}</LocURI></Target><Data>${name}</Data></Item></Replace>`;
  const { id: packageId } = await api.upload<{ id: string }>(`/api/v1/packages?name=${name}`, Buffer.from(xml));
  const { id } = await api.post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId });
  return endOfDelivery(api, id);
}

const ways = [
  { profile: 'cp', version: '1.1', security: 'NETWPIN' },
  { profile: 'cp', version: '1.2', security: 'USERNETWPIN' },
  { profile: 'plain', version: '1.1', security: 'USERPIN' },
  { profile: 'plain', version: '1.2', security: 'NETWPIN' },
] as const;

describe.each(ways)('a device bootstrapped with a $profile document for DM $version, by $security', (way) => {
  const pin = way.security === 'NETWPIN' ? {} : { pin: '4711' };

  it('that had no account opens its first session with the new credentials, and is marked by it', async () => {
    const { deviceId, msisdn, imsi } = identity();
    await api.post('/api/v1/devices', { deviceId, msisdn, imsi });
    expect(await recordOf(deviceId)).toMatchObject({ bootstrap: { state: 'none' } });
    const device = new VirtualDevice({ deviceId, dmVersion: way.version, bootstrap: { imsi, ...pin } });
    const handset = await device.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn });
    const { pushId, partCount } = await api.post<{ pushId: string; partCount: number }>(
      `${pathOf(deviceId)}/bootstrap`,
      {
        ...way,
        ...pin,
      },
    );
    await until(deviceId, 'done');
    await device.whenIdle();
    const record = await recordOf(deviceId);
    expect(record.dm).toMatchObject({ auth: 'md5' });
    expect(record.lastSeenAt).toBe(record.bootstrap.at);
    await expect
      .poll(() => statusOf(deviceId), PATIENCE)
      .toMatchObject({ state: 'done', push: { id: pushId, state: 'delivered', partsAccepted: partCount } });

    expect((await deliver(deviceId)).state).toBe('succeeded');
    await device.whenIdle();
    await handset.close();
  });

  it('again goes on with what it has while the push is lost, and changes over when one arrives', async () => {
    const { deviceId, msisdn, imsi } = identity();
    const [client, own] = [randomBytes(16), randomBytes(16)];
    const account = { client: { username: 'old', password: 'old-client' }, server: { password: 'old-server' } };
    await api.post('/api/v1/devices', {
      deviceId,
      msisdn,
      imsi,
      dm: {
        auth: 'md5',
        client: { ...account.client, nonce: client.toString('base64') },
        server: { ...account.server, nonce: own.toString('base64') },
      },
    });
    const device = new VirtualDevice({
      deviceId,
      serverUrl: `${server.url}/dm`,
      dmVersion: way.version,
      client: { ...account.client, nonce: client },
      server: { id: 'omadm', ...account.server, nonce: own },
      bootstrap: { imsi, ...pin },
    });
    let isLost = true;
    const { attachHandset } = await import('../../src/simulators/smsc/attach-handset.ts');
    const handset = await attachHandset({
      host: smsc.host,
      port: smsc.port,
      msisdn,
      onMessage: (udh, body) => {
        if (!isLost) device.onPush(udh, body);
      },
    });
    const lost = await api.post<{ pushId: string }>(`${pathOf(deviceId)}/bootstrap`, { ...way, ...pin });
    await expect
      .poll(async () => (await statusOf(deviceId)).push, PATIENCE)
      .toMatchObject({ id: lost.pushId, state: 'delivered' });
    expect((await device.runSession()).end).toBe('completed');
    expect(await recordOf(deviceId)).toMatchObject({
      bootstrap: { state: 'pending' },
      dm: { client: { username: 'old' } },
    });

    // A trigger is signed for what the device may have: here the account from before.
    isLost = false;
    expect((await deliver(deviceId)).state).toBe('succeeded');
    expect((await recordOf(deviceId)).bootstrap.state).toBe('pending');

    await api.post(`${pathOf(deviceId)}/bootstrap`, { ...way, ...pin });
    await until(deviceId, 'done');
    await device.whenIdle();
    expect((await recordOf(deviceId)).dm?.client.username).not.toBe('old');
    expect((await deliver(deviceId)).state).toBe('succeeded');
    await device.whenIdle();
    await handset.close();

    const former = new VirtualDevice({
      deviceId,
      serverUrl: `${server.url}/dm`,
      dmVersion: way.version,
      client: account.client,
      server: { id: 'omadm', ...account.server },
      retries: { limit: 0 },
    });
    expect((await former.runSession()).end).toBe('client-not-authenticated');
  });
});
