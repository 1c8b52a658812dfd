import { Button, Select, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useLive } from '../../api/live.ts';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { type Column, PagedTable } from '../../parts/paged-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { sharesOf } from '../../parts/target-shares.ts';
import { texts } from '../../texts.ts';
import type { CampaignState, CountedCampaign } from './campaign-types.ts';
import { campaignsQuery } from './queries.ts';
import { CampaignStateBadge } from './state-badge.tsx';
import { failedOf, finishedOf, totalOf } from './what-next.ts';

const words = texts.campaigns;
const route = getRouteApi('/campaigns');

const COLUMNS: readonly Column<CountedCampaign>[] = [
  {
    label: words.name,
    render: ({ id, name }) => (
      <Link to="/campaigns/$id" params={{ id }}>
        {name}
      </Link>
    ),
  },
  { label: words.state, render: ({ state }) => <CampaignStateBadge state={state} /> },
  { label: words.targets, render: ({ targets, state }) => (state === 'draft' ? '–' : targets.toLocaleString('en')) },
  { label: words.progress, width: 220, render: (campaign) => <ProgressCell campaign={campaign} /> },
  { label: words.created, render: ({ createdAt }) => <Instant at={createdAt} /> },
  { label: words.started, render: ({ startedAt }) => <Instant at={startedAt} /> },
];

/** What has become of its devices, as one bar, and how many have failed. */
function ProgressCell({ campaign: { counts, state } }: { readonly campaign: CountedCampaign }) {
  const total = totalOf(counts);
  if (state === 'draft' || total === 0) return <>–</>;
  const failed = failedOf(counts);
  const percent = Math.floor((finishedOf(counts) / total) * 100);
  return (
    <div className="progress-cell">
      <div className="bar" aria-hidden="true">
        {sharesOf(counts).map(({ label, count, colour }) => (
          <div key={label} style={{ flexGrow: Math.max(count, total / 100), background: colour }} />
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {words.progressSaid(percent, failed)}
      </Text>
    </div>
  );
}

/** Campaigns, newest first. */
export function Page() {
  const { state } = route.useSearch();
  const navigate = useNavigate({ from: '/campaigns' });
  const may = useMay('operator');
  useLive(['campaign.*'], [['campaigns']]);
  const query = useInfiniteQuery(campaignsQuery(state));
  const add = may && (
    <Button
      leftSection={<Icon name="plus" size={16} />}
      renderRoot={(props) => <Link to="/campaigns/new" {...props} />}
    >
      {words.add}
    </Button>
  );
  return (
    <Frame title={words.title} actions={add}>
      <Panel p={0}>
        <Select
          p="md"
          maw={280}
          label={words.filterState}
          placeholder={words.anyState}
          clearable
          clearButtonProps={{ 'aria-label': words.anyState }}
          data={Object.entries(words.states).map(([value, label]) => ({ value, label }))}
          value={state ?? null}
          onChange={(value) =>
            void navigate({ search: value === null ? {} : { state: value as CampaignState }, replace: true })
          }
        />
        <PagedTable
          caption={words.title}
          query={query}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={
            state === undefined ? (
              <EmptyState icon="campaign" title={words.empty} hint={words.emptyHint}>
                {add}
              </EmptyState>
            ) : (
              <EmptyState icon="filter" title={words.emptyFiltered} />
            )
          }
        />
      </Panel>
    </Frame>
  );
}
