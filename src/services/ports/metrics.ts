import type { DeliveryState } from '../../domain/delivery.ts';
import type { MessageState, PushDecision, SubmitOutcome } from '../../domain/push.ts';
import type { CloseReason } from '../../session/session-state.ts';
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
  /** One short message was handed to the SMSC and answered, or not. */
  partSubmitted(outcome: SubmitOutcome['kind'], durationMs: number): void;
  /** A push came out of one attempt. */
  pushDecided(state: PushDecision['state']): void;
  receiptStored(state: MessageState): void;
  linkChanged(state: SmsLinkState): void;
}

export interface HttpMetrics {
  /** @param route the route's template, `/api/v1/devices/{deviceId}`, never the path that was called */
  requestHandled(route: string, method: string, status: number, durationMs: number): void;
}
