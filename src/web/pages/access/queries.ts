import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf, taggedOf } from '../../api/client.ts';
import type { components, operations } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';

export type User = components['schemas']['User'];
export type ApiKey = components['schemas']['ApiKey'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditFilter = Omit<NonNullable<operations['listAudit']['parameters']['query']>, 'limit' | 'cursor'>;

/** `cursor` as a query parameter, when there is one. */
function from(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

export const usersQuery = infiniteQueryOptions({
  queryKey: ['users'],
  queryFn: ({ pageParam, signal }) =>
    dataOf(api.GET('/api/v1/users', { params: { query: { limit: '100', ...from(pageParam) } }, signal })),
  ...byCursor,
});

/** One user, with the tag that keeps a change from overwriting a newer one. */
export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['users', id],
    queryFn: ({ signal }) => taggedOf(api.GET('/api/v1/users/{id}', { params: { path: { id } }, signal })),
    staleTime: 0,
    gcTime: 0,
  });

export const keysQuery = infiniteQueryOptions({
  queryKey: ['keys'],
  queryFn: ({ pageParam, signal }) =>
    dataOf(api.GET('/api/v1/keys', { params: { query: { limit: '50', ...from(pageParam) } }, signal })),
  ...byCursor,
});

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      dataOf(api.GET('/api/v1/audit', { params: { query: { limit: '50', ...filter, ...from(pageParam) } }, signal })),
    ...byCursor,
  });
