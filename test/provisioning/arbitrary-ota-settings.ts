import fc from 'fast-check';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { CERTIFICATE } from './ota-samples.ts';

/** Settings that nothing is wrong with, with any section left out. */

/** One line of what XML and UTF-8 can hold, with what has a meaning in XML and in WBXML's tables among it. */
const text = fc.oneof(
  fc
    .string({ unit: 'grapheme-composite', minLength: 1, maxLength: 30 })
    .map((value) => value.replace(/[^\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?')),
  fc.constantFrom('a<b>&"c\'', 'APN', 'http://www.x.com/', 'IPV4,HTTP-BASIC', 'W5', 'ΑΒΓ', '日本', ' ', '😀'),
);
const optional = { requiredKeys: [] as [] };
const port = fc.integer({ min: 1, max: 65_535 });
const hostName = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(\.[a-z]{2,5}){1,2}$/);
const address = fc.oneof(fc.ipV4(), hostName, fc.constantFrom('2001:db8::1', '::1'));
const url = fc.tuple(fc.constantFrom('http', 'https'), hostName, fc.webPath()).map(([s, h, p]) => `${s}://${h}${p}`);
const login = { username: text, password: text };
/** All of it, the user alone, or nothing. */
const optionalLogin = fc.oneof(
  fc.record(login),
  fc.record({ username: text }),
  fc.constant({} as { username?: string; password?: string }),
);
const apn = fc.stringMatching(/^[A-Za-z0-9]{1,10}([.-][A-Za-z0-9]{1,10}){0,3}$/);

function withLogin<T extends object>(base: fc.Arbitrary<T>) {
  return fc.tuple(base, optionalLogin).map(([value, given]) => ({ ...value, ...given }));
}

const connectionBase = {
  name: text,
  isDefault: fc.boolean(),
  dns: fc.array(fc.ipV4(), { maxLength: 2 }),
  lingerSeconds: fc.integer({ min: 0, max: 86_400 }),
};
const connection = withLogin(
  fc.oneof(
    fc.record({ type: fc.constant('packet' as const), apn, ...connectionBase }, { requiredKeys: ['type', 'apn'] }),
    fc.record(
      {
        type: fc.constant('circuit' as const),
        number: fc.stringMatching(/^\+?[0-9]{3,15}$/),
        callType: fc.constantFrom('analogue' as const, 'isdn' as const),
        speed: fc.constantFrom('auto' as const, 9600, 14_400),
        ...connectionBase,
      },
      { requiredKeys: ['type', 'number'] },
    ),
  ),
);

const proxy = fc.oneof(
  fc.constant({ type: 'blank' as const }),
  withLogin(
    fc.record(
      {
        type: fc.constantFrom('http', 'wsp', 'wsp-secure', 'wsp-connectionless', 'wsp-connectionless-secure'),
        address,
        name: text,
        port,
        homePage: url,
        domains: fc.array(hostName, { maxLength: 2 }),
      },
      { requiredKeys: ['type', 'address'] },
    ),
  ),
);

const mailServer = {
  host: address,
  port,
  security: fc.constantFrom('none', 'tls', 'starttls'),
};
const mailbox = fc.tuple(fc.stringMatching(/^[a-z][a-z.+]{0,10}$/), hostName).map(([user, host]) => `${user}@${host}`);

const certificate = fc.constant(CERTIFICATE);

const settings = fc.record(
  {
    name: text,
    connection,
    proxy,
    browser: fc.record(
      {
        name: text,
        homePage: url,
        bookmarks: fc.array(withLogin(fc.record({ name: text, url })), { maxLength: 3 }),
      },
      { requiredKeys: ['homePage'] },
    ),
    mms: fc.record({ name: text, url, maxSize: fc.integer({ min: 1, max: 10_000_000 }) }, { requiredKeys: ['url'] }),
    imps: fc.record(
      {
        name: text,
        server: url,
        services: fc.subarray(['IM', 'PS', 'SG', 'SC']),
        clientIdPrefix: text,
        ...login,
      },
      { requiredKeys: ['server', 'username', 'password'] },
    ),
    sync: fc.record(
      {
        name: text,
        server: url,
        port,
        auth: fc.constantFrom('BASIC', 'DIGEST'),
        ...login,
        databases: fc.uniqueArray(
          fc.record(
            {
              uri: text,
              name: text,
              contentTypes: fc.array(fc.constantFrom('text/x-vcard', 'text/calendar'), { minLength: 1, maxLength: 2 }),
              clientUri: text,
            },
            { requiredKeys: ['uri', 'contentTypes'] },
          ),
          { minLength: 1, maxLength: 3, selector: ({ uri }) => uri },
        ),
      },
      { requiredKeys: ['server', 'username', 'password', 'databases'] },
    ),
    email: fc
      .record(
        {
          name: text,
          address: mailbox,
          displayName: text,
          replyTo: mailbox,
          incoming: fc.record(
            {
              protocol: fc.constantFrom('pop3', 'imap4'),
              ...mailServer,
              ...login,
              auth: fc.constantFrom('PLAIN', 'CRAM-MD5'),
            },
            { requiredKeys: ['protocol', 'host', 'username'] },
          ),
          outgoing: withLogin(fc.record(mailServer, { requiredKeys: ['host'] })),
        },
        { requiredKeys: ['address'] },
      )
      .filter(({ incoming, outgoing }) => incoming !== undefined || outgoing !== undefined),
    deviceManagement: fc.record(
      {
        name: text,
        serverId: fc.stringMatching(/^[a-z][a-z0-9.-]{0,15}$/),
        address: hostName.map((host) => `https://${host}/dm`),
        port,
        version: fc.constantFrom('1.1', '1.2'),
        auth: fc.constantFrom('basic', 'md5', 'hmac'),
        client: fc.record(
          { ...login, nonce: fc.base64String({ minLength: 4 }) },
          { requiredKeys: ['username', 'password'] },
        ),
        server: fc.record({ password: text, nonce: fc.base64String({ minLength: 4 }) }, { requiredKeys: ['password'] }),
        init: fc.boolean(),
        microsoft: fc.record({ role: fc.nat(), useHardwareId: fc.boolean(), connectionRetries: fc.nat(9) }, optional),
      },
      { requiredKeys: ['serverId', 'address', 'client', 'server'] },
    ),
    vendorConfigs: fc.array(
      fc.record(
        { name: text, parameters: fc.dictionary(fc.stringMatching(/^[A-Z]{5,9}$/), fc.oneof(text, fc.constant(''))) },
        { requiredKeys: ['name'] },
      ),
      { maxLength: 2 },
    ),
    clientIdentity: fc.record({ clientId: text }),
    rootCertificates: fc.array(certificate, { maxLength: 1 }),
  },
  optional,
);

const SECTIONS = [
  'connection',
  'proxy',
  'browser',
  'mms',
  'imps',
  'sync',
  'email',
  'deviceManagement',
  'clientIdentity',
];

export const arbitraryOtaSettings: fc.Arbitrary<OtaSettings> = settings.filter((value) =>
  SECTIONS.some((section) => Object.hasOwn(value, section)),
) as fc.Arbitrary<OtaSettings>;
