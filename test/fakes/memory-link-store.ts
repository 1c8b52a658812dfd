import { AppError } from '../../src/services/app-error.ts';
import type { LinkMonitor, LinkProbe, LinkStatus } from '../../src/services/ports/link-monitor.ts';
import type { LinkRecord, LinkStore } from '../../src/services/ports/link-store.ts';

export class MemoryLinkStore implements LinkStore {
  readonly rows = new Map<string, LinkRecord>();

  async create(link: LinkRecord): Promise<LinkRecord> {
    this.#refuseTaken(link);
    this.rows.set(link.id, link);
    return link;
  }

  async get(id: string): Promise<LinkRecord | undefined> {
    return this.rows.get(id);
  }

  async all(): Promise<readonly LinkRecord[]> {
    return [...this.rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async update(id: string, change: (link: LinkRecord) => LinkRecord): Promise<LinkRecord | undefined> {
    const known = this.rows.get(id);
    if (known === undefined) return undefined;
    const link = { ...change(known), version: known.version + 1 };
    this.#refuseTaken(link);
    this.rows.set(id, link);
    return link;
  }

  async delete(id: string, check: (link: LinkRecord) => void = () => undefined): Promise<boolean> {
    const known = this.rows.get(id);
    if (known !== undefined) check(known);
    return this.rows.delete(id);
  }

  #refuseTaken({ id, name }: LinkRecord): void {
    for (const row of this.rows.values()) {
      if (row.name === name && row.id !== id)
        throw new AppError('link-exists', 'A link of that name is there already.');
    }
  }
}

/** Says what the test wants said. */
export class ScriptedLinkMonitor implements LinkMonitor {
  readonly statuses = new Map<string, LinkStatus>();
  answer: LinkProbe = { ok: true, detail: 'bound and unbound', durationMs: 3 };

  status(linkId: string): LinkStatus | undefined {
    return this.statuses.get(linkId);
  }

  async probe(): Promise<LinkProbe> {
    return this.answer;
  }
}
