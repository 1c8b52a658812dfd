import type { PackageKind } from '../../src/provisioning/compile-document.ts';
import { AppError } from '../../src/services/app-error.ts';
import type { NewPackage, PackageRevision, PackageStore } from '../../src/services/ports/package-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

export class MemoryPackageStore implements PackageStore {
  readonly #rows: (NewPackage & { readonly revision: number })[] = [];
  /** Ids that deliveries refer to. */
  readonly inUse = new Set<string>();

  async createRevision(document: NewPackage): Promise<PackageRevision> {
    const revision = this.#rows.filter(({ name }) => name === document.name).length + 1;
    const row = { ...document, revision };
    this.#rows.push(row);
    return view(row);
  }

  async get(id: string): Promise<PackageRevision | undefined> {
    const row = this.#row(id);
    return row && view(row);
  }

  async commands(id: string): Promise<NewPackage['commands'] | undefined> {
    return this.#row(id)?.commands;
  }

  async xml(id: string): Promise<Uint8Array | undefined> {
    return this.#row(id)?.xml;
  }

  async list(
    filter: { readonly name?: string; readonly kind?: PackageKind },
    page: PageRequest,
  ): Promise<Page<PackageRevision>> {
    const rows = this.#rows.filter(
      (row) =>
        (filter.name === undefined || row.name === filter.name) &&
        (filter.kind === undefined || row.kind === filter.kind),
    );
    return pageOf(rows.toReversed().map(view), page);
  }

  async delete(id: string): Promise<void> {
    const index = this.#rows.findIndex((row) => row.id === id);
    if (index < 0) throw new AppError('package-unknown', 'There is no package of that id.');
    if (this.inUse.has(id)) throw new AppError('package-in-use', 'Deliveries or campaigns refer to the package.');
    this.#rows.splice(index, 1);
  }

  #row(id: string) {
    return this.#rows.find((row) => row.id === id);
  }
}

function view({ xml: _xml, commands: _commands, ...row }: NewPackage & { readonly revision: number }): PackageRevision {
  return row;
}
