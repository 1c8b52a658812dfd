import { type EventRecord, eventDocument } from '../domain/event.ts';
import {
  decideWebhook,
  isGone,
  isWebhookSuccess,
  type WebhookOutcome,
  webhookHeaders,
  webhookPauseMs,
} from '../domain/webhook.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { EventLog } from './ports/event-log.ts';
import type { WebhookMetrics } from './ports/metrics.ts';
import type { WebhookSender } from './ports/webhook-sender.ts';
import type { ClaimedMessage, NewWebhookMessage, WebhookStore } from './ports/webhook-store.ts';

export interface WebhookDispatcherPorts {
  readonly webhooks: WebhookStore;
  readonly sender: WebhookSender;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** In [0, 1). */
  readonly random: () => number;
  readonly metrics?: WebhookMetrics;
  readonly onFault?: (error: unknown, what: string) => void;
}

/** Nobody else takes a message for so long; more than one attempt takes. */
const LEASE_MS = 30_000;
/** To one receiver at a time. */
const AT_ONCE = 8;
/** Events read for one webhook at once. */
const EVENTS = 500;
/** So many messages may wait for one receiver; further events wait in the log. */
const BACKLOG = 5_000;

/**
 * Tells webhooks what has happened: turns events into messages, and sends what is due. Every message is a row before it is
 * sent and until it is answered, so whoever dies in between has it sent again by another. Each webhook is worked by itself:
 * one that hangs keeps no other waiting.
 */
export class WebhookDispatcher {
  readonly #ports: WebhookDispatcherPorts;
  /** Webhooks that this process is sending to. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(ports: WebhookDispatcherPorts) {
    this.#ports = ports;
  }

  /**
   * Queues what is new, and sees to it that what is due is being sent; does not wait for the receivers.
   * @returns whether there is more to queue at once
   */
  async run(signal: AbortSignal): Promise<boolean> {
    let more = false;
    for (const id of await this.#ports.webhooks.active()) {
      if (signal.aborted) return false;
      if (await this.#queue(id)) more = true;
      if (this.#busy.has(id)) continue;
      const sending = this.#send(id, signal)
        .catch((error: unknown) => this.#ports.onFault?.(error, 'a webhook cannot be worked'))
        .finally(() => this.#busy.delete(id));
      this.#busy.set(id, sending);
    }
    return more;
  }

  /** Waits for what is being sent. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  #queue(id: string): Promise<boolean> {
    const { webhooks, log, clock } = this.#ports;
    return webhooks.queue(id, BACKLOG, clock.now(), async (filter, after) => {
      const { events, next, complete } = await log.read(filter, after, EVENTS);
      return { messages: events.map((event) => this.#messageOf(event)), next, complete };
    });
  }

  #messageOf(event: EventRecord): NewWebhookMessage {
    const data = eventDocument(event);
    const body = JSON.stringify({ type: event.kind, timestamp: data.at, data });
    return { id: this.#ports.entropy.id(), kind: event.kind, body };
  }

  async #send(id: string, signal: AbortSignal): Promise<void> {
    const { webhooks, clock } = this.#ports;
    while (!signal.aborted) {
      const now = clock.now();
      const claimed = await webhooks.claim(id, now, new Date(now.getTime() + LEASE_MS), AT_ONCE);
      if (claimed.length === 0) return;
      await Promise.all(claimed.map((message) => this.#attempt(id, message, signal)));
    }
  }

  async #attempt(webhookId: string, message: ClaimedMessage, signal: AbortSignal): Promise<void> {
    const { webhooks, sender, clock, random, metrics } = this.#ports;
    const { id, attempt, body, url, secret } = message;
    const outcome = await sender.send(url, webhookHeaders(secret, id, clock.now(), body), body, signal);
    // What was broken off by our own end says nothing of the receiver: the claim runs out, and it is sent again.
    if (signal.aborted && outcome.kind === 'failed') return;
    const decision = decideWebhook(outcome, attempt, random());
    const verdict = isWebhookSuccess(outcome)
      ? ({ kind: 'works' } as const)
      : isGone(outcome)
        ? ({ kind: 'gone' } as const)
        : ({ kind: 'fails', pauseMs: (failures: number) => webhookPauseMs(failures, random()) } as const);
    metrics?.attempted(resultOf(outcome));
    await webhooks.settle(
      webhookId,
      {
        id,
        attempt,
        decision,
        ...(outcome.kind === 'answered' ? { status: outcome.status } : { error: outcome.reason }),
      },
      verdict,
      clock.now(),
    );
  }
}

function resultOf(outcome: WebhookOutcome): 'delivered' | 'refused' | 'failed' {
  if (isWebhookSuccess(outcome)) return 'delivered';
  return outcome.kind === 'answered' ? 'refused' : 'failed';
}
