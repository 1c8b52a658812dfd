import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { ASKED_EVERY_MS } from './queries.ts';

const SENT = /^omadm_sms_parts_total\{([^}]*)\} (\S+)$/gm;

interface Sample {
  readonly at: number;
  readonly sent: ReadonlyMap<string, number>;
}

/**
 * Short messages a second that links have sent between the last two readings of the metrics.
 * @returns by the name of the link; undefined until there are two readings
 */
export function useThroughput(): ReadonlyMap<string, number> | undefined {
  const last = useRef<Sample>(undefined);
  const { data } = useQuery({
    queryKey: ['throughput'],
    queryFn: async ({ signal }) => {
      const text = await (await fetch('/metrics', { signal })).text();
      const now: Sample = { at: performance.now(), sent: sentOf(text) };
      const before = last.current;
      last.current = now;
      return before === undefined ? null : ratesBetween(before, now);
    },
    refetchInterval: ASKED_EVERY_MS,
    // Of another visit it says nothing.
    gcTime: 0,
    staleTime: 0,
  });
  return data ?? undefined;
}

function sentOf(text: string): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  for (const [, labels = '', value] of text.matchAll(SENT)) {
    const name = /link="((?:[^"\\]|\\.)*)"/.exec(labels)?.[1];
    if (name !== undefined) sent.set(name, (sent.get(name) ?? 0) + Number(value));
  }
  return sent;
}

/** A counter that has become smaller belongs to another process, or to one that started anew. */
function ratesBetween(before: Sample, now: Sample): ReadonlyMap<string, number> {
  const seconds = (now.at - before.at) / 1_000;
  return new Map(
    [...now.sent].map(([name, count]) => [name, Math.max(0, count - (before.sent.get(name) ?? 0)) / seconds]),
  );
}
