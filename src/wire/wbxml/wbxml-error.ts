/** What is wrong with the bytes (or, when encoding, with the tree). */
export type WbxmlErrorCode =
  | 'truncated'
  | 'too-large'
  | 'too-deep'
  | 'too-many-nodes'
  | 'too-much-table-text'
  | 'unsupported-version'
  | 'unsupported-charset'
  | 'unknown-language'
  | 'unknown-page'
  | 'unknown-token'
  | 'unexpected-token'
  | 'integer-overflow'
  | 'bad-table-reference'
  | 'malformed-text'
  | 'trailing-bytes'
  | 'unknown-namespace'
  | 'unencodable';

/**
 * The only error the WBXML codec throws. `offset` is the byte at fault, from the start of the document; when encoding
 * it is how many bytes of the body had been written.
 */
export class WbxmlError extends Error {
  override readonly name = 'WbxmlError';
  readonly code: WbxmlErrorCode;
  readonly offset: number;

  constructor(code: WbxmlErrorCode, offset: number, reason: string) {
    super(`WBXML byte ${offset}: ${reason}`);
    this.code = code;
    this.offset = offset;
  }
}
