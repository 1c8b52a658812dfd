/** A line that is no CSV. */
export interface CsvFault {
  /** Of the character, from 1. */
  readonly column: number;
  readonly reason: string;
}

/**
 * The fields of one line (RFC 4180). A field in quotes may hold the delimiter and, doubled, quotes; no line ends, for no
 * field of a device does: a quote that is left open costs one line, not the rest of the file.
 */
export function splitCsvLine(line: string, delimiter: string): readonly string[] | CsvFault {
  if (!line.includes('"')) return line.split(delimiter);
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    if (line[at] === '"') {
      const open = at;
      let field = '';
      for (at += 1; ; at += 2) {
        const quote = line.indexOf('"', at);
        if (quote < 0) return { column: open + 1, reason: 'a quote that is not closed' };
        field += line.slice(at, quote);
        at = quote;
        if (line[quote + 1] !== '"') break;
        field += '"';
      }
      at += 1;
      fields.push(field);
      if (at < line.length && line[at] !== delimiter) return { column: at + 1, reason: 'text behind a closing quote' };
    } else {
      const found = line.indexOf(delimiter, at);
      const end = found < 0 ? line.length : found;
      const field = line.slice(at, end);
      const quote = field.indexOf('"');
      if (quote >= 0) return { column: at + quote + 1, reason: 'a quote inside a field that is not in quotes' };
      fields.push(field);
      at = end;
    }
    if (at >= line.length) return fields;
  }
}

/** What a spreadsheet would take for a formula, with the apostrophes that were put before it. */
const FORMULA = /^'*[=+\-@\t\r]/;
const NUMBER = /^\+?[0-9]+$/;

/** One line, without its end. What a spreadsheet would carry out as a formula gets an apostrophe, see {@link unguarded}. */
export function joinCsvLine(fields: readonly (string | undefined)[]): string {
  return fields
    .map((field = '') => {
      const guarded = FORMULA.test(field) && !NUMBER.test(field) ? `'${field}` : field;
      return /[",;\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
    })
    .join(',');
}

/** A field without the apostrophe that {@link joinCsvLine} may have put before it. */
export function unguarded(field: string): string {
  return field.startsWith("'") && FORMULA.test(field) ? field.slice(1) : field;
}
