import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Page } from './ports/page.ts';

/** What a cursor holds: the sort key of the last row that was given out. */
export type CursorKey = readonly (string | number)[];

/** `integer`: of 32 bits; `count`: from 0, of up to 53 bits. */
export type KeyKind = 'uuid' | 'integer' | 'count' | 'text';

/** Opaque to callers, base64url of JSON. */
export function encodeCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * @param shape what the listing's keys are made of
 * @throws AppError `cursor-invalid` for anything that {@link encodeCursor} has not made for such a listing
 */
export function decodeCursor(cursor: string, shape: readonly KeyKind[]): CursorKey {
  const key = parsed(cursor);
  if (!Array.isArray(key) || key.length !== shape.length || !shape.every((kind, place) => fits(kind, key[place]))) {
    throw new AppError('cursor-invalid', 'The cursor is not one of this listing.');
  }
  return key;
}

/**
 * A page from rows in the listing's order, of which one more than `limit` was asked for.
 * @param keyOf the row's sort key
 */
export function pageOfRows<R, T>(
  rows: readonly R[],
  limit: number,
  keyOf: (row: R) => CursorKey,
  view: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(view), ...(last === undefined ? {} : { nextCursor: encodeCursor(keyOf(last)) }) };
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function fits(kind: KeyKind, value: unknown): boolean {
  if (kind === 'text') return typeof value === 'string' && /^[^\0\p{Cs}]*$/u.test(value);
  if (kind === 'uuid') return typeof value === 'string' && isUuid(value);
  if (kind === 'count') return Number.isSafeInteger(value) && (value as number) >= 0;
  return Number.isSafeInteger(value) && Math.abs(value as number) < 2 ** 31;
}
