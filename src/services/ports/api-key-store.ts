import type { Role } from '../../domain/principal.ts';
import type { Page, PageRequest } from './page.ts';

/** An API key as it is kept: not the key itself. */
export interface ApiKeyRecord {
  /** UUIDv7. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The first characters of the key, by which people know it again. */
  readonly hint: string;
  /** SHA-256 of the key. */
  readonly hash: Uint8Array;
  /** The name of who made it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  /** Not to the second: see {@link ApiKeyStore.used}. */
  readonly lastUsedAt?: Date;
}

/** API keys. Every method throws AppError `unavailable` when the store cannot be reached. */
export interface ApiKeyStore {
  create(key: ApiKeyRecord): Promise<void>;
  get(id: string): Promise<ApiKeyRecord | undefined>;
  byHash(hash: Uint8Array): Promise<ApiKeyRecord | undefined>;
  /** Newest first, revoked ones too. @throws AppError `cursor-invalid` */
  list(page: PageRequest): Promise<Page<ApiKeyRecord>>;
  /** Revokes it unless it is revoked already. Undefined: there is none. */
  revoke(id: string, at: Date): Promise<ApiKeyRecord | undefined>;
  /** Notes a use, unless one is noted from `unlessAfter` on. */
  used(id: string, at: Date, unlessAfter: Date): Promise<void>;
}
