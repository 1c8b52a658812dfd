import { AppError } from '../../src/services/app-error.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';

/** A page of rows that are in the listing's order already. The cursor is the place of the next row. */
export function pageOf<T>(rows: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const start = cursor === undefined ? 0 : Number(/^after-(\d{1,9})$/.exec(cursor)?.[1]);
  if (Number.isNaN(start)) throw new AppError('cursor-invalid', 'The cursor is not one of this listing.');
  const end = start + limit;
  return { items: rows.slice(start, end), ...(end < rows.length ? { nextCursor: `after-${end}` } : {}) };
}
