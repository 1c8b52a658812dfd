export type WapErrorCode =
  /** The octets end before the structure does. */
  | 'truncated'
  /** A length or number that the format does not allow. */
  | 'malformed'
  /** A valid structure that is not one of those handled here. */
  | 'unsupported'
  /** The value does not fit into the format. */
  | 'too-large';

/** Faulty WAP bytes (user data header, WSP), or a value that cannot be written as such. */
export class WapError extends Error {
  override readonly name = 'WapError';
  readonly code: WapErrorCode;
  /** Octet at which reading stopped; undefined when writing. */
  readonly offset: number | undefined;

  constructor(code: WapErrorCode, message: string, offset?: number) {
    super(offset === undefined ? message : `${message} (at octet ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
