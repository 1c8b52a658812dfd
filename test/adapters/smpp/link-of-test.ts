import net from 'node:net';
import { afterEach } from 'vitest';
import { SmppLink, type SmppLinkOptions } from '../../../src/adapters/smpp/smpp-link.ts';
import { parseSmppUrl } from '../../../src/adapters/smpp/smpp-url.ts';
import type { SmsLinkState, SmsPart } from '../../../src/services/ports/sms-link.ts';
import { type Smsc, type SmscOptions, startSmsc } from '../../../src/simulators/smsc/smsc.ts';
import { segmentSms } from '../../../src/wire/wap/segment.ts';

/** Done after each test, the last first. */
export const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

export async function smscWith(options: SmscOptions = {}): Promise<Smsc> {
  const smsc = await startSmsc({ deliverWithoutHandset: true, ...options });
  cleanUp.push(() => smsc.close());
  return smsc;
}

export const QUICK = 'responseMs=300&enquireMs=40&enquireMisses=2&connectMs=300&backOffMs=10&maxBackOffMs=40';

export function linkTo(port: number, extra = '', options: SmppLinkOptions = {}): SmppLink {
  const link = new SmppLink(parseSmppUrl(`smpp://test:secret@127.0.0.1:${port}?${QUICK}${extra}`), options);
  cleanUp.push(() => link.close(50));
  return link;
}

export function until(link: SmppLink, state: SmsLinkState): Promise<void> {
  if (link.state === state) return Promise.resolve();
  return new Promise((resolve) => {
    const off = link.onStateChange((now) => {
      if (now !== state) return;
      off();
      resolve();
    });
  });
}

export async function waitFor(condition: () => boolean, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

export function part(text = 'hello', destination = '+491701234567'): SmsPart {
  const [segment] = segmentSms(Buffer.from(text), { destinationPort: 2948, sourcePort: 49154, reference: 1 });
  if (!segment) throw new Error('no segment');
  return { destination, ...segment };
}

/** A server that answers a bind properly and leaves the rest to the test. */
export async function rawSmsc(
  afterBind: (socket: net.Socket, frame: Buffer) => void,
): Promise<{ port: number; binds: () => number }> {
  let binds = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (data.readUInt32BE(4) === 0x00000009) {
        binds += 1;
        const response = Buffer.alloc(17);
        response.writeUInt32BE(17, 0);
        response.writeUInt32BE(0x80000009, 4);
        response.writeUInt32BE(data.readUInt32BE(12), 12);
        socket.write(response);
      } else afterBind(socket, data);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUp.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return { port: (server.address() as net.AddressInfo).port, binds: () => binds };
}

// The peer is our simulated SMSC, or a server that only answers binds; all over TCP on loopback.
