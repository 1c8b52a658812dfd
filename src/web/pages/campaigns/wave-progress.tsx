import { Badge, Button, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { AreaChart } from '../../parts/area-chart.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StateBar } from '../../parts/state-bar.tsx';
import { sharesOf } from '../../parts/target-shares.ts';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import type { Campaign, Progress, Timeline } from './campaign-types.ts';
import { WAVE_COLOURS } from './state-badge.tsx';
import { pointsOf } from './timeline-points.ts';
import { failedOf, finishedOf, totalOf } from './what-next.ts';

const words = texts.campaigns.one;
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const clockAndDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const DAY_MS = 86_400_000;

/** Every wave: what has become of its devices, over time. */
export function WaveProgress({
  campaign: { id, state },
  progress,
  timeline,
}: {
  readonly campaign: Campaign;
  readonly progress: Progress;
  readonly timeline: Timeline | undefined;
}) {
  const [skipped, setSkipped] = useState<number>();
  const queries = useQueryClient();
  const may = useMay('operator') && (state === 'running' || state === 'paused');
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: Math.min(progress.waves.length, 2) }}>
        {progress.waves.map((wave) => (
          <OneWave
            key={wave.wave}
            wave={wave}
            timeline={timeline}
            onSkip={may && (wave.state === 'waiting' || wave.state === 'open') ? setSkipped : undefined}
          />
        ))}
      </SimpleGrid>
      <Confirm
        opened={skipped !== undefined}
        onClose={() => setSkipped(undefined)}
        title={words.skipTitle(skipped ?? 1)}
        hint={words.skipHint}
        action={words.skip}
        run={async () => {
          if (skipped === undefined) return;
          await api.POST('/api/v1/campaigns/{id}/waves/{wave}/skip', {
            params: { path: { id, wave: String(skipped) } },
          });
          toast(words.done);
          await queries.invalidateQueries({ queryKey: ['campaigns'] });
        }}
      />
    </>
  );
}

function OneWave({
  wave,
  timeline,
  onSkip,
}: {
  readonly wave: Progress['waves'][number];
  readonly timeline: Timeline | undefined;
  readonly onSkip: ((wave: number) => void) | undefined;
}) {
  const name = words.wave(wave.wave, wave.name);
  const points = useMemo(() => pointsOf(timeline, wave.wave), [timeline, wave.wave]);
  const finished = finishedOf(wave.counts);
  const span = points.length < 2 ? 0 : (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  const say = (at: number): string => (span > DAY_MS ? clockAndDay : clock).format(at);
  const first = points[0];
  const last = points.at(-1);
  return (
    <Panel
      title={name}
      hint={words.waveDevices(totalOf(wave.counts), finished)}
      aside={
        <Badge variant="light" color={WAVE_COLOURS[wave.state]} className="badge-whole">
          {texts.campaigns.waveStates[wave.state]}
        </Badge>
      }
    >
      <Stack>
        {timeline === undefined ? (
          <Skeleton h={140} />
        ) : finished + failedOf(wave.counts) === 0 || first === undefined || last === undefined ? (
          <Text size="sm" c="dimmed" className="chart-empty">
            {words.nothingYet}
          </Text>
        ) : (
          <AreaChart
            values={points.map(({ succeeded }) => succeeded)}
            above={points.map(({ failed }) => failed)}
            ends={[say(first.at), say(last.at)]}
            colours="outcome"
            labelOf={(place) => {
              const { at, succeeded, failed } = points[place] ?? first;
              return words.chartAt(say(at), succeeded, failed);
            }}
            summary={words.chart(name, finished)}
          />
        )}
        <StateBar shares={sharesOf(wave.counts)} />
        {onSkip !== undefined && (
          <div>
            <Button size="compact-sm" variant="default" onClick={() => onSkip(wave.wave)}>
              {words.skip}
            </Button>
          </div>
        )}
      </Stack>
    </Panel>
  );
}
