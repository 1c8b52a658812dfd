import type { IncomingMessage, IncomingMessageStore } from '../../src/services/ports/incoming-message-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

export class MemoryIncomingMessageStore implements IncomingMessageStore {
  readonly rows: IncomingMessage[] = [];

  async add(message: IncomingMessage): Promise<void> {
    this.rows.push(message);
  }

  async list(
    { source, linkId }: { readonly source?: string; readonly linkId?: string },
    page: PageRequest,
  ): Promise<Page<IncomingMessage>> {
    const found = this.rows.filter(
      (row) => (source ?? row.source) === row.source && (linkId ?? row.linkId) === row.linkId,
    );
    return pageOf(found.toReversed(), page);
  }

  async removeBefore(before: Date, limit: number): Promise<number> {
    const old = this.rows.filter((row) => row.receivedAt < before).slice(0, limit);
    for (const row of old) this.rows.splice(this.rows.indexOf(row), 1);
    return old.length;
  }
}
