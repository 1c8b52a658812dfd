import type { UseFormReturnType } from '@mantine/form';
import type { Campaign } from './campaign-types.ts';
import type { CampaignValues } from './campaign-values.ts';

export interface StepProps {
  readonly form: UseFormReturnType<CampaignValues>;
  /** What is changed, or copied: its list and its secrets stay unless something else is said. */
  readonly from?: Campaign | undefined;
  /** Whether it is changed, not copied. */
  readonly isEdit: boolean;
  /** A file with the list of devices. */
  readonly file: File | null;
  readonly setFile: (file: File | null) => void;
}

export const optionsOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([value, label]) => ({ value, label }));
