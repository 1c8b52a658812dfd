import type { Device } from './device.ts';
import type { DeviceFilter, FilterComparison, FilterField, FilterValue } from './device-filter.ts';
import { compareCodePoints } from './device-labels.ts';

/** Of a device what filters look at. */
export type FilterableDevice = Pick<
  Device,
  | 'deviceId'
  | 'msisdn'
  | 'imsi'
  | 'devInfo'
  | 'tags'
  | 'attributes'
  | 'timeZone'
  | 'auth'
  | 'hasAccount'
  | 'bootstrap'
  | 'createdAt'
  | 'updatedAt'
  | 'lastSeenAt'
>;

/** What the filter says of a device; the meaning that the database's conditions are held to. */
export function matchesDeviceFilter(filter: DeviceFilter, device: FilterableDevice, now: Date): boolean {
  if (filter.kind !== 'comparison') {
    const matches = (part: DeviceFilter): boolean => matchesDeviceFilter(part, device, now);
    return filter.kind === 'and' ? filter.parts.every(matches) : filter.parts.some(matches);
  }
  return compares(filter, fieldOf(filter.field, device), now);
}

type Field = string | number | boolean | readonly string[] | undefined;

function compares({ operator, values }: FilterComparison, field: Field, now: Date): boolean {
  const [value] = values;
  const has = (): boolean => values.some((one) => isValue(one, field, now));
  switch (operator) {
    case '==':
    case 'in':
      return has();
    case '!=':
    case 'out':
      return !has();
    case 'ex':
      return (
        (Array.isArray(field) ? field.length > 0 : field !== undefined) === (value?.kind === 'boolean' && value.value)
      );
    default: {
      const order = value === undefined ? undefined : orderOf(field, value, now);
      if (order === undefined) return false;
      if (operator === '<') return order < 0;
      if (operator === '<=') return order <= 0;
      return operator === '>' ? order > 0 : order >= 0;
    }
  }
}

function isValue(value: FilterValue, field: Field, now: Date): boolean {
  if (Array.isArray(field)) return field.some((one: string) => isValue(value, one, now));
  switch (value.kind) {
    case 'text':
      return field === value.text;
    case 'pattern':
      return typeof field === 'string' && fitsPattern(field, value.parts);
    case 'boolean':
      return field === value.value;
    default:
      return orderOf(field, value, now) === 0;
  }
}

/** Each part is looked for behind the one before: the earliest place is as good as any. */
function fitsPattern(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= text.length;
}

/** Negative: the field is less. Undefined: they have no order. */
function orderOf(field: Field, value: FilterValue, now: Date): number | undefined {
  if (value.kind === 'text') return typeof field === 'string' ? compareCodePoints(field, value.text) : undefined;
  if (typeof field !== 'number') return undefined;
  if (value.kind === 'instant') return field - value.ms;
  return value.kind === 'relative' ? field - (now.getTime() + value.ms) : undefined;
}

function fieldOf({ name, key }: FilterField, device: FilterableDevice): Field {
  const { devInfo } = device;
  switch (name) {
    case 'deviceId':
    case 'msisdn':
    case 'imsi':
    case 'auth':
    case 'hasAccount':
    case 'tags':
    case 'timeZone':
      return device[name];
    case 'man':
    case 'mod':
    case 'lang':
      return devInfo[name];
    case 'fwv':
      return devInfo.fwV;
    case 'dmv':
      return devInfo.dmV;
    case 'attributes':
      return key !== undefined && Object.hasOwn(device.attributes, key) ? device.attributes[key] : undefined;
    case 'bootstrapState':
      return device.bootstrap.state;
    case 'createdAt':
    case 'updatedAt':
    case 'lastSeenAt':
      return device[name]?.getTime();
  }
}
