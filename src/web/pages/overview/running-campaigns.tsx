import { Badge, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { Panel } from '../../parts/panel.tsx';
import { StateBar } from '../../parts/state-bar.tsx';
import { sharesOf } from '../../parts/target-shares.ts';
import { texts } from '../../texts.ts';

type Campaign = components['schemas']['CountedCampaign'];

const words = texts.overview;
/** More stand on the page of campaigns. */
const SHOWN = '5';
const ASKED_EVERY_MS = 5_000;

/** The newest campaigns that run, and those that have paused, for somebody has to look at them. */
export function RunningCampaigns() {
  const { data } = useQuery({
    queryKey: ['campaigns', 'under-way'],
    queryFn: async ({ signal }) => {
      const [paused, running] = await Promise.all(
        (['paused', 'running'] as const).map((state) =>
          dataOf(api.GET('/api/v1/campaigns', { params: { query: { state, limit: SHOWN } }, signal })),
        ),
      );
      return [...(paused?.items ?? []), ...(running?.items ?? [])];
    },
    refetchInterval: ASKED_EVERY_MS,
  });
  return (
    <Panel title={words.campaigns} aside={<Link to="/campaigns">{words.toCampaigns}</Link>}>
      {data === undefined ? (
        <Skeleton h={40} />
      ) : data.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noCampaigns}
        </Text>
      ) : (
        <Stack gap="lg">
          {data.map((campaign) => (
            <UnderWay key={campaign.id} campaign={campaign} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function UnderWay({ campaign: { id, name, state, reason, counts } }: { readonly campaign: Campaign }) {
  return (
    <section aria-label={name}>
      <Group justify="space-between" mb={6} wrap="nowrap">
        <Link to="/campaigns/$id" params={{ id }}>
          {name}
        </Link>
        {state === 'paused' && (
          <Badge variant="light" color="yellow" className="badge-whole">
            {reason === 'paused' ? texts.campaigns.states.paused : words.pausedItself}
          </Badge>
        )}
      </Group>
      <StateBar shares={sharesOf(counts)} />
    </section>
  );
}
