import { Anchor, Badge, Button, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useLive } from '../../api/live.ts';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { StateBar } from '../../parts/state-bar.tsx';
import { texts } from '../../texts.ts';
import { CampaignActions } from './actions.tsx';
import { Failures } from './failures.tsx';
import { type Campaign, campaignQuery, progressQuery } from './queries.ts';
import { Review } from './review.tsx';
import { CampaignStateBadge, sharesOf } from './state-badge.tsx';
import { WaveProgress } from './wave-progress.tsx';

const words = texts.campaigns.one;
const route = getRouteApi('/campaigns/$id');

/** One campaign: a draft is reviewed and started here; afterwards its progress, wave by wave, and what has failed. */
export function Page() {
  const { id } = route.useParams();
  const isLive = useLive(['campaign.*', 'wave.*', 'target.*'], [['campaigns']]);
  const { data: campaign, error, refetch } = useQuery(campaignQuery(id));
  const progress = useQuery(progressQuery(id));
  const isDraft = campaign?.state === 'draft';
  return (
    <Frame
      title={campaign?.name ?? texts.campaigns.title}
      hint={
        campaign !== undefined && (
          <Group gap="xs" component="span">
            <CampaignStateBadge state={campaign.state} />
            {campaign.reason !== undefined && <span>{campaign.reason}</span>}
            {!isDraft && (
              <Badge variant="dot" color={isLive ? 'green' : 'gray'}>
                {isLive ? words.live : words.polled}
              </Badge>
            )}
          </Group>
        )
      }
      actions={
        <>
          {campaign !== undefined && <CampaignActions campaign={campaign} />}
          <Button variant="default" renderRoot={(props) => <Link to="/campaigns" {...props} />}>
            {texts.campaigns.all}
          </Button>
        </>
      }
    >
      {error !== null && <ProblemAlert problem={error} onRetry={() => void refetch()} />}
      {campaign === undefined && error === null && <Skeleton h={200} />}
      {campaign !== undefined && (
        <>
          <Terms campaign={campaign} />
          {isDraft ? (
            <Review campaign={campaign} />
          ) : (
            <>
              <Panel
                title={words.progress}
                aside={<Anchor href={`/api/v1/campaigns/${encodeURIComponent(id)}/results`}>{words.results}</Anchor>}
              >
                {progress.data === undefined ? (
                  <Skeleton h={40} />
                ) : (
                  <StateBar shares={sharesOf(progress.data.counts)} />
                )}
              </Panel>
              {progress.data !== undefined && <WaveProgress campaign={campaign} progress={progress.data} />}
              <Failures id={id} />
            </>
          )}
        </>
      )}
    </Frame>
  );
}

function Terms({ campaign }: { readonly campaign: Campaign }) {
  const { content, target, thresholds, rate, windows } = campaign;
  return (
    <Panel>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }}>
        <Fact label={words.content}>{texts.campaigns.wizard.kinds[content.kind]}</Fact>
        <Fact label={words.target}>{target.filter ?? texts.campaigns.wizard.targets[target.kind]}</Fact>
        <Fact label={words.thresholds}>{words.thresholdsSaid(thresholds.successPercent, thresholds.errorPercent)}</Fact>
        <Fact label={words.rate}>{words.rateSaid(rate?.perMinute)}</Fact>
        <Fact label={words.hours}>
          {windows === undefined
            ? words.anyHour
            : `${windows.spans.map(({ from, to }) => `${from}–${to}`).join(', ')} ${windows.timeZone}`}
        </Fact>
      </SimpleGrid>
    </Panel>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Stack gap={0}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" className="breaks-anywhere">
        {children}
      </Text>
    </Stack>
  );
}
