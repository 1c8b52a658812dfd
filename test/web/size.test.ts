import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

/** Of everything that is fetched until the overview stands, as it travels. */
const MAX_OCTETS = 400 * 1_024;

let web: PageUnderTest;
beforeAll(async () => {
  web = await startPageUnderTest();
});
afterAll(() => web?.stop());

it('loads less than 400 KB until the first page stands, all of it compressed, and nothing of it twice', async () => {
  const { page, context } = await web.open();
  const fetched = new Map<string, number>();
  const uncompressed: string[] = [];
  page.on('requestfinished', (request) => {
    void (async () => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/api/')) return;
      const [sizes, response] = await Promise.all([request.sizes(), request.response()]);
      fetched.set(pathname, sizes.responseBodySize);
      const isText = /\.(js|css)$/.test(pathname) && sizes.responseBodySize > 1_000;
      if (isText && response?.headers()['content-encoding'] === undefined) uncompressed.push(pathname);
    })().catch(() => undefined);
  });
  await signIn(page);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.waitForLoadState('load');
  await expect.poll(() => [...fetched.keys()].some((path) => path.endsWith('.css'))).toBe(true);
  const total = [...fetched.values()].reduce((sum, octets) => sum + octets, 0);
  process.stdout.write(`first load: ${fetched.size} files, ${Math.round(total / 1_024)} KB\n`);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(MAX_OCTETS);
  expect(uncompressed).toEqual([]);

  const again: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/assets/') && !response.fromServiceWorker()) again.push(response.url());
  });
  const before = again.length;
  await page.goto('/access');
  await page.getByRole('heading', { level: 1, name: 'Access' }).waitFor();
  const revalidated = await page.evaluate(
    "performance.getEntriesByType('resource').filter((one) => one.name.includes('/assets/index') && one.transferSize > 0).length",
  );
  expect(before).toBe(0);
  expect(revalidated).toBe(0);
  await context.close();
});
