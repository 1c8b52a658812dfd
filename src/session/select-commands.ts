import type { RequestCommand } from '../syncml/message.ts';

/** The most commands one message carries, however small they are: a device has to hold them all. */
export const MAX_COMMANDS_PER_MESSAGE = 200;

/**
 * How many of the upcoming commands go into one message without it growing past the device's limit.
 *
 * The whole is tried first, because it nearly always fits; else the largest number is found by halving, so that a
 * message is measured O(log n) times. Size grows with every command, which makes halving right.
 *
 * @returns 0 when not even the first one fits
 */
export function countFitting(
  upcoming: readonly RequestCommand[],
  fits: (requests: readonly RequestCommand[]) => boolean,
): number {
  const most = Math.min(upcoming.length, MAX_COMMANDS_PER_MESSAGE);
  if (fits(upcoming.slice(0, most))) return most;
  let good = 0;
  let bad = most;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (fits(upcoming.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}
