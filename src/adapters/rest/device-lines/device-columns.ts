import type { Device } from '../../../domain/device.ts';
import { isAttributeKey } from '../../../domain/device-labels.ts';
import { UnreadableFile } from '../../../services/ports/device-lines.ts';
import { joinCsvLine, splitCsvLine, unguarded } from './csv.ts';

type Path = readonly [string, ...string[]];

interface ColumnRow {
  /** Where in a line's object its text goes; absent: nobody can import it. */
  readonly path?: Path;
  /** In an export; absent: it is a secret. */
  readonly of?: (device: Device) => string | undefined;
}

/** Between the tags of a cell. */
const TAG_SEPARATOR = '|';

/** The columns of a CSV of devices, in the order of an export. `attributes.<key>` may stand for one attribute. */
const COLUMNS = {
  deviceId: { path: ['deviceId'], of: ({ deviceId }) => deviceId },
  msisdn: { path: ['msisdn'], of: ({ msisdn }) => msisdn },
  imsi: { path: ['imsi'], of: ({ imsi }) => imsi },
  tags: { path: ['tags'], of: ({ tags }) => tags.join(TAG_SEPARATOR) },
  attributes: {
    path: ['attributes'],
    of: ({ attributes }) => (Object.keys(attributes).length === 0 ? undefined : JSON.stringify(attributes)),
  },
  timeZone: { path: ['timeZone'], of: ({ timeZone }) => timeZone },
  auth: { path: ['dm', 'auth'], of: ({ auth, hasAccount }) => (hasAccount ? auth : undefined) },
  clientUsername: {
    path: ['dm', 'client', 'username'],
    of: ({ clientUsername, hasAccount }) => (hasAccount ? clientUsername : undefined),
  },
  clientScope: { path: ['dm', 'client', 'scope'], of: ({ clientScope }) => clientScope },
  serverAuth: { path: ['dm', 'server', 'auth'], of: ({ serverAuth }) => serverAuth },
  clientPassword: { path: ['dm', 'client', 'password'] },
  clientNonce: { path: ['dm', 'client', 'nonce'] },
  serverPassword: { path: ['dm', 'server', 'password'] },
  serverNonce: { path: ['dm', 'server', 'nonce'] },
  bootstrapState: { of: ({ bootstrap }) => bootstrap.state },
  devId: { of: ({ devInfo }) => devInfo.devId },
  man: { of: ({ devInfo }) => devInfo.man },
  mod: { of: ({ devInfo }) => devInfo.mod },
  fwv: { of: ({ devInfo }) => devInfo.fwV },
  dmv: { of: ({ devInfo }) => devInfo.dmV },
  lang: { of: ({ devInfo }) => devInfo.lang },
  createdAt: { of: ({ createdAt }) => createdAt.toISOString() },
  updatedAt: { of: ({ updatedAt }) => updatedAt.toISOString() },
  lastSeenAt: { of: ({ lastSeenAt }) => lastSeenAt?.toISOString() },
} as const satisfies Readonly<Record<string, ColumnRow>>;

const ROWS: readonly (readonly [name: string, row: ColumnRow])[] = Object.entries(COLUMNS);
const BY_NAME: ReadonlyMap<string, ColumnRow> = new Map(ROWS.map(([name, row]) => [name.toLowerCase(), row]));
const EXPORTED = ROWS.filter(([, { of }]) => of !== undefined);

/** The head of an export. */
export const CSV_HEAD = joinCsvLine(EXPORTED.map(([name]) => name));

export function deviceCsvLine(device: Device): string {
  return joinCsvLine(EXPORTED.map(([, { of }]) => of?.(device)));
}

/** What the head of a CSV says of its lines. */
export class CsvColumns {
  readonly #delimiter: string;
  readonly #paths: readonly (Path | undefined)[];

  /** @throws UnreadableFile with the place */
  constructor(head: string) {
    // Spreadsheets write semicolons where the comma is the decimal sign.
    this.#delimiter = head.includes(';') && !head.includes(',') ? ';' : ',';
    const names = splitCsvLine(head, this.#delimiter);
    if ('reason' in names) throw new UnreadableFile(`Line 1, column ${names.column}: ${names.reason}.`);
    const seen = new Set<string>();
    this.#paths = names.map((written, place) => {
      const name = written.trim();
      const path = pathOf(name);
      if (path === undefined) {
        const known = [...ROWS.map(([one]) => one), 'attributes.<key>'].join(', ');
        throw new UnreadableFile(
          `Line 1: column ${place + 1} (${JSON.stringify(name.slice(0, 80))}) is none of ${known}.`,
        );
      }
      if (seen.has(name.toLowerCase()))
        throw new UnreadableFile(`Line 1: column ${place + 1} (${name}) is there twice.`);
      seen.add(name.toLowerCase());
      return path === 'told' ? undefined : path;
    });
    if (!seen.has('deviceid')) throw new UnreadableFile('Line 1: there has to be a column deviceId.');
  }

  /** The object that a line stands for; an empty cell says nothing. Text: why it cannot be read. */
  record(line: string): object | string {
    const fields = splitCsvLine(line, this.#delimiter);
    if ('reason' in fields) return `Column ${fields.column}: ${fields.reason}.`;
    if (fields.length > this.#paths.length) {
      return `It has ${fields.length} fields, more than the ${this.#paths.length} columns of line 1.`;
    }
    const record: Record<string, unknown> = {};
    for (const [place, field] of fields.entries()) {
      const path = this.#paths[place];
      if (path === undefined || field === '') continue;
      const value = cellValue(path, unguarded(field));
      if (value === undefined) return 'attributes: Expected a JSON object.';
      put(record, path, value);
    }
    return record;
  }
}

function pathOf(name: string): Path | 'told' | undefined {
  const [, key] = /^attributes\.(.+)$/is.exec(name) ?? [];
  if (key !== undefined) return isAttributeKey(key) ? ['attributes', key] : undefined;
  const row = BY_NAME.get(name.toLowerCase());
  return row === undefined ? undefined : (row.path ?? 'told');
}

function cellValue([first, ...rest]: Path, text: string): unknown {
  if (first === 'tags') return text.split(TAG_SEPARATOR).map((tag) => tag.trim());
  if (first !== 'attributes' || rest.length > 0) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function put(record: Record<string, unknown>, [first, ...rest]: Path, value: unknown): void {
  const [next, ...others] = rest;
  const known = record[first];
  if (next === undefined) {
    // Attributes may stand in a column of their own and in one for all.
    const both = first === 'attributes' && isObject(known) && isObject(value);
    record[first] = both ? { ...value, ...known } : value;
    return;
  }
  const inner = isObject(known) ? known : {};
  record[first] = inner;
  put(inner, [next, ...others], value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
