import { Button, Center, Chip, Group, Skeleton, Stack, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { type TimelineEntry, type TimelineKind, timelineQuery } from './queries.ts';
import { Entry } from './timeline-entry.tsx';

const words = texts.devices.history;
const KINDS = Object.keys(words.kinds) as TimelineKind[];
/** Sessions and alerts come without an event that tells of them. */
const ASKED_EVERY_MS = 5_000;

/** Everything that happened with a device, in one order; which kinds stands in the address. */
export function HistoryTab({ deviceId }: { readonly deviceId: string }) {
  const { kind } = useSearch({ from: '/devices/$deviceId' });
  const navigate = useNavigate({ from: '/devices/$deviceId' });
  const chosen = KINDS.filter((one) => kind?.split(',').includes(one));
  const show = (kinds: readonly string[]): void => {
    const next = KINDS.filter((one) => kinds.includes(one)).join(',');
    void navigate({ search: (was) => ({ ...was, kind: next === '' ? undefined : next }), replace: true });
  };
  return (
    <Panel title={words.title} hint={words.hint}>
      <Stack>
        <Chip.Group multiple value={chosen} onChange={show}>
          <Group gap="xs" role="group" aria-label={words.filter}>
            {KINDS.map((one) => (
              <Chip key={one} value={one} size="xs" variant="light">
                {words.kinds[one]}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Timeline
          deviceId={deviceId}
          kinds={chosen.length === 0 ? undefined : chosen.join(',')}
          onAll={() => show([])}
        />
      </Stack>
    </Panel>
  );
}

function Timeline({
  deviceId,
  kinds,
  onAll,
}: {
  readonly deviceId: string;
  readonly kinds: string | undefined;
  readonly onAll: () => void;
}) {
  const query = useInfiniteQuery({
    ...timelineQuery(deviceId, kinds),
    // Who has read on reads what was, and is left to it.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : ASKED_EVERY_MS),
  });
  if (query.isError && query.data === undefined) {
    return <ProblemAlert problem={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.isPending) return <Skeleton h={240} />;
  const entries = query.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) {
    return kinds === undefined ? (
      <EmptyState icon="clock" title={words.empty} hint={words.emptyHint} />
    ) : (
      <EmptyState icon="filter" title={words.emptyFiltered} hint={words.emptyFilteredHint}>
        <Button variant="default" onClick={onAll}>
          {words.all}
        </Button>
      </EmptyState>
    );
  }
  return (
    <>
      {byDay(entries).map(([day, some]) => (
        <section key={day} aria-label={day}>
          <Title order={3} size="xs" c="dimmed" mb={4}>
            {day}
          </Title>
          <ol className="timeline">
            {some.map((entry) => (
              <Entry key={entry.id} entry={entry} deviceId={deviceId} />
            ))}
          </ol>
        </section>
      ))}
      {query.hasNextPage && (
        <Center>
          <Button variant="default" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
            {texts.shell.actions.more}
          </Button>
        </Center>
      )}
    </>
  );
}

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });

/** In the viewer's zone. */
function byDay(entries: readonly TimelineEntry[]): readonly (readonly [day: string, entries: TimelineEntry[]])[] {
  const days = new Map<string, TimelineEntry[]>();
  const now = Date.now();
  const [today, yesterday] = [date.format(now), date.format(now - 86_400_000)];
  for (const entry of entries) {
    const said = date.format(new Date(entry.at));
    const day = said === today ? words.today : said === yesterday ? words.yesterday : said;
    const some = days.get(day);
    if (some === undefined) days.set(day, [entry]);
    else some.push(entry);
  }
  return [...days];
}
