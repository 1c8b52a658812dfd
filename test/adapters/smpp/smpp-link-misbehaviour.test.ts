import { describe, expect, it } from 'vitest';
import { startSmsc } from '../../../src/simulators/smsc/smsc.ts';
import { linkTo, part, rawSmsc, smscWith, until, waitFor } from './link-of-test.ts';

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
