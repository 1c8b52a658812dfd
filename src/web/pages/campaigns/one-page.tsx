import { Badge, Grid, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useLive } from '../../api/live.ts';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { StateBar } from '../../parts/state-bar.tsx';
import { sharesOf } from '../../parts/target-shares.ts';
import { texts } from '../../texts.ts';
import { CampaignActions } from './actions.tsx';
import type { Campaign } from './campaign-types.ts';
import { Failures } from './failures.tsx';
import { HistoryPanel } from './history-panel.tsx';
import { OutlookPanel } from './outlook-panel.tsx';
import { campaignQuery, progressQuery, timelineQuery } from './queries.ts';
import { Review } from './review.tsx';
import { CampaignStateBadge } from './state-badge.tsx';
import { TargetsPanel } from './targets-panel.tsx';
import { TermsPanel } from './terms-panel.tsx';
import { WaveProgress } from './wave-progress.tsx';
import { finishedOf, openOf, totalOf, whatNext } from './what-next.ts';

const words = texts.campaigns.one;
const route = getRouteApi('/campaigns/$id');

/** One campaign: a draft is reviewed and started here; afterwards its progress, wave by wave, and what has failed. */
export function Page() {
  const { id } = route.useParams();
  // Devices that move are counted, not told one by one: a large campaign moves thousands of them a second.
  const isLive = useLive(['campaign.*', 'wave.*'], [['campaigns']]);
  const { data: campaign, error, refetch } = useQuery(campaignQuery(id));
  return (
    <Frame
      title={campaign?.name ?? texts.campaigns.title}
      hint={campaign !== undefined && <Standing campaign={campaign} isLive={isLive} />}
      actions={campaign !== undefined && <CampaignActions campaign={campaign} />}
    >
      {error !== null && <ProblemAlert problem={error} onRetry={() => void refetch()} />}
      {campaign === undefined && error === null && <Skeleton h={200} />}
      {campaign !== undefined &&
        (campaign.state === 'draft' ? (
          <>
            <Review campaign={campaign} />
            <TermsAndHistory campaign={campaign} />
          </>
        ) : (
          <Started campaign={campaign} />
        ))}
    </Frame>
  );
}

function Standing({ campaign: { state, reason }, isLive }: { readonly campaign: Campaign; readonly isLive: boolean }) {
  return (
    <Group gap="xs" component="span" mt={4}>
      <CampaignStateBadge state={state} />
      {reason !== undefined && <span>{texts.campaigns.causes[reason] ?? reason}</span>}
      {state !== 'draft' && (
        <Badge variant="dot" color={isLive ? 'green' : 'gray'}>
          {isLive ? words.live : words.polled}
        </Badge>
      )}
    </Group>
  );
}

function Started({ campaign }: { readonly campaign: Campaign }) {
  const { id, state } = campaign;
  const isEnded = state === 'completed' || state === 'stopped';
  const known = useQuery({ ...progressQuery(id), enabled: false }).data;
  const isOver = isEnded && known !== undefined && openOf(known.counts) === 0;
  const { data: progress, error } = useQuery(progressQuery(id, isOver));
  const { data: timeline } = useQuery(timelineQuery(id, isOver));
  return (
    <>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <ProgressPanel counts={progress?.counts} problem={error} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <OutlookPanel outlooks={whatNext(campaign, progress, timeline, Date.now())} />
        </Grid.Col>
      </Grid>
      {/* All at once: what comes one after the other would push the rest about. */}
      {progress === undefined ? (
        error === null && <Skeleton h={480} />
      ) : (
        <>
          <WaveProgress campaign={campaign} progress={progress} timeline={timeline} />
          {state !== 'scheduled' && <Failures id={id} isOver={isOver} />}
          <TermsAndHistory campaign={campaign} />
          {progress.waves.length > 0 && <TargetsPanel campaign={campaign} progress={progress} isOver={isOver} />}
        </>
      )}
    </>
  );
}

function TermsAndHistory({ campaign }: { readonly campaign: Campaign }) {
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <TermsPanel campaign={campaign} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <HistoryPanel id={campaign.id} />
      </Grid.Col>
    </Grid>
  );
}

function ProgressPanel({
  counts,
  problem,
}: {
  readonly counts: Parameters<typeof sharesOf>[0] | undefined;
  readonly problem: unknown;
}) {
  const total = counts === undefined ? 0 : totalOf(counts);
  const share = counts === undefined || total === 0 ? 0 : (finishedOf(counts) / total) * 100;
  return (
    <Panel title={words.progress} h="100%">
      {problem !== null && counts === undefined && <ProblemAlert problem={problem} />}
      {counts === undefined ? (
        <Skeleton h={96} />
      ) : (
        <Stack gap="sm">
          <Text className="number" component="div">
            {words.finishedShare(shownShare(share))}
          </Text>
          <StateBar shares={sharesOf(counts)} />
        </Stack>
      )}
    </Panel>
  );
}

/** Never 100 before all are through. */
function shownShare(percent: number): string {
  return (percent >= 99.9 && percent < 100 ? 99.9 : Math.round(percent * 10) / 10).toString();
}
