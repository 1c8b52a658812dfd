import type { ConflictRule } from './campaign.ts';
import type { Rate } from './campaign-rate.ts';
import { ATTEMPT_FAULTS, type RetryPolicy } from './campaign-retry.ts';
import type { Thresholds } from './campaign-thresholds.ts';
import { type WaveOrder, waveFaults } from './campaign-waves.ts';
import { type ActiveWindows, spansFault } from './campaign-window.ts';
import { isTimeZone } from './time-zone.ts';

/** How a campaign goes on: everything but what its targets get, and who they are. */
export interface CampaignTerms {
  /** `dynamic`: devices that come to match later join, and the campaign goes on until it is stopped or its time ends. */
  readonly membership: 'fixed' | 'dynamic';
  readonly waves: readonly WaveOrder[];
  readonly thresholds: Thresholds;
  readonly rate?: Rate;
  readonly windows?: ActiveWindows;
  /** Not before. */
  readonly startAt?: Date;
  /** Nothing is triggered from then on, and what is under way expires. */
  readonly endAt?: Date;
  /** How long a device has for one attempt, milliseconds. */
  readonly timeoutMs: number;
  readonly retry?: RetryPolicy;
  /** 0…9, the highest first. */
  readonly priority: number;
  readonly conflict: ConflictRule;
}

/** Something that is wrong with an order: where (RFC 6901, into the order) and why. */
export interface TermFault {
  readonly pointer: string;
  readonly detail: string;
}

const MIN_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 366 * 86_400_000;
const MAX_RATE = 10_000_000;

/** Everything that is wrong with the terms by themselves. */
export function termFaults(terms: CampaignTerms, now: Date): readonly TermFault[] {
  const faults: TermFault[] = [];
  const fault = (pointer: string, detail: string): void => {
    faults.push({ pointer, detail });
  };
  for (const { wave, detail } of waveFaults(terms.waves)) {
    fault(wave === undefined ? '/waves' : `/waves/${wave}`, detail);
  }
  checkThresholds(terms.thresholds, fault);
  if (terms.rate !== undefined) checkRate(terms.rate, fault);
  if (terms.windows !== undefined) checkWindows(terms.windows, fault);
  if (terms.retry !== undefined) checkRetry(terms.retry, fault);
  const { startAt, endAt, timeoutMs } = terms;
  if (endAt !== undefined && endAt.getTime() <= Math.max(now.getTime(), startAt?.getTime() ?? 0)) {
    fault('/endAt', 'It has to come after now, and after startAt.');
  }
  if (!within(timeoutMs, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS)) {
    fault('/timeoutMs', `It is ${MIN_TIMEOUT_MS} to ${MAX_TIMEOUT_MS} milliseconds.`);
  }
  return faults;
}

type Tell = (pointer: string, detail: string) => void;

function checkThresholds(thresholds: Thresholds, fault: Tell): void {
  const { successPercent, errorPercent, errorCount, errorMinimum } = thresholds;
  if (!within(successPercent, 0, 100)) fault('/thresholds/successPercent', 'A percentage is 0 to 100.');
  if (errorPercent !== undefined && !(errorPercent > 0 && errorPercent <= 100)) {
    fault('/thresholds/errorPercent', 'A percentage at which to pause is above 0 and at most 100.');
  }
  if (errorCount !== undefined && !isWhole(errorCount, 1)) {
    fault('/thresholds/errorCount', 'A count at which to pause is a whole number above 0.');
  }
  if (errorMinimum !== undefined && !isWhole(errorMinimum, 1)) {
    fault('/thresholds/errorMinimum', 'A whole number above 0.');
  }
  if (errorMinimum !== undefined && errorPercent === undefined) {
    fault('/thresholds/errorMinimum', 'It says from when errorPercent counts, and there is no errorPercent.');
  }
}

function checkRate({ perMinute, growth }: Rate, fault: Tell): void {
  if (!(perMinute > 0 && perMinute <= MAX_RATE)) fault('/rate/perMinute', `It is above 0 and at most ${MAX_RATE}.`);
  if (growth === undefined) return;
  if (!(growth.factor > 1 && growth.factor <= 10)) fault('/rate/growth/factor', 'It is above 1 and at most 10.');
  if (!isWhole(growth.perSuccesses, 1)) fault('/rate/growth/perSuccesses', 'A whole number above 0.');
  if (!(growth.maxPerMinute >= perMinute && growth.maxPerMinute <= MAX_RATE)) {
    fault('/rate/growth/maxPerMinute', `It is perMinute at least and ${MAX_RATE} at most.`);
  }
}

function checkWindows({ timeZone, otherwise, spans }: ActiveWindows, fault: Tell): void {
  if (timeZone === 'device') {
    if (otherwise === undefined) fault('/windows/otherwise', 'Devices without a zone of their own need one, too.');
    else if (!isTimeZone(otherwise)) fault('/windows/otherwise', 'There is no time zone of that name.');
  } else {
    if (!isTimeZone(timeZone)) fault('/windows/timeZone', 'There is no time zone of that name.');
    if (otherwise !== undefined) fault('/windows/otherwise', 'It is for windows in the time zone of each device.');
  }
  const wrong = spansFault(spans);
  if (wrong !== undefined) fault('/windows/spans', `They do not do: ${wrong}.`);
}

function checkRetry({ maxAttempts, on, firstMs, maxMs, silentMs }: RetryPolicy, fault: Tell): void {
  if (!isWhole(maxAttempts, 1) || maxAttempts > 100) fault('/retry/maxAttempts', 'A whole number, 1 to 100.');
  for (const [index, code] of on.entries()) {
    if ((ATTEMPT_FAULTS as readonly string[]).includes(code) || /^[1-9](?:\d\d|xx)$/.test(code)) continue;
    fault(`/retry/on/${index}`, `It is a status (503), a class of them (5xx), or one of ${ATTEMPT_FAULTS.join(', ')}.`);
  }
  if (!within(firstMs, 1_000, MAX_TIMEOUT_MS)) fault('/retry/firstMs', `It is 1000 to ${MAX_TIMEOUT_MS} milliseconds.`);
  if (!within(maxMs, firstMs, MAX_TIMEOUT_MS)) fault('/retry/maxMs', 'It is firstMs at least, and a year at most.');
  const isSilent = on.includes('silent');
  if (isSilent && !(silentMs !== undefined && within(silentMs, 1_000, MAX_TIMEOUT_MS))) {
    fault('/retry/silentMs', 'After how many milliseconds (1000 at least) a device counts as silent has to be said.');
  }
  if (!isSilent && silentMs !== undefined) fault('/retry/silentMs', 'It goes with "silent" in "on".');
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
