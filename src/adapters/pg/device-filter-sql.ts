import type {
  DeviceFilter,
  FilterComparison,
  FilterField,
  FilterFieldName,
  FilterOperator,
  FilterValue,
} from '../../domain/device-filter.ts';

/** Binds a value and gives its place, e.g. `$3`. */
export type Bind = (value: unknown) => string;

/**
 * The filter as a condition over the table `device`, which the query calls `d`. Everything a caller wrote is bound, and
 * nothing of it is in the text. It is true where `matchesDeviceFilter` is; where it is not, it is false or null.
 *
 * Not for prepared statements with a name: whether an index serves depends on the values.
 * @param now what times from now count from; the database's clock has no part in it
 */
export function deviceFilterSql(filter: DeviceFilter, bind: Bind, now: Date): string {
  if (filter.kind === 'comparison') return comparisonSql(filter, bind, now);
  const parts = filter.parts.map((part) => deviceFilterSql(part, bind, now));
  return `(${parts.join(filter.kind === 'and' ? ' AND ' : ' OR ')})`;
}

const TEXT_COLUMNS: Readonly<Partial<Record<FilterFieldName, string>>> = {
  deviceId: 'd.device_id',
  msisdn: 'd.msisdn',
  imsi: 'd.imsi',
  man: 'd.info_man',
  mod: 'd.info_mod',
  fwv: 'd.info_fwv',
  dmv: 'd.info_dmv',
  lang: 'd.info_lang',
  timeZone: 'd.time_zone',
  auth: 'd.auth',
  bootstrapState: 'd.bootstrap_state',
};
const INSTANT_COLUMNS: Readonly<Partial<Record<FilterFieldName, string>>> = {
  createdAt: 'd.created_at',
  updatedAt: 'd.updated_at',
  lastSeenAt: 'd.last_seen_at',
};

function comparisonSql({ field, operator, values }: FilterComparison, bind: Bind, now: Date): string {
  switch (operator) {
    case '==':
    case 'in':
      return hasSql(field, values, bind, now);
    case '!=':
    case 'out':
      // What is not known is not true either.
      return `(${hasSql(field, values, bind, now)} IS NOT TRUE)`;
    case 'ex':
      return existsSql(field, values[0]?.kind === 'boolean' && values[0].value, bind);
    default:
      return orderSql(field, operator, values[0], bind, now);
  }
}

/** Whether the field has one of the values. */
function hasSql(field: FilterField, values: readonly FilterValue[], bind: Bind, now: Date): string {
  const { name, key } = field;
  const [value] = values;
  if (value?.kind === 'boolean') return `(d.has_account IS ${value.value ? 'TRUE' : 'FALSE'})`;
  const instant = INSTANT_COLUMNS[name];
  if (instant !== undefined) {
    const bound = instantSql(value, bind, now);
    return name === 'lastSeenAt' ? `(${instant} = ${bound} AND ${minuteSql('=', bound)})` : `(${instant} = ${bound})`;
  }
  const texts = values.flatMap((one) => (one.kind === 'text' ? [one.text] : []));
  const patterns = values.flatMap((one) => (one.kind === 'pattern' ? [likePattern(one.parts)] : []));
  const ways: string[] = [];
  if (name === 'tags') {
    if (texts.length === 1) ways.push(`d.tags @> ${bind(texts)}::text[]`);
    else if (texts.length > 1) ways.push(`d.tags && ${bind(texts)}::text[]`);
    if (patterns.length > 0) {
      ways.push(`EXISTS (SELECT FROM unnest(d.tags) AS t(tag) WHERE t.tag LIKE ANY (${bind(patterns)}::text[]))`);
    }
  } else if (name === 'attributes' && key !== undefined) {
    for (const text of texts) ways.push(`d.attributes @> ${bind(JSON.stringify({ [key]: text }))}::jsonb`);
    if (patterns.length > 0) {
      ways.push(`d.attributes->>${bind(key)}::text LIKE ANY (${bind(patterns)}::text[])`);
    }
  } else {
    const column = textColumn(name);
    if (texts.length === 1) ways.push(`${column} = ${bind(texts[0])}::text`);
    else if (texts.length > 1) ways.push(`${column} = ANY (${bind(texts)}::text[])`);
    // One by one: of a list of patterns no index is used.
    for (const pattern of patterns) ways.push(`${column} LIKE ${bind(pattern)}::text`);
  }
  return `(${ways.join(' OR ')})`;
}

function existsSql({ name, key }: FilterField, wanted: boolean, bind: Bind): string {
  const not = wanted ? '' : 'NOT ';
  if (name === 'tags') return `(${not}(d.tags <> '{}'))`;
  if (name === 'hasAccount') return wanted ? 'true' : 'false';
  const value =
    name === 'attributes' ? `(d.attributes->>${bind(key)}::text)` : (INSTANT_COLUMNS[name] ?? textColumn(name));
  return `(${value} IS ${wanted ? 'NOT ' : ''}NULL)`;
}

function orderSql(
  { name }: FilterField,
  operator: FilterOperator,
  value: FilterValue | undefined,
  bind: Bind,
  now: Date,
): string {
  const instant = INSTANT_COLUMNS[name];
  const column = instant ?? textColumn(name);
  const bound =
    instant === undefined ? `${bind(value?.kind === 'text' ? value.text : '')}::text` : instantSql(value, bind, now);
  const condition = `${column} ${operator} ${bound}`;
  return name === 'lastSeenAt' ? `(${condition} AND ${minuteSql(operator, bound)})` : `(${condition})`;
}

/** What is sorted and looked up by is the minute; it says less than the instant, and the same at its limits. */
function minuteSql(operator: FilterOperator | '=', instant: string): string {
  const way = operator.startsWith('<') ? '<=' : operator.startsWith('>') ? '>=' : '=';
  return `d.last_seen_minute ${way} date_trunc('minute', ${instant} AT TIME ZONE 'UTC')`;
}

function textColumn(name: FilterFieldName): string {
  const column = TEXT_COLUMNS[name];
  if (column === undefined) throw new Error(`${name} is no text`);
  return column;
}

function instantSql(value: FilterValue | undefined, bind: Bind, now: Date): string {
  const ms = value?.kind === 'relative' ? now.getTime() + value.ms : value?.kind === 'instant' ? value.ms : 0;
  return `${bind(new Date(ms).toISOString())}::timestamptz`;
}

function likePattern(parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[\\%_]/g, '\\$&')).join('%');
}
