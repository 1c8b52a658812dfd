import { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Principal } from '../../domain/principal.ts';
import type { Alerts } from '../../services/alerts.ts';
import type { ApiKeys } from '../../services/api-keys.ts';
import type { AuditLog } from '../../services/audit-log.ts';
import type { Bootstrap } from '../../services/bootstrap.ts';
import type { Campaigns } from '../../services/campaigns.ts';
import type { Deliveries } from '../../services/deliveries.ts';
import type { Descriptions } from '../../services/descriptions.ts';
import type { DeviceFilters } from '../../services/device-filters.ts';
import type { DeviceTimelines } from '../../services/device-timelines.ts';
import type { Devices } from '../../services/devices.ts';
import type { Events } from '../../services/events.ts';
import type { Fleet } from '../../services/fleet.ts';
import type { Imports } from '../../services/imports.ts';
import type { IncomingMessages } from '../../services/incoming-messages.ts';
import type { KnownTrees } from '../../services/known-trees.ts';
import type { Links } from '../../services/links.ts';
import type { Objects } from '../../services/objects.ts';
import type { Ota } from '../../services/ota.ts';
import type { Overview } from '../../services/overview.ts';
import type { Packages } from '../../services/packages.ts';
import type { HttpMetrics } from '../../services/ports/metrics.ts';
import type { Pushes } from '../../services/pushes.ts';
import type { Sessions } from '../../services/sessions.ts';
import type { SignIn } from '../../services/sign-in.ts';
import type { TreeJobs } from '../../services/tree-jobs.ts';
import type { Users } from '../../services/users.ts';
import type { Webhooks } from '../../services/webhooks.ts';
import { audited } from './audited.ts';
import { authentication, requireRole, type TokenVerifier } from './authentication.ts';
import { type IdempotencyOptions, once } from './idempotency.ts';
import { openApiDocument } from './openapi-document.ts';
import { HttpProblem } from './problem.ts';
import { jsonBody, xmlBody } from './read-body.ts';
import { type RequestState, requestLog } from './request-log.ts';
import { defineRoute, neededRole, type Route, type RouteReply } from './route.ts';
import { alertRoutes } from './routes/alerts.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { bootstrapRoutes } from './routes/bootstrap.ts';
import { campaignExportRoutes } from './routes/campaign-exports.ts';
import { campaignMemberRoutes } from './routes/campaign-members.ts';
import { campaignTargetRoutes } from './routes/campaign-targets.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { descriptionRoutes } from './routes/descriptions.ts';
import { deviceFilterRoutes } from './routes/device-filters.ts';
import { deviceTimelineRoutes } from './routes/device-timeline.ts';
import { deviceTreeRoutes } from './routes/device-tree.ts';
import { deviceRoutes } from './routes/devices.ts';
import { eventRoutes } from './routes/events.ts';
import { fleetRoutes } from './routes/fleet.ts';
import { importRoutes } from './routes/imports.ts';
import { incomingMessageRoutes } from './routes/incoming-messages.ts';
import { linkRoutes } from './routes/links.ts';
import { meRoutes } from './routes/me.ts';
import { objectRoutes } from './routes/objects.ts';
import { type OperationsOptions, operationRoutes } from './routes/operations.ts';
import { otaRoutes } from './routes/ota.ts';
import { overviewRoutes } from './routes/overview.ts';
import { packageRoutes } from './routes/packages.ts';
import { pushRoutes } from './routes/pushes.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { treeJobRoutes } from './routes/tree-jobs.ts';
import { userRoutes } from './routes/users.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { streamBody } from './stream-body.ts';

/** The use cases the API is a door to. */
export interface RestServices {
  readonly packages: Packages;
  readonly devices: Devices;
  readonly fleet: Fleet;
  readonly filters: DeviceFilters;
  readonly imports: Imports;
  readonly bootstrap: Bootstrap;
  readonly deliveries: Deliveries;
  readonly sessions: Sessions;
  readonly pushes: Pushes;
  readonly links: Links;
  readonly incoming: IncomingMessages;
  readonly alerts: Alerts;
  readonly treeJobs: TreeJobs;
  readonly descriptions: Descriptions;
  readonly timelines: DeviceTimelines;
  readonly trees: KnownTrees;
  readonly ota: Ota;
  readonly campaigns: Campaigns;
  readonly objects: Objects;
  readonly events: Events;
  readonly webhooks: Webhooks;
  readonly keys: ApiKeys;
  readonly users: Users;
  readonly signIn: SignIn;
  readonly audit: AuditLog;
  readonly overview: Overview;
}

export interface RestOptions extends OperationsOptions {
  readonly logger: Logger;
  readonly verifyToken: TokenVerifier;
  readonly idempotency: IdempotencyOptions;
  /** Octets of an uploaded document. */
  readonly maxUploadBytes: number;
  /** Of the server, for the OpenAPI document. */
  readonly version: string;
  readonly httpMetrics?: HttpMetrics;
}

/**
 * The admin side of the server: `/api`, `/healthz`, `/readyz` and `/metrics`. Requests for other paths are passed on
 * untouched. Everything but `/healthz` needs credentials, unknown paths below `/api` included.
 */
export function restRouter(services: RestServices, options: RestOptions): Middleware {
  const routes = allRoutes(services, options);
  const auth = authentication({
    verifyToken: options.verifyToken,
    principalOfKey: (key) => services.keys.principalOf(key),
    sessionOf: (cookie) => services.signIn.sessionOf(cookie),
  });
  const onUnaudited = (err: unknown, { state: { requestId } }: { readonly state: RequestState }): void =>
    options.logger.error({ requestId, err }, 'what was done is not in the audit log');
  // The application's state and the router's are not ours to name, so the context is narrowed where it is used.
  const router = new Router({ sensitive: true });
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    const stack: Middleware[] = [
      async (ctx, next) => {
        (ctx.state as RequestState).route = route.path;
        await next();
      },
    ];
    if (route.method !== 'get') stack.push(audited(route, services.audit, onUnaudited));
    const role = neededRole(route);
    if (role !== undefined) stack.push(auth, requireRole(role));
    if (route.body?.kind === 'json') stack.push(jsonBody(route.body.mediaTypes));
    if (route.body?.kind === 'stream') stack.push(streamBody(Object.keys(route.body.examples)));
    if (route.body?.kind === 'xml') stack.push(xmlBody(route.body.maxBytes));
    stack.push(handler(route, options));
    router.register(path, [route.method], stack);
  }
  const dispatch = router.routes() as unknown as Middleware;
  const log = requestLog(options.logger, options.httpMetrics) as Middleware;
  return async (ctx, next) => {
    if (!isOurs(ctx.path)) return next();
    return log(ctx, () => dispatch(ctx, () => auth(ctx, async () => refuseRoute(ctx, router))));
  };
}

/** Every route, in the order of the document. The document itself is one of them. */
export function allRoutes(
  services: RestServices,
  options: Pick<RestOptions, 'maxUploadBytes' | 'version' | 'checks' | 'metricsText'>,
): readonly Route[] {
  const routes: Route[] = [
    ...packageRoutes(services.packages, options.maxUploadBytes),
    ...fleetRoutes(services.fleet),
    ...deviceFilterRoutes(services.filters),
    ...importRoutes(services.imports),
    ...deviceRoutes(services.devices),
    ...deviceTimelineRoutes(services.timelines),
    ...deviceTreeRoutes(services.trees),
    ...descriptionRoutes(services.descriptions, options.maxUploadBytes),
    ...treeJobRoutes(services.treeJobs),
    ...bootstrapRoutes(services.bootstrap),
    ...deliveryRoutes(services.deliveries),
    ...sessionRoutes(services.sessions),
    ...alertRoutes(services.alerts),
    ...campaignRoutes(services.campaigns),
    ...campaignTargetRoutes(services.campaigns),
    ...campaignMemberRoutes(services.campaigns),
    ...campaignExportRoutes(services.campaigns),
    ...otaRoutes(services.ota),
    ...objectRoutes(services.objects),
    ...pushRoutes(services.pushes),
    ...linkRoutes(services.links),
    ...incomingMessageRoutes(services.incoming),
    ...apiKeyRoutes(services.keys),
    ...eventRoutes(services.events, services.campaigns),
    ...userRoutes(services.users),
    ...meRoutes(services.signIn),
    ...auditRoutes(services.audit),
    ...webhookRoutes(services.webhooks),
    ...overviewRoutes(services.overview),
    ...operationRoutes(options),
  ];
  let document: object | undefined;
  routes.push(
    defineRoute({
      method: 'get',
      path: '/api/openapi.json',
      operationId: 'openApi',
      tag: 'Operations',
      summary: 'This document',
      responses: {
        200: {
          description: 'OpenAPI 3.1.',
          content: {
            mediaType: 'application/json',
            schema: z.looseObject({ openapi: z.string() }),
            example: { openapi: '3.1.0' },
          },
        },
      },
      handle: async () => {
        document ??= openApiDocument(routes, {
          title: 'OMA DM server',
          version: options.version,
          license: { name: 'MIT', identifier: 'MIT' },
          description:
            'Upload provisioning documents, register devices, deliver documents to devices, read what came of it.',
        });
        return { status: 200, body: document };
      },
    }),
  );
  return routes;
}

function handler(route: Route, { idempotency, logger }: RestOptions): Middleware {
  return async (ctx) => {
    const { rawBody } = ctx.request;
    const state = ctx.state as RequestState;
    const run = route.prepare({
      params: ctx.params,
      query: ctx.query,
      body: ctx.request.body,
      octets: rawBody instanceof Uint8Array ? rawBody : NO_OCTETS,
      principal: state.principal ?? ANYBODY,
      session: state.session,
      connection: { address: ctx.ip, secure: ctx.secure },
      upload: state.upload,
      preferred: (types) => ctx.accepts([...types]) || undefined,
      header: (name) => ctx.get(name) || undefined,
    });
    const onLost = (error: unknown): void => {
      logger.warn({ requestId: state.requestId, err: error }, 'the answer could not be kept for its idempotency key');
    };
    const reply = route.idempotent === true ? await once(ctx, idempotency, run, onLost) : await run();
    if (reply.principal !== undefined) state.principal = reply.principal;
    respond(ctx, reply);
  };
}

const NO_OCTETS = new Uint8Array();
/** Of routes that ask nobody who they are. */
const ANYBODY: Principal = { id: 'anybody', kind: 'token', name: 'anybody', role: 'viewer' };

function respond(ctx: Context, { status, headers, body, contentType }: RouteReply): void {
  ctx.status = status;
  if (headers !== undefined) ctx.set({ ...headers });
  if (body === undefined) return;
  if (typeof body === 'string') ctx.body = body;
  else if (body instanceof Readable) {
    // The status has gone out already: a body that breaks off is all there is to tell.
    body.once('error', () => ctx.res.destroy());
    ctx.body = body;
    ctx.set({ ...headers });
  } else if (body instanceof Uint8Array) ctx.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  else ctx.body = JSON.stringify(body);
  ctx.set('Content-Type', contentType ?? 'application/json');
}

function isOurs(path: string): boolean {
  return path === '/api' || path.startsWith('/api/') || ['/healthz', '/readyz', '/metrics'].includes(path);
}

/** No route took it: the path is unknown, or the method is. */
function refuseRoute(ctx: Context, router: Router): void {
  const allowed = new Set(router.match(ctx.path, ctx.method).path.flatMap(({ methods }) => methods));
  if (allowed.size === 0) {
    throw new HttpProblem('route-unknown', 'There is nothing at this path; /api/openapi.json lists what there is.');
  }
  const headers = { Allow: [...allowed, 'OPTIONS'].join(', ') };
  if (ctx.method !== 'OPTIONS') {
    throw new HttpProblem('method-not-allowed', `This path takes ${headers.Allow}.`, { headers });
  }
  ctx.set(headers);
  ctx.status = 204;
}
