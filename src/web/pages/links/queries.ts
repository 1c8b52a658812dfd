import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf, type Tagged, taggedOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';
import type { SmsLink } from './link-values.ts';

export type LinkProbe = components['schemas']['LinkProbe'];
export type IncomingMessage = components['schemas']['IncomingMessage'];

/** Links have no events: they are asked for. */
export const ASKED_EVERY_MS = 3_000;

export const linksQuery = queryOptions({
  queryKey: ['links'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/v1/links', { signal })),
  refetchInterval: ASKED_EVERY_MS,
});

/** A link with its version, as it is now. */
export function readLink(id: string, signal?: AbortSignal): Promise<Tagged<SmsLink>> {
  return taggedOf(api.GET('/api/v1/links/{id}', { params: { path: { id } }, ...(signal !== undefined && { signal }) }));
}

/** What a form begins with: read anew for each. */
export const linkQuery = (id: string) =>
  queryOptions({
    queryKey: ['link', id],
    queryFn: ({ signal }) => readLink(id, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The registered devices behind numbers, by their digits. */
export const devicesOfNumbersQuery = (numbers: readonly string[]) =>
  queryOptions({
    queryKey: ['devices', 'of-numbers', numbers],
    queryFn: async ({ signal }) => {
      const either = numbers.flatMap((number) => [number, `+${number}`]).join(',');
      const { items } = await dataOf(
        api.GET('/api/v1/devices', {
          params: { query: { filter: `msisdn=in=(${either})`, limit: String(Math.min(200, 2 * numbers.length)) } },
          signal,
        }),
      );
      return new Map(items.map(({ deviceId, msisdn = '' }) => [digitsOf(msisdn), deviceId]));
    },
    enabled: numbers.length > 0,
    staleTime: 60_000,
  });

export function digitsOf(number: string): string {
  return number.replaceAll(/\D/g, '');
}

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
