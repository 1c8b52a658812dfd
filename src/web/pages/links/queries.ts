import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';

export type SmsLink = components['schemas']['Link'];
export type LinkProbe = components['schemas']['LinkProbe'];
export type IncomingMessage = components['schemas']['IncomingMessage'];

/** Links have no events: they are asked for. */
export const ASKED_EVERY_MS = 3_000;

export const linksQuery = queryOptions({
  queryKey: ['links'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/v1/links', { signal })),
  refetchInterval: ASKED_EVERY_MS,
});

export interface IncomingFilter {
  readonly source?: string;
  readonly linkId?: string;
}

export const incomingQuery = (filter: IncomingFilter) =>
  infiniteQueryOptions({
    queryKey: ['incoming-messages', filter],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/incoming-messages', {
          params: { query: { limit: '50', ...filter, ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      ),
    refetchInterval: 5_000,
    ...byCursor,
  });
