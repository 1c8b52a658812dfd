import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SmppLink, type SmppLinkOptions } from '../../../src/adapters/smpp/smpp-link.ts';
import { parseSmppUrl } from '../../../src/adapters/smpp/smpp-url.ts';
import type { DeliveryReceipt, SmsLinkState, SmsPart } from '../../../src/services/ports/sms-link.ts';
import { type Smsc, type SmscOptions, startSmsc } from '../../../src/simulators/smsc/smsc.ts';
import { segmentSms } from '../../../src/wire/wap/segment.ts';
import { LOCALHOST_CERT, LOCALHOST_KEY } from './localhost-certificate.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function smscWith(options: SmscOptions = {}): Promise<Smsc> {
  const smsc = await startSmsc({ deliverWithoutHandset: true, ...options });
  cleanUp.push(() => smsc.close());
  return smsc;
}

const QUICK = 'responseMs=300&enquireMs=40&enquireMisses=2&connectMs=300&backOffMs=10&maxBackOffMs=40';

function linkTo(port: number, extra = '', options: SmppLinkOptions = {}): SmppLink {
  const link = new SmppLink(parseSmppUrl(`smpp://test:secret@127.0.0.1:${port}?${QUICK}${extra}`), options);
  cleanUp.push(() => link.close(50));
  return link;
}

function until(link: SmppLink, state: SmsLinkState): Promise<void> {
  if (link.state === state) return Promise.resolve();
  return new Promise((resolve) => {
    const off = link.onStateChange((now) => {
      if (now !== state) return;
      off();
      resolve();
    });
  });
}

async function waitFor(condition: () => boolean, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

function part(text = 'hello', destination = '+491701234567'): SmsPart {
  const [segment] = segmentSms(Buffer.from(text), { destinationPort: 2948, sourcePort: 49154, reference: 1 });
  if (!segment) throw new Error('no segment');
  return { destination, ...segment };
}

/** A server that answers a bind properly and leaves the rest to the test. */
async function rawSmsc(
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
describe('a submit over a good link', () => {
  it('reaches the SMSC with header, body and flags as they have to be', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    const outcome = await link.submit(part('hello'));
    expect(outcome.kind).toBe('accepted');
    const [push] = smsc.pushes;
    expect(push).toMatchObject({ destination: '491701234567', esmClass: 0x40, dataCoding: 0x04 });
    expect(Buffer.from(push?.udh ?? []).toString('hex')).toBe('0605040b84c002');
    expect(Buffer.from(push?.body ?? []).toString()).toBe('hello');
    expect(outcome).toEqual({ kind: 'accepted', messageId: push?.messageId });
  });

  it('keeps no more than the window unanswered and still sends everything', async () => {
    const smsc = await smscWith({ faults: { delayMs: 5 } });
    const link = linkTo(smsc.port, '&window=7');
    await until(link, 'bound');
    const all = Promise.all(Array.from({ length: 100 }, (_, n) => link.submit(part(`n${n}`))));
    await waitFor(() => smsc.submits > 0);
    expect(smsc.submits).toBeLessThanOrEqual(7);
    const outcomes = await all;
    expect(outcomes.every((outcome) => outcome.kind === 'accepted')).toBe(true);
    expect(new Set(outcomes.map((outcome) => (outcome.kind === 'accepted' ? outcome.messageId : ''))).size).toBe(100);
  });

  it('matches answers that come out of order to their submits', async () => {
    const smsc = await smscWith({ faults: { jitterMs: 30 } });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    const bodies = Array.from({ length: 40 }, (_, n) => `message ${n}`);
    const outcomes = await Promise.all(bodies.map((body) => link.submit(part(body))));
    for (const [index, outcome] of outcomes.entries()) {
      const push = smsc.pushes.find((one) => outcome.kind === 'accepted' && one.messageId === outcome.messageId);
      expect(Buffer.from(push?.body ?? []).toString()).toBe(bodies[index]);
    }
  });

  it('names the status when the SMSC refuses', async () => {
    const smsc = await smscWith({ faults: { submitStatus: 0x58 } });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    expect(await link.submit(part())).toEqual({ kind: 'refused', commandStatus: 0x58 });
  });

  it('will not send what fits no short message, or to what is no number', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    expect(() => link.submit({ destination: '1', udh: new Uint8Array(7), body: new Uint8Array(134) })).toThrow(
      RangeError,
    );
    expect(() => link.submit(part('x', 'tel:123'))).toThrow(RangeError);
  });
});

describe('a link of several binds', () => {
  it('sends over all of them, the parts of one message in order over one, and is bound while one is', async () => {
    const smsc = await smscWith({ faults: { delayMs: 5 } });
    const link = linkTo(smsc.port, '&binds=3&window=4');
    await waitFor(() => smsc.links === 3 && link.window === 12);
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        link.submit(part(`message ${Math.floor(n / 3)} part ${n % 3}`), Math.floor(n / 3)),
      ),
    );
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    const seen = smsc.pushes.map(({ body, connection }) => ({ text: Buffer.from(body).toString(), connection }));
    expect(new Set(seen.map(({ connection }) => connection)).size).toBe(3);
    for (let message = 0; message < 20; message++) {
      const parts = seen.filter(({ text }) => text.startsWith(`message ${message} `));
      expect(parts.map(({ text }) => text.at(-1))).toEqual(['0', '1', '2']);
      expect(new Set(parts.map(({ connection }) => connection)).size).toBe(1);
    }
  });

  it('sends as a transmitter and hears as a receiver when its SMSC wants two binds', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port, '&bind=separate&systemType=wap&addressRange=^1234');
    const receipts: DeliveryReceipt[] = [];
    link.onReceipt(async (receipt) => {
      receipts.push(receipt);
    });
    await waitFor(() => link.binds.every(({ state }) => state === 'bound'));
    expect(link.binds.map(({ role }) => role)).toEqual(['transmitter', 'receiver']);
    expect(
      smsc.binds.map(({ command, systemType, addressRange }) => [command, systemType, addressRange]).sort(),
    ).toEqual([
      ['bind_receiver', 'wap', '^1234'],
      ['bind_transmitter', 'wap', '^1234'],
    ]);
    expect((await link.submit(part())).kind).toBe('accepted');
    await waitFor(() => receipts.length === 1);
  });
});

describe('what a link is set to', () => {
  it('stands in every submit: addresses, validity, service type, receipts', async () => {
    const smsc = await smscWith();
    const link = linkTo(
      smsc.port,
      '&sourceAddr=Operator&serviceType=WAP&validitySeconds=90061&registeredDelivery=2&destRules=49:2:8:2:0',
    );
    await until(link, 'bound');
    await link.submit(part('x', '+491701234567'));
    await link.submit(part('x', '+33601'));
    expect(smsc.pushes.map(({ fields }) => fields)).toMatchObject([
      {
        service_type: 'WAP',
        source_addr_ton: 5,
        source_addr_npi: 0,
        source_addr: 'Operator',
        dest_addr_ton: 2,
        dest_addr_npi: 8,
        destination_addr: '01701234567',
        validity_period: '000001010101000R',
        registered_delivery: 2,
      },
      { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '33601' },
    ]);
  });

  it('decides in which notation message ids are kept', async () => {
    const smsc = await smscWith({ messageIds: 'hex-then-decimal' });
    const link = linkTo(smsc.port, '&messageIds=hex-then-decimal');
    const receipts: DeliveryReceipt[] = [];
    link.onReceipt(async (receipt) => {
      receipts.push(receipt);
    });
    await until(link, 'bound');
    const outcome = await link.submit(part());
    await waitFor(() => receipts.length === 1);
    expect(receipts[0]?.messageId).toBe(outcome.kind === 'accepted' ? outcome.messageId : '');
    expect(receipts[0]?.messageId).toMatch(/^[0-9a-f]+$/);
  });
});

describe('receipts and incoming messages', () => {
  it('hands over the receipt for the message that was accepted', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    const receipts: DeliveryReceipt[] = [];
    link.onReceipt(async (receipt) => {
      receipts.push(receipt);
    });
    await until(link, 'bound');
    const outcome = await link.submit(part());
    await waitFor(() => receipts.length === 1);
    expect(receipts[0]).toEqual({
      messageId: outcome.kind === 'accepted' ? outcome.messageId : '',
      state: 'delivered',
      errorCode: '000',
      destination: '491701234567',
      anyNotation: true,
    });
  });

  it('lets the SMSC repeat a receipt that could not be stored, and goes on working', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    let calls = 0;
    link.onReceipt(async () => {
      calls += 1;
      if (calls === 1) throw new Error('the database is away');
    });
    await until(link, 'bound');
    await link.submit(part());
    await waitFor(() => calls === 2);
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it.each([
    { layout: 'sentence', tlvs: false },
    { layout: 'semicolons', tlvs: false, copies: 3 },
    { text: false },
    { text: false, esmClass: 0, via: 'data_sm' },
    { early: true },
  ] as const)('hears of a message by a receipt of the style %j', async (receipts) => {
    const smsc = await smscWith({ receipts });
    const link = linkTo(smsc.port);
    const heard: string[] = [];
    link.onReceipt(async ({ messageId, state }) => {
      heard.push(`${messageId} ${state}`);
    });
    await until(link, 'bound');
    const outcome = await link.submit(part());
    const copies = 'copies' in receipts ? receipts.copies : 1;
    await waitFor(() => heard.length === copies);
    const expected = `${outcome.kind === 'accepted' ? outcome.messageId : ''} delivered`;
    expect(heard).toEqual(Array.from({ length: copies }, () => expected));
  });

  it('outlives a handler and a listener that throw at once', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    link.onStateChange(() => {
      throw new Error('listener');
    });
    link.onIncoming(() => {
      throw new Error('handler');
    });
    await waitFor(() => link.state === 'bound');
    const statuses = await smsc.sendIncoming({ source: '49', destination: '1', body: Buffer.from('hi') });
    expect(statuses).toEqual([0x64]);
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('keeps the octets of an incoming message, header apart', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    const got: string[] = [];
    link.onIncoming(async (sms) => {
      got.push(`${sms.source} ${Buffer.from(sms.udh).toString('hex')} ${Buffer.from(sms.body).toString('hex')}`);
    });
    await until(link, 'bound');
    const udh = Buffer.from('0605040b84c002', 'hex');
    expect(
      await smsc.sendIncoming({ source: '4917', destination: '1', udh, body: Buffer.from('00ff405f', 'hex') }),
    ).toEqual([0]);
    expect(got).toEqual(['4917 0605040b84c002 00ff405f']);
  });
});

describe('an SMSC that misbehaves', () => {
  it('refuses the bind: the link says why, tries again and gets through when it is let in', async () => {
    const smsc = await smscWith({ faults: { bindStatus: 0x0d } });
    const link = linkTo(smsc.port);
    await until(link, 'waiting');
    expect(link.lastFault).toContain('0x0000000d');
    expect(await link.submit(part())).toEqual({ kind: 'unbound' });
    smsc.faults = {};
    await until(link, 'bound');
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('is not there: the link keeps trying, and never names the password', async () => {
    const lines: string[] = [];
    const log = {
      info: (fields: object, message: string) => lines.push(JSON.stringify(fields) + message),
      warn: (fields: object, message: string) => lines.push(JSON.stringify(fields) + message),
    };
    const probe = await startSmsc();
    const { port } = probe;
    await probe.close();
    const link = linkTo(port, '', { log });
    await waitFor(() => lines.length >= 3);
    const smsc = await smscWith({ port });
    await until(link, 'bound');
    expect(smsc.links).toBe(1);
    expect(lines.join('\n')).not.toContain('secret');
  });

  it('never answers the bind: a new connection is tried', async () => {
    const smsc = await smscWith({ faults: { mute: true } });
    const link = linkTo(smsc.port);
    await until(link, 'waiting');
    smsc.faults = {};
    await until(link, 'bound');
  });

  it('drops the link half way: the unanswered are uncertain, the unsent unbound, and the link comes back', async () => {
    const smsc = await smscWith({ faults: { dropAtSubmit: 3, delayMs: 20 } });
    const link = linkTo(smsc.port, '&window=3');
    await until(link, 'bound');
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => link.submit(part())));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      'uncertain',
      'uncertain',
      'uncertain',
      'unbound',
      'unbound',
    ]);
    smsc.faults = {};
    await until(link, 'bound');
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('drops the link in the middle of a PDU: uncertain, then bound again', async () => {
    const smsc = await smscWith({ faults: { dropMidPduAtSubmit: 1 } });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    expect((await link.submit(part())).kind).toBe('uncertain');
    smsc.faults = {};
    await until(link, 'bound');
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('sends octets that are no SMPP: the connection is given up at once instead of going deaf', async () => {
    const smsc = await smscWith({ faults: { garbageAtSubmit: 1 } });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    const outcome = await link.submit(part());
    expect(outcome.kind === 'uncertain' && outcome.reason).toContain('unreadable data');
    smsc.faults = {};
    await until(link, 'bound');
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('never answers submits: they end uncertain after the time-out and the link stays up', async () => {
    const smsc = await smscWith({ faults: { silentSubmits: true } });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    const outcomes = await Promise.all([link.submit(part()), link.submit(part())]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['uncertain', 'uncertain']);
    expect(link.state).toBe('bound');
    smsc.faults = {};
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('falls silent: missed enquire_links end the connection', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    smsc.faults = { silent: true };
    await until(link, 'waiting');
    expect(link.lastFault).toContain('enquire_link');
    smsc.faults = {};
    await until(link, 'bound');
  });

  it('begins a PDU that never ends: that is silence too, though octets keep coming', async () => {
    const dripping = await rawSmsc((socket) => {
      const head = Buffer.alloc(16);
      head.writeUInt32BE(16_000, 0);
      head.writeUInt32BE(5, 4);
      socket.write(head);
      const timer = setInterval(() => socket.write(Buffer.alloc(1)), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const deaf = linkTo(dripping.port);
    await until(deaf, 'bound');
    await until(deaf, 'waiting');
    expect(deaf.lastFault).toContain('enquire_link');
    await waitFor(() => dripping.binds() >= 2);
  });

  it('answers questions nobody asked, in kinds nobody expects: none of it is taken for an answer', async () => {
    const smsc = await rawSmsc((socket, data) => {
      if (data.readUInt32BE(4) !== 4) return;
      const sequence = data.readUInt32BE(12);
      const pdu = (id: number, status: number, seq: number, body = '') => {
        const octets = Buffer.alloc(16 + body.length);
        octets.writeUInt32BE(octets.length, 0);
        octets.writeUInt32BE(id, 4);
        octets.writeUInt32BE(status, 8);
        octets.writeUInt32BE(seq, 12);
        octets.write(body, 16, 'latin1');
        return octets;
      };
      socket.write(
        Buffer.concat([
          pdu(0x80000004, 0, sequence + 1_000, 'stranger\0'),
          pdu(0x80000015, 0, sequence),
          pdu(0x7777, 0, 99),
          pdu(0x80000004, 0, sequence, 'right\0'),
          pdu(0x80000004, 0, sequence, 'again\0'),
        ]),
      );
    });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    expect(await link.submit(part())).toEqual({ kind: 'accepted', messageId: 'right' });
  });

  it('takes a generic_nack for a refusal', async () => {
    const smsc = await rawSmsc((socket, data) => {
      if (data.readUInt32BE(4) !== 4) return;
      const nack = Buffer.alloc(16);
      nack.writeUInt32BE(16, 0);
      nack.writeUInt32BE(0x80000000, 4);
      nack.writeUInt32BE(2, 8);
      nack.writeUInt32BE(data.readUInt32BE(12), 12);
      socket.write(nack);
    });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    expect(await link.submit(part())).toEqual({ kind: 'refused', commandStatus: 2 });
  });

  it('floods with octets chosen at random: the link survives and says unbound or uncertain', async () => {
    const smsc = await smscWith();
    const link = linkTo(smsc.port);
    for (let round = 0; round < 20; round++) {
      await until(link, 'bound');
      const noise = Buffer.from(Array.from({ length: 200 }, (_, n) => (n * 37 + round * 101) & 0xff));
      smsc.sendRaw(round % 2 === 0 ? noise : Buffer.concat([Buffer.from([0, 0, 0, 40, 0, 0, 0, 5]), noise]));
      const outcome = await link.submit(part());
      expect(['accepted', 'uncertain', 'unbound']).toContain(outcome.kind);
    }
    await waitFor(() => link.state === 'bound');
  });
});

describe('TLS', () => {
  const secure = { tls: { cert: LOCALHOST_CERT, key: LOCALHOST_KEY } };
  const tlsLink = (port: number, extra: string) => {
    const link = new SmppLink(parseSmppUrl(`ssmpp://test:secret@localhost:${port}?${QUICK}${extra}`));
    cleanUp.push(() => link.close(50));
    return link;
  };

  it('is refused to an SMSC whose certificate nobody vouches for', async () => {
    const smsc = await smscWith(secure);
    const link = tlsLink(smsc.port, '');
    await until(link, 'waiting');
    expect(link.lastFault).toContain('certificate');
    expect(smsc.links).toBe(0);
  });

  it('is spoken with an SMSC whose authority is trusted, and submits over it', async () => {
    const smsc = await smscWith(secure);
    const folder = await mkdtemp(join(tmpdir(), 'smpp-tls-'));
    cleanUp.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'ca.pem'), LOCALHOST_CERT);
    const link = tlsLink(smsc.port, `&caFile=${encodeURIComponent(join(folder, 'ca.pem'))}`);
    await until(link, 'bound');
    expect((await link.submit(part())).kind).toBe('accepted');
  });

  it('goes without verification only when told so', async () => {
    const smsc = await smscWith(secure);
    const link = tlsLink(smsc.port, '&verify=false');
    await until(link, 'bound');
  });

  it('with a CA file that cannot be read says which', async () => {
    const smsc = await smscWith(secure);
    const link = tlsLink(smsc.port, '&caFile=/does/not/exist.pem');
    await until(link, 'waiting');
    expect(link.lastFault).toContain('/does/not/exist.pem');
  });

  it('with a peer that speaks plain SMPP does not come about', async () => {
    const smsc = await smscWith();
    const link = tlsLink(smsc.port, '&verify=false');
    await until(link, 'waiting');
    expect(smsc.links).toBe(0);
  });
});

describe('closing', () => {
  it('waits for what is unanswered, unbinds and takes nothing new', async () => {
    const smsc = await smscWith({ faults: { delayMs: 30 } });
    const link = linkTo(smsc.port);
    await until(link, 'bound');
    const outcome = link.submit(part());
    const closing = link.close(1_000);
    expect(await link.submit(part())).toEqual({ kind: 'unbound' });
    expect((await outcome).kind).toBe('accepted');
    await closing;
    expect(link.state).toBe('closed');
    await waitFor(() => smsc.links === 0);
  });

  it('gives up on what is not answered within the grace', async () => {
    const smsc = await smscWith({ faults: { silentSubmits: true } });
    const link = linkTo(smsc.port, '&window=1');
    await until(link, 'bound');
    const outcome = link.submit(part());
    await link.close(20);
    expect((await outcome).kind).toBe('uncertain');
  });

  it('ends the tries of a link that never came about', async () => {
    const smsc = await smscWith({ faults: { bindStatus: 0x0d } });
    const link = linkTo(smsc.port);
    await until(link, 'waiting');
    await link.close();
    expect(link.state).toBe('closed');
    expect(await link.submit(part())).toEqual({ kind: 'unbound' });
  });
});
