/** A node's name as one segment of a LocURI, in the one spelling that all parts of the server use. */
export function canonicalSegment(segment: string): string {
  if (/^[\w.~-]*$/.test(segment)) return segment;
  try {
    return encodeSegment(decodeURIComponent(segment));
  } catch {
    // Escapes that are not UTF-8 are some device's own.
    return segment;
  }
}

/**
 * A variable's value as it stands in a LocURI: whatever could end or split the segment, and all but ASCII, is
 * percent-encoded in UTF-8 (RFC 2396, 3.3: `pchar` stays). So one value never makes two segments or a query.
 *
 * @throws URIError for a lone surrogate
 */
export function encodeSegment(value: string): string {
  return encodeURIComponent(value).replace(/%(?:3A|40|26|3D|2B|24|2C)/g, decodeURIComponent);
}

/** One spelling for one node: `./` in front, no query, percent-encoded where it must be only. `.` stays `.`. */
export function canonicalLocUri(locUri: string): string {
  const mark = locUri.indexOf('?');
  const path = mark < 0 ? locUri : locUri.slice(0, mark);
  if (path === '.') return path;
  const segments = (path.startsWith('./') ? path.slice(2) : path).split('/');
  return `./${segments.map(canonicalSegment).join('/')}`;
}
