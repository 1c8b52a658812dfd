import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('goes on by itself where a server has looked through a part only, says how far it is, and ends', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices');
  await page.getByRole('link', { name: device.deviceId }).waitFor();
  // A fleet that is too large for one answer: two parts with nothing in them, then what there is.
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: string[] = [];
  await page.route('**/api/v1/devices?*', async (route) => {
    const url = new URL(route.request().url());
    const cursor = url.searchParams.get('cursor') ?? 'first';
    asked.push(cursor);
    if (cursor === 'first') return route.fulfill({ json: { items: [], nextCursor: 'second', searched: 40_000 } });
    if (cursor === 'second') return route.fulfill({ json: { items: [], nextCursor: 'third', searched: 50_000 } });
    await held;
    url.searchParams.delete('cursor');
    return route.fulfill({ response: await route.fetch({ url: url.href }) });
  });
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill('deviceId==*81');
  await filter.press('Enter');
  await page.getByRole('status').getByText('Looked through 90,000 so far').waitFor();
  expect(await page.getByText('No device fits this filter').count()).toBe(0);
  expect(await accessibilityFaults(page)).toEqual([]);
  release();
  await page.getByRole('link', { name: device.deviceId }).waitFor();
  expect(await page.getByText('Looked through').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0);
  expect(asked).toEqual(['first', 'second', 'third']);
  await page.locator('tbody time').first().hover();
  await page.getByRole('tooltip').waitFor();
  await page.getByRole('heading', { level: 1 }).hover();
  await page.getByRole('tooltip').waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
  await context.close();
});

it('stops where the connection is lost, keeps what is there, and goes on when it is asked to', async () => {
  const { page, context } = await web.open();
  await signIn(page, undefined, '/devices');
  await page.getByRole('link', { name: device.deviceId }).waitFor();
  let isBroken = true;
  await page.route('**/api/v1/devices?*', async (route) => {
    const url = new URL(route.request().url());
    if (!url.searchParams.has('cursor')) {
      const { items } = (await (await route.fetch()).json()) as { items: unknown[] };
      return route.fulfill({ json: { items, nextCursor: 'next', searched: 40_000 } });
    }
    if (isBroken) return route.fulfill({ status: 503, contentType: 'application/problem+json', json: UNAVAILABLE });
    return route.fulfill({ json: { items: [] } });
  });
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill('deviceId==*81');
  await filter.press('Enter');
  await page.getByText(UNAVAILABLE.detail).waitFor();
  expect(await page.getByRole('link', { name: device.deviceId }).count()).toBe(1);
  isBroken = false;
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.getByRole('button', { name: 'Load more' }).waitFor({ state: 'detached' });
  expect(await page.getByRole('link', { name: device.deviceId }).count()).toBe(1);
  await context.close();
});

const UNAVAILABLE = {
  type: 'about:blank',
  title: 'Unavailable',
  status: 503,
  code: 'unavailable',
  detail: 'The database cannot be reached at the moment.',
};
