import type { EventFilter, EventPosition } from '../../domain/event.ts';
import type { Webhook, WebhookDecision, WebhookDisabledReason, WebhookMessageState } from '../../domain/webhook.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewWebhook extends Webhook {
  readonly secret: Uint8Array;
  /** The events after this are told. */
  readonly after: EventPosition;
}

export type WebhookPatch = Partial<
  Pick<Webhook, 'url' | 'kinds' | 'description' | 'enabled'> & {
    /** Null: of any. */
    readonly campaignId: string | null;
    readonly secret: Uint8Array;
  }
>;

/** One event for one webhook. */
export interface WebhookMessage {
  /** The receiver tells repetitions by it. */
  readonly id: string;
  readonly webhookId: string;
  readonly kind: string;
  readonly state: WebhookMessageState;
  readonly attempts: number;
  /** Of one that waits: the next attempt. */
  readonly dueAt?: Date;
  /** Of the last attempt: the HTTP status, or why there was none. */
  readonly lastStatus?: number;
  readonly lastError?: string;
  readonly createdAt: Date;
  readonly endedAt?: Date;
}

/** What is to be told, exactly as it goes out. */
export interface NewWebhookMessage {
  readonly id: string;
  readonly kind: string;
  readonly body: string;
}

/** A message that is to be sent now. */
export interface ClaimedMessage {
  readonly id: string;
  /** Which one this is, from 1: whoever has not this one any more has nothing to say. */
  readonly attempt: number;
  readonly body: string;
  readonly url: string;
  readonly secret: Uint8Array;
}

export interface SettledMessage {
  readonly id: string;
  readonly attempt: number;
  readonly decision: WebhookDecision;
  readonly status?: number;
  readonly error?: string;
}

/** What an attempt tells of the receiver. */
export type WebhookVerdict =
  | { readonly kind: 'works' }
  | { readonly kind: 'fails'; readonly pauseMs: (failures: number) => number }
  | { readonly kind: 'gone' };

/** Webhooks and their messages. Methods throw AppError `unavailable` when the database is away. */
export interface WebhookStore {
  create(webhook: NewWebhook): Promise<Webhook>;
  get(id: string): Promise<Webhook | undefined>;
  secret(id: string): Promise<Uint8Array | undefined>;
  list(page: PageRequest): Promise<Page<Webhook>>;
  /** One that is enabled again has no failures, and goes on where it was. */
  update(id: string, patch: WebhookPatch, now: Date): Promise<Webhook | undefined>;
  delete(id: string): Promise<boolean>;

  messages(
    webhookId: string,
    filter: { readonly state?: WebhookMessageState },
    page: PageRequest,
  ): Promise<Page<WebhookMessage>>;
  /** Makes messages that have ended due again. @param messageId absent: all that are dead */
  redeliver(
    webhookId: string,
    messageId: string | undefined,
    now: Date,
    limit: number,
  ): Promise<readonly WebhookMessage[]>;

  /** Those that are enabled. */
  active(): Promise<readonly string[]>;
  /**
   * Turns events into messages, one process at a time for each webhook, and remembers how far it has come; both or
   * neither happen. Nothing while more than `backlog` wait.
   * @returns whether there may be more at once
   */
  queue(
    id: string,
    backlog: number,
    now: Date,
    take: (
      filter: EventFilter,
      after: EventPosition,
    ) => Promise<{
      readonly messages: readonly NewWebhookMessage[];
      readonly next: EventPosition;
      readonly complete: boolean;
    }>,
  ): Promise<boolean>;
  /**
   * Takes messages that are due, oldest first; nobody else gets them until then. Of a webhook that keeps failing only one.
   */
  claim(id: string, now: Date, until: Date, limit: number): Promise<readonly ClaimedMessage[]>;
  /** Writes down what came of a message, if it is still the claimer's, and what that says of the webhook. */
  settle(
    webhookId: string,
    message: SettledMessage,
    verdict: WebhookVerdict,
    now: Date,
  ): Promise<WebhookDisabledReason | undefined>;
}
