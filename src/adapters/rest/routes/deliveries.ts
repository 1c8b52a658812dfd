import { z } from 'zod';
import { DELIVERY_STATES } from '../../../domain/delivery.ts';
import type { Deliveries } from '../../../services/deliveries.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  DELIVERY_EXAMPLE,
  DELIVERY_WITH_RESULTS_EXAMPLE,
  deliveryPage,
  deliverySchema,
  deliveryWithResultsSchema,
  NEW_DELIVERY_EXAMPLE,
  newDeliverySchema,
  presentDelivery,
  presentDeliveryWithResults,
} from '../schemas/delivery.ts';
import { deviceId, idOf, pageParameters, text } from '../schemas/fields.ts';

const byId = z.strictObject({ id: idOf('the delivery') });

const oneDelivery = { mediaType: 'application/json', schema: deliverySchema, example: DELIVERY_EXAMPLE };

export function deliveryRoutes(deliveries: Deliveries): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/deliveries',
      operationId: 'orderDelivery',
      tag: 'Deliveries',
      summary: 'Deliver a package to a device',
      description:
        'Queues the commands; they are sent in the next DM session. Package #0 asks the device to open one. What can be ' +
        'known to go wrong is refused now.',
      body: { kind: 'json', schema: newDeliverySchema, examples: { delivery: NEW_DELIVERY_EXAMPLE } },
      idempotent: true,
      responses: {
        202: {
          description: 'Queued.',
          content: { ...oneDelivery, example: { ...DELIVERY_EXAMPLE, state: 'queued' } },
          headers: { Location: 'Where its state and results are.' },
        },
      },
      problems: [
        'package-unknown',
        'package-kind-unsuitable',
        'device-unknown',
        'trigger-impossible',
        'variables-missing',
        'variables-unknown',
        'variables-clashing',
        'variables-unsuitable',
        'package-unsuitable',
        'expiry-past',
      ],
      handle: async ({ body: { expiresAt, ...order } }) => {
        const delivery = await deliveries.order({
          ...order,
          ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
        });
        return {
          status: 202,
          headers: { Location: `/api/v1/deliveries/${delivery.id}` },
          body: presentDelivery(delivery),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/deliveries',
      operationId: 'listDeliveries',
      tag: 'Deliveries',
      summary: 'List deliveries, newest first',
      query: z.strictObject({
        ...pageParameters,
        deviceId: deviceId.exactOptional(),
        packageId: text(64)
          .exactOptional()
          .meta({ description: 'Of this package only.', examples: ['0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a'] }),
        state: z
          .enum(DELIVERY_STATES, { error: `Expected one of ${DELIVERY_STATES.join(', ')}.` })
          .exactOptional()
          .meta({ description: 'In this state only.' }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: deliveryPage, example: { items: [DELIVERY_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await deliveries.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentDelivery) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/deliveries/{id}',
      operationId: 'getDelivery',
      tag: 'Deliveries',
      summary: 'One delivery with the answer to every command',
      params: byId,
      responses: {
        200: {
          description: 'The delivery.',
          content: {
            mediaType: 'application/json',
            schema: deliveryWithResultsSchema,
            example: DELIVERY_WITH_RESULTS_EXAMPLE,
          },
        },
      },
      problems: ['delivery-unknown'],
      handle: async ({ params }) => ({
        status: 200,
        body: presentDeliveryWithResults(await deliveries.get(params.id)),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/deliveries/{id}/cancel',
      operationId: 'cancelDelivery',
      tag: 'Deliveries',
      summary: 'Cancel a delivery',
      description: 'Commands that are with the device already stay carried out. Takes no body.',
      params: byId,
      responses: {
        200: {
          description: 'Cancelled.',
          content: { ...oneDelivery, example: { ...DELIVERY_EXAMPLE, state: 'cancelled' } },
        },
      },
      problems: ['delivery-unknown', 'delivery-ended'],
      handle: async ({ params }) => ({ status: 200, body: presentDelivery(await deliveries.cancel(params.id)) }),
    }),
  ];
}
