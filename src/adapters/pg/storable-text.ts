/**
 * Text as PostgreSQL can keep it. Devices can send U+0000 and halves of surrogate pairs, which it refuses; they become
 * U+FFFD, so that one odd value does not lose the whole message.
 */
export function storableText(text: string): string {
  return UNSTORABLE.test(text) ? text.replace(ALL_UNSTORABLE, '\u{fffd}') : text;
}

/** The same for text that may be absent. */
export function storable(text: string | undefined): string | undefined {
  return text === undefined ? undefined : storableText(text);
}

// With the u flag a surrogate matches only where it stands alone.
const UNSTORABLE = /[\0\p{Cs}]/u;
const ALL_UNSTORABLE = /[\0\p{Cs}]/gu;
