import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { CampaignFleet, PASSWORD } from './campaign-fleet.ts';
import { signIn } from './page-under-test.ts';

const COUNT = 12;
let house: CampaignFleet;
beforeAll(async () => {
  house = await CampaignFleet.start(COUNT);
});
afterAll(() => house?.stop());

const next = (page: Page) => page.getByRole('button', { name: 'Next' }).click();
/** The last step's is there as well, and hidden. */
const more = (page: Page) => page.getByRole('button', { name: 'More options', expanded: false });
const field = (page: Page | Locator, name: string | RegExp) => page.getByRole('textbox', { name });
const choose = async (page: Page, label: string, option: string | RegExp): Promise<void> => {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option }).click();
};
const made = async (page: Page): Promise<Record<string, unknown>> => {
  await page.getByRole('heading', { name: 'Review and start' }).waitFor();
  return house.read(new URL(page.url()).pathname.split('/').at(-1) ?? '');
};

describe('the wizard of campaigns', () => {
  it('orders a package with everything that the API takes', { timeout: 180_000 }, async () => {
    const { page, context, faults } = await house.web.open();
    await signIn(page, undefined, '/campaigns/new');
    await field(page, 'Name of the campaign').fill('With everything');
    await choose(page, 'Package', 'varied · 1');
    await field(page, 'Value of apn').fill('internet.example');
    await page.getByRole('combobox', { name: '{{proxy}} is' }).click();
    await page.getByRole('option', { name: 'An attribute of the device' }).click();
    await field(page, 'Attribute for proxy').fill('homeProxy');
    await more(page).click();
    await choose(page, 'When a command fails', 'Stop');
    await choose(page, 'The user of the device', 'is told');
    expect(await accessibilityFaults(page)).toEqual([]);
    await next(page);

    await field(page, 'Filter (RSQL)').fill('deviceId==IMEI*');
    await page.getByText(`${COUNT} devices now`).waitFor();
    await page.getByRole('switch', { name: /come to fit later/ }).check();
    await more(page).click();
    await choose(page, 'A device that another campaign is busy with', 'is left out');
    await field(page, 'Priority (0 to 9)').fill('7');
    expect(await accessibilityFaults(page)).toEqual([]);
    await next(page);

    await page.getByRole('radio', { name: /By filters/ }).click();
    await page.getByRole('button', { name: 'Add a wave' }).click();
    const first = page.getByRole('group', { name: 'Wave 1' });
    await field(first, 'Filter (RSQL)').fill('tags==staff');
    const second = page.getByRole('group', { name: 'Wave 2' });
    await field(second, 'Filter (RSQL)').fill('tags==pilot');
    await field(second, 'Name').fill('pilot');
    await page.getByRole('group', { name: 'Wave 3' }).getByText('The rest').waitFor();
    await field(page, 'The next wave opens at').fill('95');
    await field(page, 'Pauses itself at failed').fill('5');
    await more(page).click();
    await field(page, 'Counted from').fill('30');
    await field(page, 'Pauses itself at so many failed').fill('500');
    await page.getByRole('switch', { name: 'Somebody else has to approve it' }).check();
    expect(await accessibilityFaults(page)).toEqual([]);
    await next(page);

    await page.getByLabel('Starts at').fill('2030-05-01T08:00');
    await page.getByLabel('Ends at').fill('2030-06-01T08:00');
    await field(page, 'Triggers a minute').fill('60');
    await field(page, 'Attempts').fill('4');
    await page.getByRole('switch', { name: 'Only at certain hours' }).check();
    await page.getByRole('group', { name: 'On (none: every day)' }).getByText('Mon').click();
    await page.getByRole('button', { name: 'Add hours' }).click();
    await page.getByLabel('From, span 2').fill('10:00');
    await page.getByLabel('To, span 2').fill('00:00');
    await page.getByRole('combobox', { name: 'After an attempt that ended by' }).fill('503');
    await page.getByRole('combobox', { name: 'After an attempt that ended by' }).press('Enter');
    await field(page, 'First pause (min)').fill('10');
    await field(page, 'Longest pause (min)').fill('600');
    await field(page, 'Silent after (min)').fill('90');
    await more(page).click();
    await field(page, 'A device has (hours)').fill('48');
    await page.getByRole('switch', { name: 'The rate grows while all goes well' }).check();
    await field(page, 'Times').fill('3');
    await field(page, 'for so many succeeded').fill('200');
    await field(page, 'A minute at most').fill('6000');
    // What has been said stands beside it in plain words.
    await page.getByText('60 a minute, times 3 for every 200 that succeed, up to 6,000').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save and review' }).click();
    expect(await made(page)).toMatchObject({
      name: 'With everything',
      content: { kind: 'package', packageId: house.packages.varied, onFailure: 'stop', uiMode: 'informative' },
      sealed: { variables: ['apn'] },
      deviceVariables: { proxy: 'homeProxy' },
      target: { kind: 'filter', filter: 'deviceId==IMEI*' },
      membership: 'dynamic',
      conflict: 'skip',
      priority: 7,
      waves: [{ name: 'canary', filter: 'tags==staff' }, { name: 'pilot', filter: 'tags==pilot' }, {}],
      thresholds: { successPercent: 95, errorPercent: 5, errorMinimum: 30, errorCount: 500 },
      needsApproval: true,
      startAt: '2030-05-01T06:00:00.000Z',
      endAt: '2030-06-01T06:00:00.000Z',
      rate: { perMinute: 60, growth: { factor: 3, perSuccesses: 200, maxPerMinute: 6_000 } },
      timeoutMs: 48 * 3_600_000,
      retry: {
        maxAttempts: 4,
        on: ['silent', 'trigger-failed', 'expired', '503'],
        firstMs: 600_000,
        maxMs: 36_000_000,
        silentMs: 5_400_000,
      },
      windows: {
        timeZone: 'device',
        otherwise: 'Europe/Vienna',
        spans: [
          { weekdays: ['mon'], from: '22:00', to: '05:00' },
          { weekdays: ['sat', 'sun'], from: '10:00', to: '24:00' },
        ],
      },
    });
    expect(faults).toEqual([]);
    await context.close();
  });

  it('orders settings and documents that are typed in place, and questions for a tree', {
    timeout: 180_000,
  }, async () => {
    const { page, context, faults } = await house.web.open();
    await signIn(page, undefined, '/campaigns/new');
    await field(page, 'Name of the campaign').fill('Settings');
    await page.getByRole('radio', { name: /A document that is pushed/ }).click();
    await page.getByRole('radio', { name: 'OTA settings, typed here' }).click();
    await page.getByText('Browser', { exact: true }).click();
    await choose(page, 'PIN type', /USERPIN\)/);
    await field(page, 'PIN').fill('12');
    await more(page).click();
    await choose(page, 'It has succeeded when', 'the SMS centre has it');
    await next(page);
    await page.getByRole('radio', { name: /^A list/ }).click();
    await field(page, 'Device ids').fill('IMEI:1, IMEI:2\nIMEI:3');
    await next(page);
    await page.getByRole('radio', { name: /By numbers/ }).click();
    await field(page.getByRole('group', { name: 'Wave 1' }), 'Devices').fill('1');
    await next(page);
    await page.getByRole('button', { name: 'Save and review' }).click();
    // The server misses what the section needs: back at the first step, where it is.
    await page.getByRole('button', { name: /What/ }).getByText('Look here').waitFor();
    await page.getByText('has neither a home page nor a bookmark').waitFor();
    await field(page, 'Home page').fill('http://home.example/');
    for (let step = 0; step < 3; step++) await next(page);
    await page.getByRole('button', { name: 'Save and review' }).click();
    const settings = await made(page);
    expect(settings).toMatchObject({
      content: { kind: 'push', security: 'USERPIN', successAt: 'sent' },
      sealed: { pin: true, settings: ['browser'] },
      target: { kind: 'list' },
      waves: [{ name: 'canary', count: 1 }, {}],
    });
    await page.getByText('Of the list, not registered').waitFor();

    await page.goto('/campaigns/new');
    await field(page, 'Name of the campaign').fill('Document');
    await page.getByRole('radio', { name: /A document that is pushed/ }).click();
    await page.getByRole('radio', { name: 'XML, typed here' }).click();
    const editor = page.getByRole('textbox', { name: 'Document' });
    await editor.fill('<wap-provisioningdoc>');
    await next(page);
    await page.getByRole('radio', { name: /^All devices/ }).click();
    await next(page);
    await page.getByRole('radio', { name: /^All at once/ }).click();
    await next(page);
    await page.getByRole('button', { name: 'Save and review' }).click();
    await page.getByRole('button', { name: /What/ }).getByText('Look here').waitFor();
    // Emptied by hand: a browser that puts text in place of what is highlighted gives it a style of its own.
    await editor.press('ControlOrMeta+a');
    await editor.press('Delete');
    await editor.fill(
      '<wap-provisioningdoc><characteristic type="BOOTSTRAP"><parm name="NAME" value="x"/></characteristic></wap-provisioningdoc>',
    );
    for (let step = 0; step < 3; step++) await next(page);
    await page.getByRole('button', { name: 'Save and review' }).click();
    expect(await made(page)).toMatchObject({
      content: { kind: 'push', packageId: expect.any(String) },
      target: { kind: 'all' },
      waves: [{}],
    });

    await page.goto('/campaigns/new?filter=tags==x');
    await field(page, 'Name of the campaign').fill('Question');
    await page.getByRole('radio', { name: /A question for its tree/ }).click();
    await field(page, 'Read the tree below').fill('./DevDetail');
    await more(page).click();
    await field(page, 'Levels at most').fill('3');
    await field(page, 'Nodes at most').fill('500');
    await field(page, 'Messages at most').fill('20');
    await page.getByRole('group', { name: 'Properties of each node' }).getByText('Format').click();
    expect(await accessibilityFaults(page)).toEqual([]);
    for (let step = 0; step < 3; step++) await next(page);
    await page.getByRole('button', { name: 'Save and review' }).click();
    expect(await made(page)).toMatchObject({
      content: {
        kind: 'discovery',
        root: './DevDetail',
        maxDepth: 3,
        maxNodes: 500,
        maxMessages: 20,
        properties: ['Format'],
      },
      target: { kind: 'filter', filter: 'tags==x' },
    });
    expect(faults).toEqual([]);
    await context.close();
  });

  it('takes a list from a file, with the variables of each device', { timeout: 120_000 }, async () => {
    const { page, context, faults } = await house.web.open();
    await signIn(page, undefined, '/campaigns/new');
    await field(page, 'Name of the campaign').fill('From a file');
    await choose(page, 'Package', 'varied · 1');
    for (const name of ['apn', 'proxy']) {
      await page.getByRole('combobox', { name: `{{${name}}} is` }).click();
      await page.getByRole('option', { name: 'A column of the list' }).click();
    }
    await next(page);
    await page.getByRole('radio', { name: /^A list/ }).click();
    const csv = 'deviceId,apn,proxy\nIMEI:7,a.example,1.2.3.4\n,nobody,x\nIMEI:8,b.example,1.2.3.5\n';
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByText('list.csv').first().waitFor();
    for (let step = 0; step < 2; step++) await next(page);
    await page.getByRole('button', { name: 'Save and review' }).click();
    await page.getByText('One line of the file could not be read.').waitFor();
    await made(page);
    await page.getByText('Of the list, not registered').waitFor();
    expect(await page.locator('.number').allTextContents()).toEqual(['0', String(COUNT), '2']);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('keeps what was typed, and goes to the first step that has a fault', { timeout: 120_000 }, async () => {
    const { page, context, faults } = await house.web.open();
    await signIn(page, undefined, '/campaigns/new');
    await choose(page, 'Package', 'home · 1');
    await next(page);
    await field(page, 'Filter (RSQL)').fill('tags==nobody');
    await page.getByText('No device fits.').waitFor();
    await next(page);
    await page.getByRole('radio', { name: /By percentages/ }).click();
    await field(page, 'Percent of the devices').first().fill('50');
    await next(page);
    await field(page, 'Triggers a minute').fill('100');
    await page.getByRole('button', { name: 'Save and review' }).click();
    await page.getByText('Expected at least one character.').waitFor();
    await field(page, 'Name of the campaign').fill('Faulty');
    for (let step = 0; step < 3; step++) await next(page);
    await page.getByRole('button', { name: 'Save and review' }).click();
    await page.getByText('The waves add up to 145 %').waitFor();
    expect(await field(page, 'Percent of the devices').first().inputValue()).toBe('50 %');
    expect(await accessibilityFaults(page)).toEqual([]);
    await field(page, 'Percent of the devices').last().fill('50');
    await next(page);
    expect(await field(page, 'Triggers a minute').inputValue()).toBe('100');
    await page.getByRole('button', { name: 'Save and review' }).click();
    expect(await made(page)).toMatchObject({ name: 'Faulty', rate: { perMinute: 100 } });
    expect(faults).toEqual([]);
    await context.close();
  });

  it('changes a draft, and refuses what would overwrite somebody else without losing it', {
    timeout: 120_000,
  }, async () => {
    const variables = { apn: 'secret.example', proxy: '1.2.3.4' };
    const content = { kind: 'package', packageId: house.packages.varied, variables };
    const id = await house.campaign('Draft', { content, rate: { perMinute: 30 } });
    const { page, context, faults } = await house.web.open();
    await signIn(page, { name: 'olga', password: PASSWORD }, `/campaigns/${id}`);
    await page.getByRole('link', { name: 'Change' }).click();
    expect(await field(page, 'Name of the campaign').inputValue()).toBe('Draft');
    expect(await field(page, 'Value of apn').getAttribute('placeholder')).toBe('Kept as it is');
    await field(page, 'Name of the campaign').fill('Mine');
    expect(await accessibilityFaults(page)).toEqual([]);
    // Meanwhile somebody else changes it.
    await house.web.server.api.put(`/api/v1/campaigns/${id}`, {
      name: 'Theirs',
      content: { kind: 'package', packageId: house.packages.varied },
      target: { kind: 'all' },
      from: id,
    });
    await page.getByRole('button', { name: 'Save and review' }).click();
    await page.getByText('Somebody has changed this meanwhile').waitFor();
    expect(await field(page, 'Name of the campaign').inputValue()).toBe('Mine');
    expect(await house.read(id)).toMatchObject({ name: 'Theirs', version: 2 });
    await page.getByRole('button', { name: 'Load what it is now' }).click();
    await expect.poll(() => field(page, 'Name of the campaign').inputValue()).toBe('Theirs');
    await field(page, 'Name of the campaign').fill('Ours');
    await page.getByRole('button', { name: 'Save and review' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ours' }).waitFor();
    // What is sealed has stayed, and is named.
    expect(await house.read(id)).toMatchObject({ name: 'Ours', version: 3, sealed: { variables: ['apn', 'proxy'] } });
    await page.getByText('apn, proxy').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('makes a new campaign from another one', { timeout: 120_000 }, async () => {
    const id = await house.campaign('The first', {
      content: { kind: 'package', packageId: house.packages.home, onFailure: 'stop' },
      target: { kind: 'list', devices: ['IMEI:1', 'IMEI:2'] },
      waves: [{ count: 1 }, {}],
      windows: { timeZone: 'Europe/Berlin', spans: [{ weekdays: ['sat'], from: '10:00', to: '24:00' }] },
      retry: { maxAttempts: 3, on: ['5xx'], firstMs: 60_000, maxMs: 120_000 },
      rate: { perMinute: 10, growth: { factor: 2, perSuccesses: 5, maxPerMinute: 100 } },
      conflict: 'parallel',
    });
    const { page, context, faults } = await house.web.open();
    await signIn(page, undefined, `/campaigns/${id}`);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'New from this one' }).click();
    await expect.poll(() => field(page, 'Name of the campaign').inputValue()).toBe('The first (copy)');
    await next(page);
    await page.getByText('2 devices of the other campaign are taken over').waitFor();
    for (let step = 0; step < 2; step++) await next(page);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save and review' }).click();
    const copy = await made(page);
    const first = await house.read(id);
    const same = ['content', 'target', 'waves', 'windows', 'retry', 'rate', 'conflict', 'thresholds', 'timeoutMs'];
    for (const member of same) expect([member, copy[member]]).toEqual([member, first[member]]);
    expect(copy['id']).not.toBe(id);
    expect(await page.locator('.number').allTextContents()).toEqual(['0', String(COUNT), '2']);
    expect(faults).toEqual([]);
    await context.close();
  });
});
