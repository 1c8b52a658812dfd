import { describe, expect, it } from 'vitest';
import { buildOtaDocument } from '../../src/provisioning/ota/build-ota-document.ts';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { application, inside, PACKET, type Part, xml } from './expected-cp.ts';
import { CERTIFICATE, CERTIFICATE_SHA1, FULL_SETTINGS } from './ota-samples.ts';

describe('an application', () => {
  const WEB = { name: 'Web', connection: PACKET } as const;
  const to = 'TO-NAPID=Web-nap';

  it.each<[string, string, OtaSettings, readonly Part[]]>([
    [
      'the browser’s home page',
      'w2',
      { browser: { homePage: 'http://a.test/?b=c&d=e' } },
      ['APPID=w2', 'NAME=Web', to, ['RESOURCE', 'NAME=Web', 'URI=http://a.test/?b=c&amp;d=e', 'STARTPAGE']],
    ],
    [
      'bookmarks',
      'w2',
      {
        browser: {
          name: 'Folder',
          bookmarks: [
            { name: 'A', url: 'http://a.test/' },
            { name: 'B', url: 'https://b.test/', username: 'u', password: 'p' },
          ],
        },
      },
      [
        'APPID=w2',
        'NAME=Folder',
        to,
        ['RESOURCE', 'NAME=A', 'URI=http://a.test/'],
        ['RESOURCE', 'NAME=B', 'URI=https://b.test/', 'AAUTHTYPE=HTTP-BASIC', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
      ],
    ],
    [
      'multimedia messages',
      'w4',
      { mms: { url: 'http://mmsc.op.test/mms' } },
      ['APPID=w4', 'NAME=Web', to, 'ADDR=http://mmsc.op.test/mms'],
    ],
    [
      'multimedia messages of a size',
      'w4',
      { mms: { name: 'MMS', url: 'http://mmsc.op.test/mms', maxSize: 307_200 } },
      ['APPID=w4', 'NAME=MMS', to, 'ADDR=http://mmsc.op.test/mms', 'MS=307200'],
    ],
    [
      'instant messages',
      'wA',
      { imps: { server: 'http://im.op.test/', username: 'u', password: 'p' } },
      [
        'APPID=wA',
        'PROVIDER-ID=Web',
        'NAME=Web',
        to,
        'ADDR=http://im.op.test/',
        ['APPAUTH', 'AAUTHLEVEL=APPSRV', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
      ],
    ],
    [
      'instant messages with services',
      'wA',
      {
        imps: {
          name: 'Chat',
          server: 'http://im.op.test/',
          username: 'u',
          password: 'p',
          services: ['IM', 'PS'],
          clientIdPrefix: 'op',
        },
      },
      [
        'APPID=wA',
        'PROVIDER-ID=Web',
        'NAME=Chat',
        to,
        'ADDR=http://im.op.test/',
        'SERVICES=IM;PS',
        'CIDPREFIX=op',
        ['APPAUTH', 'AAUTHLEVEL=APPSRV', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
      ],
    ],
    [
      'synchronisation of several databases',
      'w5',
      {
        sync: {
          name: 'Sync',
          server: 'http://ds.op.test/ds',
          username: 'u',
          password: 'p',
          databases: [
            { uri: './card', name: 'Contacts', contentTypes: ['text/x-vcard', 'text/vcard'] },
            { uri: './cal', contentTypes: ['text/x-vcalendar'], clientUri: './C' },
          ],
        },
      },
      [
        'APPID=w5',
        'PROVIDER-ID=Web',
        'NAME=Sync',
        'AACCEPT=application/vnd.syncml+wbxml,application/vnd.syncml+xml',
        to,
        'ADDR=http://ds.op.test/ds',
        ['APPAUTH', 'AAUTHLEVEL=APPSRV', 'AAUTHTYPE=BASIC', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
        ['RESOURCE', 'URI=./card', 'NAME=Contacts', 'AACCEPT=text/x-vcard,text/vcard'],
        ['RESOURCE', 'URI=./cal', 'AACCEPT=text/x-vcalendar', 'CLIURI=./C'],
      ],
    ],
    [
      'synchronisation at a port, with digests',
      'w5',
      {
        sync: {
          server: 'http://ds.op.test/ds',
          port: 8080,
          auth: 'DIGEST',
          username: 'u',
          password: 'p',
          databases: [{ uri: 'c', contentTypes: ['text/x-vcard'] }],
        },
      },
      [
        'APPID=w5',
        'PROVIDER-ID=Web',
        'NAME=Web',
        'AACCEPT=application/vnd.syncml+wbxml,application/vnd.syncml+xml',
        to,
        ['APPADDR', 'ADDR=http://ds.op.test/ds', ['PORT', 'PORTNBR=8080']],
        ['APPAUTH', 'AAUTHLEVEL=APPSRV', 'AAUTHTYPE=DIGEST', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
        ['RESOURCE', 'URI=c', 'AACCEPT=text/x-vcard'],
      ],
    ],
    [
      'a DM account',
      'w7',
      {
        deviceManagement: {
          name: 'Ops',
          serverId: 'omadm',
          address: 'https://dm.op.test/dm',
          client: { username: 'u', password: 'p', nonce: 'AQI=' },
          server: { password: 's', nonce: 'AP8=' },
        },
      },
      [
        'APPID=w7',
        'PROVIDER-ID=omadm',
        'NAME=Ops',
        to,
        'INIT',
        ['APPADDR', 'ADDR=https://dm.op.test/dm', ['PORT', 'PORTNBR=443']],
        ['APPAUTH', 'AAUTHLEVEL=APPSRV', 'AAUTHTYPE=DIGEST', 'AAUTHNAME=u', 'AAUTHSECRET=p', 'AAUTHDATA=AQI='],
        ['APPAUTH', 'AAUTHLEVEL=CLIENT', 'AAUTHTYPE=DIGEST', 'AAUTHNAME=omadm', 'AAUTHSECRET=s', 'AAUTHDATA=AP8='],
      ],
    ],
    [
      'a DM account with MACs',
      'w7',
      {
        deviceManagement: {
          serverId: 'omadm',
          address: 'https://dm.op.test:8443/dm',
          port: 8443,
          auth: 'hmac',
          client: { username: 'u', password: 'p', nonce: 'AQI=' },
          server: { password: 's' },
        },
      },
      [
        'APPID=w7',
        'PROVIDER-ID=omadm',
        to,
        'INIT',
        ['APPADDR', 'ADDR=https://dm.op.test:8443/dm', ['PORT', 'PORTNBR=8443']],
        ['APPAUTH', 'AAUTHLEVEL=APPSRV', 'AAUTHTYPE=HMAC', 'AAUTHNAME=u', 'AAUTHSECRET=p', 'AAUTHDATA=AQI='],
        ['APPAUTH', 'AAUTHLEVEL=CLIENT', 'AAUTHTYPE=HMAC', 'AAUTHNAME=omadm', 'AAUTHSECRET=s'],
      ],
    ],
    [
      'a DM account for Microsoft’s clients',
      'w7',
      {
        deviceManagement: {
          serverId: 'omadm',
          address: 'http://dm.op.test/dm',
          port: 8080,
          version: '1.2',
          auth: 'basic',
          init: false,
          client: { username: 'u', password: 'p' },
          server: { password: 's' },
          microsoft: {
            role: 8,
            defaultEncoding: 'application/vnd.syncml.dm+xml',
            connectionRetries: 3,
            initialBackOffMs: 1000,
            maxBackOffMs: 60_000,
            backwardRetryDisabled: true,
            useHardwareId: true,
            clientCertificate: 'Subject=CN%3dT&Stores=My%5CUser',
          },
        },
      },
      [
        'APPID=w7',
        'PROVIDER-ID=omadm',
        to,
        'ROLE=8',
        'PROTOVER=1.2',
        'DEFAULTENCODING=application/vnd.syncml.dm+xml',
        'CONNRETRYFREQ=3',
        'INITIALBACKOFFTIME=1000',
        'MAXBACKOFFTIME=60000',
        'BACKCOMPATRETRYDISABLED',
        'USEHWDEVID',
        'SSLCLIENTCERTSEARCHCRITERIA=Subject=CN%3dT&amp;Stores=My%5CUser',
        ['APPADDR', 'ADDR=http://dm.op.test/dm', ['PORT', 'PORTNBR=8080']],
        ['APPAUTH', 'AAUTHLEVEL=APPSRV', 'AAUTHTYPE=BASIC', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
        ['APPAUTH', 'AAUTHLEVEL=CLIENT', 'AAUTHTYPE=BASIC', 'AAUTHNAME=omadm', 'AAUTHSECRET=s'],
      ],
    ],
  ])('for %s is written as its registration says', (_, appId, settings, expected) => {
    expect(application({ ...WEB, ...settings }, appId)).toBe(xml(['APPLICATION', ...expected]));
  });

  it.each(['w2', 'w4', 'wA', 'w5', '110', '25', 'w7'])(
    'of number %s goes by the device’s own internet connection when there is none in the settings',
    (appId) => {
      const { connection: _, proxy: __, ...settings } = FULL_SETTINGS;
      const content = application(settings, appId);
      expect(content).toContain(xml('TO-NAPID=INTERNET'));
      expect(content).not.toContain('TO-PROXY');
      expect(inside(settings)).not.toMatch(/NAPDEF|PXLOGICAL/);
    },
  );

  it.each([
    ['pop3', 'none', '110', 110, '110'],
    ['pop3', 'tls', '110', 995, '995'],
    ['pop3', 'starttls', '110', 110, 'STARTTLS'],
    ['imap4', 'none', '143', 143, '143'],
    ['imap4', 'tls', '143', 993, '993'],
    ['imap4', 'starttls', '143', 143, 'STARTTLS'],
  ] as const)(
    'for %s with security %s has its number, port and service',
    (protocol, security, appId, port, service) => {
      const incoming = {
        protocol,
        host: 'mail.op.test',
        security,
        username: 'u',
        password: 'p',
        auth: 'PLAIN',
      } as const;
      const email = { name: 'Mail', address: 'u@op.test', incoming };
      expect(inside({ ...WEB, email })).toContain(
        xml([
          'APPLICATION',
          `APPID=${appId}`,
          'PROVIDER-ID=Web',
          'NAME=Mail',
          to,
          ['APPADDR', 'ADDR=mail.op.test', ['PORT', `PORTNBR=${port}`, `SERVICE=${service}`]],
          ['APPAUTH', 'AAUTHTYPE=PLAIN', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
        ]),
      );
      expect(inside({ ...WEB, email: { ...email, incoming: { ...incoming, port: 1234 } } })).toContain(
        xml(['PORT', 'PORTNBR=1234', `SERVICE=${service}`]),
      );
    },
  );

  it.each([
    ['none', 25, '25'],
    ['tls', 465, '465'],
    ['starttls', 587, 'STARTTLS'],
  ] as const)('for SMTP with security %s has its number, port and service', (security, port, service) => {
    const email = {
      address: 'u@op.test',
      displayName: 'U. "The" User',
      replyTo: 'v@op.test',
      outgoing: { host: '10.0.0.2', security, username: 'u', password: 'p', auth: 'LOGIN' },
    } as const;
    expect(application({ ...WEB, email }, '25')).toBe(
      xml([
        'APPLICATION',
        'APPID=25',
        'PROVIDER-ID=Web',
        'NAME=Web',
        to,
        'FROM=&quot;U. \\&quot;The\\&quot; User&quot; &lt;u@op.test&gt;',
        'RT-ADDR=v@op.test',
        ['APPADDR', 'ADDR=10.0.0.2', ['PORT', `PORTNBR=${port}`, `SERVICE=${service}`]],
        ['APPAUTH', 'AAUTHTYPE=LOGIN', 'AAUTHNAME=u', 'AAUTHSECRET=p'],
      ]),
    );
  });

  it('for SMTP without a login has only the server and the address of the user', () => {
    const email = { address: 'u@op.test', outgoing: { host: 'smtp.op.test' } };
    expect(application({ ...WEB, email }, '25')).toBe(
      xml([
        'APPLICATION',
        'APPID=25',
        'PROVIDER-ID=Web',
        'NAME=Web',
        to,
        'FROM=u@op.test',
        ['APPADDR', 'ADDR=smtp.op.test', ['PORT', 'PORTNBR=25', 'SERVICE=25']],
      ]),
    );
  });
});

describe('other sections', () => {
  it('of vendors hold their parameters, with a value and without', () => {
    expect(inside({ vendorConfigs: [{ name: 'Acme', parameters: { COLOR: 'red', FAST: '' } }, { name: 'B' }] })).toBe(
      xml(['VENDORCONFIG', 'NAME=Acme', 'COLOR=red', 'FAST'], ['VENDORCONFIG', 'NAME=B']),
    );
  });

  it('say who the device is', () => {
    expect(inside({ clientIdentity: { clientId: 'device-7' } })).toBe(xml(['CLIENTIDENTITY', 'CLIENT-ID=device-7']));
  });

  it('install root certificates, from PEM and from base64, under their SHA-1', () => {
    const pem = `-----BEGIN CERTIFICATE-----\n${CERTIFICATE.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
    const expected = xml(['CertificateStore', ['ROOT', [CERTIFICATE_SHA1, `EncodedCertificate=${CERTIFICATE}`]]]);
    expect(inside({ rootCertificates: [pem] })).toBe(expected);
    expect(inside({ rootCertificates: [CERTIFICATE] })).toBe(expected);
  });

  it('stand together in one document, what is referred to before what refers to it', () => {
    const types = [
      ...inside(FULL_SETTINGS).matchAll(
        /<characteristic type="(BOOTSTRAP|VENDORCONFIG|CLIENTIDENTITY|NAPDEF|PXLOGICAL|CertificateStore|APPLICATION)">(?:<parm name="APPID" value="(\w+)")?/g,
      ),
    ];
    expect(types.map(([, type, appId]) => appId ?? type)).toEqual([
      'BOOTSTRAP',
      'VENDORCONFIG',
      'CLIENTIDENTITY',
      'NAPDEF',
      'PXLOGICAL',
      'CertificateStore',
      'w2',
      'w4',
      'wA',
      'w5',
      '110',
      '25',
      'w7',
    ]);
  });

  it('make the same document of the same settings', () => {
    expect(buildOtaDocument(FULL_SETTINGS)).toEqual(buildOtaDocument(structuredClone(FULL_SETTINGS)));
  });
});
