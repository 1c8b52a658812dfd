/** Tags of a device at most. */
export const MAX_TAGS = 50;
/** Attributes of a device at most. */
export const MAX_ATTRIBUTES = 50;
export const MAX_ATTRIBUTE_LENGTH = 255;

const TAG = /^(?!\s)[^|,;\p{Cc}\p{Cs}]{1,64}$/u;
const ATTRIBUTE_KEY = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/**
 * 1 to 64 characters, none of `|`, `,` and `;`, by which lists of tags are separated elsewhere; no controls, and no space at
 * either end.
 */
export function isTag(text: string): boolean {
  return TAG.test(text) && !/\s$/u.test(text);
}

/**
 * 1 to 64 letters, digits, `_`, `-` and `.`, the first a letter, a digit or `_`: it stands in filters unquoted. Not
 * `__proto__`, which objects of JavaScript do not take for a name.
 */
export function isAttributeKey(text: string): boolean {
  return ATTRIBUTE_KEY.test(text) && text !== '__proto__';
}

/** Each tag once, in the order of their code points. */
export function tagSet(tags: readonly string[]): readonly string[] {
  return [...new Set(tags)].sort(compareCodePoints);
}

/** The order of code points, which is that of PostgreSQL's collation C; the order of UTF-16 differs above U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let place = 0; place < length; place++) {
    const [left, right] = [a.charCodeAt(place), b.charCodeAt(place)];
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Where two code units first differ, halves of surrogate pairs stand for what is above all the others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
