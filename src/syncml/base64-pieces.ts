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

/**
 * The same for one piece at a time, so that the whole need not be held.
 *
 * @param rest what was left over of the piece before, at most three characters
 * @returns the octets this piece completes, and what is left over; undefined when it is no base64
 */
export function decodeBase64Piece(
  rest: string,
  text: string,
  isLast: boolean,
): { readonly octets: Uint8Array; readonly rest: string } | undefined {
  const compact = rest + text.replace(/[\t\n\r ]+/g, '');
  // Padding whose group ended with the piece before.
  const piece = rest === '' ? compact.replace(/^={1,2}/, '') : compact;
  // A group that padding follows, or nothing any more, is whole as it is.
  const whole = isLast ? piece.length : piece.lastIndexOf('=') + 1;
  const open = piece.slice(whole);
  const end = whole + open.length - (open.length % 4);
  const octets = decodeBase64Pieces(piece.slice(0, end));
  return octets === undefined || /[^A-Za-z0-9+/]/.test(open) ? undefined : { octets, rest: piece.slice(end) };
}

/** How many octets a text in base64 stands for; one too many at most where it is a piece cut anywhere. */
export function octetsInBase64(text: string): number {
  return Math.floor((text.replace(/[\t\n\r =]+/g, '').length * 3) / 4);
}
