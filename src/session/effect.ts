import type { Message } from '../syncml/message.ts';
import type { NodeProperty } from '../syncml/node-properties.ts';
import type { NodeReport, ObjectRef } from './report-node.ts';
import type { Failure } from './session-input.ts';
import type { AuthFailure, CloseReason } from './session-state.ts';
import type { TreePlan } from './tree-plan.ts';

/** What a step wants done. The caller does all of it in one transaction, and only then sends the reply. */
export type Effect =
  /** With `mac` the reply goes out under an x-syncml-hmac header made with that nonce of ours (raw octets) and password. */
  | {
      readonly kind: 'reply';
      readonly message: Message;
      readonly mac?: { readonly nonce: Uint8Array; readonly password: string };
    }
  /** The device has proven who it is with this message: other open sessions of it are over. */
  | { readonly kind: 'deviceProven' }
  /** The device's credentials, or the lack of them, were answered 401 or 407. */
  | { readonly kind: 'deviceRefused'; readonly failure: AuthFailure }
  /** It did so with what a bootstrap has sent: that one of the account's `pending` is the account now, older ones are void. */
  | { readonly kind: 'adoptAccount'; readonly index: number }
  /** From now on the device is to use `nonce`; the one it used before stays good until it has. */
  | { readonly kind: 'renewClientNonce'; readonly nonce: Uint8Array; readonly previous: Uint8Array | undefined }
  /** The device has shown that it holds its newest nonce, so the one before is worth nothing any more. */
  | { readonly kind: 'retirePreviousClientNonce' }
  | { readonly kind: 'renewServerNonce'; readonly nonce: Uint8Array }
  | { readonly kind: 'storeDevInfo'; readonly devInfo: Readonly<Record<string, string>> }
  | { readonly kind: 'storeNode'; readonly node: NodeReport }
  | { readonly kind: 'removeNode'; readonly locUri: string }
  | { readonly kind: 'storeProperty'; readonly locUri: string; readonly name: NodeProperty; readonly value: string }
  /** What is known at or below `root` from before the exchange `since` is gone; not what is at or below `except`. */
  | { readonly kind: 'forgetNodes'; readonly root: string; readonly since: number; readonly except: readonly string[] }
  | { readonly kind: 'recordResult'; readonly result: ResultReport }
  /** The device has told something on its own account; it is kept for programs. */
  | { readonly kind: 'reportAlert'; readonly alert: AlertReport }
  /** The device has taken an Exec on (202) and will tell its outcome by an alert with that Correlator. */
  | { readonly kind: 'awaitOutcome'; readonly exec: AwaitedExec }
  /** A piece of a large value of the device: it counts for nothing until the object is complete. */
  | { readonly kind: 'keepPiece'; readonly piece: PieceReport }
  /**
   * All pieces are there, `size` octets of them. `replaces` is the LocURI of what the device has sent of itself: what it
   * sent before for that node is not needed any more.
   */
  | { readonly kind: 'completeObject'; readonly id: string; readonly size: number; readonly replaces?: string }
  /** Its end never came, or it is not what was said: its pieces are to go. */
  | { readonly kind: 'dropObject'; readonly id: string }
  | { readonly kind: 'moveDelivery'; readonly move: DeliveryMove }
  | { readonly kind: 'closeSession'; readonly reason: CloseReason }
  /** Something odd that changes nothing; for the log. Holds no values from the device's tree. */
  | { readonly kind: 'note'; readonly text: string };

export interface PieceReport {
  /** Of the object. */
  readonly id: string;
  /** From 0, without a gap. */
  readonly place: number;
  readonly octets: Uint8Array;
  /** With the first piece. */
  readonly begins?: {
    readonly locUri: string;
    /** Octets, as the device said. */
    readonly size: number;
    readonly format?: string;
    readonly type?: string;
    /** The delivery that asked for it; absent when the device sends it of itself. */
    readonly deliveryId?: string;
  };
}

export interface ResultReport {
  readonly deliveryId: string;
  readonly path: readonly number[];
  readonly item: number;
  readonly command: string;
  readonly locUri: string;
  readonly status?: number;
  readonly data?: string;
  readonly format?: string;
  readonly type?: string;
  /** In place of data. */
  readonly object?: ObjectRef;
  /** It had been sent before, in a session that was lost. */
  readonly sentBefore?: true;
}

/** One Item of a client event (1224) or a generic alert (1226). */
export interface AlertReport {
  readonly code: number;
  readonly type: string;
  readonly format: string;
  /** One of `ALERT_MARKS` of a device that keeps to the specification; a client event may have none. */
  readonly mark?: string;
  readonly correlator?: string;
  readonly source?: string;
  readonly target?: string;
  /** Base64 when `format` is `b64` or `bin`, text otherwise. Absent: none was sent, or it is a secret. */
  readonly data?: string;
}

export interface AwaitedExec {
  readonly deliveryId: string;
  readonly path: readonly number[];
  readonly correlator: string;
}

export interface DeliveryMove {
  readonly id: string;
  readonly state: 'delivering' | 'succeeded' | 'failed';
  readonly position: number;
  /** How many top-level commands have been sent. */
  readonly sent: number;
  readonly failure?: Failure;
  /** Of a delivery that has one: how it goes on. */
  readonly plan?: TreePlan;
}
