import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const COUNT = 120;
const idOf = (n: number): string => `IMEI:35209900176${String(1000 + n)}`;

let web: PageUnderTest;
beforeAll(async () => {
  web = await startPageUnderTest();
});
afterAll(() => web?.stop());

it('are imported with progress; refused lines are told, and had as a file', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices');
  await page.getByRole('link', { name: 'Import' }).click();
  await page.getByText('No import yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  const good = Array.from(
    { length: COUNT },
    (_, n) => `${idOf(n)},+49170123${1000 + n},${n % 2 ? 'odd|pilot' : 'even'}`,
  );
  const csv = ['deviceId,msisdn,tags', ...good, 'IMEI:1,not a number,', '=1+1,,', ''].join('\n');
  await page.getByRole('group', { name: 'Import devices' }).waitFor();
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'choose a file' }).click();
  await (await choosing).setFiles({ name: 'fleet.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('progressbar', { name: 'Progress of the import' }).waitFor();
  await page.getByText('Completed').first().waitFor();
  await page
    .getByText(`${COUNT + 1} registered`)
    .first()
    .waitFor();
  const refused = page.getByRole('table', { name: 'Refused lines' });
  await refused.getByRole('cell', { name: String(COUNT + 2) }).waitFor();
  await refused.getByText('Expected a phone number').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: 'All of them as CSV' }).click();
  expect(readFileSync(await (await coming).path(), 'utf8')).toContain('Expected a phone number');

  // A document that is none: it says so, and the page is as it was.
  const again = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'choose a file' }).click();
  await (await again).setFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('colour\nred\n') });
  await page.getByText('is none of deviceId').first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

it('are sorted by their heads, opened by a click or Enter, and shown in the columns one wants', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices');
  await page.getByText(`${COUNT + 1} devices`).waitFor();
  const table = page.getByRole('table', { name: 'Devices' });
  await table.getByRole('button', { name: 'Device', exact: true }).click();
  await page.waitForURL('**sort=deviceId*');
  await expect
    .poll(() => table.getByRole('columnheader', { name: 'Device', exact: true }).getAttribute('aria-sort'))
    .toBe('ascending');
  await table.getByRole('link', { name: idOf(0) }).waitFor();
  // The head stays where it can be seen.
  const more = page.getByRole('button', { name: 'Load more' });
  await more.scrollIntoViewIfNeeded();
  const head = await table.getByRole('columnheader', { name: 'Tags' }).boundingBox();
  expect(head?.y).toBeGreaterThanOrEqual(50);
  expect(head?.y).toBeLessThan(800);
  await more.click();
  await table.getByRole('link', { name: idOf(80) }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  expect(await table.getByRole('columnheader', { name: 'Time zone' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Time zone' }).check();
  await page.getByRole('checkbox', { name: 'Tags' }).uncheck();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.reload();
  await table.getByRole('columnheader', { name: 'Time zone' }).waitFor();
  expect(await table.getByRole('columnheader', { name: 'Tags' }).count()).toBe(0);

  await table.getByRole('link', { name: idOf(2) }).waitFor();
  await table
    .getByRole('row', { name: idOf(1) })
    .getByRole('cell')
    .last()
    .click();
  await page.getByRole('heading', { level: 1, name: idOf(1) }).waitFor();
  await page.goBack();
  await table.getByRole('link', { name: idOf(1) }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: idOf(2) }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('are found by filters that help to be written, and are kept under names', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices');
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await page.getByRole('button', { name: 'How filters are written' }).click();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: /^tags==pilot/ }).click();
  expect(await filter.inputValue()).toBe('tags==pilot');
  await filter.press('Enter');
  await page.getByText(`${COUNT / 2} devices`).waitFor();
  await page.getByRole('button', { name: 'Save this filter' }).click();
  const saving = page.getByRole('dialog', { name: 'Save this filter' });
  await saving.getByRole('textbox', { name: 'Name' }).fill('Pilots');
  expect(await accessibilityFaults(page)).toEqual([]);
  await saving.getByRole('button', { name: 'Save this filter' }).click();
  await saving.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Save this filter' }).click();
  await saving.getByRole('textbox', { name: 'Name' }).fill('Pilots');
  await saving.getByRole('button', { name: 'Save this filter' }).click();
  await saving.locator('[aria-invalid="true"]').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.getByText(`${COUNT + 1} devices`).waitFor();
  await page.getByRole('button', { name: 'Saved filters' }).click();
  await page.getByRole('button', { name: /^Pilots/ }).click();
  await page.getByText(`${COUNT / 2} devices`).waitFor();
  expect(new URL(page.url()).searchParams.get('filter')).toBe('tags==pilot');
  await page.getByRole('button', { name: 'Saved filters' }).click();
  await page.getByRole('button', { name: 'Delete the filter Pilots' }).click();
  const removing = page.getByRole('dialog', { name: 'Delete the filter Pilots?' });
  await removing.getByRole('button', { name: 'Delete' }).click();
  await removing.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Saved filters' }).click();
  await page.getByText('No saved filter yet').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

it('get and lose tags by a filter, many at once', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices?filter=tags%3D%3Dodd');
  await page.getByText(`${COUNT / 2} devices`).waitFor();
  await page.getByRole('button', { name: 'Change tags' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change the tags of these devices' });
  await dialog.getByText('Of every device that fits tags==odd.').waitFor();
  await dialog.getByRole('button', { name: 'Change the tags' }).click();
  await dialog.getByText('Expected tags to add or to remove.').first().waitFor();
  await dialog.getByLabel('Tags to add').pressSequentially('site-berlin,');
  await dialog.getByLabel('Tags to take away').pressSequentially('pilot,');
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Change the tags' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('site-berlin').first().waitFor();
  expect(await web.server.api.get('/api/v1/devices/count?filter=tags==site-berlin')).toMatchObject({
    count: COUNT / 2,
  });
  expect(await web.server.api.get('/api/v1/devices/count?filter=tags==pilot')).toMatchObject({ count: 0 });
  expect(faults).toEqual([]);
  await context.close();
});

it('fit a phone: each a card, nothing beside the screen, dialogs too', async () => {
  const { page, context, faults } = await web.open({ width: 390, height: 844 });
  await signIn(page, undefined, '/devices');
  await page.getByRole('link', { name: idOf(COUNT - 1) }).waitFor();
  const width = () => page.evaluate('document.documentElement.scrollWidth');
  expect(await width()).toBe(390);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'How filters are written' }).click();
  expect(await width()).toBe(390);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Register a device' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  for (const path of ['/devices/import', `/devices/${encodeURIComponent(idOf(1))}`]) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await width()).toBe(390);
  }
  for (const tab of ['Tree', 'History', 'Account']) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel', { name: tab }).waitFor();
    expect(await width()).toBe(390);
    expect(await accessibilityFaults(page)).toEqual([]);
  }
  expect(faults).toEqual([]);
  await context.close();
});
