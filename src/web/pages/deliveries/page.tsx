import { Button, Group, Select, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useLive } from '../../api/live.ts';
import { DeliveryStateBadge } from '../../parts/delivery-state.tsx';
import { DeviceSearch } from '../../parts/device-search.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { type DeliveryRow, deliveriesQuery } from './queries.ts';

const words = texts.deliveries;

const COLUMNS: readonly Column<DeliveryRow>[] = [
  {
    label: words.package,
    width: 190,
    render: (delivery) => (
      <Link to="/deliveries/$id" params={{ id: delivery.id }}>
        {words.packageName(delivery.package.name, delivery.package.revision)}
      </Link>
    ),
  },
  {
    label: words.device,
    render: ({ deviceId }) => (
      <Link to="/devices/$deviceId" params={{ deviceId }}>
        {deviceId}
      </Link>
    ),
  },
  { label: words.state, render: ({ state }) => <DeliveryStateBadge state={state} /> },
  {
    label: words.why,
    render: ({ failure, progress }) => (
      <Text size="sm" {...(failure === undefined && { c: 'dimmed' })} lineClamp={2}>
        {failure?.message ?? words.progress(progress.done, progress.total)}
      </Text>
    ),
  },
  { label: words.ordered, render: ({ createdAt }) => <Instant at={createdAt} /> },
];

const STATES = Object.entries(texts.overview.states) as [DeliveryRow['state'], string][];

/** Deliveries, newest first: where to look for what failed. */
export function Page() {
  const { state, deviceId } = useSearch({ from: '/deliveries' });
  const navigate = useNavigate({ from: '/deliveries' });
  useLive(['delivery.*'], [['deliveries', 'list']]);
  const query = useInfiniteQuery(
    deliveriesQuery({ ...(state !== undefined && { state }), ...(deviceId !== undefined && { deviceId }) }),
  );
  const isFiltered = state !== undefined || deviceId !== undefined;
  return (
    <Frame title={words.all} hint={words.allHint}>
      <Panel p={0}>
        <Group m="md" gap="sm">
          <DeviceSearch
            label={words.find}
            deviceId={deviceId}
            onChoose={(chosen) => void navigate({ search: (was) => ({ ...was, deviceId: chosen }) })}
          />
          <Select
            aria-label={words.show}
            w={170}
            allowDeselect={false}
            data={[{ value: '', label: words.everyState }, ...STATES.map(([value, label]) => ({ value, label }))]}
            value={state ?? ''}
            onChange={(next) =>
              void navigate({ search: (was) => ({ ...was, state: STATES.find(([one]) => one === next)?.[0] }) })
            }
          />
        </Group>
        <PagedTable
          caption={words.all}
          query={query}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          minWidth={860}
          empty={
            isFiltered ? (
              <EmptyState icon="search" title={words.emptyFiltered} hint={words.emptyFilteredHint} />
            ) : (
              <EmptyState icon="delivery" title={words.empty} hint={words.emptyHint}>
                <Button variant="light" renderRoot={(props) => <Link to="/packages" {...props} />}>
                  {words.toPackages}
                </Button>
              </EmptyState>
            )
          }
        />
      </Panel>
    </Frame>
  );
}
