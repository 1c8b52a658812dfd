import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type PageUnderTest, signIn, startPageUnderTest } from './page-under-test.ts';

const MSISDN = '+4366412399999';
const DEVICE = 'IMEI:352099001761481';
const PATH = `/devices/${encodeURIComponent(DEVICE)}?tab=tree`;
const MANY = 5_000;

let web: PageUnderTest;
let smsc: Smsc;
let phone: VirtualDevice;
beforeAll(async () => {
  web = await startPageUnderTest({}, async () => {
    smsc = await startSmsc();
    return { SMPP_URL: `smpp://test:test@127.0.0.1:${smsc.port}` };
  });
  const device = await registerDevice(web.server, { deviceId: DEVICE, auth: 'md5', msisdn: MSISDN });
  phone = device.start({ dmVersion: '1.2' });
  await phone.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn: MSISDN });
});
afterAll(async () => {
  await phone?.whenIdle();
  await web?.stop();
  await smsc?.close();
});

it('is explored, searched, and walked through by keys', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, PATH);
  await page.getByText('Nothing is known of its tree').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Explore the tree' }).click();
  const tree = page.getByRole('tree', { name: 'Last known values' });
  const man = tree.getByRole('treeitem', { name: /^Man / });
  await man.waitFor();
  await man.click();
  const node = page.getByRole('textbox', { name: 'Node' });
  expect(await node.inputValue()).toBe('./DevInfo/Man');
  expect(new URL(page.url()).searchParams.get('node')).toBe('./DevInfo/Man');
  const panel = page.getByRole('region', { name: 'Node' });
  await panel.getByText('chr').first().waitFor();
  await panel.locator('time').first().waitFor();
  // The exploration has asked for the rights, too.
  await panel.getByText('ACL', { exact: true }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => node.inputValue()).toMatch(/^\.\/[^/]+$/);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => tree.getByRole('treeitem').count()).toBe(1);
  await page.keyboard.press('ArrowRight');
  await man.waitFor();
  await page.getByRole('textbox', { name: 'Search in the tree' }).fill('devinfo man');
  await page.getByRole('status').getByText('1 of').waitFor();
  await expect.poll(() => tree.getByRole('treeitem').allInnerTexts()).toHaveLength(3);
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await tree.getByRole('treeitem', { name: /^Mod / }).waitFor();
  await page.reload();
  await expect.poll(() => node.inputValue()).toMatch(/^\.\/[^/]+$/);
  expect(faults).toEqual([]);
  await context.close();
});

it('is read, written, added to, run and deleted from, and shows each answer as it comes', async () => {
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, `${PATH}&node=./DevInfo/Man`);
  const panel = page.getByRole('region', { name: 'Node' });
  const order = panel.getByRole('status');
  const told = (what: string, state: string) => order.filter({ hasText: what }).getByText(state).waitFor();
  await panel.getByRole('button', { name: 'Read it now' }).click();
  await told('Read ./DevInfo/Man', 'Succeeded');
  expect(await accessibilityFaults(page)).toEqual([]);

  const node = page.getByRole('textbox', { name: 'Node' });
  await node.fill('./Vendor');
  await panel.getByRole('button', { name: 'Add below' }).click();
  const adding = page.getByRole('dialog', { name: 'Add a node below ./Vendor' });
  await adding.getByRole('textbox', { name: 'Name' }).fill('Motto');
  await adding.getByRole('textbox', { name: 'New value' }).fill('<b>{{first}}</b>');
  expect(await accessibilityFaults(page)).toEqual([]);
  await adding.getByRole('button', { name: 'Add the node' }).click();
  await told('Add ./Vendor/Motto', 'Succeeded');
  await phone.whenIdle();
  expect(phone.tree.valueOf('./Vendor/Motto')).toBe('<b>{{first}}</b>');
  const motto = page.getByRole('treeitem', { name: /^Motto / });
  await motto.getByText('<b>{{first}}</b>').waitFor();

  await motto.click();
  const value = panel.getByRole('textbox', { name: 'New value' });
  await expect.poll(() => value.inputValue()).toBe('<b>{{first}}</b>');
  await value.fill('second');
  await panel.getByRole('button', { name: 'Write' }).click();
  await told('Write ./Vendor/Motto', 'Succeeded');
  await motto.getByText('second').waitFor();
  await phone.whenIdle();
  expect(phone.tree.valueOf('./Vendor/Motto')).toBe('second');

  await panel.getByRole('button', { name: 'Run (Exec)' }).click();
  const running = page.getByRole('dialog', { name: 'Run this node?' });
  expect(await accessibilityFaults(page)).toEqual([]);
  await running.getByRole('button', { name: 'Run (Exec)' }).click();
  await told('Run ./Vendor/Motto', 'Failed');

  await panel.getByRole('button', { name: 'Delete' }).click();
  const removing = page.getByRole('dialog', { name: 'Delete this node?' });
  await removing.getByText('./Vendor/Motto with everything below it').waitFor();
  await removing.getByRole('button', { name: 'Delete' }).click();
  await told('Delete ./Vendor/Motto', 'Succeeded');
  await motto.waitFor({ state: 'detached' });
  await phone.whenIdle();
  expect(phone.tree.valueOf('./Vendor/Motto')).toBeUndefined();

  await node.fill('./Vendor');
  await panel.getByRole('button', { name: 'Rights (ACL)' }).click();
  const rights = page.getByRole('dialog', { name: 'Who may do what here' });
  await rights.getByLabel('May run (Exec)').pressSequentially('omadm,');
  expect(await accessibilityFaults(page)).toEqual([]);
  await rights.getByRole('button', { name: 'Change the rights' }).click();
  await rights.waitFor({ state: 'detached' });
  await expect
    .poll(
      async () =>
        (await web.server.api.get<{ items: { state: string }[] }>(`/api/v1/tree-jobs?kind=acl`)).items[0]?.state,
      { timeout: 30_000 },
    )
    .toBe('succeeded');
  expect(faults).toEqual([]);
  await context.close();
});

it('stays quick with thousands of nodes, draws what is in sight only, and has large values as files', async () => {
  const database = new pg.Client({ connectionString: web.server.databaseUrl });
  await database.connect();
  await web.server.api.post('/api/v1/devices', { deviceId: 'IMEI:many' });
  await database.query(
    `INSERT INTO node_value (device_id, loc_uri, value, format, at)
    SELECT d.id, './Vendor/G' || n / 100 || '/Node' || n, 'value ' || n, 'chr', now()
    FROM device d, generate_series(1, ${MANY}) n WHERE d.device_id = 'IMEI:many'`,
  );
  const id = '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a';
  await database.query(
    `INSERT INTO node_value (device_id, loc_uri, format, object, at)
    SELECT id, './Vendor/Picture', 'bin', '{"id": "${id}", "size": 70000}', now() FROM device
    WHERE device_id = 'IMEI:many'`,
  );
  await database.end();
  const { page, context, faults } = await web.open();
  await signIn(page, undefined, '/devices/IMEI%3Amany?tab=tree');
  await page.getByText('5,001 nodes').waitFor();
  const tree = page.getByRole('tree', { name: 'Last known values' });
  const search = page.getByRole('textbox', { name: 'Search in the tree' });
  await search.fill('node');
  await page.getByText('5,000 of 5,001 nodes').waitFor();
  expect(await tree.getByRole('treeitem').count()).toBeLessThan(120);
  await tree.getByRole('treeitem').first().click();
  await page.keyboard.press('End');
  await tree.getByRole('treeitem', { name: 'Node999' }).waitFor();
  expect(await tree.getByRole('treeitem').count()).toBeLessThan(120);
  expect(await accessibilityFaults(page)).toEqual([]);
  await search.fill('value 4321');
  await tree.getByRole('treeitem', { name: 'Node4321' }).click();
  expect(await page.getByRole('textbox', { name: 'Node' }).inputValue()).toBe('./Vendor/G43/Node4321');
  await search.fill('picture');
  await tree.getByRole('treeitem', { name: 'Picture' }).click();
  const download = page.getByRole('link', { name: 'Download (70,000 octets)' });
  expect(await download.getAttribute('href')).toBe(`/api/v1/objects/${id}`);
  expect(faults).toEqual([]);
  await context.close();
});
