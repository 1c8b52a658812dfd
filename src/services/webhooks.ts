import type { Principal } from '../domain/principal.ts';
import {
  formatWebhookSecret,
  isWebhookSuccess,
  type Webhook,
  type WebhookMessageState,
  webhookHeaders,
} from '../domain/webhook.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { EventLog } from './ports/event-log.ts';
import type { Page, PageRequest } from './ports/page.ts';
import type { WebhookSender } from './ports/webhook-sender.ts';
import type { WebhookMessage, WebhookPatch, WebhookStore } from './ports/webhook-store.ts';

export interface WebhookOrder {
  readonly url: string;
  readonly kinds: readonly string[];
  readonly campaignId?: string;
  readonly description?: string;
  readonly enabled?: boolean;
}

/** What came of a try. */
export interface WebhookTrial {
  readonly delivered: boolean;
  readonly status?: number;
  readonly reason?: string;
  readonly durationMs: number;
}

const SECRET_OCTETS = 24;
const REDELIVERED_AT_ONCE = 1_000;

/** What admins do with webhooks. */
export class Webhooks {
  readonly #store: WebhookStore;
  readonly #sender: WebhookSender;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  constructor(ports: {
    readonly webhooks: WebhookStore;
    readonly sender: WebhookSender;
    readonly log: EventLog;
    readonly clock: Clock;
    readonly entropy: Entropy;
  }) {
    this.#store = ports.webhooks;
    this.#sender = ports.sender;
    this.#log = ports.log;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /**
   * Events from now on are told.
   * @returns the webhook, and its secret: here and never again
   * @throws AppError `webhook-url-unsuitable`
   */
  async create(order: WebhookOrder, by: Principal): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
    this.#refuseUrl(order.url);
    const now = this.#clock.now();
    const secret = this.#entropy.bytes(SECRET_OCTETS);
    const webhook = await this.#store.create({
      id: this.#entropy.id(),
      ...order,
      description: order.description ?? '',
      enabled: order.enabled ?? true,
      failures: 0,
      createdBy: by.name,
      createdAt: now,
      updatedAt: now,
      secret,
      after: await this.#log.end(),
    });
    return { webhook, secret: formatWebhookSecret(secret) };
  }

  /** @throws AppError `webhook-unknown` */
  async get(id: string): Promise<Webhook> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknown();
  }

  list(page: PageRequest): Promise<Page<Webhook>> {
    return this.#store.list(page);
  }

  /** @throws AppError `webhook-unknown`, `webhook-url-unsuitable` */
  async update(id: string, patch: Omit<WebhookPatch, 'secret'>): Promise<Webhook> {
    if (patch.url !== undefined) this.#refuseUrl(patch.url);
    return (isUuid(id) ? await this.#store.update(id, patch, this.#clock.now()) : undefined) ?? refuseUnknown();
  }

  /** @returns the new secret, which counts from now on @throws AppError `webhook-unknown` */
  async renewSecret(id: string): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
    await this.get(id);
    const secret = this.#entropy.bytes(SECRET_OCTETS);
    const webhook = (await this.#store.update(id, { secret }, this.#clock.now())) ?? refuseUnknown();
    return { webhook, secret: formatWebhookSecret(secret) };
  }

  /** Its messages go with it. @throws AppError `webhook-unknown` */
  async delete(id: string): Promise<void> {
    if (!isUuid(id) || !(await this.#store.delete(id))) refuseUnknown();
  }

  /** Sends one message that means nothing, now and once. @throws AppError `webhook-unknown` */
  async try(id: string): Promise<WebhookTrial> {
    const { url } = await this.get(id);
    const secret = (await this.#store.secret(id)) ?? refuseUnknown();
    const at = this.#clock.now();
    const body = JSON.stringify({ type: 'webhook.test', timestamp: at.toISOString(), data: {} });
    const outcome = await this.#sender.send(url, webhookHeaders(secret, this.#entropy.id(), at, body), body);
    return {
      delivered: isWebhookSuccess(outcome),
      ...(outcome.kind === 'answered' ? { status: outcome.status } : { reason: outcome.reason }),
      durationMs: this.#clock.now().getTime() - at.getTime(),
    };
  }

  /** Newest first. @throws AppError `webhook-unknown` */
  async messages(
    id: string,
    filter: { readonly state?: WebhookMessageState },
    page: PageRequest,
  ): Promise<Page<WebhookMessage>> {
    await this.get(id);
    return this.#store.messages(id, filter, page);
  }

  /** @throws AppError `webhook-unknown`, `webhook-message-unknown` */
  async redeliver(id: string, messageId: string): Promise<WebhookMessage> {
    await this.get(id);
    const [message] = isUuid(messageId) ? await this.#store.redeliver(id, messageId, this.#clock.now(), 1) : [];
    if (message !== undefined) return message;
    throw new AppError('webhook-message-unknown', 'The webhook has no message of that id that has ended.');
  }

  /** All that were given up, the oldest first, so many at once. @throws AppError `webhook-unknown` */
  async redeliverDead(id: string): Promise<number> {
    await this.get(id);
    return (await this.#store.redeliver(id, undefined, this.#clock.now(), REDELIVERED_AT_ONCE)).length;
  }

  #refuseUrl(url: string): void {
    const refusal = this.#sender.refusalOf(url);
    if (refusal !== undefined) throw new AppError('webhook-url-unsuitable', refusal);
  }
}

function refuseUnknown(): never {
  throw new AppError('webhook-unknown', 'There is no webhook of that id.');
}
