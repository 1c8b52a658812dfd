import { z } from 'zod';
import { TARGET_STATES } from '../../../domain/campaign.ts';
import type { Campaigns } from '../../../services/campaigns.ts';
import { defineRoute, type ResponseDefinition, type Route } from '../route.ts';
import {
  FAILURE_EXAMPLE,
  failurePage,
  PROGRESS_EXAMPLE,
  presentFailure,
  presentHistory,
  presentProgress,
  presentTarget,
  presentTimeline,
  progressSchema,
  TARGET_EXAMPLE,
  TIMELINE_EXAMPLE,
  targetPage,
  targetWithHistorySchema,
  timelineSchema,
} from '../schemas/campaign-shown.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';

const byId = z.strictObject({ id: idOf('the campaign') });
const JSON_TYPE = 'application/json';

/** How a campaign stands: its counts, its devices, and in which ways they have failed. */
export function campaignTargetRoutes(campaigns: Campaigns): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/progress',
      operationId: 'getCampaignProgress',
      tag: 'Campaigns',
      summary: 'How a campaign stands',
      description: 'Counted as things happen, so asking costs the same at any size.',
      params: byId,
      responses: {
        200: {
          description: 'Targets by wave and state.',
          content: { mediaType: JSON_TYPE, schema: progressSchema, example: PROGRESS_EXAMPLE },
        },
      },
      problems: ['campaign-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentProgress(await campaigns.progress(params.id)) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/timeline',
      operationId: 'getCampaignTimeline',
      tag: 'Campaigns',
      summary: 'When the targets of a campaign ended, by wave',
      description:
        'For a chart: what came to its end in each bucket of time, from its start on. Counted as things happen, so asking ' +
        'costs the same at any size. Their sum is what progress says.',
      params: byId,
      responses: {
        200: {
          description: 'Targets that have ended, by wave and time.',
          content: { mediaType: JSON_TYPE, schema: timelineSchema, example: TIMELINE_EXAMPLE },
        },
      },
      problems: ['campaign-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentTimeline(await campaigns.timeline(params.id)) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/targets',
      operationId: 'listCampaignTargets',
      tag: 'Campaigns',
      summary: 'The devices of a campaign',
      params: byId,
      query: z.strictObject({
        ...pageParameters,
        state: z
          .enum(TARGET_STATES, { error: `Expected one of ${TARGET_STATES.join(', ')}.` })
          .exactOptional()
          .meta({ description: 'Only those in this state.', examples: ['failed'] }),
        wave: z
          .string()
          .regex(/^[1-9][0-9]{0,2}$/, 'Expected the number of a wave, from 1.')
          .transform(Number)
          .exactOptional()
          .meta({ description: 'Only those of the wave of this number.', examples: ['1'] }),
      }),
      responses: { 200: targetsResponse('A page, in an order of no meaning.') },
      problems: ['campaign-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { limit, cursor, ...filter } }) => {
        const page = await campaigns.targets(params.id, filter, {
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        return { status: 200, body: { ...page, items: page.items.map(presentTarget) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/targets/{deviceId}',
      operationId: 'getCampaignTarget',
      tag: 'Campaigns',
      summary: 'One device of a campaign, with all that has happened to it',
      params: z.strictObject({
        id: idOf('the campaign'),
        deviceId: z.string().meta({ description: 'URL-encoded.', examples: ['IMEI:493005100592800'] }),
      }),
      responses: {
        200: {
          description: 'The target.',
          content: {
            mediaType: JSON_TYPE,
            schema: targetWithHistorySchema,
            example: {
              ...TARGET_EXAMPLE,
              history: [
                { from: 'waiting', to: 'triggered', attempt: 1, at: '2026-01-31T12:05:01.000Z' },
                { from: 'triggered', to: 'delivering', attempt: 1, at: '2026-01-31T12:05:09.000Z' },
              ],
            },
          },
        },
      },
      problems: ['campaign-unknown', 'target-unknown'],
      handle: async ({ params }) => ({
        status: 200,
        body: presentHistory(await campaigns.target(params.id, params.deviceId)),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/failures',
      operationId: 'listCampaignFailures',
      tag: 'Campaigns',
      summary: 'In which ways targets have failed, the most frequent first',
      description:
        'By command, LocURI and status; or by the reason, where no command was refused. Counted as things happen.',
      params: byId,
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: JSON_TYPE, schema: failurePage, example: { items: [FAILURE_EXAMPLE] } },
        },
      },
      problems: ['campaign-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { limit, cursor } }) => {
        const page = await campaigns.failures(params.id, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentFailure) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/failures/{failureId}/devices',
      operationId: 'listFailedDevices',
      tag: 'Campaigns',
      summary: 'The devices that failed in one way',
      params: z.strictObject({
        id: idOf('the campaign'),
        failureId: z
          .string()
          .regex(/^[0-9]{1,15}$/, 'Expected a whole number.')
          .transform(Number)
          .meta({ description: '`id` of the failure.', examples: ['1'] }),
      }),
      query: z.strictObject(pageParameters),
      responses: { 200: targetsResponse('A page.') },
      problems: ['campaign-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { limit, cursor } }) => {
        const request = { limit, ...(cursor === undefined ? {} : { cursor }) };
        const page = await campaigns.failedDevices(params.id, params.failureId, request);
        return { status: 200, body: { ...page, items: page.items.map(presentTarget) } };
      },
    }),
  ];
}

function targetsResponse(description: string): ResponseDefinition {
  return {
    description,
    content: { mediaType: JSON_TYPE, schema: targetPage, example: { items: [TARGET_EXAMPLE] } },
  };
}
