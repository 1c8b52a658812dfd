/** What an attempt can end by, beside a status that the device has refused a command with. */
export const ATTEMPT_FAULTS = [
  'expired',
  'silent',
  'trigger-failed',
  'push-failed',
  'aborted',
  'command-unanswered',
  'command-too-large',
  'version-unsuitable',
  'variable-missing',
] as const;
export type AttemptFault = (typeof ATTEMPT_FAULTS)[number];

/** When a target is tried again. Durations in milliseconds. */
export interface RetryPolicy {
  /** Triggers of one target at most, the first one counted. */
  readonly maxAttempts: number;
  /**
   * By what an attempt has to have ended: statuses (`503`), classes of them (`5xx`), or an {@link AttemptFault}. `silent`
   * is a device that has not come `silentMs` after its trigger: it is triggered again for the same delivery. Everything
   * else makes a new delivery.
   */
  readonly on: readonly string[];
  /** The pause after the first attempt; it doubles with each one up to `maxMs`. */
  readonly firstMs: number;
  readonly maxMs: number;
  readonly silentMs?: number;
}

/**
 * When an attempt that has failed is followed by the next; undefined: that was the last one. The database function
 * `retry_due_at` says the same.
 * @param attempt the one that failed, from 1
 * @param codes what it ended by: every one of them has to be in the policy
 * @param until the end of the campaign; an attempt that would begin then is none
 */
export function retryDueAt(
  policy: RetryPolicy | undefined,
  attempt: number,
  codes: readonly string[],
  at: Date,
  until?: Date,
): Date | undefined {
  if (policy === undefined || codes.length === 0 || attempt >= policy.maxAttempts) return undefined;
  if (!codes.every((code) => isCovered(policy.on, code))) return undefined;
  const due = new Date(at.getTime() + backOffMs(policy, attempt));
  return until !== undefined && due.getTime() >= until.getTime() ? undefined : due;
}

/** Milliseconds between an attempt that has failed and the next one. */
export function backOffMs({ firstMs, maxMs }: Pick<RetryPolicy, 'firstMs' | 'maxMs'>, attempt: number): number {
  return Math.min(firstMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 40), maxMs);
}

function isCovered(on: readonly string[], code: string): boolean {
  return on.includes(code) || (/^[1-9]\d\d$/.test(code) && on.includes(`${code.charAt(0)}xx`));
}
