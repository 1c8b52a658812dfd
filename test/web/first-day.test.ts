import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const SAMPLE = fileURLToPath(new URL('../../provisioning-xml/apn-and-browser.xml', import.meta.url));
const DEVICE = { id: 'IMEI:493005100592800', msisdn: '491700000001', username: 'device' };
const PASSWORDS = { client: 'device-password', server: 'server-password' };
const FLEET = Array.from({ length: 8 }, (_, index) => ({
  id: `IMEI:35000000000000${index}`,
  msisdn: `49170000001${index}`,
  username: `phone-${index}`,
}));
/** Each step may wait for sessions and ticks of the scheduler. */
const PATIENT = { timeout: 120_000 };

let web: PageUnderTest;
let smsc: Smsc;
let password: string;
const devices = new Map<string, VirtualDevice>();
beforeAll(async () => {
  smsc = await startSmsc({ deliverWithoutHandset: true });
  smsc.onPush(({ destination, udh, body }) => devices.get(destination.replace(/^\+/, ''))?.onPush(udh, body));
  const printed: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  // As on the very first start: nobody can sign in yet.
  web = await startPageUnderTest({}, async (databaseUrl) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('DELETE FROM app_user');
    await client.end();
    return {};
  });
  const printedPassword = (): string | undefined => /\(shown only now\): (\S+)/.exec(printed.join(''))?.[1];
  await vi.waitUntil(() => printedPassword() !== undefined, PATIENT);
  password = printedPassword() ?? '';
  spy.mockRestore();
  for (const { id, msisdn, username } of [DEVICE, ...FLEET]) {
    devices.set(
      msisdn,
      new VirtualDevice({
        deviceId: id,
        serverUrl: `${web.server.url}/dm`,
        client: { username, password: PASSWORDS.client },
        server: { id: 'omadm', password: PASSWORDS.server },
      }),
    );
  }
}, 120_000);
afterAll(async () => {
  await web?.stop();
  await Promise.all([...devices.values()].map((device) => device.whenIdle()));
  await smsc?.close();
});

it('leads from the first sign-in to a finished campaign, without a line typed anywhere else', {
  timeout: 480_000,
}, async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, { name: 'admin', password });
  const steps = page.getByRole('region', { name: 'First steps' });
  await steps.getByRole('link', { name: 'Add a link' }).click();
  await addLink(page);
  await page.goto('/');
  await steps.getByText('Done').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await steps.getByRole('link', { name: 'Upload' }).click();
  await upload(page);
  await page.goto('/');
  await steps.getByRole('link', { name: 'To the devices' }).click();
  await register(page);
  await page.goto('/');
  await steps.getByRole('link', { name: 'To the packages' }).click();
  await send(page);
  await watchSession(page);
  await importFleet(page);
  await runCampaign(page);

  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText(`${FLEET.length + 1} Succeeded`).waitFor();
  // Something was delivered: there are no first steps any more.
  expect(await steps.count()).toBe(0);
  await page.goto('/access/audit');
  for (const done of ['Start campaign', 'Order delivery', 'Register device', 'Import devices', 'Sign in']) {
    await page.getByRole('cell', { name: done }).first().waitFor();
  }
  await page.getByRole('row', { name: 'Order delivery' }).getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: `Delivery to ${DEVICE.id}` }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

async function addLink(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add a link' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add a link' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('operator');
  await dialog.getByRole('textbox', { name: 'Host' }).fill('127.0.0.1');
  await dialog.getByRole('textbox', { name: 'Port' }).fill(String(smsc.port));
  await dialog.getByRole('textbox', { name: 'System ID' }).fill('omadm');
  await dialog.getByRole('textbox', { name: 'Password' }).fill('pw');
  await dialog.getByRole('button', { name: 'Add a link' }).click();
  await page.getByRole('region', { name: 'operator' }).getByText('Bound', { exact: true }).waitFor();
}

async function upload(page: Page): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'choose a file' }).click();
  await (await choosing).setFiles(SAMPLE);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'apn-and-browser' }).waitFor();
}

async function register(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Register a device' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Register a device' });
  await dialog.getByRole('textbox', { name: 'Device id' }).fill(DEVICE.id);
  await dialog.getByRole('textbox', { name: 'Phone number' }).fill(`+${DEVICE.msisdn}`);
  await dialog.getByRole('textbox', { name: 'User name of the device' }).fill(DEVICE.username);
  await dialog.getByRole('textbox', { name: 'Password of the device' }).fill(PASSWORDS.client);
  await dialog.getByRole('textbox', { name: 'Password of this server' }).fill(PASSWORDS.server);
  await dialog.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { level: 1, name: DEVICE.id }).waitFor();
}

/** The device is called by SMS, comes, and takes it. */
async function send(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'apn-and-browser' }).click();
  await page.getByRole('button', { name: 'Send to a device' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send apn-and-browser to a device' });
  await dialog.getByRole('combobox', { name: 'Device' }).fill('IMEI:4930');
  await page.getByRole('option', { name: DEVICE.id }).click();
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { level: 1, name: `Delivery to ${DEVICE.id}` }).waitFor();
  await page.getByText('Succeeded', { exact: true }).waitFor(PATIENT);
  await page.getByRole('cell', { name: './Vendor/Browser/HomePage' }).first().waitFor();
}

async function watchSession(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Sessions of the device' }).click();
  await page
    .getByRole('table')
    .getByRole('link', { name: /^Session / })
    .first()
    .click();
  await page.getByRole('button', { name: 'Message 1 of the device' }).waitFor();
}

async function importFleet(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('link', { name: 'Import' }).click();
  const lines = FLEET.map(
    ({ id, msisdn, username }) => `${id},+${msisdn},fleet,md5,${username},${PASSWORDS.client},${PASSWORDS.server}`,
  );
  const csv = ['deviceId,msisdn,tags,auth,clientUsername,clientPassword,serverPassword', ...lines, ''].join('\n');
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'choose a file' }).click();
  await (await choosing).setFiles({ name: 'fleet.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByText('Completed', { exact: true }).first().waitFor(PATIENT);
}

async function runCampaign(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await page.getByRole('link', { name: 'New campaign' }).first().click();
  await page.getByRole('textbox', { name: 'Name of the campaign' }).fill('For the whole fleet');
  await page.getByRole('combobox', { name: 'Package', exact: true }).click();
  await page.getByRole('option', { name: 'apn-and-browser · 1' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('textbox', { name: 'Filter (RSQL)' }).fill('tags==fleet');
  await page.getByText(`${FLEET.length} devices now`).waitFor();
  for (const _step of ['to the waves', 'to the pace']) await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Save and review' }).click();
  await page.getByRole('heading', { level: 1, name: 'For the whole fleet' }).waitFor();
  await page.getByRole('button', { name: `Start for ${FLEET.length} devices` }).click();
  await page.getByText('Completed', { exact: true }).first().waitFor(PATIENT);
  await page.getByText(`${FLEET.length} Succeeded`).first().waitFor();
}
