import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { DeliveryReceipt } from '../../../src/services/ports/sms-link.ts';
import { linkTo, part, smscWith, until, waitFor } from './link-of-test.ts';

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

  it('and submits are logged without what is in them, whatever goes wrong with them', async () => {
    const smsc = await smscWith();
    const log: string[] = [];
    const write = (fields: object, message: string): void => {
      log.push(`${message} ${inspect(fields, { depth: 9 })}`);
    };
    const link = linkTo(smsc.port, '', { log: { info: write, warn: write }, name: 'one' });
    let isAway = true;
    link.onIncoming(async () => {
      if (isAway) throw new Error('the database is away');
    });
    await until(link, 'bound');
    await link.submit(part('THE-CONTENT'));
    const incoming = { source: '4917', destination: '1', body: Buffer.from('THE-CONTENT') };
    expect(await smsc.sendIncoming(incoming)).toEqual([0x64]);
    isAway = false;
    expect(await smsc.sendIncoming(incoming)).toEqual([0]);
    // A deliver_sm whose fields go beyond its end.
    const broken = Buffer.concat([Buffer.alloc(16), Buffer.from('THE-CONTENT')]);
    broken.writeUInt32BE(broken.length, 0);
    broken.writeUInt32BE(0x05, 4);
    broken.writeUInt32BE(77, 12);
    smsc.sendRaw(broken);
    await waitFor(() => log.some((line) => line.includes('unreadable')));
    expect(log.join('\n')).toContain('the SMSC will repeat it');
    const octets = Buffer.from('THE-CONTENT');
    for (const form of [octets.toString(), octets.toString('hex'), octets.toString('hex').replace(/..(?!$)/g, '$& ')]) {
      expect(log.join('\n')).not.toContain(form);
    }
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
