import type { CommandResult, DeliveryState, FailurePolicy, SessionFailure } from '../../domain/delivery.ts';
import type { DevInfo, DmAccount, NodeValue, PendingAccount } from '../../domain/device.ts';
import type { RefusalCount } from '../../domain/refusals.ts';
import type { Forgotten, NodePropertyValue } from '../../domain/tree-report.ts';
import type { PackageCommand } from '../../provisioning/package-command.ts';
import type { AlertReport, AwaitedExec } from '../../session/effect.ts';
import type { AuthFailure, SessionState } from '../../session/session-state.ts';
import type { TreePlan } from '../../session/tree-plan.ts';
import type { Page, PageRequest } from './page.ts';

/** All that is needed to answer one DM message, read in one round trip. */
export interface SessionContext {
  readonly device: {
    readonly id: string;
    readonly deviceId: string;
    readonly msisdn?: string;
    readonly imsi?: string;
    readonly account: DmAccount;
    /** Messages in its name that were refused for their credentials, by source; empty most of the time. */
    readonly refusals: readonly RefusalCount[];
    /** DevDetail/LrgObj, as the device said last; absent: not known. */
    readonly takesPieces?: boolean;
    /** Counts every committed message of this device: the optimistic lock. */
    readonly lock: number;
  };
  /**
   * The device's newest session of that SessionID, open or closed; or undefined. A closed one is given so that a
   * repeat of its last message can be answered alike.
   */
  readonly session?: StoredSession;
  /** Open deliveries of the device, oldest first, at most a few dozen. */
  readonly deliveries: readonly WaitingDelivery[];
}

export interface StoredSession {
  readonly id: string;
  readonly dmSessionId: string;
  readonly state: SessionState;
  /** MsgID of the device's message answered last. */
  readonly lastMsgId: string;
  /** The reply to it, byte for byte; sealed at rest. */
  readonly lastReply: Reply;
  readonly openedAt: Date;
  readonly lastMessageAt: Date;
}

export interface Reply {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Further response headers (`x-syncml-hmac`). */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Of a reply that refused credentials: the hash of the body it answered. The same number with another body is another
   * attempt, not a repeat.
   */
  readonly answered?: string;
}

export interface WaitingDelivery {
  readonly id: string;
  /** Absent: its commands come from a plan. */
  readonly packageId?: string;
  readonly plan?: TreePlan;
  readonly state: DeliveryState;
  readonly position: number;
  /** Top-level commands that have been sent, in this session or another. */
  readonly sent: number;
  readonly onFailure: FailurePolicy;
  readonly triggerSessionId?: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The first failure so far: it goes on to its last command, then ends `failed`. */
  readonly failure?: SessionFailure;
  /** The whole package; immutable, so a store keeps it in memory. None where there is a plan. */
  readonly commands: readonly PackageCommand[];
}

/** All that one DM message changed; written in one transaction or not at all. */
export interface SessionChange {
  readonly deviceRowId: string;
  /** {@link SessionContext.device.lock} as it was read. */
  readonly lock: number;
  readonly at: Date;
  readonly session: {
    readonly id: string;
    /** True for a session this message opens. */
    readonly isNew: boolean;
    /**
     * True when every other open session of the device is to be closed with reason `superseded`: set once the device
     * has proven who it is, so that a stranger's message cannot end a session that is going on.
     */
    readonly supersedesOthers: boolean;
    readonly dmSessionId: string;
    readonly state: SessionState;
    readonly lastMsgId: string;
    readonly lastReply: Reply;
    /** Set when this message ended the session. */
    readonly closed?: { readonly reason: string };
    /** What was odd about this message, in words; a store keeps the first and the last dozen or so of a session. Absent: nothing. */
    readonly notes?: readonly string[];
  };
  /** Only what is to change. `null` clears. Nonces are raw octets. */
  readonly device: {
    /**
     * The account that a bootstrap has sent and the device has now used; what else is said here of nonces comes on top.
     * `pending` are those sent after it, and when there are none the bootstrap is done.
     */
    readonly adopted?: { readonly account: PendingAccount; readonly pending: readonly PendingAccount[] };
    readonly clientNonce?: Uint8Array;
    readonly previousClientNonce?: Uint8Array | null;
    readonly serverNonce?: Uint8Array;
    readonly devInfo?: DevInfo;
    readonly seen?: boolean;
    /** All of them anew. */
    readonly refusals?: readonly RefusalCount[];
    /** DevDetail/LrgObj, when the device told it. */
    readonly takesPieces?: boolean;
    /** DevDetail/FwV, when the device told it. */
    readonly fwV?: string;
  };
  /** Applied only to deliveries that are still open: a cancelled one stays cancelled. */
  readonly deliveries: readonly {
    readonly id: string;
    readonly state: DeliveryState;
    readonly position: number;
    /** Absent: no more than are answered. It never goes back. */
    readonly sent?: number;
    readonly failure?: SessionFailure;
    readonly plan?: TreePlan;
  }[];
  /** A result written again for the same path and item replaces the old one; absent fields keep what is stored. */
  readonly results: readonly ({ readonly deliveryId: string } & CommandResult)[];
  readonly nodeValues: readonly NodeValue[];
  /** Device LocURIs known to be gone (with everything below). */
  readonly removedNodes: readonly string[];
  /** What the device has told on its own account, in its order. */
  readonly alerts: readonly AlertReport[];
  /** Execs it has taken on (202). An alert of this very message may be the outcome already. */
  readonly awaited: readonly AwaitedExec[];
  readonly nodeProperties?: readonly NodePropertyValue[];
  /** Takes effect after the values. */
  readonly forgottenNodes?: readonly Forgotten[];
  /** Large values of the device, as far as this message brought or ended them; absent: it did not. */
  readonly objects?: readonly ObjectChange[];
  /** What was said, credentials masked, as WBXML of our own encoder. */
  readonly log: readonly LoggedMessage[];
}

/** What one message did to one large value. */
export interface ObjectChange {
  readonly id: string;
  /** With its first piece. */
  readonly begun?: {
    readonly locUri: string;
    readonly format?: string;
    readonly type?: string;
    /** The delivery that asked for it; absent when the device sent it of itself. */
    readonly deliveryId?: string;
  };
  /** From place 0 on without a gap. */
  readonly piece?: { readonly place: number; readonly octets: Uint8Array };
  /** What is `open` cannot be read by anybody yet; `dropped`: it goes, with its pieces. */
  readonly state: 'open' | 'complete' | 'dropped';
  /** Octets: as announced, then as they are. */
  readonly size?: number;
  /** With `complete`: what the device sent of itself for this LocURI before goes. */
  readonly replaces?: string;
}

export interface LoggedMessage {
  readonly direction: 'device' | 'server';
  readonly msgId: string;
  /** `wbxml` or `xml`: what went over the wire. */
  readonly encoding: 'wbxml' | 'xml';
  readonly wireSize: number;
  readonly version: '1.1' | '1.2';
  readonly masked: Uint8Array;
  readonly at: Date;
}

export interface SessionRecord {
  readonly id: string;
  readonly deviceId: string;
  readonly dmSessionId: string;
  readonly phase: SessionState['phase'];
  readonly openedAt: Date;
  readonly lastMessageAt: Date;
  readonly closedAt?: Date;
  readonly closeReason?: string;
  /** Whose credentials did not do, and why: of a session that ended over that, or is being challenged. */
  readonly authFailure?: AuthFailure;
  /** What was odd in it, in words, oldest first. */
  readonly notes?: readonly string[];
}

export interface SessionStore {
  /** One round trip. Undefined: no such device. */
  load(deviceId: string, dmSessionId: string): Promise<SessionContext | undefined>;
  /** One transaction. False: another message of this device was committed since `load`; nothing was written. */
  commit(change: SessionChange): Promise<boolean>;
  /**
   * Counts a refused message that belongs to no session, and nothing else. False: as {@link commit}.
   * @param lock as it was read
   */
  countRefusals(deviceRowId: string, lock: number, refusals: readonly RefusalCount[]): Promise<boolean>;
  /** Closes sessions silent since before that instant, reason `silent`; at most `limit`. Returns how many. */
  closeSilent(before: Date, now: Date, limit: number): Promise<number>;
  get(id: string): Promise<SessionRecord | undefined>;
  list(
    filter: { readonly deviceId?: string; readonly open?: boolean },
    page: PageRequest,
  ): Promise<Page<SessionRecord>>;
  /** Oldest first. Undefined: no such session. */
  messages(id: string, page: PageRequest): Promise<Page<LoggedMessage> | undefined>;
}
