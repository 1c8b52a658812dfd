/**
 * A delivery: one package revision on its way to one device.
 *
 *     queued ──▶ triggered ──▶ delivering ──▶ succeeded
 *        │           │        ▲     │   └───▶ failed
 *        └───────────┼────────┘     │
 *                    └──────────────┴───────▶ expired | cancelled
 *
 * `triggered`: the SMSC took Package #0. `delivering`: a session has sent (or is about to send) its first command;
 * when that session is lost the delivery stays `delivering` and the next session goes on at its position.
 */
export const DELIVERY_STATES = [
  'queued',
  'triggered',
  'delivering',
  'succeeded',
  'failed',
  'expired',
  'cancelled',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

const NEXT: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  queued: ['triggered', 'delivering', 'failed', 'expired', 'cancelled'],
  triggered: ['delivering', 'failed', 'expired', 'cancelled'],
  delivering: ['succeeded', 'failed', 'expired', 'cancelled'],
  succeeded: [],
  failed: [],
  expired: [],
  cancelled: [],
};

/** May a delivery go from one state to the other? Staying is not a transition. */
export function canMoveDelivery(from: DeliveryState, to: DeliveryState): boolean {
  return NEXT[from].includes(to);
}

/** No state follows this one. */
export function isFinalDelivery(state: DeliveryState): boolean {
  return NEXT[state].length === 0;
}

export const OPEN_DELIVERY_STATES: readonly DeliveryState[] = DELIVERY_STATES.filter(
  (state) => !isFinalDelivery(state),
);

/**
 * What a failed command does to the commands after it: they are sent all the same, or never. With `stop` every
 * top-level command goes in a message of its own, because a device carries out a whole message whatever becomes of one
 * command in it.
 */
export const FAILURE_POLICIES = ['continue', 'stop'] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** A value of a device that is kept apart from the place it belongs to, because it is large. */
export interface ObjectRef {
  readonly id: string;
  /** Octets. */
  readonly size: number;
}

/** What one command of a delivery was answered. A command inside Atomic or Sequence has a path of two or more numbers. */
export interface CommandResult {
  /** Place in the package: `[3]` is its fourth command, `[3, 0]` the first one inside that. */
  readonly path: readonly number[];
  /** One command may answer several Items: one row an Item, in order. */
  readonly item: number;
  readonly command: string;
  readonly locUri: string;
  /** The Status code; absent when the device finished its package without one. */
  readonly status?: number;
  /** From Results: text as it is, binary in base64 with format `b64`/`bin`. */
  readonly data?: string;
  readonly format?: string;
  readonly type?: string;
  /** In place of data, where that came in pieces and is large. */
  readonly object?: ObjectRef;
  /** It had been sent before, in a session that was lost; the device may have carried it out then. */
  readonly sentBefore?: true;
  /** Of an Exec that was answered 202: what the device told of it later. */
  readonly execOutcome?: ExecOutcome;
}

/** What became of an Exec that takes its time: told by an alert with its Correlator, perhaps in a later session. */
export type ExecOutcome =
  | { readonly state: 'pending'; readonly correlator: string }
  | {
      readonly state: 'reported';
      readonly correlator: string;
      readonly type: string;
      readonly format: string;
      readonly mark?: string;
      /** Base64 when `format` is `b64` or `bin`, text otherwise. */
      readonly data?: string;
      readonly at: Date;
    };

/** Why a delivery ended other than by success, in plain words for the admin. */
export interface DeliveryFailure {
  readonly code: SessionFailure['code'] | 'trigger-failed' | 'recalled';
  readonly message: string;
}

/** Of one that failed in a session. A campaign also ends deliveries before: their trigger failed, or was called back. */
export interface SessionFailure {
  readonly code:
    | 'command-refused'
    | 'command-unanswered'
    | 'command-too-large'
    | 'version-unsuitable'
    | 'variable-missing'
    | 'aborted';
  readonly message: string;
}
