import { describe, expect, it } from 'vitest';
import type { RoutedSmsLink, SmsLinks } from '../../src/services/ports/sms-link.ts';
import type { PushDispatcherOptions } from '../../src/services/push-dispatcher.ts';
import {
  dispatcherOfTest,
  enqueue,
  fixedLinks,
  pause,
  raw,
  ScriptedLink,
  states,
  waitFor,
} from './dispatcher-of-test.ts';

describe('several links', () => {
  const two = (more: Parameters<typeof fixedLinks>[1] = {}, options: Partial<PushDispatcherOptions> = {}) => {
    const a = new ScriptedLink();
    const b = new ScriptedLink();
    return { a, b, ...dispatcherOfTest({ links: fixedLinks({ a, b }, more), ...options }) };
  };
  const numbers = (link: ScriptedLink) => link.submitted.map(({ destination }) => destination);

  it('take numbers by prefix, share the others by weight, and no message goes to two', async () => {
    const { a, b, outbox, dispatcher, signal } = two({ a: { weight: 3 }, b: { weight: 1 } });
    for (let n = 0; n < 80; n++) await enqueue(outbox, { destination: `+49${n}` });
    await dispatcher.run(signal.signal);
    expect(a.submitted.length + b.submitted.length).toBe(80);
    expect(new Set([...numbers(a), ...numbers(b)]).size).toBe(80);
    expect(a.submitted.length).toBe(60);

    const routed = two({ a: { prefixes: ['49', '43'] }, b: { prefixes: ['491'] } });
    for (const destination of ['+49301', '+4917', '+4316', '+491', '+331'])
      await enqueue(routed.outbox, { destination });
    await routed.dispatcher.run(routed.signal.signal);
    expect(numbers(routed.a).sort()).toEqual(['+4316', '+49301']);
    expect(numbers(routed.b).sort()).toEqual(['+491', '+4917']);
    const left = [...routed.outbox.rows.values()].find((row) => row.state === 'queued');
    expect(left).toMatchObject({ push: { destination: '+331' }, lane: '-', attempts: 0 });
  });

  it('stand in for one another while one is down, and it gets its share again when it is back', async () => {
    const { a, b, outbox, dispatcher, signal } = two({ a: { prefixes: ['49'] } });
    a.state = 'waiting';
    await enqueue(outbox, { destination: '+491' });
    await dispatcher.run(signal.signal);
    expect(numbers(b)).toEqual(['+491']);
    a.setState('bound');
    await enqueue(outbox, { destination: '+492' });
    await dispatcher.run(signal.signal);
    expect(numbers(a)).toEqual(['+492']);
  });

  it('are independent: one that answers nothing holds up no other', async () => {
    const { a, b, outbox, dispatcher, signal } = two(
      { a: { prefixes: ['49'] }, b: { prefixes: ['33'] } },
      { batchSize: 4 },
    );
    a.window = 2;
    const held: (() => void)[] = [];
    a.answer = (_, n) => new Promise((resolve) => held.push(() => resolve({ kind: 'accepted', messageId: `a${n}` })));
    for (let n = 0; n < 50; n++) await enqueue(outbox, { destination: `+49${n}` });
    for (let n = 0; n < 30; n++) await enqueue(outbox, { destination: `+33${n}` });
    const run = dispatcher.run(signal.signal);
    await waitFor(() => b.submitted.length === 30);
    expect(a.submitted).toHaveLength(2);
    // What waits for the busy link waits in the outbox, in its lane.
    expect(
      [...outbox.rows.values()].filter((row) => row.lane === 'a' && row.state === 'queued').length,
    ).toBeGreaterThan(30);
    a.answer = (_, n) => ({ kind: 'accepted', messageId: `a${n}` });
    for (const letGo of held) letGo();
    await run;
    await waitFor(() => a.submitted.length === 50 || void dispatcher.run(signal.signal) === null);
    expect(new Set(numbers(a)).size).toBe(50);
  });

  it('that do not answer are passed by, until they answer again', async () => {
    const { a, b, outbox, dispatcher, signal } = two();
    a.window = 3;
    a.answer = () => ({ kind: 'uncertain', reason: 'no answer' });
    for (let n = 0; n < 40; n++) await enqueue(outbox, { destination: `+49${n}` });
    const end = Date.now() + 30_000;
    while (new Set(states(outbox)).size > 1 || !states(outbox).includes('sent')) {
      if (Date.now() > end) throw new Error('waited in vain');
      await dispatcher.run(signal.signal);
      await pause(5);
    }
    expect(b.submitted).toHaveLength(40);
    expect(a.submitted.length).toBeLessThan(40);
  });

  it('refuse a number each for itself: the next one is asked, and when all have refused the push fails', async () => {
    const { a, b, outbox, dispatcher, signal } = two({ a: { prefixes: ['49'] } });
    a.answer = () => ({ kind: 'refused', commandStatus: 0x0b });
    const taken = await enqueue(outbox, { destination: '+491' });
    await dispatcher.run(signal.signal);
    await dispatcher.run(signal.signal);
    expect(await outbox.find(taken)).toMatchObject({ state: 'sent', linkId: 'b', attempts: 2 });
    b.answer = a.answer;
    const refused = await enqueue(outbox, { destination: '+492' });
    await dispatcher.run(signal.signal);
    await dispatcher.run(signal.signal);
    expect(await outbox.find(refused)).toMatchObject({
      state: 'failed',
      reason: 'refused by the SMSC: ESME_RINVDSTADR',
    });
  });

  it('keep a message of several parts together: what is missing goes where the others went', async () => {
    const { a, b, outbox, dispatcher, signal } = two();
    const pushId = await enqueue(outbox, { content: raw(300) });
    a.answer = (_, n) => (n === 1 ? { kind: 'refused', commandStatus: 8 } : { kind: 'accepted', messageId: `a${n}` });
    await dispatcher.run(signal.signal);
    await pause(25);
    await dispatcher.run(signal.signal);
    expect(await outbox.find(pushId)).toMatchObject({ state: 'sent', linkId: 'a' });
    expect(a.submitted).toHaveLength(4);
    expect(b.submitted).toHaveLength(0);
  });

  it('wait for the link that has some parts, and after a while send all of them anew over another', async () => {
    const { a, b, outbox, dispatcher, signal } = two({}, { partsWaitMs: 60 });
    const pushId = await enqueue(outbox, { content: raw(300) });
    a.answer = (_, n) => {
      if (n !== 1) return { kind: 'accepted', messageId: `a${n}` };
      setImmediate(() => a.setState('waiting'));
      return { kind: 'refused', commandStatus: 8 };
    };
    await dispatcher.run(signal.signal);
    await waitFor(() => a.state === 'waiting');
    await pause(25);
    await dispatcher.run(signal.signal);
    expect(b.submitted).toHaveLength(0);
    await pause(70);
    await dispatcher.run(signal.signal);
    expect(b.submitted).toHaveLength(3);
    expect(await outbox.find(pushId)).toMatchObject({
      state: 'sent',
      linkId: 'b',
      parts: [{ linkId: 'b' }, { linkId: 'b' }, { linkId: 'b' }],
    });
  });

  it('are exchanged in the middle of everything: the new one takes what the old one had not begun', async () => {
    const old = new ScriptedLink();
    old.window = 1;
    const fresh = new ScriptedLink();
    const routed = { name: 'x', prefixes: [], weight: 1, responseMs: 1_000 };
    let current: RoutedSmsLink[] = [{ ...routed, id: 'old', link: old }];
    let changed: () => void = () => undefined;
    const links: SmsLinks = {
      get current() {
        return current;
      },
      onChange(listener) {
        changed = listener;
        return () => undefined;
      },
    };
    const { outbox, dispatcher, signal } = dispatcherOfTest({ links });
    let letGo: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    old.answer = async () => {
      await answered;
      return { kind: 'accepted', messageId: 'old' };
    };
    for (let n = 0; n < 10; n++) await enqueue(outbox);
    const run = dispatcher.run(signal.signal);
    await waitFor(() => old.submitted.length === 1);
    current = [{ ...routed, id: 'fresh', link: fresh }];
    changed();
    await waitFor(() => fresh.submitted.length === 9);
    letGo();
    await run;
    expect(new Set(states(outbox))).toEqual(new Set(['sent']));
    expect(old.submitted).toHaveLength(1);
  });

  it('do not keep each other from work: a small one is served while a large one is down or behind it', async () => {
    for (const prefixes of [[], ['49']]) {
      const { a, b, outbox, dispatcher, signal } = two({ a: { prefixes, ratePerSecond: 1 } });
      if (prefixes.length === 0) b.state = 'waiting';
      await enqueue(outbox, { destination: '+491' });
      await dispatcher.run(signal.signal);
      expect(numbers(a)).toEqual(['+491']);
      a.state = 'waiting';
      b.state = 'waiting';
      const waits = await enqueue(outbox, { destination: '+492' });
      Object.assign(outbox.rows.get(waits) ?? {}, { lane: prefixes.length === 0 ? 'a,b' : 'a' });
      a.setState('bound');
      b.setState('bound');
      await dispatcher.run(signal.signal);
      expect((await outbox.find(waits))?.state).toBe('sent');
    }
  });

  it('take over at once what no link took before', async () => {
    const a = new ScriptedLink();
    const b = new ScriptedLink();
    const routed = { weight: 1, responseMs: 1_000 };
    let current: RoutedSmsLink[] = [{ ...routed, id: 'a', name: 'a', prefixes: ['49'], link: a }];
    let changed: () => void = () => undefined;
    const links: SmsLinks = {
      get current() {
        return current;
      },
      onChange(listener) {
        changed = listener;
        return () => undefined;
      },
    };
    const { outbox, dispatcher, signal } = dispatcherOfTest({ links });
    const nowhere = await enqueue(outbox, { destination: '+331' });
    await dispatcher.run(signal.signal);
    expect(outbox.rows.get(nowhere)).toMatchObject({ state: 'queued', lane: '-' });
    current = [...current, { ...routed, id: 'b', name: 'b', prefixes: ['33'], link: b }];
    changed();
    await dispatcher.run(signal.signal);
    expect(await outbox.find(nowhere)).toMatchObject({ state: 'sent', linkId: 'b' });
  });

  it('send only in the time that was reserved for them, when their rate is shared with other processes', async () => {
    const reserved: [linkId: string, submits: number, perSecond: number][] = [];
    let away = true;
    const { a, b, outbox, dispatcher, signal } = two(
      { a: { prefixes: ['49'], ratePerSecond: 50 } },
      {
        rates: {
          async reserve(...what) {
            reserved.push(what);
            if (away) {
              away = false;
              throw new Error('the store is away');
            }
            return 0;
          },
        },
      },
    );
    b.state = 'waiting';
    for (let n = 0; n < 12; n++) await enqueue(outbox, { destination: `+49${n}` });
    await dispatcher.run(signal.signal);
    expect(a.submitted).toHaveLength(12);
    // One failed; what is reserved is used up.
    expect(reserved.length).toBeGreaterThanOrEqual(4);
    for (const what of reserved) expect(what).toEqual(['a', 5, 50]);
  });

  it('keep to the rate agreed with their SMSC', async () => {
    const { a, b, outbox, dispatcher, signal } = two({ a: { prefixes: ['49'], ratePerSecond: 100 } });
    b.state = 'waiting';
    for (let n = 0; n < 30; n++) await enqueue(outbox, { destination: `+49${n}` });
    const startedAt = performance.now();
    await dispatcher.run(signal.signal);
    expect(a.submitted).toHaveLength(30);
    // At 100 a second; never faster, and how much slower depends on the machine.
    expect(performance.now() - startedAt).toBeGreaterThan(200);
  });
});
