import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { AppError } from '../../services/app-error.ts';
import type { DmMessages } from '../../services/dm-messages.ts';
import type { Log } from '../../services/ports/log.ts';
import type { DmMessageOutcome, SessionMetrics } from '../../services/ports/metrics.ts';
import { HMAC_HEADER } from '../../syncml/hmac-header.ts';
import { DM_MEDIA_TYPES, parseContentType } from '../../syncml/media-type.ts';
import { readBody } from './read-body.ts';

export interface DmDoorOptions {
  readonly messages: Pick<DmMessages, 'handle'>;
  readonly metrics: Pick<SessionMetrics, 'messageHandled'>;
  readonly log: Pick<Log, 'error'>;
  /** The largest body, octets. */
  readonly maxBodyBytes: number;
}

/** So long a client may go on sending a body nobody reads before its connection is cut, milliseconds. */
const DISCARD_MS = 2_000;

/**
 * The device door, `POST /dm`: octets in, octets out (OMA-TS-SyncML_HTTPBinding). Answers in the media type of the
 * request. 400 says what is off with a body that is no SyncML message, 413 and 415 speak for themselves, 503 asks to
 * repeat: nothing has happened then. A bug of ours is a 500 with an id that the log has too.
 */
export function dmDoor({ messages, metrics, log, maxBodyBytes }: DmDoorOptions): Middleware {
  const refuse = (ctx: Context, status: number, text: string, outcome?: DmMessageOutcome): void => {
    if (outcome !== undefined) metrics.messageHandled(outcome, 'unknown', 0);
    ctx.status = status;
    ctx.set('Content-Type', 'text/plain; charset=utf-8');
    ctx.body = `${text}\n`;
  };
  return async (ctx, next) => {
    if (ctx.path !== '/dm') return next();
    ctx.set('Cache-Control', 'no-store');
    if (ctx.method !== 'POST') {
      ctx.set('Allow', 'POST');
      discardBody(ctx);
      return refuse(ctx, 405, 'DM messages come by POST.');
    }
    const type = parseContentType(ctx.get('Content-Type'));
    if (type === undefined) {
      discardBody(ctx);
      return refuse(ctx, 415, `The Content-Type has to be one of ${DM_MEDIA_TYPES.join(', ')}.`, 'malformed');
    }
    const reading = await readBody(ctx.req, maxBodyBytes);
    if (reading.kind === 'too-large') {
      discardBody(ctx);
      return refuse(ctx, 413, `A message has at most ${maxBodyBytes} octets here.`, 'too-large');
    }
    if (reading.kind === 'broken-off') return refuse(ctx, 400, 'The body broke off.', 'malformed');
    try {
      const hmac = ctx.get(HMAC_HEADER);
      const answer = await messages.handle({ ...type, body: reading.body, ...(hmac !== '' && { hmac }) });
      if (answer.kind === 'malformed') return refuse(ctx, 400, `Not a SyncML message: ${answer.reason}`);
      const { contentType, body, headers } = answer.reply;
      // Some clients compare the header's name and value letter by letter.
      ctx.set('Content-Type', contentType);
      if (headers !== undefined) ctx.set(headers);
      ctx.status = 200;
      ctx.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    } catch (error) {
      if (error instanceof AppError && error.code === 'unavailable') {
        ctx.set('Retry-After', '5');
        return refuse(ctx, 503, 'The server cannot store anything for the moment. Repeat the message.');
      }
      const incident = randomUUID();
      log.error({ err: error, incident }, 'a message of a device could not be answered');
      refuse(ctx, 500, `A fault of this server, in its log under ${incident}.`);
    }
  };
}

/** The answer goes out while the client may still be sending: what it sends is thrown away, for a while. */
function discardBody(ctx: Context): void {
  ctx.set('Connection', 'close');
  const { req, res } = ctx;
  req.on('error', () => {});
  req.resume();
  res.once('finish', () => {
    if (req.complete) return;
    const timer = setTimeout(() => req.destroy(), DISCARD_MS);
    timer.unref();
    req.once('close', () => clearTimeout(timer));
  });
}
