import type { DmVersion } from '../syncml/message.ts';
import type { DataFormat } from './data-format.ts';

/** The commands AccessType may name (OMA-TS-DM_TND-V1_2_1, 9.4, AccessType). */
export const ACCESS_TYPES = ['Add', 'Copy', 'Delete', 'Exec', 'Get', 'Replace'] as const;
export type AccessType = (typeof ACCESS_TYPES)[number];

export const OCCURRENCES = ['One', 'OneOrMore', 'OneOrN', 'ZeroOrMore', 'ZeroOrN', 'ZeroOrOne'] as const;

/**
 * How many instances a node may have. What stands in OneOrN and ZeroOrN is the most there may be.
 */
export interface Occurrence {
  readonly kind: (typeof OCCURRENCES)[number];
  readonly max?: number;
}

/** What a device's manufacturer says of one node: the DFProperties of a description. */
export interface NodeDescription {
  readonly access: readonly AccessType[];
  /** Usually one. */
  readonly formats: readonly DataFormat[];
  /** MIME types of a leaf; none when the document names none. */
  readonly types: readonly string[];
  /** An interior node's management object identifier. */
  readonly ddfName?: string;
  readonly occurrence?: Occurrence;
  /** Whether the node is always there; absent when the document does not say. */
  readonly scope?: 'permanent' | 'dynamic';
  readonly defaultValue?: string;
  readonly title?: string;
  readonly description?: string;
  /** Line of the Node in its document, counted from 1. */
  readonly line: number;
}

/** A place in the described tree. Plain values, fit to be stored as JSON. */
export interface DescribedNode {
  /** Percent-decoded where that makes no difference; absent: any name, given when the node is made. */
  readonly name?: string;
  /** The name is compared without regard to case (CaseSense CIS). */
  readonly ignoreCase?: boolean;
  /** Absent for a node that only stands on the Path to others: nothing is known of it. */
  readonly properties?: NodeDescription;
  readonly children: readonly DescribedNode[];
}

export interface DeviceDescription {
  readonly version: DmVersion;
  readonly man?: string;
  readonly mod?: string;
  /** Below the root of the device's tree. */
  readonly children: readonly DescribedNode[];
  /** Nodes with properties. */
  readonly nodeCount: number;
}
