import { isUtf8 } from 'node:buffer';

/** A line without its end. */
export interface TextLine {
  /** From 1. */
  readonly line: number;
  /** The octet behind its end. */
  readonly position: number;
  /** Undefined: it cannot be read, for the reason given. */
  readonly text: string | undefined;
  readonly reason?: string;
}

/** Octets of a line; more is no device. */
export const MAX_LINE_BYTES = 64 * 1_024;
const LF = 0x0a;
const CR = 0x0d;

/**
 * UTF-8 as lines, those of every chunk together. However long a line is, no more of it is held than may be, and the next
 * one is found.
 */
export async function* splitLines(octets: AsyncIterable<Uint8Array>): AsyncGenerator<readonly TextLine[]> {
  let line = 0;
  let position = 0;
  let held: Buffer = Buffer.alloc(0);
  let isTooLong = false;
  const ended = (bytes: Buffer, end: number): TextLine => {
    line += 1;
    position += end;
    const wasTooLong = isTooLong || bytes.length > MAX_LINE_BYTES;
    isTooLong = false;
    if (wasTooLong) return { line, position, text: undefined, reason: `longer than ${MAX_LINE_BYTES} octets` };
    if (!isUtf8(bytes)) return { line, position, text: undefined, reason: 'not UTF-8' };
    const text = bytes.toString('utf8');
    return { line, position, text: line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text };
  };
  for await (const octetsOfChunk of octets) {
    const arrived = Buffer.from(octetsOfChunk.buffer, octetsOfChunk.byteOffset, octetsOfChunk.byteLength);
    const chunk = held.length === 0 ? arrived : Buffer.concat([held, arrived]);
    const lines: TextLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF, start); end >= 0; end = chunk.indexOf(LF, start)) {
      const last = end > start && chunk[end - 1] === CR ? end - 1 : end;
      lines.push(ended(chunk.subarray(start, last), end + 1 - start));
      start = end + 1;
    }
    held = chunk.subarray(start);
    if (held.length > MAX_LINE_BYTES) {
      isTooLong = true;
      position += held.length;
      held = Buffer.alloc(0);
    }
    if (lines.length > 0) yield lines;
  }
  if (held.length > 0 || isTooLong) yield [ended(held, held.length)];
}
