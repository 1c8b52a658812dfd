import type { TimelineEntry, TimelineKind } from '../../src/domain/device-timeline.ts';
import type { DeviceTimelineStore, TimelinePlace } from '../../src/services/ports/device-timeline-store.ts';

export class MemoryDeviceTimelineStore implements DeviceTimelineStore {
  /** Of every device. */
  entries: readonly TimelineEntry[] = [];

  async read(
    _deviceRowId: string,
    kinds: readonly TimelineKind[],
    before: TimelinePlace | undefined,
    limit: number,
  ): Promise<readonly TimelineEntry[]> {
    const place = ({ at, id }: TimelinePlace): string => `${String(at.getTime()).padStart(15, '0')} ${id}`;
    return this.entries
      .filter((entry) => kinds.includes(entry.kind) && (before === undefined || place(entry) < place(before)))
      .sort((a, b) => (place(a) < place(b) ? 1 : -1))
      .slice(0, limit);
  }
}
