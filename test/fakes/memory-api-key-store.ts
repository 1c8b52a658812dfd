import type { ApiKeyRecord, ApiKeyStore } from '../../src/services/ports/api-key-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

export class MemoryApiKeyStore implements ApiKeyStore {
  readonly rows = new Map<string, ApiKeyRecord>();
  /** How often a key was looked for by its hash. */
  lookups = 0;

  async create(key: ApiKeyRecord): Promise<void> {
    this.rows.set(key.id, key);
  }

  async get(id: string): Promise<ApiKeyRecord | undefined> {
    return this.rows.get(id);
  }

  async byHash(hash: Uint8Array): Promise<ApiKeyRecord | undefined> {
    this.lookups += 1;
    return [...this.rows.values()].find((row) => Buffer.compare(row.hash, hash) === 0);
  }

  async list(page: PageRequest): Promise<Page<ApiKeyRecord>> {
    return pageOf([...this.rows.values()].reverse(), page);
  }

  async revoke(id: string, at: Date): Promise<ApiKeyRecord | undefined> {
    const row = this.rows.get(id);
    if (row === undefined) return undefined;
    const revoked = { ...row, revokedAt: row.revokedAt ?? at };
    this.rows.set(id, revoked);
    return revoked;
  }

  async used(id: string, at: Date, unlessAfter: Date): Promise<void> {
    const row = this.rows.get(id);
    if (row === undefined || (row.lastUsedAt !== undefined && row.lastUsedAt > unlessAfter)) return;
    this.rows.set(id, { ...row, lastUsedAt: at });
  }
}
