import type { components } from '../../api/schema.d.ts';
import type { SmsLink } from './queries.ts';

type NewLink = components['schemas']['NewLink'];
type LinkPatch = components['schemas']['LinkPatch'];

/** Numbers that hardly anybody changes. */
export const MORE_NUMBERS = [
  'destTon',
  'destNpi',
  'addressTon',
  'addressNpi',
  'esmClass',
  'registeredDelivery',
  'validitySeconds',
  'connectMs',
  'responseMs',
  'enquireMs',
  'enquireMisses',
  'backOffMs',
  'maxBackOffMs',
] as const;

const NUMBERS = [
  'port',
  'window',
  'ratePerSecond',
  'binds',
  'weight',
  'sourceTon',
  'sourceNpi',
  ...MORE_NUMBERS,
] as const;
const TEXTS = ['name', 'host', 'systemId', 'systemType', 'sourceAddr', 'serviceType', 'addressRange'] as const;

/** What stands among the settings that are folded away. */
export const MORE_FIELDS: readonly string[] = [
  'messageIds',
  'serviceType',
  'addressRange',
  'sourceTon',
  'sourceNpi',
  ...MORE_NUMBERS,
];

/** What the form holds: a number that is left empty is an empty text. */
export type LinkValues = Record<(typeof NUMBERS)[number], number | string> &
  Record<(typeof TEXTS)[number], string> & {
    password: string;
    prefixes: string;
    ca: string;
    tls: boolean;
    verify: boolean;
    enabled: boolean;
    bind: SmsLink['bind'];
    messageIds: SmsLink['messageIds'];
  };

/** Of a new link everything that is left empty is up to the server. */
export const EMPTY_VALUES: LinkValues = {
  ...(Object.fromEntries([...NUMBERS, ...TEXTS].map((name) => [name, ''])) as Record<
    (typeof NUMBERS)[number] | (typeof TEXTS)[number],
    string
  >),
  window: 50,
  ratePerSecond: 0,
  binds: 1,
  weight: 1,
  password: '',
  prefixes: '',
  ca: '',
  tls: false,
  verify: true,
  enabled: true,
  bind: 'transceiver',
  messageIds: 'auto',
};

export function valuesOf(link: SmsLink): LinkValues {
  const { sourceTon = '', sourceNpi = '', ca = '', prefixes } = link;
  const names = Object.keys(EMPTY_VALUES) as (keyof LinkValues & keyof SmsLink)[];
  return {
    ...EMPTY_VALUES,
    ...(Object.fromEntries(names.map((name) => [name, link[name]])) as Partial<LinkValues>),
    password: '',
    sourceTon,
    sourceNpi,
    ca,
    prefixes: prefixes.join(', '),
  };
}

export function newLinkOf(values: LinkValues): NewLink {
  const given = Object.entries(values).filter(([name, value]) => value !== '' || name === 'password');
  const required = { name: values.name, host: values.host, systemId: values.systemId };
  return {
    ...required,
    ...Object.fromEntries(given),
    ...(values.prefixes !== '' && { prefixes: listOf(values.prefixes) }),
  } as NewLink;
}

/** Only what is different, so that nothing else is overwritten. */
export function patchOf(values: LinkValues, before: LinkValues): LinkPatch {
  const changed = (Object.keys(values) as (keyof LinkValues)[]).filter((name) => values[name] !== before[name]);
  return Object.fromEntries(
    changed.map((name) => {
      if (name === 'prefixes') return [name, listOf(values.prefixes)];
      const canBeTaken = name === 'ca' || name === 'sourceTon' || name === 'sourceNpi';
      return [name, canBeTaken && values[name] === '' ? null : values[name]];
    }),
  );
}

function listOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((one) => one !== '');
}
