import type { IncomingMessage, ServerResponse } from 'node:http';
import rawBody from 'raw-body';
import { type ContentCoding, decodeContent } from './content-coding.ts';

export type BodyReading =
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  /** The client went away before its body was whole. */
  | { readonly kind: 'broken-off' }
  /** The body cannot be unwrapped. */
  | { readonly kind: 'damaged' };

/**
 * Reads a request's body and undoes its Content-Encoding. At most `limit` octets are held of what arrives and of what
 * it unwraps to. Of a larger one nothing is kept: a Content-Length that says so is believed at once, one that lies is
 * found out on the way. A client that waits to be told is told to send.
 */
export async function readBody(
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  coding: ContentCoding,
  limit: number,
): Promise<BodyReading> {
  if (Number(req.headers['content-length'] ?? 0) > limit) return { kind: 'too-large' };
  if (awaitsContinue(req)) res.writeContinue();
  let arrived: Buffer;
  try {
    arrived = await rawBody(req, { limit });
  } catch (error) {
    // A reset after we stopped listening must not become an uncaught error.
    req.on('error', () => {});
    const type = error instanceof Error && 'type' in error ? error.type : undefined;
    return { kind: type === 'entity.too.large' ? 'too-large' : 'broken-off' };
  }
  return decodeContent(arrived, coding, limit);
}

/** Does the client hold its body back until it reads `100 Continue` (RFC 9110, 10.1.1)? */
function awaitsContinue(request: IncomingMessage): boolean {
  return request.httpVersionMinor > 0 && request.headers.expect?.toLowerCase() === '100-continue';
}
