import type { NodeValue } from '../domain/device.ts';
import type { Forgotten, NodePropertyValue, TreeReport } from '../domain/tree-report.ts';

/** A report of a device's tree as the database keeps it: JSON, the time in a value only where it is its own. */
export interface StoredReport {
  readonly removed: readonly string[];
  readonly values: readonly (Omit<NodeValue, 'at' | 'properties'> & { readonly at?: string })[];
  readonly properties?: readonly NodePropertyValue[];
  readonly forgotten?: readonly Forgotten[];
}

export function treeReportOf(stored: StoredReport, exchange: number, at: Date): TreeReport {
  const { values, ...rest } = stored;
  return {
    ...rest,
    exchange,
    at,
    values: values.map((node) => ({ ...node, at: node.at === undefined ? at : new Date(node.at) })),
  };
}
