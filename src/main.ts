import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { pathToFileURL } from 'node:url';
import Koa from 'koa';
import { type Logger, pino } from 'pino';
import { ThreadedCompiler } from './adapters/compiler/threaded-compiler.ts';
import { DM_PATH, dmDoor } from './adapters/dm-http/dm-door.ts';
import { startEmbeddedPostgres } from './adapters/embedded-postgres/start-embedded-postgres.ts';
import { JobLoop } from './adapters/jobs/job-loop.ts';
import type { PeriodicJob } from './adapters/jobs/periodic-job.ts';
import { startListener } from './adapters/listener/listener.ts';
import { type PromMetrics, promMetrics } from './adapters/metrics/prom-metrics.ts';
import { createPool } from './adapters/pg/create-pool.ts';
import { PgAlertStore } from './adapters/pg/pg-alert-store.ts';
import { PgBootstrapStore } from './adapters/pg/pg-bootstrap-store.ts';
import { PgIdempotencyStore } from './adapters/pg/pg-idempotency-store.ts';
import { PgIncomingMessageStore } from './adapters/pg/pg-incoming-message-store.ts';
import { PgLinkStore } from './adapters/pg/pg-link-store.ts';
import { PgObjectStore } from './adapters/pg/pg-object-store.ts';
import { PgOtaStore } from './adapters/pg/pg-ota-store.ts';
import { PgPushOutbox } from './adapters/pg/pg-push-outbox.ts';
import { PgSessionStore } from './adapters/pg/pg-session-store.ts';
import { PgSettingStore } from './adapters/pg/pg-setting-store.ts';
import { PgTreeReports } from './adapters/pg/pg-tree-reports.ts';
import { createPrisma } from './adapters/prisma/create-prisma.ts';
import { migrate } from './adapters/prisma/migrate.ts';
import { PrismaDeliveryStore } from './adapters/prisma/prisma-delivery-store.ts';
import { PrismaDescriptionStore } from './adapters/prisma/prisma-description-store.ts';
import { PrismaDeviceStore } from './adapters/prisma/prisma-device-store.ts';
import { PrismaPackageStore } from './adapters/prisma/prisma-package-store.ts';
import { PrismaTreeJobStore } from './adapters/prisma/prisma-tree-job-store.ts';
import { staticTokenVerifier, type TokenVerifier } from './adapters/rest/bearer-auth.ts';
import { restRouter } from './adapters/rest/rest-router.ts';
import { loadOrMakeAdminToken } from './adapters/secrets/admin-token.ts';
import { AesGcmSecretBox } from './adapters/secrets/aes-gcm-secret-box.ts';
import { loadOrMakeKey } from './adapters/secrets/secret-key.ts';
import { SystemClock } from './adapters/secrets/system-clock.ts';
import { SystemEntropy } from './adapters/secrets/system-entropy.ts';
import { SmppLinks } from './adapters/smpp/smpp-links.ts';
import { parseSmppUrls, SmppUrlError } from './adapters/smpp/smpp-url.ts';
import { type Config, ConfigError, defaultPublicUrl, readConfig } from './config.ts';
import type { Link } from './domain/link.ts';
import { DEFAULT_PUSH_POLICY } from './domain/push.ts';
import { Alerts } from './services/alerts.ts';
import { AppError } from './services/app-error.ts';
import { Bootstrap } from './services/bootstrap.ts';
import { Deliveries } from './services/deliveries.ts';
import { Descriptions } from './services/descriptions.ts';
import { Devices } from './services/devices.ts';
import { DmMessages } from './services/dm-messages.ts';
import { IncomingMessages } from './services/incoming-messages.ts';
import { KnownTrees } from './services/known-trees.ts';
import { Links } from './services/links.ts';
import { Objects } from './services/objects.ts';
import { Ota } from './services/ota.ts';
import { Packages } from './services/packages.ts';
import { PushDispatcher } from './services/push-dispatcher.ts';
import { PushReceipts } from './services/push-receipts.ts';
import { Pushes } from './services/pushes.ts';
import { Sessions } from './services/sessions.ts';
import { TreeJobs } from './services/tree-jobs.ts';

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Resolves when the database is migrated and everything works. Until then callers are answered 503. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the server cannot go on, e.g. because its embedded database has died. */
  readonly failed: Promise<string>;
  /** Finishes what is under way, then stops everything that was started. May be called more than once. */
  stop(): Promise<void>;
}

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const DATABASE_RETRY_MS = 1_000;
const SWEEP_MS = 30_000;
const SWEEP_LIMIT = 1_000;
/** How often pushes that no link took are looked at anew. */
const REOPEN_MS = 60_000;
const RETRIGGER_SWEEP_MS = 5_000;
const RETRIGGER_LIMIT = 100;
/** Messages from phones are kept so long. */
const INCOMING_MS = 30 * 86_400_000;

/**
 * Puts the server together and starts it. It listens at once; while the database is away, devices and callers are told
 * to repeat, and `ready` waits.
 *
 * @throws Error when the address is taken, or the embedded database cannot be started
 */
export async function startServer(config: Config, logger: Logger = createLogger(config)): Promise<RunningServer> {
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(stops);
    return stopping;
  };
  try {
    const running = await compose(config, logger, stops, () => stopping !== undefined);
    return { ...running, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the drivers hang on their errors (whole clients, statements, values) stays out of the log. */
function createLogger(config: Pick<Config, 'logLevel'>): Logger {
  return pino({ level: config.logLevel, serializers: { err: plainError } });
}

function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: name, message, ...code, stack, ...(cause !== undefined && { cause: plainError(cause) }) };
}

async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  for (const stopOne of stops.splice(0).reverse()) await stopOne();
}

async function compose(
  config: Config,
  logger: Logger,
  stops: (() => Promise<void>)[],
  isStopping: () => boolean,
): Promise<Omit<RunningServer, 'stop'>> {
  const clock = new SystemClock();
  const entropy = new SystemEntropy();
  const metrics = promMetrics();
  const { databaseUrl, failed } = await database(config, logger, stops);
  const key = config.secretKey ?? loadOrMakeKey(config.dataDir);
  const box = new AesGcmSecretBox(key);
  const pool = createPool(databaseUrl, {
    onIdleError: (err) => isStopping() || logger.warn({ err }, 'a database connection broke'),
  });
  stops.push(() => pool.end());
  const prisma = createPrisma(pool);
  stops.push(() => prisma.$disconnect());

  const sessions = new PgSessionStore(pool, box);
  const objects = new PgObjectStore(pool);
  const outbox = new PgPushOutbox(pool, box, {
    serverId: config.dmServerId,
    uncertain: config.pushUncertain,
    ...(config.retriggerMax === 0 ? {} : { retriggerAfterMs: config.retriggerAfterMs }),
  });
  const idempotency = new PgIdempotencyStore(pool);
  const settings = new PgSettingStore(pool);
  const stores = {
    devices: new PrismaDeviceStore(prisma, box),
    packages: new PrismaPackageStore(prisma),
    deliveries: new PrismaDeliveryStore(prisma, box),
    treeJobs: new PrismaTreeJobStore(prisma),
    descriptions: new PrismaDescriptionStore(prisma),
    clock,
    entropy,
  };

  let isOpen = false;
  let verifyToken: TokenVerifier = () => Promise.resolve(false);
  const incomingStore = new PgIncomingMessageStore(pool);
  const incoming = new IncomingMessages({ incoming: incomingStore, clock, entropy });
  const fixedLinks = config.smppUrl === undefined ? [] : parseSmppUrls(config.smppUrl);
  const linkStore = new PgLinkStore(pool, box);
  const links = smppLinks({ outbox, incoming, clock, logger, metrics });
  let listeningPort = config.port;
  const app = new Koa();
  // The listener has seen to it that X-Forwarded-* says nothing else than what trusted proxies have said.
  app.proxy = true;
  app.on('error', (err: Error) => logger.warn({ err }, 'a response could not be sent'));
  app.use(async (ctx, next) => {
    if (isOpen || ctx.path === '/healthz') return next();
    ctx.set('Retry-After', '2');
    ctx.status = 503;
    ctx.body = 'The server is starting: its database is not ready yet.\n';
  });
  app.use(
    dmDoor({
      messages: new DmMessages(
        { sessions, clock, entropy, metrics: metrics.session, log: logger },
        {
          serverId: config.dmServerId,
          ...(config.dmRespUri !== undefined && { respUri: config.dmRespUri }),
          maxMsgSize: config.maxMessageBytes,
          maxObjSize: config.maxObjectBytes,
          minAuth: config.minAuth,
          authScope: config.authScope,
        },
      ),
      metrics: metrics.session,
      log: logger,
      maxBodyBytes: config.maxMessageBytes,
      requireHttps: config.requireHttps,
      gzipReplies: config.gzipReplies,
    }),
  );
  const compiler = new ThreadedCompiler();
  stops.push(() => compiler.close());
  app.use(
    restRouter(
      {
        packages: new Packages({ ...stores, compiler }, { maxBytes: config.maxUploadBytes }),
        devices: new Devices(stores, { minAuth: config.minAuth }),
        bootstrap: new Bootstrap(
          { ...stores, bootstraps: new PgBootstrapStore(pool, box), outbox },
          {
            serverId: config.dmServerId,
            address: () => `${config.publicUrl ?? defaultPublicUrl(config, listeningPort)}${DM_PATH}`,
            ttlMs: config.deliveryTtlMs,
            minAuth: config.minAuth,
          },
        ),
        deliveries: new Deliveries(stores, { ttlMs: config.deliveryTtlMs, serverId: config.dmServerId }),
        sessions: new Sessions({ sessions }),
        pushes: new Pushes({ outbox, clock }),
        links: new Links({ links: linkStore, fixed: fixedLinks, monitor: links, clock, entropy }),
        incoming,
        alerts: new Alerts({ alerts: new PgAlertStore(pool), devices: stores.devices }),
        trees: new KnownTrees(stores),
        descriptions: new Descriptions(stores, { maxBytes: config.maxUploadBytes }),
        treeJobs: new TreeJobs(stores, { ttlMs: config.deliveryTtlMs }),
        ota: new Ota(
          { ...stores, ota: new PgOtaStore(pool, box) },
          { ttlMs: config.deliveryTtlMs, serverId: config.dmServerId },
        ),
        objects: new Objects({ objects }),
      },
      {
        logger,
        verifyToken: (token) => verifyToken(token),
        idempotency: {
          store: idempotency,
          clock,
          fingerprintKey: createHmac('sha256', key).update('idempotency').digest(),
        },
        maxUploadBytes: config.maxUploadBytes,
        version: VERSION,
        httpMetrics: metrics.http,
        metricsText: () => metrics.render(),
        checks: {
          database: {
            required: true,
            check: async () => {
              await pool.query('SELECT 1');
              return { state: 'up' };
            },
          },
          smpp: {
            required: false,
            check: () => Promise.resolve(linksCheck(links.current)),
          },
        },
      },
    ),
  );

  const listener = await startListener({
    host: config.host,
    port: config.port,
    ...(config.tls !== undefined && { tls: config.tls }),
    trustedProxies: config.trustedProxies,
    handler: app.callback(),
    log: logger,
  });
  stops.push(() => listener.close());
  listeningPort = listener.port;
  const url = defaultPublicUrl(config, listener.port);
  logger.info({ url }, 'listening');

  const open = async (): Promise<void> => {
    await untilMigrated(databaseUrl, logger, isStopping);
    if (isStopping()) return;
    if (config.adminToken !== undefined) verifyToken = staticTokenVerifier(config.adminToken);
    else {
      const token = await loadOrMakeAdminToken(settings);
      verifyToken = (given) => token.verify(given);
      // The one time it is shown; not through the log, which is kept.
      if (token.made !== undefined) process.stdout.write(`\nAdmin token (shown only now): ${token.made}\n\n`);
    }
    stops.push(() => links.close());
    links.set(fixedLinks);
    startJobs(
      {
        config,
        logger,
        metrics,
        clock,
        entropy,
        outbox,
        links,
        linkStore,
        fixedLinks,
        incoming: incomingStore,
        sessions,
        treeReports: new PgTreeReports(pool),
        objects,
        idempotency,
        deliveries: stores.deliveries,
      },
      stops,
    );
    isOpen = true;
    logger.info({ url, publicUrl: config.publicUrl ?? url, serverId: config.dmServerId }, 'ready');
  };
  const ready = open();
  ready.catch(() => {});
  return { url, ready, failed };
}

/** The database named, or one of our own. */
async function database(
  config: Config,
  logger: Logger,
  stops: (() => Promise<void>)[],
): Promise<{ databaseUrl: string; failed: Promise<string> }> {
  if (config.databaseUrl !== undefined) {
    return { databaseUrl: config.databaseUrl, failed: new Promise(() => {}) };
  }
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log: (text) => logger.info(text) });
  stops.push(() => postgres.stop());
  return {
    databaseUrl: postgres.url,
    failed: postgres.died.then((tail) => `the embedded PostgreSQL has ended: ${tail}`),
  };
}

/** A database that is away at the start is waited for; one that cannot be migrated is not. */
async function untilMigrated(databaseUrl: string, logger: Logger, isStopping: () => boolean): Promise<void> {
  while (!isStopping()) {
    try {
      const applied = await migrate(databaseUrl);
      if (applied.length > 0) logger.info({ applied }, 'database migrated');
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      logger.warn({ err: error }, 'the database cannot be reached; trying again');
      await new Promise((resolve) => setTimeout(resolve, DATABASE_RETRY_MS));
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable';
}

/** The links of this process, without any yet. */
function smppLinks({
  outbox,
  incoming,
  clock,
  logger,
  metrics,
}: Pick<JobPorts, 'outbox' | 'clock' | 'logger' | 'metrics'> & { readonly incoming: IncomingMessages }): SmppLinks {
  const receipts = new PushReceipts(outbox, clock);
  return new SmppLinks({
    log: logger,
    onReceipt: async (link, receipt) => {
      await receipts.record(receipt);
      metrics.push.receiptStored(link.name, receipt.state);
    },
    onIncoming: async (link, sms) => {
      await incoming.keep(link.id, sms);
      metrics.push.incomingStored(link.name);
    },
    onSubmitted: (link, outcome, durationMs) => metrics.push.partSubmitted(link.name, outcome, durationMs),
    onState: (link, state) => metrics.push.linkChanged(link.name, state),
  });
}

function linksCheck(current: SmppLinks['current']): {
  readonly state: 'up' | 'down' | 'off';
  readonly detail?: string;
} {
  if (current.length === 0) return { state: 'off' };
  const bound = current.filter(({ link }) => link.state === 'bound').length;
  const [only] = current;
  const detail = current.length === 1 && only ? only.link.state : `${bound} of ${current.length} links are bound`;
  return { state: bound > 0 ? 'up' : 'down', detail };
}

interface JobPorts {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: PromMetrics;
  readonly clock: SystemClock;
  readonly outbox: PgPushOutbox;
  readonly entropy: SystemEntropy;
  readonly links: SmppLinks;
  readonly linkStore: PgLinkStore;
  readonly fixedLinks: readonly Link[];
  readonly incoming: PgIncomingMessageStore;
  readonly sessions: PgSessionStore;
  readonly treeReports: PgTreeReports;
  readonly objects: PgObjectStore;
  readonly idempotency: PgIdempotencyStore;
  readonly deliveries: PrismaDeliveryStore;
}

/** What goes on without anybody asking. */
function startJobs(ports: JobPorts, stops: (() => Promise<void>)[]): void {
  const { config, logger, clock, sessions, treeReports, objects, idempotency, deliveries } = ports;
  const run = (job: PeriodicJob): JobLoop => {
    const loop = new JobLoop(job, { log: logger });
    stops.push(() => loop.stop());
    return loop;
  };
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
  sweep('forget-incoming-messages', 60 * SWEEP_MS, (now) =>
    ports.incoming.removeBefore(before(now, INCOMING_MS), SWEEP_LIMIT),
  );
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
  startPushing(ports, run, stops);
}

function startPushing(
  { config, logger, metrics, clock, outbox, links, linkStore, fixedLinks }: JobPorts,
  run: (job: PeriodicJob) => JobLoop,
  stops: (() => Promise<void>)[],
): void {
  const dispatcher = new PushDispatcher({
    outbox,
    links,
    clock,
    random: Math.random,
    workerId: `${hostname()} ${process.pid} ${randomUUID()}`,
    policy: { ...DEFAULT_PUSH_POLICY, maxAttempts: config.pushMaxAttempts, uncertain: config.pushUncertain },
    onOutcome: (outcome) => metrics.push.pushDecided(outcome.decision.state),
    onFault: (err, what) => logger.warn({ err }, what),
  });
  const loop = run({
    name: 'dispatch-pushes',
    everyMs: 5_000,
    run: (signal) => dispatcher.run(signal),
    wake: () => dispatcher.wake(),
  });
  const watch = (): void => {
    for (const { link } of links.current) {
      if (watched.has(link)) continue;
      watched.add(link);
      link.onStateChange((state) => {
        if (state === 'bound') loop.wake();
      });
    }
    loop.wake();
  };
  const watched = new WeakSet<object>();
  watch();
  links.onChange(watch);
  const listening = outbox.onEnqueued(() => loop.wake());
  stops.push(() => listening.close());
  metrics.watch({
    links: () => links.gauges(dispatcher.load),
    depth: () => outbox.depth(clock.now()),
    now: () => clock.now(),
  });
  const reloading = run({
    name: 'reload-links',
    everyMs: SWEEP_MS,
    run: async () => links.set([...fixedLinks, ...(await linkStore.all())]),
  });
  const hearing = linkStore.onChanged(() => reloading.wake());
  stops.push(() => hearing.close());
  run({
    name: 'reopen-lanes',
    everyMs: REOPEN_MS,
    run: async () => {
      const known = links.current.length === 0 ? [] : dispatcher.lanes;
      if ((await outbox.reopenLanes(known, clock.now(), SWEEP_LIMIT)) > 0) loop.wake();
    },
  });
}

async function run(): Promise<void> {
  let config: Config;
  try {
    config = readConfig(process.env, { SMPP_URL: smppFaults });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  const logger = createLogger(config);
  const end = async (server: RunningServer | undefined, code: number): Promise<void> => {
    await server?.stop();
    process.exit(code);
  };
  try {
    const server = await startServer(config, logger);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        logger.info({ signal }, 'stopping');
        void end(server, 0);
      });
    }
    void server.failed.then((reason) => {
      logger.fatal(reason);
      return end(server, 1);
    });
    await server.ready.catch((err: unknown) => {
      logger.fatal({ err }, 'the server cannot start');
      return end(server, 1);
    });
  } catch (err) {
    logger.fatal({ err }, 'the server cannot start');
    process.exit(1);
  }
}

function smppFaults(value: string): readonly string[] {
  try {
    parseSmppUrls(value);
    return [];
  } catch (error) {
    if (error instanceof SmppUrlError) return error.faults;
    throw error;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run();
