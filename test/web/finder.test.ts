import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

let web: PageUnderTest;
beforeAll(async () => {
  web = await startPageUnderTest();
  const { api } = web.server;
  await api.post('/api/v1/devices', { deviceId: 'IMEI:352099001761481', msisdn: '+491701234567' });
  await api.upload(
    '/api/v1/packages?name=mail%20settings',
    Buffer.from('<SyncBody><Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get></SyncBody>'),
  );
});
afterAll(() => web?.stop());

it.each([
  ['the beginning of its number', '49170', 'IMEI:352099001761481', 'IMEI:352099001761481'],
  ['its IMEI without what comes before it', '3520990', 'IMEI:352099001761481', 'IMEI:352099001761481'],
  ['any part of a name', 'AIL SETT', 'mail settings · 1', 'mail settings'],
  ['the name of a page', 'camp', 'Campaigns', 'Campaigns'],
])('goes by Ctrl and K to what is named by %s', async (_by, typed, label, title) => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/links');
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Find' });
  await dialog.getByRole('textbox').fill(typed);
  await dialog.getByRole('button', { name: label }).first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await dialog.waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
  await context.close();
});

it('opens from a button too, on a phone as well, and says when nothing is found', async () => {
  const { page, context, faults } = await web.open({ width: 390, height: 844 });
  await signIn(page);
  await page.getByRole('button', { name: 'Find' }).click();
  const dialog = page.getByRole('dialog', { name: 'Find' });
  await dialog.getByRole('textbox').fill('nothing is called so');
  await dialog.getByText('Nothing begins like that').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
  await context.close();
});
