import { openOf, TARGET_STATES, type TargetCounts, totalOf } from './campaign.ts';

/** When the next wave may open, and when the campaign stops by itself. Percentages are 0…100. */
export interface Thresholds {
  /** Of the wave's targets that have to succeed before the next wave opens. Those cancelled or skipped do not count. */
  readonly successPercent: number;
  /** Of the wave's finished targets that fail or expire: at that many the campaign pauses. */
  readonly errorPercent?: number;
  /** So many have to be finished before the percentage counts; fewer where the wave has fewer. */
  readonly errorMinimum?: number;
  /** Targets of the wave that fail or expire: at that many the campaign pauses. */
  readonly errorCount?: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { successPercent: 90, errorPercent: 20, errorMinimum: 20 };

/** What somebody has seen and resumed the campaign in spite of. */
export interface Pardon {
  readonly failed: number;
  readonly finished: number;
}

export type WaveVerdict =
  /** Nothing follows from it yet. */
  | { readonly kind: 'on' }
  /** The next wave may open; `done`: and nothing more happens in this one. */
  | { readonly kind: 'succeeded'; readonly done: boolean }
  /** `reason` is for programs, `detail` for people. */
  | { readonly kind: 'pause'; readonly reason: PauseReason; readonly detail: string };

export const PAUSE_REASONS = ['error-threshold', 'success-threshold', 'thresholds-unknown'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

const DEFAULT_MINIMUM = 20;

/**
 * What follows from how a wave stands. Whatever cannot be computed pauses the campaign: a count that is missing, is no
 * number or is below zero, or a threshold that is none.
 * @param complete whether all targets of the wave are known; before, it can only fail
 * @param isLast no wave comes after it, so there is nothing that it would have to succeed for
 */
export function judgeWave(
  counts: TargetCounts,
  thresholds: Thresholds,
  { failed, finished }: Pardon,
  { complete, isLast }: { readonly complete: boolean; readonly isLast: boolean },
): WaveVerdict {
  const fault = incomputable(counts, thresholds, { failed, finished });
  if (fault !== undefined) return { kind: 'pause', reason: 'thresholds-unknown', detail: fault };
  // Of what was pardoned some may be gone again, by another attempt.
  const errors = Math.max(counts.failed + counts.expired - failed, 0);
  const ended = Math.max(counts.succeeded + counts.failed + counts.expired - finished, errors);
  const counted = totalOf(counts) - counts.cancelled - counts.skipped;
  const { successPercent, errorPercent, errorCount, errorMinimum = DEFAULT_MINIMUM } = thresholds;
  if (errorCount !== undefined && errors >= errorCount) {
    return pause('error-threshold', `${errors} targets have failed, and ${errorCount} are the limit.`);
  }
  if (errorPercent !== undefined && errors > 0 && ended >= Math.min(errorMinimum, counted)) {
    const percent = (errors / ended) * 100;
    if (percent >= errorPercent) {
      return pause(
        'error-threshold',
        `${errors} of ${ended} finished targets have failed: ${shown(percent)} %, and ${errorPercent} % are the limit.`,
      );
    }
  }
  if (!complete) return { kind: 'on' };
  const done = openOf(counts) === 0;
  const succeeded = counted === 0 || (counts.succeeded / counted) * 100 >= successPercent;
  if (succeeded || (isLast && done)) return { kind: 'succeeded', done };
  if (!done) return { kind: 'on' };
  // Those that somebody has resumed in spite of are not asked for again.
  if (finished > 0 && counts.succeeded + counts.failed + counts.expired <= finished) return { kind: 'succeeded', done };
  return pause(
    'success-threshold',
    `${counts.succeeded} of ${counted} targets have succeeded, and ${successPercent} % are asked for.`,
  );
}

function incomputable(counts: TargetCounts, thresholds: Thresholds, pardon: Pardon): string | undefined {
  for (const state of TARGET_STATES) {
    if (!isCount(counts[state])) return `How many targets are ${state} cannot be told.`;
  }
  if (!isCount(pardon.failed) || !isCount(pardon.finished)) return 'How many failures were accepted cannot be told.';
  const { successPercent, errorPercent, errorMinimum, errorCount } = thresholds;
  if (!isPercent(successPercent)) return 'The success threshold is no percentage.';
  if (errorPercent !== undefined && !isPercent(errorPercent)) return 'The error threshold is no percentage.';
  if (errorMinimum !== undefined && !isCount(errorMinimum)) return 'The minimum of the error threshold is no number.';
  if (errorCount !== undefined && !isCount(errorCount)) return 'The error threshold is no number.';
  return undefined;
}

function pause(reason: PauseReason, detail: string): WaveVerdict {
  return { kind: 'pause', reason, detail };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPercent(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 100;
}

function shown(percent: number): string {
  return String(Math.round(percent * 10) / 10);
}
