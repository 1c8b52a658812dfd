import type { Device } from '../../domain/device.ts';
import type { DeviceFilter } from '../../domain/device-filter.ts';
import type { Page, PageRequest } from './page.ts';

/** What devices can be listed by. Those without a value come last, whichever way. */
export const DEVICE_SORT_FIELDS = ['createdAt', 'lastSeenAt', 'deviceId', 'man', 'mod', 'fwv'] as const;
export interface DeviceOrder {
  readonly field: (typeof DEVICE_SORT_FIELDS)[number];
  readonly direction: 'asc' | 'desc';
}

/** Which devices. Absent: all. */
export interface DeviceSelection {
  readonly filter: DeviceFilter | undefined;
  /** What times from now in the filter count from. */
  readonly now: Date;
}

export interface DevicePage extends Page<Device> {
  /**
   * So many devices were looked through, and too few of them fit to fill the page: nobody is kept waiting for the rest of the
   * fleet. It is searched on from the cursor.
   */
  readonly searched?: number;
}

export interface DeviceCount {
  readonly count: number;
  /** `estimate`: from the database's statistics or from a sample, where counting would take long. */
  readonly kind: 'exact' | 'estimate';
}

export interface TagChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly at: Date;
}

export interface TaggedBatch {
  /** Looked at: those of the selection that the change would change. */
  readonly matched: number;
  /** Of these, those that would have had too many tags and were left as they are. */
  readonly refused: number;
  /** The id of the last one; absent when there are no more. */
  readonly last?: string;
}

/** The devices as a fleet: which they are, how many, and what is done to many. */
export interface FleetStore {
  /**
   * One page, in an order that does not change while it is paged through. It may have fewer devices than it has room for.
   * @param order absent: the newest first
   * @throws AppError `cursor-invalid`
   */
  list(selection: DeviceSelection, order: DeviceOrder | undefined, page: PageRequest): Promise<DevicePage>;
  /** @param exact counts, however long that takes */
  count(selection: DeviceSelection, exact: boolean): Promise<DeviceCount>;
  /** The selection in batches, oldest first, as it is when each batch is read. A batch waits until it is asked for. */
  batches(selection: DeviceSelection, limit: number): AsyncIterable<readonly Device[]>;
  /** Changes the tags of at most so many devices, those behind `after` (an id) in the order of ids; all in one step. */
  tag(selection: DeviceSelection, change: TagChange, after: string | undefined, limit: number): Promise<TaggedBatch>;
}
