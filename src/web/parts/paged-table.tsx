import { Loader, ScrollArea, Skeleton, Stack, Table, UnstyledButton, VisuallyHidden } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { type MouseEvent, memo, type ReactNode } from 'react';
import { texts } from '../texts.ts';
import { Icon } from './icon.tsx';
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
  /** What the server calls it where it can sort by it. */
  readonly sort?: string;
}

export interface Order {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

/** A listing that is read a page at a time: its rows, more of them on demand, and what to say when there are none. */
export function PagedTable<T>({
  caption,
  query,
  columns,
  keyOf,
  empty,
  minWidth = 640,
  opens = false,
  stickyHead = false,
  order,
  onOrder,
}: {
  /** What the table holds, for those who listen. */
  readonly caption: string;
  readonly query: UseInfiniteQueryResult<InfiniteData<ListPage<T>>>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly empty: ReactNode;
  /** Pixels below which it scrolls sideways; on a phone each row is a card instead. */
  readonly minWidth?: number;
  /** A click anywhere in a row follows its first link; the arrows go from row to row. */
  readonly opens?: boolean;
  /** Keeps the head in sight while the page scrolls, where the table is not wider than the page. */
  readonly stickyHead?: boolean;
  readonly order?: Order;
  /** Makes the heads of columns that have a `sort` into buttons. */
  readonly onOrder?: (order: Order) => void;
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
        data-opens={opens || undefined}
        data-sticky={stickyHead || undefined}
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': caption }}
      >
        {/* The roles are said once more, because on a phone the rows are laid out as cards and would lose them. */}
        <Table role="table" style={{ '--table-min-width': `${minWidth}px` }}>
          <caption>
            <VisuallyHidden>{caption}</VisuallyHidden>
          </caption>
          <Table.Thead role="rowgroup">
            <Table.Tr role="row">
              {columns.map((column) => (
                <Head key={column.label} column={column} order={order} onOrder={onOrder} />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody role="rowgroup" {...(opens && { onKeyDown: goByArrows })}>
            {rows.map((row) => (
              <Row key={keyOf(row)} row={row} columns={columns} opens={opens} />
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

function Head<T>({
  column: { label, hideLabel, width, sort },
  order,
  onOrder,
}: {
  readonly column: Column<T>;
  readonly order: Order | undefined;
  readonly onOrder: ((order: Order) => void) | undefined;
}) {
  const isSorted = sort !== undefined && order?.field === sort;
  const direction = isSorted ? order.direction : undefined;
  return (
    <Table.Th
      scope="col"
      role="columnheader"
      {...(width === undefined ? {} : { w: width })}
      {...(direction !== undefined && { 'aria-sort': direction === 'asc' ? 'ascending' : 'descending' })}
    >
      {hideLabel === true ? (
        <VisuallyHidden>{label}</VisuallyHidden>
      ) : sort === undefined || onOrder === undefined ? (
        label
      ) : (
        <UnstyledButton
          className="sort-button"
          data-direction={direction}
          onClick={() => onOrder({ field: sort, direction: direction === 'asc' ? 'desc' : 'asc' })}
        >
          {label}
          <Icon name="chevron" size={12} />
        </UnstyledButton>
      )}
    </Table.Th>
  );
}

/**
 * Rows stay as they are while more come: a thousand of them need not be drawn again for fifty. They are plain elements: the
 * library's own draw themselves again whenever their table does.
 */
const Row = memo(function Row<T>({
  row,
  columns,
  opens,
}: {
  readonly row: T;
  readonly columns: readonly Column<T>[];
  readonly opens: boolean;
}) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: on a phone rows are laid out as cards and would lose it
    <tr role="row" className="paged-row" {...(opens && { onClick: followFirstLink })}>
      {columns.map(({ label, hideLabel, render }, place) => (
        // biome-ignore lint/a11y/noRedundantRoles: the same
        <td key={label} role="cell" data-label={hideLabel === true || place === 0 ? undefined : label}>
          {render(row)}
        </td>
      ))}
    </tr>
  );
}) as <T>(props: { readonly row: T; readonly columns: readonly Column<T>[]; readonly opens: boolean }) => ReactNode;

/** With the same keys held: into a new tab where the browser does so. Selecting text of a row opens nothing. */
function followFirstLink(event: MouseEvent<HTMLElement>): void {
  const { target, currentTarget, ctrlKey, metaKey, shiftKey } = event;
  if (target instanceof Element && target.closest('a, button, input, label') !== null) return;
  if (window.getSelection()?.isCollapsed === false) return;
  const click = new window.MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey });
  currentTarget.querySelector('a')?.dispatchEvent(click);
}

/** From the link of a row to that of the next. */
function goByArrows(event: React.KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const row = event.target instanceof Element ? event.target.closest('tr') : null;
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  const link = next?.querySelector('a');
  if (link === null || link === undefined) return;
  event.preventDefault();
  link.focus();
}
