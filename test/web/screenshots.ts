import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

/** What a picture is taken of. */
export interface Shot {
  readonly name: string;
  readonly path: string;
  /** Brings the page to where it says something. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** In which the pages are looked at. */
export const LOOKS = {
  light: { colorScheme: 'light', width: 1280, height: 800 },
  dark: { colorScheme: 'dark', width: 1280, height: 800 },
  phone: { colorScheme: 'light', width: 390, height: 844 },
} as const;

/** Every page, in the order of the navigation. A new page gets its row. */
export const SHOTS: readonly Shot[] = [
  { name: 'overview', path: '/' },
  { name: 'packages', path: '/packages' },
  { name: 'package-new', path: '/packages/new' },
  {
    name: 'package',
    path: '/packages',
    prepare: async (page) => {
      await page.getByRole('link', { name: 'apn-and-browser' }).last().click();
      await page.locator('.cm-line').first().waitFor();
    },
  },
  {
    name: 'package-tree',
    path: '/packages',
    prepare: async (page) => {
      await page.getByRole('link', { name: 'apn-and-browser' }).last().click();
      await page.getByRole('tab', { name: 'Tree' }).click();
      await page.getByRole('tree').waitFor();
    },
  },
  { name: 'devices', path: '/devices' },
  { name: 'sessions', path: '/sessions' },
  { name: 'ota', path: '/ota' },
  { name: 'ota-document', path: '/ota/document' },
  { name: 'ota-sent', path: '/ota/sent' },
  { name: 'campaigns', path: '/campaigns' },
  { name: 'campaigns-new', path: '/campaigns/new' },
  { name: 'links', path: '/links' },
  { name: 'links-incoming', path: '/links/incoming' },
  { name: 'access-users', path: '/access' },
  { name: 'access-keys', path: '/access/keys' },
  { name: 'access-audit', path: '/access/audit' },
];

const FOLDER = process.env['SCREENSHOTS'] ?? fileURLToPath(new URL('../../docs/screenshots', import.meta.url));

/** A picture of what fits on the screen, once nothing is loading any more. */
export async function takeShot(page: Page, shot: Shot, look: keyof typeof LOOKS): Promise<string> {
  mkdirSync(FOLDER, { recursive: true });
  await page.goto(shot.path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => true)');
  await shot.prepare?.(page);
  const file = join(FOLDER, `${shot.name}-${look}.png`);
  await page.screenshot({ path: file, animations: 'disabled' });
  return file;
}
