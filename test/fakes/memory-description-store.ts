import type { DeviceDescription } from '../../src/provisioning/device-description.ts';
import { AppError } from '../../src/services/app-error.ts';
import type {
  DescriptionRecord,
  DescriptionStore,
  NewDescription,
} from '../../src/services/ports/description-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

export class MemoryDescriptionStore implements DescriptionStore {
  #rows: NewDescription[] = [];

  async create(description: NewDescription): Promise<DescriptionRecord> {
    this.#rows.push(description);
    return view(description);
  }

  async get(id: string): Promise<DescriptionRecord | undefined> {
    const row = this.#row(id);
    return row && view(row);
  }

  async xml(id: string): Promise<Uint8Array | undefined> {
    return this.#row(id)?.xml;
  }

  async content(id: string): Promise<DeviceDescription | undefined> {
    return this.#row(id)?.description;
  }

  async list(page: PageRequest): Promise<Page<DescriptionRecord>> {
    return pageOf(this.#rows.toReversed().map(view), page);
  }

  async patterns(): Promise<readonly DescriptionRecord[]> {
    return this.#rows.map(view);
  }

  async delete(id: string): Promise<void> {
    if (this.#row(id) === undefined) throw new AppError('description-unknown', 'There is no description of that id.');
    this.#rows = this.#rows.filter((row) => row.id !== id);
  }

  #row(id: string): NewDescription | undefined {
    return this.#rows.find((row) => row.id === id);
  }
}

function view({ xml: _xml, description: _description, ...row }: NewDescription): DescriptionRecord {
  return row;
}
