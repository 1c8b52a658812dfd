import type { CredentialKind } from '../syncml/credential-kind.ts';
import type { Message, RequestCommand } from '../syncml/message.ts';
import type { ReadSerialisedTree, TreePlan } from './tree-plan.ts';

/** Everything one step of the engine may know. It has no other source. */
export interface SessionInput {
  readonly message: Message;
  /** The x-syncml-hmac header the message came with, and the octets it is to cover. */
  readonly hmac?: { readonly username: string; readonly mac: string; readonly body: Uint8Array };
  readonly account: Account;
  /** The weakest kind of credentials this server takes or gives, whatever an account says; absent: any. */
  readonly minAuth?: CredentialKind;
  /** How often a device proves itself when its account does not say; absent: once a session. */
  readonly authScope?: AuthScope;
  /** Open deliveries of the device, in the order in which they were queued. */
  readonly deliveries: readonly QueuedDelivery[];
  readonly serverId: string;
  /** Where the device is to send its next messages; absent: where it sends them. */
  readonly respUri?: string;
  /** False where the device has said in DevDetail/LrgObj that it takes no value in pieces; absent: not known. */
  readonly takesPieces?: boolean;
  /** Our own limits, announced to the device; octets. */
  readonly limits: { readonly maxMsgSize: number; readonly maxObjSize: number };
  /** 16 fresh, unpredictable octets: the device's next nonce, if one is needed. */
  readonly nonce: Uint8Array;
  /** A fresh id for an object that begins with this message; each call gives another. Most messages need none. */
  readonly newId: () => string;
  /** Octets a reply takes in the encoding of this session. */
  readonly sizeOf: (reply: Message) => number;
  /** Without it no serialised tree is read. */
  readonly readTree?: ReadSerialisedTree;
}

/** Once (212, its credentials hold for the session) or with every message (200); a MAC covers one message always. */
export type AuthScope = 'session' | 'message';

/** The DM account device and server share. Nonces are raw octets. */
export interface Account {
  /** What the device proves itself with. */
  readonly auth: CredentialKind;
  readonly client: {
    readonly username: string;
    readonly password: string;
    readonly nonce?: Uint8Array;
    readonly previousNonce?: Uint8Array;
    readonly scope?: AuthScope;
  };
  readonly server: {
    /** What this server proves itself with; absent: the same as the device. */
    readonly auth?: CredentialKind;
    readonly password: string;
    readonly nonce?: Uint8Array;
  };
  /** Counts the changes of the credentials; absent: none yet. */
  readonly generation?: number;
  /** The credentials before the last change: a session that began with them goes on with them. */
  readonly former?: FormerCredentials;
  /** Accounts that bootstraps have sent and the device has not used yet, oldest first; absent: none. */
  readonly pending?: readonly Account[];
}

export interface FormerCredentials {
  /** What {@link Account.generation} was. */
  readonly generation: number;
  readonly auth: CredentialKind;
  readonly serverAuth?: CredentialKind;
  readonly username: string;
  readonly clientPassword: string;
  readonly serverPassword: string;
}

/** A delivery as the engine sees it: from its position on, as many commands as a message could hold. */
export interface QueuedDelivery {
  readonly id: string;
  /** Whether commands of it have been sent before. */
  readonly started: boolean;
  /** How many top-level commands the device has answered. */
  readonly position: number;
  /** How many top-level commands have been sent, in this session or another; absent: no more than are answered. */
  readonly sent?: number;
  /** Nothing more of it is sent once a command has failed; absent: the rest goes out all the same. */
  readonly onFailure?: 'stop';
  /** How many top-level commands there are. */
  readonly total: number;
  /** The top-level commands from `position` on; perhaps not all of them. CmdIDs in them are ignored. */
  readonly upcoming: readonly RequestCommand[];
  /** Why a device of this version cannot take it; made by the engine. */
  readonly unsuitable?: string;
  /** The session id its Package #0 carries. */
  readonly triggerSessionId?: number;
  /** The first command that failed, if one has. */
  readonly failure?: Failure;
  /** Where its commands come from, when not from a package; `upcoming` and `total` are what it says now. */
  readonly plan?: TreePlan;
}

export interface Failure {
  readonly code:
    | 'command-refused'
    | 'command-unanswered'
    | 'command-too-large'
    | 'version-unsuitable'
    | 'variable-missing'
    | 'aborted';
  readonly message: string;
}
