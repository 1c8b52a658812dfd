import type { NodeValue } from './device.ts';

/** What one message told of a device's tree: first what is gone (with everything below), then what is there. */
export interface TreeReport {
  readonly removed: readonly string[];
  readonly values: readonly NodeValue[];
}

/** Brings the values of a tree, by LocURI, up to date with a report. */
export function applyTreeReport(tree: Map<string, NodeValue>, { removed, values }: TreeReport): void {
  for (const gone of removed) {
    for (const locUri of tree.keys()) if (isAtOrBelow(locUri, gone)) tree.delete(locUri);
  }
  for (const value of values) tree.set(value.locUri, value);
}

export function isAtOrBelow(locUri: string, node: string): boolean {
  return locUri === node || locUri.startsWith(`${node}/`);
}
