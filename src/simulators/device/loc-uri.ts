/** A node's address as the commands use it (OMA-TS-DM_TND, addressing of nodes and properties). */
export interface NodeAddress {
  /** From the root downwards, percent-decoded; empty for the root itself. */
  readonly segments: readonly string[];
  /** The property asked for with `?prop=`, e.g. `ACL`. */
  readonly property?: string;
  /** What follows `?list=`. */
  readonly list?: string;
}

/** As a real device's limit in ./DevDetail/URI/MaxTotLen and MaxSegLen. */
const MAX_LENGTH = 1024;
const MAX_SEGMENT = 127;

/**
 * Reads a LocURI. `./A/B` and `A/B` are the same node, `.` (or `./`) is the root. Returns a status instead of an
 * address when it is off: 400, or 414 when it is too long.
 */
export function parseLocUri(locUri: string): NodeAddress | 400 | 414 {
  if (locUri.length > MAX_LENGTH) return 414;
  if (locUri === '' || locUri.startsWith('/')) return 400;
  const mark = locUri.indexOf('?');
  const path = mark < 0 ? locUri : locUri.slice(0, mark);
  const segments: string[] = [];
  if (path !== '.' && path !== './') {
    for (const raw of (path.startsWith('./') ? path.slice(2) : path).split('/')) {
      const segment = decodeSegment(raw);
      if (segment === undefined || segment === '' || segment === '.' || segment === '..') return 400;
      if (segment.length > MAX_SEGMENT) return 414;
      segments.push(segment);
    }
  }
  if (mark < 0) return { segments };
  const query = /^(prop|list)=([A-Za-z+-]+)$/.exec(locUri.slice(mark + 1));
  if (query === null) return 400;
  const [, key, value = ''] = query;
  return key === 'prop' ? { segments, property: value } : { segments, list: value };
}

/** The one spelling of an address: `./` in front, every segment percent-encoded where it must be. */
export function formatLocUri(segments: readonly string[]): string {
  return segments.length === 0 ? '.' : `./${segments.map(encodeName).join('/')}`;
}

/** A node's name as it stands in a LocURI or in the list of children. */
export function encodeName(name: string): string {
  if (/^[\w.~-]*$/.test(name)) return name;
  return encodeURIComponent(name).replace(/%(?:3A|40|26|3D|2B|24|2C)/g, decodeURIComponent);
}

function decodeSegment(raw: string): string | undefined {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
