import type { CommandResult } from './delivery.ts';

/**
 * One result for each path and item, in path order: of two for the same one the later counts, but what it leaves out
 * stays as the earlier said (a Status comes before its Results).
 * @param reports oldest first
 */
export function mergeResults(reports: readonly (readonly CommandResult[])[]): CommandResult[] {
  const merged = new Map<string, CommandResult>();
  for (const result of reports.flat()) {
    const key = `${result.path.join('.')} ${result.item}`;
    merged.set(key, { ...merged.get(key), ...result });
  }
  return [...merged.values()].sort(comparePlaces);
}

/** By path, then by Item. */
export function comparePlaces(a: CommandResult, b: CommandResult): number {
  return comparePaths(a.path, b.path) || a.item - b.item;
}

/** Like words: number by number, and a path before those that go on from it. */
function comparePaths(a: readonly number[], b: readonly number[]): number {
  for (const [place, number] of a.entries()) {
    const other = b[place];
    if (other === undefined) return 1;
    if (number !== other) return number - other;
  }
  return a.length - b.length;
}
