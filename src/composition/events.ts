import type { PgEventLog } from '../adapters/pg/pg-event-log.ts';
import type { EventHub } from '../services/event-hub.ts';
import type { RunJob } from './jobs.ts';

/** How long what single devices do may stay unseen: nobody is told of it, it is looked for. */
const LOOK_MS = 1_000;
/** Only data that was just moved here has any. */
const ADOPT_MS = 3_600_000;
const ADOPTED_AT_ONCE = 5_000;

/** What reads the log of events for all who follow it. */
export function startEvents(
  { log, hub }: { readonly log: PgEventLog; readonly hub: EventHub },
  run: RunJob,
  stops: (() => Promise<void>)[],
): void {
  const reading = run({
    name: 'read-events',
    everyMs: LOOK_MS,
    run: async () => ((await hub.run()) ? new Date(0) : undefined),
  });
  run({
    name: 'adopt-events',
    everyMs: ADOPT_MS,
    run: async () => ((await log.adopt(ADOPTED_AT_ONCE)) < ADOPTED_AT_ONCE ? undefined : new Date(0)),
  });
  hub.onNeeded = () => reading.wake();
  const listening = log.onWritten(() => reading.wake());
  stops.push(
    () => listening.close(),
    // Streams end before the listener waits for its requests to end.
    async () => hub.close(),
  );
}
