import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { chainFaults } from './certificate-chain.ts';
import { forwardedHeaders } from './forwarded.ts';
import { SlowRequests } from './slow-requests.ts';
import { readTlsFiles, stampOfFiles, type TlsSettings } from './tls-files.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The listener then speaks HTTPS. The files are read again when they change. */
  readonly tls?: TlsSettings;
  /** Addresses and CIDR ranges whose word on the client's address and protocol is taken. Default: nobody's. */
  readonly trustedProxies?: readonly string[];
  readonly handler: RequestListener;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, text: string): void;
    error(fields: Readonly<Record<string, unknown>>, text: string): void;
  };
  /** Requests that may take as long as they keep coming; the others have a minute. Default: none. */
  readonly mayTakeLong?: (request: IncomingMessage) => boolean;
  /** How long a request may take to arrive, milliseconds. */
  readonly requestMs?: number;
  /** How often the files are looked at, milliseconds. */
  readonly recheckMs?: number;
}

export interface Listener {
  readonly port: number;
  /** No new connections; those that are busy may finish for so long, then they are cut. */
  close(graceMs?: number): Promise<void>;
}

/** A slow client is cut off rather than waited for. */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the pauses of a device between two messages of a session. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const RECHECK_MS = 5_000;

/**
 * Listens for HTTP, or HTTPS when there is a certificate. The handler may rely on `X-Forwarded-For` and
 * `X-Forwarded-Proto`: see {@link forwardedHeaders}. A client that waits for `100 Continue` waits for the handler, which
 * writes it or refuses; the listener sees to the connection.
 *
 * A client certificate is asked for, not insisted on: a client without one, or with one that nobody vouches for, is
 * let in without a name.
 *
 * @throws Error when the address cannot be taken, the certificate and key are no pair, or a trusted proxy is no address
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, port, tls, trustedProxies = [] } = options;
  const forwarded = forwardedHeaders(trustedProxies);
  const slow = new SlowRequests(options.requestMs ?? REQUEST_TIMEOUT_MS, options.mayTakeLong ?? (() => false));
  const handler: RequestListener = (request, response) => {
    slow.watch(request);
    forwarded(request);
    options.handler(request, response);
  };
  const server = tls === undefined ? createServer(handler) : createSecureServer(tls, handler, options.log);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    closeUnlessContinued(response);
    handler(request, response);
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  // See SlowRequests.
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, 'listening');
  const stopWatching = tls === undefined ? () => {} : watchFiles(server as TlsServer, tls, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs = 5_000) => {
      stopWatching();
      slow.stop();
      return closeServer(server, graceMs);
    },
  };
}

/**
 * A client that is refused while it holds its body back may send it all the same or not at all: nobody knows where its
 * next request begins, so there is none on this connection (RFC 9110, 10.1.1).
 */
function closeUnlessContinued(response: ServerResponse): void {
  const { shouldKeepAlive } = response;
  const writeContinue = response.writeContinue.bind(response);
  response.shouldKeepAlive = false;
  response.writeContinue = (callback) => {
    response.shouldKeepAlive = shouldKeepAlive;
    writeContinue(callback);
  };
}

/** Reads the files, and says what devices could hold against the certificates. */
function readAndCheck(tls: TlsSettings, log: ListenerOptions['log']): ReturnType<typeof readTlsFiles> {
  const context = readTlsFiles(tls);
  const faults = chainFaults(context.cert, new Date());
  if (faults.length > 0) log.error({ certFile: tls.certFile, faults }, 'devices may not accept the certificate');
  return context;
}

function createSecureServer(tls: TlsSettings, handler: RequestListener, log: ListenerOptions['log']): TlsServer {
  const server = createTlsServer(
    {
      ...readAndCheck(tls, log),
      requestCert: tls.clientCaFile !== undefined,
      rejectUnauthorized: false,
      // A client that offers nothing but 1.0 would be turned away in the handshake.
      ALPNProtocols: ['http/1.1', 'http/1.0'],
    },
    handler,
  );
  if (tls.clientCaFile === undefined) return server;
  return server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.authorized || socket.getPeerCertificate().subject === undefined) return;
    const fields = { address: socket.remoteAddress, reason: socket.authorizationError };
    log.info(fields, 'a client certificate that cannot be verified counts as none');
  });
}

/** Takes renewed files without a restart. What does not fit together is reported and the old stays. */
function watchFiles(server: TlsServer, tls: TlsSettings, options: ListenerOptions): () => void {
  let seen = stampOfFiles(tls);
  const timer = setInterval(() => {
    const stamp = stampOfFiles(tls);
    if (stamp === seen) return;
    seen = stamp;
    try {
      server.setSecureContext(readAndCheck(tls, options.log));
      options.log.info({ certFile: tls.certFile }, 'certificate read again');
    } catch (error) {
      options.log.error(
        { err: error, certFile: tls.certFile },
        'the changed certificate cannot be used; the old one stays',
      );
    }
  }, options.recheckMs ?? RECHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function closeServer(server: Server | TlsServer, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
