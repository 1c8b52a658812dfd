import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

let web: PageUnderTest;
beforeAll(async () => {
  web = await startPageUnderTest();
});
afterAll(() => web?.stop());

it('shows what happens while one looks at it', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page);
  await page.getByText('No delivery in the last 24 hours').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const { api } = web.server;
  const { id: packageId } = await api.upload<{ id: string }>(
    '/api/v1/packages?name=x',
    Buffer.from('<SyncBody><Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get></SyncBody>'),
  );
  const device = await registerDevice(web.server, { deviceId: 'IMEI:1', auth: 'md5' });
  await api.post('/api/v1/deliveries', { packageId, deviceId: device.deviceId, trigger: false });
  await page.getByText('1 Queued').waitFor();
  await device.start().runSession();
  await page.getByText('1 Succeeded').waitFor();
  await expect
    .poll(() => page.getByRole('img', { name: 'sessions in the last hour' }).getAttribute('aria-label'))
    .toBe('1 sessions in the last hour');
  const chart = page.getByRole('img', { name: 'sessions in the last hour' });
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await chart.getByText(/^\d\d:\d\d: 1$/).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('says which deliveries failed last and why, and leads to them and to all of a state', async () => {
  const { page, context, faults } = await web.open();
  const { api } = web.server;
  const { id: packageId } = await api.upload<{ id: string }>(
    '/api/v1/packages?name=refused',
    Buffer.from('<SyncBody><Get><Item><Target><LocURI>./No/Such/Node</LocURI></Target></Item></Get></SyncBody>'),
  );
  const device = await registerDevice(web.server, { deviceId: 'IMEI:2', auth: 'md5' });
  await signIn(page);
  const panel = page.getByRole('region', { name: 'Latest failures' });
  await panel.getByText('No delivery has failed.').waitFor();
  await api.post('/api/v1/deliveries', { packageId, deviceId: device.deviceId, trigger: false });
  await device.start().runSession();
  await panel.getByText('to IMEI:2').waitFor();
  await panel.getByText('answered 404').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.getByRole('link', { name: 'Failed', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Deliveries' }).waitFor();
  expect(new URL(page.url()).searchParams.get('state')).toBe('failed');
  await page.getByRole('row', { name: 'refused · 1' }).getByText('answered 404').waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('combobox', { name: 'Which deliveries are shown' }).click();
  await page.getByRole('option', { name: 'Cancelled' }).click();
  await page.getByText('No delivery fits these filters').waitFor();
  await page.getByRole('combobox', { name: 'Which deliveries are shown' }).click();
  await page.getByRole('option', { name: 'All', exact: true }).click();
  await page.getByRole('combobox', { name: 'Find the deliveries of a device' }).fill('IMEI:1');
  await page.getByRole('option', { name: 'IMEI:1' }).click();
  await expect.poll(() => page.getByRole('row').count()).toBe(2);
  await page.getByRole('link', { name: 'x · 1' }).click();
  await page.getByRole('heading', { level: 1, name: 'Delivery to IMEI:1' }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
