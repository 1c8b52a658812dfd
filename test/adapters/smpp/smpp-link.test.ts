import { describe, expect, it } from 'vitest';
import type { DeliveryReceipt } from '../../../src/services/ports/sms-link.ts';
import { linkTo, part, smscWith, until, waitFor } from './link-of-test.ts';

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
