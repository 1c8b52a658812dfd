import { z } from 'zod';
import { CAMPAIGN_STATES } from '../../../domain/campaign.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { Campaigns } from '../../../services/campaigns.ts';
import type { Campaign } from '../../../services/ports/campaign-store.ts';
import { defineRoute, type Route, type RouteReply } from '../route.ts';
import { campaignOrder, memberOf, newCampaignSchema, newMembersSchema } from '../schemas/campaign.ts';
import {
  CAMPAIGN_EXAMPLE,
  COUNTED_EXAMPLE,
  campaignPage,
  campaignSchema,
  forecastSchema,
  presentCampaign,
  presentCounted,
  presentForecast,
} from '../schemas/campaign-shown.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';
import { SETTINGS_EXAMPLE } from '../schemas/ota-examples.ts';

const byId = z.strictObject({ id: idOf('the campaign') });
const JSON_TYPE = 'application/json';
const ETAG = { ETag: 'Its version, for `If-Match`.' };
const oneCampaign = { mediaType: JSON_TYPE, schema: campaignSchema, example: CAMPAIGN_EXAMPLE };
const ORDER_PROBLEMS = ['campaign-faulty', 'filter-invalid', 'package-unknown', 'package-faulty'] as const;
const EXAMPLE_PACKAGE = '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b';
const WHOLE = 'Expected a whole number.';

const ORDERS = {
  package: {
    name: 'APN of the new network',
    content: { kind: 'package' as const, packageId: EXAMPLE_PACKAGE },
    target: { kind: 'filter' as const, filter: 'tags==pilot' },
    waves: [{ name: 'canary', percent: 5 }, { percent: 95 }],
    thresholds: { successPercent: 90, errorPercent: 10, errorMinimum: 50 },
  },
  careful: {
    name: 'Firmware of the models A',
    content: { kind: 'package' as const, packageId: EXAMPLE_PACKAGE, onFailure: 'stop' as const },
    target: { kind: 'filter' as const, filter: 'mod==A*' },
    membership: 'dynamic' as const,
    waves: [{ name: 'ours', filter: 'tags==staff' }, {}],
    thresholds: { successPercent: 95, errorPercent: 5, errorMinimum: 20, errorCount: 500 },
    rate: { perMinute: 60, growth: { factor: 2, perSuccesses: 500, maxPerMinute: 6_000 } },
    windows: {
      timeZone: 'device',
      otherwise: 'Europe/Berlin',
      spans: [{ weekdays: ['mon' as const, 'tue' as const, 'wed' as const], from: '22:00', to: '05:00' }],
    },
    timeoutMs: 172_800_000,
    retry: {
      maxAttempts: 4,
      on: ['silent', 'expired', '5xx', '408'],
      firstMs: 600_000,
      maxMs: 86_400_000,
      silentMs: 3_600_000,
    },
    conflict: 'wait' as const,
    needsApproval: true,
  },
  query: {
    name: 'Which firmware is out there',
    content: { kind: 'discovery' as const, root: './DevDetail', maxDepth: 2 },
    target: { kind: 'all' as const },
    rate: { perMinute: 600 },
  },
  settings: {
    name: 'MMS settings',
    content: {
      kind: 'push' as const,
      settings: SETTINGS_EXAMPLE,
      security: 'NETWPIN' as const,
      successAt: 'sent' as const,
    },
    target: { kind: 'list' as const, devices: ['IMEI:493005100592800'] },
  },
};

/** What people do to a campaign that takes nothing but its id. */
const ACTIONS = [
  {
    name: 'approve',
    operationId: 'approveCampaign',
    summary: 'Approve a draft',
    description:
      'Only somebody else than who made it and who changed it last. A later change makes it void; with `If-Match` only what ' +
      'was read is approved.',
    problems: ['approval-by-author'],
  },
  {
    name: 'pause',
    operationId: 'pauseCampaign',
    summary: 'Pause a campaign',
    description:
      'Nothing more is triggered, and triggers that have not left are called back. What is with devices goes on.',
    problems: [],
  },
  {
    name: 'resume',
    operationId: 'resumeCampaign',
    summary: 'Let a paused campaign go on',
    description: 'What has failed so far does not count for the thresholds any more.',
    problems: [],
  },
  {
    name: 'stop',
    operationId: 'stopCampaign',
    summary: 'Stop a campaign for good',
    description: 'Whoever waits is left out. What is with devices goes on to its end.',
    problems: [],
  },
  {
    name: 'cancel',
    operationId: 'cancelCampaign',
    summary: 'Stop a campaign for good, and cancel what is with devices',
    description: 'Commands that a device has carried out stay carried out.',
    problems: [],
  },
  {
    name: 'retry-failed',
    operationId: 'retryFailedTargets',
    summary: 'Try failed and expired targets again',
    description: 'A campaign that was completed goes on.',
    problems: ['nothing-failed'],
  },
] as const;

export function campaignRoutes(campaigns: Campaigns): readonly Route[] {
  const doIt: Record<
    (typeof ACTIONS)[number]['name'],
    (id: string, by: Principal, version?: number) => Promise<Campaign>
  > = {
    approve: (id, by, version) => campaigns.approve(id, by, version),
    pause: (id, by) => campaigns.pause(id, by),
    resume: (id, by) => campaigns.resume(id, by),
    stop: (id, by) => campaigns.stop(id, by),
    cancel: (id, by) => campaigns.cancel(id, by),
    'retry-failed': (id, by) => campaigns.retryFailed(id, by),
  };
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/campaigns',
      operationId: 'createCampaign',
      tag: 'Campaigns',
      summary: 'Draft a campaign',
      description:
        'Says what many devices are to have, and how carefully: in which waves, how fast, when, and when to stop. ' +
        'Nothing is sent before it is started.',
      body: { kind: 'json', schema: newCampaignSchema, examples: ORDERS },
      idempotent: true,
      responses: {
        201: {
          description: 'A draft.',
          content: { ...oneCampaign, example: DRAFT },
          headers: { Location: 'Where it is.', ...ETAG },
        },
      },
      problems: [...ORDER_PROBLEMS, 'campaign-unknown'],
      handle: async ({ body, principal }) => {
        const campaign = await campaigns.create(campaignOrder(body), principal);
        return reply(campaign, 201, { Location: `/api/v1/campaigns/${campaign.id}` });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns',
      operationId: 'listCampaigns',
      tag: 'Campaigns',
      summary: 'List campaigns, newest first',
      query: z.strictObject({
        ...pageParameters,
        state: z
          .enum(CAMPAIGN_STATES, { error: `Expected one of ${CAMPAIGN_STATES.join(', ')}.` })
          .exactOptional()
          .meta({ description: 'Only those in this state.', examples: ['running'] }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: JSON_TYPE, schema: campaignPage, example: { items: [COUNTED_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await campaigns.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentCounted) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}',
      operationId: 'getCampaign',
      tag: 'Campaigns',
      summary: 'One campaign',
      params: byId,
      responses: { 200: { description: 'The campaign, without its secrets.', content: oneCampaign, headers: ETAG } },
      problems: ['campaign-unknown'],
      handle: async ({ params }) => reply(await campaigns.get(params.id)),
    }),
    defineRoute({
      method: 'put',
      path: '/api/v1/campaigns/{id}',
      operationId: 'changeCampaign',
      tag: 'Campaigns',
      summary: 'Change a draft',
      description:
        'All of it; variables, settings and PINs have to be said again, or `from` names the campaign itself. Its list stays. ' +
        'An approval is void afterwards.',
      params: byId,
      conditional: true,
      body: { kind: 'json', schema: newCampaignSchema, examples: { package: ORDERS.package } },
      responses: {
        200: { description: 'The draft as it is now.', content: { ...oneCampaign, example: DRAFT }, headers: ETAG },
      },
      problems: [...ORDER_PROBLEMS, 'campaign-unknown', 'campaign-state'],
      handle: async ({ params, body, principal, version }) =>
        reply(await campaigns.change(params.id, campaignOrder(body), principal, version)),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/campaigns/{id}',
      operationId: 'deleteCampaign',
      tag: 'Campaigns',
      summary: 'Delete a draft, or a campaign that has ended',
      description: 'With its targets, their deliveries and its history; in portions, after the answer.',
      params: byId,
      conditional: true,
      responses: { 204: { description: 'Deleted.' } },
      problems: ['campaign-unknown', 'campaign-state'],
      handle: async ({ params, principal, version }) => {
        await campaigns.delete(params.id, principal, version);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/campaigns/{id}/members',
      operationId: 'addCampaignMembers',
      tag: 'Campaigns',
      summary: "Append to a draft's list of devices",
      description: 'Devices that are in it already are left out. They need not be registered yet.',
      params: byId,
      body: {
        kind: 'json',
        schema: newMembersSchema,
        examples: {
          devices: {
            devices: ['IMEI:493005100592800', { deviceId: 'IMEI:490154203237518', variables: { apn: 'b.example' } }],
          },
        },
      },
      idempotent: true,
      responses: {
        200: {
          description: 'How many were taken.',
          content: { mediaType: JSON_TYPE, schema: z.strictObject({ taken: z.int() }), example: { taken: 2 } },
        },
      },
      problems: ['campaign-unknown', 'campaign-state', 'campaign-faulty'],
      handle: async ({ params, body, principal }) => ({
        status: 200,
        body: { taken: await campaigns.addMembers(params.id, body.devices.map(memberOf), principal) },
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/campaigns/{id}/members',
      operationId: 'removeCampaignMembers',
      tag: 'Campaigns',
      summary: "Empty a draft's list of devices",
      params: byId,
      responses: { 204: { description: 'It is empty.' } },
      problems: ['campaign-unknown', 'campaign-state'],
      handle: async ({ params, principal }) => {
        await campaigns.removeMembers(params.id, principal);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/campaigns/{id}/validate',
      operationId: 'validateCampaign',
      tag: 'Campaigns',
      summary: 'What the start would find',
      description: 'Every fault there is, and how many devices it is about. Takes no body; changes nothing.',
      role: 'viewer',
      params: byId,
      query: z.strictObject({
        estimate: z.enum(['true', 'false'], { error: 'Expected true or false.' }).exactOptional().meta({
          description: 'Whether an estimate will do where a filter takes long to count. It is not unless told.',
        }),
      }),
      responses: {
        200: {
          description: 'The forecast.',
          content: {
            mediaType: JSON_TYPE,
            schema: forecastSchema,
            example: {
              isReady: true,
              faults: [],
              kind: 'exact',
              targets: 20_000,
              devices: 1_000_000,
              unknown: 0,
              withoutMsisdn: 12,
              needsConfirmation: false,
            },
          },
        },
      },
      problems: ['campaign-unknown', 'filter-invalid', 'package-unknown', 'package-faulty'],
      handle: async ({ params, query }) => ({
        status: 200,
        body: presentForecast(await campaigns.validate(params.id, query.estimate === 'true')),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/campaigns/{id}/start',
      operationId: 'startCampaign',
      tag: 'Campaigns',
      summary: 'Start a draft',
      description:
        'Now, or at its `startAt`. A target that is nobody or everybody has to be confirmed by its number; a number that ' +
        'is given has to be right in any case. With `If-Match` only what was read is started.',
      params: byId,
      conditional: true,
      body: {
        kind: 'json',
        schema: z
          .strictObject(
            { confirmCount: z.int({ error: WHOLE }).min(0, WHOLE).exactOptional() },
            { error: 'Expected an object.' },
          )
          .meta({ id: 'StartCampaign' }),
        examples: { start: {} },
      },
      idempotent: true,
      responses: { 200: { description: 'It is scheduled, or runs.', content: oneCampaign, headers: ETAG } },
      problems: [...ORDER_PROBLEMS, 'campaign-unknown', 'campaign-state', 'approval-missing', 'confirmation-needed'],
      handle: async ({ params, body, principal, version }) =>
        reply(await campaigns.start(params.id, body.confirmCount, principal, version)),
    }),
    ...ACTIONS.map(({ name, operationId, summary, description, problems }) =>
      defineRoute({
        method: 'post',
        path: `/api/v1/campaigns/{id}/${name}`,
        operationId,
        tag: 'Campaigns',
        summary,
        description: `${description} Takes no body.`,
        params: byId,
        idempotent: true,
        ...(name === 'approve' && { conditional: true as const }),
        responses: { 200: { description: 'The campaign as it is now.', content: oneCampaign, headers: ETAG } },
        problems: ['campaign-unknown', 'campaign-state', ...problems],
        handle: async ({ params, principal, version }) => reply(await doIt[name](params.id, principal, version)),
      }),
    ),
    defineRoute({
      method: 'post',
      path: '/api/v1/campaigns/{id}/waves/{wave}/skip',
      operationId: 'skipWave',
      tag: 'Campaigns',
      summary: 'Leave out a wave',
      description: 'Those of it that wait are skipped, and the next wave may open. Takes no body.',
      params: z.strictObject({
        id: idOf('the campaign'),
        wave: z
          .string()
          .regex(/^[1-9][0-9]{0,2}$/, 'Expected the number of a wave, from 1.')
          .transform(Number)
          .meta({ description: 'Its number, from 1.', examples: ['2'] }),
      }),
      idempotent: true,
      responses: { 200: { description: 'The campaign as it is now.', content: oneCampaign, headers: ETAG } },
      problems: ['campaign-unknown', 'campaign-state', 'wave-unknown', 'wave-ended', 'request-invalid'],
      handle: async ({ params, principal }) => reply(await campaigns.skipWave(params.id, params.wave, principal)),
    }),
  ];
}

function reply(campaign: Campaign, status = 200, headers: Readonly<Record<string, string>> = {}): RouteReply {
  return { status, headers: { ...headers, ETag: `"${campaign.version}"` }, body: presentCampaign(campaign) };
}

const DRAFT: typeof CAMPAIGN_EXAMPLE = (({ startedAt: _, ...campaign }) => ({
  ...campaign,
  state: 'draft' as const,
  updatedAt: campaign.createdAt,
  targets: 0,
  isComplete: false,
}))(CAMPAIGN_EXAMPLE);
