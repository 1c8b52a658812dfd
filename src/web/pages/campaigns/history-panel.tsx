import { Text, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMe } from '../../api/session.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import type { CampaignEvent } from './campaign-types.ts';
import { historyQuery } from './queries.ts';

const words = texts.campaigns.one;

/** What people, and the campaign itself, have brought it and its waves to; the newest first. */
export function HistoryPanel({ id }: { readonly id: string }) {
  const me = useMe();
  const { data = [] } = useQuery(historyQuery(id));
  if (data.length === 0) return null;
  return (
    <Panel title={words.history}>
      <Timeline bulletSize={12} lineWidth={2} active={data.length}>
        {[...data].reverse().map((event) => (
          <Timeline.Item key={event.id} title={titleOf(event)} className="history">
            <Text size="xs" c="dimmed">
              {whyOf(event)}
              {event.data['by'] === me.id && `${words.historyBy} · `}
              <Instant at={event.at} />
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Panel>
  );
}

function titleOf({ kind, wave, data }: CampaignEvent): string {
  if (wave === undefined) return words.eventOf[kind] ?? kind;
  const to = String(data['to']) as keyof typeof texts.campaigns.waveStates;
  return words.waveEvent(wave, texts.campaigns.waveStates[to] ?? to);
}

function whyOf({ data }: CampaignEvent): string {
  const { reason } = data;
  return typeof reason === 'string' ? `${texts.campaigns.causes[reason] ?? reason} · ` : '';
}
