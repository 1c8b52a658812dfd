import { Buffer, isUtf8 } from 'node:buffer';
import { firstMalformedUtf8 } from '../utf8.ts';
import { WbxmlError } from './wbxml-error.ts';

/** How a document's strings are written, by IANA MIBenum (WBXML 1.3, section 5.6). */
export interface Charset {
  readonly mib: number;
  /** Octets of one code unit; a string ends with that many zeros. */
  readonly unit: 1 | 2;
  /** Bytes below 0x80 are ASCII characters: a string of nothing else needs no further look. */
  readonly extendsAscii: boolean;
  /** Decodes `bytes[start…end)`. Throws a `malformed-text` WbxmlError with the offset of the fault. */
  readonly decode: (bytes: Buffer, start: number, end: number) => string;
}

const MIB_UTF_8 = 106;

const UTF_8: Charset = {
  mib: MIB_UTF_8,
  unit: 1,
  extendsAscii: true,
  decode(bytes, start, end) {
    if (isUtf8(bytes.subarray(start, end))) return bytes.toString('utf8', start, end);
    throw new WbxmlError('malformed-text', firstMalformedUtf8(bytes, start, end), 'text that is not UTF-8');
  },
};

const CHARSETS: ReadonlyMap<number, Charset> = new Map(
  [
    // 0 means unknown; section 5.6 leaves it to the transport, and everybody's transport means UTF-8.
    { ...UTF_8, mib: 0 },
    {
      mib: 3,
      unit: 1 as const,
      extendsAscii: true,
      decode(bytes: Buffer, start: number, end: number) {
        for (let i = start; i < end; i++) {
          if ((bytes[i] as number) >= 0x80) {
            throw new WbxmlError('malformed-text', i, 'a byte above 0x7F in US-ASCII text');
          }
        }
        return bytes.toString('latin1', start, end);
      },
    },
    {
      mib: 4,
      unit: 1 as const,
      extendsAscii: true,
      decode: (bytes: Buffer, start: number, end: number) => bytes.toString('latin1', start, end),
    },
    UTF_8,
    { mib: 1013, unit: 2 as const, extendsAscii: false, decode: decodeUtf16('big') },
    { mib: 1014, unit: 2 as const, extendsAscii: false, decode: decodeUtf16('little') },
    { mib: 1015, unit: 2 as const, extendsAscii: false, decode: decodeUtf16('marked') },
  ].map((charset) => [charset.mib, charset]),
);

/** The charset of that MIBenum, or undefined when we cannot read it. */
export function charsetOf(mib: number): Charset | undefined {
  return CHARSETS.get(mib);
}

/** `marked`: by the byte order mark each string may start with; big-endian without one (RFC 2781, section 4.3). */
function decodeUtf16(order: 'big' | 'little' | 'marked'): Charset['decode'] {
  return (bytes, start, end) => {
    let from = start;
    let little = order === 'little';
    if (order === 'marked' && end - start >= 2) {
      const mark = bytes.readUInt16BE(start);
      if (mark === 0xfeff || mark === 0xfffe) {
        little = mark === 0xfffe;
        from += 2;
      }
    }
    const unitAt = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
    for (let at = from; at < end; at += 2) {
      if (end - at < 2) throw new WbxmlError('malformed-text', at, 'half a UTF-16 code unit');
      const unit = unitAt(at);
      if (unit < 0xd800 || unit > 0xdfff) continue;
      const low = unit < 0xdc00 && end - at >= 4 ? unitAt(at + 2) : 0;
      if (low < 0xdc00 || low > 0xdfff) throw new WbxmlError('malformed-text', at, 'a lone UTF-16 surrogate');
      at += 2;
    }
    if (little) return bytes.toString('utf16le', from, end);
    return Buffer.from(bytes.subarray(from, end)).swap16().toString('utf16le');
  };
}
