import { z } from 'zod';
import type { DeviceFilters } from '../../../services/device-filters.ts';
import type { SavedFilter } from '../../../services/ports/device-filter-store.ts';
import { defineRoute, type Route, type RouteReply } from '../route.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';
import {
  FILTER_EXAMPLE,
  filterPatchSchema,
  newFilterSchema,
  presentFilter,
  savedFilterPage,
  savedFilterSchema,
} from '../schemas/fleet.ts';

const byId = z.strictObject({ id: idOf('the filter') });

const oneFilter = {
  description: 'The filter.',
  content: { mediaType: 'application/json', schema: savedFilterSchema, example: FILTER_EXAMPLE },
  headers: { ETag: 'Its version, for `If-Match`.' },
};

export function deviceFilterRoutes(filters: DeviceFilters): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/device-filters',
      operationId: 'saveDeviceFilter',
      tag: 'Devices',
      summary: 'Give a filter a name',
      body: {
        kind: 'json',
        schema: newFilterSchema,
        examples: { pilots: { name: FILTER_EXAMPLE.name, filter: FILTER_EXAMPLE.filter } },
      },
      idempotent: true,
      responses: { 201: { ...oneFilter, headers: { ...oneFilter.headers, Location: 'Where the filter is.' } } },
      problems: ['filter-invalid', 'filter-exists'],
      handle: async ({ body }) => {
        const made = await filters.create(body);
        const reply = replyWith(made);
        return { ...reply, status: 201, headers: { ...reply.headers, Location: `/api/v1/device-filters/${made.id}` } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/device-filters',
      operationId: 'listDeviceFilters',
      tag: 'Devices',
      summary: 'List saved filters by name',
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: savedFilterPage, example: { items: [FILTER_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor } }) => {
        const page = await filters.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentFilter) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/device-filters/{id}',
      operationId: 'getDeviceFilter',
      tag: 'Devices',
      summary: 'One saved filter',
      params: byId,
      responses: { 200: oneFilter },
      problems: ['filter-unknown'],
      handle: async ({ params }) => replyWith(await filters.get(params.id)),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/device-filters/{id}',
      operationId: 'changeDeviceFilter',
      tag: 'Devices',
      summary: 'Change a saved filter',
      description: 'Who uses it by its id means the changed one from then on.',
      params: byId,
      body: {
        kind: 'json',
        schema: filterPatchSchema,
        mediaTypes: ['application/json', 'application/merge-patch+json'],
        examples: { filter: { filter: 'tags==site-berlin;tags==pilot' } },
      },
      conditional: true,
      responses: { 200: oneFilter },
      problems: ['filter-unknown', 'filter-invalid', 'filter-exists'],
      handle: async ({ params, body, version }) => replyWith(await filters.update(params.id, body, version)),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/device-filters/{id}',
      operationId: 'deleteDeviceFilter',
      tag: 'Devices',
      summary: 'Delete a saved filter',
      params: byId,
      conditional: true,
      responses: { 204: { description: 'It is gone.' } },
      problems: ['filter-unknown'],
      handle: async ({ params, version }) => {
        await filters.delete(params.id, version);
        return { status: 204 };
      },
    }),
  ];
}

function replyWith(filter: SavedFilter): RouteReply {
  return { status: 200, headers: { ETag: `"${filter.version}"` }, body: presentFilter(filter) };
}
