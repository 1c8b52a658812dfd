import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';

export type OtaSend = components['schemas']['OtaSend'];
export type OtaReport = components['schemas']['OtaReport'];
export type OtaOutcome = components['schemas']['OtaOutcome'];
export type OtaAnswer = components['schemas']['OtaAnswer'];
export type OtaPreview = components['schemas']['OtaPreview'];
export type NewOtaPreview = components['schemas']['NewOtaPreview'];

const ASKED_EVERY_MS = 2_000;

export const sendsQuery = infiniteQueryOptions({
  queryKey: ['ota'],
  queryFn: ({ pageParam, signal }) =>
    dataOf(
      api.GET('/api/v1/ota', {
        params: { query: { limit: '50', ...(pageParam !== undefined && { cursor: pageParam }) } },
        signal,
      }),
    ),
  ...byCursor,
});

/** A send with its recipients, page by page; asked for as long as something may still change. */
export const outcomeQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['ota', id],
    queryFn: async ({ pageParam, signal }) => {
      const report = await dataOf(
        api.GET('/api/v1/ota/{id}', {
          params: { path: { id }, query: { limit: '100', ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      );
      return { ...report, items: report.recipients };
    },
    refetchInterval: ({ state: { data } }) => {
      const { queued = 0, sending = 0, sent = 0 } = data?.pages[0]?.states ?? {};
      return data === undefined || queued + sending + sent > 0 ? ASKED_EVERY_MS : false;
    },
    ...byCursor,
  });

/** @param order what the form holds as JSON; the same is not asked for twice */
export const previewQuery = (order: string | undefined) =>
  queryOptions({
    queryKey: ['ota-preview', order],
    queryFn: ({ signal }) =>
      dataOf(api.POST('/api/v1/ota/preview', { body: JSON.parse(order ?? '{}') as NewOtaPreview, signal })),
    enabled: order !== undefined,
    // There are passwords in it.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** What is sent, when it is a stored package. */
export const packageQuery = (id: string) =>
  queryOptions({
    queryKey: ['packages', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/packages/{id}', { params: { path: { id } }, signal })),
  });
