import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RegisteredDevice, registerDevice } from '../e2e/server-under-test.ts';
import { accessibilityFaults } from './accessibility.ts';
import { type OpenPage, type PageUnderTest, paste, signIn, startPageUnderTest } from './page-under-test.ts';

const sample = (name: string): string => fileURLToPath(new URL(`../../provisioning-xml/${name}`, import.meta.url));
const get = (locUri: string): string =>
  `<SyncBody><Get><Item><Target><LocURI>${locUri}</LocURI></Target></Item></Get></SyncBody>`;

let web: PageUnderTest;
let open: OpenPage;
let device: RegisteredDevice;
beforeAll(async () => {
  web = await startPageUnderTest();
  device = await registerDevice(web.server, { deviceId: 'IMEI:352099001761481', auth: 'md5' });
});
afterAll(() => web?.stop());
beforeEach(async () => {
  open = await web.open();
});
afterEach(async () => {
  expect(open.faults).toEqual([]);
  await open.context.close();
});

describe('a package', () => {
  it('is uploaded from a file, drawn as a tree, sent to a device, and its answers are shown', async () => {
    const { page } = open;
    await signIn(page, undefined, '/packages');
    await page.getByText('No package yet').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'Upload a package' }).first().click();
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'choose a file' }).click();
    await (await choosing).setFiles(sample('apn-and-browser.xml'));
    await page.getByRole('tree', { name: 'The tree it would make' }).getByText('internet.operator.example').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('apn-and-browser');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'apn-and-browser' }).waitFor();
    await page.getByRole('tab', { name: 'Tree' }).click();
    const tree = page.getByRole('tree', { name: 'The tree it would make' });
    await tree.getByText('HomePage').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    // What was sent is what the file holds.
    const { items } = await web.server.api.get<{ items: { id: string }[] }>('/api/v1/packages?name=apn-and-browser');
    const kept = await fetch(`${web.server.url}/api/v1/packages/${items[0]?.id}/xml`, {
      headers: { Authorization: 'Bearer token-of-the-tests' },
    });
    expect(Buffer.from(await kept.arrayBuffer()).equals(readFileSync(sample('apn-and-browser.xml')))).toBe(true);

    await page.getByRole('button', { name: 'Send to a device' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send apn-and-browser to a device' });
    await dialog.getByRole('combobox', { name: 'Device' }).fill('IMEI:3');
    await page.getByRole('option', { name: device.deviceId }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { level: 1, name: `Delivery to ${device.deviceId}` }).waitFor();
    await page.getByText('Queued', { exact: true }).waitFor();
    await device.start().runSession();
    await page.getByText('Succeeded', { exact: true }).waitFor();
    await page.getByRole('cell', { name: './Vendor/Browser/HomePage' }).first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('that is faulty says every fault at its line, and keeps what was typed', async () => {
    const { page } = open;
    await signIn(page, undefined, '/packages/new');
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'choose a file' }).click();
    await (await choosing).setFiles(sample('faulty.xml'));
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText(/\d+ faults in the document/).waitFor();
    const editor = page.getByRole('textbox', { name: 'The document' });
    expect(await page.locator('.cm-lintRange-error').count()).toBeGreaterThan(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Line 15, column' }).first().click();
    // The cursor stands there: the line is the active one.
    await expect.poll(() => page.locator('.cm-activeLine').textContent()).toContain('/Vendor/Browser/HomePage');
    expect(await editor.textContent()).toContain('/Vendor/Browser/HomePage');
    // What stands in the editor now is what counts, however it came there.
    await paste(editor, '<SyncBody><Get>');
    await page.getByText('Not well-formed XML yet').waitFor();
    await editor.press('ControlOrMeta+a');
    await page.keyboard.type('no XML');
    expect(await editor.textContent()).toBe('no XML');
    await page.getByText('Not well-formed XML yet').waitFor();
    await paste(editor, get('./DevInfo/Man'));
    await page.getByRole('tree', { name: 'The tree it would make' }).getByText('Man').waitFor();
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'faulty' }).waitFor();
  });

  it('is dropped into the page, onto the editor too, and a document for SMS goes to OTA settings', async () => {
    const { page } = open;
    await signIn(page, undefined, '/packages/new');
    const editor = page.getByRole('textbox', { name: 'The document' });
    await editor.waitFor();
    const drop = async (target: Locator, name: string, text: string): Promise<void> => {
      const dataTransfer = await page.evaluateHandle(
        `(() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}, { type: 'text/xml' }));
          return transfer;
        })()`,
      );
      await target.dispatchEvent('drop', { dataTransfer });
    };
    await drop(editor, 'first.xml', get('./DevInfo/Man'));
    await page.getByRole('tree').getByText('Man').waitFor();
    expect(await editor.textContent()).toBe(get('./DevInfo/Man'));
    const document = readFileSync(sample('ota-internet.xml'), 'utf8');
    await drop(page.getByRole('heading', { name: 'The tree it would make' }), 'ota.xml', document);
    await page.getByRole('tree').getByText('NAPDEF').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('first');
    await page.getByRole('textbox', { name: 'Name' }).fill('internet');
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('link', { name: 'Send by SMS' }).click();
    await page.getByRole('link', { name: 'internet', exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'The document as XML' }).getByText('NAPDEF').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('has revisions that can be compared', async () => {
    const { page } = open;
    const { api } = web.server;
    await api.upload('/api/v1/packages?name=query', Buffer.from(get('./DevInfo/Man')));
    const { id } = await api.upload<{ id: string }>('/api/v1/packages?name=query', Buffer.from(get('./DevInfo/Mod')));
    await signIn(page, undefined, `/packages/${id}?tab=revisions`);
    await page.getByText('From revision 1 to revision 2').waitFor();
    await page.locator('.cm-deletedChunk').getByText('./DevInfo/Man').waitFor();
    await page.locator('.cm-changedLine').getByText('./DevInfo/Mod').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'Make the next revision' }).click();
    await page.getByRole('heading', { level: 1, name: 'Next revision of query' }).waitFor();
    const editor = page.getByRole('textbox', { name: 'The document' });
    await paste(editor, get('./DevInfo/Lang'));
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText('Revision 3', { exact: true }).waitFor();
    await page.locator('.cm-line').getByText('./DevInfo/Lang').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: 'query Revision 2' }).waitFor();
    expect(await page.getByRole('row', { name: 'query Revision 3' }).count()).toBe(0);
  });

  it('asks for its variables, and a viewer cannot send it', async () => {
    const { page } = open;
    const xml = readFileSync(sample('personalised.xml'));
    const { id, variables } = await web.server.api.upload<{ id: string; variables: string[] }>(
      '/api/v1/packages?name=personal',
      xml,
    );
    await signIn(page, undefined, `/packages/${id}`);
    await page.getByRole('button', { name: 'Send to a device' }).click();
    const own = variables.filter((name) => !['deviceId', 'imei', 'imsi', 'msisdn', 'serverId'].includes(name));
    expect(own.length).toBeGreaterThan(0);
    for (const name of own) await page.getByRole('textbox', { name: `Value of ${name}` }).waitFor();
    await page.getByRole('combobox', { name: 'Device' }).fill('IMEI:nobody');
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await page.getByText('No device is registered as').waitFor();
    await web.server.api.post('/api/v1/users', { name: 'vera', role: 'viewer', password: 'a long password' });
    await open.context.close();
    open = await web.open();
    await signIn(open.page, { name: 'vera', password: 'a long password' }, `/packages/${id}`);
    await open.page.getByRole('heading', { level: 1, name: 'personal' }).waitFor();
    expect(await open.page.getByRole('button', { name: 'Send to a device' }).count()).toBe(0);
  });
});
