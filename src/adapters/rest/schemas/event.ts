import { z } from 'zod';
import { EVENT_KIND_PATTERN, type EventRecord, eventDocument } from '../../../domain/event.ts';
import type { EventFeed } from '../../../services/events.ts';
import { deviceId, instant, pageLimit, text, uuid } from './fields.ts';

export const eventSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Its place in the log: give it as `after`, or as `Last-Event-ID`.' }),
    kind: z
      .string()
      .meta({ description: 'E.g. `campaign.running`, `wave.open`, `target.failed`, `delivery.succeeded`.' }),
    campaignId: uuid.exactOptional(),
    wave: z.int().min(1).exactOptional(),
    deviceId: deviceId.exactOptional().meta({ description: 'Absent when the device has been deleted since.' }),
    data: z
      .looseObject({})
      .meta({ description: '`from` and `to` state, the `reason`, and what else there is to say about this kind.' }),
    at: instant,
  })
  .meta({ id: 'Event', description: 'Something that has happened.' });

export const eventFeed = z
  .strictObject({
    items: z.array(eventSchema),
    next: z
      .string()
      .meta({ description: 'Give it as `after` to go on, now or later. Nothing comes before it any more.' }),
    more: z.boolean().meta({ description: 'Whether there is more to be had at once, even where `items` is empty.' }),
  })
  .meta({ id: 'EventFeed' });

const MAX_KINDS = 20;

export const eventKinds = z
  .string()
  .max(1_000)
  .transform((value) => value.split(','))
  .refine(
    (kinds) => kinds.length <= MAX_KINDS && kinds.every((kind) => EVENT_KIND_PATTERN.test(kind)),
    `Expected up to ${MAX_KINDS} kinds with commas between them, e.g. campaign.*,target.failed.`,
  )
  .exactOptional()
  .meta({
    description: 'Only these kinds, with commas between them; `campaign.*` is all of campaigns.',
    examples: ['campaign.*,target.failed'],
  });

const place = {
  after: text(64).exactOptional().meta({
    description: '`next` of the answer before, or an `id`. Left out: a page begins at the beginning, a stream now.',
  }),
  limit: pageLimit,
};

export const eventQuery = z.strictObject({
  kind: eventKinds,
  campaignId: z
    .string()
    .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'Expected the id of a campaign.')
    .exactOptional()
    .meta({ description: 'Only of this campaign.', examples: ['0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a'] }),
  ...place,
});
export const campaignEventQuery = z.strictObject({ kind: eventKinds, ...place });

export function presentEvent(event: EventRecord): z.output<typeof eventSchema> {
  return { ...eventDocument(event), data: { ...event.data } };
}

export function presentEventFeed({ items, next, more }: EventFeed): z.output<typeof eventFeed> {
  return { items: items.map(presentEvent), next, more };
}

export const EVENT_EXAMPLE: z.output<typeof eventSchema> = {
  id: '81234.77',
  kind: 'target.failed',
  campaignId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  wave: 1,
  deviceId: 'IMEI:493005100592800',
  data: { from: 'delivering', to: 'failed', reason: 'command-refused', attempt: 1 },
  at: '2026-01-31T12:00:03.000Z',
};

export const EVENT_FEED_EXAMPLE: z.output<typeof eventFeed> = { items: [EVENT_EXAMPLE], next: '81240.0', more: false };

export const EVENT_STREAM_EXAMPLE = `retry: 2000
id: 81230.0

id: ${EVENT_EXAMPLE.id}
data: ${JSON.stringify(EVENT_EXAMPLE)}

id: 81240.0

`;
