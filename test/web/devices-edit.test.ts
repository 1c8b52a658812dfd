import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { type OpenPage, type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const PATH = '/devices/IMEI%3A490154203237518';
const API = `/api/v1${PATH}`;
const DEVICE = {
  deviceId: 'IMEI:490154203237518',
  msisdn: '+491701234567',
  tags: ['pilot'],
  attributes: { customer: 'ACME', floor: '3' },
};

let web: PageUnderTest;
beforeAll(async () => {
  web = await startPageUnderTest();
  await web.server.api.post('/api/v1/users', { name: 'vera', role: 'viewer', password: 'a long password' });
});
afterAll(() => web?.stop());

/** As another admin would, beside the page. */
async function changeBeside(page: OpenPage['page'], body: object): Promise<void> {
  const { csrfToken } = await page.evaluate<{ csrfToken: string }>('fetch("/api/v1/me").then((r) => r.json())');
  const answer = await page.request.patch(API, { data: body, headers: { 'X-CSRF-Token': csrfToken } });
  expect(answer.status()).toBe(200);
}

it('a device is registered with its tags; its faults stand at their fields, and what is typed stays', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices');
  await page.getByText('No device yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Register a device' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Register a device' });
  await dialog.getByRole('textbox', { name: 'Device id' }).fill(DEVICE.deviceId);
  await dialog.getByRole('textbox', { name: 'Phone number' }).fill('call me');
  await dialog.getByLabel('Tags', { exact: true }).pressSequentially('pilot,vip,');
  await dialog.getByRole('switch', { name: 'It has a DM account already' }).click();
  await dialog.getByRole('button', { name: 'Register' }).click();
  await dialog.getByText('Expected a phone number in international format').waitFor();
  expect(await dialog.getByRole('textbox', { name: 'Device id' }).inputValue()).toBe(DEVICE.deviceId);
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole('textbox', { name: 'Phone number' }).fill(DEVICE.msisdn);
  await dialog.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { level: 1, name: DEVICE.deviceId }).waitFor();
  expect(await web.server.api.get(API)).toMatchObject({ msisdn: DEVICE.msisdn, tags: ['pilot', 'vip'] });

  await page.goto('/devices');
  await page.getByRole('button', { name: 'Register a device' }).first().click();
  await dialog.getByRole('textbox', { name: 'Device id' }).fill(DEVICE.deviceId);
  await dialog.getByRole('switch', { name: 'It has a DM account already' }).click();
  await dialog.getByRole('button', { name: 'Register' }).click();
  await dialog.getByText('A device of that id is registered already').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('numbers, time zone, tags and attributes are changed, added and taken away', async () => {
  await web.server.api.post('/api/v1/devices', { ...DEVICE, deviceId: 'IMEI:1', imsi: '262011234567890' });
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices/IMEI%3A1');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Change IMEI:1' });
  await dialog.getByRole('textbox', { name: 'IMSI' }).fill('');
  const zone = dialog.getByRole('combobox', { name: 'Time zone' });
  await zone.fill('new york');
  await page.getByRole('option', { name: 'America/New_York' }).click();
  await dialog.getByLabel('Tags', { exact: true }).pressSequentially('site berlin, vip');
  await dialog.getByRole('button', { name: 'Take away attribute floor' }).click();
  await dialog.getByRole('button', { name: 'Add an attribute' }).click();
  await dialog.getByRole('textbox', { name: 'Name of attribute 2' }).fill('no blanks');
  await dialog.getByRole('textbox', { name: 'Value of attribute no blanks' }).fill('x'.repeat(256));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Letters, digits, "_", "-" and "."').waitFor();
  await dialog.getByRole('textbox', { name: 'Name of attribute 2' }).fill('customer');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('This name is there already.').waitFor();
  await dialog.getByRole('textbox', { name: 'Name of attribute 2' }).fill('room');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const value = dialog.getByRole('textbox', { name: 'Value of attribute room' });
  await dialog.getByText('Expected at most 255 characters.').waitFor();
  expect(await value.getAttribute('aria-invalid')).toBe('true');
  expect(await accessibilityFaults(page)).toEqual([]);
  await value.fill('<b>12</b>');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('<b>12</b>').waitFor();
  await page.getByText('America/New_York').waitFor();
  const device = await web.server.api.get<object>('/api/v1/devices/IMEI%3A1');
  expect(device).toMatchObject({
    msisdn: DEVICE.msisdn,
    timeZone: 'America/New_York',
    tags: ['pilot', 'site berlin', 'vip'],
    attributes: { customer: 'ACME', room: '<b>12</b>' },
  });
  expect(device).not.toHaveProperty('imsi');
  expect(device).not.toHaveProperty('attributes.floor');
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

it('a change of what somebody else has changed meanwhile shows that, and keeps both or reloads', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, PATH);
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Change ${DEVICE.deviceId}` });
  await dialog.getByRole('textbox', { name: 'Phone number' }).fill('+491700000001');
  await dialog.getByLabel('Tags', { exact: true }).pressSequentially('mine,');
  await changeBeside(page, { imsi: '26201999', tags: ['pilot', 'theirs'], attributes: { customer: 'Other' } });
  await dialog.getByRole('button', { name: 'Save' }).click();
  const alert = dialog.getByRole('alert', { name: 'Somebody has changed this device meanwhile' });
  await alert.getByRole('row', { name: 'IMSI none 26201999' }).waitFor();
  await alert.getByRole('row', { name: 'customer none Other' }).waitFor();
  expect(await dialog.getByRole('textbox', { name: 'Phone number' }).inputValue()).toBe('+491700000001');
  expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await web.server.api.get(API)).toMatchObject({ msisdn: DEVICE.msisdn, tags: ['pilot', 'theirs'] });
  await alert.getByRole('button', { name: 'Keep mine' }).click();
  expect(await dialog.getByRole('textbox', { name: 'IMSI' }).inputValue()).toBe('26201999');
  expect(await dialog.getByRole('textbox', { name: 'Phone number' }).inputValue()).toBe('+491700000001');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  // One took away "vip" and added "theirs", the other added "mine".
  expect(await web.server.api.get(API)).toMatchObject({
    msisdn: '+491700000001',
    imsi: '26201999',
    tags: ['mine', 'pilot', 'theirs'],
    attributes: { customer: 'Other' },
  });

  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await dialog.getByRole('textbox', { name: 'Phone number' }).fill('+491700000002');
  await changeBeside(page, { msisdn: '+491700000003' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await alert.getByRole('button', { name: 'Reload' }).click();
  expect(await dialog.getByRole('textbox', { name: 'Phone number' }).inputValue()).toBe('+491700000003');
  await page.keyboard.press('Escape');

  // So too where nothing of it is shown: credentials.
  await page.getByRole('tab', { name: 'Account' }).click();
  const username = page.getByRole('textbox', { name: 'User name of the device' });
  await username.fill('mine');
  await page.getByLabel('Password of the device').fill('typed client');
  await page.getByLabel('Password of this server').fill('typed server');
  await changeBeside(page, {
    dm: { auth: 'md5', client: { username: 'theirs', password: 'a' }, server: { password: 'b' } },
  });
  await page.getByRole('button', { name: 'Set credentials' }).click();
  await page.getByText('Somebody has changed this meanwhile').waitFor();
  await page.getByRole('button', { name: 'Load what it is now' }).click();
  await page.getByText('theirs', { exact: true }).first().waitFor();
  expect(await username.inputValue()).toBe('mine');
  await page.getByRole('button', { name: 'Set credentials' }).click();
  await expect.poll(() => web.server.api.get(API)).toMatchObject({ dm: { client: { username: 'mine' } } });
  await expect.poll(() => username.inputValue()).toBe('');
  expect(await page.content()).not.toContain('typed client');
  expect(faults).toEqual([]);
  await context.close();
});

it('a device is removed only after a question, and not while it has open deliveries', async () => {
  const { page, context, faults } = await web.open();
  const xml = '<SyncBody><Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get></SyncBody>';
  const { id: packageId } = await web.server.api.upload<{ id: string }>('/api/v1/packages?name=man', Buffer.from(xml));
  const order = { packageId, deviceId: DEVICE.deviceId, trigger: false };
  const { id } = await web.server.api.post<{ id: string }>('/api/v1/deliveries', order);
  await signIn(page, undefined, PATH);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${DEVICE.deviceId}?` });
  await dialog.getByText('With it go its DM account').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByText('The device has an open delivery; cancel first.').waitFor();
  await web.server.api.post(`/api/v1/deliveries/${id}/cancel`, {});
  await changeBeside(page, { tags: ['wanted'] });
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByText('Somebody has changed this meanwhile').waitFor();
  await page.getByText('wanted').waitFor();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
  await page.getByRole('link', { name: 'IMEI:1' }).waitFor();
  expect(await page.getByRole('link', { name: DEVICE.deviceId }).count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

it('a viewer sees everything of a device and changes nothing', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, { name: 'vera', password: 'a long password' }, '/devices');
  await page.getByRole('link', { name: 'IMEI:1' }).waitFor();
  for (const name of ['Register a device', 'Change tags']) {
    expect(await page.getByRole('button', { name }).count()).toBe(0);
  }
  expect(await page.getByRole('link', { name: 'Import' }).count()).toBe(0);
  await page.goto('/devices/IMEI%3A1');
  await page.getByText('America/New_York').waitFor();
  for (const name of ['Change', 'Delete']) expect(await page.getByRole('button', { name }).count()).toBe(0);
  for (const [tab, forbidden] of [
    ['Tree', 'Explore the tree'],
    ['Account', 'Set credentials'],
    ['Account', 'Bootstrap the device'],
  ] as const) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel', { name: tab }).waitFor();
    expect(await page.getByRole('button', { name: forbidden }).count()).toBe(0);
  }
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
