import { Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { type DeliveryState, DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { texts } from '../../texts.ts';
import { ValueText } from './value-text.tsx';

const words = texts.devices.tree;
/** While an order is under way. */
export const ASKED_EVERY_MS = 1_500;
const OPEN: readonly DeliveryState[] = ['queued', 'triggered', 'delivering'];

export function isOpen(state: DeliveryState): boolean {
  return OPEN.includes(state);
}

/** What becomes of the last order. */
export function Ordered({
  id,
  what,
  deviceId,
}: {
  readonly id: string;
  /** In words. */
  readonly what: string;
  readonly deviceId: string;
}) {
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['deliveries', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/deliveries/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data === undefined || isOpen(state.data.state) ? ASKED_EVERY_MS : false),
  });
  const hasEnded = data !== undefined && !isOpen(data.state);
  // The tree shows what was answered without waiting for the server to tell of it.
  useEffect(() => {
    if (hasEnded) void queries.invalidateQueries({ queryKey: ['tree', deviceId] });
  }, [queries, hasEnded, deviceId]);
  const result = data?.results[0];
  return (
    <div role="status" className="ordered">
      <Group gap="sm">
        <Text size="sm" fw={600} className="breaks-anywhere">
          {what}
        </Text>
        {data !== undefined && <DeliveryStateBadge state={data.state} />}
        <Link to="/deliveries/$id" params={{ id }}>
          {words.show}
        </Link>
      </Group>
      {result?.status !== undefined && <Text size="sm">{result.statusText}</Text>}
      {data?.failure !== undefined && result?.status === undefined && <Text size="sm">{data.failure.message}</Text>}
      {(result?.data !== undefined || result?.object !== undefined) && (
        <ValueText value={result.data} object={result.object} />
      )}
    </div>
  );
}
