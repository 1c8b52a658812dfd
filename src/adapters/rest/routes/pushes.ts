import { z } from 'zod';
import { PUSH_STATES } from '../../../domain/push.ts';
import type { Pushes } from '../../../services/pushes.ts';
import { defineRoute, type Route } from '../route.ts';
import { deviceId, idOf, pageParameters, text } from '../schemas/fields.ts';
import { PUSH_EXAMPLE, presentPush, pushPage, pushSchema } from '../schemas/push.ts';

const byId = z.strictObject({ id: idOf('the push') });

const onePush = {
  description: 'The push. What it says is not in it.',
  content: { mediaType: 'application/json', schema: pushSchema, example: PUSH_EXAMPLE },
};

export function pushRoutes(pushes: Pushes): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/pushes',
      operationId: 'listPushes',
      tag: 'Pushes',
      summary: 'List pushes, newest first',
      query: z.strictObject({
        ...pageParameters,
        deliveryId: text(64)
          .exactOptional()
          .meta({ description: 'Triggers of this delivery.', examples: ['0198c5a5-0a51-7f6e-8f1c-6a5b4c3d2e1f'] }),
        deviceId: deviceId.exactOptional(),
        destination: text(20)
          .exactOptional()
          .meta({ description: 'As it stands in the push.', examples: ['+491701234567'] }),
        state: z
          .enum(PUSH_STATES, { error: `Expected one of ${PUSH_STATES.join(', ')}.` })
          .exactOptional()
          .meta({ description: 'In this state only.' }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: pushPage, example: { items: [PUSH_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await pushes.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentPush) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/pushes/{id}',
      operationId: 'getPush',
      tag: 'Pushes',
      summary: 'One push',
      params: byId,
      responses: { 200: onePush },
      problems: ['push-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentPush(await pushes.get(params.id)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/pushes/{id}/cancel',
      operationId: 'cancelPush',
      tag: 'Pushes',
      summary: 'Cancel a push that is not sent yet',
      description: 'One that is being sent at the moment ends as cancelled unless this attempt gets it sent.',
      params: byId,
      responses: { 200: onePush },
      problems: ['push-unknown', 'push-ended'],
      handle: async ({ params }) => ({ status: 200, body: presentPush(await pushes.cancel(params.id)) }),
    }),
  ];
}
