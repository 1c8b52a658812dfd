/** The values of Format (OMA-TS-DM_TND-V1_2_1, 7.7.2; `b64` in transport only, OMA-SyncML-MetaInfo). */
export const DATA_FORMATS = [
  'b64',
  'bin',
  'bool',
  'chr',
  'int',
  'node',
  'null',
  'xml',
  'date',
  'time',
  'float',
] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

export function isDataFormat(format: string): format is DataFormat {
  return (DATA_FORMATS as readonly string[]).includes(format);
}

/** Formats whose values are never empty: an Add or Replace of such a node without Data is a slip. */
export function needsData(format: DataFormat): boolean {
  return format in SHAPES;
}

/** Values of these formats have no blanks that could matter; blanks around them come from indented XML. */
const SHAPES: Partial<Readonly<Record<DataFormat, { readonly pattern: RegExp; readonly is: string }>>> = {
  bool: { pattern: /^(?:true|false)$/, is: '"true" or "false"' },
  int: { pattern: /^[+-]?\d+$/, is: 'a whole decimal number' },
  float: { pattern: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/, is: 'a decimal number' },
  date: { pattern: /^\d{4}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])$/, is: 'a date of ISO 8601, e.g. 2004-02-29' },
  // A date may stand before the time (so Microsoft's clients, and the DDF of several vendors).
  time: {
    pattern:
      /^(?:\d{4}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])T)?(?:[01]\d|2[0-3]):?[0-5]\d(?::?[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/,
    is: 'a time of ISO 8601, e.g. 16:55:00',
  },
};

/** Whole numbers of a 32-bit node (OMA-TS-DM_TND-V1_2_1, 7.7.2, `int`). */
const MAX_INT_DIGITS = 10;

/**
 * The text as its format keeps it: without the blanks around a number, a boolean, a date or a time, and without any in
 * base64 (`bin`, `b64`). Text and XML stay untouched.
 */
export function normalizeData(text: string, format: DataFormat): string {
  if (format === 'bin' || format === 'b64') return text.replace(/[\t\n\r ]+/g, '');
  return format in SHAPES ? text.trim() : text;
}

/** Checks normalised text against its format. Returns what is wrong, or undefined; never repeats the text. */
export function dataFault(text: string, format: DataFormat): string | undefined {
  switch (format) {
    case 'node':
      return text.trim() === '' ? undefined : 'an interior node (format node) has no Data';
    case 'null':
      return text.trim() === '' ? undefined : 'format null has no Data';
    case 'bin':
    case 'b64':
      return isBase64(text) ? undefined : `Data of format ${format} must be base64 (RFC 4648, with padding)`;
    default: {
      const shape = SHAPES[format];
      if (shape === undefined) return undefined;
      if (!shape.pattern.test(text)) return `Data of format ${format} must be ${shape.is}`;
      return format === 'int' ? intFault(text) : undefined;
    }
  }
}

function intFault(text: string): string | undefined {
  const digits = text.replace(/^[+-]?0*/, '');
  const value = Number(text);
  return digits.length <= MAX_INT_DIGITS && value >= -(2 ** 31) && value < 2 ** 32
    ? undefined
    : 'Data of format int must fit in 32 bits';
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
