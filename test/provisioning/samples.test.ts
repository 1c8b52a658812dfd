import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CompiledDocument, compileDocument } from '../../src/provisioning/compile-document.ts';
import { expectedLeaves } from '../../src/provisioning/expected-leaves.ts';
import { instantiateCommands } from '../../src/provisioning/instantiate-commands.ts';
import { buildMessage } from '../../src/syncml/build-message.ts';
import type { Header, RequestCommand } from '../../src/syncml/message.ts';
import { parseMessage } from '../../src/syncml/parse-message.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';

const folder = new URL('../../provisioning-xml/', import.meta.url);
const read = (name: string): Uint8Array => readFileSync(new URL(name, folder));

function compiled(name: string): CompiledDocument {
  const result = compileDocument(read(name));
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.document;
}

function leavesOf(name: string, values: Record<string, string> = {}) {
  const instantiation = instantiateCommands(compiled(name).commands, values);
  if (!instantiation.ok) throw new Error(JSON.stringify(instantiation));
  return Object.fromEntries(expectedLeaves(instantiation.commands));
}

let cmdId = 0;
function renumber(commands: readonly RequestCommand[]): RequestCommand[] {
  return commands.map((command) => {
    cmdId += 1;
    const numbered = { ...command, cmdId: String(cmdId) };
    return 'commands' in numbered ? { ...numbered, commands: renumber(numbered.commands) } : numbered;
  });
}

describe('the sample packages', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.xml') && name !== 'faulty.xml'))(
    '%s compiles and begins with a comment that says what it shows',
    (name) => {
      const { kind, commandCount } = compiled(name);
      expect(kind === 'cp' || commandCount > 0).toBe(true);
      expect(Buffer.from(read(name)).toString()).toMatch(
        /^<\?xml version="1.0" encoding="UTF-8"\?>\n<!--\n {2}\S[\s\S]*?Shows: /,
      );
    },
  );

  it('apn-and-browser.xml leaves these values in the tree', () => {
    expect(leavesOf('apn-and-browser.xml')).toEqual({
      './Vendor/Connection/Internet/Name': { value: 'Mobile Internet', format: 'chr' },
      './Vendor/Connection/Internet/APN': { value: 'internet.operator.example', format: 'chr' },
      './Vendor/Connection/Internet/AuthType': { value: 'CHAP', format: 'chr' },
      './Vendor/Connection/Internet/ProxyPort': { value: '8080', format: 'int' },
      './Vendor/Connection/Internet/AlwaysOn': { value: 'true', format: 'bool' },
      './Vendor/Connection/Internet/Icon': {
        value: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8ggYKDhIWGh4iJiouMjY6P/w==',
        format: 'bin',
      },
      './Vendor/Browser/HomePage': { value: 'https://start.operator.example/?lang=en&from=phone', format: 'chr' },
      './Vendor/Browser/Connection': { value: 'Internet', format: 'chr' },
      './Vendor/Browser/CacheKilobytes': { value: '4096', format: 'int' },
      './Vendor/Browser/Bookmarks/Self%20care/URL': { value: 'https://my.operator.example/', format: 'chr' },
    });
  });

  it.each(['xml', 'wbxml'] as const)(
    'compile again to the same tree when a session has written them for %s',
    (encoding) => {
      for (const name of ['apn-and-browser.xml', 'atomic-settings.xml', 'sequence-and-exec.xml']) {
        const instantiation = instantiateCommands(compiled(name).commands, {});
        if (!instantiation.ok) throw new Error(name);
        const header: Header = {
          verDtd: '1.2',
          verProto: 'DM/1.2',
          sessionId: '1',
          msgId: '1',
          target: { uri: 'IMEI:1' },
          source: { uri: 'omadm' },
        };
        const numbered = renumber(instantiation.commands);
        const written = buildMessage({ header, commands: numbered, final: true }, encoding);
        if (encoding === 'wbxml') {
          const { commands } = parseMessage(written);
          expect(commands).toEqual(numbered);
          continue;
        }
        const again = compileDocument(encodeXml(written));
        if (!again.ok) throw new Error(JSON.stringify(again.faults));
        const repeated = instantiateCommands(again.document.commands, {});
        expect(repeated.ok && expectedLeaves(repeated.commands)).toEqual(expectedLeaves(instantiation.commands));
      }
    },
  );

  it('query-device.xml only asks, and fits both versions', () => {
    const document = compiled('query-device.xml');
    expect(document.version).toBeUndefined();
    expect(new Set(document.commands.map((command) => command.name))).toEqual(new Set(['Get']));
  });

  it('personalised.xml names its variables and takes values that need escaping', () => {
    expect(compiled('personalised.xml').variables).toEqual([
      'apn',
      'channel',
      'imei',
      'msisdn',
      'serverId',
      'service-name',
    ]);
    expect(
      leavesOf('personalised.xml', {
        apn: 'a&b',
        channel: '7',
        imei: '493005100592800',
        msisdn: '+491234',
        serverId: 'omadm',
        'service-name': 'News/Sport 1',
      }),
    ).toEqual({
      './Vendor/Services/News%2FSport%201/APN': { value: 'a&b', format: 'chr' },
      './Vendor/Services/News%2FSport%201/Subscriber': { value: 'tel:+491234', format: 'chr' },
      './Vendor/Services/News%2FSport%201/Channel': { value: '7', format: 'int' },
      './Vendor/Services/News%2FSport%201/Greeting': {
        value: 'Device 493005100592800, managed by omadm; a template of its own: {{name}}',
        format: 'chr',
      },
    });
  });

  it('faulty.xml shows its faults all at once', () => {
    const result = compileDocument(read('faulty.xml'));
    expect(result.ok ? [] : result.faults.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
      '8:5 version',
      '9:5 not-in-dm',
      '11:3 unexpected-text',
      '15:17 bad-loc-uri',
      '20:7 duplicate-cmd-id',
      '21:7 missing-target',
      '23:9 bad-data',
      '27:7 bad-cmd-id',
      '29:17 bad-loc-uri',
      '31:9 bad-data',
      '33:7 unknown-element',
      '37:7 get-in-atomic',
      '41:7 nested-atomic',
      '46:21 bad-loc-uri',
      '47:13 unexpected-data',
      '54:7 missing-source',
      '56:5 missing-item',
      '59:5 unexpected-attribute',
      '63:15 unknown-format',
      '64:9 bad-variable',
      '65:9 repeated-element',
      '70:7 bad-alert',
      '72:5 unsupported-command',
    ]);
  });
});
