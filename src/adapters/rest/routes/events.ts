import { z } from 'zod';
import type { EventFilter } from '../../../domain/event.ts';
import type { Campaigns } from '../../../services/campaigns.ts';
import type { Events } from '../../../services/events.ts';
import { EventStream } from '../event-stream.ts';
import { defineRoute, type ResponseDefinition, type Route, type RouteReply } from '../route.ts';
import {
  campaignEventQuery,
  EVENT_FEED_EXAMPLE,
  EVENT_STREAM_EXAMPLE,
  eventFeed,
  eventQuery,
  presentEvent,
  presentEventFeed,
} from '../schemas/event.ts';
import { idOf } from '../schemas/fields.ts';

const byId = z.strictObject({ id: idOf('the campaign') });
const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';
/** Streams end after so long, and clients come again by themselves. */
const STREAM_MS = 10 * 60_000;

export const LAST_EVENT_ID = {
  'Last-Event-ID': {
    description: 'Of a stream: the `id` after which to go on; browsers send it by themselves. Counts before `after`.',
    example: '81234.77',
  },
} as const;

export const eventResponse: ResponseDefinition = {
  description: 'Oldest first.',
  content: { mediaType: JSON_TYPE, schema: eventFeed, example: EVENT_FEED_EXAMPLE },
  alternatives: [{ mediaType: STREAM_TYPE, example: EVENT_STREAM_EXAMPLE }],
};

/** A page of the log, or the log as it grows, as the request would rather have it. */
export async function answerWithEvents(
  events: Events,
  filter: EventFilter,
  { after, limit }: { readonly after?: string; readonly limit: number },
  { preferred, header }: Pick<Parameters<Route['prepare']>[0], 'preferred' | 'header'>,
): Promise<RouteReply> {
  if (preferred([JSON_TYPE, STREAM_TYPE]) !== STREAM_TYPE) {
    const feed = presentEventFeed(await events.list(filter, limit, after));
    return { status: 200, headers: { Vary: 'Accept' }, body: feed };
  }
  const following = events.follow(filter, header('Last-Event-ID') ?? after);
  return {
    status: 200,
    contentType: STREAM_TYPE,
    // The second keeps a proxy from gathering it.
    headers: { Vary: 'Accept', 'X-Accel-Buffering': 'no' },
    body: new EventStream(following, { present: presentEvent, maxMs: STREAM_MS }),
  };
}

export function eventRoutes(events: Events, campaigns: Pick<Campaigns, 'get'>): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/events',
      operationId: 'listEvents',
      tag: 'Events',
      summary: 'What has happened: campaigns, their waves and targets, deliveries, bootstraps',
      description:
        'Oldest first. With `Accept: text/event-stream` it is a stream (server-sent events): what happens from now on, or ' +
        'after the given place, and a line now and then when nothing does. It ends after ten minutes; clients come again ' +
        'with `Last-Event-ID` and miss nothing. Without it, a page: ask on with `next`, and every event comes once. An ' +
        'event is to be had once every transaction that began before its own has ended: mostly at once, and those of ' +
        'single devices within a second.',
      query: eventQuery,
      headers: LAST_EVENT_ID,
      responses: { 200: eventResponse },
      problems: ['cursor-invalid'],
      handle: async ({ query: { kind, campaignId, ...place }, ...request }) =>
        answerWithEvents(
          events,
          { ...(kind === undefined ? {} : { kinds: kind }), ...(campaignId === undefined ? {} : { campaignId }) },
          place,
          request,
        ),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/events',
      operationId: 'listCampaignEvents',
      tag: 'Events',
      summary: 'What a campaign, its waves and its targets went through',
      description: 'As `/api/v1/events`, of one campaign: pages, or a stream with `Accept: text/event-stream`.',
      params: byId,
      query: campaignEventQuery,
      headers: LAST_EVENT_ID,
      responses: { 200: eventResponse },
      problems: ['campaign-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { kind, ...place }, ...request }) => {
        const { id } = await campaigns.get(params.id);
        return answerWithEvents(
          events,
          { ...(kind === undefined ? {} : { kinds: kind }), campaignId: id },
          place,
          request,
        );
      },
    }),
  ];
}
