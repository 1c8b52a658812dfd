export type SmppFrameErrorCode = 'length-too-small' | 'length-too-large' | 'truncated' | 'malformed';

/** SMPP bytes that cannot be read. A wrong length makes all that follows on the connection meaningless. */
export class SmppFrameError extends Error {
  override readonly name = 'SmppFrameError';
  readonly code: SmppFrameErrorCode;

  constructor(code: SmppFrameErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
