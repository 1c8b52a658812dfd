import type { Device } from '../domain/device.ts';
import { bothFilters, type DeviceFilter, type FilterFieldName, type FilterValue } from '../domain/device-filter.ts';
import { tagSet } from '../domain/device-labels.ts';
import type { DeviceFilters } from './device-filters.ts';
import { decodeCursor, encodeCursor } from './page-cursor.ts';
import type { Clock } from './ports/clock.ts';
import type { DeviceCount, DeviceOrder, DevicePage, DeviceSelection, FleetStore } from './ports/fleet-store.ts';
import type { PageRequest } from './ports/page.ts';
import { readFilter } from './read-filter.ts';

/** Which devices, as a caller says it. What is said has to hold all together; nothing said: all of them. */
export interface DeviceQuery {
  /** In the filter language. */
  readonly filter?: string;
  /** Of a saved filter. */
  readonly filterId?: string;
  /** Starts with. */
  readonly deviceId?: string;
  readonly msisdn?: string;
  readonly man?: string;
  readonly mod?: string;
}

export interface TagOrder {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** As `nextCursor` of the answer before. */
  readonly cursor?: string;
}

export interface TagOutcome {
  /** Devices whose tags are others now. */
  readonly changed: number;
  /** Devices that would have had too many tags; they were left as they are. */
  readonly refused: number;
  /** Set when there are more. */
  readonly nextCursor?: string;
}

/** Devices changed in one step, and in one order. */
const TAG_BATCH = 1_000;
const TAG_LIMIT = 50_000;
const EXPORT_BATCH = 500;

/** What is done with many devices. */
export class Fleet {
  readonly #store: FleetStore;
  readonly #filters: Pick<DeviceFilters, 'get'>;
  readonly #clock: Clock;

  constructor(ports: {
    readonly fleet: FleetStore;
    readonly filters: Pick<DeviceFilters, 'get'>;
    readonly clock: Clock;
  }) {
    this.#store = ports.fleet;
    this.#filters = ports.filters;
    this.#clock = ports.clock;
  }

  /** @throws AppError `filter-invalid`, `filter-unknown`, `cursor-invalid` */
  async list(query: DeviceQuery, order: DeviceOrder | undefined, page: PageRequest): Promise<DevicePage> {
    return this.#store.list(await this.#selection(query), order, page);
  }

  /**
   * @param exact counts, however long that takes
   * @throws AppError `filter-invalid`, `filter-unknown`
   */
  async count(query: DeviceQuery, exact = false): Promise<DeviceCount> {
    return this.#store.count(await this.#selection(query), exact);
  }

  /**
   * All of them, in batches that are read as they are asked for.
   * @throws AppError `filter-invalid`, `filter-unknown`, before the first batch
   */
  async export(query: DeviceQuery): Promise<AsyncIterable<readonly Device[]>> {
    return this.#store.batches(await this.#selection(query), EXPORT_BATCH);
  }

  /**
   * Puts tags on the devices and takes tags off, some thousands at a time; the same order once more changes nothing. What is
   * to be added and removed is added.
   * @throws AppError `filter-invalid`, `filter-unknown`, `cursor-invalid`
   */
  async tag(query: DeviceQuery, { add, remove, cursor }: TagOrder): Promise<TagOutcome> {
    const selection = await this.#selection(query);
    const change = {
      add: tagSet(add),
      remove: tagSet(remove).filter((tag) => !add.includes(tag)),
      at: this.#clock.now(),
    };
    let last = cursor === undefined ? undefined : String(decodeCursor(cursor, ['uuid'])[0]);
    const sum = { changed: 0, refused: 0 };
    for (let seen = 0; seen < TAG_LIMIT; seen += TAG_BATCH) {
      const batch = await this.#store.tag(selection, change, last, TAG_BATCH);
      sum.changed += batch.matched - batch.refused;
      sum.refused += batch.refused;
      last = batch.last;
      if (last === undefined) return sum;
    }
    return { ...sum, ...(last !== undefined && { nextCursor: encodeCursor([last]) }) };
  }

  async #selection({ filter, filterId, deviceId, ...exact }: DeviceQuery): Promise<DeviceSelection> {
    const saved = filterId === undefined ? undefined : (await this.#filters.get(filterId)).filter;
    const filters: (DeviceFilter | undefined)[] = [
      filter === undefined ? undefined : readFilter(filter),
      saved === undefined ? undefined : readFilter(saved),
      deviceId === undefined ? undefined : equal('deviceId', { kind: 'pattern', parts: [deviceId, ''] }),
    ];
    for (const name of ['msisdn', 'man', 'mod'] as const) {
      const text = exact[name];
      if (text !== undefined) filters.push(equal(name, { kind: 'text', text }));
    }
    return { filter: filters.reduce(bothFilters), now: this.#clock.now() };
  }
}

function equal(name: FilterFieldName, value: FilterValue): DeviceFilter {
  return { kind: 'comparison', field: { name }, operator: '==', values: [value] };
}
