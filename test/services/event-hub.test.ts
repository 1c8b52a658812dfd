import { describe, expect, it } from 'vitest';
import { type EventFilter, formatPosition } from '../../src/domain/event.ts';
import { type EventBatch, EventHub, type EventHubOptions, type Following } from '../../src/services/event-hub.ts';
import { MemoryEventLog } from '../fakes/memory-event-log.ts';

const NEVER = { beatMs: 86_400_000 };

function set(options: EventHubOptions = NEVER): { log: MemoryEventLog; hub: EventHub } {
  const log = new MemoryEventLog();
  return { log, hub: new EventHub(log, options) };
}

/** Reads on: gives the kinds of the batches. */
class Reader {
  readonly #batches: AsyncIterator<EventBatch>;
  readonly following: Following;

  constructor(hub: EventHub, filter: EventFilter = {}, after?: bigint) {
    this.following = hub.follow(filter, after === undefined ? undefined : { tx: after, id: 1n });
    this.#batches = this.following[Symbol.asyncIterator]();
  }

  async next(): Promise<readonly string[] | undefined> {
    const { done, value } = await this.#batches.next();
    return done === true ? undefined : (value as EventBatch).events.map(({ kind }) => kind);
  }

  async position(): Promise<string> {
    const { value } = await this.#batches.next();
    return formatPosition((value as EventBatch).position);
  }
}

describe('followers of the log', () => {
  it('get what comes from then on, or after the place they name', async () => {
    const { log, hub } = set();
    log.add('a.one');
    log.add('a.two');
    const [fromNow, fromOne] = [new Reader(hub), new Reader(hub, {}, 1n)];
    expect([await fromNow.next(), await fromOne.next()]).toEqual([[], []]);
    expect(await fromOne.next()).toEqual(['a.two']);
    const [later, laterOne] = [fromNow.next(), fromOne.next()];
    await new Promise(setImmediate);
    log.add('a.three');
    await hub.run();
    expect([await later, await laterOne]).toEqual([['a.three'], ['a.three']]);
  });

  it('take a place that the log has not come to for its end', async () => {
    const { log, hub } = set();
    log.add('a.one');
    expect(await new Reader(hub, {}, 999n).position()).toBe('2.0');
  });

  it('get only what they want', async () => {
    const { log, hub } = set();
    const reader = new Reader(hub, { kinds: ['campaign.*', 'target.failed'], campaignId: 'x' });
    await reader.next();
    const batch = reader.next();
    await new Promise(setImmediate);
    for (const [kind, campaignId] of [
      ['campaign.running', 'x'],
      ['campaign.running', 'y'],
      ['campaigns.running', 'x'],
      ['target.failed', 'x'],
      ['target.succeeded', 'x'],
    ] as const) {
      log.add(kind, { campaignId });
    }
    await hub.run();
    expect(await batch).toEqual(['campaign.running', 'target.failed']);
  });

  it('miss nothing and get nothing twice between catching up and being live', async () => {
    const { log, hub } = set();
    for (let n = 1; n <= 3; n++) log.add(`a.${n}`);
    const live = new Reader(hub);
    await live.next();
    const first = live.next();
    await new Promise(setImmediate);
    const late = new Reader(hub, {}, 1n);
    await late.next();
    // The late one reads the log while the hub goes on and something comes in between.
    let open = (): void => {};
    log.gate = new Promise((resolve) => {
      open = resolve;
    });
    const caughtUp = late.next();
    await new Promise(setImmediate);
    log.gate = undefined;
    log.add('a.4');
    await hub.run();
    log.add('a.5');
    await hub.run();
    open();
    expect([await first, await live.next()]).toEqual([['a.4'], ['a.5']]);
    expect(await caughtUp).toEqual(['a.2', 'a.3']);
    expect(await late.next()).toEqual(['a.4', 'a.5']);
    const rest = [live.next(), late.next()];
    await new Promise(setImmediate);
    log.add('a.6');
    await hub.run();
    expect(await Promise.all(rest)).toEqual([['a.6'], ['a.6']]);
  });

  it('share one reader, however many they are', async () => {
    const { log, hub } = set();
    const readers = Array.from({ length: 50 }, () => new Reader(hub));
    for (const reader of readers) await reader.next();
    const batches = readers.map((reader) => reader.next());
    await new Promise(setImmediate);
    log.reads = 0;
    log.add('a.one');
    await hub.run();
    expect(await Promise.all(batches)).toEqual(Array.from({ length: 50 }, () => ['a.one']));
    expect(log.reads).toBe(1);
  });

  it('read the log by themselves again when they were too slow, and miss nothing', async () => {
    const { log, hub } = set({ ...NEVER, queueLimit: 5 });
    const [slow, quick] = [new Reader(hub), new Reader(hub)];
    for (const reader of [slow, quick]) await reader.next();
    const waiting = [slow.next(), quick.next()];
    await new Promise(setImmediate);
    const expected = Array.from({ length: 20 }, (_, n) => `a.${n}`);
    const seen: (readonly string[] | undefined)[] = [];
    for (const [index, kind] of expected.entries()) {
      log.add(kind);
      await hub.run();
      if (index === 0) seen.push(...(await Promise.all(waiting)));
      else expect(await quick.next()).toEqual([kind]);
    }
    expect(seen).toEqual([['a.0'], ['a.0']]);
    const got = ['a.0'];
    while (got.length < expected.length) got.push(...((await slow.next()) ?? []));
    expect(got).toEqual(expected);
  });

  it('are told now and then how far they have come when nothing happens that they want', async () => {
    const { log, hub } = set({ beatMs: 1 });
    const reader = new Reader(hub, { kinds: ['b.*'] });
    expect(await reader.position()).toBe('1.0');
    const beat = reader.position();
    await new Promise(setImmediate);
    expect(await beat).toBe('1.0');
    log.add('a.one');
    await hub.run();
    expect(await reader.position()).toBe('2.0');
  });

  it('end when they are closed, when the hub is, and when they come after that', async () => {
    const { hub } = set();
    const readers = [new Reader(hub), new Reader(hub)];
    for (const reader of readers) await reader.next();
    const [first, second] = readers.map((reader) => reader.next());
    await new Promise(setImmediate);
    expect(hub.followers).toBe(2);
    readers[0]?.following.close();
    expect(await first).toBeUndefined();
    expect(hub.followers).toBe(1);
    hub.close();
    expect(await second).toBeUndefined();
    expect(hub.followers).toBe(0);
    const late = new Reader(hub);
    await late.next();
    expect(await late.next()).toBeUndefined();
  });

  it('cost nothing while there are none', async () => {
    const { log, hub } = set();
    expect(await hub.run()).toBe(false);
    expect(log.reads).toBe(0);
  });
});
