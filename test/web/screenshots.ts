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

/** One of those that it is furnished with, with sessions behind it. */
const DEVICE = '/devices/IMEI%3A352099001761481';

/** Every page, in the order of the navigation. A new page gets its row. */
export const SHOTS: readonly Shot[] = [
  { name: 'not-found', path: '/nothing/here' },
  {
    name: 'finder',
    path: '/',
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Find a device by id').fill('IMEI:352');
      await page.getByText('IMEI:352099001761480').first().waitFor();
    },
  },
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
  { name: 'devices-import', path: '/devices/import' },
  { name: 'device', path: DEVICE },
  {
    name: 'device-tree',
    path: `${DEVICE}?tab=tree&node=./DevInfo/Man`,
    prepare: (page) => page.getByRole('tree').or(page.getByText('Nothing is known of its tree')).waitFor(),
  },
  { name: 'device-history', path: `${DEVICE}?tab=history` },
  { name: 'device-account', path: `${DEVICE}?tab=account` },
  { name: 'device', path: '/devices/IMEI%3A352099001761481' },
  ...['tree', 'history', 'account'].map((tab) => ({
    name: `device-${tab}`,
    path: `/devices/IMEI%3A352099001761481?tab=${tab}`,
  })),
  { name: 'deliveries', path: '/deliveries' },
  {
    name: 'delivery',
    path: '/deliveries?state=failed',
    prepare: async (page) => {
      await page.getByRole('link', { name: 'home-page · 1' }).first().click();
      await page.getByRole('heading', { name: 'What the device answered' }).waitFor();
    },
  },
  { name: 'sessions', path: '/sessions' },
  {
    name: 'session',
    path: '/sessions?deviceId=IMEI%3A352099001761481',
    prepare: async (page) => {
      await page
        .getByRole('link', { name: /^Session / })
        .first()
        .click();
      await page.locator('.arrow').first().click();
      await page.locator('.cm-line').first().waitFor();
    },
  },
  { name: 'ota', path: '/ota' },
  {
    name: 'ota-filled',
    path: '/ota',
    prepare: async (page) => {
      const sections = page.getByRole('group', { name: 'Sections' });
      await sections.getByText('Connection', { exact: true }).click();
      await sections.getByText('MMS', { exact: true }).click();
      const connection = page.getByRole('group', { name: 'Connection', exact: true });
      await connection.getByRole('textbox', { name: 'Access point name' }).fill('internet.operator.example');
      const mms = page.getByRole('group', { name: 'MMS', exact: true });
      await mms.getByRole('textbox', { name: 'URL' }).fill('http://mmsc.operator.example/');
      await page.getByText('http://mmsc.operator.example/').last().waitFor();
    },
  },
  { name: 'ota-document', path: '/ota/document' },
  { name: 'ota-sent', path: '/ota/sent' },
  {
    name: 'ota-outcome',
    path: '/ota/sent',
    prepare: async (page) => {
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByText('491700000007').waitFor();
    },
  },
  { name: 'campaigns', path: '/campaigns' },
  {
    name: 'campaign',
    path: '/campaigns',
    prepare: async (page) => {
      await page.getByRole('link', { name: 'Home page for the Berlin fleet' }).click();
      await page.getByText('A command was refused').first().waitFor();
    },
  },
  { name: 'campaigns-new', path: '/campaigns/new' },
  { name: 'links', path: '/links' },
  { name: 'links-incoming', path: '/links/incoming' },
  { name: 'access-users', path: '/access' },
  { name: 'access-keys', path: '/access/keys' },
  { name: 'access-audit', path: '/access/audit' },
];

/** Those that README shows; the others are taken where `SCREENSHOTS` says. */
const SHOWN: readonly string[] = [
  'overview-light',
  'package-light',
  'campaign-light',
  'session-light',
  'ota-filled-light',
  'device-tree-dark',
  'devices-dark',
];

/** @returns whether a picture of it is wanted: of all pages where a folder is named, otherwise of those in README */
export function isWanted(shot: Shot, look: keyof typeof LOOKS): boolean {
  if (process.env['SCREENSHOTS'] !== undefined) return true;
  return process.env['npm_lifecycle_event'] === 'screenshots' && SHOWN.includes(`${shot.name}-${look}`);
}

const FOLDER = process.env['SCREENSHOTS'] ?? fileURLToPath(new URL('../../docs/screenshots', import.meta.url));

/** A picture of what fits on the screen, once nothing is loading any more. */
export async function takeShot(page: Page, shot: Shot, look: keyof typeof LOOKS): Promise<string> {
  mkdirSync(FOLDER, { recursive: true });
  await page.goto(shot.path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => true)');
  await shot.prepare?.(page);
  await page.evaluate('window.scrollTo(0, 0)');
  const file = join(FOLDER, `${shot.name}-${look}.png`);
  await page.screenshot({ path: file, animations: 'disabled' });
  return file;
}
