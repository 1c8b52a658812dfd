import { promisify } from 'node:util';
import { gunzip, gzip, inflate, inflateRaw } from 'node:zlib';

/** What a body may be wrapped in (RFC 9110, 8.4.1). */
export type ContentCoding = 'identity' | 'gzip' | 'deflate';

export type ContentReading =
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  /** The octets are not what the header says. */
  | { readonly kind: 'damaged' };

/** As an Accept-Encoding header, for a client that used another one. */
export const CONTENT_CODINGS = 'gzip, deflate';

const gunzipAsync = promisify(gunzip);
const gzipAsync = promisify(gzip);
const inflateAsync = promisify(inflate);
const inflateRawAsync = promisify(inflateRaw);

/** Reads a Content-Encoding header. Undefined: one that is not known, or several, one inside the other. */
export function parseContentCoding(header: string): ContentCoding | undefined {
  switch (header.trim().toLowerCase()) {
    case '':
    case 'identity':
      return 'identity';
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'deflate':
      return 'deflate';
    default:
      return undefined;
  }
}

/**
 * Unwraps a body. Inflating stops at the first octet beyond `limit`, so a bomb costs no more than a body of that size.
 * @param limit of the result, octets
 */
export async function decodeContent(body: Buffer, coding: ContentCoding, limit: number): Promise<ContentReading> {
  if (coding === 'identity') return { kind: 'whole', body };
  const unwrap = coding === 'gzip' ? gunzipAsync : isZlib(body) ? inflateAsync : inflateRawAsync;
  try {
    return { kind: 'whole', body: await unwrap(body, { maxOutputLength: limit }) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { kind: 'too-large' };
    if (typeof code === 'string' && code.startsWith('Z_')) return { kind: 'damaged' };
    throw error;
  }
}

export function encodeGzip(body: Uint8Array): Promise<Buffer> {
  return gzipAsync(body);
}

/** Does an Accept-Encoding header name gzip? A client that takes anything (`*`) has not said that it can undo it. */
export function namesGzip(header: string): boolean {
  return header.split(',').some((item) => {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    if (coding !== 'gzip' && coding !== 'x-gzip') return false;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return weight === undefined || Number(weight.slice(2)) > 0;
  });
}

/** `deflate` means the zlib format (RFC 1950), but some clients send the bare stream (RFC 1951). */
function isZlib(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}
