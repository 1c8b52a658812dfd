import { Badge, Button, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { AreaChart } from '../../parts/area-chart.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StateBar } from '../../parts/state-bar.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { type Campaign, endsQuery, MAX_FOLLOWED, type Progress } from './queries.ts';
import { sharesOf } from './state-badge.tsx';

const words = texts.campaigns.one;
const PLACES = 60;
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

type Wave = Progress['waves'][number];
/** So many of a wave had come to their end by then. */
interface Sample {
  readonly at: number;
  readonly finished: readonly number[];
}

/** Every wave: what has become of its devices, over time. */
export function WaveProgress({ campaign, progress }: { readonly campaign: Campaign; readonly progress: Progress }) {
  const { id, state, startedAt, endedAt } = campaign;
  const isFollowed = progress.targets <= MAX_FOLLOWED;
  const ends = useQuery(endsQuery(id, isFollowed)).data ?? [];
  const samples = useSamples(progress);
  const begin = Date.parse(startedAt ?? campaign.createdAt);
  const end = Math.max(begin + 1_000, endedAt === undefined ? Date.now() : Date.parse(endedAt));
  const [skipped, setSkipped] = useState<number>();
  const queries = useQueryClient();
  const may = useMay('operator') && (state === 'running' || state === 'paused');
  return (
    <>
      {!isFollowed && (
        <Text size="sm" c="dimmed">
          {words.sampled}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, lg: Math.min(progress.waves.length, 2) }}>
        {progress.waves.map((wave) => {
          const name = words.wave(wave.wave, wave.name);
          const from = isFollowed ? begin : Math.max(begin, samples[0]?.at ?? begin);
          const values = Array.from({ length: PLACES }, (_, place) => {
            const until = from + ((end - from) * place) / (PLACES - 1);
            if (isFollowed) return ends.filter((one) => one.wave === wave.wave && one.at <= until).length;
            return samples.findLast(({ at }) => at <= until)?.finished[wave.wave - 1] ?? 0;
          });
          return (
            <Panel
              key={wave.wave}
              title={name}
              hint={words.overTimeHint}
              aside={<Badge variant="light">{texts.campaigns.waveStates[wave.state]}</Badge>}
            >
              <Stack>
                <AreaChart
                  values={values}
                  labelOf={(place, value) => `${clock.format(from + ((end - from) * place) / (PLACES - 1))}: ${value}`}
                  summary={words.chart(name, finishedOf(wave))}
                />
                <StateBar shares={sharesOf(wave.counts)} />
                {may && (wave.state === 'waiting' || wave.state === 'open') && (
                  <div>
                    <Button size="compact-sm" variant="default" onClick={() => setSkipped(wave.wave)}>
                      {words.skip}
                    </Button>
                  </div>
                )}
              </Stack>
            </Panel>
          );
        })}
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

function finishedOf({ counts }: Wave): number {
  return (counts['succeeded'] ?? 0) + (counts['failed'] ?? 0) + (counts['expired'] ?? 0);
}

/** What progress has said while this page has been open. */
function useSamples(progress: Progress): readonly Sample[] {
  const samples = useRef<Sample[]>([]);
  const last = useRef<Progress>(undefined);
  if (last.current !== progress) {
    last.current = progress;
    samples.current = [...samples.current.slice(-499), { at: Date.now(), finished: progress.waves.map(finishedOf) }];
  }
  return samples.current;
}
