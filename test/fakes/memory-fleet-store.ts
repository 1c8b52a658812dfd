import type { Device } from '../../src/domain/device.ts';
import { tagSet } from '../../src/domain/device-labels.ts';
import { matchesDeviceFilter } from '../../src/domain/match-device-filter.ts';
import type {
  DeviceCount,
  DeviceOrder,
  DeviceSelection,
  FleetStore,
  TagChange,
  TaggedBatch,
} from '../../src/services/ports/fleet-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type { MemoryDeviceStore } from './memory-device-store.ts';
import { pageOf } from './paging.ts';

export class MemoryFleetStore implements FleetStore {
  readonly #devices: MemoryDeviceStore;
  /** How the listing was last asked to be ordered. */
  order: DeviceOrder | undefined;

  constructor(devices: MemoryDeviceStore) {
    this.#devices = devices;
  }

  async list(selection: DeviceSelection, order: DeviceOrder | undefined, page: PageRequest): Promise<Page<Device>> {
    this.order = order;
    return pageOf(this.#selected(selection), page);
  }

  async count(selection: DeviceSelection): Promise<DeviceCount> {
    return { count: this.#selected(selection).length, kind: 'exact' };
  }

  async *batches(selection: DeviceSelection, limit: number): AsyncGenerator<readonly Device[]> {
    const devices = this.#selected(selection).toReversed();
    for (let from = 0; from < devices.length; from += limit) yield devices.slice(from, from + limit);
  }

  async tag(selection: DeviceSelection, { add, remove, at }: TagChange): Promise<TaggedBatch> {
    const due = this.#selected(selection);
    for (const { deviceId, tags } of due) {
      const next = tagSet([...tags, ...add].filter((tag) => !remove.includes(tag)));
      await this.#devices.update(deviceId, { tags: next }, at);
    }
    return { matched: due.length, refused: 0 };
  }

  #selected({ filter, now }: DeviceSelection): readonly Device[] {
    const all = this.#devices.all();
    return filter === undefined ? all : all.filter((device) => matchesDeviceFilter(filter, device, now));
  }
}
