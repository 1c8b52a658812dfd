import type { NodeProperty } from '../syncml/node-properties.ts';
import type { Effect } from './effect.ts';
import type { NodeReport } from './report-node.ts';
import type { Failure } from './session-input.ts';
import type { TreePlan } from './tree-plan.ts';

/** An Item of Results, or several nodes that came in one, as plans take them. */
export interface TreeAnswer {
  readonly isSerialised?: true;
  readonly nodes: readonly NodeReport[];
  readonly properties: readonly { readonly locUri: string; readonly name: NodeProperty; readonly value: string }[];
}

/** How the answers of a device move a plan on. Lives for one step. */
export interface PlanInMotion {
  /** As it stands now. */
  readonly plan: TreePlan;
  /** How many commands have been dealt with in this step. */
  readonly settled: number;
  /** A Status for the command about that LocURI (query and all); of those for one command the first counts. */
  status(ask: string, code: number): void;
  /** @returns what of it is to be kept */
  results(ask: string, answer: TreeAnswer): TreeAnswer;
  /** The device's package is complete: what it left unanswered stays so. `asks`: what was under way. */
  close(asks: readonly string[]): void;
  /** The outcome, once nothing is left to do. */
  readonly end: { readonly failure?: Failure; readonly effects: readonly Effect[] } | undefined;
}
