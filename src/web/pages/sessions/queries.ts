import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';

export type Session = components['schemas']['Session'];
export type Message = components['schemas']['SessionMessage'];

/** Sessions tell no events: they are asked for. */
const LIST_EVERY_MS = 5_000;
const ONE_EVERY_MS = 1_000;

export const sessionsQuery = (filter: { readonly deviceId?: string; readonly open?: 'true' | 'false' }) =>
  infiniteQueryOptions({
    queryKey: ['sessions', filter],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/sessions', {
          params: { query: { limit: '50', ...filter, ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      ),
    // With more pages it would be read over and over; who has scrolled is looking for something old.
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) > 1 ? false : LIST_EVERY_MS),
    ...byCursor,
  });

export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ['sessions', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/sessions/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data } }) => (data?.phase === 'closed' ? false : ONE_EVERY_MS),
  });

/** What was said, oldest first. Whoever shows it reads it again when the session has said more. */
export const messagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['sessions', 'messages', id],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/sessions/{id}/messages', {
          params: { path: { id }, query: { limit: '200', ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
  });
