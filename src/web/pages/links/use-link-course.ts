import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { SmsLink } from './link-values.ts';
import { ASKED_EVERY_MS } from './queries.ts';

const SENT = /^omadm_sms_parts_total\{([^}]*)\} (\S+)$/gm;
/** Five minutes of readings. */
const KEPT = 300_000 / ASKED_EVERY_MS;

/** How a link has been doing since the page is open, oldest first. */
export interface LinkCourse {
  /** Short messages a second. */
  readonly rates: readonly number[];
  /** Submits without an answer, over all processes. */
  readonly unanswered: readonly number[];
}

export const NO_COURSE: LinkCourse = { rates: [], unanswered: [] };

interface Sample {
  readonly at: number;
  readonly sent: ReadonlyMap<string, number>;
}

/**
 * How links are doing, reading by reading: what the SMS centre took is counted by the metrics of the process that answers.
 * @returns by the id of the link
 */
export function useLinkCourse(links: readonly SmsLink[] | undefined): ReadonlyMap<string, LinkCourse> {
  const [course, setCourse] = useState<ReadonlyMap<string, LinkCourse>>(new Map());
  const last = useRef<Sample>(undefined);
  const { data } = useQuery({
    queryKey: ['throughput'],
    queryFn: async ({ signal }): Promise<Sample> => {
      const text = await (await fetch('/metrics', { signal })).text();
      return { at: performance.now(), sent: sentOf(text) };
    },
    refetchInterval: ASKED_EVERY_MS,
    // Each reading counts, also one that says the same.
    structuralSharing: false,
    // Of another visit it says nothing.
    gcTime: 0,
    staleTime: 0,
  });
  const shown = useRef(links);
  shown.current = links;
  useEffect(() => {
    if (data === undefined) return;
    const before = last.current;
    last.current = data;
    if (before === undefined || before.at === data.at) return;
    setCourse((was) => nextCourse(was, shown.current ?? [], ratesBetween(before, data)));
  }, [data]);
  return course;
}

function nextCourse(
  was: ReadonlyMap<string, LinkCourse>,
  links: readonly SmsLink[],
  rates: ReadonlyMap<string, number>,
): ReadonlyMap<string, LinkCourse> {
  return new Map(
    links.map((link) => {
      const { rates: past, unanswered } = was.get(link.id) ?? NO_COURSE;
      return [
        link.id,
        {
          rates: [...past, rates.get(link.name) ?? 0].slice(-KEPT),
          unanswered: [...unanswered, unansweredOf(link)].slice(-KEPT),
        },
      ];
    }),
  );
}

export function unansweredOf({ processes }: SmsLink): number {
  return processes.flatMap(({ binds }) => binds).reduce((sum, { unanswered }) => sum + unanswered, 0);
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
