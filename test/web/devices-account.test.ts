import { afterAll, beforeAll, expect, it } from 'vitest';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

let web: PageUnderTest;
let smsc: Smsc;
beforeAll(async () => {
  web = await startPageUnderTest({}, async () => {
    smsc = await startSmsc();
    return { SMPP_URL: `smpp://test:test@127.0.0.1:${smsc.port}` };
  });
});
afterAll(async () => {
  await web?.stop();
  await smsc?.close();
});

it('a device without an account is bootstrapped: the document is looked at, sent, used, and stands in its history', async () => {
  const [deviceId, msisdn, imsi] = ['IMEI:490154203238501', '436641239901', '262011234567801'];
  await web.server.api.post('/api/v1/devices', { deviceId, msisdn, imsi });
  const phone = new VirtualDevice({ deviceId, dmVersion: '1.2', bootstrap: { imsi } });
  const handset = await phone.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn });
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, `/devices/${encodeURIComponent(deviceId)}?tab=account`);
  await page.getByText('This device has no DM account').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  const bootstrap = page.getByRole('region', { name: 'Bootstrap' });
  await bootstrap.getByText('Nothing was sent').waitFor();
  await bootstrap.getByRole('button', { name: 'Show the document' }).click();
  await bootstrap.getByText('short messages. Its credentials are good for nothing.').waitFor();
  await bootstrap.getByText('characteristic', { exact: false }).first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(phone.isBootstrapped).toBe(false);
  await bootstrap.getByRole('button', { name: 'Bootstrap the device' }).click();
  await bootstrap.getByText('Done', { exact: true }).waitFor();
  await page.getByText('kept encrypted, never shown').waitFor();
  await phone.whenIdle();
  expect(phone.isBootstrapped).toBe(true);
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByText('Bootstrapped: it uses its new account').waitFor();
  await page.getByText('Bootstrap sent').waitFor();
  await page
    .getByRole('link', { name: /^Session / })
    .first()
    .waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await handset.close();
  await context.close();
});

it('a PIN is asked for where the user is to type it, and the digits behind it are told', async () => {
  const [deviceId, msisdn] = ['IMEI:490154203238502', '436641239902'];
  await web.server.api.post('/api/v1/devices', { deviceId, msisdn });
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, `/devices/${encodeURIComponent(deviceId)}?tab=account`);
  const bootstrap = page.getByRole('region', { name: 'Bootstrap' });
  // Without an IMSI there is no NETWPIN.
  await bootstrap.getByRole('button', { name: 'Bootstrap the device' }).click();
  await bootstrap.getByRole('alert').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await bootstrap.getByRole('combobox', { name: 'Protected by' }).click();
  await page.getByRole('option', { name: 'PIN and check digits (USERPINMAC)' }).click();
  await bootstrap.getByLabel('PIN', { exact: true }).fill('4711');
  await bootstrap.getByRole('button', { name: 'Bootstrap the device' }).click();
  await bootstrap.getByText(/^The user types the PIN and right after it \d+\.$/).waitFor();
  await bootstrap.getByText('Sent, not used yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

it('credentials are set and rotated, never shown, and shared ones are warned of', async () => {
  const account = { auth: 'md5', client: { username: 'one', password: 'p' }, server: { password: 'shared-secret' } };
  await web.server.api.post('/api/v1/devices', { deviceId: 'IMEI:5', dm: account });
  await web.server.api.post('/api/v1/devices', { deviceId: 'IMEI:6' });
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices/IMEI%3A6?tab=account');
  await page.getByLabel('Password of the device').fill('client-secret');
  await page.getByRole('button', { name: 'Set credentials' }).click();
  await page.getByText('it also needs client.username, server.password').waitFor();
  await page.getByRole('textbox', { name: 'User name of the device' }).fill('a:b');
  await page.getByLabel('Password of this server').fill('shared-secret');
  await page.getByRole('button', { name: 'Set credentials' }).click();
  await page.getByText('A colon cannot be part of a username.').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('textbox', { name: 'User name of the device' }).fill('six');
  await page.getByRole('button', { name: 'Set credentials' }).click();
  await page.getByText('Another device has the same password of this server').waitFor();
  await page.getByText('kept encrypted, never shown').waitFor();
  await page.getByText('six', { exact: true }).waitFor();
  expect(await page.getByLabel('Password of the device').inputValue()).toBe('');
  for (const secret of ['client-secret', 'shared-secret']) expect(await page.content()).not.toContain(secret);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
