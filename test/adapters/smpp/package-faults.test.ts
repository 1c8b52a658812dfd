import net from 'node:net';
import smpp from 'smpp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readIncomingMessage } from '../../../src/adapters/smpp/incoming-message.ts';
import { SmppLink } from '../../../src/adapters/smpp/smpp-link.ts';
import { parseSmppUrl } from '../../../src/adapters/smpp/smpp-url.ts';
import type { SmsPart } from '../../../src/services/ports/sms-link.ts';
import { segmentSms } from '../../../src/wire/wap/segment.ts';

// What npm `smpp` 0.5.1 does wrong, fault by fault: the package is shown to do it, then the link with the same peer is
// shown not to. `Silence` is what the package leaves its user with; it is told from slowness by what comes after it.

interface PackageSession {
  send(pdu: object, onResponse: (response: { readonly command_status: number }) => void): boolean;
  on(event: string, listener: (...args: never[]) => void): void;
  connect(): void;
  close(): void;
  destroy(): void;
  readonly socket: net.Socket;
}
const library = smpp as unknown as {
  connect(options: object, onConnect: () => void): PackageSession;
};

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of cleanUp.splice(0).reverse()) await close();
});

type Peer = (socket: net.Socket, pdu: Buffer, connection: number) => void;

/** A peer that takes whole PDUs; binds are answered unless it does so itself. */
async function peer(onPdu: Peer, answersBinds = true): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => undefined);
    let waiting = Buffer.alloc(0);
    socket.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      while (waiting.length >= 16 && waiting.length >= waiting.readUInt32BE(0)) {
        const pdu = waiting.subarray(0, waiting.readUInt32BE(0));
        waiting = waiting.subarray(pdu.length);
        if (answersBinds && pdu.readUInt32BE(4) === BIND) socket.write(pduOf(BIND | RESPONSE, sequenceOf(pdu), '\0'));
        else onPdu(socket, pdu, connection);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUp.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as net.AddressInfo).port, connections: () => connections };
}

const BIND = 0x09;
const SUBMIT = 0x04;
const ENQUIRE = 0x15;
const RESPONSE = 0x80000000;
const sequenceOf = (pdu: Buffer): number => pdu.readUInt32BE(12);

function pduOf(command: number, sequence: number, body = '', length?: number): Buffer {
  const octets = Buffer.alloc(16 + body.length);
  octets.writeUInt32BE(length ?? octets.length, 0);
  octets.writeUInt32BE(command >>> 0, 4);
  octets.writeUInt32BE(sequence, 12);
  octets.write(body, 16, 'latin1');
  return octets;
}

const accept: Peer = (socket, pdu) => {
  const command = pdu.readUInt32BE(4);
  if (command === SUBMIT) socket.write(pduOf(SUBMIT | RESPONSE, sequenceOf(pdu), 'id\0'));
  if (command === ENQUIRE) socket.write(pduOf(ENQUIRE | RESPONSE, sequenceOf(pdu)));
};

function linkTo(port: number, extra = ''): SmppLink {
  const url = `smpp://e:p@127.0.0.1:${port}?responseMs=300&enquireMs=50&connectMs=2000&backOffMs=10&maxBackOffMs=40${extra}`;
  const link = new SmppLink(parseSmppUrl(url));
  cleanUp.push(() => link.close(50));
  return link;
}

/** The package's own session, bound. */
async function packageSession(port: number): Promise<PackageSession> {
  const session = await new Promise<PackageSession>((resolve) => {
    const made: PackageSession = library.connect({ url: `smpp://127.0.0.1:${port}` }, () => resolve(made));
  });
  session.on('error', () => undefined);
  cleanUp.push(() => session.destroy());
  await new Promise<void>((resolve) => {
    session.send(new smpp.PDU('bind_transceiver', { system_id: 'e', password: 'p' }), () => resolve());
  });
  return session;
}

async function waitFor(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

function part(text = 'x'): SmsPart {
  const [segment] = segmentSms(Buffer.from(text), { destinationPort: 2948, sourcePort: 49154, reference: 1 });
  if (segment === undefined) throw new Error('no segment');
  return { destination: '491', ...segment };
}

const submitPdu = () => new smpp.PDU('submit_sm', { destination_addr: '491', short_message: Buffer.from('x') });

describe('the package', () => {
  it('never tells of an answer that does not come; the link does, and goes on', async () => {
    const silent = await peer((socket, pdu) => {
      if (pdu.readUInt32BE(4) === ENQUIRE) socket.write(pduOf(ENQUIRE | RESPONSE, sequenceOf(pdu)));
    });
    const session = await packageSession(silent.port);
    let told = false;
    session.send(submitPdu(), () => {
      told = true;
    });
    const link = linkTo(silent.port);
    await waitFor(() => link.state === 'bound');
    expect((await link.submit(part())).kind).toBe('uncertain');
    expect(link.state).toBe('bound');
    expect(told).toBe(false);
  });

  it('forgets those who wait when the connection closes; the link tells each, and binds anew by itself', async () => {
    const dropping = await peer((socket, pdu) => {
      if (pdu.readUInt32BE(4) === SUBMIT) socket.destroy();
      else accept(socket, pdu, 0);
    });
    const session = await packageSession(dropping.port);
    let told = false;
    const closed = new Promise<void>((resolve) => {
      session.on('close', () => resolve());
    });
    session.send(submitPdu(), () => {
      told = true;
    });
    await closed;
    const link = linkTo(dropping.port);
    await waitFor(() => link.state === 'bound');
    const before = dropping.connections();
    const outcomes = await Promise.all([link.submit(part()), link.submit(part())]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['uncertain', 'uncertain']);
    await waitFor(() => dropping.connections() > before && link.state === 'bound');
    expect(told).toBe(false);
  });

  it('has no window; the link keeps to its own', async () => {
    let open = 0;
    let most = 0;
    let patience = 50;
    const held: (() => void)[] = [];
    const counting = await peer((socket, pdu) => {
      if (pdu.readUInt32BE(4) !== SUBMIT) return accept(socket, pdu, 0);
      open += 1;
      most = Math.max(most, open);
      held.push(() => {
        open -= 1;
        accept(socket, pdu, 0);
      });
      if (held.length >= patience) {
        setImmediate(() => {
          for (const answer of held.splice(0)) answer();
        });
      }
    });
    const session = await packageSession(counting.port);
    let answered = 0;
    for (let n = 0; n < 50; n++) {
      session.send(submitPdu(), () => {
        answered += 1;
      });
    }
    await waitFor(() => answered === 50);
    expect(most).toBe(50);
    patience = 1;
    most = 0;
    const link = linkTo(counting.port, '&window=4');
    await waitFor(() => link.state === 'bound');
    await Promise.all(Array.from({ length: 50 }, () => link.submit(part())));
    expect(most).toBe(4);
  });

  it('does not look whether enquire_link is answered; the link gives the connection up', async () => {
    const dead = await peer(() => undefined);
    const session = await packageSession(dead.port);
    let closed = false;
    session.on('close', () => {
      closed = true;
    });
    session.send(new smpp.PDU('enquire_link'), () => undefined);
    const link = linkTo(dead.port);
    await waitFor(() => link.state === 'bound');
    await waitFor(() => link.state === 'waiting');
    expect(link.lastFault).toContain('enquire_link');
    expect(closed).toBe(false);
  });

  it.each([
    ['longer than 16 KiB', 20_000],
    ['shorter than its header', 8],
  ])('is deaf after a PDU that says it is %s, its connection open; the link makes a new one', async (_, length) => {
    let lies = 0;
    const lying = await peer((socket, pdu, connection) => {
      if (pdu.readUInt32BE(4) === SUBMIT && connection <= 2) {
        lies += 1;
        socket.write(pduOf(SUBMIT | RESPONSE, sequenceOf(pdu), 'id\0', length));
      }
      accept(socket, pdu, connection);
    });
    const session = await packageSession(lying.port);
    let told = false;
    session.send(submitPdu(), () => {
      told = true;
    });
    await waitFor(() => lies === 1);
    const link = linkTo(lying.port);
    await waitFor(() => link.state === 'bound');
    expect((await link.submit(part())).kind).toBe('uncertain');
    await waitFor(() => lying.connections() === 3 && link.state === 'bound');
    expect(await link.submit(part())).toEqual({ kind: 'accepted', messageId: 'id' });
    expect(told).toBe(false);
  });

  it('is deaf after a callback that throws; the link outlives its listeners and handlers', async () => {
    const good = await peer(accept);
    const session = await packageSession(good.port);
    const thrown = new Promise<unknown>((resolve) => {
      const others = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const other of others) process.on('uncaughtException', other);
        resolve(error);
      });
    });
    session.send(submitPdu(), () => {
      throw new Error('in a callback');
    });
    await thrown;
    const link = linkTo(good.port);
    link.onStateChange(() => {
      throw new Error('in a listener');
    });
    await waitFor(() => link.state === 'bound');
    expect((await link.submit(part())).kind).toBe('accepted');
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('carries half a PDU over into its next connection; the link begins each afresh', async () => {
    const halving = await peer((socket, pdu, connection) => {
      const command = pdu.readUInt32BE(4);
      if (command === BIND) {
        // In two pieces, so that what is left of another connection would come in between.
        const answer = pduOf(BIND | RESPONSE, sequenceOf(pdu), '\0');
        socket.write(answer.subarray(0, 7));
        setTimeout(() => socket.write(answer.subarray(7)), 5);
      } else if (command === SUBMIT && connection <= 3) {
        socket.write(pduOf(SUBMIT | RESPONSE, sequenceOf(pdu), 'id\0').subarray(0, 11));
        setTimeout(() => socket.destroy(), 5);
      } else accept(socket, pdu, connection);
    }, false);
    // The package, connected anew with the same session: the answer to the second bind comes and is not heard.
    let answers = 0;
    const cutting = await peer((socket, pdu, connection) => {
      if (pdu.readUInt32BE(4) === BIND) {
        socket.write(pduOf(BIND | RESPONSE, sequenceOf(pdu), '\0'), () => {
          if (connection === 2) answers += 1;
        });
      } else socket.write(pduOf(SUBMIT | RESPONSE, sequenceOf(pdu), 'id\0').subarray(0, 11), () => socket.end());
    }, false);
    const session = await packageSession(cutting.port);
    const closed = new Promise<void>((resolve) => {
      session.socket.once('close', () => resolve());
    });
    session.send(submitPdu(), () => undefined);
    await closed;
    let told = false;
    session.socket.once('connect', () => {
      session.send(new smpp.PDU('bind_transceiver', { system_id: 'e', password: 'p' }), () => {
        told = true;
      });
    });
    session.connect();

    const link = linkTo(halving.port);
    for (let connection = 1; connection <= 3; connection++) {
      await waitFor(() => link.state === 'bound');
      expect((await link.submit(part())).kind).toBe('uncertain');
    }
    await waitFor(() => link.state === 'bound' && halving.connections() === 4);
    expect((await link.submit(part())).kind).toBe('accepted');
    await waitFor(() => answers === 1);
    expect(told).toBe(false);
  });

  it('leaves Nagle on; the link switches it off before the first octet', async () => {
    const noDelay = vi.spyOn(net.Socket.prototype, 'setNoDelay');
    const good = await peer(accept);
    await packageSession(good.port);
    expect(noDelay).not.toHaveBeenCalled();
    const link = linkTo(good.port);
    await waitFor(() => link.state === 'bound');
    expect(noDelay).toHaveBeenCalledWith(true);
  });

  it('cannot encode a header that it has decoded, nor more than 255 octets; the link keeps octets as they are', async () => {
    const udh = Buffer.from('0605040b84c002', 'hex');
    const octets = new smpp.PDU('submit_sm', {
      esm_class: 0x40,
      short_message: Buffer.concat([udh, Buffer.from('body')]),
    }).toBuffer();
    const decoded = new smpp.PDU(octets) as unknown as { short_message: object };
    let encodedAgain: Buffer | undefined;
    try {
      encodedAgain = new smpp.PDU('submit_sm', {
        esm_class: 0x40,
        short_message: decoded.short_message as Buffer,
      }).toBuffer();
    } catch {
      encodedAgain = undefined;
    }
    expect(encodedAgain?.equals(octets) ?? false).toBe(false);
    expect(() => new smpp.PDU('submit_sm', { short_message: Buffer.alloc(256) }).toBuffer()).toThrow();

    const frame = new smpp.PDU('deliver_sm', {
      esm_class: 0x40,
      short_message: Buffer.concat([udh, Buffer.from('b')]),
    });
    const message = readIncomingMessage(frame.toBuffer());
    if (message.kind !== 'sms') throw new Error('taken for a receipt');
    expect(Buffer.from(message.sms.udh).equals(udh)).toBe(true);
    const good = await peer(accept);
    const link = linkTo(good.port);
    await waitFor(() => link.state === 'bound');
    expect(() => link.submit({ destination: '491', udh, body: Buffer.alloc(250) })).toThrow(RangeError);
    expect((await link.submit({ destination: '491', udh: message.sms.udh, body: Buffer.alloc(133) })).kind).toBe(
      'accepted',
    );
  });

  it('leaves esm_class and data_coding 0 for octets; the link says that there is a header, and 8-bit data', async () => {
    const plain = new smpp.PDU(new smpp.PDU('submit_sm', { short_message: Buffer.from([1, 2]) }).toBuffer());
    expect([plain['esm_class'], plain['data_coding']]).toEqual([0, 0]);
    const seen: Buffer[] = [];
    const good = await peer((socket, pdu, connection) => {
      if (pdu.readUInt32BE(4) === SUBMIT) seen.push(Buffer.from(pdu));
      accept(socket, pdu, connection);
    });
    const link = linkTo(good.port);
    await waitFor(() => link.state === 'bound');
    await link.submit(part());
    const sent = new smpp.PDU(seen[0] ?? Buffer.alloc(0));
    expect([sent['esm_class'], sent['data_coding']]).toEqual([0x40, 0x04]);
  });
});
