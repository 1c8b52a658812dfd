import type { DeviceFilter, FilterOperator, FilterValue } from './device-filter.ts';

const SIGNS: Readonly<Record<FilterOperator, string>> = {
  '==': '==',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  in: '=in=',
  out: '=out=',
  ex: '=ex=',
};

/** The filter as text in one way of many; it is read back as the same filter. */
export function printDeviceFilter(filter: DeviceFilter): string {
  if (filter.kind === 'comparison') {
    const { field, operator, values } = filter;
    const name = field.key === undefined ? field.name : `${field.name}.${field.key}`;
    const printed = values.map(printValue).join(',');
    return `${name}${SIGNS[operator]}${operator === 'in' || operator === 'out' ? `(${printed})` : printed}`;
  }
  // Of the two "and" binds closer.
  return filter.parts
    .map((part) =>
      filter.kind === 'and' && part.kind === 'or' ? `(${printDeviceFilter(part)})` : printDeviceFilter(part),
    )
    .join(filter.kind === 'and' ? ';' : ',');
}

function printValue(value: FilterValue): string {
  switch (value.kind) {
    case 'text':
      return quotedWhereNeeded(value.text === '' ? '' : escaped(value.text));
    case 'pattern':
      return quotedWhereNeeded(value.parts.map(escaped).join('*'));
    case 'instant':
      return new Date(value.ms).toISOString();
    case 'relative':
      return printRelative(value.ms);
    case 'boolean':
      return String(value.value);
  }
}

function escaped(text: string): string {
  return text.replace(/[\\*"]/g, '\\$&');
}

function quotedWhereNeeded(text: string): string {
  return text === '' || /["'();,=!~<>\s]/.test(text) ? `"${text}"` : text;
}

const UNITS = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

function printRelative(ms: number): string {
  if (ms === 0) return 'now';
  const [unit, unitMs] = UNITS.find(([, one]) => ms % one === 0) ?? ['s', 1_000];
  return `${ms < 0 ? '-' : '+'}${Math.abs(ms) / unitMs}${unit}`;
}
