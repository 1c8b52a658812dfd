import {
  type DeviceFilter,
  FIELD_BY_NAME,
  FILTER_FIELDS,
  type FilterComparison,
  type FilterField,
  type FilterOperator,
  type FilterValue,
  filterFieldRow,
  MAX_FILTER_DEPTH,
  MAX_FILTER_LENGTH,
  MAX_WILDCARDS,
} from './device-filter.ts';
import { isAttributeKey } from './device-labels.ts';

/** A filter that cannot be read: where, and what was expected there. */
export class DeviceFilterError extends Error {
  override readonly name = 'DeviceFilterError';
  /** UTF-16 code units from the beginning, from 0; the text's length where it ends too early. */
  readonly position: number;
  readonly expected: string;

  constructor(position: number, expected: string, found: string) {
    super(`At position ${position}: expected ${expected}, found ${found}.`);
    this.position = position;
    this.expected = expected;
  }
}

/**
 * Reads a filter:
 *
 *     or         = and *( ( "," / " or " ) and )
 *     and        = constraint *( ( ";" / " and " ) constraint )
 *     constraint = "(" or ")" / field operator argument
 *     operator   = "==" / "!=" / "<" / "<=" / ">" / ">=" / "=lt=" / "=le=" / "=gt=" / "=ge=" / "=in=" / "=out=" / "=ex="
 *     argument   = value / "(" value *( "," value ) ")"       the latter for =in= and =out=
 *     value      = 1*( any but `"` `'` `(` `)` `;` `,` `=` `!` `~` `<` `>` and space ) / quoted
 *     quoted     = `"` … `"` / `'` … `'`
 *
 * `*` in a value is any text; `\` takes the next character literally, in quotes and outside. Space may stand between all of
 * these.
 * @throws DeviceFilterError
 */
export function parseDeviceFilter(text: string): DeviceFilter {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new DeviceFilterError(MAX_FILTER_LENGTH, `at most ${MAX_FILTER_LENGTH} characters`, `${text.length}`);
  }
  return new FilterReader(text).whole();
}

/** Longer ones first, so that none hides another. */
const OPERATORS: readonly (readonly [text: string, operator: FilterOperator])[] = [
  ['=out=', 'out'],
  ['=in=', 'in'],
  ['=ex=', 'ex'],
  ['=lt=', '<'],
  ['=le=', '<='],
  ['=gt=', '>'],
  ['=ge=', '>='],
  ['=eq=', '=='],
  ['=ne=', '!='],
  ['==', '=='],
  ['!=', '!='],
  ['<=', '<='],
  ['>=', '>='],
  ['<', '<'],
  ['>', '>'],
];
const KNOWN_OPERATORS = 'one of == != < <= > >= =lt= =le= =gt= =ge= =in= =out= =ex=';
const KNOWN_FIELDS = Object.keys(FILTER_FIELDS)
  .map((name) => (name === 'attributes' ? 'attributes.<key>' : name))
  .join(', ');

/** What cannot stand in a field or a bare value. */
const RESERVED = /["'();,=!~<>\s]/;
const WORD_END = /[\s(]/;

/** Text of a value, its wildcards told apart from stars that were meant. */
interface RawValue {
  readonly start: number;
  readonly parts: readonly string[];
}

class FilterReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): DeviceFilter {
    const filter = this.#junction('or', 0);
    this.#skipSpace();
    if (this.#at < this.#text.length) {
      if (this.#text[this.#at] === ')') this.#fail('the end, or a ( before');
      this.#fail('";", ",", "and", "or" or the end');
    }
    return filter;
  }

  #junction(kind: 'and' | 'or', depth: number): DeviceFilter {
    const part = (): DeviceFilter => (kind === 'or' ? this.#junction('and', depth) : this.#constraint(depth));
    const parts: DeviceFilter[] = [];
    do {
      const one = part();
      if (one.kind === kind) parts.push(...one.parts);
      else parts.push(one);
    } while (this.#takes(kind === 'or' ? ',' : ';', kind));
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind, parts };
  }

  /** Whether the sign or the word comes next; it is read then. */
  #takes(sign: string, word: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] === sign) {
      this.#at += 1;
      return true;
    }
    const end = this.#at + word.length;
    const isWord = this.#text.slice(this.#at, end).toLowerCase() === word && WORD_END.test(this.#text[end] ?? '');
    // A word needs something before it that ends what came before: space, a parenthesis, a quote.
    if (!isWord || !/[\s)"']/.test(this.#text[this.#at - 1] ?? '')) return false;
    this.#at = end;
    return true;
  }

  #constraint(depth: number): DeviceFilter {
    this.#skipSpace();
    if (this.#text[this.#at] !== '(') return this.#comparison();
    if (depth >= MAX_FILTER_DEPTH) this.#fail(`at most ${MAX_FILTER_DEPTH} parentheses within one another`);
    this.#at += 1;
    const inner = this.#junction('or', depth + 1);
    this.#skipSpace();
    if (this.#text[this.#at] !== ')') this.#fail('";", ",", "and", "or" or )');
    this.#at += 1;
    return inner;
  }

  #comparison(): FilterComparison {
    const field = this.#field();
    this.#skipSpace();
    const operatorAt = this.#at;
    const operator = this.#operator();
    this.#checkOperator(field, operator, operatorAt);
    this.#skipSpace();
    const read = (): FilterValue => this.#value(field, operator);
    return {
      kind: 'comparison',
      field,
      operator,
      values: operator === 'in' || operator === 'out' ? this.#list(read) : [read()],
    };
  }

  #field(): FilterField {
    const start = this.#at;
    while (this.#at < this.#text.length && !RESERVED.test(this.#text[this.#at] ?? '')) this.#at += 1;
    const written = this.#text.slice(start, this.#at);
    if (written === '') this.#fail('a field or (');
    const [, owner, key] = /^(attributes|attribute|attr)\.(.*)$/is.exec(written) ?? [];
    if (owner !== undefined && key !== undefined) {
      if (isAttributeKey(key)) return { name: 'attributes', key };
      this.#failAt(start + owner.length + 1, 'the key of an attribute: letters, digits, "_", "-" and "."', quoted(key));
    }
    const name = FIELD_BY_NAME.get(written.toLowerCase());
    if (name === 'attributes') this.#failAt(this.#at, 'a dot and the key of an attribute', this.#found());
    return name === undefined ? this.#failAt(start, `one of ${KNOWN_FIELDS}`, quoted(written)) : { name };
  }

  #operator(): FilterOperator {
    const found = OPERATORS.find(([sign]) => this.#text.startsWith(sign, this.#at));
    if (found === undefined) return this.#fail(KNOWN_OPERATORS);
    this.#at += found[0].length;
    return found[1];
  }

  #checkOperator({ name }: FilterField, operator: FilterOperator, at: number): void {
    const { kind } = filterFieldRow(name);
    const isOrder = ['<', '<=', '>', '>='].includes(operator);
    if (isOrder && kind !== 'id' && kind !== 'instant') {
      this.#failAt(at, `== != =in= =out= or =ex=, for ${name} has no order`, quoted(operator));
    }
    if ((operator === 'in' || operator === 'out') && (kind === 'instant' || kind === 'boolean')) {
      this.#failAt(at, `another operator for ${name}`, `=${operator}=`);
    }
  }

  #list(read: () => FilterValue): readonly FilterValue[] {
    if (this.#text[this.#at] !== '(') this.#fail('( and a list of values');
    this.#at += 1;
    const values: FilterValue[] = [];
    do {
      this.#skipSpace();
      values.push(read());
      this.#skipSpace();
    } while (this.#takesComma());
    if (this.#text[this.#at] !== ')') this.#fail('"," or )');
    this.#at += 1;
    return values;
  }

  #takesComma(): boolean {
    if (this.#text[this.#at] !== ',') return false;
    this.#at += 1;
    return true;
  }

  #value({ name }: FilterField, operator: FilterOperator): FilterValue {
    const { kind, choices } = filterFieldRow(name);
    const raw = this.#rawValue();
    const [text = ''] = raw.parts;
    const isPattern = raw.parts.length > 1;
    const shown = quoted(raw.parts.join('*'));
    if (operator === 'ex' || kind === 'boolean') {
      if (!isPattern && (text === 'true' || text === 'false')) return { kind: 'boolean', value: text === 'true' };
      return this.#failAt(raw.start, 'true or false', shown);
    }
    if (kind === 'instant') {
      const instant = isPattern ? undefined : instantOf(text);
      const wanted = 'an instant (2026-01-31T12:00:00Z, 2026-01-31) or a time from now (-7d, +12h, now)';
      return instant ?? this.#failAt(raw.start, wanted, shown);
    }
    if (isPattern) {
      if (kind === 'choice') this.#failAt(raw.start, `one of ${choices?.join(', ')}`, shown);
      const isOrder = operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
      if (isOrder) this.#failAt(raw.start, `a value without wildcards after ${operator}`, shown);
      if (raw.parts.length > MAX_WILDCARDS + 1) {
        this.#failAt(raw.start, `at most ${MAX_WILDCARDS} wildcards`, `${raw.parts.length - 1}`);
      }
      return { kind: 'pattern', parts: raw.parts };
    }
    if (choices !== undefined && !choices.includes(text)) {
      this.#failAt(raw.start, `one of ${choices.join(', ')}`, shown);
    }
    return { kind: 'text', text };
  }

  #rawValue(): RawValue {
    const start = this.#at;
    const quote = this.#text[start];
    const isQuoted = quote === '"' || quote === "'";
    if (isQuoted) this.#at += 1;
    const parts: string[] = [];
    let part = '';
    for (; ; this.#at += 1) {
      const char = this.#text[this.#at];
      if (char === undefined) {
        if (isQuoted) this.#fail(`the closing ${quote} of the value that begins at ${start}`);
        break;
      }
      if (isQuoted ? char === quote : RESERVED.test(char)) break;
      if (char === '\\') {
        this.#at += 1;
        if (this.#at >= this.#text.length) this.#fail('a character after \\');
        part += this.#storable();
      } else if (char === '*') {
        parts.push(part);
        part = '';
      } else part += this.#storable();
    }
    if (isQuoted) this.#at += 1;
    else if (this.#at === start) this.#fail('a value');
    // Stars side by side are one.
    return {
      start,
      parts: [...parts, part].filter((one, place, all) => one !== '' || place === 0 || place === all.length - 1),
    };
  }

  /** What no field can hold, and no database takes. */
  #storable(): string {
    const char = this.#text[this.#at] ?? '';
    const next = this.#text[this.#at + 1] ?? '';
    const before = this.#text[this.#at - 1] ?? '';
    const isBroken =
      (/[\ud800-\udbff]/.test(char) && !/[\udc00-\udfff]/.test(next)) ||
      (/[\udc00-\udfff]/.test(char) && !/[\ud800-\udbff]/.test(before));
    if (isBroken || /\p{Cc}/u.test(char)) this.#fail('no control characters and broken surrogate pairs');
    return char;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #found(): string {
    const rest = this.#text.slice(this.#at, this.#at + 16);
    return rest === '' ? 'the end' : quoted(rest);
  }

  #fail(expected: string): never {
    this.#failAt(this.#at, expected, this.#found());
  }

  #failAt(position: number, expected: string, found: string): never {
    throw new DeviceFilterError(position, expected, found);
  }
}

const MAX_SHOWN = 40;

/** Whole characters only, so that the message is text everywhere. */
function quoted(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return JSON.stringify(shown.replace(/\p{Cs}/gu, '\u{fffd}'));
}

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;
const RELATIVE = /^([+-])(\d{1,10})(s|m|h|d|w)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** Years of four digits, and a century from now: every sum of the two is an instant that is written the same everywhere. */
const [FIRST_INSTANT, LAST_INSTANT] = [Date.UTC(1000, 0), Date.UTC(9000, 0)];
const CENTURY_MS = 36_525 * 86_400_000;

function instantOf(text: string): FilterValue | undefined {
  if (text === 'now') return { kind: 'relative', ms: 0 };
  const [, sign, count, unit] = RELATIVE.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    const ms = Number(count) * (UNIT_MS[unit] ?? 0);
    if (ms > CENTURY_MS) return undefined;
    return { kind: 'relative', ms: sign === '-' && ms !== 0 ? -ms : ms };
  }
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  return ms >= FIRST_INSTANT && ms <= LAST_INSTANT && isDate(text.slice(0, 10)) ? { kind: 'instant', ms } : undefined;
}

/** JavaScript takes 30 February for 2 March. */
function isDate(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}
