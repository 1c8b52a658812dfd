import { Badge, Button, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { AuditObject } from './audit-object.tsx';
import { AccessFrame } from './frame.tsx';
import { type AuditEntry, type AuditFilter, auditQuery } from './queries.ts';

const words = texts.access.audit;
const route = getRouteApi('/access/audit');

/** Who did what. The filters stand in the address, so that a link leads to the same entries. */
export function Page() {
  const may = useMay('admin');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/access/audit' });
  const query = useInfiniteQuery({ ...auditQuery(filterOf(search)), enabled: may });
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const isFiltered = Object.values(search).some((value) => value !== undefined);

  const columns: readonly Column<AuditEntry>[] = [
    { label: words.when, render: ({ at }) => <Instant at={at} /> },
    {
      label: words.who,
      render: ({ principal }) => (
        <div>
          <Button variant="transparent" size="compact-sm" px={0} onClick={() => set({ who: principal.id })}>
            {principal.name}
          </Button>
          <Text size="xs" c="dimmed">
            {words.kind[principal.kind]}, {texts.shell.roles[principal.role]}
          </Text>
        </div>
      ),
    },
    {
      label: words.what,
      render: ({ operation }) => (
        <Button variant="transparent" size="compact-sm" px={0} onClick={() => set({ operation })}>
          {sayOperation(operation)}
        </Button>
      ),
    },
    { label: words.on, render: (entry) => <AuditObject entry={entry} /> },
    {
      label: words.outcome,
      render: ({ status }) => (
        <Badge variant="light" color={status < 300 ? 'green' : 'red'}>
          {status < 300 ? words.done : words.refused}
        </Badge>
      ),
    },
    {
      label: words.from,
      render: ({ address }) => (
        <Text size="sm" ff="monospace">
          {address}
        </Text>
      ),
    },
  ];
  return (
    <AccessFrame tab="audit">
      <Panel p={0}>
        <SimpleGrid p="md" spacing="sm" cols={{ base: 2, lg: 4 }}>
          <TextInput
            data-search
            label={words.filterOperation}
            value={search.operation ?? ''}
            onChange={({ currentTarget: { value } }) => set({ operation: value || undefined })}
          />
          <TextInput
            label={words.filterWho}
            value={search.who ?? ''}
            onChange={({ currentTarget: { value } }) => set({ who: value || undefined })}
          />
          <TextInput
            type="datetime-local"
            label={words.filterFrom}
            value={search.from ?? ''}
            onChange={({ currentTarget: { value } }) => set({ from: value || undefined })}
          />
          <TextInput
            type="datetime-local"
            label={words.filterUntil}
            value={search.until ?? ''}
            onChange={({ currentTarget: { value } }) => set({ until: value || undefined })}
          />
        </SimpleGrid>
        {isFiltered && (
          <Button
            mx="md"
            mb="sm"
            size="compact-sm"
            variant="light"
            onClick={() => set({ who: undefined, operation: undefined, from: undefined, until: undefined })}
          >
            {words.clear}
          </Button>
        )}
        <PagedTable
          caption={texts.access.tabs.audit}
          query={query}
          columns={columns}
          keyOf={({ id }) => id}
          minWidth={860}
          empty={
            isFiltered ? (
              <EmptyState icon="filter" title={words.emptyFiltered} />
            ) : (
              <EmptyState icon="clock" title={words.empty} hint={words.emptyHint} />
            )
          }
        />
      </Panel>
    </AccessFrame>
  );
}

function filterOf({ who, operation, from, until }: ReturnType<typeof route.useSearch>): AuditFilter {
  return {
    ...(who !== undefined && { principalId: who }),
    ...(operation !== undefined && { operation }),
    ...instant('from', from),
    ...instant('until', until),
  };
}

/** What a field for a date and a time holds is in the viewer's zone. */
function instant(name: 'from' | 'until', local: string | undefined): AuditFilter {
  const at = new Date(local ?? '');
  return Number.isNaN(at.getTime()) ? {} : { [name]: at.toISOString() };
}

/** `orderDelivery` as people say it. */
function sayOperation(operation: string): string {
  const spoken = operation.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spoken.slice(0, 1).toUpperCase() + spoken.slice(1);
}
