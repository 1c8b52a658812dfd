import type { EventFilter, EventPosition, EventRecord } from '../../domain/event.ts';

export interface EventPage {
  /** In the order of the log. */
  readonly events: readonly EventRecord[];
  /** Where to go on. */
  readonly next: EventPosition;
  /** Whether that was all there is for now; a page that is not complete may be empty all the same. */
  readonly complete: boolean;
}

/**
 * The log of events. Transactions that write to it end in any order; what is read is only what nothing can come before
 * any more, so whoever goes on from `next` gets every event once and in the same order as everybody else.
 */
export interface EventLog {
  /** Beyond everything that can be read now. */
  end(): Promise<EventPosition>;
  /**
   * @param after exclusive; a place that is not reached yet counts as the present
   * @param limit how many events at most
   * @throws AppError `unavailable` when the database is away
   */
  read(filter: EventFilter, after: EventPosition, limit: number): Promise<EventPage>;
}
