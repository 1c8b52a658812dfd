import { describe, expect, it } from 'vitest';
import type { SubmitOutcome } from '../../src/domain/push.ts';
import type { NewPush } from '../../src/services/ports/push-outbox.ts';
import type { RoutedSmsLink, SmsLink, SmsLinkState, SmsLinks, SmsPart } from '../../src/services/ports/sms-link.ts';
import { PushDispatcher, type PushDispatcherOptions } from '../../src/services/push-dispatcher.ts';
import { parsePackage0, verifyPackage0Digest } from '../../src/wire/wap/package0.ts';
import { NOTHING_WAITING, reassemble } from '../../src/wire/wap/reassemble.ts';
import { decodeUdh } from '../../src/wire/wap/udh.ts';
import { decodeWspPush } from '../../src/wire/wap/wsp-push.ts';
import { InMemoryPushOutbox } from './push-outbox-in-memory.ts';

const ACCOUNT = { serverId: 'omadm', serverPassword: 'pässwörd', serverNonce: Uint8Array.from([0, 200, 58, 255]) };
const MSISDN = '+491701234567';

/** A link whose answers the test gives. */
class ScriptedLink implements SmsLink {
  state: SmsLinkState = 'bound';
  window = 10;
  inFlight = 0;
  mostInFlight = 0;
  readonly submitted: SmsPart[] = [];
  answer: (part: SmsPart, n: number) => SubmitOutcome | Promise<SubmitOutcome> = (_, n) => ({
    kind: 'accepted',
    messageId: `m${n}`,
  });
  readonly #listeners = new Set<(state: SmsLinkState) => void>();

  async submit(part: SmsPart): Promise<SubmitOutcome> {
    if (this.state !== 'bound') return { kind: 'unbound' };
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    const n = this.submitted.push(part) - 1;
    await pause(1);
    const outcome = await this.answer(part, n);
    this.inFlight -= 1;
    return outcome;
  }

  setState(state: SmsLinkState): void {
    this.state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }

  onStateChange(listener: (state: SmsLinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onReceipt(): void {}
  onIncoming(): void {}
  async close(): Promise<void> {
    this.setState('closed');
  }
}

/** Links that never change, each by the name it has here. */
function fixedLinks(
  links: Readonly<Record<string, SmsLink>>,
  more: Readonly<Record<string, Partial<RoutedSmsLink>>> = {},
): SmsLinks {
  const current = Object.entries(links).map(([id, link]) => ({
    id,
    name: id,
    prefixes: [],
    weight: 1,
    responseMs: 1_000,
    link,
    ...more[id],
  }));
  return { current, onChange: () => () => undefined };
}

function set(options: Partial<PushDispatcherOptions> = {}) {
  const outbox = new InMemoryPushOutbox();
  const link = new ScriptedLink();
  outbox.accounts.set('device', ACCOUNT);
  const dispatcher = new PushDispatcher({
    outbox,
    links: fixedLinks({ main: link }),
    clock: { now: () => new Date() },
    random: () => 0.5,
    workerId: 'w1',
    policy: { maxAttempts: 3, firstBackOffMs: 20, maxBackOffMs: 50, shortPauseMs: 10 },
    recheckMs: 5,
    ...options,
  });
  return { outbox, link, dispatcher, signal: new AbortController() };
}

let ids = 0;
async function enqueue(outbox: InMemoryPushOutbox, push: Partial<NewPush> = {}): Promise<string> {
  const pushId = `push-${ids++}`;
  const content = { kind: 'package0', deviceId: 'device', sessionId: 0x1234, uiMode: 1 } as const;
  await outbox.enqueue({ pushId, destination: MSISDN, content, dueAt: new Date(0), ...push });
  return pushId;
}

const raw = (octets: number) =>
  ({ kind: 'raw', destinationPort: 2948, sourcePort: 9200, payload: new Uint8Array(octets).fill(7) }) as const;

async function waitFor(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await pause(1);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

const states = (outbox: InMemoryPushOutbox) => [...outbox.rows.values()].map((row) => row.state);

describe('dispatching', () => {
  it('sends a trigger that the device can verify with the nonce of the moment', async () => {
    const { outbox, link, dispatcher, signal } = set();
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
    const { outbox, link, dispatcher, signal } = set({ batchSize: 16 });
    for (let n = 0; n < 200; n++) await enqueue(outbox);
    await dispatcher.run(signal.signal);
    expect(new Set(states(outbox))).toEqual(new Set(['sent']));
    expect(link.submitted).toHaveLength(200);
    expect(link.mostInFlight).toBe(10);
  });

  it('stores outcomes together, not one by one', async () => {
    const { outbox, dispatcher, signal, link } = set();
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
    const { outbox, link, dispatcher, signal } = set();
    const pushId = await enqueue(outbox, { content: raw(300) });
    link.answer = (_, n) =>
      n === 1 ? { kind: 'refused', commandStatus: 0x08 } : { kind: 'accepted', messageId: `m${n}` };
    await dispatcher.run(signal.signal);
    expect(await outbox.find(pushId)).toMatchObject({ state: 'queued', attempts: 1 });
    await pause(25);
    await dispatcher.run(signal.signal);
    expect((await outbox.find(pushId))?.state).toBe('sent');
    expect(link.submitted).toHaveLength(4);
    expect(link.submitted[3]).toEqual(link.submitted[1]);
    let state = NOTHING_WAITING;
    let whole: Uint8Array | undefined;
    for (const part of link.submitted) {
      const step = reassemble(state, { ...part, sender: 'smsc' }, 0);
      state = step.state;
      whole ??= step.message?.payload;
    }
    expect(whole).toEqual(raw(300).payload);
  });

  it('sees a push that comes while others are on their way, when it is woken', async () => {
    const { outbox, link, dispatcher, signal } = set({ recheckMs: 60_000 });
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
    const { outbox, dispatcher, signal } = set();
    const later = new Date(Date.now() + 60_000);
    await enqueue(outbox, { dueAt: later });
    expect(await dispatcher.run(signal.signal)).toEqual(later);
  });

  it('shares an outbox with another process: every push leaves once', async () => {
    const one = set({ batchSize: 7 });
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
    const { outbox, link, dispatcher, signal } = set();
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
    const { outbox, link, dispatcher, signal } = set();
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
    const { outbox, link, dispatcher, signal } = set();
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
    const { outbox, link, dispatcher, signal } = set();
    await enqueue(outbox);
    link.state = 'waiting';
    await dispatcher.run(signal.signal);
    expect(states(outbox)).toEqual(['queued']);
  });

  it('goes away half way: what was not sent is given back, uncounted', async () => {
    const { outbox, link, dispatcher, signal } = set();
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
    const { outbox, link, dispatcher, signal } = set();
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
    const { outbox, dispatcher, signal } = set();
    await enqueue(outbox);
    outbox.failing = 1;
    await expect(dispatcher.run(signal.signal)).rejects.toThrow('away');
    await dispatcher.run(signal.signal);
    expect(states(outbox)).toEqual(['sent']);
  });

  it('at storing outcomes: they are kept and stored later, and nothing is sent twice', async () => {
    const faults: string[] = [];
    const { outbox, link, dispatcher, signal } = set({ onFault: (_, what) => faults.push(what) });
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
    const { outbox, link, dispatcher, signal } = set();
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

  it('without having begun sends nothing', async () => {
    const { outbox, link, dispatcher, signal } = set();
    await enqueue(outbox);
    signal.abort();
    await dispatcher.run(signal.signal);
    expect(link.submitted).toHaveLength(0);
    expect(states(outbox)).toEqual(['queued']);
  });

  it('by a crash: another process sends what was claimed once the lease is over', async () => {
    const { outbox, link, dispatcher, signal } = set();
    const pushId = await enqueue(outbox);
    await outbox.claimDue(1, new Date(), 30, 'dead');
    await dispatcher.run(signal.signal);
    expect(link.submitted).toHaveLength(0);
    await pause(35);
    await dispatcher.run(signal.signal);
    expect(await outbox.find(pushId)).toMatchObject({ state: 'sent', attempts: 2 });
  });
});

describe('several links', () => {
  const two = (more: Parameters<typeof fixedLinks>[1] = {}, options: Partial<PushDispatcherOptions> = {}) => {
    const a = new ScriptedLink();
    const b = new ScriptedLink();
    return { a, b, ...set({ links: fixedLinks({ a, b }, more), ...options }) };
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
    const { outbox, dispatcher, signal } = set({ links });
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
