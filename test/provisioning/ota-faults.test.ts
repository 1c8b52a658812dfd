import { describe, expect, it } from 'vitest';
import { checkOtaSettings } from '../../src/provisioning/ota/check-settings.ts';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { CERTIFICATE, FULL_SETTINGS } from './ota-samples.ts';

const PACKET = { type: 'packet', apn: 'internet.op.test' } as const;

describe('settings that will not do', () => {
  const DM = FULL_SETTINGS.deviceManagement as NonNullable<OtaSettings['deviceManagement']>;
  const EMAIL = FULL_SETTINGS.email as NonNullable<OtaSettings['email']>;
  const pointersOf = (settings: OtaSettings) => checkOtaSettings(settings).map(({ pointer }) => pointer);
  const apnOf = (apn: string): OtaSettings => ({ connection: { type: 'packet', apn } });

  it('are refused for nothing in them', () => {
    expect(checkOtaSettings({})).toEqual([{ pointer: '', reason: 'has no section that sets anything up' }]);
    expect(pointersOf({ name: 'x', rootCertificates: [] })).toEqual(['']);
  });

  it.each<[string, OtaSettings, string]>([
    ['a bad APN', apnOf('no spaces'), '/connection/apn'],
    ['an APN with an empty label', apnOf('a..b'), '/connection/apn'],
    ['an APN that is too long', apnOf(`${'a'.repeat(60)}.${'b'.repeat(60)}`), '/connection/apn'],
    ['an empty APN', apnOf(''), '/connection/apn'],
    ['a bad phone number', { connection: { type: 'circuit', number: '12a' } }, '/connection/number'],
    ['a bad speed', { connection: { type: 'circuit', number: '12', speed: 1 } }, '/connection/speed'],
    ['a bad name server', { connection: { ...PACKET, dns: ['1.2.3.4', 'dns'] } }, '/connection/dns/1'],
    ['a password without a user', { connection: { ...PACKET, password: 'p' } }, '/connection/password'],
    ['a kind of login without a user', { connection: { ...PACKET, auth: 'CHAP' } }, '/connection/auth'],
    ['a bad host', { proxy: { type: 'http', address: 'a_b' } }, '/proxy/address'],
    ['an address out of range', { proxy: { type: 'http', address: '10.0.0.256' } }, '/proxy/address'],
    ['a bad port', { proxy: { type: 'http', address: '10.0.0.1', port: 0 } }, '/proxy/port'],
    ['a port that is too large', { proxy: { type: 'http', address: '10.0.0.1', port: 65_536 } }, '/proxy/port'],
    ['a port that is no whole number', { proxy: { type: 'http', address: '10.0.0.1', port: 80.5 } }, '/proxy/port'],
    ['a bad URL', { browser: { homePage: 'a.test' } }, '/browser/homePage'],
    ['a URL with a blank', { browser: { homePage: 'http://a.test/ b' } }, '/browser/homePage'],
    ['a browser for nothing', { browser: {} }, '/browser'],
    [
      'a bookmark without a name',
      { browser: { bookmarks: [{ name: '', url: 'http://a.test/' }] } },
      '/browser/bookmarks/0/name',
    ],
    ['a message centre that is none', { mms: { url: 'ftp://a.test/' } }, '/mms/url'],
    ['a size that is none', { mms: { url: 'http://a.test/', maxSize: 0 } }, '/mms/maxSize'],
    [
      'no database',
      { sync: { server: 'http://a.test/', username: 'u', password: 'p', databases: [] } },
      '/sync/databases',
    ],
    [
      'a bad content type',
      {
        sync: {
          server: 'http://a.test/',
          username: 'u',
          password: 'p',
          databases: [{ uri: 'c', contentTypes: ['vcard'] }],
        },
      },
      '/sync/databases/0/contentTypes/0',
    ],
    [
      'a database twice',
      {
        sync: {
          server: 'http://a.test/',
          username: 'u',
          password: 'p',
          databases: [
            { uri: 'c', contentTypes: ['a/b'] },
            { uri: 'c', contentTypes: ['a/b'] },
          ],
        },
      },
      '/sync/databases/1/uri',
    ],
    ['a bad mail address', { email: { ...EMAIL, address: 'u at op.test' } }, '/email/address'],
    ['mail without a server', { email: { address: 'u@op.test' } }, '/email'],
    [
      'a bad mail server',
      { email: { ...EMAIL, incoming: { protocol: 'pop3', host: 'a b', username: 'u' } } },
      '/email/incoming/host',
    ],
    ['a DM address that is none', { deviceManagement: { ...DM, address: 'dm.test' } }, '/deviceManagement/address'],
    [
      'a DM port against its address',
      { deviceManagement: { ...DM, address: 'http://a.test:8080/', port: 81 } },
      '/deviceManagement/port',
    ],
    ['a DM server id with blanks', { deviceManagement: { ...DM, serverId: 'a b' } }, '/deviceManagement/serverId'],
    [
      'a DM user without a name',
      { deviceManagement: { ...DM, client: { username: '', password: 'p' } } },
      '/deviceManagement/client/username',
    ],
    [
      'a nonce that is not base64',
      { deviceManagement: { ...DM, server: { password: 's', nonce: '!' } } },
      '/deviceManagement/server/nonce',
    ],
    [
      'a vendor’s parameter with a blank',
      { vendorConfigs: [{ name: 'A', parameters: { 'a b': 'c' } }] },
      '/vendorConfigs/0/parameters/a b',
    ],
    [
      'a vendor’s parameter that is the name',
      { vendorConfigs: [{ name: 'A', parameters: { NAME: 'c' } }] },
      '/vendorConfigs/0/parameters/NAME',
    ],
    [
      'a parameter with a slash',
      { vendorConfigs: [{ name: 'A', parameters: { 'a/b~': 'c' } }] },
      '/vendorConfigs/0/parameters/a~1b~0',
    ],
    ['a certificate that is none', { rootCertificates: ['AAAA'] }, '/rootCertificates/0'],
    ['a certificate that is cut', { rootCertificates: [CERTIFICATE.slice(0, -8)] }, '/rootCertificates/0'],
    ['a value that JSON has and the model has not', { connection: { type: 'wlan' } as never }, '/connection/type'],
  ])('are refused for %s', (_, settings, pointer) => {
    expect(pointersOf(settings)).toEqual([pointer]);
  });

  it.each<[string, string]>([
    ['a\nb', 'has at character 2 U+000A, which a document cannot hold'],
    ['a\tb', 'has at character 2 U+0009, which a document cannot hold'],
    ['😀\0', 'has at character 2 U+0000, which a document cannot hold'],
    ['ab\uD800', 'has at character 3 U+D800, which a document cannot hold'],
    ['\uFFFE', 'has at character 1 U+FFFE, which a document cannot hold'],
    ['x'.repeat(1025), 'has more than 1024 characters'],
  ])('are refused for characters outside the charset (%j), and where', (name, reason) => {
    expect(checkOtaSettings({ name, connection: PACKET })).toEqual([{ pointer: '/name', reason }]);
  });

  it('are refused for every fault at once, without repeating a secret', () => {
    const secret = 'hush\0hush';
    const settings: OtaSettings = {
      connection: { type: 'packet', apn: '?', username: 'u', password: secret },
      proxy: { type: 'http', address: '', port: -1, username: 'u', password: secret },
      email: { ...EMAIL, outgoing: { host: '?', password: 'hush' } },
    };
    expect(new Set(pointersOf(settings))).toEqual(
      new Set([
        '/connection/apn',
        '/connection/password',
        '/proxy/address',
        '/proxy/port',
        '/proxy/password',
        '/email/outgoing/host',
        '/email/outgoing/password',
      ]),
    );
    expect(JSON.stringify(checkOtaSettings(settings))).not.toContain('hush');
  });
});
