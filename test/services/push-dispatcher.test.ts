import { describe, expect, it } from 'vitest';
import type { SubmitOutcome } from '../../src/domain/push.ts';
import type { SmsPart } from '../../src/services/ports/sms-link.ts';
import { PushDispatcher } from '../../src/services/push-dispatcher.ts';
import { parsePackage0, verifyPackage0Digest } from '../../src/wire/wap/package0.ts';
import { NOTHING_WAITING, reassemble } from '../../src/wire/wap/reassemble.ts';
import { decodeUdh } from '../../src/wire/wap/udh.ts';
import { decodeWspPush } from '../../src/wire/wap/wsp-push.ts';
import {
  ACCOUNT,
  dispatcherOfTest,
  enqueue,
  fixedLinks,
  MSISDN,
  pause,
  raw,
  states,
  waitFor,
} from './dispatcher-of-test.ts';

describe('dispatching', () => {
  it('sends a trigger that the device can verify with the nonce of the moment', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    outbox.deliveries.set('d1', 'queued');
    const pushId = await enqueue(outbox, { deliveryId: 'd1' });
    const serverNonce = Uint8Array.from([1, 2, 3]);
    outbox.accounts.set('device', { ...ACCOUNT, serverNonce });
    await dispatcher.run(signal.signal);

    const [part] = link.submitted;
    expect(link.submitted).toHaveLength(1);
    expect(part?.destination).toBe(MSISDN);
    expect(decodeUdh(part?.udh ?? new Uint8Array()).ports).toEqual({ destination: 2948, source: 49154 });
    const push = decodeWspPush(part?.body ?? new Uint8Array());
    expect(push.contentType.media).toBe(0x44);
    expect(push.headers).toEqual([{ name: 0x2f, value: 7 }]);
    expect(parsePackage0(push.body)).toMatchObject({ sessionId: 0x1234, serverId: 'omadm', uiMode: 1, initiator: 1 });
    expect(verifyPackage0Digest(push.body, { ...ACCOUNT, nonce: serverNonce })).toBe(true);
    expect(verifyPackage0Digest(push.body, { ...ACCOUNT, nonce: ACCOUNT.serverNonce })).toBe(false);
    expect(await outbox.find(pushId)).toMatchObject({ state: 'sent', parts: [{ part: 0, messageId: 'm0' }] });
    expect(outbox.deliveries.get('d1')).toBe('triggered');
  });

  it('keeps the window full and never overfull, over many batches', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest({ batchSize: 16 });
    for (let n = 0; n < 200; n++) await enqueue(outbox);
    await dispatcher.run(signal.signal);
    expect(new Set(states(outbox))).toEqual(new Set(['sent']));
    expect(link.submitted).toHaveLength(200);
    expect(link.mostInFlight).toBe(10);
  });

  it('stores outcomes together, not one by one', async () => {
    const { outbox, dispatcher, signal, link } = dispatcherOfTest();
    link.window = 100;
    let writes = 0;
    const record = outbox.recordOutcomes.bind(outbox);
    outbox.recordOutcomes = async (...args) => {
      writes += 1;
      await pause(2);
      return record(...args);
    };
    for (let n = 0; n < 200; n++) await enqueue(outbox);
    await dispatcher.run(signal.signal);
    expect(new Set(states(outbox))).toEqual(new Set(['sent']));
    expect(writes).toBeLessThan(40);
  });

  it('cuts a long push into parts and, after a partial failure, sends only the missing ones, unchanged', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    const pushId = await enqueue(outbox, { content: raw(300) });
    link.answer = (_, n) =>
      n === 1 ? { kind: 'refused', commandStatus: 0x08 } : { kind: 'accepted', messageId: `m${n}` };
    await dispatcher.run(signal.signal);
    expect(await outbox.find(pushId)).toMatchObject({ state: 'queued', attempts: 1 });
    await pause(25);
    await dispatcher.run(signal.signal);
    expect((await outbox.find(pushId))?.state).toBe('sent');
    expect(link.submitted).toHaveLength(4);
    expect(link.submitted[2]).toEqual(link.submitted[1]);
    let state = NOTHING_WAITING;
    let whole: Uint8Array | undefined;
    for (const part of link.submitted) {
      const step = reassemble(state, { ...part, sender: 'smsc' }, 0);
      state = step.state;
      whole ??= step.message?.payload;
    }
    expect(whole).toEqual(raw(300).payload);
  });

  it('sends the parts of a message in order: each leaves when the one before it was accepted', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    for (let n = 0; n < 6; n++) await enqueue(outbox, { destination: `+49${n}`, content: raw(500) });
    const accepted = new Map<string, number[]>();
    const order: string[] = [];
    link.answer = async ({ destination, udh }, n) => {
      const part = decodeUdh(udh).concatenation?.sequence ?? 0;
      const before = accepted.get(destination) ?? [];
      order.push(`${before.length + 1} ${part}`);
      await pause(n % 3);
      if (n % 4 === 3) return { kind: 'refused', commandStatus: 0x58 };
      accepted.set(destination, [...before, part]);
      return { kind: 'accepted', messageId: `m${n}` };
    };
    const end = Date.now() + 30_000;
    while (!states(outbox).every((state) => state === 'sent')) {
      if (Date.now() > end) throw new Error('waited in vain');
      await dispatcher.run(signal.signal);
      await pause(5);
    }
    expect([...accepted.values()]).toEqual(Array.from({ length: 6 }, () => [1, 2, 3, 4]));
    for (const step of order) expect(step).toMatch(/^(\d) \1$/);
  });

  it('sends a trigger for each account the device may have, and again only those that are missing or have changed', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    outbox.otherAccounts.set('device', [{ ...ACCOUNT, serverPassword: 'other' }]);
    const pushId = await enqueue(outbox);
    const refuse: SubmitOutcome = { kind: 'refused', commandStatus: 0x58 };
    link.answer = (_, n) => (n === 1 || n === 2 ? refuse : { kind: 'accepted', messageId: `m${n}` });
    await dispatcher.run(signal.signal);
    expect(link.submitted).toHaveLength(2);
    await pause(15);
    await dispatcher.run(signal.signal);
    // The first has been accepted as it is.
    expect(link.submitted).toHaveLength(3);
    expect(link.submitted[2]).toEqual(link.submitted[1]);
    outbox.accounts.set('device', { ...ACCOUNT, serverNonce: Uint8Array.from([9]) });
    await pause(15);
    await dispatcher.run(signal.signal);
    expect(link.submitted).toHaveLength(5);
    expect(link.submitted[3]).not.toEqual(link.submitted[0]);
    expect(link.submitted[4]).toEqual(link.submitted[1]);
    expect(await outbox.find(pushId)).toMatchObject({
      state: 'sent',
      parts: [{ messageId: 'm3' }, { messageId: 'm4' }],
    });
  });

  it('sees a push that comes while others are on their way, when it is woken', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest({ recheckMs: 60_000 });
    await enqueue(outbox);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    link.answer = async (_, n) => {
      if (n === 0) await held;
      return { kind: 'accepted', messageId: `m${n}` };
    };
    const run = dispatcher.run(signal.signal);
    await waitFor(() => link.submitted.length === 1);
    await enqueue(outbox);
    dispatcher.wake();
    await waitFor(() => link.submitted.length === 2);
    letGo();
    await run;
    expect(states(outbox)).toEqual(['sent', 'sent']);
  });

  it('says when the next push falls due', async () => {
    const { outbox, dispatcher, signal } = dispatcherOfTest();
    const later = new Date(Date.now() + 60_000);
    await enqueue(outbox, { dueAt: later });
    expect(await dispatcher.run(signal.signal)).toEqual(later);
  });

  it('shares an outbox with another process: every push leaves once', async () => {
    const one = dispatcherOfTest({ batchSize: 7 });
    const two = new PushDispatcher({
      outbox: one.outbox,
      links: fixedLinks({ main: one.link }),
      clock: { now: () => new Date() },
      random: () => 0.5,
      workerId: 'w2',
      batchSize: 7,
    });
    for (let n = 0; n < 100; n++) await enqueue(one.outbox);
    await Promise.all([one.dispatcher.run(one.signal.signal), two.run(one.signal.signal)]);
    expect(one.link.submitted).toHaveLength(100);
    expect(new Set(states(one.outbox))).toEqual(new Set(['sent']));
  });
});

describe('an SMSC that will not', () => {
  it('throttles: what was throttled is sent later, uncounted, and the rest goes on', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    for (let n = 0; n < 60; n++) await enqueue(outbox);
    link.answer = (_, n) =>
      n % 4 === 0 ? { kind: 'refused', commandStatus: 0x58 } : { kind: 'accepted', messageId: `m${n}` };
    const end = Date.now() + 30_000;
    while (states(outbox).includes('queued') && Date.now() < end) {
      await dispatcher.run(signal.signal);
      await pause(2);
    }
    expect(new Set(states(outbox))).toEqual(new Set(['sent']));
    expect(Math.max(...[...outbox.rows.values()].map((row) => row.attempts))).toBe(1);
  });

  it('refuses for good: the push fails with the reason, its delivery stays', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    outbox.deliveries.set('d1', 'queued');
    const pushId = await enqueue(outbox, { deliveryId: 'd1' });
    link.answer = () => ({ kind: 'refused', commandStatus: 0x0b });
    await dispatcher.run(signal.signal);
    expect(await outbox.find(pushId)).toMatchObject({
      state: 'failed',
      reason: 'refused by the SMSC: ESME_RINVDSTADR',
    });
    expect(outbox.deliveries.get('d1')).toBe('queued');
  });

  it('loses answers: the push is sent again, counted, until the attempts are used up', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    const pushId = await enqueue(outbox);
    link.answer = () => ({ kind: 'uncertain', reason: 'connection lost' });
    for (let run = 0; run < 3; run++) {
      await dispatcher.run(signal.signal);
      await pause(45);
    }
    await dispatcher.run(signal.signal);
    expect(await outbox.find(pushId)).toMatchObject({ state: 'failed', attempts: 3, uncertainParts: 3 });
    expect(link.submitted).toHaveLength(3);
  });

  it('is not there: nothing is claimed', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    await enqueue(outbox);
    link.state = 'waiting';
    await dispatcher.run(signal.signal);
    expect(states(outbox)).toEqual(['queued']);
  });

  it('goes away half way: what was not sent is given back, uncounted', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    link.window = 2;
    for (let n = 0; n < 10; n++) await enqueue(outbox);
    link.answer = async (_, n) => {
      if (n === 3) {
        link.setState('waiting');
        return { kind: 'uncertain', reason: 'connection lost' };
      }
      return { kind: 'accepted', messageId: `m${n}` };
    };
    await dispatcher.run(signal.signal);
    const rows = [...outbox.rows.values()];
    expect(rows.filter((row) => row.state === 'sent').length).toBeGreaterThanOrEqual(3);
    expect(rows.filter((row) => row.uncertainParts === 1)).toHaveLength(1);
    const untouched = rows.filter((row) => row.state === 'queued' && row.uncertainParts === 0);
    expect(untouched.length).toBeGreaterThanOrEqual(5);
    expect(untouched.every((row) => row.attempts === 0)).toBe(true);
  });
});

describe('pushes that cannot be sent', () => {
  it('fail with a reason and hold up nobody', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    outbox.accounts.set('long', { ...ACCOUNT, serverId: 'x'.repeat(300) });
    const content = { kind: 'package0', deviceId: 'long', sessionId: 1, uiMode: 0 } as const;
    const tooLong = await enqueue(outbox, { content });
    const noSession = await enqueue(outbox, { content: { ...content, deviceId: 'device', sessionId: 0 } });
    const good = await enqueue(outbox);
    link.submit = ((submit) => (part: SmsPart) => {
      if (part.destination === 'nonsense') throw new RangeError('the destination is not a number');
      return submit.call(link, part);
    })(link.submit);
    const noNumber = await enqueue(outbox, { destination: 'nonsense' });
    await dispatcher.run(signal.signal);
    expect((await outbox.find(tooLong))?.reason).toContain('server id of 300 octets');
    expect((await outbox.find(noSession))?.reason).toContain('session id 0');
    expect(await outbox.find(noNumber)).toMatchObject({ state: 'failed' });
    expect((await outbox.find(good))?.state).toBe('sent');
    expect(JSON.stringify([...outbox.rows.values()].map((row) => row.reason))).not.toContain('pässwörd');
  });
});

describe('a store that is away', () => {
  it('at claiming: the run rejects, and the next one works', async () => {
    const { outbox, dispatcher, signal } = dispatcherOfTest();
    await enqueue(outbox);
    outbox.failing = 1;
    await expect(dispatcher.run(signal.signal)).rejects.toThrow('away');
    await dispatcher.run(signal.signal);
    expect(states(outbox)).toEqual(['sent']);
  });

  it('at storing outcomes: they are kept and stored later, and nothing is sent twice', async () => {
    const faults: string[] = [];
    const { outbox, link, dispatcher, signal } = dispatcherOfTest({ onFault: (_, what) => faults.push(what) });
    await enqueue(outbox);
    const record = outbox.recordOutcomes.bind(outbox);
    outbox.recordOutcomes = () => {
      outbox.recordOutcomes = record;
      return Promise.reject(new Error('the store is away'));
    };
    await dispatcher.run(signal.signal);
    expect(faults).toEqual(['1 push outcomes could not be stored']);
    expect(states(outbox)).toEqual(['sent']);
    expect(link.submitted).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('finishes what is on its way and gives the rest back', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    link.window = 3;
    for (let n = 0; n < 20; n++) await enqueue(outbox);
    let stopped = false;
    link.answer = async (_, n) => {
      if (!stopped) {
        stopped = true;
        signal.abort();
      }
      await pause(5);
      return { kind: 'accepted', messageId: `m${n}` };
    };
    await dispatcher.run(signal.signal);
    expect(link.submitted).toHaveLength(3);
    expect(states(outbox).filter((state) => state === 'sent')).toHaveLength(3);
    const rest = [...outbox.rows.values()].filter((row) => row.state === 'queued');
    expect(rest).toHaveLength(17);
    expect(rest.every((row) => row.attempts === 0)).toBe(true);
  });

  it('asked for in the middle of looking at the store, ends all the same', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    link.window = 1;
    for (let n = 0; n < 5; n++) await enqueue(outbox);
    let release: (() => void) | undefined;
    const reopen = outbox.reopenLanes.bind(outbox);
    outbox.reopenLanes = async (...what) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return reopen(...what);
    };
    const run = dispatcher.run(signal.signal);
    await waitFor(() => release !== undefined);
    signal.abort();
    release?.();
    await run;
    expect(states(outbox).every((state) => state === 'queued' || state === 'sent')).toBe(true);
    expect([...outbox.rows.values()].every(({ workerId }) => workerId === undefined)).toBe(true);
  });

  it('without having begun sends nothing', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    await enqueue(outbox);
    signal.abort();
    await dispatcher.run(signal.signal);
    expect(link.submitted).toHaveLength(0);
    expect(states(outbox)).toEqual(['queued']);
  });

  it('by a crash: another process sends what was claimed once the lease is over', async () => {
    const { outbox, link, dispatcher, signal } = dispatcherOfTest();
    const pushId = await enqueue(outbox);
    await outbox.claimDue(1, new Date(), 30, 'dead');
    await dispatcher.run(signal.signal);
    expect(link.submitted).toHaveLength(0);
    await pause(35);
    await dispatcher.run(signal.signal);
    expect(await outbox.find(pushId)).toMatchObject({ state: 'sent', attempts: 2 });
  });
});
