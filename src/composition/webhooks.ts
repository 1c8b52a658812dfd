import type { Logger } from 'pino';
import type { createPool } from '../adapters/pg/create-pool.ts';
import type { PgEventLog } from '../adapters/pg/pg-event-log.ts';
import { PgWebhookStore } from '../adapters/pg/pg-webhook-store.ts';
import { HttpWebhookSender } from '../adapters/webhooks/http-webhook-sender.ts';
import type { Config } from '../config.ts';
import type { Clock, Entropy } from '../services/ports/clock.ts';
import type { SecretBox } from '../services/ports/secret-box.ts';
import { WebhookDispatcher, type WebhookDispatcherPorts } from '../services/webhook-dispatcher.ts';
import { Webhooks } from '../services/webhooks.ts';
import type { RunJob } from './jobs.ts';

const LOOK_MS = 1_000;

/** Webhooks, and what {@link startWebhooks} needs to call them. */
export interface WebhookServices {
  readonly webhooks: Webhooks;
  readonly log: PgEventLog;
  readonly ports: Pick<WebhookDispatcherPorts, 'webhooks' | 'sender' | 'log' | 'clock' | 'entropy'>;
}

/** @param version of this server, for the User-Agent of its calls */
export function webhookServices(
  pool: ReturnType<typeof createPool>,
  given: { readonly box: SecretBox; readonly clock: Clock; readonly entropy: Entropy; readonly log: PgEventLog },
  { webhookPrivateAddresses }: Pick<Config, 'webhookPrivateAddresses'>,
  version: string,
  stops: (() => Promise<void>)[],
): WebhookServices {
  const { box, clock, entropy, log } = given;
  const sender = new HttpWebhookSender({
    allowsPrivate: webhookPrivateAddresses,
    userAgent: `omadm-server/${version}`,
  });
  stops.push(async () => sender.close());
  const ports = { webhooks: new PgWebhookStore(pool, box), sender, log, clock, entropy };
  return { webhooks: new Webhooks(ports), log, ports };
}

/** What tells webhooks of events. */
export function startWebhooks(
  { ports, log }: WebhookServices,
  { metrics, logger }: { readonly metrics: NonNullable<WebhookDispatcherPorts['metrics']>; readonly logger: Logger },
  run: RunJob,
  stops: (() => Promise<void>)[],
): void {
  const dispatcher = new WebhookDispatcher({
    ...ports,
    random: Math.random,
    metrics,
    onFault: (err, what) => logger.warn({ err }, what),
  });
  // Stops are undone from the last to the first: the job is signalled before what it has begun is waited for.
  stops.push(() => dispatcher.idle());
  const telling = run({
    name: 'tell-webhooks',
    everyMs: LOOK_MS,
    run: async (signal) => ((await dispatcher.run(signal)) ? new Date(0) : undefined),
  });
  const listening = log.onWritten(() => telling.wake());
  stops.push(() => listening.close());
}
