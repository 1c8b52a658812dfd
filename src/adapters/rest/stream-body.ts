import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Middleware } from 'koa';
import { HttpProblem } from './problem.ts';
import { askForBody, discard, mediaType, unsupportedType } from './read-body.ts';
import type { RequestState } from './request-log.ts';

/**
 * Leaves a body that is to be read as it comes in the request's state. Whatever is not read of it is thrown away, so that
 * a client which first sends and then listens gets its answer.
 */
export function streamBody(mediaTypes: readonly string[]): Middleware {
  return async (ctx, next) => {
    const type = mediaType(ctx);
    if (!mediaTypes.includes(type)) throw unsupportedType(ctx, mediaTypes.join(' or '));
    const encoding = ctx.get('Content-Encoding').toLowerCase();
    if (!['', 'identity', 'gzip'].includes(encoding)) {
      throw new HttpProblem('media-type-unsupported', 'This takes a body as it is, or with Content-Encoding: gzip.');
    }
    // All that is known beforehand of what a repeated request would send.
    ctx.request.rawBody = `${encoding} ${ctx.get('Content-Length')}`;
    (ctx.state as RequestState).upload = { mediaType: type, octets: octetsOf(ctx.req, encoding === 'gzip') };
    askForBody(ctx, Number.POSITIVE_INFINITY);
    try {
      await next();
    } finally {
      if (!ctx.req.complete && !ctx.req.destroyed) discard(ctx.req);
    }
  };
}

async function* octetsOf(request: IncomingMessage, isGzipped: boolean): AsyncGenerator<Uint8Array> {
  // The iterator must not end the request when the reader stops early: an answer is still to be given on it.
  const arriving: Readable = isGzipped ? pipeline(request, createGunzip(), () => {}) : request;
  try {
    for await (const chunk of arriving.iterator({ destroyOnReturn: isGzipped })) yield chunk as Uint8Array;
  } catch (cause) {
    throw new HttpProblem('body-incomplete', 'The body could not be read to its end.', { cause });
  }
  if (!request.complete) throw new HttpProblem('body-incomplete', 'The body could not be read to its end.');
}
