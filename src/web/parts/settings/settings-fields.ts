import type { components } from '../../api/schema.d.ts';

export type OtaSettings = components['schemas']['OtaSettings'];
export type SectionName = Exclude<keyof OtaSettings, 'name'>;

type Draft = Readonly<Record<string, unknown>>;

/** A field of the form, named like the member of the settings that it is. */
export type SettingsField = {
  readonly name: string;
  readonly required?: true;
  /** Whether it is there, by what else stands in its section. */
  readonly when?: (section: Draft) => boolean;
} & (
  | { readonly kind: 'text' | 'secret' | 'number' | 'flag' | 'list' | 'parameters' }
  | { readonly kind: 'choice' | 'several'; readonly choices: readonly string[] }
  /** An object of its own: it is there when one of its fields is filled in. */
  | { readonly kind: 'group'; readonly fields: readonly SettingsField[] }
  /** A list of objects. */
  | { readonly kind: 'rows'; readonly fields: readonly SettingsField[] }
);

export interface Section {
  readonly name: SectionName;
  readonly fields: readonly SettingsField[];
  /** What stands in it when it is chosen. */
  readonly start: Draft;
  /** Whether the section itself is a list: of objects, or of long texts. */
  readonly listOf?: 'objects' | 'texts';
}

const name = { name: 'name', kind: 'text' } as const;
const username = { name: 'username', kind: 'text' } as const;
const password = { name: 'password', kind: 'secret' } as const;
const port = { name: 'port', kind: 'number' } as const;

const isPacket = ({ type }: Draft): boolean => type === 'packet';
const isCircuit = ({ type }: Draft): boolean => type === 'circuit';
const isRealProxy = ({ type }: Draft): boolean => type !== 'blank';

const CALL_SPEEDS = [
  'auto',
  '2400',
  '4800',
  '9600',
  '14400',
  '19200',
  '28800',
  '38400',
  '43200',
  '56000',
  '57600',
  '64000',
];
const MAIL_SECURITY = { name: 'security', kind: 'choice', choices: ['none', 'tls', 'starttls'] } as const;

/** Every section of the settings, in the order in which they are offered. */
export const SECTIONS: readonly Section[] = [
  {
    name: 'connection',
    start: { type: 'packet' },
    fields: [
      { name: 'type', kind: 'choice', choices: ['packet', 'circuit'], required: true },
      name,
      { name: 'apn', kind: 'text', required: true, when: isPacket },
      { name: 'number', kind: 'text', required: true, when: isCircuit },
      { name: 'callType', kind: 'choice', choices: ['analogue', 'isdn'], when: isCircuit },
      { name: 'speed', kind: 'choice', choices: CALL_SPEEDS, when: isCircuit },
      username,
      password,
      { name: 'auth', kind: 'choice', choices: ['PAP', 'CHAP', 'MS-CHAP'] },
      { name: 'dns', kind: 'list' },
      { name: 'lingerSeconds', kind: 'number' },
      { name: 'isDefault', kind: 'flag' },
    ],
  },
  {
    name: 'proxy',
    start: { type: 'http' },
    fields: [
      {
        name: 'type',
        kind: 'choice',
        choices: ['http', 'wsp', 'wsp-secure', 'wsp-connectionless', 'wsp-connectionless-secure', 'blank'],
        required: true,
      },
      { ...name, when: isRealProxy },
      { name: 'address', kind: 'text', required: true, when: isRealProxy },
      { ...port, when: isRealProxy },
      { ...username, when: isRealProxy },
      { ...password, when: isRealProxy },
      { name: 'homePage', kind: 'text', when: isRealProxy },
      { name: 'domains', kind: 'list', when: isRealProxy },
    ],
  },
  {
    name: 'browser',
    start: {},
    fields: [
      name,
      { name: 'homePage', kind: 'text' },
      {
        name: 'bookmarks',
        kind: 'rows',
        fields: [{ ...name, required: true }, { name: 'url', kind: 'text', required: true }, username, password],
      },
    ],
  },
  {
    name: 'mms',
    start: {},
    fields: [name, { name: 'url', kind: 'text', required: true }, { name: 'maxSize', kind: 'number' }],
  },
  {
    name: 'imps',
    start: {},
    fields: [
      name,
      { name: 'server', kind: 'text', required: true },
      { ...username, required: true },
      { ...password, required: true },
      { name: 'services', kind: 'several', choices: ['IM', 'PS', 'SG', 'SC'] },
      { name: 'clientIdPrefix', kind: 'text' },
    ],
  },
  {
    name: 'sync',
    start: { databases: [{}] },
    fields: [
      name,
      { name: 'server', kind: 'text', required: true },
      port,
      { ...username, required: true },
      { ...password, required: true },
      { name: 'auth', kind: 'choice', choices: ['BASIC', 'DIGEST'] },
      {
        name: 'databases',
        kind: 'rows',
        fields: [
          { name: 'uri', kind: 'text', required: true },
          { name: 'contentTypes', kind: 'list', required: true },
          name,
          { name: 'clientUri', kind: 'text' },
        ],
      },
    ],
  },
  {
    name: 'email',
    start: { incoming: { protocol: 'imap4' } },
    fields: [
      name,
      { name: 'address', kind: 'text', required: true },
      { name: 'displayName', kind: 'text' },
      { name: 'replyTo', kind: 'text' },
      {
        name: 'incoming',
        kind: 'group',
        fields: [
          { name: 'protocol', kind: 'choice', choices: ['pop3', 'imap4'], required: true },
          { name: 'host', kind: 'text', required: true },
          port,
          MAIL_SECURITY,
          { ...username, required: true },
          password,
          {
            name: 'auth',
            kind: 'choice',
            choices: ['PLAIN', 'LOGIN', 'APOP', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'KERBEROS_V4', 'SKEY'],
          },
        ],
      },
      {
        name: 'outgoing',
        kind: 'group',
        fields: [
          { name: 'host', kind: 'text', required: true },
          port,
          MAIL_SECURITY,
          username,
          password,
          {
            name: 'auth',
            kind: 'choice',
            choices: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'POPB4SMTP'],
          },
        ],
      },
    ],
  },
  {
    name: 'deviceManagement',
    start: {},
    fields: [
      name,
      { name: 'serverId', kind: 'text', required: true },
      { name: 'address', kind: 'text', required: true },
      port,
      { name: 'version', kind: 'choice', choices: ['1.1', '1.2'] },
      { name: 'auth', kind: 'choice', choices: ['basic', 'md5', 'hmac'] },
      { name: 'init', kind: 'choice', choices: ['yes', 'no'] },
      {
        name: 'client',
        kind: 'group',
        required: true,
        fields: [
          { ...username, required: true },
          { ...password, required: true },
          { name: 'nonce', kind: 'secret' },
        ],
      },
      {
        name: 'server',
        kind: 'group',
        required: true,
        fields: [
          { ...password, required: true },
          { name: 'nonce', kind: 'secret' },
        ],
      },
      {
        name: 'microsoft',
        kind: 'group',
        fields: [
          { name: 'role', kind: 'number' },
          {
            name: 'defaultEncoding',
            kind: 'choice',
            choices: ['application/vnd.syncml.dm+xml', 'application/vnd.syncml.dm+wbxml'],
          },
          { name: 'connectionRetries', kind: 'number' },
          { name: 'initialBackOffMs', kind: 'number' },
          { name: 'maxBackOffMs', kind: 'number' },
          { name: 'clientCertificate', kind: 'text' },
          { name: 'protocolVersion', kind: 'choice', choices: ['yes', 'no'] },
          { name: 'backwardRetryDisabled', kind: 'flag' },
          { name: 'useHardwareId', kind: 'flag' },
        ],
      },
    ],
  },
  {
    name: 'vendorConfigs',
    start: {},
    listOf: 'objects',
    fields: [
      { ...name, required: true },
      { name: 'parameters', kind: 'parameters' },
    ],
  },
  { name: 'clientIdentity', start: {}, fields: [{ name: 'clientId', kind: 'text', required: true }] },
  { name: 'rootCertificates', start: {}, listOf: 'texts', fields: [] },
];

/** What has to be filled in and is not, as paths in the form: `settings.mms.url`. */
export function missingFields(draft: Draft): readonly { readonly section: SectionName; readonly path: string }[] {
  return SECTIONS.flatMap(({ name: section, fields, listOf }) => {
    const given = draft[section];
    if (given === undefined) return [];
    const at = `settings.${section}`;
    const paths =
      listOf === undefined
        ? missingIn(given as Draft, fields, at)
        : (given as readonly unknown[]).flatMap((row, place) =>
            listOf === 'texts'
              ? row === ''
                ? [`${at}.${place}`]
                : []
              : missingIn(row as Draft, fields, `${at}.${place}`),
          );
    return paths.map((path) => ({ section, path }));
  });
}

function missingIn(draft: Draft, fields: readonly SettingsField[], at: string): readonly string[] {
  return fields.flatMap((field): readonly string[] => {
    if (field.when?.(draft) === false) return [];
    const path = `${at}.${field.name}`;
    const given = draft[field.name];
    if (field.kind === 'group') {
      return isFilled(field, given) || field.required === true
        ? missingIn((given ?? {}) as Draft, field.fields, path)
        : [];
    }
    if (field.kind === 'rows') {
      return ((given ?? []) as Draft[]).flatMap((row, place) => missingIn(row, field.fields, `${path}.${place}`));
    }
    return field.required === true && memberOf(field, given) === undefined ? [path] : [];
  });
}

/** Whether anybody has filled in something of a group: what the form has set by itself does not count. */
export function isFilled(field: SettingsField, given: unknown): boolean {
  if (field.kind !== 'group') return given !== undefined && given !== '';
  return Object.keys(objectOf((given ?? {}) as Draft, field.fields)).some((one) => one !== 'protocol');
}

/** A choice between yes and no stands for a flag that is true unless told. */
const YES_NO: Readonly<Record<string, boolean>> = { yes: true, no: false };

/** What the form holds, as settings: what is left empty is left out, and so is what the type of a section does not have. */
export function settingsOf(draft: Draft): OtaSettings {
  const settings: Record<string, unknown> = {};
  if (typeof draft['name'] === 'string' && draft['name'] !== '') settings['name'] = draft['name'];
  for (const { name: section, fields, listOf } of SECTIONS) {
    const given = draft[section];
    if (given === undefined) continue;
    if (listOf === 'texts') settings[section] = given;
    else if (listOf === 'objects') settings[section] = (given as Draft[]).map((one) => objectOf(one, fields));
    else settings[section] = objectOf(given as Draft, fields);
  }
  return settings as OtaSettings;
}

function objectOf(draft: Draft, fields: readonly SettingsField[]): Record<string, unknown> {
  const entries = fields.flatMap((field): [string, unknown][] => {
    if (field.when?.(draft) === false) return [];
    const value = memberOf(field, draft[field.name]);
    return value === undefined ? [] : [[field.name, value]];
  });
  return Object.fromEntries(entries);
}

function memberOf(field: SettingsField, given: unknown): unknown {
  if (field.kind === 'group') {
    return isFilled(field, given) || field.required === true
      ? objectOf((given as Draft | undefined) ?? {}, field.fields)
      : undefined;
  }
  if (given === undefined || given === null || given === '' || given === false) return undefined;
  switch (field.kind) {
    case 'list': {
      const list = (given as string).split(/[\s,;]+/).filter((one) => one !== '');
      return list.length === 0 ? undefined : list;
    }
    case 'several':
      return (given as string[]).length === 0 ? undefined : given;
    case 'rows':
      return (given as Draft[]).length === 0 ? undefined : (given as Draft[]).map((one) => objectOf(one, field.fields));
    case 'parameters':
      return parametersOf(given as string);
    case 'choice':
      if (field.name === 'speed') return given === 'auto' ? given : Number(given);
      return YES_NO[given as string] ?? given;
    default:
      return given;
  }
}

function parametersOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.indexOf('=');
      return end < 0 ? [line.trim(), ''] : [line.slice(0, end).trim(), line.slice(end + 1).trim()];
    }),
  );
}
