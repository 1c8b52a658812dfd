import { Badge, Button, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { OtaFrame } from './frame.tsx';
import { type OtaSend, sendsQuery } from './queries.ts';

const words = texts.ota.list;

const COLUMNS: readonly Column<OtaSend>[] = [
  {
    label: words.what,
    render: ({ id, source, documentKind }) => (
      <div>
        <Link to="/ota/$id" params={{ id }}>
          {words.sources[source] ?? source}
        </Link>
        <Text size="xs" c="dimmed">
          {documentKind}
        </Text>
      </div>
    ),
  },
  { label: words.when, render: ({ createdAt }) => <Instant at={createdAt} /> },
  { label: words.security, render: ({ security }) => (security === 'none' ? texts.ota.pinTypes.none : security) },
  {
    label: words.recipients,
    render: ({ recipientCount, refusedCount }) => (
      <span>
        {recipientCount}{' '}
        {refusedCount > 0 && (
          <Badge variant="light" color="red">
            {words.refused(refusedCount)}
          </Badge>
        )}
      </span>
    ),
  },
  { label: words.expires, render: ({ expiresAt }) => <Instant at={expiresAt} /> },
];

/** What was sent, newest first. */
export function Page() {
  const query = useInfiniteQuery(sendsQuery);
  return (
    <OtaFrame tab="sent">
      <Panel p={0}>
        <PagedTable
          caption={texts.ota.tabs.sent}
          query={query}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={
            <EmptyState icon="ota" title={words.empty} hint={words.emptyHint}>
              <Button variant="light" renderRoot={(props) => <Link to="/ota" {...props} />}>
                {words.begin}
              </Button>
            </EmptyState>
          }
        />
      </Panel>
    </OtaFrame>
  );
}
