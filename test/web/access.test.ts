import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { type OpenPage, type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const PASSWORD = 'a long password';
let web: PageUnderTest;
let open: OpenPage;
beforeAll(async () => {
  web = await startPageUnderTest();
});
afterAll(() => web?.stop());
beforeEach(async () => {
  open = await web.open();
});
afterEach(async () => {
  expect(open.faults).toEqual([]);
  await open.context.close();
});

describe('users', () => {
  it("are added, with the server's own faults at the fields", async () => {
    const { page } = open;
    await signIn(page, undefined, '/access');
    await page.getByRole('button', { name: 'Add a user' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a user' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('not a name');
    await dialog.getByRole('textbox', { name: 'Password' }).fill('short');
    await dialog.getByRole('button', { name: 'Add a user' }).click();
    await dialog.getByText('Expected at least 12 characters.').waitFor();
    await dialog.getByText('Expected 1 to 64 letters').waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Name' }).getAttribute('aria-invalid')).toBe('true');
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('admin');
    await dialog.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Add a user' }).click();
    await dialog.getByText('A user of that name is there already.').waitFor();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('grace');
    await dialog.getByRole('button', { name: 'Add a user' }).click();
    await page.getByText('grace can sign in now.').waitFor();
    await page.getByRole('cell', { name: 'grace', exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'Find a user by name' }).fill('gra');
    expect(await page.getByRole('row').count()).toBe(2);
  });

  it('are changed only as they were read', async () => {
    const { page } = open;
    const { id } = await web.server.api.post<{ id: string }>('/api/v1/users', {
      name: 'ada',
      role: 'viewer',
      password: PASSWORD,
    });
    await signIn(page, undefined, '/access');
    await page.getByRole('button', { name: 'Actions for ada' }).click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change ada' });
    await dialog.getByRole('switch', { name: 'May sign in' }).waitFor();
    await fetch(`${web.server.url}/api/v1/users/${id}`, {
      method: 'PATCH',
      headers: { Authorization: 'Bearer token-of-the-tests', 'Content-Type': 'application/json' },
      body: JSON.stringify({ role: 'operator' }),
    });
    await dialog.getByRole('switch', { name: 'May sign in' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Somebody has changed this meanwhile').waitFor();
    await dialog.getByRole('button', { name: 'Load what it is now' }).click();
    await expect.poll(() => dialog.getByRole('combobox', { name: 'Role' }).inputValue()).toContain('Operator');
    await dialog.getByRole('switch', { name: 'May sign in' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: 'ada' }).getByText('Disabled').waitFor();
    await page.getByRole('button', { name: 'Actions for ada' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete ada?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: 'ada' }).waitFor({ state: 'detached' });
  });

  it('do not see what is for admins', async () => {
    const { page } = open;
    await web.server.api.post('/api/v1/users', { name: 'vera', role: 'viewer', password: PASSWORD });
    await signIn(page, { name: 'vera', password: PASSWORD }, '/access');
    await page.getByText('Only admins see this').waitFor();
    expect(await page.getByRole('button', { name: 'Add a user' }).count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('change their own password', async () => {
    const { page } = open;
    await web.server.api.post('/api/v1/users', { name: 'otto', role: 'viewer', password: PASSWORD });
    await signIn(page, { name: 'otto', password: PASSWORD });
    await page.getByRole('button', { name: 'Signed in as otto' }).click();
    await page.getByRole('menuitem', { name: 'Change password' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change password' });
    await dialog.getByRole('textbox', { name: 'Current password' }).fill('wrong');
    await dialog.getByRole('textbox', { name: 'New password' }).fill('another long password');
    await dialog.getByRole('button', { name: 'Change password' }).click();
    await dialog.getByText('The current password is wrong.').waitFor();
    await dialog.getByRole('textbox', { name: 'Current password' }).fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed.').waitFor();
  });
});

describe('API keys', () => {
  it('are made, shown once, work, and are revoked', async () => {
    const { page } = open;
    await signIn(page, undefined, '/access/keys');
    await page.getByText('No API key yet').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make an API key' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Make an API key' });
    await dialog.getByRole('textbox', { name: 'What it is for' }).fill('nightly import');
    await dialog.getByLabel('Expires').fill('2001-01-01T00:00');
    await dialog.getByRole('button', { name: 'Make an API key' }).click();
    await dialog.getByText('The expiry is in the past.').waitFor();
    await dialog.getByLabel('Expires').fill('');
    await dialog.getByRole('button', { name: 'Make an API key' }).click();
    const made = page.getByRole('dialog', { name: 'Your new API key' });
    const key = await made.getByRole('textbox', { name: 'API key' }).inputValue();
    const me = (): Promise<Response> =>
      fetch(`${web.server.url}/api/v1/me`, { headers: { Authorization: `Bearer ${key}` } });
    expect(await (await me()).json()).toMatchObject({ kind: 'key', name: 'nightly import', role: 'operator' });
    expect(await accessibilityFaults(page)).toEqual([]);
    await made.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('cell', { name: 'Revoked' }).waitFor();
    expect((await me()).status).toBe(401);
    expect(await page.content()).not.toContain(key);
  });
});

describe('the audit log', () => {
  it('says who did what, and keeps its filters in the address', async () => {
    const { page } = open;
    await web.server.api.post('/api/v1/devices', { deviceId: 'IMEI:1' });
    await signIn(page, undefined, '/access/audit?operation=registerDevice');
    const row = page.getByRole('row', { name: 'Register device' });
    await row.getByRole('link', { name: 'IMEI:1' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('row', { name: 'Sign in' }).first().waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});
