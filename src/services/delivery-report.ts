import { type CommandResult, isFinalDelivery } from '../domain/delivery.ts';
import { comparePlaces } from '../domain/result-report.ts';
import type { PackageCommand } from '../provisioning/package-command.ts';
import type { DeliveryWithResults } from './ports/delivery-store.ts';

/** `not-sent`: the delivery ended before it came to this command, so the device has never seen it. */
export type ResultOutcome = 'answered' | 'unanswered' | 'not-sent';

export interface ReportedResult extends CommandResult {
  readonly outcome: ResultOutcome;
}

/** A delivery as an admin reads it. */
export interface DeliveryReport extends Omit<DeliveryWithResults, 'results'> {
  /** In path order; of one that has ended, every top-level command. */
  readonly results: readonly ReportedResult[];
}

/** Has it ended with commands of which nothing is kept? Then {@link reportOf} needs to know them. */
export function hasGaps(delivery: DeliveryWithResults): boolean {
  return isFinalDelivery(delivery.state) && delivery.position < delivery.commandCount;
}

/**
 * @param commands of the package, where {@link hasGaps}: those without an answer are listed then, and told apart: sent
 *   and never answered, or never sent
 */
export function reportOf(delivery: DeliveryWithResults, commands: readonly PackageCommand[] = []): DeliveryReport {
  const results = delivery.results.map((result): ReportedResult => {
    return { ...result, outcome: result.status === undefined ? 'unanswered' : 'answered' };
  });
  const known = new Set(results.map(({ path }) => path[0]));
  const gaps = commands.flatMap((command, place): ReportedResult[] => {
    if (place < delivery.position || known.has(place)) return [];
    const outcome = place < delivery.sent ? 'unanswered' : 'not-sent';
    return locUrisOf(command).map((locUri, item) => ({ path: [place], item, command: command.name, locUri, outcome }));
  });
  return { ...delivery, results: gaps.length === 0 ? results : [...results, ...gaps].sort(comparePlaces) };
}

/** One an Item; variables stand in them as they were uploaded. */
function locUrisOf(command: PackageCommand): string[] {
  if (!('items' in command) || command.items.length === 0) return [''];
  return command.items.map((item) => item.target?.uri ?? item.source?.uri ?? '');
}
