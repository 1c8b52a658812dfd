import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';

export type Campaign = components['schemas']['Campaign'];
export type CampaignState = Campaign['state'];
export type Progress = components['schemas']['CampaignProgress'];
export type Failure = components['schemas']['CampaignFailure'];
export type Target = components['schemas']['CampaignTarget'];

/** Where there is no event, and in case one was missed. */
export const ASKED_EVERY_MS = 5_000;

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
  });

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns/{id}', { params: byId(id), signal })),
    refetchInterval: ASKED_EVERY_MS,
  });

export const progressQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', id, 'progress'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns/{id}/progress', { params: byId(id), signal })),
    refetchInterval: ASKED_EVERY_MS,
  });

export const forecastQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', id, 'forecast'],
    queryFn: ({ signal }) => dataOf(api.POST('/api/v1/campaigns/{id}/validate', { params: byId(id), signal })),
  });

export const failuresQuery = (id: string) =>
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

/** Beyond so many devices every single one is not asked for. */
export const MAX_FOLLOWED = 1_000;
const PAGE = '200';

/** When devices of a campaign came to their end, oldest first. */
export const endsQuery = (id: string, isFollowed: boolean) =>
  queryOptions({
    queryKey: ['campaigns', id, 'ends'],
    enabled: isFollowed,
    queryFn: async ({ signal }) => {
      const ends: { readonly at: number; readonly wave: number }[] = [];
      let after: string | undefined;
      for (let page = 0; page < (2 * MAX_FOLLOWED) / Number(PAGE); page++) {
        const query = {
          kind: 'target.succeeded,target.failed,target.expired',
          limit: PAGE,
          ...(after !== undefined && { after }),
        };
        const feed = (await dataOf(
          api.GET('/api/v1/campaigns/{id}/events', { params: { ...byId(id), query }, signal }),
        )) as components['schemas']['EventFeed'];
        for (const { at, wave = 1 } of feed.items) ends.push({ at: Date.parse(at), wave });
        if (!feed.more) break;
        after = feed.next;
      }
      return ends;
    },
    refetchInterval: ASKED_EVERY_MS,
  });
