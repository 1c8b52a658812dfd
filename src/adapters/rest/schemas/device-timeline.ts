import { z } from 'zod';
import { DELIVERY_STATES } from '../../../domain/delivery.ts';
import { TIMELINE_KINDS, type TimelineEntry } from '../../../domain/device-timeline.ts';
import { PUSH_STATES } from '../../../domain/push.ts';
import { instant, pageOf, pageParameters, uuid } from './fields.ts';
import { PHASES } from './session.ts';

const common = {
  id: z.string().meta({ description: 'Of the entry; the same whenever it is asked for.' }),
  at: instant,
};
const reason = z.string().exactOptional().meta({ description: 'Why it was put back, or ended.' });
const pushState = z.enum(PUSH_STATES);

export const timelineEntrySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('session'),
      ...common,
      sessionId: uuid,
      dmSessionId: z.string().meta({ description: 'The SessionID of the messages.' }),
      phase: z.enum(PHASES),
      closedAt: instant.exactOptional(),
      closeReason: z.string().exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('delivery'),
      ...common,
      deliveryId: uuid,
      of: z.enum(['package', 'discovery', 'acl']),
      state: z.enum(DELIVERY_STATES),
      packageName: z.string().exactOptional(),
      revision: z.int().exactOptional(),
      campaignId: uuid.exactOptional(),
      failure: z.string().exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('alert'),
      ...common,
      sessionId: uuid.meta({ description: 'The session it came in.' }),
      code: z.int(),
      type: z.string(),
      mark: z.string().exactOptional(),
      data: z.string().exactOptional(),
    }),
    z
      .strictObject({
        kind: z.literal('bootstrap'),
        ...common,
        state: z.enum([...PUSH_STATES, 'done']),
        reason,
      })
      .meta({
        description: 'A document with an account was sent (its push); `done`: the device has used what came with one.',
      }),
    z.strictObject({
      kind: z.literal('push'),
      ...common,
      of: z.enum(['trigger', 'document']),
      state: pushState,
      reason,
      deliveryId: uuid.exactOptional(),
      campaignId: uuid.exactOptional(),
      sendId: uuid.exactOptional(),
    }),
  ])
  .meta({ id: 'TimelineEntry', description: 'Something that happened with a device.' });

export const timelinePage = pageOf(timelineEntrySchema, 'TimelinePage');

const KINDS = new Set<string>(TIMELINE_KINDS);

export const timelineQuery = z.strictObject({
  kind: z
    .string()
    .refine(
      (kinds) => kinds.split(',').every((kind) => KINDS.has(kind)),
      `Expected some of ${TIMELINE_KINDS.join(', ')} with commas between them.`,
    )
    .transform((kinds) => TIMELINE_KINDS.filter((kind) => kinds.split(',').includes(kind)))
    .exactOptional()
    .meta({ description: 'Only these kinds, with commas between them.', examples: ['session,alert'] }),
  ...pageParameters,
});

export function presentEntry(entry: TimelineEntry): z.output<typeof timelineEntrySchema> {
  const shown = { ...entry, at: entry.at.toISOString() };
  if (entry.kind !== 'session' || entry.closedAt === undefined) return shown as z.output<typeof timelineEntrySchema>;
  return { ...shown, closedAt: entry.closedAt.toISOString() } as z.output<typeof timelineEntrySchema>;
}

export const TIMELINE_EXAMPLE: z.output<typeof timelinePage> = {
  items: [
    {
      kind: 'session',
      id: '1.0198c5a5-1111-7f6e-8f1c-6a5b4c3d2e1f',
      at: '2026-01-31T12:00:03.000Z',
      sessionId: '0198c5a5-1111-7f6e-8f1c-6a5b4c3d2e1f',
      dmSessionId: '11',
      phase: 'closed',
      closedAt: '2026-01-31T12:00:05.000Z',
      closeReason: 'completed',
    },
    {
      kind: 'delivery',
      id: '0.0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
      at: '2026-01-31T12:00:00.000Z',
      deliveryId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
      of: 'package',
      state: 'succeeded',
      packageName: 'apn',
      revision: 1,
    },
  ],
};
