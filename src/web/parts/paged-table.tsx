import { Loader, ScrollArea, Skeleton, Stack, Table, VisuallyHidden } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { memo, type ReactNode } from 'react';
import { texts } from '../texts.ts';
import type { ListPage } from './list-page.ts';
import { MoreRows } from './more-rows.tsx';
import { ProblemAlert } from './problem-alert.tsx';

/** What `useInfiniteQuery` needs for a listing that goes by cursors. */
export const byCursor = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: ListPage<unknown>) => page.nextCursor,
};

export interface Column<T> {
  readonly label: string;
  /** For columns of buttons: the label is for those who listen only. */
  readonly hideLabel?: boolean;
  readonly render: (row: T) => ReactNode;
  readonly width?: number | string;
}

/** A listing that is read a page at a time: its rows, more of them on demand, and what to say when there are none. */
export function PagedTable<T>({
  caption,
  query,
  columns,
  keyOf,
  empty,
  minWidth = 640,
}: {
  /** What the table holds, for those who listen. */
  readonly caption: string;
  readonly query: UseInfiniteQueryResult<InfiniteData<ListPage<T>>>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly empty: ReactNode;
  /** Pixels below which it scrolls sideways; on a phone each row is a card instead. */
  readonly minWidth?: number;
}) {
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  if (query.isError && query.data === undefined) {
    return <ProblemAlert problem={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.isPending) {
    return (
      <Stack gap="xs" p="md" aria-busy="true">
        <VisuallyHidden>{texts.shell.table.loading}</VisuallyHidden>
        {['a', 'b', 'c', 'd'].map((key) => (
          <Skeleton key={key} h={28} />
        ))}
      </Stack>
    );
  }
  if (rows.length === 0) return query.hasNextPage ? <MoreRows query={query} /> : empty;
  return (
    <>
      <ScrollArea
        type="auto"
        scrollbars="x"
        className="paged-table"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': caption }}
      >
        {/* The roles are said once more, because on a phone the rows are laid out as cards and would lose them. */}
        <Table role="table" style={{ '--table-min-width': `${minWidth}px` }}>
          <caption>
            <VisuallyHidden>{caption}</VisuallyHidden>
          </caption>
          <Table.Thead role="rowgroup">
            <Table.Tr role="row">
              {columns.map(({ label, hideLabel, width }) => (
                <Table.Th key={label} scope="col" role="columnheader" {...(width === undefined ? {} : { w: width })}>
                  {hideLabel === true ? <VisuallyHidden>{label}</VisuallyHidden> : label}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody role="rowgroup">
            {rows.map((row) => (
              <Row key={keyOf(row)} row={row as unknown} columns={columns as readonly Column<unknown>[]} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      <MoreRows query={query} />
      {query.isFetching && !query.isFetchingNextPage && (
        <VisuallyHidden>
          <Loader size="xs" />
        </VisuallyHidden>
      )}
    </>
  );
}

/**
 * Rows stay as they are while more come: a thousand of them need not be drawn again for fifty. They are plain elements: the
 * library's own draw themselves again whenever their table does.
 */
const Row = memo(function Row({
  row,
  columns,
}: {
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
}) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: on a phone rows are laid out as cards and would lose it
    <tr role="row" className="paged-row">
      {columns.map(({ label, hideLabel, render }, place) => (
        // biome-ignore lint/a11y/noRedundantRoles: the same
        <td key={label} role="cell" data-label={hideLabel === true || place === 0 ? undefined : label}>
          {render(row)}
        </td>
      ))}
    </tr>
  );
});
