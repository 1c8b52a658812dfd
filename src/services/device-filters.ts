import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { DeviceFilterStore, FilterChange, SavedFilter } from './ports/device-filter-store.ts';
import type { Page, PageRequest } from './ports/page.ts';
import { readFilter } from './read-filter.ts';

/** Filters that were given a name. What is kept can be read. */
export class DeviceFilters {
  readonly #store: DeviceFilterStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  constructor(ports: { readonly filters: DeviceFilterStore; readonly clock: Clock; readonly entropy: Entropy }) {
    this.#store = ports.filters;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /** @throws AppError `filter-invalid`, `filter-exists` */
  async create({ name, filter }: { readonly name: string; readonly filter: string }): Promise<SavedFilter> {
    readFilter(filter);
    return this.#store.create({ id: this.#entropy.id(), name, filter, createdAt: this.#clock.now() });
  }

  /** @throws AppError `filter-unknown` */
  async get(id: string): Promise<SavedFilter> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknown();
  }

  /** @throws AppError `cursor-invalid` */
  async list(page: PageRequest): Promise<Page<SavedFilter>> {
    return this.#store.list(page);
  }

  /**
   * @param version the one that is to be changed; undefined: whichever it is
   * @throws AppError `filter-unknown`, `filter-invalid`, `filter-exists`, `version-stale`
   */
  async update(id: string, change: FilterChange, version?: number): Promise<SavedFilter> {
    if (change.filter !== undefined) readFilter(change.filter);
    return isUuid(id) ? this.#store.update(id, change, version, this.#clock.now()) : refuseUnknown();
  }

  /** @throws AppError `filter-unknown`, `version-stale` */
  async delete(id: string, version?: number): Promise<void> {
    return isUuid(id) ? this.#store.delete(id, version) : refuseUnknown();
  }
}

function refuseUnknown(): never {
  throw new AppError('filter-unknown', 'There is no filter of that id.');
}
