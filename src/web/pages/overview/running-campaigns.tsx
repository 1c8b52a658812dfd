import { Badge, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { Panel } from '../../parts/panel.tsx';
import { type Share, StateBar } from '../../parts/state-bar.tsx';
import { texts } from '../../texts.ts';

type Campaign = components['schemas']['Campaign'];
type Counts = components['schemas']['CampaignProgress']['counts'];

const words = texts.overview;
/** More stand on the page of campaigns. */
const SHOWN = '5';
const ASKED_EVERY_MS = 5_000;

/** What is still to come is grey, what is under way blue. */
const COLOURS: Readonly<Record<keyof Counts, string>> = {
  waiting: 'var(--mantine-color-gray-5)',
  triggered: 'var(--mantine-color-cyan-5)',
  delivering: 'var(--mantine-color-brand-5)',
  succeeded: 'var(--mantine-color-green-6)',
  failed: 'var(--mantine-color-red-6)',
  expired: 'var(--mantine-color-orange-5)',
  cancelled: 'var(--mantine-color-gray-7)',
  skipped: 'var(--mantine-color-gray-6)',
};

/** The newest campaigns that run, and how far each is. */
export function RunningCampaigns() {
  const { data } = useQuery({
    queryKey: ['campaigns', 'running'],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/campaigns', { params: { query: { state: 'running', limit: SHOWN } }, signal })),
    refetchInterval: ASKED_EVERY_MS,
  });
  return (
    <Panel title={words.campaigns} aside={<Link to="/campaigns">{words.toCampaigns}</Link>}>
      {data === undefined ? (
        <Skeleton h={40} />
      ) : data.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noCampaigns}
        </Text>
      ) : (
        <Stack gap="lg">
          {data.items.map((campaign) => (
            <RunningCampaign key={campaign.id} campaign={campaign} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function RunningCampaign({ campaign: { id, name } }: { readonly campaign: Campaign }) {
  const { data } = useQuery({
    queryKey: ['campaigns', id, 'progress'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/campaigns/{id}/progress', { params: { path: { id } }, signal })),
    refetchInterval: ASKED_EVERY_MS,
  });
  const wave = data?.waves.findLast(({ state }) => state === 'open');
  return (
    <div>
      <Group justify="space-between" mb={6} wrap="nowrap">
        <Text fw={600} truncate>
          {name}
        </Text>
        {wave !== undefined && (
          <Badge variant="light">{words.wave(wave.wave, data?.waves.length ?? 0, wave.name)}</Badge>
        )}
      </Group>
      {data === undefined ? <Skeleton h={40} /> : <StateBar shares={sharesOf(data.counts)} />}
    </div>
  );
}

function sharesOf(counts: Counts): readonly Share[] {
  return (Object.entries(COLOURS) as [keyof Counts, string][])
    .filter(([state]) => counts[state] > 0)
    .map(([state, colour]) => ({ label: words.targetStates[state], count: counts[state], colour }));
}
