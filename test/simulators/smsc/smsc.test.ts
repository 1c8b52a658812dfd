import { execFile } from 'node:child_process';
import net from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { attachHandset, type Handset } from '../../../src/simulators/smsc/attach-handset.ts';
import { Peer } from '../../../src/simulators/smsc/peer.ts';
import { type Smsc, type SmscOptions, startSmsc } from '../../../src/simulators/smsc/smsc.ts';
import { readMessagePdu, TLV_RECEIPTED_MESSAGE_ID } from '../../../src/wire/smpp/message-pdu.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function smscWith(options: SmscOptions = {}): Promise<Smsc> {
  const smsc = await startSmsc(options);
  cleanUp.push(() => smsc.close());
  return smsc;
}

interface Client {
  readonly peer: Peer;
  readonly receipts: { messageId: string; text: string }[];
  readonly bindStatus: number | undefined;
}

async function client(smsc: Smsc, fields: Record<string, string> = {}, acknowledge = (): number => 0): Promise<Client> {
  const socket = net.connect(smsc.port, '127.0.0.1');
  const receipts: Client['receipts'] = [];
  const peer: Peer = new Peer(socket, {
    onRequest: (command, header, frame) => {
      const status = acknowledge();
      if (command === 'deliver_sm' && status === 0) {
        const read = readMessagePdu(frame);
        const messageId = read.tlvs.get(TLV_RECEIPTED_MESSAGE_ID)?.toString('latin1').replace(/\0$/, '') ?? '';
        receipts.push({ messageId, text: Buffer.from(read.body).toString('latin1') });
      }
      peer.respond(`${command}_resp`, header.sequence, status);
    },
    onClose: () => undefined,
  });
  cleanUp.push(async () => peer.destroy());
  const bindStatus = await peer.request('bind_transceiver', { system_id: 'esme', password: 'pw', ...fields });
  return { peer, receipts, bindStatus };
}

function submit({ peer }: Client, destination: string, body = 'hi'): Promise<number | undefined> {
  return peer.request('submit_sm', {
    destination_addr: destination,
    registered_delivery: 1,
    esm_class: 0x40,
    data_coding: 4,
    short_message: Buffer.concat([Buffer.from('0605040b84c002', 'hex'), Buffer.from(body)]),
  });
}

async function handset(
  smsc: Smsc,
  msisdn: string,
  onMessage: (udh: Uint8Array, body: Uint8Array) => void | Promise<void>,
) {
  const made: Handset = await attachHandset({
    host: '127.0.0.1',
    port: smsc.port,
    msisdn,
    onMessage,
    retryMs: 10,
    attachWithinMs: 500,
  });
  cleanUp.push(() => made.close());
  return made;
}

async function waitFor(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

describe('a simulated SMSC with handsets', () => {
  it('hands a message to the handset it is for, octet for octet, and reports its delivery', async () => {
    const smsc = await smscWith();
    const esme = await client(smsc);
    const got: string[] = [];
    await handset(smsc, '+4917', (udh, body) => {
      got.push(`${Buffer.from(udh).toString('hex')} ${Buffer.from(body).toString()}`);
    });
    await handset(smsc, '4918', () => {
      got.push('wrong handset');
    });
    expect(await submit(esme, '4917')).toBe(0);
    await waitFor(() => esme.receipts.length === 1);
    expect(got).toEqual(['0605040b84c002 hi']);
    expect(esme.receipts[0]?.messageId).toBe(smsc.pushes[0]?.messageId);
    expect(esme.receipts[0]?.text).toContain(`id:${smsc.pushes[0]?.messageId} `);
    expect(esme.receipts[0]?.text).toContain('stat:DELIVRD');
  });

  it('keeps messages for an absent handset, in order, and reports only when they were taken', async () => {
    const smsc = await smscWith();
    const esme = await client(smsc);
    for (const body of ['one', 'two', 'three']) await submit(esme, '4917', body);
    expect(esme.receipts).toEqual([]);
    const got: string[] = [];
    await handset(smsc, '4917', (_, body) => {
      got.push(Buffer.from(body).toString());
    });
    await waitFor(() => esme.receipts.length === 3);
    expect(got).toEqual(['one', 'two', 'three']);
  });

  it('gives a message again that the handset went away with', async () => {
    const smsc = await smscWith();
    const esme = await client(smsc);
    const first = await handset(smsc, '4917', () => new Promise(() => undefined));
    await submit(esme, '4917');
    await first.close();
    expect(esme.receipts).toEqual([]);
    let taken = 0;
    await handset(smsc, '4917', () => {
      taken += 1;
    });
    await waitFor(() => esme.receipts.length === 1);
    expect(taken).toBe(1);
  });

  it('reports what a handset refuses as undeliverable', async () => {
    const smsc = await smscWith();
    const esme = await client(smsc);
    await handset(smsc, '4917', () => {
      throw new Error('memory full');
    });
    await submit(esme, '4917');
    await waitFor(() => esme.receipts.length === 1);
    expect(esme.receipts[0]?.text).toContain('stat:UNDELIV');
  });

  it('refuses submits once it keeps as many messages as it may', async () => {
    const smsc = await smscWith({ maxWaiting: 2 });
    const esme = await client(smsc);
    expect(await submit(esme, '1')).toBe(0);
    expect(await submit(esme, '2')).toBe(0);
    expect(await submit(esme, '3')).toBe(0x14);
  });

  it('repeats a receipt that was not acknowledged, and keeps it for a client that is away', async () => {
    const smsc = await smscWith({ deliverWithoutHandset: true });
    let refusals = 1;
    const esme = await client(smsc, {}, () => (refusals-- > 0 ? 0x64 : 0));
    await submit(esme, '4917');
    await waitFor(() => esme.receipts.length === 1);

    const kept = await smscWith({ receiptDelayMs: 20, deliverWithoutHandset: true });
    const gone = await client(kept);
    await submit(gone, '4917');
    gone.peer.destroy();
    await new Promise((resolve) => {
      setTimeout(resolve, 40);
    });
    const back = await client(kept);
    await waitFor(() => back.receipts.length === 1);
  });

  it('repeats a refused receipt after a while, not with every other one', async () => {
    const smsc = await smscWith({ deliverWithoutHandset: true });
    let isBusy = true;
    const esme = await client(smsc, {}, () => (isBusy ? 0x14 : 0));
    for (let n = 0; n < 40; n++) await submit(esme, '4917');
    isBusy = false;
    // None of them was given up.
    await waitFor(() => new Set(esme.receipts.map(({ messageId }) => messageId)).size === 40);
  });

  it('attaches a handset again after the SMSC was away', async () => {
    const smsc = await smscWith();
    const { port } = smsc;
    const phone = await handset(smsc, '4917', () => undefined);
    await smsc.close();
    await waitFor(() => !phone.attached);
    const again = await smscWith({ port });
    await waitFor(() => again.handsets.includes('4917'));
    // It hears of it a moment after the SMSC knows.
    await waitFor(() => phone.attached);
  });

  it('says so when a handset cannot attach at all', async () => {
    const gone = await startSmsc();
    const { port } = gone;
    await gone.close();
    const onMessage = () => undefined;
    const attaching = attachHandset({
      host: '127.0.0.1',
      port,
      msisdn: '1',
      onMessage,
      retryMs: 5,
      attachWithinMs: 20,
    });
    await expect(attaching).rejects.toThrow('handset 1 cannot attach');
  });
});

describe('a simulated SMSC and its clients', () => {
  it('wants its own system id and password when it was given them', async () => {
    const smsc = await smscWith({ systemId: 'esme', password: 'right' });
    expect((await client(smsc, { password: 'wrong' })).bindStatus).toBe(0x0e);
    expect((await client(smsc, { system_id: 'other', password: 'right' })).bindStatus).toBe(0x0e);
    expect((await client(smsc, { password: 'right' })).bindStatus).toBe(0);
  });

  it('refuses a submit without a bind, a second bind, and commands it does not know', async () => {
    const smsc = await smscWith();
    const esme = await client(smsc);
    expect(await esme.peer.request('bind_transceiver', { system_id: 'esme' })).toBe(0x05);
    expect(await esme.peer.request('query_sm', { message_id: '1' })).toBe(0x03);
    const socket = net.connect(smsc.port, '127.0.0.1');
    const unbound = new Peer(socket, { onRequest: () => undefined, onClose: () => undefined });
    cleanUp.push(async () => unbound.destroy());
    expect(await submit({ peer: unbound, receipts: [], bindStatus: undefined }, '1')).toBe(0x04);
  });

  it('throttles what exceeds its rate', async () => {
    const smsc = await smscWith({ faults: { throttlePerSecond: 3 } });
    const esme = await client(smsc);
    const statuses = await Promise.all(Array.from({ length: 6 }, (_, n) => submit(esme, `${n}`)));
    expect(statuses).toEqual([0, 0, 0, 0x58, 0x58, 0x58]);
    expect(smsc.pushes).toHaveLength(3);
  });

  it('outlives clients that send garbage', async () => {
    const smsc = await smscWith();
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\x01', '\0\0\0\x14\0\0\0\x04\0\0\0\0\0\0\0\x01abcd']) {
      const socket = net.connect(smsc.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(garbage, 'latin1');
      cleanUp.push(async () => void socket.destroy());
    }
    const esme = await client(smsc);
    expect(await submit(esme, '1')).toBe(0);
  });
});

describe('npm run smsc', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'src/simulators/smsc/main.ts', ...args]);

  it('explains itself', async () => {
    expect((await run('--help')).stdout).toContain('--throttle-per-second <n>');
  });

  it.each([
    [['--nonsense'], '--nonsense'],
    [['--port', 'x'], '--port needs a whole number up to 65535'],
    [['--throttle-percent', '101'], '--throttle-percent needs a whole number up to 100'],
  ])('answers %j with what is wrong, and no stack', async (args, said) => {
    const failure = await run(...args).catch((error: unknown) => error as { code: number; stderr: string });
    expect(failure).toMatchObject({ code: 1 });
    expect(failure.stderr).toContain(said);
    expect(failure.stderr).not.toContain('    at ');
  });
});
