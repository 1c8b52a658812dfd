import type { DeliveryState } from '../../domain/delivery.ts';
import type { MessageState, PushDecision, SubmitOutcome } from '../../domain/push.ts';
import type { CloseReason } from '../../session/session-state.ts';
import type { History } from './history-store.ts';
import type { LaneDepth } from './push-outbox.ts';
import type { SmsLinkState } from './sms-link.ts';

/**
 * Where counts and durations go. No method throws, and none takes anything that grows with the number of devices: every
 * argument but the durations is one of a few words. Durations are milliseconds.
 */
export interface SessionMetrics {
  /** One POST of a device was answered. */
  messageHandled(outcome: DmMessageOutcome, encoding: 'wbxml' | 'xml' | 'unknown', durationMs: number): void;
  sessionOpened(): void;
  sessionClosed(reason: CloseReason): void;
  /** A delivery came to its end. */
  deliveryEnded(state: DeliveryState): void;
}

export type DmMessageOutcome =
  | 'answered'
  /** The stored reply went out again. */
  | 'repeated'
  | 'unauthenticated'
  /** Not looked at: too many credentials from there were wrong. */
  | 'held-back'
  | 'unknown-device'
  | 'malformed'
  | 'too-large'
  | 'unavailable'
  | 'failed';

export interface PushMetrics {
  /** One short message was handed to the SMSC and answered, or not. @param link its name */
  partSubmitted(link: string, outcome: SubmitOutcome, durationMs: number): void;
  /** A push came out of one attempt. */
  pushDecided(state: PushDecision['state']): void;
  receiptStored(link: string, state: MessageState): void;
  incomingStored(link: string): void;
  linkChanged(link: string, state: SmsLinkState): void;
  /** So many devices that had not come were triggered again. */
  retriggered(count: number): void;
}

/** What is asked for when metrics are read. */
export interface PushGauges {
  readonly links: () => readonly LinkGauge[];
  readonly depth: () => Promise<readonly LaneDepth[]>;
  readonly now: () => Date;
}

export interface LinkGauge {
  readonly name: string;
  readonly binds: readonly { readonly role: string; readonly state: SmsLinkState }[];
  /** Submits that wait for their answer, and how many may. */
  readonly unanswered: number;
  readonly window: number;
  /** Pushes held for it: waiting for room, or being sent. */
  readonly pushes: number;
  /** Submits a second; infinite without a limit. */
  readonly pacePerSecond: number;
}

/** What came of telling webhooks. */
export interface WebhookMetrics {
  attempted(result: 'delivered' | 'refused' | 'failed'): void;
}

/** What was kept long enough and has been removed. */
export interface PurgeMetrics {
  purged(history: History, count: number): void;
}

export interface HttpMetrics {
  /** @param route the route's template, `/api/v1/devices/{deviceId}`, never the path that was called */
  requestHandled(route: string, method: string, status: number, durationMs: number): void;
}
