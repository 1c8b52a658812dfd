import { afterAll, beforeAll, expect, it } from 'vitest';
import { endOfDelivery } from '../../scripts/api-client.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { ALERT } from '../../src/syncml/alert-codes.ts';
import { type RegisteredDevice, registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const MSISDN = '+4366412399999';
const PATH = '/devices/IMEI%3A352099001761481';
const XML = '<SyncBody><Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get></SyncBody>';
const SESSIONS = 35;

let web: PageUnderTest;
let smsc: Smsc;
let device: RegisteredDevice;
beforeAll(async () => {
  web = await startPageUnderTest({}, async () => {
    smsc = await startSmsc();
    return { SMPP_URL: `smpp://test:test@127.0.0.1:${smsc.port}` };
  });
  device = await registerDevice(web.server, { deviceId: 'IMEI:352099001761481', auth: 'md5', msisdn: MSISDN });
  const { api } = web.server;
  const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=man', Buffer.from(XML));
  const phone = device.start({ dmVersion: '1.2' });
  phone.queueAlert({ code: ALERT.generic, type: 'urn:x:battery', mark: 'critical', data: '<b>3 %</b>' });
  const handset = await phone.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn: MSISDN });
  const { id } = await api.post<{ id: string }>('/api/v1/deliveries', { packageId, deviceId: device.deviceId });
  await endOfDelivery(api, id);
  await phone.whenIdle();
  for (let n = 1; n < SESSIONS; n++) await phone.runSession();
  await handset.close();
});
afterAll(async () => {
  await web?.stop();
  await smsc?.close();
});

it('has everything that happened in one order, newest first, a page at a time, by kind, and leads to each', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, PATH);
  const latest = page.getByRole('region', { name: 'Latest' });
  await latest.getByRole('listitem').first().waitFor();
  expect(await latest.getByRole('listitem').count()).toBe(5);
  await latest.getByRole('link', { name: 'The whole history' }).click();
  const all = page.getByRole('region', { name: 'What happened' });
  await all
    .getByRole('link', { name: /^Session / })
    .first()
    .waitFor();
  expect(await all.getByRole('listitem').count()).toBe(30);
  expect(await accessibilityFaults(page)).toEqual([]);
  const times = async () => Promise.all((await all.locator('time').all()).map((one) => one.getAttribute('datetime')));
  await all.getByRole('button', { name: 'Load more' }).click();
  // The sessions, the delivery, its trigger and the alert.
  await expect.poll(() => all.getByRole('listitem').count(), { timeout: 30_000 }).toBe(SESSIONS + 3);
  const seen = await times();
  expect(seen).toEqual([...seen].sort().reverse());

  const kinds = page.getByRole('group', { name: 'Show only' });
  await kinds.getByText('Alerts').click();
  await all.getByText('<b>3 %</b>').waitFor();
  await expect.poll(() => all.getByRole('listitem').count(), { timeout: 30_000 }).toBe(1);
  await all.getByText('critical').waitFor();
  await kinds.getByText('Deliveries').click();
  await all.getByRole('link', { name: 'man · 1' }).waitFor();
  expect(await all.getByRole('listitem').count()).toBe(2);
  expect(new URL(page.url()).searchParams.get('kind')).toContain('delivery,alert');
  await page.reload();
  await all.getByRole('link', { name: 'man · 1' }).waitFor();
  expect(await all.getByRole('listitem').count()).toBe(2);
  expect(await accessibilityFaults(page)).toEqual([]);
  await all.getByRole('link', { name: 'in this session' }).click();
  await page.getByRole('heading', { level: 1, name: /Session/ }).waitFor();
  await page.goBack();
  await all.getByRole('link', { name: 'man · 1' }).click();
  await page.waitForURL('**/deliveries/*');
  await page.goto(`${PATH}?tab=history&kind=push`);
  await all.getByText('Called by SMS').waitFor();
  await all.getByText('Delivered').waitFor();
  await all.getByRole('link', { name: 'for this delivery' }).waitFor();
  await page.goto(`${PATH}?tab=history&kind=bootstrap`);
  await page.getByText('Nothing of that kind').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Show everything' }).click();
  await all
    .getByRole('link', { name: /^Session / })
    .first()
    .waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('says what to do next where nothing has happened yet, on a phone too', async () => {
  await web.server.api.post('/api/v1/devices', { deviceId: 'IMEI:2' });
  const { page, context, faults } = await web.open({ width: 390, height: 844, colorScheme: 'dark' });
  await signIn(page, undefined, '/devices/IMEI%3A2?tab=history');
  await page.getByText('Nothing has happened yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.goto(`${PATH}?tab=history`);
  await page
    .getByRole('link', { name: /^Session / })
    .first()
    .waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  expect(faults).toEqual([]);
  await context.close();
});
