import type { Webhook, WebhookMessageState } from '../../src/domain/webhook.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type { NewWebhook, WebhookMessage, WebhookPatch, WebhookStore } from '../../src/services/ports/webhook-store.ts';
import { pageOf } from './paging.ts';

/** What the REST side needs of webhooks. Nothing is ever queued or sent from here. */
export class MemoryWebhookStore implements WebhookStore {
  readonly #webhooks = new Map<string, Webhook & { readonly secret: Uint8Array }>();
  readonly #messages: WebhookMessage[] = [];

  addMessage(message: WebhookMessage): void {
    this.#messages.push(message);
  }

  async create({ after: _, ...webhook }: NewWebhook): Promise<Webhook> {
    this.#webhooks.set(webhook.id, webhook);
    return plain(webhook);
  }

  async get(id: string): Promise<Webhook | undefined> {
    const webhook = this.#webhooks.get(id);
    return webhook && plain(webhook);
  }

  async secret(id: string): Promise<Uint8Array | undefined> {
    return this.#webhooks.get(id)?.secret;
  }

  async list(page: PageRequest): Promise<Page<Webhook>> {
    return pageOf([...this.#webhooks.values()].map(plain), page);
  }

  async update(id: string, { campaignId, ...patch }: WebhookPatch, now: Date): Promise<Webhook | undefined> {
    const webhook = this.#webhooks.get(id);
    if (webhook === undefined) return undefined;
    const { campaignId: before, ...rest } = webhook;
    const of = campaignId === undefined ? before : campaignId;
    const changed = { ...rest, ...(of == null ? {} : { campaignId: of }), ...patch, updatedAt: now };
    this.#webhooks.set(id, changed);
    return plain(changed);
  }

  async delete(id: string): Promise<boolean> {
    return this.#webhooks.delete(id);
  }

  async messages(
    webhookId: string,
    { state }: { readonly state?: WebhookMessageState },
    page: PageRequest,
  ): Promise<Page<WebhookMessage>> {
    const own = this.#messages.filter((one) => one.webhookId === webhookId);
    return pageOf(
      own.filter((one) => state === undefined || one.state === state),
      page,
    );
  }

  async redeliver(
    webhookId: string,
    messageId: string | undefined,
    now: Date,
    limit: number,
  ): Promise<readonly WebhookMessage[]> {
    const again: WebhookMessage[] = [];
    for (const [place, { endedAt, ...message }] of this.#messages.entries()) {
      const isMeant =
        messageId === undefined ? message.state === 'dead' : message.id === messageId && endedAt !== undefined;
      if (message.webhookId !== webhookId || !isMeant || again.length === limit) continue;
      const due = { ...message, state: 'pending', attempts: 0, dueAt: now } as const;
      this.#messages[place] = due;
      again.push(due);
    }
    return again;
  }

  async active(): Promise<readonly string[]> {
    return [];
  }

  async queue(): Promise<boolean> {
    return false;
  }

  async claim(): Promise<readonly []> {
    return [];
  }

  async settle(): Promise<undefined> {
    return undefined;
  }
}

function plain({ secret: _, ...webhook }: Webhook & { readonly secret: Uint8Array }): Webhook {
  return webhook;
}
