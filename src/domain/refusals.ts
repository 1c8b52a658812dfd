/**
 * Messages in a device's name that were refused for their credentials, counted by where they came from, so that
 * whoever knows the name can hold back only themselves. JSON through and through: it is kept with the device.
 */
export interface RefusalCount {
  /** See {@link sourceOf}. */
  readonly from: string;
  readonly count: number;
  /** When the last one came, milliseconds since 1970. */
  readonly lastAt: number;
}

/** So many are free: three sessions with every attempt in them gone wrong. */
const FREE = 9;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Longer than the longest wait: who goes on after each one is not forgotten. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;
/** Sources counted at a time for one device. */
export const MAX_SOURCES = 16;

/** An IPv4 address as it is; of IPv6 the network, for its owner has all addresses in it. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole =
    tail === undefined
      ? groups
      : [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest];
  return `${whole.slice(0, 4).join(':')}::/64`;
}

/** How long nothing from there is weighed any more; 0: it is. Doubles with every refusal beyond the free ones. */
export function waitMs(counts: readonly RefusalCount[], from: string, now: Date, free = FREE): number {
  const found = counts.find((one) => one.from === from);
  if (found === undefined || found.count < free || isForgotten(found, now)) return 0;
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(found.count - free, 20), LONGEST_WAIT_MS);
  return Math.max(0, found.lastAt + wait - now.getTime());
}

/** With one more from there. Undefined: there is no room for another source (beside `room` of them), so that it is not counted. */
export function countRefusal(
  counts: readonly RefusalCount[],
  from: string,
  now: Date,
  room = MAX_SOURCES,
): readonly RefusalCount[] | undefined {
  const remembered = counts.filter((one) => !isForgotten(one, now));
  const found = remembered.find((one) => one.from === from);
  const others = remembered.filter((one) => one !== found);
  if (found === undefined && others.length >= room) return undefined;
  return [...others, { from, count: (found?.count ?? 0) + 1, lastAt: now.getTime() }];
}

/** Without those from there: the device has proven itself. Undefined: there were none. */
export function forgive(counts: readonly RefusalCount[], from: string): readonly RefusalCount[] | undefined {
  return counts.some((one) => one.from === from) ? counts.filter((one) => one.from !== from) : undefined;
}

function isForgotten({ lastAt }: RefusalCount, now: Date): boolean {
  return now.getTime() - lastAt > FORGOTTEN_AFTER_MS;
}
