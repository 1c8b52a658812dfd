import { TIMELINE_KINDS, type TimelineEntry, type TimelineKind } from '../domain/device-timeline.ts';
import { refuseUnknownDevice } from './devices.ts';
import { isDeviceId } from './identifiers.ts';
import { decodeCursor, pageOfRows } from './page-cursor.ts';
import type { DeviceStore } from './ports/device-store.ts';
import type { DeviceTimelineStore } from './ports/device-timeline-store.ts';
import type { Page, PageRequest } from './ports/page.ts';

/** What happened with a device, in one order of time. */
export class DeviceTimelines {
  readonly #timeline: DeviceTimelineStore;
  readonly #devices: Pick<DeviceStore, 'get'>;

  constructor(ports: { readonly timeline: DeviceTimelineStore; readonly devices: Pick<DeviceStore, 'get'> }) {
    this.#timeline = ports.timeline;
    this.#devices = ports.devices;
  }

  /**
   * Newest first.
   * @param kinds none: all of them
   * @throws AppError `device-unknown`, `cursor-invalid`
   */
  async list(
    deviceId: string,
    kinds: readonly TimelineKind[],
    { limit, cursor }: PageRequest,
  ): Promise<Page<TimelineEntry>> {
    const [at, id] = cursor === undefined ? [] : (decodeCursor(cursor, ['count', 'text']) as [number, string]);
    const before = at === undefined || id === undefined ? undefined : { at: new Date(Math.min(at, MAX_MS)), id };
    const device = isDeviceId(deviceId) ? await this.#devices.get(deviceId) : undefined;
    if (device === undefined) return refuseUnknownDevice(deviceId);
    const wanted = kinds.length === 0 ? TIMELINE_KINDS : kinds;
    const rows = await this.#timeline.read(device.id, wanted, before, limit + 1);
    return pageOfRows(
      rows,
      limit,
      (entry) => [entry.at.getTime(), entry.id],
      (entry) => entry,
    );
  }
}

/** Of the last instant that the database can hold as JavaScript says it. */
const MAX_MS = Date.UTC(9999, 11, 31);
