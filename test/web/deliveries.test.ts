import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTransport } from '../../src/simulators/device/http-transport.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { type RegisteredDevice, registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type OpenPage, type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const read = '<Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>';
const write = '<Replace><Item><Target><LocURI>./Vendor/X</LocURI></Target><Data>on</Data></Item></Replace>';

let web: PageUnderTest;
let smsc: Smsc;
let open: OpenPage;
beforeAll(async () => {
  smsc = await startSmsc();
  web = await startPageUnderTest({ SMPP_URL: `smpp://test:test@127.0.0.1:${smsc.port}` });
});
afterAll(async () => {
  await web?.stop();
  await smsc?.close();
});
beforeEach(async () => {
  open = await web.open();
});
afterEach(async () => {
  expect(open.faults).toEqual([]);
  await open.context.close();
});

let numbers = 0;
async function device(): Promise<RegisteredDevice & { readonly msisdn: string }> {
  numbers += 1;
  const msisdn = `49170000${numbers}`;
  return {
    ...(await registerDevice(web.server, { deviceId: `IMEI:35209900176${numbers}`, auth: 'md5', msisdn })),
    msisdn,
  };
}

async function order(deviceId: string, commands: string, trigger = false): Promise<string> {
  const { api } = web.server;
  const { id: packageId } = await api.upload<{ id: string }>(
    '/api/v1/packages?name=settings',
    Buffer.from(`<SyncBody>${commands}</SyncBody>`),
  );
  const { id } = await api.post<{ id: string }>('/api/v1/deliveries', { packageId, deviceId, trigger });
  return id;
}

describe('a delivery', () => {
  it('in trouble says in one sentence why, leads to what was said, and is sent again', async () => {
    const { page } = open;
    const known = await device();
    const id = await order(known.deviceId, read + write);
    await known.start({ refuse: (_, locUri) => (locUri === './Vendor/X' ? 425 : undefined) }).runSession();
    await signIn(page, undefined, `/deliveries/${id}`);
    await page.getByText('The device refused ./Vendor/X: 425 Permission denied.', { exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByText('Refused 1', { exact: true }).click();
    await page.getByRole('cell', { name: './DevInfo/Man' }).waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: './Vendor/X' }).waitFor();
    await page.getByRole('link', { name: /^Session / }).click();
    await page.getByText('The conversation').waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Send it again' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send settings to a device' });
    expect(await dialog.getByRole('combobox', { name: 'Device' }).inputValue()).toBe(known.deviceId);
    await dialog.getByRole('button', { name: 'Send' }).click();
    await page.getByText('The SMS centre has the call; the phone has not got it yet.').waitFor();
    await page.getByRole('region', { name: 'Calls by SMS' }).getByText('At the SMS centre').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Cancel the delivery' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the delivery' }).click();
    await page.getByText('It was cancelled.').waitFor();
  });

  it('that the device never got to says what came in between', async () => {
    const { page } = open;
    const known = await device();
    const id = await order(known.deviceId, read);
    await signIn(page, undefined, `/deliveries/${id}`);
    await page.getByText('It waits for the device to open a session').waitFor();
    await page.getByText('The device has not come yet.').waitFor();
    await known.start({ client: { username: 'nobody', password: 'x' } }).runSession();
    await page.getByText('The device came, but its credentials did not do').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('is followed live from the call by SMS to its end, on a phone too', async () => {
    await open.context.close();
    open = await web.open({ width: 390, height: 844, colorScheme: 'dark' });
    const { page } = open;
    const known = await device();
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const http = createHttpTransport();
    let sent = 0;
    const phone = known.start({
      transport: async (request) => {
        sent += 1;
        if (sent === 2) await gate;
        return http(request);
      },
    });
    const id = await order(known.deviceId, read, true);
    await signIn(page, undefined, `/deliveries/${id}`);
    const handset = await phone.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn: known.msisdn });
    try {
      await page.getByText('The device is in a session').waitFor();
      await page.getByRole('region', { name: 'Calls by SMS' }).getByText('receipt: delivered').waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      goOn();
      await page.getByText('The device has carried out everything.').waitFor();
      await page.getByRole('cell', { name: './DevInfo/Man' }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(
        0,
      );
    } finally {
      goOn();
      await handset.close();
    }
  });
});
