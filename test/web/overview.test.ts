import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerDevice } from '../e2e/server-under-test.ts';
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
