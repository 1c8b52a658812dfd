import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { percentile } from '../median.ts';
import type { SignedIn } from './ask.ts';
import type { Asked } from './questions.ts';

/** How a step felt. Durations in ms; of frames the 95th percentile of the time between two while it was scrolled. */
export interface Felt {
  readonly step: string;
  /** Until what it is about stands there. */
  readonly ms: number;
  readonly longTasks: number;
  /** What long tasks took beyond 50 ms each. */
  readonly blockedMs: number;
  /** Cumulative layout shift that nobody has asked for. */
  readonly shift: number;
  readonly elements: number;
  readonly frameP95Ms: number;
  /** Of all that the page's thread has done: its scripts, and styles and layout. */
  readonly scriptMs: number;
  readonly layoutMs: number;
}

/** Debian's. */
const CHROMIUM = '/usr/bin/chromium';

/** Collects in the page what the browser tells of its own smoothness. */
const WATCH = `
  window.felt = { tasks: [], shift: 0 };
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.felt.tasks.push(duration); })
    .observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.felt.shift += one.value; })
    .observe({ type: 'layout-shift', buffered: true });`;

/** Scrolls to the end and back as a wheel does, and gives the times between frames. */
const SCROLL = `new Promise((resolve) => {
  const frames = []; let last = performance.now(); const end = document.documentElement.scrollHeight - innerHeight;
  const step = (now) => {
    frames.push(now - last); last = now;
    const part = frames.length / 90;
    scrollTo({ top: end * (part < 0.5 ? 2 * part : 2 - 2 * part), behavior: 'instant' });
    if (frames.length < 90) requestAnimationFrame(step); else resolve(frames.slice(1));
  };
  requestAnimationFrame(step);
})`;

/** Opens the pages with many rows behind them, as somebody would who looks for a device. */
export async function feel(who: SignedIn, asked: Asked, tell: (felt: Felt) => void): Promise<readonly Felt[]> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  const all: Felt[] = [];
  try {
    const context = await browser.newContext({ baseURL: who.url, viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(60_000);
    await bringCookie(context, who);
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    const durations = async (): Promise<ReadonlyMap<string, number>> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return new Map(metrics.map(({ name, value }) => [name, value * 1_000]));
    };
    for (const [step, act] of steps(asked)) {
      await page.evaluate('window.felt && (window.felt.tasks.length = 0, window.felt.shift = 0)');
      const before = await durations();
      const began = performance.now();
      await act(page);
      const ms = performance.now() - began;
      const after = await durations();
      const took = (...names: readonly string[]): number =>
        Math.round(names.reduce((sum, name) => sum + grown(before.get(name), after.get(name)), 0));
      const felt: Felt = {
        ...(await feltOf(page, step, ms)),
        scriptMs: took('ScriptDuration'),
        layoutMs: took('LayoutDuration', 'RecalcStyleDuration'),
      };
      all.push(felt);
      tell(felt);
    }
    return all;
  } finally {
    await browser.close();
  }
}

type Step = readonly [name: string, act: (page: Page) => Promise<void>];

function steps({ running, finished, deviceId }: Asked): readonly Step[] {
  const row = (page: Page) => page.getByRole('row').nth(1);
  const go =
    (path: string, wait: (page: Page) => Promise<void>) =>
    async (page: Page): Promise<void> => {
      await page.goto(path);
      await wait(page);
    };
  const more = async (page: Page): Promise<void> => {
    for (let times = 0; times < 20; times++) {
      const before = await page.getByRole('row').count();
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('row').nth(before).waitFor();
    }
  };
  return [
    ['overview', go('/', (page) => page.getByText('APN of the new core').first().waitFor())],
    ['devices', go('/devices', (page) => row(page).waitFor())],
    ['devices, filtered', (page) => filtered(page, 'tags==pilot')],
    ['devices, filtered by a pattern of few', (page) => filtered(page, 'tags==lab-*')],
    ['devices, sorted', go('/devices?sort=lastSeenAt:desc', (page) => row(page).waitFor())],
    ['devices, more 20 times', more],
    ['campaigns', go('/campaigns', (page) => row(page).waitFor())],
    ['campaign that runs', go(`/campaigns/${running}`, (page) => page.getByText('Replace ./Vendor').first().waitFor())],
    [
      'campaign that has ended',
      go(`/campaigns/${finished}`, (page) => page.getByText('Replace ./Vendor').first().waitFor()),
    ],
    ['sessions', go('/sessions', (page) => row(page).waitFor())],
    ['sessions, more 20 times', more],
    ['audit', go('/access/audit', (page) => row(page).waitFor())],
    ['one device', go(`/devices/${encodeURIComponent(deviceId)}`, (page) => page.getByRole('tab').first().waitFor())],
    [
      'tree of 3,000 nodes',
      go(`/devices/${encodeURIComponent('IMEI:350000000000008')}?tab=tree`, (page) =>
        page.getByRole('treeitem').first().waitFor(),
      ),
    ],
  ];
}

async function filtered(page: Page, filter: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Filter' });
  await field.fill(filter);
  const answered = page.waitForResponse((response) => response.url().includes('/api/v1/devices?'));
  await field.press('Enter');
  await (await answered).finished();
  await page.getByRole('row').nth(1).waitFor();
}

/** Counters begin anew when another document takes the place of the one that was measured before. */
function grown(before = 0, after = 0): number {
  return after < before ? after : after - before;
}

async function feltOf(page: Page, step: string, ms: number): Promise<Omit<Felt, 'scriptMs' | 'layoutMs'>> {
  // What comes late, counts and live numbers, may shift the rest.
  await page.waitForTimeout(700);
  const frames = (await page.evaluate(SCROLL)) as number[];
  const { tasks, shift } = (await page.evaluate('window.felt')) as { tasks: number[]; shift: number };
  const elements = (await page.evaluate("document.querySelectorAll('*').length")) as number;
  return {
    step,
    ms: Math.round(ms),
    longTasks: tasks.length,
    blockedMs: Math.round(tasks.reduce((sum, task) => sum + Math.max(0, task - 50), 0)),
    shift: Math.round(shift * 1_000) / 1_000,
    elements,
    frameP95Ms: Math.round(percentile(frames, 95) * 10) / 10,
  };
}

async function bringCookie(context: BrowserContext, { url, headers }: SignedIn): Promise<void> {
  const [name = '', value = ''] = (headers['Cookie'] ?? '').split('=');
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }]);
}
