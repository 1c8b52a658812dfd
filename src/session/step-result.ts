import type { Effect } from './effect.ts';
import type { SessionState } from './session-state.ts';

export interface StepResult {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}
