import { Badge, Button, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import type { components } from '../../api/schema.d.ts';
import { AreaChart } from '../../parts/area-chart.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { type Share, StateBar } from '../../parts/state-bar.tsx';
import { texts } from '../../texts.ts';
import { FailedLately } from './failed-lately.tsx';
import { FirstSteps } from './first-steps.tsx';
import { RunningCampaigns } from './running-campaigns.tsx';

type Overview = components['schemas']['Overview'];
type SmsLink = components['schemas']['Link'];

const words = texts.overview;
/** Links and sessions have no events: they are asked for. */
const ASKED_EVERY_MS = 5_000;

const COLOURS: Readonly<Record<keyof Overview['deliveries'], string>> = {
  queued: 'var(--mantine-color-gray-5)',
  triggered: 'var(--mantine-color-cyan-5)',
  delivering: 'var(--mantine-color-brand-5)',
  succeeded: 'var(--mantine-color-green-6)',
  failed: 'var(--mantine-color-red-6)',
  expired: 'var(--mantine-color-orange-5)',
  cancelled: 'var(--mantine-color-gray-7)',
};

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

/** How things go: the page one leaves open. */
export function Page() {
  const isLive = useLive(['campaign.*', 'delivery.*'], [['overview'], ['campaigns']]);
  const overview = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/overview', { signal })),
    refetchInterval: ASKED_EVERY_MS,
  });
  const links = useQuery({
    queryKey: ['links'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/links', { signal })),
    refetchInterval: ASKED_EVERY_MS,
  });
  return (
    <Frame
      title={words.title}
      actions={
        <Badge variant="dot" size="lg" color={isLive ? 'green' : 'gray'}>
          {isLive ? words.live : words.polled}
        </Badge>
      }
    >
      {overview.isError && <ProblemAlert problem={overview.error} onRetry={() => void overview.refetch()} />}
      <FirstSteps hasLink={links.data && links.data.items.length > 0} />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <LinksPanel links={links.data?.items} />
        <QueuePanel overview={overview.data} />
        <Panel title={words.sessions} hint={words.perMinute}>
          <Figure value={overview.data?.sessions.perMinute.at(-1)} />
          <Text size="sm" c="dimmed" mt="xs">
            {overview.data === undefined ? texts.shell.soon : words.openSessions(overview.data.sessions.open)}
          </Text>
        </Panel>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={words.sessions} hint={words.sessionsHint}>
          {overview.data === undefined ? <Skeleton h={140} /> : <SessionChart overview={overview.data} />}
        </Panel>
        <Panel title={words.deliveries} hint={hintOf(overview.data)}>
          {overview.data === undefined ? <Skeleton h={60} /> : <DeliveryStates overview={overview.data} />}
        </Panel>
        <RunningCampaigns />
        <FailedLately />
      </SimpleGrid>
    </Frame>
  );
}

/** Counting ends somewhere: then it says so. */
function hintOf(overview: Overview | undefined): string {
  return overview?.cappedAt === undefined ? words.deliveriesHint : words.capped(overview.cappedAt);
}

function Figure({ value }: { readonly value: number | string | undefined }) {
  return value === undefined ? <Skeleton h={36} w={80} /> : <div className="number">{value}</div>;
}

function LinksPanel({ links }: { readonly links: readonly SmsLink[] | undefined }) {
  const enabled = links?.filter((link) => link.enabled) ?? [];
  const down = enabled.filter((link) => !isUp(link));
  if (links?.length === 0) {
    return (
      <Panel title={words.links}>
        <Stack align="flex-start" gap="sm">
          <Text size="sm" c="dimmed">
            {words.noLinks}
          </Text>
          <Button size="compact-sm" variant="light" renderRoot={(props) => <Link to="/links" {...props} />}>
            {words.addLink}
          </Button>
        </Stack>
      </Panel>
    );
  }
  return (
    <Panel title={words.links}>
      <Figure value={links && words.linksUp(enabled.length - down.length, enabled.length)} />
      <Group gap={6} mt="xs">
        {enabled.map((link) => (
          <Badge key={link.id} variant="light" color={isUp(link) ? 'green' : 'red'}>
            {link.name}
          </Badge>
        ))}
      </Group>
    </Panel>
  );
}

function isUp({ status }: SmsLink): boolean {
  return status?.state === 'bound';
}

function QueuePanel({ overview }: { readonly overview: Overview | undefined }) {
  const { queue, at } = overview ?? {};
  const waitedMs = queue?.oldestDueAt === undefined ? undefined : Date.parse(at ?? '') - Date.parse(queue.oldestDueAt);
  return (
    <Panel title={words.queue}>
      <Figure value={queue && queue.queued + queue.sending} />
      <Text size="sm" c="dimmed" mt="xs">
        {queue === undefined
          ? texts.shell.soon
          : words.queueHint(waitedMs === undefined ? undefined : Math.round(waitedMs / 1_000))}
      </Text>
    </Panel>
  );
}

function SessionChart({ overview: { sessions, at } }: { readonly overview: Overview }) {
  const { perMinute } = sessions;
  const labelOf = (place: number, value: number): string => {
    const minute = new Date(Date.parse(at) - (perMinute.length - 1 - place) * 60_000);
    return `${clock.format(minute)}: ${value}`;
  };
  const sum = perMinute.reduce((all, one) => all + one, 0);
  return <AreaChart values={perMinute} labelOf={labelOf} summary={words.chart.summary(sum)} />;
}

function DeliveryStates({ overview: { deliveries } }: { readonly overview: Overview }) {
  const shares = (Object.entries(COLOURS) as [keyof Overview['deliveries'], string][]).map(
    ([state, colour]): Share => ({
      label: words.states[state],
      count: deliveries[state],
      colour,
      link: { to: '/deliveries', search: { state } },
    }),
  );
  if (shares.every(({ count }) => count === 0)) {
    return (
      <EmptyState icon="package" title={words.noDeliveries} hint={words.noDeliveriesHint}>
        <Button variant="light" renderRoot={(props) => <Link to="/packages" {...props} />}>
          {words.toPackages}
        </Button>
      </EmptyState>
    );
  }
  return <StateBar shares={shares} />;
}
