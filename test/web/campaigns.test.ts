import { afterAll, beforeAll, expect, it } from 'vitest';
import { SECRET_KEY } from '../e2e/server-under-test.ts';
import { VirtualFleet } from '../e2e/virtual-fleet.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const COUNT = 20;
const XML = `<SyncBody>
  <Replace><Item><Target><LocURI>./Vendor/Browser/Home</LocURI></Target><Data>http://home.example/</Data></Item></Replace>
</SyncBody>`;

let web: PageUnderTest;
let fleet: VirtualFleet;
beforeAll(async () => {
  let url = '';
  web = await startPageUnderTest({}, async (databaseUrl) => {
    fleet = await VirtualFleet.start({
      count: COUNT,
      databaseUrl,
      secretKey: SECRET_KEY,
      serverUrl: () => `${url}/dm`,
      // Two refuse.
      mannerOf: (index) => (index % 10 === 3 ? 'refuses' : 'obeys'),
    });
    return { SMPP_URL: `smpp://test:test@127.0.0.1:${fleet.smsc.port}` };
  });
  url = web.server.url;
  await web.server.api.upload('/api/v1/packages?name=home', Buffer.from(XML));
});
afterAll(async () => {
  await web?.stop();
  await fleet?.close();
});

it('a campaign is made step by step, reviewed, started, watched to its end, and says who failed', {
  timeout: 240_000,
}, async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/campaigns');
  await page.getByText('No campaign yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('link', { name: 'New campaign' }).first().click();
  await page.getByRole('textbox', { name: 'Name of the campaign' }).fill('Home page');
  await page.getByRole('combobox', { name: 'Package', exact: true }).click();
  await page.getByRole('option', { name: 'home · 1' }).click();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Next' }).click();
  const filter = page.getByRole('textbox', { name: 'Filter (RSQL)' });
  await filter.fill('nonsense==');
  await page.getByRole('alert').waitFor();
  await filter.fill('deviceId==IMEI*');
  await page.getByText(`${COUNT} devices now`).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('textbox', { name: 'Percent of the devices' }).first().fill('50');
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Next' }).click();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save and review' }).click();
  // Together 145 %: the server says so, and the wizard goes to that step.
  await page.getByText('The waves add up to 145 %').first().waitFor();
  await page.getByRole('textbox', { name: 'Percent of the devices' }).last().fill('50');
  await page.getByRole('textbox', { name: 'The next wave opens at' }).fill('50');
  await page.getByRole('textbox', { name: 'Pauses itself at failed' }).fill('90');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Save and review' }).click();

  await page.getByRole('heading', { level: 1, name: 'Home page' }).waitFor();
  await page.getByText('Ready to start').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  // It is about all there are, so it asks for their number.
  await page.getByRole('textbox', { name: 'Type the number of devices' }).fill('7');
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByText(`repeat with "confirmCount": ${COUNT}`).waitFor();
  await page.getByRole('textbox', { name: 'Type the number of devices' }).fill(String(COUNT));
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 150_000 });
  const failure = page.getByRole('region', { name: 'A command was refused' });
  await failure.getByText('2 devices').waitFor();
  await failure.getByRole('button', { name: 'Show the devices' }).click();
  await failure.getByRole('link', { name: VirtualFleet.idOf(3), exact: true }).waitFor();
  await failure.getByRole('link', { name: VirtualFleet.idOf(13), exact: true }).waitFor();
  await page.getByRole('img', { name: /^Wave 1.*: 10 finished$/ }).waitFor();
  await page.getByRole('img', { name: /^Wave 2.*: 10 finished$/ }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  fleet.mannerOf = () => 'obeys';
  await page.getByRole('button', { name: 'Retry failed' }).click();
  await page.getByText(`${COUNT} Succeeded`).waitFor({ timeout: 60_000 });
  await page.getByRole('link', { name: 'All campaigns' }).click();
  await page.getByRole('row', { name: 'Home page' }).getByText('Completed').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('a campaign that runs is paused, goes on, leaves out a wave, and is stopped', { timeout: 120_000 }, async () => {
  const { api } = web.server;
  const { items } = await api.get<{ items: readonly { readonly id: string }[] }>('/api/v1/packages');
  const { id } = await api.post<{ id: string }>('/api/v1/campaigns', {
    name: 'slow',
    content: { kind: 'package', packageId: items[0]?.id },
    target: { kind: 'filter', filter: 'deviceId==IMEI*' },
    waves: [{ percent: 50 }, { percent: 50 }],
    rate: { perMinute: 1 },
  });
  await api.post(`/api/v1/campaigns/${id}/start`, { confirmCount: COUNT });
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, `/campaigns/${id}`);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Skip this wave' }).last().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Skip this wave' }).click();
  await page.getByText('Skipped', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Running', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped', { exact: true }).first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
