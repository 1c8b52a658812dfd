import { Badge } from '@mantine/core';
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
