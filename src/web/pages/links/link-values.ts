import type { components } from '../../api/schema.d.ts';

type NewLink = components['schemas']['NewLink'];
type LinkPatch = components['schemas']['LinkPatch'];
export type SmsLink = components['schemas']['Link'];

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

/** How numbers that begin so are written for the SMS centre; a number that is left empty is an empty text. */
export interface RuleValues {
  prefix: string;
  ton: number | string;
  npi: number | string;
  strip: number | string;
  prepend: string;
}

/** Numbers of countries, as most SMS centres want them: international, ISDN. */
export const NEW_RULE: RuleValues = { prefix: '', ton: 1, npi: 1, strip: 0, prepend: '' };

/** What the form holds: a number that is left empty is an empty text. */
export type LinkValues = Record<(typeof NUMBERS)[number], number | string> &
  Record<(typeof TEXTS)[number], string> & {
    password: string;
    prefixes: string;
    destRules: RuleValues[];
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
  destRules: [],
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
    destRules: link.destRules.map((rule) => ({ ...rule })),
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
  return Object.fromEntries(
    changedOf(values, before).map((name) => {
      if (name === 'prefixes') return [name, listOf(values.prefixes)];
      const canBeTaken = name === 'ca' || name === 'sourceTon' || name === 'sourceNpi';
      return [name, canBeTaken && values[name] === '' ? null : values[name]];
    }),
  );
}

export interface MergedValues {
  readonly values: LinkValues;
  /** What both have changed, and differently: the form has kept what was typed. */
  readonly clashes: readonly (keyof LinkValues)[];
}

/**
 * A form on a link that somebody else has changed meanwhile: what was typed stays, everything else is as it is now.
 * @param before as the form was filled
 */
export function mergeValues(typed: LinkValues, before: LinkValues, now: LinkValues): MergedValues {
  const mine = changedOf(typed, before);
  const theirs = new Set(changedOf(now, before));
  return {
    values: { ...now, ...Object.fromEntries(mine.map((name) => [name, typed[name]])) },
    clashes: mine.filter((name) => theirs.has(name) && changedOf(typed, now).includes(name)),
  };
}

function changedOf(values: LinkValues, before: LinkValues): (keyof LinkValues)[] {
  const names = Object.keys(values) as (keyof LinkValues)[];
  return names.filter((name) => JSON.stringify(values[name]) !== JSON.stringify(before[name]));
}

function listOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((one) => one !== '');
}
