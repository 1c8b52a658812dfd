import { BootstrapAccountError, checkBootstrapAccount } from '../dm-account.ts';
import { bootstrapAccountOf } from './device-management.ts';
import type { OtaSettings } from './ota-settings.ts';
import {
  anyUrl,
  apn,
  base64,
  certificate,
  domain,
  filled,
  host,
  ipAddress,
  line,
  mailbox,
  mediaType,
  oneOf,
  parameterName,
  phoneNumber,
  port,
  type ValueRule,
  webUrl,
  wholeNumber,
} from './value-rules.ts';

/** One thing that is wrong with settings. */
export interface SettingsFault {
  /** Where, as a JSON pointer (RFC 6901); `''` for the whole. */
  readonly pointer: string;
  /** Why, as a sentence about the field. Never quotes a value: it may be a secret. */
  readonly reason: string;
}

/** What may stand in a field. `*` in the pointer stands for every item of a list. */
interface FieldRow {
  readonly at: string;
  readonly rule: ValueRule;
}

const PPP_AUTH = oneOf('PAP', 'CHAP', 'MS-CHAP');

/** LINKSPEED of a data call: what GSM has (3GPP TS 27.007, +CBST) and what may be bundled. */
const CALL_SPEED = oneOf('auto', 2400, 4800, 9600, 14_400, 19_200, 28_800, 38_400, 43_200, 56_000, 57_600, 64_000);

const MAIL_SECURITY = oneOf('none', 'tls', 'starttls');

const FIELDS: readonly FieldRow[] = [
  { at: '/name', rule: filled },
  { at: '/connection/type', rule: oneOf('packet', 'circuit') },
  { at: '/connection/name', rule: filled },
  { at: '/connection/apn', rule: apn },
  { at: '/connection/number', rule: phoneNumber },
  { at: '/connection/callType', rule: oneOf('analogue', 'isdn') },
  { at: '/connection/speed', rule: CALL_SPEED },
  { at: '/connection/username', rule: filled },
  { at: '/connection/auth', rule: PPP_AUTH },
  { at: '/connection/dns/*', rule: ipAddress },
  { at: '/connection/lingerSeconds', rule: wholeNumber(0, 86_400) },
  {
    at: '/proxy/type',
    rule: oneOf('blank', 'http', 'wsp', 'wsp-secure', 'wsp-connectionless', 'wsp-connectionless-secure'),
  },
  { at: '/proxy/name', rule: filled },
  { at: '/proxy/address', rule: host },
  { at: '/proxy/port', rule: port },
  { at: '/proxy/username', rule: filled },
  { at: '/proxy/homePage', rule: anyUrl },
  { at: '/proxy/domains/*', rule: domain },
  { at: '/browser/name', rule: filled },
  { at: '/browser/homePage', rule: anyUrl },
  { at: '/browser/bookmarks/*/name', rule: filled },
  { at: '/browser/bookmarks/*/url', rule: anyUrl },
  { at: '/browser/bookmarks/*/username', rule: filled },
  { at: '/mms/name', rule: filled },
  { at: '/mms/url', rule: webUrl },
  { at: '/mms/maxSize', rule: wholeNumber(1, 2 ** 31 - 1) },
  { at: '/imps/name', rule: filled },
  { at: '/imps/server', rule: webUrl },
  { at: '/imps/username', rule: filled },
  { at: '/imps/services/*', rule: oneOf('IM', 'PS', 'SG', 'SC') },
  { at: '/imps/clientIdPrefix', rule: filled },
  { at: '/sync/name', rule: filled },
  { at: '/sync/server', rule: webUrl },
  { at: '/sync/port', rule: port },
  { at: '/sync/username', rule: filled },
  { at: '/sync/auth', rule: oneOf('BASIC', 'DIGEST') },
  { at: '/sync/databases/*/uri', rule: filled },
  { at: '/sync/databases/*/name', rule: filled },
  { at: '/sync/databases/*/contentTypes/*', rule: mediaType },
  { at: '/sync/databases/*/clientUri', rule: filled },
  { at: '/email/name', rule: filled },
  { at: '/email/address', rule: mailbox },
  { at: '/email/displayName', rule: filled },
  { at: '/email/replyTo', rule: mailbox },
  { at: '/email/incoming/protocol', rule: oneOf('pop3', 'imap4') },
  { at: '/email/incoming/host', rule: host },
  { at: '/email/incoming/port', rule: port },
  { at: '/email/incoming/security', rule: MAIL_SECURITY },
  { at: '/email/incoming/username', rule: filled },
  {
    at: '/email/incoming/auth',
    rule: oneOf('PLAIN', 'LOGIN', 'APOP', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'KERBEROS_V4', 'SKEY'),
  },
  { at: '/email/outgoing/host', rule: host },
  { at: '/email/outgoing/port', rule: port },
  { at: '/email/outgoing/security', rule: MAIL_SECURITY },
  { at: '/email/outgoing/username', rule: filled },
  {
    at: '/email/outgoing/auth',
    rule: oneOf('PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'POPB4SMTP'),
  },
  { at: '/deviceManagement/name', rule: filled },
  { at: '/deviceManagement/port', rule: port },
  { at: '/deviceManagement/version', rule: oneOf('1.1', '1.2') },
  { at: '/deviceManagement/auth', rule: oneOf('basic', 'md5', 'hmac') },
  { at: '/deviceManagement/client/nonce', rule: base64 },
  { at: '/deviceManagement/server/nonce', rule: base64 },
  { at: '/deviceManagement/microsoft/role', rule: wholeNumber(0, 2 ** 31 - 1) },
  {
    at: '/deviceManagement/microsoft/defaultEncoding',
    rule: oneOf('application/vnd.syncml.dm+xml', 'application/vnd.syncml.dm+wbxml'),
  },
  { at: '/deviceManagement/microsoft/connectionRetries', rule: wholeNumber(0, 100) },
  { at: '/deviceManagement/microsoft/initialBackOffMs', rule: wholeNumber(0, 2 ** 31 - 1) },
  { at: '/deviceManagement/microsoft/maxBackOffMs', rule: wholeNumber(0, 2 ** 31 - 1) },
  { at: '/deviceManagement/microsoft/clientCertificate', rule: filled },
  { at: '/vendorConfigs/*/name', rule: filled },
  { at: '/clientIdentity/clientId', rule: filled },
  { at: '/rootCertificates/*', rule: certificate },
];

const PLACES = FIELDS.map(({ at, rule }) => ({ keys: at.split('/').slice(1), rule }));

/** Sections that do something by themselves; a name, a connection or a proxy for nothing is allowed, too. */
const SECTIONS = [
  'connection',
  'proxy',
  'browser',
  'mms',
  'imps',
  'sync',
  'email',
  'deviceManagement',
  'vendorConfigs',
  'clientIdentity',
  'rootCertificates',
] as const satisfies readonly (keyof OtaSettings)[];

/** Every fault of the settings, in the order of the fields; none when a document can be made of them. */
export function checkOtaSettings(settings: OtaSettings): SettingsFault[] {
  const faults: SettingsFault[] = [];
  const add = (pointer: string, reason: string | undefined) => {
    if (reason !== undefined && !faults.some((fault) => fault.pointer === pointer)) faults.push({ pointer, reason });
  };
  if (SECTIONS.every((section) => isNothing(settings[section]))) add('', 'has no section that sets anything up');
  for (const { pointer, value } of leaves(settings, '')) {
    if (!pointer.startsWith('/rootCertificates/')) add(pointer, line(value));
  }
  for (const { keys, rule } of PLACES) {
    for (const { pointer, value } of valuesAt(settings, keys, 0, '')) add(pointer, rule(value));
  }
  checkTogether(settings, add);
  return faults;
}

type Add = (pointer: string, reason: string | undefined) => void;

/** What no field can say by itself. */
function checkTogether({ connection, proxy, browser, sync, email, ...settings }: OtaSettings, add: Add): void {
  const named: readonly (readonly [string, { readonly username?: string; readonly password?: string } | undefined])[] =
    [
      ['/connection', connection],
      ['/proxy', proxy?.type === 'blank' ? undefined : proxy],
      ['/email/outgoing', email?.outgoing],
      ...(browser?.bookmarks ?? []).map((bookmark, index) => [`/browser/bookmarks/${index}`, bookmark] as const),
    ];
  for (const [pointer, login] of named) {
    if (login?.password !== undefined && login.username === undefined) {
      add(`${pointer}/password`, 'needs a username beside it');
    }
  }
  if (connection?.auth !== undefined && connection.username === undefined) {
    add('/connection/auth', 'needs a username beside it');
  }
  if (email?.outgoing?.auth !== undefined && email.outgoing.username === undefined) {
    add('/email/outgoing/auth', 'needs a username beside it');
  }
  if (browser !== undefined && browser.homePage === undefined && isNothing(browser.bookmarks)) {
    add('/browser', 'has neither a home page nor a bookmark');
  }
  if (email !== undefined && email.incoming === undefined && email.outgoing === undefined) {
    add('/email', 'has neither an incoming nor an outgoing server');
  }
  if (sync !== undefined && sync.databases.length === 0) add('/sync/databases', 'is empty');
  sync?.databases.forEach(({ uri, contentTypes }, index) => {
    if (contentTypes.length === 0) add(`/sync/databases/${index}/contentTypes`, 'is empty');
    if (sync.databases.findIndex((other) => other.uri === uri) < index) {
      add(`/sync/databases/${index}/uri`, 'is that of another database');
    }
  });
  settings.vendorConfigs?.forEach(({ parameters = {} }, index) => {
    for (const name of Object.keys(parameters)) {
      const pointer = `/vendorConfigs/${index}/parameters/${escaped(name)}`;
      add(pointer, name === 'NAME' ? 'is the name of the configuration' : parameterName(name));
    }
  });
  checkAccount(settings, add);
}

/** The account's own rules, which the bootstrap has too. */
function checkAccount({ deviceManagement }: OtaSettings, add: Add): void {
  if (deviceManagement === undefined) return;
  try {
    checkBootstrapAccount(bootstrapAccountOf(deviceManagement));
  } catch (error) {
    if (!(error instanceof BootstrapAccountError)) throw error;
    const field = error.field === 'accountName' ? 'serverId' : error.field;
    add(`/deviceManagement/${field.replace('.', '/')}`, error.message.slice(error.field.length + 2));
  }
}

function isNothing(section: unknown): boolean {
  return section === undefined || (Array.isArray(section) && section.length === 0);
}

interface Place {
  readonly pointer: string;
  readonly value: string | number;
}

const NOWHERE: readonly Place[] = [];

/** Texts and numbers at the places that the keys of a row mean, from the one at `depth` on. */
function valuesAt(value: unknown, keys: readonly string[], depth: number, pointer: string): readonly Place[] {
  const key = keys[depth];
  if (key === undefined) {
    return typeof value === 'string' || typeof value === 'number' ? [{ pointer, value }] : NOWHERE;
  }
  if (key === '*') {
    if (!Array.isArray(value)) return NOWHERE;
    return value.flatMap((item: unknown, index) => valuesAt(item, keys, depth + 1, `${pointer}/${index}`));
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return NOWHERE;
  return valuesAt((value as Record<string, unknown>)[key], keys, depth + 1, `${pointer}/${key}`);
}

function leaves(value: unknown, pointer: string): Place[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ pointer, value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${pointer}/${escaped(key)}`));
}

/** RFC 6901, 3. */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
