import { Button, CloseButton, Group, SimpleGrid, Skeleton, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { TreeView } from '../../parts/tree-view.tsx';
import { texts } from '../../texts.ts';
import { Exploration, ExploreButton } from './exploration.tsx';
import { foundIn, type NodeValue, treeOf, unfoldedAtFirst } from './known-tree.tsx';
import { NodePanel } from './node-panel.tsx';

type DeviceTree = components['schemas']['DeviceTree'];

const words = texts.devices.tree;
const NODES_AT_ONCE = '1000';
/** So many are read without being asked for. */
const READ_BY_ITSELF = 10_000;

/** The tree of a device as it was last told, and what can be done at one node of it. */
export function TreeTab({ deviceId, canBeCalled }: { readonly deviceId: string; readonly canBeCalled: boolean }) {
  const { node: locUri = '' } = useSearch({ from: '/devices/$deviceId' });
  const navigate = useNavigate({ from: '/devices/$deviceId' });
  const select = (node: string): void => {
    void navigate({ search: (was) => ({ ...was, node: node === '' ? undefined : node }), replace: true });
  };
  const mayChange = useMay('operator');
  const query = useInfiniteQuery({
    queryKey: ['tree', deviceId],
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) =>
      // Its other form is for programs.
      dataOf<DeviceTree>(
        api.GET('/api/v1/devices/{deviceId}/tree', {
          params: {
            path: { deviceId },
            query: { limit: NODES_AT_ONCE, ...(pageParam !== undefined && { cursor: pageParam }) },
          },
          signal,
        }) as Promise<{ data?: DeviceTree; response: Response }>,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const nodes = useMemo(() => query.data?.pages.flatMap((page) => page.nodes) ?? [], [query.data]);
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError && nodes.length < READ_BY_ITSELF) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, nodes.length, fetchNextPage]);
  const explore = mayChange && nodes.length > 0 && <ExploreButton deviceId={deviceId} canBeCalled={canBeCalled} />;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Panel title={words.title} hint={words.hint} aside={explore}>
        <ProblemAlert problem={query.error} />
        <Exploration deviceId={deviceId} />
        {query.isPending ? (
          <Skeleton h={200} />
        ) : nodes.length === 0 ? (
          <EmptyState icon="device" title={words.empty} hint={words.emptyHint}>
            {mayChange && <ExploreButton deviceId={deviceId} canBeCalled={canBeCalled} />}
          </EmptyState>
        ) : (
          <KnownTree nodes={nodes} selected={locUri} onSelect={select} />
        )}
        {query.hasNextPage && (
          <Button mt="sm" variant="default" loading={isFetching} onClick={() => void query.fetchNextPage()}>
            {words.more}
          </Button>
        )}
      </Panel>
      <NodePanel
        key={deviceId}
        deviceId={deviceId}
        locUri={locUri}
        onLocUri={select}
        known={nodes.find((node) => node.locUri === locUri)}
        canBeCalled={canBeCalled}
      />
    </SimpleGrid>
  );
}

function KnownTree({
  nodes,
  selected,
  onSelect,
}: {
  readonly nodes: readonly NodeValue[];
  readonly selected: string;
  readonly onSelect: (locUri: string) => void;
}) {
  const [search, setSearch] = useState('');
  const [looked] = useDebouncedValue(search.trim(), 150);
  const found = useMemo(() => foundIn(nodes, looked), [nodes, looked]);
  const view = useMemo(() => treeOf(found), [found]);
  // As it began: what is told later opens and folds nothing.
  const [unfolded] = useState(() => unfoldedAtFirst(view));
  return (
    <>
      <TextInput
        data-search
        mb="xs"
        aria-label={words.search}
        placeholder={words.searchHint}
        leftSection={<Icon name="search" size={16} />}
        rightSection={
          search !== '' && <CloseButton size="sm" aria-label={words.searchClear} onClick={() => setSearch('')} />
        }
        spellCheck={false}
        autoComplete="off"
        value={search}
        onChange={({ currentTarget }) => setSearch(currentTarget.value)}
      />
      <Group justify="space-between">
        <Text size="xs" c="dimmed" role="status">
          {looked === '' ? words.count(nodes.length) : words.found(found.length, nodes.length)}
        </Text>
      </Group>
      {found.length > 0 && (
        <TreeView
          // What was found is shown whole; without a search it is again as it was left.
          key={looked === '' ? '' : 'found'}
          label={words.title}
          nodes={view}
          unfolded={looked === '' ? unfolded : '*'}
          selected={selected}
          onSelect={onSelect}
        />
      )}
    </>
  );
}
