import { type CampaignState, openOf, type TargetCounts, type WaveState } from './campaign.ts';
import { judgeWave, type Pardon, type PauseReason, type Thresholds } from './campaign-thresholds.ts';

/** How a campaign stands, as the scheduler reads it. */
export interface CampaignStanding {
  readonly state: CampaignState;
  readonly startAt?: Date;
  readonly endAt?: Date;
  readonly membership: 'fixed' | 'dynamic';
  /** Whether all targets are known. */
  readonly isComplete: boolean;
  /** Whether targets are still to be put back, after which the counts mean something again. */
  readonly isRetrying: boolean;
  readonly thresholds: Thresholds;
  /** In order. */
  readonly waves: readonly WaveStanding[];
}

export interface WaveStanding {
  /** From 1. */
  readonly wave: number;
  readonly state: WaveState;
  readonly counts: TargetCounts;
  readonly pardon: Pardon;
}

/** One transition that has come due. */
export type CampaignMove =
  | { readonly kind: 'start' }
  | { readonly kind: 'open-wave'; readonly wave: number }
  | { readonly kind: 'complete-wave'; readonly wave: number }
  | {
      readonly kind: 'pause';
      /** `order-unusable`: what it was ordered with does no longer do, e.g. its package. */
      readonly reason: PauseReason | 'order-unusable';
      readonly detail: string;
      readonly wave: number;
    }
  | { readonly kind: 'complete' }
  | { readonly kind: 'stop'; readonly reason: 'end-time' };

/**
 * What has come due, in order: nothing else changes the state of a campaign but people. Asked again after the moves were
 * made it goes on from there, so a campaign that was left alone for days catches up.
 */
export function dueMoves(campaign: CampaignStanding, now: Date): readonly CampaignMove[] {
  const { state, startAt, endAt } = campaign;
  if (state !== 'scheduled' && state !== 'running' && state !== 'paused') return [];
  const isOver = endAt !== undefined && endAt.getTime() <= now.getTime();
  if (state === 'scheduled') {
    if (isOver) return [{ kind: 'stop', reason: 'end-time' }];
    return startAt !== undefined && startAt.getTime() > now.getTime() ? [] : [{ kind: 'start' }];
  }
  const moves = state === 'running' && !campaign.isRetrying ? waveMoves(campaign, isOver) : [];
  if (isOver && !moves.some(({ kind }) => kind === 'complete')) return [{ kind: 'stop', reason: 'end-time' }];
  return moves;
}

function waveMoves({ membership, isComplete, thresholds, waves }: CampaignStanding, isOver: boolean): CampaignMove[] {
  const moves: CampaignMove[] = [];
  let mayOpen = true;
  let isThrough = isComplete;
  for (const { wave, state, counts, pardon } of waves) {
    if (state === 'skipped' || state === 'completed') {
      isThrough &&= openOf(counts) === 0;
      continue;
    }
    if (state === 'waiting') {
      isThrough = false;
      if (mayOpen && !isOver) moves.push({ kind: 'open-wave', wave });
      mayOpen = false;
      continue;
    }
    const isLast = wave === waves.length;
    const verdict = judgeWave(counts, thresholds, pardon, { complete: isComplete, isLast });
    if (verdict.kind === 'pause') return [{ ...verdict, wave }];
    mayOpen &&= verdict.kind === 'succeeded';
    // The last wave of a campaign that devices may still join is never through, but by its time.
    const isDone = verdict.kind === 'succeeded' && verdict.done && !(isLast && membership === 'dynamic' && !isOver);
    if (isDone) moves.push({ kind: 'complete-wave', wave });
    else isThrough = false;
  }
  if (isThrough && (membership === 'fixed' || isOver)) moves.push({ kind: 'complete' });
  return moves;
}
