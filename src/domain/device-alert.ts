/** One Item of a client event (1224) or a generic alert (1226), as it is offered to programs. */
export interface DeviceAlert {
  /** From 1; never used twice. Alerts of one device are numbered in the order in which they came. */
  readonly id: number;
  readonly deviceId: string;
  /** The session it came in. */
  readonly sessionId: string;
  readonly code: number;
  readonly type: string;
  readonly format: string;
  readonly mark?: string;
  readonly correlator?: string;
  readonly source?: string;
  readonly target?: string;
  /** Base64 when `format` is `b64` or `bin`, text otherwise. Absent: none was sent, or it is a secret. */
  readonly data?: string;
  readonly at: Date;
}
