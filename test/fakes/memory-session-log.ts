import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type { LoggedMessage, SessionRecord, SessionStore } from '../../src/services/ports/session-store.ts';
import { pageOf } from './paging.ts';

/** The part of the session store that admins read. */
export class MemorySessionLog implements Pick<SessionStore, 'get' | 'list' | 'messages'> {
  readonly #rows: { readonly session: SessionRecord; readonly messages: readonly LoggedMessage[] }[] = [];

  add(session: SessionRecord, messages: readonly LoggedMessage[] = []): void {
    this.#rows.push({ session, messages });
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    return this.#rows.find(({ session }) => session.id === id)?.session;
  }

  async list(
    filter: { readonly deviceId?: string; readonly open?: boolean },
    page: PageRequest,
  ): Promise<Page<SessionRecord>> {
    const rows = this.#rows
      .map(({ session }) => session)
      .filter(
        ({ deviceId, phase }) =>
          (filter.deviceId === undefined || deviceId === filter.deviceId) &&
          (filter.open === undefined || (phase !== 'closed') === filter.open),
      );
    return pageOf(rows.reverse(), page);
  }

  async messages(id: string, page: PageRequest): Promise<Page<LoggedMessage> | undefined> {
    const row = this.#rows.find(({ session }) => session.id === id);
    return row && pageOf(row.messages, page);
  }
}
