import type { CredentialKind } from '../syncml/credential-kind.ts';
import type { DmVersion, StatusCommand } from '../syncml/message.ts';

/**
 * Where a DM session stands between two messages of the device. It is JSON through and through: the store keeps it,
 * and any server process can go on from it. The transitions are drawn in `step.ts`.
 */
export type SessionState = AwaitingPackage1 | Challenging | ReceivingPackage1 | Managing | Closed;

export interface Dialogue {
  readonly version: DmVersion;
  /** The MsgID of our last message; 0 before the first. */
  readonly serverMsgId: number;
  /** The device's limit for our messages, octets; absent: none named. */
  readonly maxMsgSize?: number;
  /** The device's limit for one object, octets. */
  readonly maxObjSize?: number;
  /** What the device thinks of our credentials. */
  readonly serverAuth: ServerAuth;
  /** How many messages in a row have neither ended the device's package nor brought an answer; absent: none. */
  readonly idle?: number;
  /** Set when the device proves itself anew with every message; otherwise once is enough. */
  readonly clientAuth?: 'everyMessage';
  /** What the device proves itself with in this session; absent beside `everyMessage`: by MACs. */
  readonly clientKind?: CredentialKind;
  /** The generation of the account's credentials that the session began with; absent: the first. */
  readonly generation?: number;
}

/** `proven`: 212, none needed for the rest of the session. `everyMessage`: 200, they go into every message. */
export interface ServerAuth {
  readonly standing: 'unproven' | 'proven' | 'everyMessage';
  /** How often the device has refused them in this session. */
  readonly refusals: number;
  /** The kind the device has asked for in this session; absent: none, the account says. */
  readonly kind?: CredentialKind;
  /**
   * A nonce from a message that did not prove who sent it, base64: good for the next credentials, and not kept beyond the
   * session (OMA-TS-DM_Security, 5.3.4).
   */
  readonly nonce?: string;
}

/** Why credentials did not do. */
export interface AuthFailure {
  /** Whose: the device's, or this server's. */
  readonly side: 'device' | 'server';
  /** What was shown or, when nothing was, asked for; absent: something unknown. */
  readonly kind?: CredentialKind;
  /** In words, without secrets. */
  readonly why: string;
}

/** Nothing has been said. */
export interface AwaitingPackage1 {
  readonly phase: 'awaitingPackage1';
}

/** The device was answered 401 or 407 and has to come back with credentials and its package 1 anew. */
export interface Challenging extends Dialogue {
  readonly phase: 'challenging';
  readonly refusals: number;
  /**
   * The nonce of the challenge, base64: good in this session only. The account's own stays as it is, so that whoever
   * merely uses a device's name cannot wear it out (OMA-TS-DM_Security, 5.3.4); `''` when the challenge has none.
   */
  readonly nonce: string;
  /** What the challenge asks for: a device that comes back with anything else loses its session. Absent: not known. */
  readonly asked?: CredentialKind;
  readonly authFailure?: AuthFailure;
}

/** The device is who it says, its package 1 is not finished: it has been asked for more (alert 1222). */
export interface ReceivingPackage1 extends Dialogue {
  readonly phase: 'receivingPackage1';
  /** A value the device sends in pieces, as far as it has come. */
  readonly incoming?: IncomingObject;
  /** See {@link Managing.owed}. */
  readonly owed?: readonly OwedStatus[];
}

/** A Status before it has a number. */
export type OwedStatus = Omit<StatusCommand, 'cmdId'>;

/** Commands are out; the device's package 3 is awaited. */
export interface Managing extends Dialogue {
  readonly phase: 'managing';
  readonly inFlight: readonly InFlightCommand[];
  /** Our package has only begun: its statuses left no room for a command. Whatever the device says asks for the rest. */
  readonly unfinished?: true;
  /** Statuses that did not fit into our last message: the next one begins with them. Absent: none. */
  readonly owed?: readonly OwedStatus[];
  /** A value the device sends in pieces, as far as it has come. */
  readonly incoming?: IncomingObject;
}

/** A value on its way, never larger than the MaxObjSize we announce. */
export interface IncomingObject {
  /** MsgRef and CmdRef of the Results it comes in; `Replace` when the device sends it of itself. */
  readonly ref: string;
  readonly locUri: string;
  /** Octets, as the device said in the first piece. */
  readonly size: number;
  readonly format?: string;
  readonly type?: string;
  /** What has come, as it travelled; `''` when the pieces are kept apart. */
  readonly base64: string;
  /** Set for a larger one: its pieces are not in the state. */
  readonly kept?: KeptPieces;
  /** It was refused, and what is still to come of it is passed over. */
  readonly isRefused?: true;
  /** What it was refused with. */
  readonly code?: 411 | 413 | 424;
}

/** How far an object has come whose pieces are kept apart. */
export interface KeptPieces {
  /** Of the object; `''` for a secret, whose pieces are kept nowhere. */
  readonly id: string;
  readonly pieces: number;
  readonly octets: number;
  /** Octets as they travelled: more where that was base64. */
  readonly text: number;
  /** The end of the last piece, where it was cut inside a group of base64. */
  readonly rest: string;
}

export interface Closed {
  readonly phase: 'closed';
  readonly reason: CloseReason;
  /** Given when the session ended over credentials. */
  readonly authFailure?: AuthFailure;
}

export type CloseReason =
  | 'completed'
  | 'aborted-by-device'
  | 'client-not-authenticated'
  | 'server-not-authenticated'
  /** The device answered our header with a status that is no consent, e.g. 505 or 513. */
  | 'refused-by-device'
  | 'protocol-error'
  | 'superseded'
  | 'silent';

/** One command we sent, until the device has answered it. Those inside Atomic and Sequence stand beside their parent. */
export interface InFlightCommand {
  /** MsgID and CmdID it was sent under. */
  readonly msgId: string;
  readonly cmdId: string;
  readonly deliveryId: string;
  /** See `CommandResult.path`. */
  readonly path: readonly number[];
  readonly name: string;
  /** One an Item. */
  readonly locUris: readonly string[];
  /** It was sent before, in a session that was lost, and nobody knows what became of it. */
  readonly sentBefore?: true;
  /** Of several Items, those that have been answered while others have not. */
  readonly answered?: readonly number[];
  /** The Status code, once it came (for every Item). */
  readonly status?: number;
  /** Of an Exec: what an alert about its outcome has to carry. */
  readonly correlator?: string;
  /** Set for a command that a plan asks for; what it brings is the plan's. */
  readonly ofPlan?: true;
  /** How many nodes beside the one asked for a list (`?list=`) has brought so far; absent: none. */
  readonly listed?: number;
  /** It is, or was, sent in pieces. */
  readonly isPiece?: true;
  /** The device did not get the object right the first time, and it goes out once more. */
  readonly isSecondTry?: true;
  /** It broke off at the device the second time, too. */
  readonly isGivenUp?: true;
  /** Its first piece is to go out again once the device has ended its package. */
  readonly isDue?: true;
  /** Set while a large object is on its way: where its next piece begins; more pieces follow the one in flight. */
  readonly nextPieceAt?: number;
}
