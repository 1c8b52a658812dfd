import type { DeviceTimelines } from '../../../services/device-timelines.ts';
import { defineRoute, type Route } from '../route.ts';
import { presentEntry, TIMELINE_EXAMPLE, timelinePage, timelineQuery } from '../schemas/device-timeline.ts';
import { byDeviceId } from '../schemas/fields.ts';

export function deviceTimelineRoutes(timelines: DeviceTimelines): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/{deviceId}/timeline',
      operationId: 'listDeviceTimeline',
      tag: 'Devices',
      summary: 'What happened with a device',
      description:
        'Its sessions, deliveries, alerts, bootstraps and pushes in one order of time, newest first, as far as they are ' +
        'kept. Each says at first sight what it came to; the rest is where its id leads.',
      params: byDeviceId,
      query: timelineQuery,
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: timelinePage, example: TIMELINE_EXAMPLE },
        },
      },
      problems: ['device-unknown', 'cursor-invalid'],
      handle: async ({ params: { deviceId }, query: { kind = [], ...page } }) => {
        const { items, ...rest } = await timelines.list(deviceId, kind, page);
        return { status: 200, body: { ...rest, items: items.map(presentEntry) } };
      },
    }),
  ];
}
