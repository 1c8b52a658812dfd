import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Listener, startListener } from '../../../src/adapters/listener/listener.ts';

/** Longer than a busy machine stands still. */
const LIMIT_MS = 2_000;

let listener: Listener;
let received: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  received = 0;
  listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    log: { info: () => {}, error: () => {} },
    requestMs: LIMIT_MS,
    mayTakeLong: ({ url }) => url === '/long',
    handler: (request, response) => {
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      request.on('error', () => {});
      request.on('end', () => response.end('done'));
    },
  });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener.close(0);
});

/** A request that says it has 1,000 octets to come. */
function begin(path: string): {
  readonly socket: Socket;
  readonly said: () => string;
  readonly closed: Promise<unknown>;
} {
  const socket = connect(listener.port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n`);
  return { socket, said: () => text, closed: once(socket, 'close') };
}

/** Octet by octet until somebody ends it, or so many are sent. */
async function drip(socket: Socket, octets: number): Promise<number> {
  let sent = 0;
  for (; sent < octets && !socket.destroyed; sent++) {
    socket.write('x');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return sent;
}

describe('a request that comes slowly', () => {
  it('is ended with 408, although it keeps coming', async () => {
    const { socket, said, closed } = begin('/short');
    void drip(socket, 1_000);
    await closed;
    expect(said()).toMatch(/^HTTP\/1\.1 408 /);
    expect(received).toBeLessThan(1_000);
  });

  it('may take as long as it keeps coming, where that is expected', async () => {
    const { socket, said } = begin('/long');
    const started = Date.now();
    await drip(socket, 150);
    expect(Date.now() - started).toBeGreaterThan(LIMIT_MS * 1.25);
    expect(socket.destroyed).toBe(false);
    socket.write('x'.repeat(850));
    await once(socket, 'data');
    expect(said()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is ended there, too, once it stops coming', async () => {
    const { said, closed } = begin('/long');
    await closed;
    expect(said()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('leaves connections alone that wait for their next request', async () => {
    const { socket, said } = begin('/short');
    socket.write('x'.repeat(1_000));
    await once(socket, 'data');
    expect(said()).toMatch(/^HTTP\/1\.1 200 /);
    await new Promise((resolve) => setTimeout(resolve, LIMIT_MS * 1.5));
    expect(socket.destroyed).toBe(false);
  });
});
