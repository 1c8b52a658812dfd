import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, paste, signIn, startPageUnderTest } from './page-under-test.ts';

let web: PageUnderTest;
let smsc: Smsc;
beforeAll(async () => {
  smsc = await startSmsc({
    deliverWithoutHandset: true,
    outcomeOf: ({ destination }) => (destination.endsWith('9') ? 'UNDELIV' : 'DELIVRD'),
  });
  web = await startPageUnderTest({ SMPP_URL: `smpp://test:test@127.0.0.1:${smsc.port}` });
});
afterAll(async () => {
  await web?.stop();
  await smsc?.close();
});

it('settings are filled in, seen as XML while they are, sent to several, and their outcome is told', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/ota');
  await page.getByText('The document stands here as soon').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  const choose = (name: string) =>
    page.getByRole('group', { name: 'Sections' }).getByText(name, { exact: true }).click();
  const section = (name: string) => page.getByRole('group', { name, exact: true });
  await choose('Connection');
  const connection = section('Connection');
  // What is still empty is said by its name, and leads there.
  await page.getByRole('button', { name: 'Connection › Access point name (APN)' }).click();
  expect(await page.evaluate('document.activeElement.dataset.path')).toBe('settings.connection.apn');
  await connection.getByRole('textbox', { name: 'Access point name' }).fill('not an apn!');
  const preview = page.getByRole('textbox', { name: 'The document as XML' });
  await page.getByText('One thing is wrong').waitFor();
  await connection.getByRole('textbox', { name: 'Access point name' }).fill('internet.op.test');
  await preview.getByText('internet.op.test').first().waitFor();

  // The type of the connection changes its fields, and only those that it has are sent.
  await connection.getByRole('combobox', { name: 'Type' }).click();
  await page.getByRole('option', { name: 'Data call (GSM)' }).click();
  expect(await connection.getByRole('textbox', { name: 'Access point name' }).count()).toBe(0);
  await connection.getByRole('textbox', { name: 'Number to call' }).fill('+49170123456');
  await preview.getByText('+49170123456').first().waitFor();
  expect(await preview.textContent()).not.toContain('internet.op.test');
  await connection.getByRole('combobox', { name: 'Type' }).click();
  await page.getByRole('option', { name: 'Packet data' }).click();
  expect(await connection.getByRole('textbox', { name: 'Access point name' }).inputValue()).toBe('internet.op.test');

  await choose('Browser');
  await section('Browser').getByRole('button', { name: 'Add: Bookmark' }).click();
  await section('Bookmark 1').getByRole('textbox', { name: 'Name', exact: false }).first().fill('<b>Self care</b>');
  await section('Bookmark 1').getByRole('textbox', { name: 'URL' }).fill('https://my.op.test/');
  await choose('MMS');
  await section('MMS').getByRole('textbox', { name: 'URL' }).fill('http://mmsc.op.test/');
  await preview.getByText('http://mmsc.op.test/').first().waitFor();
  await preview.getByText('&lt;b&gt;Self care').or(preview.getByText('<b>Self care')).first().waitFor();
  await page.getByText(/^[2-9] short messages$/).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.getByRole('combobox', { name: 'PIN type' }).click();
  await page.getByRole('option', { name: 'USERPIN: the user' }).click();
  await page.getByRole('textbox', { name: 'Phone numbers' }).fill('+491701, +491709, 12x');
  await section('MMS').getByRole('textbox', { name: 'URL' }).fill('no url');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect
    .poll(() => section('MMS').getByRole('textbox', { name: 'URL' }).getAttribute('aria-invalid'), { timeout: 30_000 })
    .toBe('true');
  await section('MMS').getByRole('textbox', { name: 'URL' }).fill('http://mmsc.op.test/');
  await page.getByRole('textbox', { name: 'PIN', exact: true }).fill('1234');
  await page.getByRole('button', { name: 'Send', exact: true }).click();

  await page.getByRole('heading', { level: 1, name: 'Outcome of a send' }).waitFor();
  const row = (number: string) => page.getByRole('row').filter({ hasText: number });
  await row('+491701').getByText('Delivered').waitFor();
  await row('+491709').getByText('Failed').waitFor();
  await row('12x').getByText('Refused').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  const address = page.url();
  await page.getByRole('link', { name: 'All sends' }).click();
  await page.getByText('1 refused').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await row('+491701').waitFor();
  expect(page.url()).toBe(address);
  expect(faults).toEqual([]);
  await context.close();
});

it('any document is sent, with its faults said, and a PIN that carries the MAC is told once', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/ota/document');
  const xml = page.getByRole('textbox', { name: 'XML', exact: true });
  await paste(xml, '<sl\n  href="http://www.op.test/">');
  await page.locator('.cm-lintRange-error').first().waitFor();
  await page.getByRole('button', { name: 'Line 2, column' }).click();
  await expect.poll(() => page.locator('.cm-activeLine').textContent(), { timeout: 30_000 }).toContain('www.op.test');
  expect(await accessibilityFaults(page)).toEqual([]);
  await paste(xml, '<sl href="http://www.op.test/"/>');
  await page.getByText('1 short message', { exact: true }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('textbox', { name: 'Phone numbers' }).fill('nobody');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Every recipient is refused', { exact: true }).waitFor();
  expect(await xml.textContent()).toContain('www.op.test');
  await paste(
    xml,
    '<wap-provisioningdoc version="1.0"><characteristic type="BOOTSTRAP"><parm name="NAME" value="A"/></characteristic></wap-provisioningdoc>',
  );
  await page.getByRole('combobox', { name: 'PIN type' }).click();
  await page.getByRole('option', { name: 'USERPINMAC' }).click();
  await page.getByRole('textbox', { name: 'PIN', exact: true }).fill('12345');
  await page.getByRole('textbox', { name: 'Phone numbers' }).fill('+491701');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const told = page.getByRole('dialog', { name: 'Tell the users their PINs' });
  await told.getByRole('cell', { name: /^\d+$/ }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await told.getByRole('button', { name: 'To the outcomes' }).click();
  await page.getByRole('row').filter({ hasText: '+491701' }).getByText('Delivered').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('a stored document is sent to a registered device, with the values that it leaves open, on a phone', async () => {
  const device = await registerDevice(web.server, {
    deviceId: 'IMEI:352099001761481',
    auth: 'md5',
    msisdn: '+491701234567',
  });
  const { id } = await web.server.api.upload<{ id: string }>(
    '/api/v1/packages?name=bookmark',
    Buffer.from(
      '<wap-provisioningdoc version="1.0"><characteristic type="BOOKMARK"><parm name="NAME" value="{{name}}"/>' +
        '<parm name="URL" value="http://{{imei}}.example/"/></characteristic></wap-provisioningdoc>',
    ),
  );
  const { page, context, faults } = await web.open({ width: 390, height: 844, colorScheme: 'dark' });
  await signIn(page, undefined, `/ota/document?package=${id}`);
  await page.getByRole('link', { name: 'bookmark', exact: true }).waitFor();
  // What the record of a device says nobody is asked for.
  expect(await page.getByRole('textbox', { name: 'Value of imei' }).count()).toBe(0);
  await page.getByRole('textbox', { name: 'Value of name' }).fill('Self care');
  await page.getByRole('textbox', { name: 'The document as XML' }).getByText('Self care').first().waitFor();
  await page.getByText('A registered device', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Device' }).fill(device.deviceId);
  await page.getByText('Priority and end').click();
  await page.getByRole('textbox', { name: 'Priority' }).fill('12');
  await page.keyboard.press('Tab');
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  await page.getByRole('textbox', { name: 'Priority' }).fill('7');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('row').filter({ hasText: device.deviceId }).getByText('Delivered').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

it('viewers see what was sent, and no form', async () => {
  await web.server.api.post('/api/v1/users', { name: 'vera', role: 'viewer', password: 'a long password' });
  const { page, context, faults } = await web.open();
  await signIn(page, { name: 'vera', password: 'a long password' }, '/ota');
  await page.getByText('Only operators and admins send').waitFor();
  await page.getByRole('tab', { name: 'Sent' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
