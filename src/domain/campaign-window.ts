/** Days as people write them; Monday is the first. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A stretch of the day. One that ends before it begins goes on past midnight, and belongs to the day it began on. */
export interface DailySpan {
  /** Every day, when left out. */
  readonly weekdays?: readonly Weekday[];
  /** `HH:MM`, 00:00…23:59. */
  readonly from: string;
  /** `HH:MM`, 00:01…24:00. */
  readonly to: string;
}

/** When triggers may be sent. */
export interface ActiveWindows {
  /** A name of the IANA database, or `device`: each device's own, and `otherwise` for those that have none. */
  readonly timeZone: string;
  readonly otherwise?: string;
  readonly spans: readonly DailySpan[];
}

const DAY = 1_440;
const WEEK = 7 * DAY;
const MINUTE_MS = 60_000;
/** Clocks are put forward or back by so much at most. */
const SHIFT_MINUTES = 150;

/** Whether the windows are open at that moment for clocks of that zone. */
export function isOpenAt(spans: readonly DailySpan[], timeZone: string, at: Date): boolean {
  return isOpenIn(spans, minuteOfWeek(timeZone, at));
}

/**
 * The first minute, from now on, at which they are open; `at` itself when they are. Where the clock is put forward over
 * the beginning of a window it opens with the first minute that there is.
 */
export function nextOpening(spans: readonly DailySpan[], timeZone: string, at: Date): Date {
  if (isOpenAt(spans, timeZone, at)) return at;
  let from = Math.ceil(at.getTime() / MINUTE_MS);
  // A window that falls into the hour that a clock leaves out is not there that day, so the next one is looked for.
  for (let tries = 0; tries < 10; tries++) {
    const guess = from + minutesUntilOpen(spans, minuteOfWeek(timeZone, new Date(from * MINUTE_MS)));
    for (let minute = Math.max(from, guess - SHIFT_MINUTES); minute <= guess + SHIFT_MINUTES; minute++) {
      const moment = new Date(minute * MINUTE_MS);
      if (isOpenAt(spans, timeZone, moment)) return moment;
    }
    from = guess + SHIFT_MINUTES;
  }
  return new Date(at.getTime() + DAY * MINUTE_MS);
}

/** What is wrong with the spans, in words; undefined when nothing is. */
export function spansFault(spans: readonly DailySpan[]): string | undefined {
  if (spans.length === 0) return 'there is no span of time, so nothing would ever be sent';
  for (const { from, to, weekdays } of spans) {
    if (!isClock(from) || from === '24:00') return `${JSON.stringify(from)} is no time of day (00:00 to 23:59)`;
    if (!isClock(to)) return `${JSON.stringify(to)} is no time of day (00:00 to 24:00)`;
    if (from === to) return `a span from ${from} to ${to} is empty; the whole day is 00:00 to 24:00`;
    if (weekdays?.length === 0) return 'a span without weekdays is never open; leave them out for every day';
  }
  return undefined;
}

function isOpenIn(spans: readonly DailySpan[], minute: number): boolean {
  const day = Math.floor(minute / DAY);
  const clock = minute % DAY;
  return spans.some(({ weekdays, from, to }) => {
    const begins = minutesOf(from);
    const ends = minutesOf(to);
    const isOn = (one: number): boolean => weekdays?.includes(WEEKDAYS[(one + 7) % 7] as Weekday) ?? true;
    if (begins < ends) return clock >= begins && clock < ends && isOn(day);
    return (clock >= begins && isOn(day)) || (clock < ends && isOn(day - 1));
  });
}

/** By the clock on the wall, as if it were never put forward or back. */
function minutesUntilOpen(spans: readonly DailySpan[], minute: number): number {
  if (isOpenIn(spans, minute)) return 0;
  let least = WEEK;
  for (const { weekdays, from } of spans) {
    for (const [day, name] of WEEKDAYS.entries()) {
      if (weekdays !== undefined && !weekdays.includes(name)) continue;
      const ahead = (day * DAY + minutesOf(from) - minute + WEEK) % WEEK;
      if (ahead < least) least = ahead;
    }
  }
  return least;
}

function isClock(text: string): boolean {
  return /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text);
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** Making one takes long, and there are few zones. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    FORMATS.set(timeZone, format);
  }
  return format;
}

/** Since Monday, 00:00, by the clock on the wall. */
function minuteOfWeek(timeZone: string, at: Date): number {
  let day = 0;
  let clock = 0;
  for (const { type, value } of formatFor(timeZone).formatToParts(at)) {
    if (type === 'weekday') day = WEEKDAYS.indexOf(value.slice(0, 3).toLowerCase() as Weekday);
    if (type === 'hour') clock += Number(value) * 60;
    if (type === 'minute') clock += Number(value);
  }
  return day * DAY + clock;
}
