import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ADMIN } from '../setup/postgres.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

let web: PageUnderTest;
beforeAll(async () => {
  web = await startPageUnderTest();
});
afterAll(() => web?.stop());

const PAGES = [
  ['o', '/', 'Overview'],
  ['p', '/packages', 'Packages'],
  ['d', '/devices', 'Devices'],
  ['v', '/deliveries', 'Deliveries'],
  ['s', '/sessions', 'Sessions'],
  ['t', '/ota', 'OTA settings'],
  ['c', '/campaigns', 'Campaigns'],
  ['l', '/links', 'Links'],
  ['a', '/access', 'Access'],
] as const;

describe('signing in', () => {
  it('says what is wrong and keeps the name, then leads to the page that was asked for', async () => {
    const { page, context, faults } = await web.open();
    await page.goto('/access/audit');
    const name = page.getByRole('textbox', { name: 'Name' });
    await name.fill('admin');
    await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The name or the password is wrong.').waitFor();
    expect(await name.inputValue()).toBe('admin');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Password' }).fill(TEST_ADMIN.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('tab', { name: 'Audit log', selected: true }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('comes up over the page when the session has ended, and what was typed stays', async () => {
    const { page, context } = await web.open();
    await signIn(page, TEST_ADMIN, '/access');
    await page.getByRole('button', { name: 'Add a user' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a user' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('half-typed');
    await context.clearCookies();
    await dialog.getByRole('textbox', { name: 'Password' }).fill('a long password');
    await dialog.getByRole('button', { name: 'Add a user' }).click();
    const again = page.getByRole('dialog', { name: 'Your session has ended' });
    await again.getByRole('textbox', { name: 'Name' }).fill(TEST_ADMIN.name);
    await again.getByRole('textbox', { name: 'Password' }).fill(TEST_ADMIN.password);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.waitFor({ state: 'detached' });
    expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('half-typed');
    await dialog.getByRole('button', { name: 'Add a user' }).click();
    await page.getByRole('cell', { name: 'half-typed', exact: true }).waitFor();
    await context.close();
  });

  it('ends with signing out', async () => {
    const { page, context } = await web.open();
    await signIn(page);
    await page.getByRole('button', { name: 'Signed in as admin' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await context.close();
  });
});

describe('the frame', () => {
  it('goes to every page by mouse and by keys, and the address says which', async () => {
    const { page, context, faults } = await web.open();
    await signIn(page);
    for (const [key, path, title] of PAGES.toReversed()) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      expect(new URL(page.url()).pathname).toBe(path);
      expect(await page.title()).toBe(`${title} · OMA DM server`);
    }
    const navigation = page.getByRole('navigation', { name: 'Pages' });
    for (const [, path, title] of PAGES) {
      await navigation.getByRole('link', { name: title }).click();
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      expect(new URL(page.url()).pathname).toBe(path);
    }
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.placeholder')).toBe('Find a user by name');
    await page.keyboard.type('g?');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('folds its navigation away on a phone, without anything that scrolls sideways', async () => {
    const { page, context } = await web.open({ width: 375, height: 700 });
    await signIn(page);
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Devices' });
    await page.getByRole('button', { name: 'Open the navigation' }).click();
    await link.click();
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
    for (const [, path, title] of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      const excess = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect([path, excess]).toEqual([path, 0]);
    }
    await context.close();
  });

  it('remembers light or dark', async () => {
    const { page, context } = await web.open({ colorScheme: 'light' });
    await signIn(page);
    await page.getByRole('button', { name: 'Colours' }).click();
    await page.getByRole('menuitem', { name: 'Dark' }).click();
    const scheme = (): Promise<unknown> => page.evaluate('document.documentElement.dataset.mantineColorScheme');
    expect(await scheme()).toBe('dark');
    await page.reload({ waitUntil: 'commit' });
    await expect.poll(scheme).toBe('dark');
    await context.close();
  });

  it('says that the server is away, and goes on when it is back', async () => {
    const { page, context } = await web.open();
    await signIn(page);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await context.setOffline(true);
    await page.getByText('The server does not answer.').waitFor();
    await context.setOffline(false);
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    await page.getByText('The server answers again.').waitFor();
    await context.close();
  });

  it('says so where there is nothing', async () => {
    const { page, context } = await web.open();
    await signIn(page, TEST_ADMIN, '/nothing/here');
    await page.getByRole('heading', { level: 1, name: 'There is nothing here' }).waitFor();
    await page.getByRole('link', { name: 'To the overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await context.close();
  });
});
