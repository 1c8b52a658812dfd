import type { components } from '../api/schema.d.ts';
import { texts } from '../texts.ts';
import type { Share } from './state-bar.tsx';

type Counts = components['schemas']['CampaignProgress']['counts'];

const words = texts.campaigns;

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

/** How many targets of a campaign are in each state that any is in. */
export function sharesOf(counts: Counts): readonly Share[] {
  return (Object.keys(TARGET_COLOURS) as (keyof typeof TARGET_COLOURS)[])
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => ({ label: words.targetStates[state], count: counts[state] ?? 0, colour: TARGET_COLOURS[state] }));
}
