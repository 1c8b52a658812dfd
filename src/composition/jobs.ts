import type { Logger } from 'pino';
import { JobLoop } from '../adapters/jobs/job-loop.ts';
import type { PeriodicJob } from '../adapters/jobs/periodic-job.ts';
import type { PromMetrics } from '../adapters/metrics/prom-metrics.ts';
import type { PgAuditStore } from '../adapters/pg/pg-audit-store.ts';
import type { PgHistoryStore } from '../adapters/pg/pg-history-store.ts';
import type { PgIdempotencyStore } from '../adapters/pg/pg-idempotency-store.ts';
import type { PgIncomingMessageStore } from '../adapters/pg/pg-incoming-message-store.ts';
import type { PgLinkRates } from '../adapters/pg/pg-link-rates.ts';
import type { PgLinkReports } from '../adapters/pg/pg-link-reports.ts';
import type { PgLinkStore } from '../adapters/pg/pg-link-store.ts';
import type { PgObjectStore } from '../adapters/pg/pg-object-store.ts';
import type { PgPushOutbox } from '../adapters/pg/pg-push-outbox.ts';
import type { PgSessionStore } from '../adapters/pg/pg-session-store.ts';
import type { PgTreeReports } from '../adapters/pg/pg-tree-reports.ts';
import type { PrismaDeliveryStore } from '../adapters/prisma/prisma-delivery-store.ts';
import type { SystemClock } from '../adapters/secrets/system-clock.ts';
import type { SystemEntropy } from '../adapters/secrets/system-entropy.ts';
import type { SmppLinks } from '../adapters/smpp/smpp-links.ts';
import type { Config } from '../config.ts';
import type { Link } from '../domain/link.ts';
import { DEFAULT_PURGE_LIMITS, Purge } from '../services/purge.ts';
import type { SignIn } from '../services/sign-in.ts';

export const SWEEP_MS = 30_000;
export const SWEEP_LIMIT = 1_000;
const RETRIGGER_SWEEP_MS = 5_000;
const RETRIGGER_LIMIT = 100;
/** From one round of removing what is old to the next, and between two runs of one round. */
const PURGE_MS = 10 * 60_000;
const PURGE_REST_MS = 1_000;

export interface JobPorts {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: PromMetrics;
  readonly clock: SystemClock;
  readonly outbox: PgPushOutbox;
  readonly entropy: SystemEntropy;
  readonly links: SmppLinks;
  readonly linkStore: PgLinkStore;
  readonly fixedLinks: readonly Link[];
  readonly linkRates: PgLinkRates;
  readonly linkReports: PgLinkReports;
  /** Unique among the server processes, and new at every start. */
  readonly processId: string;
  readonly incoming: PgIncomingMessageStore;
  readonly sessions: PgSessionStore;
  readonly treeReports: PgTreeReports;
  readonly objects: PgObjectStore;
  readonly idempotency: PgIdempotencyStore;
  readonly histories: PgHistoryStore;
  readonly deliveries: PrismaDeliveryStore;
  readonly signIn: SignIn;
  readonly audit: PgAuditStore;
}

/** Starts a job, which ends with the server. */
export type RunJob = (job: PeriodicJob) => JobLoop;

export function jobRunner(logger: Logger, stops: (() => Promise<void>)[]): RunJob {
  return (job) => {
    const loop = new JobLoop(job, { log: logger });
    stops.push(() => loop.stop());
    return loop;
  };
}

/** What goes on without anybody asking. */
export function startJobs(ports: JobPorts, run: RunJob): void {
  const { config, clock, sessions, treeReports, objects, idempotency, deliveries } = ports;
  /** A batch at a time; a full one is followed by the next at once. */
  const sweep = (name: string, everyMs: number, batch: (now: Date) => Promise<number>): void => {
    const work = async (): Promise<Date | undefined> =>
      (await batch(clock.now())) < SWEEP_LIMIT ? undefined : clock.now();
    run({ name, everyMs, run: work });
  };
  const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);
  sweep('expire-deliveries', SWEEP_MS, (now) => deliveries.expireDue(now, SWEEP_LIMIT));
  sweep('expire-idempotency-keys', 60 * SWEEP_MS, (now) => idempotency.expire(now, SWEEP_LIMIT));
  sweep('close-silent-sessions', SWEEP_MS, (now) =>
    sessions.closeSilent(before(now, config.sessionSilenceMs), now, SWEEP_LIMIT),
  );
  sweep('work-in-tree-reports', SWEEP_MS, (now) => treeReports.workIn(before(now, SWEEP_MS), SWEEP_LIMIT));
  sweep('remove-abandoned-objects', SWEEP_MS, () => objects.removeAbandoned(SWEEP_LIMIT));
  const { incoming, audit, deliveries: deliveriesMs, pushes: pushesMs, ...histories } = config.retainMs;
  if (incoming !== undefined) {
    sweep('forget-incoming-messages', 60 * SWEEP_MS, (now) =>
      ports.incoming.removeBefore(before(now, incoming), SWEEP_LIMIT),
    );
  }
  const purge = new Purge(
    { histories: ports.histories, clock, metrics: ports.metrics.purge },
    {
      ...DEFAULT_PURGE_LIMITS,
      keepMs: {
        ...histories,
        ...(deliveriesMs === undefined ? {} : { deliveries: deliveriesMs, objects: deliveriesMs }),
        ...(histories.events === undefined ? {} : { webhookMessages: histories.events }),
        ...(pushesMs === undefined ? {} : { pushes: pushesMs, sends: pushesMs }),
      },
    },
  );
  run({
    name: 'purge',
    everyMs: PURGE_MS,
    run: async (signal) => ((await purge.run(signal)) ? undefined : new Date(clock.now().getTime() + PURGE_REST_MS)),
  });
  sweep('forget-signed-out', 10 * SWEEP_MS, () => ports.signIn.clear(SWEEP_LIMIT));
  if (audit !== undefined) {
    sweep('forget-audit', 60 * SWEEP_MS, (now) => ports.audit.removeBefore(before(now, audit), SWEEP_LIMIT));
  }
  sweep('match-receipts', SWEEP_MS, async (now) => {
    await ports.outbox.matchReceipts(now, SWEEP_LIMIT);
    return 0;
  });
  sweep('retrigger', RETRIGGER_SWEEP_MS, async (now) => {
    const newIds = Array.from({ length: RETRIGGER_LIMIT }, () => ports.entropy.id());
    const made = await ports.outbox.retrigger(now, config.retriggerMax + 1, newIds);
    ports.metrics.push.retriggered(made);
    return made < RETRIGGER_LIMIT ? 0 : SWEEP_LIMIT;
  });
}
