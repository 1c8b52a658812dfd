import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Koa from 'koa';
import type { Logger } from 'pino';
import { ThreadedCompiler } from './adapters/compiler/threaded-compiler.ts';
import { DM_PATH, dmDoor } from './adapters/dm-http/dm-door.ts';
import { startListener } from './adapters/listener/listener.ts';
import { promMetrics } from './adapters/metrics/prom-metrics.ts';
import { createPool } from './adapters/pg/create-pool.ts';
import { PgAlertStore } from './adapters/pg/pg-alert-store.ts';
import { PgBootstrapStore } from './adapters/pg/pg-bootstrap-store.ts';
import { PgCampaignStore } from './adapters/pg/pg-campaign-store.ts';
import { PgCampaignWork } from './adapters/pg/pg-campaign-work.ts';
import { PgDeviceTimelineStore } from './adapters/pg/pg-device-timeline-store.ts';
import { PgEventLog } from './adapters/pg/pg-event-log.ts';
import { PgHistoryStore } from './adapters/pg/pg-history-store.ts';
import { PgIdempotencyStore } from './adapters/pg/pg-idempotency-store.ts';
import { PgIncomingMessageStore } from './adapters/pg/pg-incoming-message-store.ts';
import { PgLinkRates } from './adapters/pg/pg-link-rates.ts';
import { PgLinkReports } from './adapters/pg/pg-link-reports.ts';
import { PgLinkStore } from './adapters/pg/pg-link-store.ts';
import { PgObjectStore } from './adapters/pg/pg-object-store.ts';
import { PgOtaStore } from './adapters/pg/pg-ota-store.ts';
import { PgOverviewStore } from './adapters/pg/pg-overview-store.ts';
import { PgPushOutbox } from './adapters/pg/pg-push-outbox.ts';
import { PgSessionStore } from './adapters/pg/pg-session-store.ts';
import { PgSettingStore } from './adapters/pg/pg-setting-store.ts';
import { PgTreeReports } from './adapters/pg/pg-tree-reports.ts';
import { createPrisma } from './adapters/prisma/create-prisma.ts';
import { PrismaDeliveryStore } from './adapters/prisma/prisma-delivery-store.ts';
import { PrismaDescriptionStore } from './adapters/prisma/prisma-description-store.ts';
import { PrismaDeviceStore } from './adapters/prisma/prisma-device-store.ts';
import { PrismaPackageStore } from './adapters/prisma/prisma-package-store.ts';
import { PrismaTreeJobStore } from './adapters/prisma/prisma-tree-job-store.ts';
import { staticTokenVerifier, type TokenVerifier } from './adapters/rest/authentication.ts';
import { restRouter } from './adapters/rest/rest-router.ts';
import { isLongUpload } from './adapters/rest/routes/imports.ts';
import { loadOrMakeAdminToken } from './adapters/secrets/admin-token.ts';
import { AesGcmSecretBox } from './adapters/secrets/aes-gcm-secret-box.ts';
import { loadOrMakeKey } from './adapters/secrets/secret-key.ts';
import { SystemClock } from './adapters/secrets/system-clock.ts';
import { SystemEntropy } from './adapters/secrets/system-entropy.ts';
import { parseSmppUrls, SmppUrlError } from './adapters/smpp/smpp-url.ts';
import { webPage } from './adapters/web-page/web-page.ts';
import { access, makeFirstAdmin } from './composition/access.ts';
import { startCampaigns, workInAll } from './composition/campaigns.ts';
import { database, untilMigrated } from './composition/database.ts';
import { startEvents } from './composition/events.ts';
import { fleetServices, startImports } from './composition/fleet.ts';
import { type JobPorts, jobRunner, startJobs } from './composition/jobs.ts';
import { createLogger } from './composition/logger.ts';
import { linksCheck, smppLinks, startPushing } from './composition/pushing.ts';
import { startWebhooks, webhookServices } from './composition/webhooks.ts';
import { type Config, ConfigError, defaultPublicUrl, readConfig } from './config.ts';
import { Alerts } from './services/alerts.ts';
import { Bootstrap } from './services/bootstrap.ts';
import { Campaigns } from './services/campaigns.ts';
import { Deliveries } from './services/deliveries.ts';
import { Descriptions } from './services/descriptions.ts';
import { DeviceTimelines } from './services/device-timelines.ts';
import { Devices } from './services/devices.ts';
import { DmMessages } from './services/dm-messages.ts';
import { EventHub } from './services/event-hub.ts';
import { Events } from './services/events.ts';
import { IncomingMessages } from './services/incoming-messages.ts';
import { KnownTrees } from './services/known-trees.ts';
import { Links } from './services/links.ts';
import { Objects } from './services/objects.ts';
import { Ota } from './services/ota.ts';
import { Overview } from './services/overview.ts';
import { Packages } from './services/packages.ts';
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

/** Where the build puts the web page, seen from `src/` as from `dist/`. */
const WEB_FOLDER = fileURLToPath(new URL('../dist/web', import.meta.url));

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
  const treeReports = new PgTreeReports(pool);
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

  const eventLog = new PgEventLog(pool);
  const eventHub = new EventHub(eventLog);
  const fleet = fleetServices(pool, { box, clock, entropy }, config);
  const calls = webhookServices(pool, { box, clock, entropy, log: eventLog }, config, VERSION, stops);

  const people = access(pool, clock, entropy, logger);
  let isOpen = false;
  let verifyToken: TokenVerifier = () => Promise.resolve(false);
  const incomingStore = new PgIncomingMessageStore(pool);
  const incoming = new IncomingMessages({ incoming: incomingStore, clock, entropy });
  const fixedLinks = config.smppUrl === undefined ? [] : parseSmppUrls(config.smppUrl);
  const linkStore = new PgLinkStore(pool, box);
  const linkReports = new PgLinkReports(pool);
  const processId = `${hostname()} ${process.pid} ${randomUUID()}`;
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
        ...fleet,
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
        links: new Links({
          links: linkStore,
          fixed: fixedLinks,
          monitor: links,
          reports: linkReports,
          processId,
          clock,
          entropy,
        }),
        incoming,
        alerts: new Alerts({ alerts: new PgAlertStore(pool), devices: stores.devices }),
        timelines: new DeviceTimelines({ timeline: new PgDeviceTimelineStore(pool), devices: stores.devices }),
        trees: new KnownTrees(stores),
        descriptions: new Descriptions(stores, { maxBytes: config.maxUploadBytes }),
        treeJobs: new TreeJobs(stores, { ttlMs: config.deliveryTtlMs }),
        campaigns: new Campaigns(
          {
            ...stores,
            campaigns: new PgCampaignStore(pool, box),
            workInReports: () => workInAll(treeReports, clock),
          },
          { ttlMs: config.deliveryTtlMs },
        ),
        ota: new Ota(
          { ...stores, ota: new PgOtaStore(pool, box) },
          { ttlMs: config.deliveryTtlMs, serverId: config.dmServerId },
        ),
        objects: new Objects({ objects }),
        events: new Events({ log: eventLog, hub: eventHub }),
        keys: people.keys,
        users: people.users,
        signIn: people.signIn,
        audit: people.audit,
        webhooks: calls.webhooks,
        overview: new Overview({ overview: new PgOverviewStore(pool), outbox, clock }),
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

  app.use(webPage({ folder: WEB_FOLDER }));

  const listener = await startListener({
    host: config.host,
    port: config.port,
    ...(config.tls !== undefined && { tls: config.tls }),
    trustedProxies: config.trustedProxies,
    handler: app.callback(),
    mayTakeLong: isLongUpload,
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
    const ports: JobPorts = {
      config,
      logger,
      metrics,
      clock,
      entropy,
      outbox,
      links,
      linkStore,
      fixedLinks,
      linkRates: new PgLinkRates(pool),
      linkReports,
      processId,
      incoming: incomingStore,
      sessions,
      treeReports,
      objects,
      idempotency,
      histories: new PgHistoryStore(pool),
      deliveries: stores.deliveries,
      signIn: people.signIn,
      audit: people.auditStore,
    };
    const runJob = jobRunner(logger, stops);
    startJobs(ports, runJob);
    startPushing(ports, runJob, stops);
    startCampaigns({ ...ports, packages: stores.packages }, new PgCampaignWork(pool, box), runJob, stops);
    startImports(fleet.imports, runJob);
    startEvents({ log: eventLog, hub: eventHub }, runJob, stops);
    startWebhooks(calls, { metrics: metrics.webhook, logger }, runJob, stops);
    // Before anybody can come in and make another user: then there would be no first one.
    await makeFirstAdmin(people.users, config, logger);
    isOpen = true;
    logger.info({ url, publicUrl: config.publicUrl ?? url, serverId: config.dmServerId }, 'ready');
  };
  const ready = open();
  ready.catch(() => {});
  return { url, ready, failed };
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
