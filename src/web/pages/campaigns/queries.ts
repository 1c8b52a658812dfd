import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';
import type { CampaignState, TargetState } from './campaign-types.ts';

/** Where there is no event, and in case one was missed. */
export const ASKED_EVERY_MS = 5_000;
/** What moves with every device is not told one by one: a million of them would be a million events. */
const FOLLOWED_EVERY_MS = 2_000;

const from = (cursor: string | undefined): { cursor?: string } => (cursor === undefined ? {} : { cursor });
const byId = (id: string) => ({ path: { id } });

export const campaignsQuery = (state: CampaignState | undefined) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', 'list', state],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/campaigns', {
          params: { query: { limit: '50', ...(state !== undefined && { state }), ...from(pageParam) } },
          signal,
        }),
      ),
    ...byCursor,
    // Who is under way moves on; the others are told of.
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ items }) => items.some((one) => one.state === 'running')) === true ? ASKED_EVERY_MS : false,
  });

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns/{id}', { params: byId(id), signal })),
    refetchInterval: ASKED_EVERY_MS,
  });

/** To be changed or copied: read once, and again only when somebody asks for it, so that nothing typed is lost. */
export const readCampaignQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaign-read', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns/{id}', { params: byId(id), signal })),
    staleTime: 'static',
    gcTime: 0,
  });

/** @param isOver whether nothing moves in it any more */
export const progressQuery = (id: string, isOver = false) =>
  queryOptions({
    queryKey: ['campaigns', id, 'progress'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns/{id}/progress', { params: byId(id), signal })),
    refetchInterval: isOver ? false : FOLLOWED_EVERY_MS,
  });

export const timelineQuery = (id: string, isOver: boolean) =>
  queryOptions({
    queryKey: ['campaigns', id, 'timeline'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns/{id}/timeline', { params: byId(id), signal })),
    refetchInterval: isOver ? false : FOLLOWED_EVERY_MS,
    // Until it is read anew the chart stays as it is.
    placeholderData: (before) => before,
  });

/** What somebody, or the campaign itself, has brought it and its waves to; the oldest first. */
export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', id, 'history'],
    queryFn: async ({ signal }) => {
      const query = { kind: 'campaign.*,wave.*', limit: '200' };
      const feed = await dataOf(api.GET('/api/v1/campaigns/{id}/events', { params: { ...byId(id), query }, signal }));
      return (feed as components['schemas']['EventFeed']).items;
    },
  });

export interface TargetFilter {
  readonly state?: TargetState | undefined;
  readonly wave?: number | undefined;
}

export const targetsQuery = (id: string, { state, wave }: TargetFilter, isOver: boolean) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', id, 'targets', state, wave],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/campaigns/{id}/targets', {
          params: {
            ...byId(id),
            query: {
              limit: '20',
              ...(state !== undefined && { state }),
              ...(wave !== undefined && { wave: String(wave) }),
              ...from(pageParam),
            },
          },
          signal,
        }),
      ),
    ...byCursor,
    // Whoever has gone further down reads; pages that move below the eyes help nobody.
    refetchInterval: ({ state: { data } }) => (isOver || (data?.pages.length ?? 0) > 1 ? false : ASKED_EVERY_MS),
  });

export const packageQuery = (id: string) =>
  queryOptions({
    queryKey: ['packages', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/packages/{id}', { params: byId(id), signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const savedFiltersQuery = queryOptions({
  queryKey: ['device-filters'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/v1/device-filters', { params: { query: { limit: '200' } }, signal })),
});

export const forecastQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', id, 'forecast'],
    queryFn: ({ signal }) =>
      dataOf(
        api.POST('/api/v1/campaigns/{id}/validate', { params: { ...byId(id), query: { estimate: 'true' } }, signal }),
      ),
  });

/** @param isOver as {@link progressQuery} */
export const failuresQuery = (id: string, isOver: boolean) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', id, 'failures'],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/campaigns/{id}/failures', {
          params: { ...byId(id), query: { limit: '20', ...from(pageParam) } },
          signal,
        }),
      ),
    ...byCursor,
    refetchInterval: isOver ? false : ASKED_EVERY_MS,
  });

export const failedDevicesQuery = (id: string, failureId: number) =>
  infiniteQueryOptions({
    queryKey: ['campaigns', id, 'failures', failureId],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/campaigns/{id}/failures/{failureId}/devices', {
          params: { path: { id, failureId: String(failureId) }, query: { limit: '20', ...from(pageParam) } },
          signal,
        }),
      ),
    ...byCursor,
  });

export const audienceQuery = (filter: string | undefined) =>
  queryOptions({
    queryKey: ['devices', 'audience', filter],
    queryFn: async ({ signal }) => {
      const query = filter === undefined || filter === '' ? {} : { filter };
      const [count, sample] = await Promise.all([
        dataOf(api.GET('/api/v1/devices/count', { params: { query }, signal })),
        dataOf(api.GET('/api/v1/devices', { params: { query: { ...query, limit: '5' } }, signal })),
      ]);
      return { count, sample: sample.items };
    },
    retry: false,
  });

export const packagesQuery = (kinds: readonly ('dm' | 'cp' | 'push')[]) =>
  queryOptions({
    queryKey: ['packages', 'choice', kinds],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        kinds.map((kind) => dataOf(api.GET('/api/v1/packages', { params: { query: { kind, limit: '200' } }, signal }))),
      );
      return pages.flatMap(({ items }) => items);
    },
  });
