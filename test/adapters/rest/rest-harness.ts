import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { pino } from 'pino';
import { promMetrics } from '../../../src/adapters/metrics/prom-metrics.ts';
import { staticTokenVerifier } from '../../../src/adapters/rest/authentication.ts';
import { TextDeviceLineReader } from '../../../src/adapters/rest/device-lines/device-line-reader.ts';
import { type RestOptions, restRouter } from '../../../src/adapters/rest/rest-router.ts';
import type { CheckOutcome } from '../../../src/adapters/rest/routes/operations.ts';
import type { Link } from '../../../src/domain/link.ts';
import { Alerts } from '../../../src/services/alerts.ts';
import { ApiKeys } from '../../../src/services/api-keys.ts';
import { AuditLog } from '../../../src/services/audit-log.ts';
import { Bootstrap } from '../../../src/services/bootstrap.ts';
import { Campaigns } from '../../../src/services/campaigns.ts';
import { Deliveries } from '../../../src/services/deliveries.ts';
import { Descriptions } from '../../../src/services/descriptions.ts';
import { DeviceFilters } from '../../../src/services/device-filters.ts';
import { DeviceTimelines } from '../../../src/services/device-timelines.ts';
import { Devices } from '../../../src/services/devices.ts';
import { EventHub } from '../../../src/services/event-hub.ts';
import { Events } from '../../../src/services/events.ts';
import { Fleet } from '../../../src/services/fleet.ts';
import { Imports } from '../../../src/services/imports.ts';
import { IncomingMessages } from '../../../src/services/incoming-messages.ts';
import { KnownTrees } from '../../../src/services/known-trees.ts';
import { Links } from '../../../src/services/links.ts';
import { NewDevices } from '../../../src/services/new-devices.ts';
import { Objects } from '../../../src/services/objects.ts';
import { Ota } from '../../../src/services/ota.ts';
import { Overview } from '../../../src/services/overview.ts';
import { Packages } from '../../../src/services/packages.ts';
import type { OverviewStore } from '../../../src/services/ports/overview-store.ts';
import { Pushes } from '../../../src/services/pushes.ts';
import { Sessions } from '../../../src/services/sessions.ts';
import { SignIn } from '../../../src/services/sign-in.ts';
import { TreeJobs } from '../../../src/services/tree-jobs.ts';
import { Users } from '../../../src/services/users.ts';
import { Webhooks } from '../../../src/services/webhooks.ts';
import { CountingEntropy, FixedClock } from '../../fakes/fixed-clock.ts';
import { inlineCompiler } from '../../fakes/inline-compiler.ts';
import { MemoryAlertStore } from '../../fakes/memory-alert-store.ts';
import { MemoryApiKeyStore } from '../../fakes/memory-api-key-store.ts';
import { MemoryAuditStore } from '../../fakes/memory-audit-store.ts';
import { MemoryBootstrapStore } from '../../fakes/memory-bootstrap-store.ts';
import { MemoryCampaignStore } from '../../fakes/memory-campaign-store.ts';
import { MemoryDeliveryStore } from '../../fakes/memory-delivery-store.ts';
import { MemoryDescriptionStore } from '../../fakes/memory-description-store.ts';
import { MemoryDeviceFilterStore } from '../../fakes/memory-device-filter-store.ts';
import { MemoryDeviceStore } from '../../fakes/memory-device-store.ts';
import { MemoryDeviceTimelineStore } from '../../fakes/memory-device-timeline-store.ts';
import { MemoryEventLog } from '../../fakes/memory-event-log.ts';
import { MemoryFleetStore } from '../../fakes/memory-fleet-store.ts';
import { MemoryIdempotencyStore } from '../../fakes/memory-idempotency-store.ts';
import { MemoryImportStore } from '../../fakes/memory-import-store.ts';
import { MemoryIncomingMessageStore } from '../../fakes/memory-incoming-message-store.ts';
import { MemoryLinkReports } from '../../fakes/memory-link-reports.ts';
import { MemoryLinkStore, ScriptedLinkMonitor } from '../../fakes/memory-link-store.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { MemoryOtaStore } from '../../fakes/memory-ota-store.ts';
import { MemoryPackageStore } from '../../fakes/memory-package-store.ts';
import { MemorySessionLog } from '../../fakes/memory-session-log.ts';
import { MemoryTreeJobStore } from '../../fakes/memory-tree-job-store.ts';
import { MemoryUserStore } from '../../fakes/memory-user-store.ts';
import { MemoryWebhookStore } from '../../fakes/memory-webhook-store.ts';
import { PlainPasswordHasher } from '../../fakes/plain-password-hasher.ts';
import { InMemoryPushOutbox } from '../../services/push-outbox-in-memory.ts';
import { schemaFaults } from './json-schema.ts';

type Json = Record<string, unknown>;

export const TOKEN = 'the-admin-token-of-these-tests';

/** A Get and a Replace with one variable. */
export const PACKAGE_XML = `<SyncBody>
  <Get><CmdID>1</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>
  <Replace><CmdID>2</CmdID><Item><Target><LocURI>./AP/Name</LocURI></Target><Data>{{apn}}</Data></Item></Replace>
  <Final/>
</SyncBody>`;

export const PLAIN_XML = PACKAGE_XML.replace('{{apn}}', 'internet');

export const CP_XML = `<wap-provisioningdoc><characteristic type="APPLICATION"><parm name="APPID" value="w7"/></characteristic></wap-provisioningdoc>`;

export const DEVICE = {
  deviceId: 'IMEI:493005100592800',
  msisdn: '+491701234567',
  imsi: '262011234567890',
  dm: {
    auth: 'md5',
    client: { username: 'device1', password: 'client-SECRET-1', nonce: 'Y2xpZW50LW5vbmNlLTE=' },
    server: { password: 'server-SECRET-1', nonce: 'c2VydmVyLW5vbmNlLTE=' },
  },
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON; undefined for other bodies. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it by name
  readonly json: any;
}

export interface Call {
  readonly body?: unknown;
  readonly raw?: string | Uint8Array;
  readonly type?: string;
  readonly headers?: Record<string, string>;
  readonly token?: string | null;
}

/** The REST side of the server on a loopback port, with stores in memory. Every answer is held against the document. */
export class RestHarness {
  readonly clock = new FixedClock();
  readonly packages = new MemoryPackageStore();
  readonly devices = new MemoryDeviceStore();
  readonly deliveries = new MemoryDeliveryStore(this.packages);
  readonly outbox = new InMemoryPushOutbox();
  readonly bootstraps = new MemoryBootstrapStore(this.devices, this.outbox);
  readonly sessions = new MemorySessionLog();
  readonly alerts = new MemoryAlertStore();
  readonly timeline = new MemoryDeviceTimelineStore();
  readonly treeJobs = new MemoryTreeJobStore();
  readonly descriptions = new MemoryDescriptionStore();
  readonly ota = new MemoryOtaStore(this.devices);
  readonly objects = new MemoryObjectStore();
  readonly importStore = new MemoryImportStore(this.devices);
  imports!: Imports;
  readonly events = new MemoryEventLog();
  readonly webhooks = new MemoryWebhookStore();
  readonly eventHub = new EventHub(this.events, { beatMs: 50 });
  readonly campaigns = new MemoryCampaignStore();
  readonly links = new MemoryLinkStore();
  readonly keys = new MemoryApiKeyStore();
  readonly users = new MemoryUserStore();
  readonly hasher = new PlainPasswordHasher();
  readonly audit = new MemoryAuditStore();
  readonly overview: OverviewStore = {
    counts: async () => ({ openSessions: 0, sessionsByMinute: new Map(), deliveries: {}, isCapped: false }),
  };
  readonly fixedLinks: Link[] = [];
  readonly linkMonitor = new ScriptedLinkMonitor();
  readonly linkReports = new MemoryLinkReports();
  readonly incoming = new MemoryIncomingMessageStore();
  readonly idempotency = new MemoryIdempotencyStore();
  readonly metrics = promMetrics({ processMetrics: false });
  readonly checks: Record<string, { required: boolean; check: () => Promise<CheckOutcome> }> = {
    database: { required: true, check: async () => ({ state: 'up' }) },
    smpp: { required: false, check: async () => ({ state: 'off' }) },
  };
  /** Everything that was logged, as text. */
  readonly log: string[] = [];
  /** Everything that was answered, headers included. */
  readonly said: string[] = [];
  #server: Server | undefined;
  #document: Json | undefined;
  url = '';

  async start(changes: Partial<RestOptions> = {}): Promise<this> {
    const entropy = new CountingEntropy();
    const { descriptions } = this;
    const { clock, packages, devices, deliveries, sessions, alerts } = this;
    const newDevices = new NewDevices({ entropy });
    const lines = new TextDeviceLineReader();
    this.imports = new Imports(
      { imports: this.importStore, lines, newDevices, clock: this.clock, entropy },
      { maxBytes: 100_000 },
    );
    const filters = new DeviceFilters({ filters: new MemoryDeviceFilterStore(), clock, entropy });
    const services = {
      packages: new Packages({ packages, descriptions, compiler: inlineCompiler, clock, entropy }),
      devices: new Devices({ devices, clock, entropy }),
      fleet: new Fleet({ fleet: new MemoryFleetStore(devices), filters, clock }),
      filters,
      imports: this.imports,
      bootstrap: new Bootstrap(
        { devices, bootstraps: this.bootstraps, outbox: this.outbox, clock, entropy },
        { serverId: 'omadm', address: () => 'http://dm.test/dm', ttlMs: 7 * 86_400_000 },
      ),
      deliveries: new Deliveries(
        { deliveries, packages, devices, descriptions, clock, entropy },
        { ttlMs: 7 * 86_400_000, serverId: 'omadm' },
      ),
      sessions: new Sessions({ sessions }),
      pushes: new Pushes({ outbox: this.outbox, clock }),
      links: new Links({
        links: this.links,
        fixed: this.fixedLinks,
        monitor: this.linkMonitor,
        reports: this.linkReports,
        processId: 'here',
        clock,
        entropy,
      }),
      incoming: new IncomingMessages({ incoming: this.incoming, clock, entropy }),
      alerts: new Alerts({ alerts, devices }),
      timelines: new DeviceTimelines({ timeline: this.timeline, devices }),
      trees: new KnownTrees({ devices }),
      descriptions: new Descriptions({ descriptions, clock, entropy }),
      treeJobs: new TreeJobs({ treeJobs: this.treeJobs, devices, clock, entropy }, { ttlMs: 7 * 86_400_000 }),
      ota: new Ota({ ota: this.ota, packages, clock, entropy }, { ttlMs: 7 * 86_400_000, serverId: 'omadm' }),
      objects: new Objects({ objects: this.objects }),
      campaigns: new Campaigns({ campaigns: this.campaigns, packages, clock, entropy }, { ttlMs: 7 * 86_400_000 }),
      events: new Events({ log: this.events, hub: this.eventHub }),
      webhooks: new Webhooks({
        webhooks: this.webhooks,
        sender: { send: async () => ({ kind: 'answered', status: 204 }), refusalOf: () => undefined },
        log: this.events,
        clock,
        entropy,
      }),
      keys: new ApiKeys({ keys: this.keys, clock, entropy }),
      users: new Users({ users: this.users, hasher: this.hasher, clock, entropy }),
      signIn: new SignIn({ users: this.users, signIns: this.users, hasher: this.hasher, clock, entropy }),
      overview: new Overview({ overview: this.overview, outbox: this.outbox, clock }),
      audit: new AuditLog({ audit: this.audit, clock, entropy }),
    };
    const app = new Koa();
    app.silent = true;
    app.use(
      restRouter(services, {
        logger: pino({ level: 'trace' }, { write: (line: string) => this.log.push(line) }),
        verifyToken: staticTokenVerifier(TOKEN),
        idempotency: { store: this.idempotency, clock, fingerprintKey: new Uint8Array(32) },
        maxUploadBytes: 64 * 1024,
        version: '0.0.0-test',
        checks: this.checks,
        metricsText: () => this.metrics.render(),
        httpMetrics: this.metrics.http,
        ...changes,
      }),
    );
    app.use((ctx) => {
      ctx.status = 418;
      ctx.body = 'somebody else';
    });
    const server = createServer(app.callback());
    // As the listener does it: who waits for 100 Continue waits for the router.
    server.on('checkContinue', app.callback());
    this.#server = server;
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }

  async document(): Promise<Json> {
    this.#document ??= (await (
      await fetch(`${this.url}/api/openapi.json`, { headers: { Authorization: `Bearer ${TOKEN}` } })
    ).json()) as Json;
    return this.#document;
  }

  /** One request. Fails when the answer is not what the document says of that route. */
  async call(method: string, path: string, { body, raw, type, headers, token = TOKEN }: Call = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(type === undefined ? {} : { 'Content-Type': type }),
        ...headers,
      },
      ...(body === undefined && raw === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    });
    const text = await response.text();
    this.said.push(`${[...response.headers].join('\n')}\n${text}`);
    const isJson = /[/+]json$/.test((response.headers.get('Content-Type') ?? '').split(';')[0] ?? '');
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
    await this.#hold(method, path.split('?')[0] ?? path, answer);
    return answer;
  }

  get = (path: string, call: Call = {}): Promise<Answer> => this.call('GET', path, call);
  delete = (path: string, call: Call = {}): Promise<Answer> => this.call('DELETE', path, call);
  post = (path: string, body?: unknown, call: Call = {}): Promise<Answer> =>
    this.call('POST', path, { ...call, ...(body === undefined ? {} : { body }) });
  put = (path: string, body: unknown, call: Call = {}): Promise<Answer> => this.call('PUT', path, { ...call, body });
  patch = (path: string, body: unknown, call: Call = {}): Promise<Answer> =>
    this.call('PATCH', path, { ...call, body });

  upload(name: string, raw: string | Uint8Array, call: Call = {}): Promise<Answer> {
    return this.call('POST', `/api/v1/packages?name=${encodeURIComponent(name)}`, {
      raw,
      type: 'application/xml',
      ...call,
    });
  }

  async #hold(method: string, path: string, { status, headers, json }: Answer): Promise<void> {
    const document = await this.document();
    const operation = operationAt(document, method, path);
    if (operation === undefined || method === 'HEAD') return;
    const described = (operation['responses'] as Record<string, Json>)[String(status)];
    if (described === undefined) throw new Error(`${method} ${path} answered ${status}, which is not described`);
    const content = described['content'] as Record<string, Json> | undefined;
    const mediaType = headers.get('Content-Type')?.split(';')[0];
    if (content === undefined) {
      if (mediaType !== undefined) throw new Error(`${method} ${path} ${status}: a body that is not described`);
      return;
    }
    const schema = (content[mediaType ?? ''] ?? content['*/*'])?.['schema'];
    if (schema === undefined) throw new Error(`${method} ${path} ${status}: ${mediaType} is not described`);
    if (json === undefined) return;
    const faults = schemaFaults(schema as Json, json, document);
    if (faults.length > 0) throw new Error(`${method} ${path} ${status} is not as described:\n${faults.join('\n')}`);
  }
}

/** What the document says of a call, or undefined when it has no such path. */
export function operationAt(document: Json, method: string, path: string): Json | undefined {
  for (const [template, operations] of Object.entries(document['paths'] as Record<string, Record<string, Json>>)) {
    const pattern = new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    if (pattern.test(path)) return operations[method.toLowerCase()];
  }
  return undefined;
}

/** A harness with a device and a package in it. */
export async function furnished(harness: RestHarness, xml = PLAIN_XML): Promise<{ packageId: string }> {
  await harness.post('/api/v1/devices', DEVICE);
  const { json } = await harness.upload('apn', xml);
  return { packageId: json.id };
}
