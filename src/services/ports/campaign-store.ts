import type { CampaignState, TargetCounts, TargetState, WaveState } from '../../domain/campaign.ts';
import type { CampaignTerms } from '../../domain/campaign-terms.ts';
import type { FailurePolicy } from '../../domain/delivery.ts';
import type { DeviceFilter } from '../../domain/device-filter.ts';
import type { OtaSettings } from '../../provisioning/ota/ota-settings.ts';
import type { NodeProperty } from '../../syncml/node-properties.ts';
import type { SecurityName } from '../push-security.ts';
import type { Page, PageRequest } from './page.ts';

/** What every target gets. */
export type CampaignContent =
  | {
      readonly kind: 'package';
      /** Of kind dm. */
      readonly packageId: string;
      readonly onFailure: FailurePolicy;
      /** 0…3, of Package #0. */
      readonly uiMode: number;
    }
  | {
      readonly kind: 'discovery';
      readonly root: string;
      readonly maxDepth?: number;
      readonly maxNodes?: number;
      readonly maxMessages?: number;
      readonly properties?: readonly NodeProperty[];
      readonly uiMode: number;
    }
  | {
      readonly kind: 'push';
      /** Of kind cp or push; otherwise the settings are among the secrets. */
      readonly packageId?: string;
      readonly security: SecurityName;
      /** When a target has succeeded: when the SMSC has its push, or when the phone has. */
      readonly successAt: 'sent' | 'delivered';
    };

/** What is sealed. */
export interface CampaignSecrets {
  /** The same for every target. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly settings?: OtaSettings;
  readonly pin?: string;
}

/** Who gets it. A filter is kept as it was written, and read again whenever it is needed. */
export type CampaignAudience =
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly filter: string }
  /** The members that were stored with it. */
  | { readonly kind: 'list' };

export interface CampaignDefinition {
  readonly content: CampaignContent;
  readonly audience: CampaignAudience;
  /** Variables by name, each from an attribute of the device. */
  readonly deviceVariables: Readonly<Record<string, string>>;
  readonly terms: CampaignTerms;
  readonly needsApproval: boolean;
  /** Of what is sealed, the names; absent: older than they were kept. */
  readonly sealed?: SealedNames;
}

/** What a campaign keeps sealed, without its values. */
export interface SealedNames {
  readonly variables?: readonly string[];
  /** Sections of the settings. */
  readonly settings?: readonly string[];
  readonly pin?: true;
}

export interface Campaign {
  readonly id: string;
  readonly name: string;
  readonly state: CampaignState;
  /** Why it is in it: a code. */
  readonly reason?: string;
  readonly definition: CampaignDefinition;
  /** Ids of principals. */
  readonly createdBy: string;
  readonly changedBy: string;
  readonly approvedBy?: string;
  readonly approvedAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Counts what people have done to it. */
  readonly version: number;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  /** How many targets there are so far, and whether that is all of them. */
  readonly targets: number;
  readonly isComplete: boolean;
}

export interface NewCampaign {
  readonly id: string;
  readonly name: string;
  readonly definition: CampaignDefinition;
  readonly secrets: CampaignSecrets;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** The campaign whose list is copied. */
  readonly listOf?: string;
}

/** One of a list of targets. */
export interface CampaignMember {
  readonly deviceId: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Whom a filter is about: read, and ready to be asked of the database. */
export interface AudienceQuery {
  readonly audience: CampaignAudience;
  readonly filter?: DeviceFilter;
}

export interface AudienceCount {
  readonly targets: number;
  /** All registered devices. */
  readonly devices: number;
  /** Of a list: lines whose device is not registered. */
  readonly unknown: number;
  /** Of the targets, those that cannot be triggered. */
  readonly withoutMsisdn: number;
}

/** Of a fleet in which counting would keep somebody waiting, the share of a sample. */
export interface ForecastCount extends AudienceCount {
  readonly kind: 'exact' | 'estimate';
}

export interface CampaignProgress {
  readonly waves: readonly WaveProgress[];
}

export interface WaveProgress {
  readonly wave: number;
  readonly state: WaveState;
  readonly reason?: string;
  readonly openedAt?: Date;
  readonly counts: TargetCounts;
}

/** What came to an end in a wave from that moment on, one bucket long. */
export interface CampaignPace {
  readonly wave: number;
  readonly at: Date;
  readonly succeeded: number;
  /** Or expired; below 0 where more were put back to be tried again. */
  readonly failed: number;
}

export interface CampaignTarget {
  readonly deviceId: string;
  /** False when the device is not registered any more. */
  readonly isRegistered: boolean;
  readonly wave: number;
  readonly state: TargetState;
  /** Triggers so far. */
  readonly attempt: number;
  readonly dueAt?: Date;
  readonly deliveryId?: string;
  readonly pushId?: string;
  readonly reason?: string;
  readonly at: Date;
}

/** A transition of a target, as the event log has it. */
export interface TargetTransition {
  readonly from?: TargetState;
  readonly to: TargetState;
  readonly reason?: string;
  readonly attempt?: number;
  readonly at: Date;
}

/** Targets that failed in one way. A device whose package failed at several commands is in several. */
export interface CampaignFailure {
  readonly id: number;
  readonly reason: string;
  /** When `reason` is `command-refused`. */
  readonly command?: string;
  readonly locUri?: string;
  readonly status?: number;
  readonly devices: number;
}

/** One line of the results. */
export interface CampaignResult extends CampaignTarget {
  readonly failures: readonly Pick<CampaignFailure, 'command' | 'locUri' | 'status'>[];
}

/** One line of the report of a tree query. */
export interface CampaignAnswer {
  readonly deviceId: string;
  readonly locUri: string;
  readonly value?: string;
  readonly format?: string;
  readonly at: Date;
}

/** A change of state that somebody asks for. */
export interface CampaignOrder {
  readonly id: string;
  /** Id of the principal. */
  readonly by: string;
  readonly now: Date;
  /** The version that is meant: were it changed since, nothing is done, and it throws `version-stale`. Absent: whichever. */
  readonly version?: number;
}

/**
 * Campaigns. Methods that change something throw AppError `campaign-unknown`, and `campaign-state` when the campaign is not
 * in a state for it (`details.state`); each is one transaction.
 */
export interface CampaignStore {
  create(campaign: NewCampaign, members: readonly CampaignMember[]): Promise<Campaign>;
  get(id: string): Promise<Campaign | undefined>;
  secrets(id: string): Promise<CampaignSecrets>;
  /** Newest first. */
  list(filter: { readonly state?: CampaignState }, page: PageRequest): Promise<Page<Campaign>>;
  /** Of a draft; `members` are appended to its list. An approval is void afterwards. */
  change(
    order: CampaignOrder,
    change: {
      readonly name: string;
      readonly definition: CampaignDefinition;
      readonly secrets: CampaignSecrets;
      readonly members?: readonly CampaignMember[];
    },
  ): Promise<Campaign>;
  /**
   * Appends to the list of a draft; a device that is in it already is left out. An approval is void afterwards.
   * @returns how many were taken
   */
  addMembers(order: CampaignOrder, members: readonly CampaignMember[]): Promise<number>;
  /** Empties the list of a draft. */
  removeMembers(order: CampaignOrder): Promise<void>;
  countAudience(id: string, query: AudienceQuery, now: Date): Promise<AudienceCount>;
  /** The same for whoever waits at a page. Without a filter it is exact. */
  estimateAudience(id: string, query: AudienceQuery, now: Date): Promise<ForecastCount>;

  /** Throws `approval-by-author` when whoever made or changed it approves. */
  approve(order: CampaignOrder): Promise<Campaign>;
  /** To `scheduled` or `running`. Throws `approval-missing`. */
  start(order: CampaignOrder, startAt: Date | undefined): Promise<Campaign>;
  pause(order: CampaignOrder): Promise<Campaign>;
  /** What has failed so far does not count for the thresholds any more. */
  resume(order: CampaignOrder): Promise<Campaign>;
  /** `cancelsOpen`: also what is with the devices. */
  stop(order: CampaignOrder, cancelsOpen: boolean): Promise<Campaign>;
  /** Throws `nothing-failed`. */
  retryFailed(order: CampaignOrder): Promise<Campaign>;
  /** Throws `wave-unknown`, `wave-ended`. */
  skipWave(order: CampaignOrder, wave: number): Promise<Campaign>;
  /** It is gone for everybody at once; its rows go in portions. */
  delete(order: CampaignOrder): Promise<void>;

  progress(id: string): Promise<CampaignProgress>;
  /** Of several: their targets by state, all waves together; who has no targets is left out. */
  countsOf(ids: readonly string[]): Promise<ReadonlyMap<string, TargetCounts>>;
  /** The same, counted row by row: for tests and for doubts. */
  recount(id: string): Promise<CampaignProgress>;
  /** When the last target ended; undefined: none has. */
  lastEndAt(id: string): Promise<Date | undefined>;
  /** By wave and time; buckets begin together at midnight, UTC, and those in which nothing changed are left out. */
  pace(id: string, bucketMs: number): Promise<readonly CampaignPace[]>;
  /** By the row of the device. */
  targets(
    id: string,
    filter: { readonly state?: TargetState; readonly wave?: number },
    page: PageRequest,
  ): Promise<Page<CampaignTarget>>;
  target(
    id: string,
    deviceId: string,
  ): Promise<(CampaignTarget & { readonly history: readonly TargetTransition[] }) | undefined>;
  /** The most frequent first. */
  failures(id: string, page: PageRequest): Promise<Page<CampaignFailure>>;
  failedDevices(id: string, failureId: number, page: PageRequest): Promise<Page<CampaignTarget>>;
  /** Page after page, so that memory stays flat. */
  results(id: string): AsyncIterable<readonly CampaignResult[]>;
  /** What the devices told below `root`, those that succeeded. */
  answers(id: string, root: string): AsyncIterable<readonly CampaignAnswer[]>;
}
