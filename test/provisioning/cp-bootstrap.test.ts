import { describe, expect, it } from 'vitest';
import { buildCpBootstrap, type CpBootstrapOptions } from '../../src/provisioning/cp/cp-bootstrap.ts';
import { certificateHash } from '../../src/provisioning/cp/root-certificates.ts';
import { checkCpDocument } from '../../src/provisioning/cp-document.ts';
import { type BootstrapAccount, BootstrapAccountError } from '../../src/provisioning/dm-account.ts';
import { ElementReader } from '../../src/provisioning/element-reader.ts';
import { FaultLog } from '../../src/provisioning/fault-log.ts';
import { decodeWbxml } from '../../src/wire/wbxml/decode-wbxml.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { ACCESS_POINT, ACCOUNT } from './cp-documents.ts';

/** The document as lines of what stands in it: `TYPE` or `NAME=value`, indented. */
function outline(account: BootstrapAccount, options?: CpBootstrapOptions): string[] {
  return buildCpBootstrap(account, options)
    .xml.split('\n')
    .filter((line) => /^\s+<(?:parm|characteristic) /.test(line))
    .map((line) =>
      line
        .replace(/^ {2}/, '')
        .replace(/<characteristic type="(.*)">/, '$1')
        .replace(/<parm name="([^"]*)" value="(.*)"\/>/, '$1=$2')
        .replace(/<parm name="([^"]*)"\/>/, '$1'),
    );
}

const APPLICATION = [
  'APPLICATION',
  '  APPID=w7',
  '  PROVIDER-ID=omadm',
  '  NAME=Acme &amp; sons',
  '  INIT',
  '  APPADDR',
  '    ADDR=https://dm.test:8443/dm',
  '    PORT',
  '      PORTNBR=8443',
  '  APPAUTH',
  '    AAUTHLEVEL=APPSRV',
  '    AAUTHTYPE=DIGEST',
  '    AAUTHNAME=phone',
  '    AAUTHSECRET=p&lt;w&amp;1',
  '    AAUTHDATA=AQI=',
  '  APPAUTH',
  '    AAUTHLEVEL=CLIENT',
  '    AAUTHTYPE=DIGEST',
  '    AAUTHNAME=omadm',
  '    AAUTHSECRET=s3cret',
  '    AAUTHDATA=AP8=',
];
/** As a change of the list: what stands in it under `was` becomes `is`. */
const changed = (was: string | RegExp, ...is: string[]) =>
  APPLICATION.flatMap((line) => ((typeof was === 'string' ? line.trim() === was : was.test(line)) ? is : [line]));

const certificate = Uint8Array.from({ length: 40 }, (_, n) => n);

const ROWS: [string, Partial<BootstrapAccount>, CpBootstrapOptions, string[]][] = [
  ['an account and nothing else', {}, {}, APPLICATION],
  ['no name', { name: undefined as never }, {}, changed(/NAME=Acme/)],
  ['a session not wanted at once', {}, { init: false }, changed('INIT')],
  ['a connection the device has', { connection: 'INTERNET' }, {}, changed('INIT', '  TO-NAPID=INTERNET', '  INIT')],
  [
    'Basic credentials, which have no nonce',
    { auth: 'basic' },
    {},
    changed('AAUTHTYPE=DIGEST', '    AAUTHTYPE=BASIC').filter((line) => !line.includes('AAUTHDATA')),
  ],
  ['HMAC', { auth: 'hmac' }, {}, changed('AAUTHTYPE=DIGEST', '    AAUTHTYPE=HMAC')],
  [
    'the port of its own',
    { address: 'http://dm.test/dm', port: 8080 },
    {},
    [...changed(/ADDR=https/, '    ADDR=http://dm.test/dm').map((line) => line.replace('8443', '8080'))],
  ],
  [
    'an access point',
    {},
    { accessPoint: { name: 'Internet', apn: 'apn.test' } },
    [
      'NAPDEF',
      '  NAPID=dm',
      '  BEARER=GSM-GPRS',
      '  NAME=Internet',
      '  NAP-ADDRESS=apn.test',
      '  NAP-ADDRTYPE=APN',
      ...changed('INIT', '  TO-NAPID=dm', '  INIT'),
    ],
  ],
  [
    'an access point that asks for a password, and has an id',
    { connection: 'never mind' },
    { accessPoint: { ...ACCESS_POINT, id: 'acme' } },
    [
      'NAPDEF',
      '  NAPID=acme',
      '  BEARER=GSM-GPRS',
      '  NAME=Internet',
      '  NAP-ADDRESS=internet.operator.test',
      '  NAP-ADDRTYPE=APN',
      '  NAPAUTHINFO',
      '    AUTHTYPE=CHAP',
      '    AUTHNAME=web',
      '    AUTHSECRET=w3b',
      ...changed('INIT', '  TO-NAPID=acme', '  INIT'),
    ],
  ],
  [
    'root certificates under their SHA-1',
    {},
    { rootCertificates: [certificate] },
    [
      'CertificateStore',
      '  ROOT',
      `    ${certificateHash(certificate)}`,
      `      EncodedCertificate=${Buffer.from(certificate).toString('base64')}`,
      ...APPLICATION,
    ],
  ],
  [
    "Microsoft's parameters",
    { version: '1.2' },
    {
      microsoft: {
        role: 8,
        defaultEncoding: 'application/vnd.syncml.dm+wbxml',
        connectionRetries: 6,
        initialBackOffMs: 30_000,
        maxBackOffMs: 120_000,
        backwardRetryDisabled: true,
        useHardwareId: true,
        clientCertificate: 'Subject=CN%3dTester&Stores=My%5CUser',
      },
    },
    changed(
      'INIT',
      '  INIT',
      '  ROLE=8',
      '  PROTOVER=1.2',
      '  DEFAULTENCODING=application/vnd.syncml.dm+wbxml',
      '  CONNRETRYFREQ=6',
      '  INITIALBACKOFFTIME=30000',
      '  MAXBACKOFFTIME=120000',
      '  BACKCOMPATRETRYDISABLED',
      '  USEHWDEVID',
      '  SSLCLIENTCERTSEARCHCRITERIA=Subject=CN%3dTester&amp;Stores=My%5CUser',
    ),
  ],
  ["Microsoft's parameters, none of them", {}, { microsoft: { protocolVersion: false } }, APPLICATION],
];

describe('a CP bootstrap document', () => {
  it.each(ROWS)('says %s', (_, account, options, expected) => {
    expect(outline({ ...ACCOUNT, ...account }, options)).toEqual(expected);
  });

  it.each(ROWS)('with %s breaks none of the rules for a whole document', (_, account, options) => {
    const { xml } = buildCpBootstrap({ ...ACCOUNT, ...account }, options);
    const { root } = decodeXml(xml);
    const faults = new FaultLog(() => undefined, 100);
    checkCpDocument(root, faults, new ElementReader(faults), 'whole');
    expect(faults.sorted()).toEqual([]);
  });

  it.each(ROWS)('with %s is the same in WBXML', (_, account, options) => {
    const { xml, wbxml } = buildCpBootstrap({ ...ACCOUNT, ...account }, options);
    expect(decodeWbxml(wbxml).root).toEqual(decodeXml(xml).root);
    expect(Buffer.from(wbxml.subarray(0, 4)).toString('hex')).toBe('030b6a00');
  });

  it.each<[string, Partial<BootstrapAccount>, CpBootstrapOptions]>([
    ['serverId', { serverId: 'a b' }, {}],
    ['address', { address: 'ftp://dm.test' }, {}],
    ['client.password', { client: { username: 'u', password: '' } }, {}],
    ['connection.apn', {}, { accessPoint: { name: 'a', apn: 'not an apn' } }],
    ['connection.apn', {}, { accessPoint: { name: 'a', apn: '.a' } }],
    ['connection.name', {}, { accessPoint: { name: '', apn: 'a' } }],
    ['connection.id', {}, { accessPoint: { id: 'a\u0001', name: 'a', apn: 'a' } }],
    [
      'connection.password',
      {},
      { accessPoint: { name: 'a', apn: 'a', auth: { type: 'PAP', username: 'u', password: 'p\nq' } } },
    ],
  ])('refuses a bad %s by its name', (field, account, options) => {
    try {
      buildCpBootstrap({ ...ACCOUNT, ...account }, options);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(BootstrapAccountError);
      expect((error as BootstrapAccountError).field).toBe(field);
    }
  });
});
