import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { instantiateDocument } from '../../src/provisioning/push/instantiate-document.ts';
import { encodePushDocument, type PushDocument, readPushDocument } from '../../src/provisioning/push/push-document.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { CERTIFICATE, CERTIFICATE_SHA1 } from './ota-samples.ts';
import { provFaultsOf } from './prov-faults.ts';

const folder = new URL('../../provisioning-xml/', import.meta.url);
const TEMPLATES = readdirSync(folder).filter((name) => name.startsWith('ota-'));

/** Values for every variable of the templates. */
const VALUES: Readonly<Record<string, string>> = {
  name: 'Früh & spät',
  apn: 'internet.op.test',
  homepage: 'http://start.op.test/?a=1&b=2',
  username: 'joe',
  password: '<p&w>',
  proxy: '10.1.1.1',
  'proxy-port': '8080',
  mmsc: 'http://mmsc.op.test/',
  gateway: '10.1.1.2',
  portal: 'http://wap.op.test',
  address: 'https://dm.op.test/dm',
  host: 'op.test',
  server: 'http://ds.op.test/',
  serverId: 'omadm',
  deviceId: 'IMEI:493005100592800',
  port: '443',
  'client-password': 'c',
  'client-nonce': 'AQI=',
  'server-password': 's',
  'server-nonce': 'AP8=',
  'root-certificate': CERTIFICATE,
  'root-sha1': CERTIFICATE_SHA1,
};

function read(xml: string | Uint8Array): PushDocument {
  const reading = readPushDocument(xml);
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  return reading.document;
}

function variablesOf(name: string): readonly string[] {
  const result = compileDocument(readFileSync(new URL(name, folder)));
  return result.ok && result.document.kind === 'cp' ? result.document.variables : [];
}

const document = (...parms: string[]): PushDocument =>
  read(`<wap-provisioningdoc><characteristic type="PORT-X">${parms.join('')}</characteristic></wap-provisioningdoc>`);

describe('the templates for settings', () => {
  it('are there', () => {
    expect(TEMPLATES.length).toBeGreaterThanOrEqual(6);
  });

  it.each(TEMPLATES)('%s is a package of kind cp that names its variables in its comment', (name) => {
    const variables = variablesOf(name);
    expect(variables.length).toBeGreaterThan(0);
    const [comment = ''] = /<!--[\s\S]*?-->/.exec(readFileSync(new URL(name, folder), 'utf8')) ?? [];
    expect(variables.filter((variable) => !comment.includes(`{{${variable}}}`))).toEqual([]);
  });

  it.each(TEMPLATES)('%s with its values keeps the rules of a whole document and becomes WBXML', (name) => {
    const values = Object.fromEntries(variablesOf(name).map((variable) => [variable, VALUES[variable] ?? '']));
    const result = instantiateDocument(read(readFileSync(new URL(name, folder))), values);
    if (!result.ok) throw new Error(JSON.stringify(result));
    expect(provFaultsOf(result.document.root)).toEqual([]);
    expect(encodeXml(result.document.root)).not.toContain('{{');
    expect([...encodePushDocument(result.document).subarray(0, 4)]).toEqual([3, 0x0b, 0x6a, 0]);
  });

  it.each(TEMPLATES)('%s without values says which are missing', (name) => {
    const result = instantiateDocument(read(readFileSync(new URL(name, folder))), {});
    expect(result).toEqual({ ok: false, missing: variablesOf(name), invalid: [] });
  });
});

describe('variables of a document to push', () => {
  it('are filled once, and values are never read for variables', () => {
    const result = instantiateDocument(document('<parm name="{{a}}" value="{{a}}{{b}}, {{{{c}}"/>'), {
      a: '{{b}}',
      b: '"<&',
    });
    if (!result.ok) throw new Error(JSON.stringify(result));
    expect(encodeXml(result.document.root)).toContain('<parm name="{{b}}" value="{{b}}&quot;&lt;&amp;, {{c}}"/>');
  });

  it('are refused where a value breaks a rule that the document kept', () => {
    const port = read(
      '<wap-provisioningdoc><characteristic type="APPLICATION"><characteristic type="APPADDR"><characteristic type="PORT"><parm name="PORTNBR" value="{{port}}"/></characteristic></characteristic></characteristic></wap-provisioningdoc>',
    );
    expect(instantiateDocument(port, { port: 'http' })).toEqual({
      ok: false,
      missing: [],
      invalid: ['PORTNBR is a port from 1 to 65535, not "http"'],
    });
  });

  it('are refused when a value cannot be written or is endless', () => {
    const given = document('<parm name="A" value="{{a}}"/>');
    expect(instantiateDocument(given, { a: 'x\ny' })).toEqual({
      ok: false,
      missing: [],
      invalid: ['{{a}} has a character that a line of XML cannot hold'],
    });
    expect(instantiateDocument(given, { a: 'x'.repeat(70_000) })).toMatchObject({
      invalid: ['the values add more than 65536 characters'],
    });
  });

  it('are none in documents of other kinds', () => {
    const si = read('<si><indication href="http://a.test/">{{a}} {{</indication></si>');
    expect(instantiateDocument(si, {})).toEqual({ ok: true, document: si });
  });
});
