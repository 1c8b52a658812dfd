import { describe, expect, it } from 'vitest';
import type { SubmitOutcome } from '../../src/domain/push.ts';
import type { NewPush } from '../../src/services/ports/push-outbox.ts';
import type { SmsLink, SmsLinkState, SmsPart } from '../../src/services/ports/sms-link.ts';
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

function set(options: Partial<PushDispatcherOptions> = {}) {
  const outbox = new InMemoryPushOutbox();
  const link = new ScriptedLink();
  outbox.accounts.set('device', ACCOUNT);
  const dispatcher = new PushDispatcher({
    outbox,
    link,
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
      link: one.link,
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
    link.answer = () => {
      outbox.failing = 1;
      return { kind: 'accepted', messageId: 'm' };
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
