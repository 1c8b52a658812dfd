import type { Bootstrap } from '../../../services/bootstrap.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  BOOTSTRAP_PREVIEW_EXAMPLE,
  BOOTSTRAP_STARTED_EXAMPLE,
  BOOTSTRAP_STATUS_EXAMPLE,
  bootstrapOrder,
  bootstrapPreviewSchema,
  bootstrapStartedSchema,
  bootstrapStatusSchema,
  NEW_BOOTSTRAP_EXAMPLE,
  newBootstrapSchema,
  presentPreview,
  presentStarted,
  presentStatus,
} from '../schemas/bootstrap.ts';
import { byDeviceId } from '../schemas/fields.ts';

const JSON_TYPE = 'application/json';

export function bootstrapRoutes(bootstrap: Bootstrap): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/devices/{deviceId}/bootstrap',
      operationId: 'bootstrapDevice',
      tag: 'Devices',
      summary: 'Give a device its DM account over the air',
      description:
        'Makes fresh credentials and pushes them in a document by SMS. They count from the first session on that the ' +
        'device opens with them; until then it may go on with those it has.',
      params: byDeviceId,
      body: {
        kind: 'json',
        schema: newBootstrapSchema,
        examples: { cp: NEW_BOOTSTRAP_EXAMPLE, plain: { profile: 'plain', version: '1.2' }, dryRun: { dryRun: true } },
      },
      idempotent: true,
      responses: {
        200: {
          description: 'Of a dry run: what would be sent.',
          content: { mediaType: JSON_TYPE, schema: bootstrapPreviewSchema, example: BOOTSTRAP_PREVIEW_EXAMPLE },
        },
        202: {
          description: 'The push is in the queue.',
          content: { mediaType: JSON_TYPE, schema: bootstrapStartedSchema, example: BOOTSTRAP_STARTED_EXAMPLE },
          headers: { Location: 'Where its state is.' },
        },
      },
      problems: ['device-unknown', 'bootstrap-impossible', 'auth-not-allowed', 'expiry-past'],
      handle: async ({ params: { deviceId }, body }) => {
        const order = bootstrapOrder(deviceId, body);
        if (body.dryRun === true) return { status: 200, body: presentPreview(await bootstrap.preview(order)) };
        const started = await bootstrap.start(order);
        return {
          status: 202,
          headers: { Location: `/api/v1/devices/${encodeURIComponent(deviceId)}/bootstrap` },
          body: presentStarted(started),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/{deviceId}/bootstrap',
      operationId: 'getBootstrap',
      tag: 'Devices',
      summary: 'How far the bootstrap of a device is',
      params: byDeviceId,
      responses: {
        200: {
          description: 'Its state, and that of the push.',
          content: { mediaType: JSON_TYPE, schema: bootstrapStatusSchema, example: BOOTSTRAP_STATUS_EXAMPLE },
        },
      },
      problems: ['device-unknown'],
      handle: async ({ params: { deviceId } }) => ({
        status: 200,
        body: presentStatus(deviceId, await bootstrap.status(deviceId)),
      }),
    }),
  ];
}
