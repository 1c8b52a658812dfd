import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { type ServerUnderTest, startServerUnderTest } from '../e2e/server-under-test.ts';
import { TEST_ADMIN } from '../setup/postgres.ts';

/** Debian's; CI installs it. */
const CHROMIUM = '/usr/bin/chromium';

export interface PageUnderTest {
  readonly server: ServerUnderTest;
  /** A browser of its own, in which nobody is signed in. */
  open(options?: OpenOptions): Promise<OpenPage>;
  stop(): Promise<void>;
}

export interface OpenOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong in the page: exceptions, errors of the console, breaches of its policy. */
  readonly faults: string[];
}

/** The real server with a database of its own, and a browser. */
export async function startPageUnderTest(
  settings: Readonly<Record<string, string>> = {},
  prepare?: Parameters<typeof startServerUnderTest>[1],
): Promise<PageUnderTest> {
  const server = await startServerUnderTest(settings, prepare);
  let browser: Browser;
  try {
    browser = await launchBrowser();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    server,
    open: (options) => openPage(browser, server.url, options),
    stop: async () => {
      await browser.close();
      await server.stop();
    },
  };
}

export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is not there: apt-get install chromium`);
  // Chromium's own sandbox cannot be had as root, which CI is; nothing foreign is opened.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export async function openPage(
  browser: Browser,
  baseURL: string,
  { colorScheme = 'light', width = 1280, height = 800 }: OpenOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    baseURL,
    colorScheme,
    viewport: { width, height },
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    // The browser's own line for every answer that is no success says nothing new.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  return { page, context, faults };
}

/** Signs in by the form, as the admin of every test database unless told. */
export async function signIn(
  page: Page,
  { name, password }: { readonly name: string; readonly password: string } = TEST_ADMIN,
  at = '/',
): Promise<void> {
  await page.goto(at);
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached' });
}

/** Into an editor, in place of everything that is there, as a person does it. */
export async function paste(editor: Locator, text: string): Promise<void> {
  const page = editor.page();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await editor.press('ControlOrMeta+a');
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await editor.press('ControlOrMeta+v');
}
