import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM files; the listener then speaks HTTPS, TLS 1.2 and up. They are read again when they change. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly handler: RequestListener;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, text: string): void;
    error(fields: Readonly<Record<string, unknown>>, text: string): void;
  };
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
 * Listens for HTTP, or HTTPS when there is a certificate.
 *
 * @throws Error when the address cannot be taken or the certificate and key are no pair
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, port, tls, handler } = options;
  const server = tls === undefined ? createServer(handler) : createTlsServer(readPair(tls), handler);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, 'listening');
  const stopWatching = tls === undefined ? () => {} : watchPair(server as TlsServer, tls, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs = 5_000) => {
      stopWatching();
      return closeServer(server, graceMs);
    },
  };
}

function readPair({ certFile, keyFile }: NonNullable<ListenerOptions['tls']>) {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.2' as const };
}

/** Takes a renewed certificate without a restart. A pair that does not fit together is reported and the old one stays. */
function watchPair(server: TlsServer, tls: NonNullable<ListenerOptions['tls']>, options: ListenerOptions): () => void {
  let seen = stampOf(tls);
  const timer = setInterval(() => {
    const stamp = stampOf(tls);
    if (stamp === seen) return;
    seen = stamp;
    try {
      server.setSecureContext(readPair(tls));
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

function stampOf({ certFile, keyFile }: NonNullable<ListenerOptions['tls']>): string {
  return [certFile, keyFile]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'absent' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    })
    .join();
}

async function closeServer(server: Server | TlsServer, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
