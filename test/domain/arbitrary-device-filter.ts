import fc from 'fast-check';
import {
  type DeviceFilter,
  FILTER_FIELDS,
  type FilterComparison,
  type FilterFieldName,
  type FilterOperator,
  type FilterValue,
  filterFieldRow,
} from '../../src/domain/device-filter.ts';

/** Few letters, so that filters and devices meet; with what has a meaning in SQL, LIKE, JSON and the language itself. */
const LETTERS = [
  'a',
  'b',
  'A',
  '%',
  '_',
  '\\',
  '*',
  '"',
  "'",
  ' ',
  ',',
  ';',
  '(',
  ')',
  '$',
  '{',
  'ü',
  '\u{1f4f1}',
  '\uffee',
];
export const SMALL_TEXTS = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 4 });
export const SMALL_TAGS = fc.constantFrom('a', 'ab', 'a%b', 'a_b', 'ü', 'a"b', '{a}', 'null', 'NULL');
export const SMALL_KEYS = fc.constantFrom('a', 'A', 'a.b', '0', 'constructor');
/** Around which all instants lie. */
export const NOW = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;
export const SMALL_INSTANTS = fc.integer({ min: -3, max: 3 }).map((hours) => NOW + hours * HOUR);

const names = Object.keys(FILTER_FIELDS) as FilterFieldName[];
const text = (texts: fc.Arbitrary<string>): fc.Arbitrary<FilterValue> =>
  texts.map((one) => ({ kind: 'text', text: one }));
const pattern: fc.Arbitrary<FilterValue> = fc
  .tuple(
    SMALL_TEXTS,
    fc.array(
      SMALL_TEXTS.filter((one) => one !== ''),
      { maxLength: 2 },
    ),
    SMALL_TEXTS,
  )
  .map(([first, middle, last]) => ({ kind: 'pattern', parts: [first, ...middle, last] }));
const instant: fc.Arbitrary<FilterValue> = fc.oneof(
  SMALL_INSTANTS.map((ms) => ({ kind: 'instant' as const, ms })),
  fc.integer({ min: -3, max: 3 }).map((hours) => ({ kind: 'relative' as const, ms: hours * HOUR || 0 })),
);
const boolean: fc.Arbitrary<FilterValue> = fc.boolean().map((value) => ({ kind: 'boolean', value }));

const comparison: fc.Arbitrary<FilterComparison> = fc.constantFrom(...names).chain((name) => {
  const { kind, choices } = filterFieldRow(name);
  const hasOrder = kind === 'id' || kind === 'instant';
  const hasLists = kind !== 'instant' && kind !== 'boolean';
  const operators: FilterOperator[] = ['==', '!=', 'ex'];
  if (hasOrder) operators.push('<', '<=', '>', '>=');
  if (hasLists) operators.push('in', 'out');
  const plain =
    kind === 'set' ? text(SMALL_TAGS) : choices !== undefined ? text(fc.constantFrom(...choices)) : text(SMALL_TEXTS);
  return fc.constantFrom(...operators).chain((operator) => {
    const isOrder = ['<', '<=', '>', '>='].includes(operator);
    const one =
      operator === 'ex' || kind === 'boolean'
        ? boolean
        : kind === 'instant'
          ? instant
          : isOrder || kind === 'choice'
            ? plain
            : fc.oneof(plain, pattern);
    return fc.record({
      kind: fc.constant('comparison' as const),
      field: name === 'attributes' ? fc.record({ name: fc.constant(name), key: SMALL_KEYS }) : fc.constant({ name }),
      operator: fc.constant(operator),
      values: operator === 'in' || operator === 'out' ? fc.array(one, { minLength: 1, maxLength: 3 }) : fc.tuple(one),
    });
  });
});

const junction = (part: fc.Arbitrary<DeviceFilter>): fc.Arbitrary<DeviceFilter> =>
  fc.tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(part, { minLength: 2, maxLength: 3 })).map(
    ([kind, parts]): DeviceFilter => ({
      kind,
      parts: parts.flatMap((one): readonly DeviceFilter[] => (one.kind === kind ? one.parts : [one])),
    }),
  );

/** Any filter in its canonical form. */
export const FILTERS: fc.Arbitrary<DeviceFilter> = fc.letrec<{ filter: DeviceFilter }>((tie) => ({
  filter: fc.oneof({ depthSize: 'small', withCrossShrink: true }, comparison, junction(tie('filter'))),
})).filter;
