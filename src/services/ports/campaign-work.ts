import type { CampaignMove, WaveStanding } from '../../domain/campaign-moves.ts';
import type { Allowance } from '../../domain/campaign-rate.ts';
import type { AudienceQuery, Campaign, CampaignSecrets } from './campaign-store.ts';

/** How the scheduler gets at its work: one campaign at a time, each held by one process only. */
export interface CampaignWork {
  /**
   * Holds the campaign that has been due longest, in one transaction, and writes down when it is due next.
   * @param work resolves to that; undefined: when somebody does something to it
   * @returns false when none is due, or all that are due are held by others
   */
  withDue(now: Date, work: (held: HeldCampaign) => Promise<Date | undefined>): Promise<boolean>;
  /** When the next one is due. */
  nextDueAt(): Promise<Date | undefined>;
  /** Something was done to a campaign by whatever process. */
  onChanged(listener: () => void): { close(): Promise<void> };
}

/** A campaign in the hands of the scheduler. Every method works on a portion, and says how large that was. */
export interface HeldCampaign {
  readonly campaign: Campaign;
  readonly secrets: CampaignSecrets;
  readonly isDeleted: boolean;
  /** Whether what is with the devices is to be cancelled. */
  readonly cancelsOpen: boolean;
  /** Targets that had failed by then are to be put back. */
  readonly retryBefore: Date | undefined;
  /** Whether its targets were counted: nothing else may be done before. */
  readonly isPrepared: boolean;
  readonly rescanAt: Date | undefined;
  readonly allowance: Allowance | undefined;

  /** Works appended changes into the counts. */
  fold(limit: number): Promise<number>;
  standing(): Promise<readonly WaveStanding[]>;
  apply(move: CampaignMove, now: Date): Promise<void>;
  /** Counts the targets and draws the waves' bounds. */
  prepare(query: AudienceQuery, now: Date): Promise<void>;
  /** Takes in the next targets. `scanned`: so many were looked at; less than `limit`: that was all of them. */
  gather(
    query: AudienceQuery,
    waveFilters: readonly AudienceQuery['filter'][],
    limit: number,
    now: Date,
    rescanAt: Date | undefined,
  ): Promise<{ readonly scanned: number; readonly joined: number }>;
  /** Triggers waiting targets of that wave. */
  dispatch(order: DispatchOrder): Promise<DispatchOutcome>;
  /** Triggers those again that have not come. */
  retrigger(limit: number, now: Date): Promise<number>;
  /** Ends attempts whose push nobody has told of in time. */
  expirePushes(limit: number, now: Date): Promise<number>;
  /** Calls back what has not left yet. */
  recall(limit: number, now: Date): Promise<number>;
  /** Waiting targets of waves that were skipped. */
  skipWaiting(limit: number, now: Date): Promise<number>;
  /** Waiting targets of a campaign that has ended. */
  cancelWaiting(limit: number, now: Date): Promise<number>;
  cancelOpen(limit: number, now: Date): Promise<number>;
  /** Failed targets back to waiting. */
  putBack(limit: number, now: Date): Promise<number>;
  keepAllowance(allowance: Allowance): Promise<void>;
  /** Zones of its devices, and pushes of it that have not left. */
  timeZones(): Promise<readonly string[]>;
  backlog(): Promise<number>;
  /** Removes what is left of a deleted campaign; 0 when nothing is. */
  remove(limit: number): Promise<number>;
}

export interface DispatchOrder {
  readonly wave: number;
  readonly limit: number;
  readonly now: Date;
  readonly expiresAt: Date;
  /** When a device that has not come counts as silent. */
  readonly silentAt?: Date;
  /** By zone, when its window opens: devices in it wait until then. */
  readonly closedZones: ReadonlyMap<string, Date>;
  /** Of devices without a zone; undefined: it is open, or there are no windows by device. */
  readonly otherwiseClosed?: Date;
  /** When a device is asked for again that another campaign is busy with. */
  readonly conflictAt: Date;
  /** What is the same for all targets; or how it is made for each. */
  readonly parcel: Parcel;
}

/** A device that is about to be triggered. */
export interface DispatchDevice {
  readonly id: string;
  readonly deviceId: string;
  readonly msisdn?: string;
  readonly imsi?: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of its line in the list. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What is sent to one target. */
export type MadeParcel =
  | { readonly variables: Readonly<Record<string, string>> }
  | { readonly payload: Uint8Array }
  /** Why it cannot be. */
  | { readonly fault: 'variable-missing' | 'document-unsuitable' | 'no-msisdn' };

export type Parcel =
  | ({
      readonly kind: 'package';
      readonly packageId: string;
      readonly onFailure: string;
      readonly uiMode: number;
    } & Made)
  | { readonly kind: 'discovery'; readonly plan: object; readonly uiMode: number }
  | ({ readonly kind: 'push'; readonly destinationPort: number; readonly sourcePort: number } & Made);

interface Made {
  /** Given: the same for all, and no row is looked at. */
  readonly same?: MadeParcel;
  readonly make: (device: DispatchDevice) => MadeParcel;
}

export interface DispatchOutcome {
  /** Targets that were taken, whatever became of them; less than the limit: no more are due. */
  readonly taken: number;
  readonly triggered: number;
}
