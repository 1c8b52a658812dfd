import { Button, Center, Group, Loader, Stack, Text } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import type { ListPage } from './list-page.ts';
import { ProblemAlert } from './problem-alert.tsx';

/** While a listing is being searched: so many rows are looked for before somebody has to ask for more. */
const ENOUGH = 50;

const words = texts.shell.table;

/**
 * What stands below the rows of a listing when there may be more: a button, or, where the server has looked through a part of
 * many and found few, how far it has come. It is then asked to search on, until there is a screenful or there are no more.
 */
export function MoreRows<T>({ query }: { readonly query: UseInfiniteQueryResult<InfiniteData<ListPage<T>>> }) {
  const { data, hasNextPage, isFetching, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  const pages = data?.pages ?? [];
  const found = pages.reduce((sum, { items }) => sum + items.length, 0);
  const searched = pages.reduce((sum, page) => sum + (page.searched ?? 0), 0);
  const [wanted, setWanted] = useState(ENOUGH);
  const isShort = found < (pages.length <= 1 ? ENOUGH : wanted);
  const isSearching = hasNextPage && !isFetchNextPageError && isShort && pages.at(-1)?.searched !== undefined;
  useEffect(() => {
    if (isSearching && !isFetching) void fetchNextPage();
  }, [isSearching, isFetching, fetchNextPage]);
  if (!hasNextPage) return null;
  const more = (): void => {
    setWanted(found + ENOUGH);
    void fetchNextPage();
  };
  return (
    <Center p="md">
      {isSearching ? (
        <Group gap="xs" role="status">
          <Loader size="xs" />
          <Text size="sm" c="dimmed">
            {words.searched(searched)}
          </Text>
        </Group>
      ) : (
        <Stack align="center" gap="xs">
          {isFetchNextPageError && <ProblemAlert problem={query.error} />}
          <Button variant="default" onClick={more} loading={isFetchingNextPage}>
            {texts.shell.actions.more}
          </Button>
        </Stack>
      )}
    </Center>
  );
}
