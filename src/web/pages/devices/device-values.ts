import type { components } from '../../api/schema.d.ts';
import type { Device } from './queries.ts';

type DevicePatch = components['schemas']['DevicePatch'];

/** What is typed of a device; the account has a form of its own. */
export interface DeviceValues {
  readonly msisdn: string;
  readonly imsi: string;
  readonly timeZone: string | null;
  readonly tags: string[];
  readonly attributes: AttributeRow[];
}

export interface AttributeRow {
  readonly name: string;
  readonly value: string;
}

type Attributes = Readonly<Record<string, string>>;

export function valuesOf(device: Pick<Device, 'msisdn' | 'imsi' | 'timeZone' | 'tags' | 'attributes'>): DeviceValues {
  const { msisdn = '', imsi = '', timeZone = null, tags, attributes } = device;
  return { msisdn, imsi, timeZone, tags: [...tags], attributes: rowsOf(attributes) };
}

function rowsOf(attributes: Attributes): AttributeRow[] {
  return Object.entries(attributes)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function recordOf(rows: readonly AttributeRow[]): Attributes {
  return Object.fromEntries(rows.filter(({ name }) => name !== '').map(({ name, value }) => [name, value]));
}

/** What makes of the one what the other is; nothing that is the same in both. */
export function patchBetween(was: DeviceValues, is: DeviceValues): DevicePatch {
  const [before, after] = [recordOf(was.attributes), recordOf(is.attributes)];
  const attributes: Record<string, string | null> = {};
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) attributes[name] = null;
  for (const [name, value] of Object.entries(after)) if (before[name] !== value) attributes[name] = value;
  return {
    ...(was.msisdn !== is.msisdn && { msisdn: is.msisdn === '' ? null : is.msisdn }),
    ...(was.imsi !== is.imsi && { imsi: is.imsi === '' ? null : is.imsi }),
    ...(was.timeZone !== is.timeZone && { timeZone: is.timeZone }),
    ...(!isSameSet(was.tags, is.tags) && { tags: is.tags }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join('\n') === [...other].sort().join('\n');
}

/** What is there now, with what was changed between `was` and `mine` on top of it. */
export function mergedValues(was: DeviceValues, mine: DeviceValues, now: DeviceValues): DeviceValues {
  const pick = <K extends 'msisdn' | 'imsi' | 'timeZone'>(name: K) => (mine[name] === was[name] ? now : mine)[name];
  const [before, after] = [recordOf(was.attributes), { ...recordOf(now.attributes) }];
  for (const [name, value] of Object.entries(recordOf(mine.attributes)))
    if (before[name] !== value) after[name] = value;
  for (const name of Object.keys(before)) if (!mine.attributes.some((row) => row.name === name)) delete after[name];
  return {
    msisdn: pick('msisdn'),
    imsi: pick('imsi'),
    timeZone: pick('timeZone'),
    tags: [
      ...now.tags.filter((tag) => mine.tags.includes(tag) || !was.tags.includes(tag)),
      ...mine.tags.filter((tag) => !now.tags.includes(tag) && !was.tags.includes(tag)),
    ],
    attributes: rowsOf(after),
  };
}

/** One field in which two states differ, in words. */
export interface Difference {
  readonly field: keyof DeviceValues | 'account';
  /** Of an attribute. */
  readonly name?: string;
  readonly was: string;
  readonly now: string;
}

/** Empty when they differ in nothing that is shown, the credentials say. */
export function differencesBetween(was: DeviceValues, now: DeviceValues): readonly Difference[] {
  const differences: Difference[] = [];
  for (const field of ['msisdn', 'imsi', 'timeZone'] as const) {
    if (was[field] !== now[field]) differences.push({ field, was: was[field] ?? '', now: now[field] ?? '' });
  }
  if (!isSameSet(was.tags, now.tags)) {
    differences.push({ field: 'tags', was: was.tags.join(', '), now: now.tags.join(', ') });
  }
  const [before, after] = [recordOf(was.attributes), recordOf(now.attributes)];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[name] === after[name]) continue;
    differences.push({ field: 'attributes', name, was: before[name] ?? '', now: after[name] ?? '' });
  }
  return differences;
}
