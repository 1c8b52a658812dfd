import { createHmac } from 'node:crypto';

/** Where events are told to: a program's own address. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Kinds of events, or all of a thing: `campaign.*`. */
  readonly kinds: readonly string[];
  /** Only events of this campaign. */
  readonly campaignId?: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Why it was disabled, when nobody did it by hand. */
  readonly disabledReason?: WebhookDisabledReason;
  /** Failures since the last success. */
  readonly failures: number;
  readonly failingSince?: Date;
  readonly lastSuccessAt?: Date;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** `gone`: it answered 410. `failing`: nothing got through for {@link WEBHOOK_GIVEN_UP_MS}. */
export type WebhookDisabledReason = 'gone' | 'failing';

export const WEBHOOK_MESSAGE_STATES = ['pending', 'delivered', 'dead'] as const;
/** `dead`: given up after {@link WEBHOOK_MAX_ATTEMPTS} attempts; it can be sent again by hand. */
export type WebhookMessageState = (typeof WEBHOOK_MESSAGE_STATES)[number];

/** What came of one attempt. */
export type WebhookOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  /** @param reason in words, without secrets */
  | { readonly kind: 'failed'; readonly reason: string };

/** What becomes of a message. */
export type WebhookDecision =
  | { readonly state: 'delivered' }
  | { readonly state: 'dead' }
  | { readonly state: 'pending'; readonly afterMs: number };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** From one attempt to the next. */
const WAITS_MS = [5_000, 30_000, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR] as const;

/** The first attempt and one after each wait: about a day. */
export const WEBHOOK_MAX_ATTEMPTS = WAITS_MS.length + 1;
/** A webhook that has failed for so long, and never got anything through, is disabled. */
export const WEBHOOK_GIVEN_UP_MS = 5 * 24 * HOUR;
/** From so many failures in a row on nothing but one message at a time is tried. */
export const WEBHOOK_DOUBTED_AFTER = 3;
const MAX_RETRY_AFTER_MS = 12 * HOUR;
const MAX_PAUSE_MS = HOUR;

export function isWebhookSuccess(outcome: WebhookOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
}

/**
 * @param attempt which one it was, from 1
 * @param random in [0, 1): spreads the next ones by a fifth to either side
 */
export function decideWebhook(outcome: WebhookOutcome, attempt: number, random: number): WebhookDecision {
  if (isWebhookSuccess(outcome)) return { state: 'delivered' };
  if (isGone(outcome)) return { state: 'dead' };
  const wait = WAITS_MS[attempt - 1];
  if (wait === undefined) return { state: 'dead' };
  const asked = outcome.kind === 'answered' ? Math.min(outcome.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0;
  return { state: 'pending', afterMs: Math.max(spread(wait, random), asked) };
}

/** The receiver wants nothing any more (410). */
export function isGone(outcome: WebhookOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status === 410;
}

/**
 * For how long nothing is sent to a receiver that has failed so often in a row: nobody is helped by a thousand messages
 * that fail alike.
 */
export function webhookPauseMs(failures: number, random: number): number {
  if (failures < WEBHOOK_DOUBTED_AFTER) return 0;
  return spread(Math.min(5_000 * 2 ** Math.min(failures - WEBHOOK_DOUBTED_AFTER, 20), MAX_PAUSE_MS), random);
}

function spread(ms: number, random: number): number {
  return Math.round(ms * (0.8 + 0.4 * random));
}

/**
 * The headers of Standard Webhooks: HMAC-SHA256 over id, time and body, so that neither can be exchanged.
 * @param secret its raw octets
 */
export function webhookHeaders(
  secret: Uint8Array,
  id: string,
  at: Date,
  body: string,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** A secret as people copy it. */
export function formatWebhookSecret(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`;
}
