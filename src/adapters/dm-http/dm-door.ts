import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { AppError } from '../../services/app-error.ts';
import type { DmMessages } from '../../services/dm-messages.ts';
import type { Log } from '../../services/ports/log.ts';
import type { DmMessageOutcome, SessionMetrics } from '../../services/ports/metrics.ts';
import { HMAC_HEADER } from '../../syncml/hmac-header.ts';
import { DM_MEDIA_TYPES, parseContentType } from '../../syncml/media-type.ts';
import { certificateNames } from './certificate-names.ts';
import { CONTENT_CODINGS, encodeGzip, namesGzip, parseContentCoding } from './content-coding.ts';
import { readBody } from './read-body.ts';

export interface DmDoorOptions {
  readonly messages: Pick<DmMessages, 'handle'>;
  readonly metrics: Pick<SessionMetrics, 'messageHandled'>;
  readonly log: Pick<Log, 'info' | 'error'>;
  /** Whether messages over plain HTTP are refused; what a trusted proxy says of the protocol counts. Default: no. */
  readonly requireHttps?: boolean;
  /** The largest body, octets, as it arrives and as it unwraps. */
  readonly maxBodyBytes: number;
  /** Whether a client that says it takes gzip gets larger replies in it. Default: no. */
  readonly gzipReplies?: boolean;
  /** How long a client may go on sending a body nobody reads before its connection is cut, milliseconds. Default 5,000. */
  readonly discardMs?: number;
}

/** Below this, gzip wins nothing that a packet would notice, octets. */
const MIN_GZIP_BYTES = 1_024;

const DISCARD_MS = 5_000;

/** Where devices post their messages. */
export const DM_PATH = '/dm';

/**
 * The device door, `POST /dm`: octets in, octets out (OMA-TS-SyncML_HTTPBinding). Answers in the media type of the
 * request. 400 says what is off with a body that is no SyncML message, 403 that it came over plain HTTP where that is
 * refused, 413 and 415 speak for themselves, 429 that too many wrong credentials came from there, 503 asks to repeat:
 * nothing has happened then. A bug of ours is a 500 with an id that the log has too.
 *
 * A body may come in gzip or deflate; what is handed on, and what a MAC in a header is taken over, is the SyncML
 * document itself, before a client wraps it and after the server has unwrapped it. Replies go the same way: a MAC first,
 * gzip last, and that only where it is switched on, the client names gzip, and speaks HTTP/1.1. It is off by default
 * because there are HTTP stacks that announce what the DM client behind them cannot undo, because WBXML has little left
 * to win, and because compressing secrets beside text that others choose gives away something of them by the length.
 *
 * A client that waits for `100 Continue` is told to go on only when its header fields are in order, so that nobody
 * sends a body that is going to be refused.
 */
export function dmDoor(options: DmDoorOptions): Middleware {
  const { messages, metrics, log, maxBodyBytes, requireHttps = false } = options;
  const { gzipReplies = false, discardMs = DISCARD_MS } = options;
  const refuse = (ctx: Context, status: number, text: string, outcome?: DmMessageOutcome): void => {
    if (outcome !== undefined) metrics.messageHandled(outcome, 'unknown', 0);
    if (!ctx.req.complete) discardBody(ctx, discardMs);
    ctx.status = status;
    ctx.set('Content-Type', 'text/plain; charset=utf-8');
    ctx.body = `${text}\n`;
    // The text may quote the body; the log does not.
    if (status < 500)
      log.info({ address: ctx.ip, protocol: ctx.protocol, status }, 'request at the device door refused');
  };
  return async (ctx, next) => {
    if (ctx.path !== DM_PATH) return next();
    ctx.set('Cache-Control', 'no-store');
    if (requireHttps && ctx.protocol !== 'https') {
      return refuse(ctx, 403, 'This server takes messages over HTTPS only.');
    }
    if (ctx.method !== 'POST') {
      ctx.set('Allow', 'POST');
      return refuse(ctx, 405, 'DM messages come by POST.');
    }
    const type = parseContentType(ctx.get('Content-Type'));
    if (type === undefined) {
      return refuse(ctx, 415, `The Content-Type has to be one of ${DM_MEDIA_TYPES.join(', ')}.`, 'malformed');
    }
    const coding = parseContentCoding(ctx.get('Content-Encoding'));
    if (coding === undefined) {
      ctx.set('Accept-Encoding', CONTENT_CODINGS);
      return refuse(ctx, 415, `The Content-Encoding has to be one of ${CONTENT_CODINGS}, or none.`, 'malformed');
    }
    const reading = await readBody(ctx, coding, maxBodyBytes);
    if (reading.kind === 'too-large') {
      return refuse(ctx, 413, `A message has at most ${maxBodyBytes} octets here.`, 'too-large');
    }
    if (reading.kind === 'broken-off') return refuse(ctx, 400, 'The body broke off.', 'malformed');
    if (reading.kind === 'damaged') return refuse(ctx, 400, `The body is not what ${coding} makes.`, 'malformed');
    try {
      const hmac = ctx.get(HMAC_HEADER);
      const transportIdentities = certificateNames(ctx.socket);
      const answer = await messages.handle({
        ...type,
        body: reading.body,
        ...(hmac !== '' && { hmac }),
        ...(transportIdentities !== undefined && { transportIdentities }),
        address: ctx.ip,
      });
      if (answer.kind === 'later') {
        const seconds = Math.ceil(answer.afterMs / 1_000);
        ctx.set('Retry-After', String(seconds));
        return refuse(ctx, 429, `${answer.reason} Come again in ${seconds} s.`);
      }
      if (answer.kind === 'malformed') return refuse(ctx, 400, `Not a SyncML message: ${answer.reason}`);
      const { contentType, body, headers } = answer.reply;
      // Some clients compare the header's name and value letter by letter.
      ctx.set('Content-Type', contentType);
      if (headers !== undefined) ctx.set(headers);
      ctx.status = 200;
      if (gzipReplies && body.length > MIN_GZIP_BYTES && takesGzip(ctx)) {
        ctx.set('Content-Encoding', 'gzip');
        ctx.body = await encodeGzip(body);
      } else {
        ctx.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'unavailable') {
        ctx.set('Retry-After', '5');
        return refuse(ctx, 503, 'The server cannot store anything for the moment. Repeat the message.');
      }
      const incident = randomUUID();
      log.error({ err: error, incident, address: ctx.ip }, 'a message of a device could not be answered');
      refuse(ctx, 500, `A fault of this server, in its log under ${incident}.`);
    }
  };
}

/** HTTP/1.0 knows no Content-Encoding that a client need understand. */
function takesGzip(ctx: Context): boolean {
  return ctx.req.httpVersionMinor > 0 && namesGzip(ctx.get('Accept-Encoding'));
}

/**
 * The answer goes out while the client may still be sending. What it sends is read and thrown away, for a while: a
 * client that listens only after it has sent everything would find the connection reset, and no answer.
 */
function discardBody({ req, res }: Context, discardMs: number): void {
  req.on('error', () => {});
  req.resume();
  res.once('finish', () => {
    if (req.complete) return;
    const timer = setTimeout(() => req.destroy(), discardMs);
    timer.unref();
    for (const end of ['end', 'close']) req.once(end, () => clearTimeout(timer));
  });
}
