import { readFileSync } from 'node:fs';
import { vi } from 'vitest';
import { type ApiClient, endOfDelivery } from '../../scripts/api-client.ts';
import { registerDevice, SECRET_KEY, type ServerUnderTest } from '../e2e/server-under-test.ts';
import { VirtualFleet } from '../e2e/virtual-fleet.ts';
import { type PageUnderTest, startPageUnderTest } from './page-under-test.ts';

const COUNT = 48;
const HOME_PAGE = `<SyncBody xmlns="SYNCML:SYNCML1.2">
  <Replace>
    <CmdID>1</CmdID>
    <Item>
      <Target><LocURI>./Vendor/Browser/HomePage</LocURI></Target>
      <Data>https://start.operator.example/</Data>
    </Item>
  </Replace>
  <Final/>
</SyncBody>
`;
const PATIENT = { timeout: 120_000, interval: 200 };
const UNDER_WAY = ['queued', 'sending', 'sent'];
const DONE = ['completed', 'stopped'];

/** A server at which much has happened already, for pictures and for whoever looks at every page. */
export async function startFurnished(): Promise<PageUnderTest> {
  const holder: { url: string; fleet?: VirtualFleet } = { url: '' };
  const web = await startPageUnderTest({}, async (databaseUrl) => {
    const fleet = await VirtualFleet.start({
      count: COUNT,
      databaseUrl,
      secretKey: SECRET_KEY,
      serverUrl: () => `${holder.url}/dm`,
      mannerOf: (index) => (index % 10 === 3 ? 'refuses' : index === 7 ? 'unreachable' : 'obeys'),
    });
    holder.fleet = fleet;
    return { SMPP_URL: `smpp://test:test@127.0.0.1:${fleet.smsc.port}` };
  });
  holder.url = web.server.url;
  const { fleet } = holder;
  await furnish(web.server, fleet as VirtualFleet);
  return {
    ...web,
    stop: async () => {
      await web.stop();
      await fleet?.close();
    },
  };
}

async function furnish(server: ServerUnderTest, fleet: VirtualFleet): Promise<void> {
  const { api } = server;
  for (const [name, role] of [
    ['ada', 'operator'],
    ['grace', 'admin'],
    ['vera', 'viewer'],
  ]) {
    await api.post('/api/v1/users', { name, role, password: 'a long password' });
  }
  for (const [name, role] of [
    ['nightly import', 'operator'],
    ['dashboard', 'viewer'],
  ]) {
    await api.post('/api/v1/keys', { name, role });
  }
  await sendPackages(server);
  await runCampaigns(api);
  await sendSettings(api, fleet);
}

/** Devices that come by themselves, one of which is still waited for. */
async function sendPackages(server: ServerUnderTest): Promise<void> {
  const { api } = server;
  const packageId = await upload(api, 'apn-and-browser', sample('apn-and-browser.xml'));
  await upload(api, 'query-device', sample('query-device.xml'));
  for (const [index, auth] of (['basic', 'md5', 'hmac'] as const).entries()) {
    const device = await registerDevice(server, { deviceId: `IMEI:35209900176148${index}`, auth });
    const { id } = await api.post<{ id: string }>('/api/v1/deliveries', {
      packageId,
      deviceId: device.deviceId,
      trigger: false,
    });
    await device.start().runSession();
    await endOfDelivery(api, id);
  }
  const waiting = await registerDevice(server, { deviceId: 'IMEI:352099001761489', auth: 'md5' });
  await api.post('/api/v1/deliveries', { packageId, deviceId: waiting.deviceId, trigger: false });
  await api.post('/api/v1/devices/tags', { filter: 'deviceId==IMEI:350*', add: ['fleet', 'berlin'] });
  await api.post('/api/v1/devices/tags', { filter: 'deviceId==IMEI:352*', add: ['pilot'] });
}

/** One that has ended, with some devices that refused; one that goes on slowly; one that is not started. */
async function runCampaigns(api: ApiClient): Promise<void> {
  const packageId = await upload(api, 'home-page', Buffer.from(HOME_PAGE));
  const order = {
    content: { kind: 'package', packageId },
    target: { kind: 'filter', filter: 'tags==fleet' },
    waves: [{ name: 'canary', percent: 25 }, { percent: 75 }],
    thresholds: { successPercent: 50, errorPercent: 60 },
  };
  const first = await start(api, { ...order, name: 'Home page for the Berlin fleet' });
  await vi.waitUntil(async () => {
    const { state } = await api.get<{ state: string }>(`/api/v1/campaigns/${first}`);
    return DONE.includes(state);
  }, PATIENT);
  await start(api, { ...order, name: 'Home page, once more and slowly', rate: { perMinute: 6 } });
  await api.post('/api/v1/campaigns', { ...order, name: 'Home page, to be approved', needsApproval: true });
}

async function start(api: ApiClient, order: object): Promise<string> {
  const { id } = await api.post<{ id: string }>('/api/v1/campaigns', order);
  await api.post(`/api/v1/campaigns/${id}/start`, { confirmCount: COUNT });
  return id;
}

async function sendSettings(api: ApiClient, fleet: VirtualFleet): Promise<void> {
  const { id } = await api.post<{ id: string }>('/api/v1/ota', {
    settings: { name: 'Operator', connection: { type: 'packet', apn: 'internet.operator.example' } },
    recipients: '491700000001, 491700000002, 491700000007',
  });
  await vi.waitUntil(async () => {
    const { states } = await api.get<{ states: Record<string, number> }>(`/api/v1/ota/${id}`);
    return UNDER_WAY.every((state) => (states[state] ?? 0) === 0);
  }, PATIENT);
  for (const [source, text] of [
    ['491700000001', 'STOP'],
    ['491700000002', 'Where do I find my mail settings?'],
  ] as const) {
    await fleet.smsc.sendIncoming({ source, destination: '12345', body: Buffer.from(text), dataCoding: 0 });
  }
}

async function upload(api: ApiClient, name: string, xml: Buffer): Promise<string> {
  const { id } = await api.upload<{ id: string }>(`/api/v1/packages?name=${name}`, xml);
  return id;
}

function sample(name: string): Buffer {
  return readFileSync(new URL(`../../provisioning-xml/${name}`, import.meta.url));
}
