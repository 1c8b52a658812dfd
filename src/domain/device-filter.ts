/**
 * Which devices: a condition over what is kept of a device. Written as text it is RSQL (a superset of FIQL, the draft
 * draft-nottingham-atompub-fiql-00): `model==X;tags=in=(a,b);lastSeenAt<2026-01-01T00:00:00Z`.
 *
 * Canonical: a junction has two parts or more, none of its own kind; {@link parseDeviceFilter} makes nothing else.
 */
export type DeviceFilter = FilterJunction | FilterComparison;

export interface FilterJunction {
  readonly kind: 'and' | 'or';
  readonly parts: readonly DeviceFilter[];
}

/**
 * - `==` `in`: the field has (one of) the values. `!=` `out`: it does not, also where it has none at all.
 * - `<` `<=` `>` `>=`: false where the field has no value.
 * - `ex`: whether the field has a value.
 *
 * All but `in` and `out` have one value.
 */
export interface FilterComparison {
  readonly kind: 'comparison';
  readonly field: FilterField;
  readonly operator: FilterOperator;
  readonly values: readonly FilterValue[];
}

export const FILTER_OPERATORS = ['==', '!=', '<', '<=', '>', '>=', 'in', 'out', 'ex'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** `key`: of an attribute, and only there. */
export interface FilterField {
  readonly name: FilterFieldName;
  readonly key?: string;
}

export type FilterValue =
  | { readonly kind: 'text'; readonly text: string }
  /** What stands between the wildcards, each of which is any text: two parts or more, parts may be empty. */
  | { readonly kind: 'pattern'; readonly parts: readonly string[] }
  /** Milliseconds since 1970. */
  | { readonly kind: 'instant'; readonly ms: number }
  /** Milliseconds from now; negative is the past. */
  | { readonly kind: 'relative'; readonly ms: number }
  | { readonly kind: 'boolean'; readonly value: boolean };

/**
 * - `text`: equality and wildcards; `id`: text that has an order too, that of code points
 * - `choice`: one of a few words; `instant`, `boolean`; `set`: of texts, of which any may be meant
 */
export type FilterFieldKind = 'text' | 'id' | 'choice' | 'instant' | 'boolean' | 'set';

interface FieldRow {
  readonly kind: FilterFieldKind;
  /** Other names, as people and other servers call it. Names are looked up without regard to case. */
  readonly aliases: readonly string[];
  readonly choices?: readonly string[];
}

/** What can be asked for. `attributes` is followed by a dot and the key. */
export const FILTER_FIELDS = {
  deviceId: { kind: 'id', aliases: ['id', 'controllerId'] },
  msisdn: { kind: 'id', aliases: [] },
  imsi: { kind: 'id', aliases: [] },
  man: { kind: 'text', aliases: ['manufacturer', 'devInfo.man'] },
  mod: { kind: 'text', aliases: ['model', 'devInfo.mod'] },
  fwv: { kind: 'text', aliases: ['firmware', 'firmwareVersion', 'devInfo.fwV'] },
  dmv: { kind: 'text', aliases: ['dmVersion', 'devInfo.dmV'] },
  lang: { kind: 'text', aliases: ['language', 'devInfo.lang'] },
  tags: { kind: 'set', aliases: ['tag'] },
  attributes: { kind: 'text', aliases: ['attribute', 'attr'] },
  timeZone: { kind: 'text', aliases: ['tz'] },
  auth: { kind: 'choice', aliases: ['dm.auth'], choices: ['basic', 'md5', 'hmac'] },
  hasAccount: { kind: 'boolean', aliases: [] },
  bootstrapState: { kind: 'choice', aliases: ['bootstrap', 'bootstrap.state'], choices: ['none', 'pending', 'done'] },
  createdAt: { kind: 'instant', aliases: ['created'] },
  updatedAt: { kind: 'instant', aliases: ['updated'] },
  lastSeenAt: { kind: 'instant', aliases: ['lastSeen', 'seen'] },
} as const satisfies Record<string, FieldRow>;
export type FilterFieldName = keyof typeof FILTER_FIELDS;

/** By name and alias in small letters. */
export const FIELD_BY_NAME: ReadonlyMap<string, FilterFieldName> = new Map(
  Object.entries(FILTER_FIELDS).flatMap(([name, { aliases }]) =>
    [name, ...aliases].map((alias) => [alias.toLowerCase(), name as FilterFieldName] as const),
  ),
);

export function filterFieldRow(name: FilterFieldName): FieldRow {
  return FILTER_FIELDS[name];
}

/** UTF-16 code units of a filter's text at most. */
export const MAX_FILTER_LENGTH = 8_192;
/** Parentheses within one another at most. */
export const MAX_FILTER_DEPTH = 32;
/** Wildcards of one value at most: each may make the search through a text one step longer everywhere. */
export const MAX_WILDCARDS = 8;

/** Both have to hold. Absent: no condition. */
export function bothFilters(a: DeviceFilter | undefined, b: DeviceFilter | undefined): DeviceFilter | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const partsOf = (one: DeviceFilter): readonly DeviceFilter[] => (one.kind === 'and' ? one.parts : [one]);
  return { kind: 'and', parts: [...partsOf(a), ...partsOf(b)] };
}
