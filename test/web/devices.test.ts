import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegisteredDevice, registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

let web: PageUnderTest;
let device: RegisteredDevice;
beforeAll(async () => {
  web = await startPageUnderTest();
  device = await registerDevice(web.server, { deviceId: 'IMEI:352099001761481', auth: 'md5' });
});
afterAll(() => web?.stop());

it('are filtered at the server, and a filter that is wrong says where', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices');
  await page.getByRole('link', { name: device.deviceId }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill('mod==A;foo');
  await filter.press('Enter');
  await page.getByText('At position 7').waitFor();
  expect(await page.locator('mark').textContent()).toBe('f');
  expect(await accessibilityFaults(page)).toEqual([]);
  await filter.fill('mod==A');
  await filter.press('Enter');
  await page.getByText('No device fits this filter').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('are looked at one by one: a node is read now, and its value and credentials stay text or hidden', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, `/devices/${encodeURIComponent(device.deviceId)}`);
  await page.getByText('It has not been here yet.').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Tree' }).click();
  await page.getByRole('textbox', { name: 'Node' }).fill('./DevInfo/Man');
  await page.getByRole('button', { name: 'Read it now' }).click();
  await page.getByRole('status').getByText('Queued').waitFor();
  await device.start().runSession();
  await page.getByRole('status').getByText('Succeeded').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Account' }).click();
  await page.getByText('kept encrypted, never shown').waitFor();
  expect(await page.content()).not.toContain('client-secret');
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('tab', { name: 'History' }).click();
  await page
    .getByRole('link', { name: /^Session / })
    .first()
    .waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
