import type { PgEventLog } from '../adapters/pg/pg-event-log.ts';
import type { WebhookDispatcher } from '../services/webhook-dispatcher.ts';
import type { RunJob } from './jobs.ts';

const LOOK_MS = 1_000;

/** What tells webhooks of events. */
export function startWebhooks(
  { dispatcher, log }: { readonly dispatcher: WebhookDispatcher; readonly log: PgEventLog },
  run: RunJob,
  stops: (() => Promise<void>)[],
): void {
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
