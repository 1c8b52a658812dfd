/**
 * The only error the XML reader and writer throw. Line and column count from 1 and are those of the character at
 * fault; columns count characters, not octets. From the writer, which has no lines, both are 0.
 */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  readonly line: number;
  readonly column: number;
  /** The message without the position. */
  readonly reason: string;

  constructor(line: number, column: number, reason: string) {
    super(line === 0 ? `XML: ${reason}` : `XML line ${line}, column ${column}: ${reason}`);
    this.line = line;
    this.column = column;
    this.reason = reason;
  }
}
