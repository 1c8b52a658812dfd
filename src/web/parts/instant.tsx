import { Tooltip } from '@mantine/core';
import { useState, useSyncExternalStore } from 'react';
import { texts } from '../texts.ts';

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
const TICK_MS = 10_000;
/** Longer ago than that, a date says more than a distance. */
const RELATIVE_FOR_S = 7 * 86_400;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all instants on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** A time as people say it, in the viewer's zone. @param at ISO 8601 */
export function sayInstant(at: string, nowMs: number): string {
  const seconds = (Date.parse(at) - nowMs) / 1_000;
  if (Math.abs(seconds) < 5) return texts.shell.time.now;
  if (Math.abs(seconds) > RELATIVE_FOR_S) return dateTime.format(new Date(at));
  const [unit, length] = STEPS.find(([, one]) => Math.abs(seconds) >= one) ?? (['second', 1] as const);
  return relative.format(Math.round(seconds / length), unit);
}

/** An instant: how long ago, and exactly when on hover. A list has thousands: it is drawn again when it says something else. */
export function Instant({
  at,
  absent = texts.shell.time.never,
}: {
  readonly at: string | undefined;
  readonly absent?: string;
}) {
  const said = useSyncExternalStore(subscribe, () => (at === undefined ? absent : sayInstant(at, nowFor(at))));
  const [isNear, setNear] = useState(false);
  if (at === undefined) return <span>{said}</span>;
  const time = (
    <time dateTime={at} data-exact onPointerEnter={() => setNear(true)} onPointerLeave={() => setNear(false)}>
      {said}
    </time>
  );
  if (!isNear) return time;
  return (
    <Tooltip
      opened
      label={
        <>
          {exact.format(new Date(at))}
          <br />
          {at}
        </>
      }
    >
      {time}
    </Tooltip>
  );
}

/** The clock ticks now and then: what has come since is not in the future. */
function nowFor(at: string): number {
  const ticked = Math.max(now, Math.floor(Date.now() / TICK_MS) * TICK_MS);
  const ahead = Date.parse(at) - ticked;
  return ahead > 0 && ahead <= TICK_MS ? ticked + ahead : ticked;
}
