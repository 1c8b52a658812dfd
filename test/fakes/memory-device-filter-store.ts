import { AppError } from '../../src/services/app-error.ts';
import type { DeviceFilterStore, FilterChange, SavedFilter } from '../../src/services/ports/device-filter-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

export class MemoryDeviceFilterStore implements DeviceFilterStore {
  readonly #filters = new Map<string, SavedFilter>();

  async create(filter: Omit<SavedFilter, 'version' | 'updatedAt'>): Promise<SavedFilter> {
    return this.#keep({ ...filter, version: 1, updatedAt: filter.createdAt });
  }

  async get(id: string): Promise<SavedFilter | undefined> {
    return this.#filters.get(id);
  }

  async list(page: PageRequest): Promise<Page<SavedFilter>> {
    return pageOf(
      [...this.#filters.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      page,
    );
  }

  async update(id: string, change: FilterChange, version: number | undefined, now: Date): Promise<SavedFilter> {
    const held = this.#held(id, version);
    return this.#keep({ ...held, ...change, version: held.version + 1, updatedAt: now });
  }

  async delete(id: string, version: number | undefined): Promise<void> {
    this.#held(id, version);
    this.#filters.delete(id);
  }

  #keep(filter: SavedFilter): SavedFilter {
    const namesake = [...this.#filters.values()].find(({ id, name }) => name === filter.name && id !== filter.id);
    if (namesake !== undefined) throw new AppError('filter-exists', 'A filter of that name is there already.');
    this.#filters.set(filter.id, filter);
    return filter;
  }

  #held(id: string, version: number | undefined): SavedFilter {
    const held = this.#filters.get(id);
    if (held === undefined) throw new AppError('filter-unknown', 'There is no filter of that id.');
    if (version !== undefined && version !== held.version) {
      throw new AppError('version-stale', 'It has been changed since.', { version: held.version });
    }
    return held;
  }
}
