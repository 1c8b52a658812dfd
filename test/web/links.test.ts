import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

let web: PageUnderTest;
let smsc: Smsc;
beforeAll(async () => {
  smsc = await startSmsc({ systemId: 'omadm', password: 'pw', deliverWithoutHandset: true });
  web = await startPageUnderTest();
});
afterAll(async () => {
  await web?.stop();
  await smsc?.close();
});

it('a link is added, tested and put right, sends, and is taken away', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/links');
  await page.getByText('No link yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Add a link' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add a link' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('operator one');
  await dialog.getByRole('textbox', { name: 'Host' }).fill('127.0.0.1');
  await dialog.getByRole('textbox', { name: 'Port' }).fill(String(smsc.port));
  await dialog.getByRole('textbox', { name: 'System ID' }).fill('omadm');
  await dialog.getByRole('textbox', { name: 'Password' }).fill('wrong');
  await dialog.getByRole('textbox', { name: 'Prefixes of numbers' }).fill('49, +43');
  await dialog.getByRole('button', { name: 'Add a rule' }).click();
  const rule = dialog.getByRole('group', { name: 'Rule 1' });
  await rule.getByRole('textbox', { name: 'Prefix' }).fill('+43');
  await rule.getByRole('textbox', { name: 'Digits off' }).fill('2');
  await rule.getByRole('textbox', { name: 'Put before' }).fill('0');
  await dialog.getByText('More settings').click();
  await dialog.getByRole('textbox', { name: 'First pause (ms)' }).fill('50');
  await dialog.getByRole('textbox', { name: 'Longest pause (ms)' }).fill('100');
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Add a link' }).click();
  await dialog.getByText('printable ASCII without blanks and commas').waitFor();
  await dialog.getByText('without the plus.', { exact: false }).last().waitFor();
  expect(await dialog.getByRole('textbox', { name: 'Prefixes of numbers' }).getAttribute('aria-invalid')).toBe('true');
  expect(await rule.getByRole('textbox', { name: 'Prefix' }).getAttribute('aria-invalid')).toBe('true');
  await rule.getByRole('textbox', { name: 'Prefix' }).fill('43');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('operator-one');
  await dialog.getByRole('textbox', { name: 'Prefixes of numbers' }).fill('49, 43');
  await dialog.getByRole('button', { name: 'Add a link' }).click();
  await dialog.waitFor({ state: 'detached' });

  const card = page.getByRole('region', { name: 'operator-one' });
  await card.getByText('49, 43').waitFor();
  await card.getByRole('button', { name: 'Test the bind' }).click();
  await card.getByText('It does not bind').waitFor();
  await card.getByText('The SMSC refused the bind: the password is wrong (ESME_RINVPASWD').first().waitFor();
  await card.getByText('one rule for writing them').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await card.getByRole('button', { name: 'Actions for operator-one' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  const change = page.getByRole('dialog', { name: 'Change operator-one' });
  await change.getByText('More settings').click();
  expect(await change.getByRole('textbox', { name: 'First pause (ms)' }).inputValue()).toBe('50');
  await change.getByRole('textbox', { name: 'Password' }).fill('pw');
  await change.getByRole('textbox', { name: 'Window' }).fill('7');
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  await card.getByText('Bound', { exact: true }).waitFor();
  await card.getByText('of 7 submits unanswered').waitFor();
  await card.getByText('Transceiver · Bound').waitFor();
  await card.getByRole('button', { name: 'Test the bind' }).click();
  await card.getByText('It binds, in').waitFor();
  await web.server.api.post('/api/v1/ota', { document: '<sl href="http://a.example/"/>', recipients: '+491701' });
  await card.getByText(/^0\.\d a second/).waitFor();
  await card.getByRole('img', { name: 'Short messages a second of the last minutes, 0.' }).waitFor();

  await card.getByRole('button', { name: 'Actions for operator-one' }).click();
  await page.getByRole('menuitem', { name: 'Switch off' }).click();
  await card.getByText('Switched off').waitFor();
  await card.getByRole('button', { name: 'Actions for operator-one' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No link yet').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('a form on a link that somebody else has changed meanwhile overwrites nothing, and loses nothing', async () => {
  const { api } = web.server;
  const { id } = await api.post<{ id: string }>('/api/v1/links', {
    name: 'shared',
    host: '127.0.0.1',
    port: smsc.port,
    systemId: 'omadm',
    password: 'pw',
    enabled: false,
  });
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/links');
  await page.getByRole('button', { name: 'Actions for shared' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change shared' });
  const field = (name: string) => dialog.getByRole('textbox', { name, exact: true });
  await field('Window').fill('7');
  await field('Sender').fill('Operator');
  await api.patch(`/api/v1/links/${id}`, { window: 9, weight: 3 });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Load what it is now' }).click();
  await dialog.getByText('You both changed: Window.').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await field('Window').inputValue()).toBe('7');
  expect(await field('Sender').inputValue()).toBe('Operator');
  expect(await field('Weight').inputValue()).toBe('3');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await api.get(`/api/v1/links/${id}`)).toMatchObject({ window: 7, weight: 3, sourceAddr: 'Operator' });
  expect(faults).toEqual([]);
  await context.close();
});

it('what phones send stands in a list that filters, and the filters in the address', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/links/incoming');
  await page.getByText('No message yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await web.server.api.post('/api/v1/links', {
    name: 'two',
    host: '127.0.0.1',
    port: smsc.port,
    systemId: 'omadm',
    password: 'pw',
  });
  await expect.poll(() => smsc.links, { timeout: 30_000 }).toBe(1);
  const message = { source: '491701', destination: '12345', body: Buffer.from('<b>STOP</b>') };
  expect(await smsc.sendIncoming(message)).toEqual([0]);
  await page.getByText('11 octets that are no text').waitFor();
  const registered = await registerDevice(web.server, {
    deviceId: 'IMEI:352099001761481',
    auth: 'md5',
    msisdn: '+491702',
  });
  for (let n = 0; n < 60; n++) {
    await smsc.sendIncoming({ source: '491702', destination: '12345', body: Buffer.from(`${n}`), dataCoding: 1 });
  }
  // The device behind the number is a link to its page.
  await page.getByRole('link', { name: registered.deviceId }).first().waitFor();
  await page.getByRole('cell', { name: '59', exact: true }).waitFor();
  expect(await page.getByRole('cell', { name: '3', exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.getByRole('cell', { name: '3', exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'From the number' }).fill('4999');
  await page.getByText('No message fits the filters').waitFor();
  expect(new URL(page.url()).searchParams.get('source')).toContain('4999');
  await page.getByRole('button', { name: 'Clear filters' }).last().click();
  await page.getByRole('cell', { name: '491702' }).first().waitFor();
  await page.getByRole('link', { name: registered.deviceId }).first().click();
  await page.getByRole('heading', { level: 1, name: registered.deviceId }).waitFor();
  await page.goBack();
  await page.getByRole('cell', { name: '491702' }).first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
