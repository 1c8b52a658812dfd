import type { DeliveryState } from '../../domain/delivery.ts';

/** Counted by the store at one time. */
export interface OverviewCounts {
  readonly openSessions: number;
  /** Sessions opened, by the start of the minute in milliseconds; minutes without any are left out. */
  readonly sessionsByMinute: ReadonlyMap<number, number>;
  readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
  /** There are more deliveries than were counted. */
  readonly isCapped: boolean;
}

export interface OverviewStore {
  /**
   * @param sessionsSince the minutes from there on
   * @param deliveriesSince those ordered from there on, the newest `limit` of them
   * @throws AppError `unavailable`
   */
  counts(sessionsSince: Date, deliveriesSince: Date, limit: number): Promise<OverviewCounts>;
}
