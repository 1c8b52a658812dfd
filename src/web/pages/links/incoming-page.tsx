import { Button, Select, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { LinksFrame } from './frame.tsx';
import { devicesOfNumbersQuery, digitsOf, type IncomingMessage, incomingQuery, linksQuery } from './queries.ts';

const words = texts.links.incoming;
const route = getRouteApi('/links/incoming');

/** What phones have sent. */
export function Page() {
  const { source, link } = route.useSearch();
  const navigate = useNavigate({ from: '/links/incoming' });
  const query = useInfiniteQuery(
    incomingQuery({ ...(source !== undefined && { source }), ...(link !== undefined && { linkId: link }) }),
  );
  const links = useQuery(linksQuery).data?.items ?? [];
  const set = (change: { source?: string | undefined; link?: string | undefined }): void =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  // Typed letter by letter, it is asked for when the typing pauses.
  const [typed, setTyped] = useState(source ?? '');
  const find = useDebouncedCallback((value: string) => set({ source: value || undefined }), 300);
  const devices = useQueries({
    queries: (query.data?.pages ?? []).map(({ items }) => devicesOfNumbersQuery(numbersOf(items))),
    combine: (pages) => new Map(pages.flatMap(({ data }) => [...(data ?? [])])),
  });
  const isFiltered = source !== undefined || link !== undefined;
  const columns: readonly Column<IncomingMessage>[] = [
    { label: words.when, render: ({ receivedAt }) => <Instant at={receivedAt} /> },
    { label: words.from, render: (message) => <Text size="sm">{message.source}</Text> },
    {
      label: words.device,
      render: (message) => {
        const deviceId = devices.get(digitsOf(message.source));
        return deviceId === undefined ? (
          <Text span size="sm" c="dimmed">
            {words.unknownDevice}
          </Text>
        ) : (
          <Link to="/devices/$deviceId" params={{ deviceId }}>
            {deviceId}
          </Link>
        );
      },
    },
    { label: words.to, render: ({ destination }) => destination },
    {
      label: words.text,
      render: ({ text, body }) =>
        text ?? (
          <Text span size="sm" c="dimmed">
            {words.octets(atob(body).length)}
          </Text>
        ),
    },
    { label: words.link, render: ({ linkId }) => links.find(({ id }) => id === linkId)?.name ?? linkId },
  ];
  return (
    <LinksFrame tab="incoming">
      <Panel p={0}>
        <SimpleGrid p="md" spacing="sm" cols={{ base: 1, xs: 2, lg: 4 }}>
          <TextInput
            data-search
            label={words.filterSource}
            placeholder="491701234567"
            value={typed}
            onChange={({ currentTarget: { value } }) => {
              setTyped(value);
              find(value.trim());
            }}
          />
          <Select
            label={words.filterLink}
            placeholder={words.anyLink}
            clearable
            clearButtonProps={{ 'aria-label': words.clear }}
            data={links.map(({ id, name }) => ({ value: id, label: name }))}
            value={link ?? null}
            onChange={(value) => set({ link: value ?? undefined })}
          />
        </SimpleGrid>
        {isFiltered && (
          <Button
            mx="md"
            mb="sm"
            size="compact-sm"
            variant="light"
            onClick={() => {
              setTyped('');
              set({ source: undefined, link: undefined });
            }}
          >
            {words.clear}
          </Button>
        )}
        <PagedTable
          caption={texts.links.tabs.incoming}
          query={query}
          columns={columns}
          keyOf={({ id }) => id}
          minWidth={860}
          empty={
            isFiltered ? (
              <EmptyState icon="filter" title={words.emptyFiltered} />
            ) : (
              <EmptyState icon="link" title={words.empty} hint={words.emptyHint} />
            )
          }
        />
      </Panel>
    </LinksFrame>
  );
}

/** Those that a device may have: a sender may also be a name. */
function numbersOf(messages: readonly IncomingMessage[]): readonly string[] {
  const numbers = messages.map(({ source }) => source).filter((source) => /^\+?\d{3,15}$/.test(source));
  return [...new Set(numbers.map(digitsOf))].toSorted();
}
