import { infiniteQueryOptions } from '@tanstack/react-query';
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
