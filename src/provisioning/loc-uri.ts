import { NODE_PROPERTIES, NODE_PROPERTY_NAMES } from '../syncml/node-properties.ts';
import type { ItemsCommandName } from './package-command.ts';

/** How long a LocURI may be. Devices publish their own, smaller limits in ./DevDetail/URI; these only stop nonsense. */
export const MAX_LOC_URI_LENGTH = 2048;
export const MAX_SEGMENT_LENGTH = 255;

/** `Struct`, `StructData` (OMA-TS-DM_TND-V1_2_1, 8.1), `TNDS` with the properties wanted (OMA-TS-DM_TNDS-V1_2). */
const LIST = /^(?:Struct|StructData|TNDS(?:[-+][A-Za-z]+)*)$/;

/** Blanks, controls and the delimiters RFC 2396 keeps out of URIs; a node's name has them percent-encoded. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\u0000-\u0020\u007f<>"\\#]/;

/**
 * Checks the address of a node, as a command may use it. Returns what is wrong, or undefined.
 *
 * The rules are those of OMA-TS-DM_TND-V1_2_1, section 5: relative to the root, with or without `./` in front (`./A/b`
 * and `A/b` are the same node); the root itself is `.`, whose value only Get may address; no slash at either end, no
 * empty segment, no `.` or `..` among the segments, percent-encoded neither. `?prop=` goes with Get and, where the
 * property can be written, Replace; `?list=` with Get.
 */
export function locUriFault(locUri: string, command: ItemsCommandName): string | undefined {
  if (locUri === '') return 'a LocURI may not be empty';
  if (locUri.length > MAX_LOC_URI_LENGTH) return `a LocURI may have ${MAX_LOC_URI_LENGTH} characters`;
  const forbidden = FORBIDDEN.exec(locUri)?.[0];
  if (forbidden !== undefined) {
    return `a LocURI may not contain ${forbidden.trim() === '' ? 'blanks' : forbidden} (write %${hex(forbidden)})`;
  }
  const mark = locUri.indexOf('?');
  const path = mark < 0 ? locUri : locUri.slice(0, mark);
  if (mark >= 0) return pathFault(path) ?? queryFault(locUri.slice(mark + 1), command);
  if (path === '.' && command !== 'Get') return `the root "." cannot be the target of ${command}`;
  return pathFault(path);
}

function pathFault(path: string): string | undefined {
  if (path.startsWith('/')) return 'a LocURI is relative: it may not begin with "/"';
  if (path === '.') return undefined;
  if (path.endsWith('/')) return 'a LocURI may not end with "/" (the root is ".")';
  const relative = path.startsWith('./') ? path.slice(2) : path;
  const segments = relative.split('/');
  for (const segment of segments) {
    const fault = segmentFault(segment);
    if (fault !== undefined) return fault;
  }
  // RFC 2396, 5: the first segment of a relative URI would otherwise be read as a scheme.
  if (relative === path && segments[0]?.includes(':')) return 'write "./" before a first segment that contains ":"';
  return undefined;
}

function segmentFault(segment: string): string | undefined {
  if (segment === '') return 'a LocURI may not have an empty segment ("//")';
  if (segment.length > MAX_SEGMENT_LENGTH) return `a segment of a LocURI may have ${MAX_SEGMENT_LENGTH} characters`;
  if (/%(?![0-9A-Fa-f]{2})/.test(segment)) return 'a "%" in a LocURI must be followed by two hexadecimal digits';
  const plain = segment.replace(/%2e/gi, '.');
  if (plain === '.' || plain === '..') return `"${segment}" may not be a segment of a LocURI`;
  return undefined;
}

function queryFault(query: string, command: ItemsCommandName): string | undefined {
  const [key, value = ''] = query.split(/=(.*)/s);
  if (key === 'list') {
    if (command !== 'Get') return `?list= goes with Get, not with ${command}`;
    return LIST.test(value) ? undefined : '?list= asks for Struct, StructData or TNDS';
  }
  if (key === 'prop') {
    const property = NODE_PROPERTIES.find(({ name }) => name === value);
    if (property === undefined) return `?prop= names one of ${NODE_PROPERTY_NAMES.join(', ')}`;
    const fits = command === 'Get' || (command === 'Replace' && property.isWritable);
    return fits ? undefined : `the property ${value} cannot be the target of ${command}`;
  }
  return 'after "?" a LocURI has list= or prop=';
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
