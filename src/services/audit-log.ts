import type { AuditEntry, AuditFilter, AuditStore } from './ports/audit-store.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { Page, PageRequest } from './ports/page.ts';

interface Waiting {
  readonly entry: AuditEntry;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const MAX_AT_ONCE = 500;

/**
 * Who did what. An entry is in the database before the answer leaves; entries that come while others are being written
 * go in together, so that many writers at once cost few statements.
 */
export class AuditLog {
  readonly #store: AuditStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(ports: { readonly audit: AuditStore; readonly clock: Clock; readonly entropy: Entropy }) {
    this.#store = ports.audit;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /** Resolves when it is stored. @throws AppError `unavailable` */
  add(entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ entry: { ...entry, id: this.#entropy.id(), at: this.#clock.now() }, done, failed });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** Newest first. @throws AppError `cursor-invalid` */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    return this.#store.list(filter, page);
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_AT_ONCE);
      try {
        await this.#store.add(batch.map(({ entry }) => entry));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#isWriting = false;
  }
}
