import type { PartOutcome, PushDecision, PushState } from '../../domain/push.ts';
import type { Page, PageRequest } from './page.ts';
import type { DeliveryReceipt } from './sms-link.ts';

/** A server trigger (Package #0). It is rendered only when it is sent: its digest needs the nonce current then. */
export interface TriggerContent {
  readonly kind: 'package0';
  /** `Source/LocURI` of the device whose account signs the trigger. */
  readonly deviceId: string;
  /** 1…65535; the SessionID that the device will open with. */
  readonly sessionId: number;
  /** 0 not specified, 1 background, 2 informative, 3 user interaction. */
  readonly uiMode: number;
}

/** Octets ready to go, e.g. an OMA CP push. */
export interface RawContent {
  readonly kind: 'raw';
  /** WDP ports of the user data header. */
  readonly destinationPort: number;
  readonly sourcePort: number;
  /** The WSP PDU; segmented when it is sent. It may hold passwords: sealed at rest, and gone once it was sent or ended. */
  readonly payload: Uint8Array;
}

export interface NewPush {
  readonly pushId: string;
  /** MSISDN in international format. */
  readonly destination: string;
  readonly content: TriggerContent | RawContent;
  /** The delivery that this push announces; when that has ended, the push is not sent any more. */
  readonly deliveryId?: string;
  readonly dueAt: Date;
  /** Not sent at or after this instant. */
  readonly expiresAt?: Date;
  /** 0…9, see `PUSH_PRIORITY`; the ordinary one unless told. */
  readonly priority?: number;
}

/** What the digest of a trigger is made of, opened from its sealed columns when the push is claimed. */
export interface TriggerAccount {
  readonly serverId: string;
  readonly serverPassword: string;
  /** Raw octets; the server's nonce as the device last set it. */
  readonly serverNonce: Uint8Array;
}

interface ClaimedBase {
  readonly pushId: string;
  readonly deliveryId?: string;
  readonly destination: string;
  /** From 1: this claim is counted already. */
  readonly attempt: number;
  /** Parts (from 0) which the SMSC accepted in earlier attempts; they are not sent again… */
  readonly acceptedParts: readonly number[];
  /** …unless they would read otherwise now: by part, the `content` it was accepted with, where it had one. */
  readonly acceptedContents?: Readonly<Record<number, string>>;
  readonly expiresAt?: Date;
  /** The lane it was claimed from. */
  readonly lane: string;
  /** The link that accepted parts of it, or was last asked to. */
  readonly linkId?: string;
  /** Links that refused it for a reason of their own. */
  readonly refusedBy: readonly string[];
}

export type ClaimedTrigger = ClaimedBase &
  Omit<TriggerContent, 'deviceId'> & {
    readonly account: TriggerAccount;
    /**
     * Others the device may have instead, because a bootstrap has not been answered: the trigger goes out once for each,
     * and the device passes over those that its server has not signed.
     */
    readonly otherAccounts?: readonly TriggerAccount[];
  };
export type ClaimedRaw = ClaimedBase & RawContent;
export type ClaimedPush = ClaimedTrigger | ClaimedRaw;

/** The result of one claim. */
export interface PushOutcome {
  readonly pushId: string;
  /** The claim's, to tell a late report from a current one. */
  readonly attempt: number;
  /** How many short messages the push makes; 0 when it could not be rendered. */
  readonly partCount: number;
  /** The parts handed over in this claim, and what became of each. */
  readonly parts: readonly PartOutcome[];
  readonly decision: PushDecision;
  /** The link it went to; undefined when it went to none. */
  readonly linkId?: string;
  /** True when everything went to that link anew: what other links have accepted no longer counts. */
  readonly afresh?: boolean;
}

/** What can be asked about a push. */
export interface PushRecord {
  readonly pushId: string;
  readonly deliveryId?: string;
  readonly destination: string;
  readonly state: PushState;
  /** Counted attempts; while `sending` the current one is among them. */
  readonly attempts: number;
  /** How many times a part was handed over without an answer. */
  readonly uncertainParts: number;
  /** How many claims nobody answered for: what they had sent is not known. */
  readonly lostClaims: number;
  readonly priority: number;
  readonly kind: 'package0' | 'raw';
  /** The link it went to last. */
  readonly linkId?: string;
  readonly partCount?: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly dueAt: Date;
  readonly expiresAt?: Date;
  /** Why it was put back or ended; undefined when nothing went wrong. */
  readonly reason?: string;
  /** Accepted parts in order, with the latest receipt's state. */
  readonly parts: readonly {
    readonly part: number;
    readonly messageId: string;
    readonly receipt?: string;
    /** The link that accepted it. */
    readonly linkId: string;
  }[];
}

export interface PushFilter {
  readonly deliveryId?: string;
  readonly deviceId?: string;
  readonly destination?: string;
  readonly state?: PushState;
}

/** What waits in one lane of the outbox. */
export interface LaneDepth {
  /** The links that could take it, see `LinkRouter`. */
  readonly lane: string;
  /** By state, `queued` and `sending`. */
  readonly queued: number;
  readonly sending: number;
  /** Undefined when nothing is due. */
  readonly oldestDueAt?: Date;
}

/**
 * The outbox: a push is a row before it is sent, and several server processes drain it side by side.
 *
 * Claims are leases. Until `now + leaseMs` nobody else gets the push; when the lease runs out unanswered (the process
 * died) the push is due again, and that attempt stays counted: its parts may have been sent. One column can serve
 * both: `dueAt` holds the end of the lease while the state is `sending`.
 *
 * `now` always comes from the caller, so that one clock decides. Every method is one transaction. Methods reject when
 * the store cannot be reached, and then nothing was changed.
 */
export interface PushOutbox {
  /** Puts a push into the queue. The same `pushId` again changes nothing. */
  enqueue(push: NewPush): Promise<void>;

  /**
   * Claims up to `limit` due pushes of one lane (`queued` with `dueAt <= now`, or `sending` with the lease over), by
   * priority, then the longest due first, and never one that another claim holds (SKIP LOCKED). Each becomes `sending`,
   * its `attempts` one more; one whose lease was over counts a lost claim.
   *
   * Not claimed, but ended in passing, without counting for `limit`:
   * - `expiresAt <= now` → `expired`;
   * - it was cancelled while it was being sent, or its delivery has ended (succeeded, failed, expired, cancelled)
   *   → `cancelled`;
   * - its lease was over, and the policy for uncertain parts is `fail` → `failed` with a reason;
   * - a trigger whose device or account is gone → `failed` with a reason.
   */
  claimDue(limit: number, now: Date, leaseMs: number, workerId: string, lane?: string): Promise<readonly ClaimedPush[]>;

  /**
   * Writes the results of claims: the accepted parts with their message ids, the uncertain ones counted, and the
   * decision (state, attempts, dueAt, reason). Receipts that came earlier for those message ids are applied now.
   *
   * When the decision is `sent` and the push has a delivery that is still `queued`, that delivery becomes `triggered`
   * in the same transaction. No other decision touches the delivery: a device may open a session by itself.
   *
   * An outcome whose lease went to somebody else meanwhile (other worker or other `attempt`, or no longer `sending`)
   * only has its accepted parts and uncertain count stored, and its `pushId` is returned; message ids are never lost.
   */
  recordOutcomes(outcomes: readonly PushOutcome[], now: Date, workerId: string): Promise<readonly string[]>;

  /**
   * Gives claims back untouched: `queued`, due at `now`, the attempt not counted, into the lane named (left out: the one
   * they are in). Lost leases are left alone.
   */
  release(pushIds: readonly string[], now: Date, workerId: string, lane?: string): Promise<void>;

  /** Puts what waits in lanes other than these back into the open one; at most `limit`. Returns how many. */
  reopenLanes(known: readonly string[], now: Date, limit: number): Promise<number>;

  /**
   * Cancels: a `queued` push at once, a `sending` one unless this attempt gets it sent. Returns its record, undefined
   * when there is no such push. Throws AppError `push-ended` for one that is sent or has ended.
   */
  cancel(pushId: string, now: Date): Promise<PushRecord | undefined>;

  /** Newest first. */
  list(filter: PushFilter, page: PageRequest): Promise<Page<PushRecord>>;

  /** What waits, by lane: how many pushes, and since when the oldest has been due. Lanes with nothing in them are left out. */
  depth(now: Date): Promise<readonly LaneDepth[]>;

  /**
   * Stores receipts, always: also for message ids that nobody knows (yet). The same id may occur more than once; the
   * later receipt counts, but a pending state never undoes a final one. The push's state follows
   * `stateAfterReceipts`. When an SMSC used a message id twice, the receipt belongs to the part accepted last; an empty
   * message id (the SMSC gave none) is nobody's. Message ids are a link's own: two SMSCs may give the same.
   */
  recordReceipts(receipts: readonly DeliveryReceipt[], now: Date): Promise<void>;

  /** Looks again at receipts whose message was not found, at most `limit`; those a week old are removed. */
  matchReceipts(now: Date, limit: number): Promise<number>;

  /**
   * Triggers again, with the same session id, devices that have not come: a trigger whose receipt said that it has ended
   * (delivered, or given up by the network) so long ago, its delivery still `triggered`, its device not seen since.
   * @param maxPushes triggers for one delivery, the first included
   * @param newIds ids for the new pushes; at most so many are made
   */
  retrigger(now: Date, maxPushes: number, newIds: readonly string[]): Promise<number>;

  /**
   * When the next push of these lanes falls due (in the past when some are due already), leases included; undefined
   * when none waits. Left out: the open lane.
   */
  nextDueAt(lanes?: readonly string[]): Promise<Date | undefined>;

  find(pushId: string): Promise<PushRecord | undefined>;
}
