import { texts } from '../../texts.ts';
import type { Campaign, Progress, Timeline } from './campaign-types.ts';
import { sayDuration, sayWindows } from './saying.ts';

const words = texts.campaigns.next;

/** One thing that is so, or that comes. */
export interface Outlook {
  /** `warning`: somebody should do something. */
  readonly tone: 'plain' | 'warning' | 'good';
  readonly said: string;
  /** An instant that ends the sentence. */
  readonly at?: string;
}

type Wave = Progress['waves'][number];
type Counts = Progress['counts'];

/** What becomes of a campaign from here on, in plain words. @param now milliseconds */
export function whatNext(
  campaign: Campaign,
  progress: Progress | undefined,
  timeline: Timeline | undefined,
  now: number,
): readonly Outlook[] {
  switch (campaign.state) {
    case 'draft':
      return [plain(words.draft)];
    case 'scheduled':
      return [at(words.scheduled, campaign.startAt), ...endOf(campaign)];
    case 'running':
      return progress === undefined ? [] : running(campaign, progress, timeline, now);
    case 'paused':
      return paused(campaign, progress);
    case 'completed': {
      const failed = progress === undefined ? 0 : failedOf(progress.counts);
      return [{ tone: 'good', said: failed === 0 ? words.completed : words.completedFailed(failed) }];
    }
    case 'stopped': {
      const counts = progress?.counts;
      const leftOut = (counts?.['cancelled'] ?? 0) + (counts?.['skipped'] ?? 0) + (counts?.['waiting'] ?? 0);
      return [
        plain(words.stopped[campaign.reason ?? ''] ?? words.stopped['stopped'] ?? ''),
        ...(leftOut > 0 ? [plain(words.fellBehind(leftOut))] : []),
        ...underWay(progress),
      ];
    }
  }
}

function running(campaign: Campaign, progress: Progress, timeline: Timeline | undefined, now: number): Outlook[] {
  const { windows, thresholds, membership } = campaign;
  const said: Outlook[] = [];
  if (!progress.isComplete) said.push(plain(words.gathering(progress.targets)));
  if (progress.opensAt !== undefined) said.push(at(words.shut, progress.opensAt));
  else if (windows?.timeZone === 'device') said.push(plain(words.ownHours(sayWindows(windows))));
  const open = progress.waves.filter(({ state }) => state === 'open');
  const next = progress.waves.find(({ state }) => state === 'waiting');
  const last = open.at(-1);
  if (last !== undefined && next !== undefined) {
    const { successPercent } = thresholds;
    const succeeded = last.counts['succeeded'] ?? 0;
    const needed = Math.ceil((countedOf(last.counts) * successPercent) / 100);
    if (progress.isComplete) {
      said.push(plain(words.opensNext(nameOf(last), nameOf(next), needed, succeeded, successPercent)));
    }
  } else if (last !== undefined && progress.isComplete) {
    said.push(plain(membership === 'dynamic' ? words.dynamic : words.lastWave(nameOf(last), openOf(last.counts))));
  }
  for (const wave of open) said.push(...failing(wave, thresholds));
  if (progress.perMinute !== undefined) said.push(plain(words.rate(progress.perMinute)));
  const left = progress.opensAt === undefined ? leftMs(progress, timeline, now) : undefined;
  if (left !== undefined) said.push(plain(words.left(sayDuration(left))));
  return [...said, ...endOf(campaign)];
}

function paused({ reason = '' }: Campaign, progress: Progress | undefined): Outlook[] {
  if (reason === 'paused') return [plain(words.paused), ...underWay(progress)];
  const wave = progress?.waves.find(
    (one) => one.state === 'open' && one.reason !== undefined && one.reason.includes(' '),
  );
  const why = wave === undefined ? words.pausedItselfWhere : `${words.pausedItself(nameOf(wave))} ${wave.reason}`;
  return [
    { tone: 'warning', said: why },
    plain(reason === 'order-unusable' ? words.resumeUnusable : words.resumeHint),
    ...underWay(progress),
  ];
}

function failing({ counts }: Wave, { errorPercent, errorMinimum = 20 }: Campaign['thresholds']): Outlook[] {
  const failed = failedOf(counts);
  if (errorPercent === undefined || failed === 0) return [];
  const finished = failed + (counts['succeeded'] ?? 0);
  const minimum = Math.min(errorMinimum, countedOf(counts));
  if (finished < minimum) return [plain(words.failingSoon(failed, finished, minimum, errorPercent))];
  const percent = (Math.round((failed / finished) * 1_000) / 10).toString();
  return [plain(words.failing(failed, finished, percent, errorPercent))];
}

function underWay(progress: Progress | undefined): Outlook[] {
  const n = (progress?.counts['triggered'] ?? 0) + (progress?.counts['delivering'] ?? 0);
  return n === 0 ? [] : [plain(words.underWay(n))];
}

function endOf({ endAt }: Campaign): Outlook[] {
  return endAt === undefined ? [] : [at(words.endsAt, endAt)];
}

/** Of late: a fifth of the time it has been going on. */
const LATE_SHARE = 0.2;
/** Too few say nothing. */
const LEAST_ENDS = 5;

/** How long it goes on, if it goes on as of late; undefined: too little has happened to tell. */
export function leftMs(progress: Progress, timeline: Timeline | undefined, now: number): number | undefined {
  if (timeline?.from === undefined || !progress.isComplete) return undefined;
  const open = openOf(progress.counts);
  if (open === 0) return undefined;
  const begin = Date.parse(timeline.from);
  const lateMs = Math.max((now - begin) * LATE_SHARE, 10 * timeline.bucketMs);
  const since = Math.max(begin, now - lateMs);
  const ends = timeline.waves
    .flatMap(({ buckets }) => buckets)
    .filter(({ at: start }) => Date.parse(start) >= since)
    .reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0);
  if (ends < LEAST_ENDS || now <= since) return undefined;
  return (open / ends) * (now - since);
}

export function nameOf({ wave, name }: Pick<Wave, 'wave' | 'name'>): string {
  return name === undefined ? `wave ${wave}` : `wave ${wave} (${name})`;
}

export function failedOf(counts: Counts): number {
  return (counts['failed'] ?? 0) + (counts['expired'] ?? 0);
}

export function finishedOf(counts: Counts): number {
  return (counts['succeeded'] ?? 0) + failedOf(counts);
}

export function openOf(counts: Counts): number {
  return (counts['waiting'] ?? 0) + (counts['triggered'] ?? 0) + (counts['delivering'] ?? 0);
}

export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** Whom thresholds count. */
function countedOf(counts: Counts): number {
  return totalOf(counts) - (counts['cancelled'] ?? 0) - (counts['skipped'] ?? 0);
}

function plain(said: string): Outlook {
  return { tone: 'plain', said: said.charAt(0).toUpperCase() + said.slice(1) };
}

function at(said: string, moment: string | undefined): Outlook {
  return { ...plain(said), ...(moment !== undefined && { at: moment }) };
}
