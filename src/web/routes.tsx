import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { BrokenPage } from './shell/broken-page.tsx';
import { Layout } from './shell/layout.tsx';
import { NotFound } from './shell/not-found.tsx';

const rootRoute = createRootRoute({ component: Layout, notFoundComponent: NotFound });
const under = () => rootRoute;

/** What a page of a list may say in its address, so that a link leads to the same list. */
const text = (value: unknown): string | undefined =>
  typeof value === 'number' ? String(value) : typeof value === 'string' && value !== '' ? value : undefined;

/** The search of a page: these, each left out unless said. */
const said =
  <N extends string>(...names: readonly N[]) =>
  (search: Record<string, unknown>): { [name in N]?: string | undefined } =>
    Object.fromEntries(names.map((name) => [name, text(search[name])])) as { [name in N]?: string | undefined };

const CAMPAIGN_STATES = ['draft', 'scheduled', 'running', 'paused', 'completed', 'stopped'] as const;
type CampaignState = (typeof CAMPAIGN_STATES)[number];
const DELIVERY_STATES = ['queued', 'triggered', 'delivering', 'succeeded', 'failed', 'expired', 'cancelled'] as const;
type DeliveryState = (typeof DELIVERY_STATES)[number];

// One route a page, and each page in a file of its own that is loaded when somebody goes there: its component is `Page`.
const overview = createRoute({
  getParentRoute: under,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/page.tsx'), 'Page'),
});
const packages = createRoute({
  getParentRoute: under,
  path: '/packages',
  validateSearch: said('name', 'kind'),
  component: lazyRouteComponent(() => import('./pages/packages/page.tsx'), 'Page'),
});
const newPackage = createRoute({
  getParentRoute: under,
  path: '/packages/new',
  validateSearch: said('from'),
  component: lazyRouteComponent(() => import('./pages/packages/new-page.tsx'), 'Page'),
});
const onePackage = createRoute({
  getParentRoute: under,
  path: '/packages/$id',
  validateSearch: said('tab', 'against', 'send'),
  component: lazyRouteComponent(() => import('./pages/packages/one-page.tsx'), 'Page'),
});
const deliveries = createRoute({
  getParentRoute: under,
  path: '/deliveries',
  validateSearch: (search): { state?: DeliveryState | undefined; deviceId?: string | undefined } => ({
    ...said('deviceId')(search),
    state: DELIVERY_STATES.find((one) => one === search['state']),
  }),
  component: lazyRouteComponent(() => import('./pages/deliveries/page.tsx'), 'Page'),
});
const oneDelivery = createRoute({
  getParentRoute: under,
  path: '/deliveries/$id',
  component: lazyRouteComponent(() => import('./pages/deliveries/one-page.tsx'), 'Page'),
});
const devices = createRoute({
  getParentRoute: under,
  path: '/devices',
  validateSearch: said('filter', 'sort'),
  component: lazyRouteComponent(() => import('./pages/devices/page.tsx'), 'Page'),
});
const deviceImport = createRoute({
  getParentRoute: under,
  path: '/devices/import',
  validateSearch: said('id'),
  component: lazyRouteComponent(() => import('./pages/devices/import-page.tsx'), 'Page'),
});
const oneDevice = createRoute({
  getParentRoute: under,
  path: '/devices/$deviceId',
  validateSearch: said('tab', 'kind', 'node'),
  component: lazyRouteComponent(() => import('./pages/devices/one-page.tsx'), 'Page'),
});
const sessions = createRoute({
  getParentRoute: under,
  path: '/sessions',
  validateSearch: said('deviceId', 'open'),
  component: lazyRouteComponent(() => import('./pages/sessions/page.tsx'), 'Page'),
});
const oneSession = createRoute({
  getParentRoute: under,
  path: '/sessions/$id',
  component: lazyRouteComponent(() => import('./pages/sessions/one-page.tsx'), 'Page'),
});
const ota = createRoute({
  getParentRoute: under,
  path: '/ota',
  component: lazyRouteComponent(() => import('./pages/ota/page.tsx'), 'Page'),
});
const otaDocument = createRoute({
  getParentRoute: under,
  path: '/ota/document',
  validateSearch: said('package'),
  component: lazyRouteComponent(() => import('./pages/ota/document-page.tsx'), 'Page'),
});
const otaSent = createRoute({
  getParentRoute: under,
  path: '/ota/sent',
  component: lazyRouteComponent(() => import('./pages/ota/sent-page.tsx'), 'Page'),
});
const otaOutcome = createRoute({
  getParentRoute: under,
  path: '/ota/$id',
  component: lazyRouteComponent(() => import('./pages/ota/outcome-page.tsx'), 'Page'),
});
const campaigns = createRoute({
  getParentRoute: under,
  path: '/campaigns',
  validateSearch: (search: Record<string, unknown>): { state?: CampaignState } => {
    const state = CAMPAIGN_STATES.find((one) => one === search['state']);
    return state === undefined ? {} : { state };
  },
  component: lazyRouteComponent(() => import('./pages/campaigns/page.tsx'), 'Page'),
});
const campaignNew = createRoute({
  getParentRoute: under,
  path: '/campaigns/new',
  validateSearch: said('from', 'filter', 'packageId'),
  component: lazyRouteComponent(() => import('./pages/campaigns/new-page.tsx'), 'Page'),
});
const campaignOne = createRoute({
  getParentRoute: under,
  path: '/campaigns/$id',
  validateSearch: said('state', 'wave'),
  component: lazyRouteComponent(() => import('./pages/campaigns/one-page.tsx'), 'Page'),
});
const campaignEdit = createRoute({
  getParentRoute: under,
  path: '/campaigns/$id/edit',
  component: lazyRouteComponent(() => import('./pages/campaigns/edit-page.tsx'), 'Page'),
});
const links = createRoute({
  getParentRoute: under,
  path: '/links',
  component: lazyRouteComponent(() => import('./pages/links/page.tsx'), 'Page'),
});
const linksIncoming = createRoute({
  getParentRoute: under,
  path: '/links/incoming',
  validateSearch: (search: Record<string, unknown>) => ({ source: text(search['source']), link: text(search['link']) }),
  component: lazyRouteComponent(() => import('./pages/links/incoming-page.tsx'), 'Page'),
});
const access = createRoute({
  getParentRoute: under,
  path: '/access',
  component: lazyRouteComponent(() => import('./pages/access/users-page.tsx'), 'Page'),
});
const accessKeys = createRoute({
  getParentRoute: under,
  path: '/access/keys',
  component: lazyRouteComponent(() => import('./pages/access/keys-page.tsx'), 'Page'),
});
const accessAudit = createRoute({
  getParentRoute: under,
  path: '/access/audit',
  validateSearch: (search: Record<string, unknown>) => ({
    who: text(search['who']),
    operation: text(search['operation']),
    from: text(search['from']),
    until: text(search['until']),
  }),
  component: lazyRouteComponent(() => import('./pages/access/audit-page.tsx'), 'Page'),
});

const routeTree = rootRoute.addChildren([
  overview,
  packages,
  newPackage,
  onePackage,
  deliveries,
  oneDelivery,
  devices,
  deviceImport,
  oneDevice,
  sessions,
  oneSession,
  ota,
  otaDocument,
  otaSent,
  otaOutcome,
  campaigns,
  campaignNew,
  campaignOne,
  campaignEdit,
  links,
  linksIncoming,
  access,
  accessKeys,
  accessAudit,
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultErrorComponent: BrokenPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
