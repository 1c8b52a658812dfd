import { isUtf8 } from 'node:buffer';
import { firstMalformedUtf8 } from '../wire/utf8.ts';
import { type Fault, type FaultCode, quoted } from './fault.ts';
import type { Position } from './fault-log.ts';

export interface Refusal {
  readonly ok: false;
  readonly faults: Fault[];
}

/** The text of an uploaded document, when it is not too large and in UTF-8 as it says. */
export function readUpload(
  input: Uint8Array | string,
  maxBytes: number,
): { readonly ok: true; readonly text: string } | Refusal {
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.length;
  if (bytes > maxBytes) {
    return refused({ line: 1, column: 1 }, 'too-large', `the document has ${bytes} octets; ${maxBytes} are allowed`);
  }
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (typeof text !== 'string') return text;
  return declaredEncodingFault(text) ?? { ok: true, text };
}

export function refused(position: Position, code: FaultCode, message: string): Refusal {
  return { ok: false, faults: [{ line: position.line, column: position.column, code, message }] };
}

function decodeUtf8(bytes: Uint8Array): string | Refusal {
  const [first, second] = bytes;
  const utf16 =
    (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe) || first === 0 || second === 0;
  if (utf16)
    return refused({ line: 1, column: 1 }, 'encoding', 'the document must be in UTF-8, this looks like UTF-16');
  const decoder = new TextDecoder();
  if (isUtf8(bytes)) return decoder.decode(bytes);
  const offset = firstMalformedUtf8(bytes, 0, bytes.length);
  const octet = bytes[offset]?.toString(16).toUpperCase().padStart(2, '0');
  const before = decoder.decode(bytes.subarray(0, offset));
  return refused(endOf(before), 'encoding', `the document must be in UTF-8; the octet 0x${octet} is not`);
}

/** The position of a character that would follow this text. */
export function endOf(text: string): Position {
  const lines = text.split(/\r\n|\r|\n/);
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}

export const DECLARATION = /^\uFEFF?<\?xml\b[^>]*?\?>/;

function declaredEncodingFault(text: string): Refusal | undefined {
  const declaration = DECLARATION.exec(text)?.[0];
  const encoding = declaration && /\bencoding\s*=\s*(["'])(.*?)\1/.exec(declaration);
  if (!encoding || /^(?:utf-8|us-ascii)$/i.test(encoding[2] ?? '')) return undefined;
  const before = declaration.slice(0, encoding.index).replace(/^\uFEFF/, '');
  return refused(endOf(before), 'encoding', `the document must be in UTF-8, it says ${quoted(encoding[2] ?? '')}`);
}
