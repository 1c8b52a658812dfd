/** What routing has to know of a link. */
export interface RoutedLink {
  readonly id: string;
  /** Beginnings of the numbers it takes; empty: every number. */
  readonly prefixes: readonly string[];
  /** Share among the links that fit equally well; 0: only when no other can. */
  readonly weight: number;
}

/**
 * - `ready`  takes messages now;
 * - `slow`   bound, but its answers stay away: only what nobody else takes goes there;
 * - `full`   bound, and has all it can take for now;
 * - `down`   not bound.
 */
export type LinkHealth = 'ready' | 'slow' | 'full' | 'down';

/** A message that looks for its way. */
export interface RoutedMessage {
  /** With or without a leading `+`. */
  readonly destination: string;
  /** Links that refused it for a reason of their own; they are not asked again. */
  readonly refusedBy: readonly string[];
  /** The link that has some of its parts already: the others belong there too. */
  readonly boundTo?: string;
}

export type Route =
  | { readonly kind: 'send'; readonly linkId: string }
  /** Some link could take it, none can now: it waits in that lane. */
  | { readonly kind: 'wait'; readonly lane: string }
  /** No link takes such a number, or all that do have refused. */
  | { readonly kind: 'nowhere' };

/** The lane of pushes that nobody has looked at. */
export const OPEN_LANE = '';
/** The lane of pushes that no link of the process that looked takes; looked at anew when links change. */
export const NOWHERE_LANE = '-';

interface Entry {
  readonly link: RoutedLink;
  /** Smooth weighted round robin: what it is owed. */
  credit: number;
}

/**
 * Chooses the link for a message: of the links with the longest fitting prefix those that are ready, by weight; where
 * none is, those with the next shorter one, down to the links that take every number; then a slow one. One message goes
 * to one link at a time, because choosing is all that happens here and whoever claimed the message sends it.
 *
 * Messages that have to wait are told apart by *lane*: the set of links that could take them. A lane whose links are all
 * busy holds up no other.
 *
 * Pure but for the credits of the round robin: no clock, no randomness.
 */
export class LinkRouter {
  readonly #entries: readonly Entry[];
  readonly #byId: ReadonlyMap<string, Entry>;
  /** By destination's longest known beginning. */
  readonly #tiers = new Map<string, readonly (readonly Entry[])[]>();
  readonly #prefixes: ReadonlySet<string>;
  readonly #longest: number;

  constructor(links: readonly RoutedLink[]) {
    // In one order everywhere, so that every process calls a lane the same.
    this.#entries = [...links].sort((a, b) => (a.id < b.id ? -1 : 1)).map((link) => ({ link, credit: 0 }));
    this.#byId = new Map(this.#entries.map((entry) => [entry.link.id, entry]));
    this.#prefixes = new Set(links.flatMap(({ prefixes }) => prefixes));
    this.#longest = Math.max(0, ...[...this.#prefixes].map((prefix) => prefix.length));
  }

  /** Every lane that messages can wait in here, with the links that serve it, those to be preferred first. */
  lanes(): ReadonlyMap<string, readonly (readonly string[])[]> {
    const lanes = new Map<string, readonly (readonly string[])[]>();
    for (const { link } of this.#entries) lanes.set(link.id, [[link.id]]);
    for (const beginning of ['', ...this.#prefixes]) {
      const tiers = this.#tiersOf(beginning).map((tier) => tier.map(({ link }) => link.id));
      if (tiers.length > 0) lanes.set(laneOf(tiers.flat()), tiers);
    }
    return lanes;
  }

  /** The links that could take a message, best first, whatever their health. */
  candidates({ destination, refusedBy }: RoutedMessage): readonly string[] {
    return this.#tiersOf(this.#beginningOf(destination))
      .flat()
      .map(({ link }) => link.id)
      .filter((id) => !refusedBy.includes(id));
  }

  /** @param health of each link now */
  choose(message: RoutedMessage, health: (linkId: string) => LinkHealth): Route {
    const { boundTo, refusedBy } = message;
    if (boundTo !== undefined && this.#byId.has(boundTo) && !refusedBy.includes(boundTo)) {
      const state = health(boundTo);
      return state === 'ready' || state === 'slow'
        ? { kind: 'send', linkId: boundTo }
        : { kind: 'wait', lane: boundTo };
    }
    const tiers = this.#tiersOf(this.#beginningOf(message.destination));
    const possible: string[] = [];
    let slow: readonly Entry[] = [];
    for (const tier of tiers) {
      const open = refusedBy.length === 0 ? tier : tier.filter(({ link }) => !refusedBy.includes(link.id));
      possible.push(...open.map(({ link }) => link.id));
      const ready = open.filter(({ link }) => health(link.id) === 'ready');
      const chosen = take(ready);
      if (chosen !== undefined) return { kind: 'send', linkId: chosen };
      // A full link is not worth leaving its tier for: it has room again in a moment.
      if (open.some(({ link }) => link.weight > 0 && health(link.id) === 'full')) {
        return { kind: 'wait', lane: this.#laneFor(possible, tiers) };
      }
      if (slow.length === 0) slow = open.filter(({ link }) => health(link.id) === 'slow');
    }
    const chosen = take(slow);
    if (chosen !== undefined) return { kind: 'send', linkId: chosen };
    return possible.length === 0 ? { kind: 'nowhere' } : { kind: 'wait', lane: this.#laneFor(possible, tiers) };
  }

  /** Lanes are those of {@link lanes}: with some links ruled out, the lane of the best that is left. */
  #laneFor(possible: readonly string[], tiers: readonly (readonly Entry[])[]): string {
    const all = tiers.flat();
    const ruledOut = all.some(({ link }, index) => index < possible.length && possible[index] !== link.id);
    return ruledOut ? (possible[0] ?? NOWHERE_LANE) : laneOf(all.map(({ link }) => link.id));
  }

  #beginningOf(destination: string): string {
    const digits = destination.startsWith('+') ? destination.slice(1) : destination;
    for (let length = Math.min(this.#longest, digits.length); length > 0; length--) {
      const beginning = digits.slice(0, length);
      if (this.#prefixes.has(beginning)) return beginning;
    }
    return '';
  }

  /** Links with the longest prefix first; links of weight 0 come after all others. */
  #tiersOf(beginning: string): readonly (readonly Entry[])[] {
    const known = this.#tiers.get(beginning);
    if (known !== undefined) return known;
    const byLength = new Map<number, Entry[]>();
    for (const entry of this.#entries) {
      const { prefixes, weight } = entry.link;
      const fitting = prefixes.filter((prefix) => beginning.startsWith(prefix)).map((prefix) => prefix.length);
      if (prefixes.length > 0 && fitting.length === 0) continue;
      const rank = weight === 0 ? -1 : Math.max(0, ...fitting);
      byLength.set(rank, [...(byLength.get(rank) ?? []), entry]);
    }
    const tiers = [...byLength].sort(([a], [b]) => b - a).map(([, entries]) => entries);
    this.#tiers.set(beginning, tiers);
    return tiers;
  }
}

function laneOf(ids: readonly string[]): string {
  return ids.join(',');
}

/** Smooth weighted round robin over the entries given. */
function take(entries: readonly Entry[]): string | undefined {
  let best: Entry | undefined;
  let total = 0;
  for (const entry of entries) {
    const weight = Math.max(entry.link.weight, 1);
    total += weight;
    entry.credit += weight;
    if (best === undefined || entry.credit > best.credit) best = entry;
  }
  if (best === undefined) return undefined;
  best.credit -= total;
  return best.link.id;
}
