import type { IncomingMessage } from 'node:http';

export type BodyReading =
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  /** The client went away before its body was whole. */
  | { readonly kind: 'broken-off' };

/**
 * Reads a request's body, holding at most `limit` octets of it. Of a larger one nothing is kept: a Content-Length that
 * says so is believed at once, one that lies is found out on the way.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<BodyReading> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (reading: BodyReading): void => {
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      // A reset after we stopped listening must not become an uncaught error.
      request.on('error', () => {});
      resolve(reading);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) settle({ kind: 'too-large' });
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      const [only] = chunks;
      settle({ kind: 'whole', body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size) });
    };
    const onBroken = (): void => settle({ kind: 'broken-off' });
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}
