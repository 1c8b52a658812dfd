import { texts } from '../../texts.ts';
import type { NewCampaign } from './campaign-values.ts';

const words = texts.campaigns.terms;
const number = new Intl.NumberFormat('en');

/** What is said of a campaign, ordered or to be ordered. */
export type Terms = Pick<
  NewCampaign,
  'waves' | 'thresholds' | 'rate' | 'windows' | 'retry' | 'timeoutMs' | 'conflict' | 'priority' | 'membership'
>;

/** Its terms in plain words, those that are as usual left out. */
export function termsOf(terms: Terms): readonly { readonly label: string; readonly said: string }[] {
  const { waves = [], thresholds, rate, windows, retry, timeoutMs, conflict, priority, membership } = terms;
  const rows: (readonly [string, string | undefined])[] = [
    [words.waves, sayWaves(waves)],
    [words.thresholds, thresholds === undefined ? undefined : sayThresholds(thresholds, waves.length > 1)],
    [words.rate, sayRate(rate)],
    [words.hours, windows === undefined ? words.anyHour : sayWindows(windows)],
    [words.retry, retry === undefined || retry.maxAttempts < 2 ? words.oneAttempt : sayRetry(retry)],
    [words.timeout, timeoutMs === undefined ? undefined : sayDuration(timeoutMs)],
    [words.conflict, conflict === undefined || conflict === 'wait' ? undefined : words.conflicts[conflict]],
    [words.priority, priority === undefined || priority === 2 ? undefined : String(priority)],
    [words.membership, membership === 'dynamic' ? words.dynamic : undefined],
  ];
  return rows.flatMap(([label, said]) => (said === undefined ? [] : [{ label, said }]));
}

export function sayWaves(waves: NonNullable<Terms['waves']>): string {
  if (waves.length < 2) return words.allAtOnce;
  const said = waves.map(({ name, percent, count, filter }, place) => {
    const what =
      percent !== undefined
        ? `${number.format(percent)} %`
        : count !== undefined
          ? number.format(count)
          : (filter ?? (place === waves.length - 1 ? words.rest : '…'));
    return name === undefined ? what : `${what} (${name})`;
  });
  return said.length > 6 ? words.manyWaves(said.length, said[0] ?? '') : said.join(words.followedBy);
}

function sayThresholds(
  { successPercent, errorPercent, errorMinimum = 20, errorCount }: NonNullable<Terms['thresholds']>,
  hasNext: boolean,
): string {
  const said = [
    hasNext ? words.opensAt(successPercent) : undefined,
    errorPercent === undefined ? undefined : words.pausesAt(errorPercent, errorMinimum),
    errorCount === undefined ? undefined : words.pausesAtCount(errorCount),
  ]
    .filter((one) => one !== undefined)
    .join('; ');
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function sayRate(rate: Terms['rate']): string {
  if (rate === undefined) return words.fullSpeed;
  const { perMinute, growth } = rate;
  const base = words.aMinute(number.format(perMinute));
  if (growth === undefined) return base;
  return words.growing(base, growth.factor, number.format(growth.perSuccesses), number.format(growth.maxPerMinute));
}

export function sayWindows({ timeZone, otherwise, spans }: NonNullable<Terms['windows']>): string {
  const said = spans
    .map(({ weekdays, from, to }) => {
      const days = weekdays?.map((day) => texts.campaigns.wizard.days[day]).join(', ');
      return `${days === undefined ? '' : `${days} `}${from}–${to}`;
    })
    .join('; ');
  return timeZone === 'device' ? words.ownClock(said, otherwise ?? 'UTC') : `${said} ${timeZone}`;
}

function sayRetry({ maxAttempts, on, firstMs, maxMs }: NonNullable<Terms['retry']>): string {
  return words.attempts(maxAttempts, on.join(', '), sayDuration(firstMs), sayDuration(maxMs));
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** The two largest units of a duration: `2 d 3 h`. */
export function sayDuration(ms: number): string {
  let left = Math.max(Math.round(ms / 1_000) * 1_000, 0);
  const said: string[] = [];
  for (const [length, unit] of UNITS) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) said.push(`${count} ${unit}`);
    else if (said.length > 0) break;
    if (said.length === 2) break;
  }
  return said.length === 0 ? '0 s' : said.join(' ');
}
