import type { AuditEntry, AuditFilter, AuditStore } from '../../src/services/ports/audit-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

export class MemoryAuditStore implements AuditStore {
  rows: AuditEntry[] = [];
  /** How many rows went in together, each time. */
  readonly batches: number[] = [];

  async add(entries: readonly AuditEntry[]): Promise<void> {
    this.batches.push(entries.length);
    this.rows.push(...entries);
  }

  async list({ principalId, operation, from, until }: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    const rows = this.rows.filter(
      (row) =>
        (principalId === undefined || row.principal.id === principalId) &&
        (operation === undefined || row.operation === operation) &&
        (from === undefined || row.at >= from) &&
        (until === undefined || row.at < until),
    );
    return pageOf(rows.reverse(), page);
  }

  async removeBefore(before: Date, limit: number): Promise<number> {
    const gone = this.rows.filter(({ at }) => at < before).slice(0, limit);
    this.rows = this.rows.filter((row) => !gone.includes(row));
    return gone.length;
  }
}
