import type { SubmitOutcome } from '../../src/domain/push.ts';
import type { NewPush } from '../../src/services/ports/push-outbox.ts';
import type { RoutedSmsLink, SmsLink, SmsLinkState, SmsLinks, SmsPart } from '../../src/services/ports/sms-link.ts';
import { PushDispatcher, type PushDispatcherOptions } from '../../src/services/push-dispatcher.ts';
import { InMemoryPushOutbox } from './push-outbox-in-memory.ts';

export const ACCOUNT = {
  serverId: 'omadm',
  serverPassword: 'pässwörd',
  serverNonce: Uint8Array.from([0, 200, 58, 255]),
};
export const MSISDN = '+491701234567';

/** A link whose answers the test gives. */
export class ScriptedLink implements SmsLink {
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
export function fixedLinks(
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

/** A dispatcher with an outbox in memory and one link, `main`, unless the options name others. */
export function dispatcherOfTest(options: Partial<PushDispatcherOptions> = {}) {
  const outbox = new InMemoryPushOutbox();
  const link = new ScriptedLink();
  outbox.accounts.set('device', ACCOUNT);
  const dispatcher = new PushDispatcher({
    outbox,
    links: fixedLinks({ main: link }),
    clock: { now: () => new Date() },
    random: () => 0.5,
    gatherMs: 0,
    workerId: 'w1',
    policy: { maxAttempts: 3, firstBackOffMs: 20, maxBackOffMs: 50, shortPauseMs: 10 },
    recheckMs: 5,
    ...options,
  });
  return { outbox, link, dispatcher, signal: new AbortController() };
}

let ids = 0;
export async function enqueue(outbox: InMemoryPushOutbox, push: Partial<NewPush> = {}): Promise<string> {
  const pushId = `push-${ids++}`;
  const content = { kind: 'package0', deviceId: 'device', sessionId: 0x1234, uiMode: 1 } as const;
  await outbox.enqueue({ pushId, destination: MSISDN, content, dueAt: new Date(0), ...push });
  return pushId;
}

export const raw = (octets: number) =>
  ({ kind: 'raw', destinationPort: 2948, sourcePort: 9200, payload: new Uint8Array(octets).fill(7) }) as const;

export async function waitFor(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await pause(1);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

export const states = (outbox: InMemoryPushOutbox) => [...outbox.rows.values()].map((row) => row.state);
