import { isIP } from 'node:net';
import { z } from 'zod';

/** Everything the server can be told. Durations are milliseconds, sizes octets. Holds secrets: never log it whole. */
export interface Config {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What devices call, without a slash at the end. Undefined: see {@link defaultPublicUrl}. */
  readonly publicUrl?: string;
  /** Undefined: an embedded Postgres that keeps its files in {@link dataDir}. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  /** Where devices are told to go on with their sessions. Undefined: where they are. */
  readonly dmRespUri?: string;
  readonly dmServerId: string;
  /** The weakest kind of credentials taken from devices and given to them. */
  readonly minAuth: CredentialKind;
  /** How often a device proves itself when its account does not say. */
  readonly authScope: AuthScope;
  /** Whether device messages over plain HTTP are refused. */
  readonly requireHttps: boolean;
  /** `smpp://` or `ssmpp://`; several are separated by commas. Undefined: only the links made through the API. */
  readonly smppUrl?: string;
  /** Counted attempts before a push fails. */
  readonly pushMaxAttempts: number;
  /** What becomes of parts that may or may not have been sent. */
  readonly pushUncertain: 'resend' | 'fail';
  /** How long after its trigger's receipt a device is waited for before it is triggered again. */
  readonly retriggerAfterMs: number;
  /** How often at most; 0: never. */
  readonly retriggerMax: number;
  /** 32 octets. Undefined only with the embedded database: it is made and kept in {@link dataDir}. */
  readonly secretKey?: Uint8Array;
  /** Undefined: one is made at first start. */
  readonly adminToken?: string;
  /** What the first admin is called, who is made when there is no user. */
  readonly adminUser: string;
  /** The first admin's password. Undefined: one is made. */
  readonly adminPassword?: string;
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly minVersion: TlsVersion;
    /** Undefined: no client certificate is asked for. */
    readonly clientCaFile?: string;
  };
  /** Addresses and CIDR ranges of proxies whose word on the client's address and protocol is taken. */
  readonly trustedProxies: readonly string[];
  /** Whether larger replies go out in gzip to devices that say they take it. */
  readonly gzipReplies: boolean;
  readonly logLevel: LogLevel;
  /** Of one message of a device. */
  readonly maxMessageBytes: number;
  /** Of one value of a device, which it may send in pieces. */
  readonly maxObjectBytes: number;
  /** Of one uploaded document. */
  readonly maxUploadBytes: number;
  /** Of a file of devices. */
  readonly maxImportBytes: number;
  /** How long a delivery waits when nobody says otherwise. */
  readonly deliveryTtlMs: number;
  /** Triggers of one campaign that may wait for a link. */
  readonly campaignBacklog: number;
  /** After that long without a message a session is closed. */
  readonly sessionSilenceMs: number;
  /** Whether events may be told to this machine and to private networks. */
  readonly webhookPrivateAddresses: boolean;
  /** For how long is kept what has ended; absent: for ever. */
  readonly retainMs: Readonly<Partial<Record<Retained, number>>>;
}

export type Retained = 'sessions' | 'deliveries' | 'pushes' | 'alerts' | 'incoming' | 'events' | 'audit' | 'campaigns';

export const CREDENTIAL_KINDS = ['basic', 'md5', 'hmac'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

export const AUTH_SCOPES = ['session', 'message'] as const;
export type AuthScope = (typeof AUTH_SCOPES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

export interface ConfigFault {
  readonly variable: string;
  /** As it was set; undefined when it was not set, or is a secret. */
  readonly given?: string;
  readonly expected: string;
}

/** Settings that cannot be used; the message names every fault and never a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ variable, given, expected }) =>
      given === undefined ? `  ${variable}: ${expected}` : `  ${variable}=${shown(given)}: ${expected}`,
    );
    super(`${faults.length === 1 ? 'A setting' : `${faults.length} settings`} cannot be used:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/** Their values stand in no message. */
const SECRETS: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'SMPP_URL',
  'SECRET_KEY',
  'ADMIN_TOKEN',
  'ADMIN_PASSWORD',
]);

const MAX_SERVER_ID_OCTETS = 24;
const SECRET_KEY_OCTETS = 32;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const SETTINGS = z.object({
  HOST: text('a host name or address, e.g. 127.0.0.1', (value) => /^[^\s/@]{1,255}$/.test(value)).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(8080),
  PUBLIC_URL: text('an http:// or https:// URL without query or fragment', isPublicUrl)
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  DATABASE_URL: text('a postgres:// or postgresql:// URL', (value) =>
    hasScheme(value, ['postgres:', 'postgresql:']),
  ).optional(),
  DATA_DIR: text('a folder', (value) => !value.includes('\0')).default('.data'),
  DM_RESP_URI: text(
    'an http:// or https:// URL without a fragment',
    (value) => hasScheme(value, ['http:', 'https:']) && new URL(value).hash === '',
  ).optional(),
  DM_SERVER_ID: text(
    `1 to ${MAX_SERVER_ID_OCTETS} octets without blanks, controls, colons and = & * +`,
    (value) => /^[^\s:=&*+\p{Cc}\p{Cs}]+$/u.test(value) && Buffer.byteLength(value) <= MAX_SERVER_ID_OCTETS,
  ).default('omadm'),
  MIN_AUTH: z.enum(CREDENTIAL_KINDS, { error: `one of ${CREDENTIAL_KINDS.join(', ')}` }).default('basic'),
  AUTH_SCOPE: z.enum(AUTH_SCOPES, { error: `one of ${AUTH_SCOPES.join(', ')}` }).default('session'),
  SMPP_URL: text('smpp://systemId:password@host:port, or ssmpp:// for TLS', isSmppUrl).optional(),
  PUSH_MAX_ATTEMPTS: wholeNumber(1, 1_000).default(8),
  PUSH_UNCERTAIN: z.enum(['resend', 'fail'], { error: 'resend or fail' }).default('resend'),
  RETRIGGER_AFTER: duration(1_000, 30 * UNIT_MS.d).default(15 * UNIT_MS.m),
  RETRIGGER_MAX: wholeNumber(0, 100).default(3),
  SECRET_KEY: text(`base64 of exactly ${SECRET_KEY_OCTETS} octets`, isSecretKey)
    .transform((value) => new Uint8Array(Buffer.from(value, 'base64')))
    .optional(),
  ADMIN_TOKEN: text('printable ASCII without blanks', (value) => /^[\x21-\x7e]{1,512}$/.test(value)).optional(),
  ADMIN_USER: text('1 to 64 letters, digits and . _ @ -, the first a letter or digit', (value) =>
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(value),
  ).default('admin'),
  ADMIN_PASSWORD: text('12 to 256 characters', (value) => value.length >= 12 && value.length <= 256).optional(),
  TLS_CERT_FILE: text('the path of a PEM file', (value) => !value.includes('\0')).optional(),
  TLS_KEY_FILE: text('the path of a PEM file', (value) => !value.includes('\0')).optional(),
  TLS_MIN_VERSION: z.enum(TLS_VERSIONS, { error: `one of ${TLS_VERSIONS.join(', ')}` }).default('TLSv1.2'),
  TLS_CLIENT_CA_FILE: text('the path of a PEM file', (value) => !value.includes('\0')).optional(),
  TRUSTED_PROXIES: text('addresses or CIDR ranges separated by commas, e.g. 10.0.0.0/8,::1', (value) =>
    listOf(value).every(isAddressRange),
  )
    .transform(listOf)
    .optional(),
  REQUIRE_HTTPS: yesOrNo().default(false),
  GZIP_REPLIES: yesOrNo().default(false),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  MAX_MESSAGE_BYTES: wholeNumber(1_024, 8 * 1_048_576).default(1_048_576),
  MAX_OBJ_SIZE: wholeNumber(1_024, 1_024 * 1_048_576).default(16 * 1_048_576),
  MAX_IMPORT_BYTES: wholeNumber(1_024, 16 * 1_024 * 1_048_576).default(1_024 * 1_048_576),
  MAX_UPLOAD_BYTES: wholeNumber(1_024, 64 * 1_048_576).default(5 * 1_048_576),
  CAMPAIGN_BACKLOG: wholeNumber(1, 10_000_000).default(5_000),
  DELIVERY_TTL: duration(60_000, 366 * UNIT_MS.d).default(7 * UNIT_MS.d),
  SESSION_SILENCE: duration(10_000, 7 * UNIT_MS.d).default(15 * UNIT_MS.m),
  WEBHOOK_PRIVATE_ADDRESSES: yesOrNo().default(false),
  RETAIN_SESSIONS: retention().default(30 * UNIT_MS.d),
  RETAIN_DELIVERIES: retention().default(180 * UNIT_MS.d),
  RETAIN_PUSHES: retention().default(90 * UNIT_MS.d),
  RETAIN_ALERTS: retention().default(90 * UNIT_MS.d),
  RETAIN_INCOMING: retention().default(30 * UNIT_MS.d),
  RETAIN_EVENTS: retention().default(90 * UNIT_MS.d),
  RETAIN_AUDIT: retention().default(365 * UNIT_MS.d),
  RETAIN_CAMPAIGNS: retention().default(365 * UNIT_MS.d),
});

/** Every variable that is read, in the order of `.env.example`. */
export const SETTING_NAMES: readonly string[] = Object.keys(SETTINGS.shape);

/** Looks closer at one setting than can be done here. Returns what is wrong, each without the value itself. */
export type SettingCheck = (value: string) => readonly string[];

/**
 * Reads the settings. Pure: looks at nothing but its arguments. A variable that is empty counts as not set.
 * @param checks by variable, for values in a form that an adapter defines
 * @throws ConfigError naming every fault at once
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  checks: Readonly<Record<string, SettingCheck>> = {},
): Config {
  const given: Record<string, string> = {};
  for (const name of SETTING_NAMES) {
    const value = env[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const parsed = SETTINGS.safeParse(given);
  const faults: ConfigFault[] = [];
  for (const issue of parsed.error?.issues ?? []) {
    const variable = String(issue.path[0]);
    if (faults.some((fault) => fault.variable === variable)) continue;
    const value = SECRETS.has(variable) ? undefined : given[variable];
    const expected = SECRETS.has(variable)
      ? `expected ${issue.message} (the value is not shown)`
      : `expected ${issue.message}`;
    faults.push({ variable, ...(value === undefined ? {} : { given: value }), expected });
  }
  faults.push(...faultsBetween(given));
  for (const [variable, check] of Object.entries(checks)) {
    const value = given[variable];
    if (value === undefined || faults.some((fault) => fault.variable === variable)) continue;
    faults.push(...check(value).map((expected) => ({ variable, expected })));
  }
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const settings = parsed.data;
  return {
    host: settings.HOST,
    port: settings.PORT,
    ...(settings.PUBLIC_URL === undefined ? {} : { publicUrl: settings.PUBLIC_URL }),
    ...(settings.DATABASE_URL === undefined ? {} : { databaseUrl: settings.DATABASE_URL }),
    dataDir: settings.DATA_DIR,
    ...(settings.DM_RESP_URI === undefined ? {} : { dmRespUri: settings.DM_RESP_URI }),
    dmServerId: settings.DM_SERVER_ID,
    minAuth: settings.MIN_AUTH,
    authScope: settings.AUTH_SCOPE,
    requireHttps: settings.REQUIRE_HTTPS,
    ...(settings.SMPP_URL === undefined ? {} : { smppUrl: settings.SMPP_URL }),
    pushMaxAttempts: settings.PUSH_MAX_ATTEMPTS,
    pushUncertain: settings.PUSH_UNCERTAIN,
    retriggerAfterMs: settings.RETRIGGER_AFTER,
    retriggerMax: settings.RETRIGGER_MAX,
    ...(settings.SECRET_KEY === undefined ? {} : { secretKey: settings.SECRET_KEY }),
    ...(settings.ADMIN_TOKEN === undefined ? {} : { adminToken: settings.ADMIN_TOKEN }),
    adminUser: settings.ADMIN_USER,
    ...(settings.ADMIN_PASSWORD === undefined ? {} : { adminPassword: settings.ADMIN_PASSWORD }),
    ...(settings.TLS_CERT_FILE === undefined || settings.TLS_KEY_FILE === undefined
      ? {}
      : {
          tls: {
            certFile: settings.TLS_CERT_FILE,
            keyFile: settings.TLS_KEY_FILE,
            minVersion: settings.TLS_MIN_VERSION,
            ...(settings.TLS_CLIENT_CA_FILE === undefined ? {} : { clientCaFile: settings.TLS_CLIENT_CA_FILE }),
          },
        }),
    trustedProxies: settings.TRUSTED_PROXIES ?? [],
    gzipReplies: settings.GZIP_REPLIES,
    logLevel: settings.LOG_LEVEL,
    maxMessageBytes: settings.MAX_MESSAGE_BYTES,
    maxObjectBytes: settings.MAX_OBJ_SIZE,
    maxUploadBytes: settings.MAX_UPLOAD_BYTES,
    maxImportBytes: settings.MAX_IMPORT_BYTES,
    deliveryTtlMs: settings.DELIVERY_TTL,
    campaignBacklog: settings.CAMPAIGN_BACKLOG,
    sessionSilenceMs: settings.SESSION_SILENCE,
    webhookPrivateAddresses: settings.WEBHOOK_PRIVATE_ADDRESSES,
    retainMs: limited({
      sessions: settings.RETAIN_SESSIONS,
      deliveries: settings.RETAIN_DELIVERIES,
      pushes: settings.RETAIN_PUSHES,
      alerts: settings.RETAIN_ALERTS,
      incoming: settings.RETAIN_INCOMING,
      events: settings.RETAIN_EVENTS,
      audit: settings.RETAIN_AUDIT,
      campaigns: settings.RETAIN_CAMPAIGNS,
    }),
  };
}

/** The URL devices call when `PUBLIC_URL` does not say: the listener's own. @param port the one really taken */
export function defaultPublicUrl(config: Pick<Config, 'host'> & { readonly tls?: object }, port: number): string {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `${config.tls === undefined ? 'http' : 'https'}://${host}:${port}`;
}

/** Settings that need one another. */
function faultsBetween(given: Readonly<Record<string, string>>): ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const [present, absent] of [
    ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
    ['TLS_KEY_FILE', 'TLS_CERT_FILE'],
    ['TLS_CLIENT_CA_FILE', 'TLS_CERT_FILE'],
    ['TLS_CLIENT_CA_FILE', 'TLS_KEY_FILE'],
  ] as const) {
    if (faults.some(({ variable }) => variable === absent)) continue;
    if (given[present] !== undefined && given[absent] === undefined) {
      faults.push({ variable: absent, expected: `not set; ${present} is, and one needs the other` });
    }
  }
  if (given.DATABASE_URL !== undefined && given.SECRET_KEY === undefined) {
    faults.push({
      variable: 'SECRET_KEY',
      expected: `not set; with DATABASE_URL it is needed: base64 of exactly ${SECRET_KEY_OCTETS} octets (make one with: openssl rand -base64 32)`,
    });
  }
  return faults;
}

function text(expected: string, isGood: (value: string) => boolean) {
  return z.string().refine(isGood, { error: expected });
}

function yesOrNo() {
  return z.enum(['true', 'false'], { error: 'true or false' }).transform((value) => value === 'true');
}

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .refine((value) => /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max, {
      error: `a whole number from ${min} to ${max}`,
      abort: true,
    })
    .transform(Number);
}

function duration(minMs: number, maxMs: number) {
  return z
    .string()
    .refine((value) => within(durationMs(value), minMs, maxMs), {
      error: `a duration from ${minMs / 1_000}s to ${maxMs / UNIT_MS.d}d: a whole number and s, m, h or d`,
      abort: true,
    })
    .transform((value) => durationMs(value) ?? minMs);
}

/** How long something is kept; infinite with `never`. */
function retention() {
  const [least, most] = [UNIT_MS.h, 36_600 * UNIT_MS.d];
  return z
    .string()
    .refine((value) => value === 'never' || within(durationMs(value), least, most), {
      error: `a duration from 1h to ${most / UNIT_MS.d}d (a whole number and s, m, h or d), or never`,
      abort: true,
    })
    .transform((value) => durationMs(value) ?? Number.POSITIVE_INFINITY);
}

/** Without those that are kept for ever. */
function limited(keepMs: Readonly<Record<Retained, number>>): Config['retainMs'] {
  return Object.fromEntries(Object.entries(keepMs).filter(([, ms]) => Number.isFinite(ms)));
}

function durationMs(value: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(value) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

function within(value: number | undefined, min: number, max: number): boolean {
  return value !== undefined && value >= min && value <= max;
}

function hasScheme(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}

function isPublicUrl(value: string): boolean {
  if (!hasScheme(value, ['http:', 'https:'])) return false;
  const url = new URL(value);
  return url.search === '' && url.hash === '' && url.username === '' && url.password === '';
}

function listOf(value: string): readonly string[] {
  return value.split(',').map((item) => item.trim());
}

function isAddressRange(value: string): boolean {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(value) ?? [];
  const bits = { 0: undefined, 4: 32, 6: 128 }[isIP(address)];
  return bits !== undefined && Number(prefix ?? 0) <= bits;
}

function isSmppUrl(value: string): boolean {
  return value.split(/,\s*(?=s?smpp:\/\/)/i).every((one) => {
    if (!hasScheme(one, ['smpp:', 'ssmpp:'])) return false;
    const url = new URL(one);
    return url.hostname !== '' && url.username !== '';
  });
}

function isSecretKey(value: string): boolean {
  const key = Buffer.from(value, 'base64');
  return key.length === SECRET_KEY_OCTETS && key.toString('base64') === value;
}

/** On one line, and not the whole of a long slip. */
function shown(value: string): string {
  return JSON.stringify(value.length <= 80 ? value : `${value.slice(0, 77)}…`);
}
