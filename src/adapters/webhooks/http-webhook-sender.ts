import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { WebhookOutcome } from '../../domain/webhook.ts';
import type { WebhookSender } from '../../services/ports/webhook-sender.ts';
import { isPublicAddress } from './public-address.ts';

export interface HttpWebhookSenderOptions {
  /** Whether receivers may be on this machine, or in a private network. */
  readonly allowsPrivate: boolean;
  /** From the start to the answer's headers. */
  readonly timeoutMs?: number;
  readonly userAgent: string;
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** Of an answer so much is read, for the sake of the connection. */
const MAX_ANSWER_OCTETS = 65_536;
const MAX_SOCKETS = 64;
const PRIVATE = 'The address is not one of the public internet; WEBHOOK_PRIVATE_ADDRESSES=true takes it.';

/**
 * Sends with Node's own client: no redirections are followed, so nobody is sent on to where they may not go, and names
 * are looked up here, so that the address that is checked is the one that is connected to.
 */
export class HttpWebhookSender implements WebhookSender {
  readonly #options: HttpWebhookSenderOptions;
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };

  constructor(options: HttpWebhookSenderOptions) {
    this.#options = options;
    const agent = {
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      ...(options.allowsPrivate ? {} : { lookup: publicOnly }),
    };
    this.#agents = { http: new HttpAgent(agent), https: new HttpsAgent(agent) };
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  refusalOf(given: string): string | undefined {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return 'Expected an http:// or https:// URL.';
    if (url.username !== '' || url.password !== '') return 'A user and a password in the URL are not taken.';
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const isLocal = isIP(host) === 0 ? /(?:^|\.)localhost\.?$/i.test(host) : !isPublicAddress(host);
    return isLocal && !this.#options.allowsPrivate ? PRIVATE : undefined;
  }

  send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal?: AbortSignal,
  ): Promise<WebhookOutcome> {
    const refusal = this.refusalOf(url);
    if (refusal !== undefined) return Promise.resolve({ kind: 'failed', reason: refusal });
    const { timeoutMs = DEFAULT_TIMEOUT_MS, userAgent } = this.#options;
    const octets = Buffer.from(body);
    return new Promise((resolve) => {
      const isTls = new URL(url).protocol === 'https:';
      const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1_000} s`), timeoutMs);
      const onAbort = (): void => fail('the server is stopping');
      const settle = (outcome: WebhookOutcome): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
      const request = (isTls ? httpsRequest : httpRequest)(
        url,
        {
          method: 'POST',
          agent: isTls ? this.#agents.https : this.#agents.http,
          headers: {
            'Content-Type': 'application/json',
            'Content-Length': octets.length,
            'User-Agent': userAgent,
            ...headers,
          },
        },
        (response) => {
          settle({ kind: 'answered', status: response.statusCode ?? 0, ...retryAfter(response) });
          drain(response, timeoutMs);
        },
      );
      const fail = (reason: string): void => {
        settle({ kind: 'failed', reason });
        request.destroy();
      };
      request.on('error', (error: NodeJS.ErrnoException) => settle({ kind: 'failed', reason: reasonOf(error) }));
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort);
      request.end(octets);
    });
  }
}

/** Reads on for a little, so that the connection can be used again; what is longer, or slow, is cut off. */
function drain(response: IncomingMessage, timeoutMs: number): void {
  let octets = 0;
  const timer = setTimeout(() => response.destroy(), timeoutMs);
  timer.unref();
  response.on('data', (chunk: Buffer) => {
    octets += chunk.length;
    if (octets > MAX_ANSWER_OCTETS) response.destroy();
  });
  response.on('error', () => {});
  response.on('close', () => clearTimeout(timer));
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter({ headers }: IncomingMessage): { readonly retryAfterMs?: number } {
  const given = headers['retry-after'];
  if (given === undefined) return {};
  const ms = /^\d{1,9}$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: ms } : {};
}

/** The code and no more: messages of the network name addresses. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === NOT_PUBLIC_CODE) return PRIVATE;
  return `the connection failed${error.code === undefined ? '' : ` (${error.code})`}`;
}

const NOT_PUBLIC_CODE = 'ERR_ADDRESS_NOT_PUBLIC';

/** As `dns.lookup`, without the addresses that are not public. */
const publicOnly: LookupFunction = (hostname, options, done) => {
  systemLookup(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
    if (error !== null) return done(error, '', 0);
    const addresses = found.filter(({ address }) => isPublicAddress(address));
    const [first] = addresses;
    if (first === undefined) return done(Object.assign(new Error(PRIVATE), { code: NOT_PUBLIC_CODE }), '', 0);
    if (options.all === true) return done(null, addresses);
    return done(null, first.address, first.family);
  });
};
