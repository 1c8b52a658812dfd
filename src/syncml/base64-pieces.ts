/**
 * A value of format `b64` that came in pieces. Some cut the octets and encode each piece, so that padding stands in the
 * middle; others encode first and cut the text anywhere. Both are taken.
 *
 * @param text the pieces, one after the other; blanks do not count
 * @returns undefined when it is no base64
 */
export function decodeBase64Pieces(text: string): Uint8Array | undefined {
  const compact = text.replace(/[\t\n\r ]+/g, '');
  if (/[^A-Za-z0-9+/=]|===|^=/.test(compact)) return undefined;
  return Buffer.concat((compact.match(/[^=]+/g) ?? []).map((run) => Buffer.from(run, 'base64')));
}

/** How many octets a text in base64 stands for; one too many at most where it is a piece cut anywhere. */
export function octetsInBase64(text: string): number {
  return Math.floor((text.replace(/[\t\n\r =]+/g, '').length * 3) / 4);
}
