/**
 * Where `bytes[start…end)` stops being UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF): the
 * first byte of the first bad or incomplete sequence, or `end` when all is well.
 */
export function firstMalformedUtf8(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      at++;
      continue;
    }
    // The second byte's range depends on the lead (RFC 3629, section 4).
    let length: number;
    let low = 0x80;
    let high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    else if (lead >= 0xe0 && lead <= 0xef) {
      length = 3;
      if (lead === 0xe0) low = 0xa0;
      else if (lead === 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      length = 4;
      if (lead === 0xf0) low = 0x90;
      else if (lead === 0xf4) high = 0x8f;
    } else return at;
    if (at + length > end) return at;
    for (let i = 1; i < length; i++) {
      const byte = bytes[at + i] as number;
      if (byte < low || byte > high) return at;
      low = 0x80;
      high = 0xbf;
    }
    at += length;
  }
  return end;
}
