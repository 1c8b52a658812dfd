/** What a node has beside its value, and whether a server may change it (OMA-TS-DM_TND-V1_2_1, 7.2 and 7.5). */
export const NODE_PROPERTIES = [
  { name: 'ACL', isWritable: true },
  { name: 'Format', isWritable: false },
  { name: 'Name', isWritable: true },
  { name: 'Size', isWritable: false },
  { name: 'Title', isWritable: true },
  { name: 'TStamp', isWritable: false },
  { name: 'Type', isWritable: false },
  { name: 'VerNo', isWritable: false },
] as const satisfies readonly { readonly name: string; readonly isWritable: boolean }[];

export type NodeProperty = (typeof NODE_PROPERTIES)[number]['name'];

export const NODE_PROPERTY_NAMES = NODE_PROPERTIES.map(({ name }) => name);

export function isNodeProperty(name: string): name is NodeProperty {
  return NODE_PROPERTIES.some((row) => row.name === name);
}

/** An address as commands use it: the node, and what is behind its question mark. */
export interface NodeAddress {
  readonly locUri: string;
  /** Set for `?prop=` with a property that exists. */
  readonly property?: NodeProperty;
  /** What follows `?list=`. */
  readonly list?: string;
}

/** Takes `./A/b?prop=ACL` and `./A/b?list=Struct` apart; another query is left off. */
export function addressOf(locUri: string): NodeAddress {
  const mark = locUri.indexOf('?');
  if (mark < 0) return { locUri };
  const node = locUri.slice(0, mark);
  const [key, value = ''] = locUri.slice(mark + 1).split('=', 2);
  if (key === 'prop' && isNodeProperty(value)) return { locUri: node, property: value };
  return key === 'list' ? { locUri: node, list: value } : { locUri: node };
}
