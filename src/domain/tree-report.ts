import type { NodeValue } from './device.ts';

/** What one message told of a device's tree; its parts hold one after the other. */
export interface TreeReport {
  /** The device's exchange it came in: the order of the reports. */
  readonly exchange: number;
  readonly at: Date;
  /** What is gone, with everything below. */
  readonly removed: readonly string[];
  readonly values: readonly NodeValue[];
  readonly properties?: readonly NodePropertyValue[];
  readonly forgotten?: readonly Forgotten[];
}

export interface NodePropertyValue {
  readonly locUri: string;
  readonly name: string;
  readonly value: string;
}

/** At and below `root` only what was told of from exchange `since` on is there; at and below `except` nobody knows. */
export interface Forgotten {
  readonly root: string;
  readonly since: number;
  readonly except: readonly string[];
}

export interface KnownNode extends NodeValue {
  /** When it was last told of. */
  readonly exchange: number;
  /** Only properties have been told of it. */
  readonly isBare?: true;
}

/** Brings the values of a tree, by LocURI, up to date with a report. */
export function applyTreeReport(tree: Map<string, KnownNode>, report: TreeReport): void {
  const { exchange, at, removed, values, properties = [], forgotten = [] } = report;
  for (const gone of removed) {
    for (const locUri of tree.keys()) if (isAtOrBelow(locUri, gone)) tree.delete(locUri);
  }
  for (const value of values) {
    const known = tree.get(value.locUri)?.properties;
    tree.set(value.locUri, { ...value, exchange, ...(known !== undefined && { properties: known }) });
  }
  for (const { locUri, name, value } of properties) {
    const known = tree.get(locUri) ?? { locUri, at, exchange, isBare: true as const };
    tree.set(locUri, { ...known, exchange, properties: { ...known.properties, [name]: { value, at } } });
  }
  for (const part of forgotten) {
    for (const [locUri, node] of tree) if (isForgotten(locUri, node.exchange, part)) tree.delete(locUri);
  }
}

export function isAtOrBelow(locUri: string, node: string): boolean {
  return node === '.' || locUri === node || locUri.startsWith(`${node}/`);
}

/** How many levels a node is below another, at or below which it stands. */
export function levelsBelow(locUri: string, node: string): number {
  return levelOf(locUri) - levelOf(node);
}

function levelOf(locUri: string): number {
  return locUri === '.' ? 0 : locUri.split('/').length - 1;
}

function isForgotten(locUri: string, exchange: number, { root, since, except }: Forgotten): boolean {
  return exchange < since && isAtOrBelow(locUri, root) && !except.some((one) => isAtOrBelow(locUri, one));
}
