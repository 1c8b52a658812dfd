import { describe, expect, it } from 'vitest';
import { type LinkHealth, LinkRouter, type RoutedLink, type RoutedMessage } from '../../src/domain/link-router.ts';

const link = (id: string, prefixes: readonly string[] = [], weight = 1): RoutedLink => ({ id, prefixes, weight });
const to = (destination: string, more: Partial<RoutedMessage> = {}): RoutedMessage => ({
  destination,
  refusedBy: [],
  ...more,
});
const ready = (): LinkHealth => 'ready';
const health =
  (states: Readonly<Record<string, LinkHealth>>) =>
  (id: string): LinkHealth =>
    states[id] ?? 'ready';

function counts(router: LinkRouter, n: number, state = ready): Record<string, number> {
  const result: Record<string, number> = {};
  for (let i = 0; i < n; i++) {
    const route = router.choose(to(`+49${i}`), state);
    const key = route.kind === 'send' ? route.linkId : route.kind;
    result[key] = (result[key] ?? 0) + 1;
  }
  return result;
}

describe('the way of a message', () => {
  it('is the link with the longest prefix, with or without a plus', () => {
    const router = new LinkRouter([link('all'), link('de', ['49']), link('mobile', ['4917', '4916'])]);
    for (const [destination, linkId] of [
      ['+491701', 'mobile'],
      ['491601', 'mobile'],
      ['+4930', 'de'],
      ['+33', 'all'],
    ] as const) {
      expect(router.choose(to(destination), ready)).toEqual({ kind: 'send', linkId });
    }
  });

  it('is shared by weight, evenly mixed', () => {
    expect(counts(new LinkRouter([link('a', [], 3), link('b', [], 1)]), 400)).toEqual({ a: 300, b: 100 });
    expect(counts(new LinkRouter([link('a'), link('b'), link('c')]), 9)).toEqual({ a: 3, b: 3, c: 3 });
  });

  it('leads past links that are down or slow, and to a slow one when there is no other', () => {
    const router = new LinkRouter([link('a', ['49']), link('b', ['49']), link('c')]);
    const chosen = (states: Record<string, LinkHealth>) => router.choose(to('+491'), health(states));
    expect(chosen({ a: 'down' })).toEqual({ kind: 'send', linkId: 'b' });
    expect(chosen({ a: 'slow', b: 'down' })).toEqual({ kind: 'send', linkId: 'c' });
    expect(chosen({ a: 'slow', b: 'down', c: 'down' })).toEqual({ kind: 'send', linkId: 'a' });
    expect(chosen({ a: 'down', b: 'down', c: 'down' })).toEqual({ kind: 'wait', lane: 'a,b,c' });
  });

  it('does not leave for another tier because the links of its own have no room for the moment', () => {
    const router = new LinkRouter([link('a', ['49']), link('c')]);
    expect(router.choose(to('+491'), health({ a: 'full' }))).toEqual({ kind: 'wait', lane: 'a,c' });
  });

  it('is a link of weight 0 only when no other can', () => {
    const router = new LinkRouter([link('spare', ['49'], 0), link('a')]);
    expect(router.choose(to('+491'), ready)).toEqual({ kind: 'send', linkId: 'a' });
    expect(router.choose(to('+491'), health({ a: 'down' }))).toEqual({ kind: 'send', linkId: 'spare' });
  });

  it('stays with the link that has some parts, whatever the others do', () => {
    const router = new LinkRouter([link('a'), link('b')]);
    expect(router.choose(to('+491', { boundTo: 'b' }), ready)).toEqual({ kind: 'send', linkId: 'b' });
    expect(router.choose(to('+491', { boundTo: 'b' }), health({ b: 'down' }))).toEqual({ kind: 'wait', lane: 'b' });
    expect(router.choose(to('+491', { boundTo: 'gone' }), ready).kind).toBe('send');
  });

  it('is none of those that have refused, and nowhere when all have', () => {
    const router = new LinkRouter([link('a'), link('b')]);
    expect(router.choose(to('+491', { refusedBy: ['a'] }), ready)).toEqual({ kind: 'send', linkId: 'b' });
    expect(router.choose(to('+491', { refusedBy: ['a'] }), health({ b: 'down' }))).toEqual({ kind: 'wait', lane: 'b' });
    expect(router.choose(to('+491', { refusedBy: ['a', 'b'] }), ready)).toEqual({ kind: 'nowhere' });
    expect(router.candidates(to('+491', { refusedBy: ['a'] }))).toEqual(['b']);
    expect(new LinkRouter([link('a', ['49'])]).choose(to('+331'), ready)).toEqual({ kind: 'nowhere' });
  });

  it('waits only in lanes that are listed, called the same whatever the order of the links', () => {
    const links = [link('c'), link('b', ['491']), link('a', ['49'], 0)];
    const router = new LinkRouter(links);
    const lanes = [...router.lanes().keys()];
    expect(new Set(lanes)).toEqual(new Set([...new LinkRouter([...links].reverse()).lanes().keys()]));
    for (const destination of ['+491', '+492', '+33', '1']) {
      for (const down of [['a', 'b', 'c'], ['b', 'c'], ['c']]) {
        for (const refusedBy of [[], ['a'], ['b'], ['c'], ['a', 'c']]) {
          const states = Object.fromEntries(down.map((id) => [id, 'down' as const]));
          const route = router.choose(to(destination, { refusedBy }), health(states));
          if (route.kind === 'wait') expect(lanes).toContain(route.lane);
        }
      }
    }
  });
});
