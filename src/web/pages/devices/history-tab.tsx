import { Badge, Stack, Text } from '@mantine/core';
import { infiniteQueryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { byCursor, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';

const words = texts.devices.history;

const deliveriesQuery = (deviceId: string) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', { deviceId }],
    queryFn: ({ pageParam, signal }) => {
      const query = { deviceId, limit: '20', ...(pageParam !== undefined && { cursor: pageParam }) };
      return dataOf(api.GET('/api/v1/deliveries', { params: { query }, signal }));
    },
    ...byCursor,
  });

const sessionsQuery = (deviceId: string) =>
  infiniteQueryOptions({
    queryKey: ['sessions', 'of', deviceId],
    queryFn: ({ pageParam, signal }) => {
      const query = { deviceId, limit: '20', ...(pageParam !== undefined && { cursor: pageParam }) };
      return dataOf(api.GET('/api/v1/sessions', { params: { query }, signal }));
    },
    ...byCursor,
  });

/** What was sent to a device, the sessions it had, and what it told of its own accord. */
export function HistoryTab({ deviceId }: { readonly deviceId: string }) {
  return (
    <Stack gap="lg">
      <Deliveries deviceId={deviceId} />
      <Sessions deviceId={deviceId} />
      <Alerts deviceId={deviceId} />
    </Stack>
  );
}

function Deliveries({ deviceId }: { readonly deviceId: string }) {
  const query = useInfiniteQuery(deliveriesQuery(deviceId));
  return (
    <Panel title={words.deliveries} p={0} pt="md">
      <PagedTable
        caption={words.deliveries}
        query={query}
        keyOf={({ id }) => id}
        columns={[
          {
            label: words.delivery,
            render: ({ id, createdAt }) => (
              <Link to="/deliveries/$id" params={{ id }}>
                <Instant at={createdAt} />
              </Link>
            ),
          },
          { label: words.state, render: ({ state }) => <DeliveryStateBadge state={state} /> },
          { label: words.commands, render: ({ progress: { done, total } }) => `${done} / ${total}` },
        ]}
        empty={<EmptyState icon="package" title={words.noDeliveries} hint={words.noDeliveriesHint} />}
      />
    </Panel>
  );
}

function Sessions({ deviceId }: { readonly deviceId: string }) {
  const query = useInfiniteQuery(sessionsQuery(deviceId));
  return (
    <Panel title={words.sessions} p={0} pt="md">
      <PagedTable
        caption={words.sessions}
        query={query}
        keyOf={({ id }) => id}
        columns={[
          {
            label: texts.sessions.session,
            render: ({ id, dmSessionId }) => (
              <Link to="/sessions/$id" params={{ id }}>
                {texts.sessions.one(dmSessionId)}
              </Link>
            ),
          },
          { label: words.state, render: ({ phase }) => texts.sessions.phases[phase] },
          { label: words.when, render: ({ openedAt }) => <Instant at={openedAt} /> },
        ]}
        empty={<EmptyState icon="sessions" title={words.noSessions} hint={words.noSessionsHint} />}
      />
    </Panel>
  );
}

function Alerts({ deviceId }: { readonly deviceId: string }) {
  const { data, error } = useQuery({
    queryKey: ['alerts', deviceId],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/devices/{deviceId}/alerts', {
          params: { path: { deviceId }, query: { limit: '200' } },
          signal,
        }),
      ),
  });
  return (
    <Panel title={words.alerts}>
      <ProblemAlert problem={error} />
      {data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.noAlerts}
        </Text>
      )}
      <Stack gap="xs">
        {data?.items.toReversed().map(({ id, type, data: said, mark, at }) => (
          <div key={id}>
            <Instant at={at} />{' '}
            <Text span size="sm">
              {type} {said}
            </Text>{' '}
            {mark !== undefined && (
              <Badge size="sm" variant="light" color="gray">
                {mark}
              </Badge>
            )}
          </div>
        ))}
      </Stack>
    </Panel>
  );
}
