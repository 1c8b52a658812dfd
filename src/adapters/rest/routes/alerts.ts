import type { Alerts } from '../../../services/alerts.ts';
import type { AlertFilter } from '../../../services/ports/alert-store.ts';
import { defineRoute, type ResponseDefinition, type Route } from '../route.ts';
import { ALERT_FEED_EXAMPLE, alertFeed, alertQuery, deviceAlertQuery, presentFeed } from '../schemas/alert.ts';
import { byDeviceId } from '../schemas/fields.ts';

const feed: ResponseDefinition = {
  description: 'Oldest first.',
  content: { mediaType: 'application/json', schema: alertFeed, example: ALERT_FEED_EXAMPLE },
};

/** Like every path with a device: any text, so that one that cannot be is simply not there. */
export function alertRoutes(alerts: Alerts): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/alerts',
      operationId: 'listAlerts',
      tag: 'Alerts',
      summary: 'What devices have told: client events and generic alerts',
      description:
        'Oldest first, each Item for itself. Made for polling: ask on with `next`, and every alert comes once, however late it was stored.',
      query: alertQuery,
      responses: { 200: feed },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, after, ...filter } }) => ({
        status: 200,
        body: presentFeed(await alerts.list(filter, limit, after)),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/{deviceId}/alerts',
      operationId: 'listDeviceAlerts',
      tag: 'Alerts',
      summary: 'What one device has told',
      params: byDeviceId,
      query: deviceAlertQuery,
      responses: { 200: feed },
      problems: ['device-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { limit, after, ...filter } }) => ({
        status: 200,
        body: presentFeed(await alerts.listOfDevice(params.deviceId, filter satisfies AlertFilter, limit, after)),
      }),
    }),
  ];
}
