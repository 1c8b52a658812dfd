import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf, taggedOf } from '../../api/client.ts';
import type { components, operations } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';

export type Device = components['schemas']['Device'];
export type DeviceImport = components['schemas']['DeviceImport'];
export type SavedFilter = components['schemas']['DeviceFilter'];
type ListQuery = NonNullable<operations['listDevices']['parameters']['query']>;
export type DeviceSort = NonNullable<ListQuery['sort']>;
export interface DeviceSelection {
  readonly filter?: string;
  readonly sort?: DeviceSort;
}

const PAGE = '50';

function from(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

export const devicesQuery = (selection: DeviceSelection) =>
  infiniteQueryOptions({
    queryKey: ['devices', selection],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/devices', { params: { query: { limit: PAGE, ...selection, ...from(pageParam) } }, signal }),
      ),
    ...byCursor,
  });

export const deviceCountQuery = (filter: string | undefined) =>
  queryOptions({
    queryKey: ['devices', 'count', filter],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/devices/count', { params: { query: filter === undefined ? {} : { filter } }, signal })),
    // The filter's fault is said once, by the listing.
    retry: false,
  });

export const savedFiltersQuery = queryOptions({
  queryKey: ['device-filters'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/v1/device-filters', { params: { query: { limit: '200' } }, signal })),
});

export const deviceQuery = (deviceId: string) =>
  queryOptions({
    queryKey: ['devices', 'one', deviceId],
    queryFn: ({ signal }) =>
      taggedOf(api.GET('/api/v1/devices/{deviceId}', { params: { path: { deviceId } }, signal })),
  });

export type TimelineEntry = components['schemas']['TimelineEntry'];
export type TimelineKind = TimelineEntry['kind'];

/** @param kinds with commas between them; undefined: all */
export const timelineQuery = (deviceId: string, kinds: string | undefined, limit = '30') =>
  infiniteQueryOptions({
    queryKey: ['timeline', deviceId, kinds, limit],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit, ...(kinds !== undefined && { kind: kinds }), ...from(pageParam) };
      return dataOf(api.GET('/api/v1/devices/{deviceId}/timeline', { params: { path: { deviceId }, query }, signal }));
    },
    ...byCursor,
  });

/** An import that goes on is asked about so often. */
const ASKED_EVERY_MS = 1_000;

export function isUnderWay({ state }: DeviceImport): boolean {
  return state === 'receiving' || state === 'queued' || state === 'running';
}

export const importsQuery = infiniteQueryOptions({
  queryKey: ['imports'],
  queryFn: ({ pageParam, signal }) =>
    dataOf(api.GET('/api/v1/imports', { params: { query: { limit: '20', ...from(pageParam) } }, signal })),
  ...byCursor,
});

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/imports/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data } }) => (data === undefined || isUnderWay(data) ? ASKED_EVERY_MS : false),
  });

/** @param count of them so far: when it grows, they are read again */
export const refusalsQuery = (id: string, count: number) =>
  infiniteQueryOptions({
    queryKey: ['imports', id, 'refusals', count],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/imports/{id}/refusals', {
          params: { path: { id }, query: { limit: PAGE, ...from(pageParam) } },
          signal,
        }),
      ),
    ...byCursor,
  });
