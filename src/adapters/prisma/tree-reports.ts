import type { NodeValue } from '../../domain/device.ts';

/** As the table `tree_report` keeps it. */
export interface TreeReportJson {
  readonly removed: readonly string[];
  readonly values: readonly (Omit<NodeValue, 'at'> & { readonly at?: string })[];
}

/** What is known of a tree after reports were taken in, one after the other; in LocURI order. */
export function foldTree(
  known: readonly NodeValue[],
  reports: readonly { readonly report: TreeReportJson; readonly at: Date }[],
): NodeValue[] {
  const nodes = new Map(known.map((node) => [node.locUri, node]));
  for (const { report, at } of reports) {
    for (const gone of report.removed) {
      for (const locUri of nodes.keys()) if (locUri === gone || locUri.startsWith(`${gone}/`)) nodes.delete(locUri);
    }
    for (const { at: own, ...node } of report.values) {
      nodes.set(node.locUri, { ...node, at: own === undefined ? at : new Date(own) });
    }
  }
  return [...nodes.values()].sort((a, b) => (a.locUri < b.locUri ? -1 : 1));
}
