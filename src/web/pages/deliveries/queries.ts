import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';

export type DeliveryRow = components['schemas']['Delivery'];

export interface DeliveryFilter {
  readonly state?: DeliveryRow['state'];
  readonly deviceId?: string;
}

/** Newest first. */
export const deliveriesQuery = (filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/deliveries', {
          params: { query: { limit: '50', ...filter, ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
  });

export type Delivery = components['schemas']['DeliveryWithResults'];
export type CommandResult = components['schemas']['CommandResult'];
export type Push = components['schemas']['Push'];
export type Session = components['schemas']['Session'];

const OPEN: readonly Delivery['state'][] = ['queued', 'triggered', 'delivering'];
/** A session goes on between two events. */
const ASKED_EVERY_MS = 2_000;
/** As many as a device has in the time of one delivery, nearly always. */
const SESSIONS = '50';

export function isOpen({ state }: Pick<Delivery, 'state'>): boolean {
  return OPEN.includes(state);
}

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['deliveries', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/deliveries/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isOpen(data) ? ASKED_EVERY_MS : false),
  });

/** What becomes of a receipt that is on its way when the delivery ends already is asked for as long. */
const isMoving = ({ state }: Push): boolean => state === 'queued' || state === 'sending' || state === 'sent';

/** The calls by SMS, newest first. */
export const callsQuery = (deliveryId: string, isLive: boolean) =>
  queryOptions({
    queryKey: ['pushes', { deliveryId }],
    queryFn: async ({ signal }) =>
      (await dataOf(api.GET('/api/v1/pushes', { params: { query: { deliveryId, limit: '20' } }, signal }))).items,
    refetchInterval: ({ state: { data } }) => (isLive || data?.some(isMoving) === true ? ASKED_EVERY_MS : false),
  });

/** The sessions that the device had while the delivery waited or went on, newest first. */
export const sessionsQuery = ({ id, deviceId, createdAt, endedAt }: Delivery) =>
  queryOptions({
    queryKey: ['sessions', 'of-delivery', id, endedAt],
    queryFn: async ({ signal }) => {
      const query = { deviceId, limit: SESSIONS };
      const { items } = await dataOf(api.GET('/api/v1/sessions', { params: { query }, signal }));
      return items.filter(
        ({ openedAt, lastMessageAt }) => lastMessageAt >= createdAt && (endedAt === undefined || openedAt <= endedAt),
      );
    },
    refetchInterval: endedAt === undefined ? ASKED_EVERY_MS : false,
  });

export const linksQuery = queryOptions({
  queryKey: ['links'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/v1/links', { signal })),
  staleTime: 60_000,
});
