export type SyncmlErrorCode = 'not-syncml' | 'missing' | 'invalid';

/** The document is well-formed but no SyncML message. `path` says where, e.g. `SyncML/SyncHdr/MsgID`. */
export class SyncmlError extends Error {
  override readonly name = 'SyncmlError';
  readonly code: SyncmlErrorCode;
  readonly path: string;

  constructor(code: SyncmlErrorCode, path: string, message: string) {
    super(`${path}: ${message}`);
    this.code = code;
    this.path = path;
  }
}
