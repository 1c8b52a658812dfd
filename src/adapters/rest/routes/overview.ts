import { z } from 'zod';
import { DELIVERY_STATES, type DeliveryState } from '../../../domain/delivery.ts';
import type { Overview, OverviewView } from '../../../services/overview.ts';
import { defineRoute, type Route } from '../route.ts';
import { instant } from '../schemas/fields.ts';

const count = z.int().min(0);

const overviewSchema = z
  .strictObject({
    at: instant.meta({ description: 'When it was counted.' }),
    queue: z.strictObject({
      queued: count,
      sending: count,
      oldestDueAt: instant.exactOptional().meta({ description: 'Since when the oldest that is due has been due.' }),
    }),
    sessions: z.strictObject({
      open: count,
      perMinute: z
        .array(count)
        .meta({ description: 'Opened in each of the last sixty minutes, the oldest first; the last is under way.' }),
    }),
    deliveries: z
      .strictObject(
        Object.fromEntries(DELIVERY_STATES.map((state) => [state, count])) as Record<DeliveryState, typeof count>,
      )
      .meta({ description: 'Of those ordered in the last 24 hours, how many are in each state.' }),
    cappedAt: z.int().exactOptional().meta({ description: 'Only so many deliveries, the newest, were counted.' }),
  })
  .meta({ id: 'Overview' });

const EXAMPLE: z.output<typeof overviewSchema> = {
  at: '2026-01-31T12:00:00.000Z',
  queue: { queued: 12, sending: 4, oldestDueAt: '2026-01-31T11:59:58.000Z' },
  sessions: { open: 3, perMinute: [...Array(57).fill(0), 2, 9, 4] },
  deliveries: { queued: 10, triggered: 4, delivering: 3, succeeded: 120, failed: 2, expired: 1, cancelled: 0 },
};

export function overviewRoutes(overview: Overview): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/overview',
      operationId: 'getOverview',
      tag: 'Operations',
      summary: 'How things go, in a few numbers',
      description: 'Counted once in two seconds, however often it is asked for. Links and campaigns have their own.',
      responses: {
        200: {
          description: 'The numbers.',
          content: { mediaType: 'application/json', schema: overviewSchema, example: EXAMPLE },
        },
      },
      handle: async () => ({ status: 200, body: present(await overview.get()) }),
    }),
  ];
}

function present(view: OverviewView): z.output<typeof overviewSchema> {
  const { queued, sending, oldestDueAt } = view.queue;
  return {
    at: view.at.toISOString(),
    queue: { queued, sending, ...(oldestDueAt === undefined ? {} : { oldestDueAt: oldestDueAt.toISOString() }) },
    sessions: { open: view.openSessions, perMinute: [...view.sessionsPerMinute] },
    deliveries: view.deliveries,
    ...(view.cappedAt === undefined ? {} : { cappedAt: view.cappedAt }),
  };
}
