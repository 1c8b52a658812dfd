import type { TimelineEntry, TimelineKind } from '../../domain/device-timeline.ts';

/** A place in a timeline: entries before it are older. */
export interface TimelinePlace {
  readonly at: Date;
  readonly id: string;
}

export interface DeviceTimelineStore {
  /**
   * Newest first.
   * @param deviceRowId our own id of the device
   * @param before exclusive; undefined: from the newest on
   * @throws AppError `unavailable` when the database is away
   */
  read(
    deviceRowId: string,
    kinds: readonly TimelineKind[],
    before: TimelinePlace | undefined,
    limit: number,
  ): Promise<readonly TimelineEntry[]>;
}
