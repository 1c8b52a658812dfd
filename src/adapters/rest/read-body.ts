import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
import rawBody from 'raw-body';
import { jsonFault } from './json-fault.ts';
import { HttpProblem } from './problem.ts';

/** JSON bodies are small: a device, an order. */
export const MAX_JSON_BYTES = 1_048_576;

/**
 * After a body is found too large, that much more of it is read and thrown away, so that a client which first sends
 * and then listens gets its answer. Beyond it the connection is cut.
 */
const MAX_DISCARDED_BYTES = 256 * 1_048_576;

const XML_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?xml$/;

/** Leaves the parsed JSON in `ctx.request.body` and its text in `ctx.request.rawBody`. */
export function jsonBody(mediaTypes: readonly string[] = ['application/json']): Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    extendTypes: { json: [...mediaTypes] },
    jsonLimit: String(MAX_JSON_BYTES),
    onerror: (error, ctx) => refuse(error, ctx.req, MAX_JSON_BYTES),
  });
  return async (ctx, next) => {
    if (ctx.is([...mediaTypes]) === false) throw unsupportedType(ctx, mediaTypes.join(' or '));
    askForBody(ctx, MAX_JSON_BYTES);
    await parse(ctx, next);
  };
}

/** Leaves the octets of an XML body in `ctx.request.rawBody`, at most `maxBytes`. */
export function xmlBody(maxBytes: number): Middleware {
  return async (ctx, next) => {
    if (!XML_TYPE.test(mediaType(ctx))) throw unsupportedType(ctx, 'application/xml or text/xml');
    const encoding = ctx.get('Content-Encoding');
    if (encoding !== '' && encoding !== 'identity') {
      throw new HttpProblem('media-type-unsupported', 'An XML body is taken without Content-Encoding only.');
    }
    askForBody(ctx, maxBytes);
    ctx.request.rawBody = await rawBody(ctx.req, { limit: maxBytes }).catch((error: Error) =>
      refuse(error, ctx.req, maxBytes),
    );
    await next();
  };
}

/**
 * Tells a client to send that waits to be told (RFC 9110, 10.1.1).
 * @throws HttpProblem `body-too-large` instead, when the client says how much it would be
 */
export function askForBody(ctx: Context, maxBytes: number): void {
  const { req, res } = ctx;
  if (req.httpVersionMinor === 0 || req.headers.expect?.toLowerCase() !== '100-continue') return;
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  res.writeContinue();
}

export function discard(request: IncomingMessage): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_DISCARDED_BYTES) request.destroy();
  });
  // A connection that breaks now breaks nothing else.
  request.on('error', () => {});
  request.resume();
}

/** What raw-body, inflation and the parser throw, as problems. */
function refuse(error: Error, request: IncomingMessage, maxBytes: number): never {
  const { type, status, body } = error as { type?: unknown; status?: unknown; body?: unknown };
  if (type === 'entity.too.large') {
    discard(request);
    throw tooLarge(maxBytes);
  }
  if (status === 415) throw new HttpProblem('media-type-unsupported', 'The Content-Encoding is not known.');
  if (typeof body === 'string') throw malformedJson(body);
  throw new HttpProblem('body-incomplete', 'The body could not be read to its end.', { cause: error });
}

function malformedJson(text: string): HttpProblem {
  const fault = jsonFault(text);
  if (fault !== undefined) {
    const { line, column, reason } = fault;
    return new HttpProblem('body-malformed', `The body is not JSON: line ${line}, column ${column}: ${reason}.`, {
      members: { line, column },
    });
  }
  const detail = /^[ \t\n\r]*[{[]/.test(text)
    ? 'The body has a member called "__proto__" or "constructor", which is not taken.'
    : 'The body has to be a JSON object.';
  return new HttpProblem('body-malformed', detail);
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem('body-too-large', `The body is larger than ${maxBytes} octets.`, { members: { maxBytes } });
}

export function unsupportedType(ctx: Context, wanted: string): HttpProblem {
  const given = mediaType(ctx);
  const detail = given === '' ? `Name the body's Content-Type: ${wanted}.` : `This takes ${wanted}.`;
  return new HttpProblem('media-type-unsupported', detail);
}

export function mediaType(ctx: Context): string {
  return ctx.request.type.trim().toLowerCase();
}
