import { isDeviceId } from './identifiers.ts';

/** Somebody a document is to go to, as the caller says; nothing is checked yet. */
export interface RecipientOrder {
  readonly msisdn?: string;
  readonly deviceId?: string;
  readonly imsi?: string;
  /** Its own, in place of the one for all. */
  readonly pin?: string;
  /** Its own, beside those for all. */
  readonly variables?: Readonly<Record<string, string>>;
}

export type RecipientReading =
  | { readonly ok: true; readonly recipients: readonly RecipientOrder[] }
  | { readonly ok: false; readonly reason: string };

const COLUMNS = ['msisdn', 'deviceId', 'imsi', 'pin'] as const;
const LONGEST_NAME = 64;

/**
 * Recipients in a text: numbers, separated by commas, semicolons or line ends; or CSV (RFC 4180; semicolons and tabs
 * separate, too) whose first line names the columns: `msisdn` or `deviceId`, `imsi`, `pin`. Any other column is a variable
 * of the document, empty fields count as absent.
 */
export function readRecipients(text: string): RecipientReading {
  const plain = text.replace(/^\uFEFF/, '');
  const header = /^[^\r\n]*/.exec(plain)?.[0] ?? '';
  if (!/(?:^|[,;\t"])\s*(?:msisdn|deviceid)\s*(?:$|[,;\t"])/i.test(header)) {
    const recipients = plain
      .split(/[,;\r\n]/)
      .map((number) => number.trim())
      .filter((number) => number !== '')
      .map((msisdn) => ({ msisdn }));
    return { ok: true, recipients };
  }
  const rows = csvRows(plain, /[,;\t]/.exec(header)?.[0] ?? ',');
  if (typeof rows === 'string') return { ok: false, reason: rows };
  const [names = [], ...lines] = rows;
  const columns = names.map(columnOf);
  const twice = columns.find((name, index) => columns.indexOf(name) < index);
  if (twice !== undefined) return { ok: false, reason: `The column "${twice}" is there twice.` };
  const recipients: RecipientOrder[] = [];
  for (const [index, fields] of lines.entries()) {
    if (fields.every((field) => field === '')) continue;
    if (fields.length > columns.length) {
      return { ok: false, reason: `Record ${index + 2} has more fields than the first line has columns.` };
    }
    recipients.push(recipientOf(columns, fields));
  }
  return { ok: true, recipients };
}

/** How an answer calls a recipient. Never with an IMSI or a PIN. */
export function nameOfRecipient({ msisdn, deviceId }: RecipientOrder): string {
  const name = (deviceId ?? msisdn ?? '').replace(/[\p{Cc}\p{Cs}]/gu, '\u{fffd}');
  return name.length <= LONGEST_NAME || isDeviceId(name) ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
}

/** A number without what people write between its digits; undefined when it is none in international format. */
export function plainMsisdn(text: string): string | undefined {
  const number = text.replace(/[ ().\u00a0/-]/g, '');
  return /^\+?[0-9]{3,15}$/.test(number) ? number : undefined;
}

function columnOf(name: string): string {
  return COLUMNS.find((column) => column.toLowerCase() === name.toLowerCase()) ?? name;
}

function recipientOf(columns: readonly string[], fields: readonly string[]): RecipientOrder {
  const given = columns.flatMap((name, index): [string, string][] => {
    const field = fields[index] ?? '';
    return field === '' ? [] : [[name, field]];
  });
  const isColumn = ([name]: [string, string]): boolean => (COLUMNS as readonly string[]).includes(name);
  const variables = given.filter((one) => !isColumn(one));
  return {
    ...Object.fromEntries(given.filter(isColumn)),
    ...(variables.length === 0 ? {} : { variables: Object.fromEntries(variables) }),
  };
}

/** Records of CSV, the fields without blanks around them; or what is wrong. */
function csvRows(text: string, separator: string): string[][] | string {
  const rows: string[][] = [];
  const field = new RegExp(`(?: *"((?:[^"]|"")*)" *|([^"${separator}\\r\\n]*))(${separator}|\\r\\n|\\r|\\n|$)`, 'y');
  let row: string[] = [];
  while (field.lastIndex < text.length || row.length > 0) {
    const at = field.lastIndex;
    const found = field.exec(text);
    if (found === null) return `Record ${rows.length + 1} has a quotation mark where none may stand, or one too few.`;
    const [, quoted, bare = '', end = ''] = found;
    row.push(quoted === undefined ? bare.trim() : quoted.replaceAll('""', '"'));
    if (end === separator) {
      if (field.lastIndex < text.length) continue;
      row.push('');
    }
    rows.push(row);
    row = [];
    if (field.lastIndex === at) break;
  }
  return rows;
}
