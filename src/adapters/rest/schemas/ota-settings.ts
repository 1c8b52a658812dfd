import { z } from 'zod';
import { checkOtaSettings } from '../../../provisioning/ota/check-settings.ts';
import type { OtaSettings } from '../../../provisioning/ota/ota-settings.ts';

/*
 * The shape of settings. What may stand in a field beyond its type is said by `checkOtaSettings`, which runs when the shape
 * is right; both report with the pointer of the field.
 */

const LONGEST = 1_024;
const MOST_ITEMS = 100;

const line = z.string({ error: 'Expected text.' }).max(LONGEST, `Expected at most ${LONGEST} characters.`);
const secret = line.meta({ writeOnly: true });
const flag = z.boolean({ error: 'Expected true or false.' });
const whole = z.int({ error: 'Expected a whole number.' });
const url = line.meta({ format: 'uri', examples: ['http://www.operator.example/'] });
const host = line.meta({ description: 'Host name or IP address.', examples: ['mail.operator.example'] });
const portError = 'Expected a port from 1 to 65535.';
const port = z
  .int({ error: portError })
  .min(1, { error: portError, abort: true })
  .max(65_535, { error: portError, abort: true });

function one<const T extends readonly [string, ...string[]]>(...values: T) {
  return z.enum(values, { error: `Expected one of ${values.join(', ')}.` });
}

function shape<const T extends Record<string, z.ZodType>>(fields: T) {
  return z.strictObject(fields, { error: 'Expected an object.' });
}

function many<T extends z.ZodType>(item: T) {
  return z.array(item, { error: 'Expected a list.' }).max(MOST_ITEMS, `Expected at most ${MOST_ITEMS} items.`);
}

const username = line.exactOptional();
const password = secret.exactOptional();
const name = line.exactOptional();
const shownName = line.exactOptional().meta({ description: 'For the user; the name of the settings unless told.' });

const connectionFields = {
  name: shownName,
  username,
  password,
  auth: one('PAP', 'CHAP', 'MS-CHAP').exactOptional().meta({ description: 'PAP unless told.' }),
  isDefault: flag.exactOptional().meta({ description: 'It becomes a default connection to the internet.' }),
  dns: many(line).exactOptional().meta({ description: 'Addresses of name servers.' }),
  lingerSeconds: whole.exactOptional().meta({ description: 'Without traffic for so long the device hangs up.' }),
};

const connection = z
  .discriminatedUnion(
    'type',
    [
      shape({
        type: z.literal('packet').meta({ description: 'GPRS, EDGE and what came after.' }),
        apn: line.meta({ description: 'Access point name.', examples: ['internet.operator.example'] }),
        ...connectionFields,
      }),
      shape({
        type: z.literal('circuit').meta({ description: 'A data call over GSM.' }),
        number: line.meta({ examples: ['+49170123456'] }),
        callType: one('analogue', 'isdn').exactOptional(),
        speed: z
          .union([z.literal('auto'), whole], { error: 'Expected bits a second, or "auto".' })
          .exactOptional()
          .meta({ description: 'Bits a second.' }),
        ...connectionFields,
      }),
    ],
    { error: 'Expected an object whose "type" is packet or circuit.' },
  )
  .meta({ description: 'How the device reaches the network; left out: by the default connection that it has.' });

const realProxy = <const T extends string>(type: T, description: string) =>
  shape({
    type: z.literal(type).meta({ description }),
    name: shownName,
    address: host,
    port: port
      .exactOptional()
      .meta({ description: 'By the type unless told: 9201, 9203, 9200, 9202, or 8080 for http.' }),
    username,
    password,
    homePage: url.exactOptional(),
    domains: many(line).exactOptional().meta({ description: 'Domains that are reached through it.' }),
  });

const proxy = z
  .discriminatedUnion(
    'type',
    [
      realProxy('http', 'An HTTP proxy.'),
      realProxy('wsp', 'A WAP gateway, connection-oriented.'),
      realProxy('wsp-secure', 'The same with WTLS.'),
      realProxy('wsp-connectionless', 'A WAP gateway, connectionless.'),
      realProxy('wsp-connectionless-secure', 'The same with WTLS.'),
      shape({
        type: z.literal('blank').meta({
          description:
            'No proxy, said with an empty one: for phones of Sony Ericsson and Motorola, which know no TO-NAPID.',
        }),
      }),
    ],
    {
      error:
        'Expected an object whose "type" is http, wsp, wsp-secure, wsp-connectionless, wsp-connectionless-secure or blank.',
    },
  )
  .meta({ description: 'A proxy or WAP gateway.' });

const browser = shape({
  name: shownName,
  homePage: url.exactOptional(),
  bookmarks: many(shape({ name: line, url, username, password })).exactOptional(),
}).meta({ description: 'Home page and bookmarks (w2).' });

const mms = shape({
  name: shownName,
  url: url.meta({ description: 'Of the MMS centre.' }),
  maxSize: whole.exactOptional().meta({ description: 'Octets that a message may have.' }),
}).meta({ description: 'Multimedia messages (w4).' });

const imps = shape({
  name: shownName,
  server: url,
  username: line,
  password: secret,
  services: many(one('IM', 'PS', 'SG', 'SC'))
    .exactOptional()
    .meta({ description: 'Instant messages, presence, groups, content.' }),
  clientIdPrefix: line.exactOptional(),
}).meta({ description: 'Instant messaging and presence (wA).' });

const sync = shape({
  name: shownName,
  server: url,
  port: port.exactOptional(),
  username: line,
  password: secret,
  auth: one('BASIC', 'DIGEST').exactOptional().meta({ description: 'BASIC unless told.' }),
  databases: many(
    shape({
      uri: line.meta({ examples: ['./contacts'] }),
      name,
      contentTypes: many(line).meta({
        description: 'Media types; several are tried in turn.',
        examples: [['text/x-vcard']],
      }),
      clientUri: line.exactOptional().meta({ description: 'Its name on the device.' }),
    }),
  ),
}).meta({ description: 'SyncML data synchronisation (w5).' });

const mailServer = {
  host,
  port: port.exactOptional().meta({ description: 'By protocol and security unless told.' }),
  security: one('none', 'tls', 'starttls').exactOptional().meta({
    description: '`tls`: from the first octet on; `starttls`: asked for in the protocol; `none` unless told.',
  }),
};

const email = shape({
  name: shownName,
  address: line.meta({ description: "The user's.", examples: ['joe@operator.example'] }),
  displayName: line.exactOptional(),
  replyTo: line.exactOptional().meta({ description: 'Where answers go, when not to the address.' }),
  incoming: shape({
    protocol: one('pop3', 'imap4'),
    ...mailServer,
    username: line,
    password,
    auth: one(
      'PLAIN',
      'LOGIN',
      'APOP',
      'CRAM-MD5',
      'DIGEST-MD5',
      'NTLM',
      'GSSAPI',
      'KERBEROS_V4',
      'SKEY',
    ).exactOptional(),
  }).exactOptional(),
  outgoing: shape({
    ...mailServer,
    username: line.exactOptional().meta({ description: 'Left out: the server asks for none.' }),
    password,
    auth: one('PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'POPB4SMTP').exactOptional(),
  }).exactOptional(),
}).meta({ description: 'E-mail by POP3 or IMAP4, and SMTP.' });

const nonce = secret.exactOptional().meta({ description: 'Raw octets in base64.' });

const deviceManagement = shape({
  name: line.exactOptional().meta({ description: 'For the user.' }),
  serverId: line.meta({ description: 'PROVIDER-ID.' }),
  address: url,
  port: port.exactOptional(),
  version: one('1.1', '1.2').exactOptional().meta({ description: '1.1 unless told.' }),
  auth: one('basic', 'md5', 'hmac').exactOptional().meta({ description: 'md5 unless told.' }),
  client: shape({ username: line, password: secret, nonce }),
  server: shape({ password: secret, nonce }),
  init: flag.exactOptional().meta({ description: 'Whether a session is opened at once; true unless told.' }),
  microsoft: shape({
    role: whole.exactOptional().meta({ description: 'Security roles of the server, a bit mask.' }),
    protocolVersion: flag
      .exactOptional()
      .meta({ description: 'Whether it begins with the version above; true unless told.' }),
    defaultEncoding: one('application/vnd.syncml.dm+xml', 'application/vnd.syncml.dm+wbxml').exactOptional(),
    connectionRetries: whole.exactOptional(),
    initialBackOffMs: whole.exactOptional(),
    maxBackOffMs: whole.exactOptional(),
    backwardRetryDisabled: flag.exactOptional(),
    useHardwareId: flag.exactOptional(),
    clientCertificate: line.exactOptional(),
  })
    .exactOptional()
    .meta({ description: 'Parameters that only devices with Windows know.' }),
}).meta({
  description: 'An OMA DM account (w7) as it is. A registered device gets one of this server by its bootstrap instead.',
});

const settingsShape = shape({
  name: line.exactOptional().meta({
    description: 'What the device calls the settings. Sent again under the same name, settings replace what they were.',
    examples: ['Operator'],
  }),
  connection: connection.exactOptional(),
  proxy: proxy.exactOptional(),
  browser: browser.exactOptional(),
  mms: mms.exactOptional(),
  imps: imps.exactOptional(),
  sync: sync.exactOptional(),
  email: email.exactOptional(),
  deviceManagement: deviceManagement.exactOptional(),
  vendorConfigs: many(
    shape({
      name: line,
      parameters: z
        .record(z.string(), line, { error: 'Expected an object of texts.' })
        .exactOptional()
        .meta({ description: 'One with an empty value says something by being there.' }),
    }),
  )
    .exactOptional()
    .meta({ description: 'Parameters of a manufacturer (VENDORCONFIG).' }),
  clientIdentity: shape({ clientId: line })
    .exactOptional()
    .meta({ description: 'Who the device is to the provisioning server (CLIENTIDENTITY).' }),
  rootCertificates: many(z.string({ error: 'Expected text.' }).max(16_384, 'Expected at most 16384 characters.'))
    .exactOptional()
    .meta({ description: "X.509 in PEM, or DER in base64, for Windows Mobile's CertificateStore." }),
});

/** Settings for a device: every section may be left out, and several may be there at once. */
export const otaSettingsSchema: z.ZodType<OtaSettings, OtaSettings> = settingsShape
  .superRefine((settings, context) => {
    for (const { pointer, reason } of checkOtaSettings(settings)) {
      const path = pointer
        .split('/')
        .slice(1)
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
      const field = path.at(-1);
      context.addIssue({ code: 'custom', path, message: `${field === undefined ? 'It' : `"${field}"`} ${reason}.` });
    }
  })
  .meta({ id: 'OtaSettings', description: 'Settings for a phone; every section may be left out.' });
