import type { DeviceAlert } from '../../domain/device-alert.ts';

export interface AlertFilter {
  readonly deviceId?: string;
  readonly type?: string;
  readonly code?: number;
}

export interface AlertStore {
  /**
   * Alerts after a place in the one order that all of them have, oldest first, at most `limit`. What is committed later
   * comes later in that order, so whoever asks on from the last one that was given out misses none.
   * @param after the id of an alert; 0 is before the first
   */
  list(filter: AlertFilter, after: number, limit: number): Promise<readonly DeviceAlert[]>;
}
