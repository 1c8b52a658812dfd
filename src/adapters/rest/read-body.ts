import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
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
    onerror: (error, ctx) => refuse(error, ctx.req),
  });
  return async (ctx, next) => {
    if (ctx.is([...mediaTypes]) === false) throw unsupportedType(ctx, mediaTypes.join(' or '));
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
    ctx.request.rawBody = await readBytes(ctx.req, maxBytes);
    await next();
  };
}

/**
 * The whole body. What the request says of its length is not relied on: the octets are counted.
 * @throws HttpProblem `body-too-large`, `body-incomplete`
 */
async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) {
        stop();
        discard(request);
        reject(tooLarge(maxBytes));
      } else {
        chunks.push(chunk);
      }
    };
    const onEnd = (): void => {
      stop();
      resolve(Buffer.concat(chunks));
    };
    const onClose = (): void => {
      stop();
      reject(new HttpProblem('body-incomplete', 'The connection closed before the body was complete.'));
    };
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

function discard(request: IncomingMessage): void {
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
function refuse(error: Error, request: IncomingMessage): never {
  const { type, status, body } = error as { type?: unknown; status?: unknown; body?: unknown };
  if (type === 'entity.too.large') {
    discard(request);
    throw tooLarge(MAX_JSON_BYTES);
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

function unsupportedType(ctx: Context, wanted: string): HttpProblem {
  const given = mediaType(ctx);
  const detail = given === '' ? `Name the body's Content-Type: ${wanted}.` : `This takes ${wanted}.`;
  return new HttpProblem('media-type-unsupported', detail);
}

function mediaType(ctx: Context): string {
  return ctx.request.type.trim().toLowerCase();
}
