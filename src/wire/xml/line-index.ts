/** A place in a text; both count from 1, columns in characters (code points). */
export interface XmlPosition {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets of a text into lines and columns: one pass over the text, then a logarithm for each answer. */
export class LineIndex {
  private readonly lineStarts: number[] = [0];
  /** Offsets of the characters that take two UTF-16 units. */
  private readonly wide: number[] = [];

  constructor(text: string) {
    for (const match of text.matchAll(/\r\n|\r|\n|[\ud800-\udbff][\udc00-\udfff]/g)) {
      const first = match[0].charCodeAt(0);
      if (first === 0x0d || first === 0x0a) this.lineStarts.push(match.index + match[0].length);
      else this.wide.push(match.index);
    }
  }

  /** `offset` counts UTF-16 units, as string indices do. */
  positionOf(offset: number): XmlPosition {
    const line = countUpTo(this.lineStarts, offset);
    const lineStart = this.lineStarts[line - 1] ?? 0;
    const wide = countUpTo(this.wide, offset - 1) - countUpTo(this.wide, lineStart - 1);
    return { line, column: offset - lineStart - wide + 1 };
  }
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
