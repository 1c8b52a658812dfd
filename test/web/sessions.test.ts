import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHttpTransport } from '../../src/simulators/device/http-transport.ts';
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

it('shows a conversation as arrows that unfold to XML, statuses in plain words and WBXML, without a secret', async () => {
  const { page, context, faults } = await web.open();
  const { api } = web.server;
  await signIn(page, undefined, '/sessions');
  await page.getByText('No session yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  const { id } = await api.upload<{ id: string }>(
    '/api/v1/packages?name=query',
    Buffer.from('<SyncBody><Get><Item><Target><LocURI>./DevInfo/Nowhere</LocURI></Target></Item></Get></SyncBody>'),
  );
  await api.post('/api/v1/deliveries', { packageId: id, deviceId: device.deviceId, trigger: false });
  await device.start().runSession();
  // The list is read again by itself.
  await page.getByRole('link', { name: 'Session', exact: false }).nth(1).click();
  await page.getByText('The conversation').waitFor();
  const first = page.getByRole('button', { name: 'Message 1 of the device' });
  await first.getByText('Alert').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await first.click();
  await page.locator('.cm-line').getByText('SyncHdr').first().waitFor();
  await page.locator('pre.hex').getByText('0000').first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await first.click();
  await page.getByRole('button', { name: 'Message 2 of the device' }).click();
  await page.getByText('There is no such node on the device.').waitFor();
  await page.getByRole('cell', { name: './DevInfo/Nowhere' }).waitFor();
  expect(await page.content()).not.toContain('client-secret');
  expect(faults).toEqual([]);
  await context.close();
});

it('grows while the session goes on', async () => {
  const slow = await registerDevice(web.server, { deviceId: 'IMEI:352099001761499', auth: 'md5' });
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const http = createHttpTransport();
  let sent = 0;
  const { id } = await web.server.api.upload<{ id: string }>(
    '/api/v1/packages?name=slow',
    Buffer.from('<SyncBody><Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get></SyncBody>'),
  );
  await web.server.api.post('/api/v1/deliveries', { packageId: id, deviceId: slow.deviceId, trigger: false });
  const running = slow
    .start({
      transport: async (request) => {
        sent += 1;
        if (sent === 2) await gate;
        return http(request);
      },
    })
    .runSession();
  const { page, context, faults } = await web.open({ colorScheme: 'dark' });
  try {
    await signIn(page, undefined, `/sessions?deviceId=${slow.deviceId}&open=true`);
    await page.getByRole('link', { name: /^Session \w+$/ }).click();
    await page.getByRole('button', { name: 'Message 1 of the server' }).getByText('./DevInfo/Man').waitFor();
    expect(await page.getByRole('button', { name: 'Message 2 of the device' }).count()).toBe(0);
    await page.getByText('goes on', { exact: true }).waitFor();
    // What is unfolded stays so when something comes.
    await page.getByRole('button', { name: 'Message 1 of the device' }).click();
    await page.locator('.cm-line').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    goOn();
    await page.getByRole('button', { name: 'Message 2 of the device' }).waitFor();
    await page.getByText('Closed', { exact: true }).waitFor();
    expect(await page.locator('.cm-line').count()).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  } finally {
    goOn();
    await running;
    await context.close();
  }
});

it('finds the sessions of a device, and says so when there is none', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/sessions?deviceId=IMEI:nobody');
  await page.getByText('No session like that').waitFor();
  expect(await page.getByRole('combobox', { name: 'Only of a device' }).inputValue()).toBe('IMEI:nobody');
  await page.getByText('Going on', { exact: true }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get('open')).toContain('true');
  expect(faults).toEqual([]);
  await context.close();
});
