/**
 * What has ended and is kept for a while: sessions with their messages; deliveries with results and triggers; large
 * values that nothing refers to any more; sends with their recipients, and pushes of their own; alerts; messages to
 * webhooks; campaigns with their targets; events.
 */
export const HISTORIES = [
  'sessions',
  'deliveries',
  'objects',
  'sends',
  'pushes',
  'alerts',
  'webhookMessages',
  'campaigns',
  'events',
] as const;
export type History = (typeof HISTORIES)[number];

export interface HistorySweep {
  readonly looked: number;
  readonly removed: number;
  /** Where the next portion begins; absent: there is nothing older than that left to look at. */
  readonly next?: string;
}

/** Removes what is old, a portion at a time, each in a short transaction of its own. */
export interface HistoryStore {
  /**
   * Looks at the oldest rows after `after` and removes those that ended before that instant and are of no use to
   * anything that stays.
   * @param after `next` of the portion before; undefined: from the beginning
   * @param limit how many are looked at, at most
   * @returns nothing to look at, too, while another process is at the same history
   * @throws AppError `unavailable` when the database is away
   */
  sweep(history: History, before: Date, now: Date, after: string | undefined, limit: number): Promise<HistorySweep>;
}
