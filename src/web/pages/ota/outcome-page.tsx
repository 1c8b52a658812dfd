import { Badge, Button, Group, Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { type Share, StateBar } from '../../parts/state-bar.tsx';
import { texts } from '../../texts.ts';
import { type OtaOutcome, type OtaReport, outcomeQuery } from './queries.ts';

const words = texts.ota.outcome;
const route = getRouteApi('/ota/$id');

const COLOURS = {
  queued: 'gray',
  sending: 'cyan',
  sent: 'brand',
  delivered: 'green',
  failed: 'red',
  expired: 'orange',
  cancelled: 'gray',
} as const;

const COLUMNS: readonly Column<OtaOutcome>[] = [
  {
    label: texts.ota.recipient,
    render: ({ recipient }) => (
      <Text size="sm" fw={600}>
        {recipient}
      </Text>
    ),
  },
  {
    label: words.state,
    render: ({ state, refused }) => {
      if (refused !== undefined) {
        return (
          <Badge variant="light" color="red">
            {words.refused}
          </Badge>
        );
      }
      return state === undefined ? (
        words.gone
      ) : (
        <Badge variant="light" color={COLOURS[state]}>
          {words.states[state]}
        </Badge>
      );
    },
  },
  {
    label: words.why,
    render: ({ refused, reason, state }) => refused ?? reason ?? (state === 'failed' ? words.undelivered : null),
  },
  { label: words.since, render: ({ updatedAt }) => updatedAt !== undefined && <Instant at={updatedAt} /> },
];

/** What came of a send, recipient by recipient. */
export function Page() {
  const { id } = route.useParams();
  const mayRead = useMay('operator');
  const query = useInfiniteQuery(outcomeQuery(id));
  const report = query.data?.pages[0];
  return (
    <Frame
      title={words.title}
      hint={report !== undefined && <SaySend report={report} />}
      actions={
        <>
          {mayRead && report?.source === 'settings' && (
            <Button
              variant="default"
              component="a"
              href={`/api/v1/ota/${encodeURIComponent(id)}/manual`}
              target="_blank"
              rel="noreferrer"
            >
              {texts.ota.manual}
            </Button>
          )}
          <Button variant="default" renderRoot={(props) => <Link to="/ota/sent" {...props} />}>
            {words.back}
          </Button>
        </>
      }
    >
      {!query.isError && (
        <Panel>{report === undefined ? <Skeleton h={40} /> : <StateBar shares={sharesOf(report)} />}</Panel>
      )}
      <Panel p={0}>
        <PagedTable
          caption={words.recipients}
          query={query}
          columns={COLUMNS}
          keyOf={({ recipient, pushId }) => pushId ?? recipient}
          empty={<EmptyState icon="ota" title={words.empty} />}
        />
      </Panel>
    </Frame>
  );
}

function SaySend({ report: { source, createdAt, security } }: { readonly report: OtaReport }) {
  return (
    <Group gap={6} component="span">
      <span>
        {texts.ota.list.sources[source] ?? source} · {security === 'none' ? words.noPin : security} ·
      </span>
      <Instant at={createdAt} />
    </Group>
  );
}

function sharesOf({ states, refusedCount }: OtaReport): readonly Share[] {
  const shares = (Object.keys(COLOURS) as (keyof typeof COLOURS)[]).flatMap((state): Share[] => {
    const count = states[state] ?? 0;
    const colour = `var(--mantine-color-${COLOURS[state]}-6)`;
    return count === 0 ? [] : [{ label: words.states[state], count, colour }];
  });
  if (refusedCount === 0) return shares;
  return [...shares, { label: words.refused, count: refusedCount, colour: 'var(--mantine-color-red-9)' }];
}
