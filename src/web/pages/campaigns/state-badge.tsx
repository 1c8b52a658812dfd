import { Badge } from '@mantine/core';
import type { Share } from '../../parts/state-bar.tsx';
import { texts } from '../../texts.ts';
import type { CampaignState, Progress, TargetState } from './campaign-types.ts';

const words = texts.campaigns;

const COLOURS: Readonly<Record<CampaignState, string>> = {
  draft: 'gray',
  scheduled: 'cyan',
  running: 'blue',
  paused: 'yellow',
  completed: 'green',
  stopped: 'red',
};

export function CampaignStateBadge({ state }: { readonly state: CampaignState }) {
  return (
    <Badge variant="light" color={COLOURS[state]}>
      {words.states[state]}
    </Badge>
  );
}

export const WAVE_COLOURS: Readonly<Record<Progress['waves'][number]['state'], string>> = {
  waiting: 'gray',
  open: 'blue',
  completed: 'green',
  skipped: 'gray',
};

const TARGET_BADGES: Readonly<Record<TargetState, string>> = {
  waiting: 'gray',
  triggered: 'cyan',
  delivering: 'brand',
  succeeded: 'green',
  failed: 'red',
  expired: 'orange',
  cancelled: 'gray',
  skipped: 'gray',
};

export function TargetStateBadge({ state }: { readonly state: TargetState }) {
  return (
    <Badge variant="light" color={TARGET_BADGES[state]}>
      {words.targetStates[state]}
    </Badge>
  );
}

type Counts = Progress['counts'];

/** What is still to come is grey, what is under way blue. */
const TARGET_COLOURS: Readonly<Record<keyof typeof words.targetStates, string>> = {
  waiting: 'var(--mantine-color-gray-5)',
  triggered: 'var(--mantine-color-cyan-5)',
  delivering: 'var(--mantine-color-brand-5)',
  succeeded: 'var(--mantine-color-green-6)',
  failed: 'var(--mantine-color-red-6)',
  expired: 'var(--mantine-color-orange-5)',
  cancelled: 'var(--mantine-color-gray-7)',
  skipped: 'var(--mantine-color-gray-6)',
};

export function sharesOf(counts: Counts): readonly Share[] {
  return (Object.keys(TARGET_COLOURS) as (keyof typeof TARGET_COLOURS)[])
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => ({ label: words.targetStates[state], count: counts[state] ?? 0, colour: TARGET_COLOURS[state] }));
}
