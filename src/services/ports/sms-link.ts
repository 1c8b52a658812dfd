import type { MessageState, SubmitOutcome } from '../../domain/push.ts';

export type { SubmitOutcome } from '../../domain/push.ts';

/** One short message to send, its user data as 8-bit data with a header. */
export interface SmsPart {
  /** MSISDN in international format; a leading `+` is allowed. */
  readonly destination: string;
  /** User data header with its length octet in front; empty when there is none. */
  readonly udh: Uint8Array;
  /** The octets after the header; header and body together are at most 140. */
  readonly body: Uint8Array;
}

/** The SMSC's report on a message it took before. */
export interface DeliveryReceipt {
  /** The link it came over; absent only where there never was more than one. */
  readonly linkId?: string;
  /** As the SMSC gave it in its answer to the submit. */
  readonly messageId: string;
  readonly state: MessageState;
  /** The network's error code as the SMSC wrote it, e.g. `000`; undefined when it gave none. */
  readonly errorCode?: string;
  /** MSISDN the message had gone to, as the SMSC wrote it. */
  readonly destination?: string;
  /** The SMSC may write ids differently here and there: where none is the same, see `otherMessageIds`. */
  readonly anyNotation?: boolean;
}

/** A message from a device (or anything else that is no receipt). */
export interface IncomingSms {
  readonly source: string;
  readonly destination: string;
  /** With its length octet; empty when there is none. */
  readonly udh: Uint8Array;
  readonly body: Uint8Array;
  /** SMPP data_coding. */
  readonly dataCoding: number;
  readonly esmClass: number;
}

/**
 * - `connecting` on the way to its first or next bind, a connection being tried;
 * - `bound` ready to submit;
 * - `waiting` the last try failed, the next one is timed;
 * - `closed` for good, by {@link SmsLink.close}.
 */
export type SmsLinkState = 'connecting' | 'bound' | 'waiting' | 'closed';

/**
 * The connection to an SMSC. It keeps itself bound; its user only submits and listens. No method throws for what a
 * peer or the network does: faults are outcomes.
 */
export interface SmsLink {
  readonly state: SmsLinkState;
  /** How many submits may be unanswered at a time, over all its connections; more than that wait inside the link. */
  readonly window: number;

  /**
   * Hands one message over and waits for its answer, at most the link's response time-out. While the window is full
   * the call waits for room. Resolves `unbound` at once when the link is not bound, and for everything that still
   * waited for room when it came unbound.
   * @param messageNo parts of one message carry the same number: they leave in order, over one connection
   * @throws RangeError when header and body are longer than 140 octets or the destination is no number
   */
  submit(part: SmsPart, messageNo?: number): Promise<SubmitOutcome>;

  /**
   * Sets the one handler for receipts. The SMSC is told that it can forget the receipt only when the returned promise
   * resolves; when it rejects, the SMSC is asked to repeat it. Receipts before a handler is set are refused likewise.
   */
  onReceipt(handler: (receipt: DeliveryReceipt) => Promise<void>): void;

  /** Sets the one handler for other messages, acknowledged the same way. Without one they are acknowledged and dropped. */
  onIncoming(handler: (sms: IncomingSms) => Promise<void>): void;

  /** Adds a listener for changes of {@link state}; the returned function takes it off again. */
  onStateChange(listener: (state: SmsLinkState) => void): () => void;

  /** Unbinds and closes; waits for outstanding answers up to `graceMs`, what is left resolves `uncertain`. */
  close(graceMs?: number): Promise<void>;
}

/** A link with what the dispatcher needs to use it beside others. */
export interface RoutedSmsLink {
  readonly id: string;
  /** For metrics and logs. */
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly weight: number;
  /** Submits a second at most; undefined for no limit. */
  readonly ratePerSecond?: number;
  /** Milliseconds after which an unanswered submit counts as lost. */
  readonly responseMs: number;
  readonly link: SmsLink;
}

/** The links of this process, as they are set at the moment. */
export interface SmsLinks {
  readonly current: readonly RoutedSmsLink[];
  /** Adds a listener for changes of {@link current}; the returned function takes it off again. */
  onChange(listener: () => void): () => void;
}
