import { Badge, Button, Group, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { DeviceSearch } from '../../parts/device-search.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { type Session, sessionsQuery } from './queries.ts';
import { SessionEnd } from './session-end.tsx';

const words = texts.sessions;

const COLUMNS: readonly Column<Session>[] = [
  {
    label: words.session,
    render: ({ id, dmSessionId }) => (
      <Link to="/sessions/$id" params={{ id }}>
        {words.one(dmSessionId)}
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
  {
    label: words.state,
    render: ({ phase }) => (
      <Badge variant="light" color={phase === 'closed' ? 'gray' : 'green'}>
        {words.phases[phase]}
      </Badge>
    ),
  },
  { label: words.ended, render: (session) => <SessionEnd session={session} /> },
  { label: words.opened, render: ({ openedAt }) => <Instant at={openedAt} /> },
  { label: words.last, render: ({ lastMessageAt }) => <Instant at={lastMessageAt} /> },
];

/** DM sessions, newest first. */
export function Page() {
  const { deviceId, open } = useSearch({ from: '/sessions' });
  const navigate = useNavigate({ from: '/sessions' });
  const query = useInfiniteQuery(
    sessionsQuery({
      ...(deviceId !== undefined && { deviceId }),
      ...(open !== undefined && { open: open === 'true' ? 'true' : 'false' }),
    }),
  );
  const isFiltered = deviceId !== undefined || open !== undefined;
  return (
    <Frame title={words.title} hint={words.hint}>
      <Panel p={0}>
        <Group m="md" gap="sm">
          <DeviceSearch
            label={words.find}
            deviceId={deviceId}
            onChoose={(chosen) => void navigate({ search: (was) => ({ ...was, deviceId: chosen }) })}
          />
          <SegmentedControl
            aria-label={words.show}
            data={[
              { value: '', label: words.which.all },
              { value: 'true', label: words.which.open },
              { value: 'false', label: words.which.ended },
            ]}
            value={open ?? ''}
            onChange={(next) => void navigate({ search: (was) => ({ ...was, open: next || undefined }) })}
          />
        </Group>
        <PagedTable
          caption={words.title}
          query={query}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          minWidth={860}
          empty={
            isFiltered ? (
              <EmptyState icon="search" title={words.emptyFiltered} hint={words.emptyFilteredHint} />
            ) : (
              <EmptyState icon="sessions" title={words.empty} hint={words.emptyHint}>
                <Button variant="light" renderRoot={(props) => <Link to="/devices" {...props} />}>
                  {words.toDevices}
                </Button>
              </EmptyState>
            )
          }
        />
      </Panel>
    </Frame>
  );
}
