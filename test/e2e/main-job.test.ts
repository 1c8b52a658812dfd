import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, type DeliveryReport, endOfDelivery } from '../../scripts/api-client.ts';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { expectedLeaves } from '../../src/provisioning/expected-leaves.ts';
import { instantiateCommands } from '../../src/provisioning/instantiate-commands.ts';
import { BUILT_IN_VARIABLES } from '../../src/provisioning/variables.ts';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

const SAMPLES = new URL('../../provisioning-xml/', import.meta.url);

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

interface Phone {
  readonly device: VirtualDevice;
  readonly deviceId: string;
  readonly detach: () => Promise<void>;
}

type Way = Pick<VirtualDeviceOptions, 'encoding' | 'auth' | 'dmVersion'>;

async function phone(way: Way, maxMsgSize = 16_384): Promise<Phone> {
  const number = ++count;
  const deviceId = `IMEI:4901542032375${String(number).padStart(2, '0')}`;
  const msisdn = `4366412345${String(number).padStart(2, '0')}`;
  const account = {
    client: { username: `phone${number}`, password: 'client-secret', nonce: randomBytes(16) },
    server: { password: 'server-secret', nonce: randomBytes(16) },
  };
  await api.post('/api/v1/devices', {
    deviceId,
    msisdn,
    dm: {
      auth: way.auth,
      client: { ...account.client, nonce: account.client.nonce.toString('base64') },
      server: { ...account.server, nonce: account.server.nonce.toString('base64') },
    },
  });
  const device = new VirtualDevice({
    deviceId,
    serverUrl: `${server.url}/dm`,
    ...way,
    client: account.client,
    server: { id: 'omadm', ...account.server },
    maxMsgSize,
  });
  const handset = await device.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn });
  return { device, deviceId, detach: () => handset.close() };
}

function expectLeaves(device: VirtualDevice, xml: Uint8Array, values: Readonly<Record<string, string>> = {}): void {
  const compilation = compileDocument(xml);
  if (!compilation.ok) throw new Error('the sample is faulty');
  const made = instantiateCommands(compilation.document.commands, values);
  if (!made.ok) throw new Error(`no values for ${made.missing.join()}`);
  const held = device.tree.leaves();
  const found = [...expectedLeaves(made.commands)].map(([locUri, { value }]) => {
    const leaf = held.get(locUri)?.value;
    return [locUri, leaf instanceof Uint8Array ? Buffer.from(leaf).toString('base64') : leaf, value];
  });
  for (const [locUri, holds, wanted] of found) expect([locUri, holds]).toEqual([locUri, wanted]);
}

const ways = (['1.1', '1.2'] as const).flatMap((dmVersion) =>
  (['wbxml', 'xml'] as const).flatMap((encoding) =>
    (['basic', 'md5', 'hmac'] as const).map((auth) => ({ dmVersion, encoding, auth })),
  ),
);

describe.each(ways)('a DM/$dmVersion device that speaks $encoding with $auth credentials', (way) => {
  it('is triggered by SMS, fetches the package, and holds every value', async () => {
    const xml = readFileSync(new URL('apn-and-browser.xml', SAMPLES));
    const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=apn', xml);
    const { device, deviceId, detach } = await phone(way, 1_500);
    const { id } = await api.post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId });
    const report = await endOfDelivery(api, id);
    await device.whenIdle();
    await detach();
    expect([report.state, report.failure]).toEqual(['succeeded', undefined]);
    expectLeaves(device, xml);
    const tree = await api.get<{ nodes: { locUri: string; value?: string }[] }>(
      `/api/v1/devices/${encodeURIComponent(deviceId)}/tree`,
    );
    expect(tree.nodes.find(({ locUri }) => locUri === './Vendor/Connection/Internet/APN')?.value).toBe(
      'internet.operator.example',
    );
    expect(tree.nodes.find(({ locUri }) => locUri === './DevInfo/DevId')?.value).toBe(deviceId);
  });
});

describe('every shipped sample', () => {
  it('but the faulty one is delivered whole', async () => {
    const names = readdirSync(SAMPLES).filter((name) => name.endsWith('.xml') && name !== 'faulty.xml');
    expect(names.length).toBeGreaterThanOrEqual(4);
    const { device, deviceId, detach } = await phone({ encoding: 'wbxml', auth: 'md5' });
    for (const name of names) {
      const xml = readFileSync(new URL(name, SAMPLES));
      const {
        id: packageId,
        kind,
        variables,
      } = await api.upload<{ id: string; kind: string; variables: string[] }>(`/api/v1/packages?name=${name}`, xml);
      // Settings are pushed, not delivered in a session.
      if (kind === 'cp') continue;
      const custom = Object.fromEntries(
        variables.filter((one) => !(one in BUILT_IN_VARIABLES)).map((one) => [one, '7']),
      );
      const order = { packageId, deviceId, variables: custom };
      const { id } = await api.post<DeliveryReport>('/api/v1/deliveries', order);
      const report = await endOfDelivery(api, id);
      expect([name, report.state, report.failure?.message]).toEqual([name, 'succeeded', undefined]);
    }
    await device.whenIdle();
    await detach();
  });
});

describe('several deliveries for one device', () => {
  it('queued while it was away are all fetched in the session it opens by itself', async () => {
    const { device, deviceId, detach } = await phone({ encoding: 'wbxml', auth: 'md5' });
    await detach();
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      const xml = `<Replace><Item><Target><LocURI>./Vendor/Many/${name}</LocURI></Target><Data>${name}</Data></Item></Replace>`;
      const { id: packageId } = await api.upload<{ id: string }>(`/api/v1/packages?name=${name}`, Buffer.from(xml));
      ids.push((await api.post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId, trigger: false })).id);
    }
    expect((await device.runSession()).end).toBe('completed');
    for (const id of ids) expect((await api.get<DeliveryReport>(`/api/v1/deliveries/${id}`)).state).toBe('succeeded');
    expect(device.tree.leaves().get('./Vendor/Many/three')?.value).toBe('three');
  });
});

describe('what was said', () => {
  it('can be read back as XML with credentials masked', async () => {
    const { device, deviceId, detach } = await phone({ encoding: 'wbxml', auth: 'basic' });
    await device.runSession();
    await detach();
    const { items } = await api.get<{ items: { id: string }[] }>(
      `/api/v1/sessions?deviceId=${encodeURIComponent(deviceId)}`,
    );
    const messages = await api.get<{ items: { direction: string; xml: string }[] }>(
      `/api/v1/sessions/${items[0]?.id}/messages`,
    );
    expect(messages.items.map(({ direction }) => direction)).toEqual(['device', 'server']);
    expect(messages.items[0]?.xml).toContain('<Data>1201</Data>');
    expect(messages.items[0]?.xml).toContain('***');
    expect(JSON.stringify(messages)).not.toContain(Buffer.from(`phone${count}:client-secret`).toString('base64'));
  });
});
