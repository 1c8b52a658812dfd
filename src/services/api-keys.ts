import { createHash } from 'node:crypto';
import type { Principal, Role } from '../domain/principal.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { ApiKeyRecord, ApiKeyStore } from './ports/api-key-store.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { Page, PageRequest } from './ports/page.ts';

export interface ApiKeyOrder {
  readonly name: string;
  readonly role: Role;
  /** Undefined: it lasts until it is revoked. */
  readonly expiresAt?: Date;
}

const PREFIX = 'omk_';
const SECRET_OCTETS = 32;
/** What a key of ours looks like: nothing else is worth a question to the store. */
const KEY = /^omk_[A-Za-z0-9_-]{43}$/;
const HINT_LENGTH = PREFIX.length + 4;
/** So long a process believes what it has read of a key; a key revoked by another process works here so long. */
const BELIEVED_MS = 5_000;
const MAX_BELIEVED = 1_000;
/** A use is noted no more often than this. */
const NOTED_EVERY_MS = 60_000;

interface Belief {
  readonly record: ApiKeyRecord;
  readonly until: number;
}

/**
 * Keys with which programs call the API. A key is 256 random bits, so that a plain hash of it is enough to keep, and the
 * hash is what it is found by.
 */
export class ApiKeys {
  readonly #store: ApiKeyStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #onFault: (error: unknown) => void;
  /** By the hash in hex. */
  readonly #believed = new Map<string, Belief>();
  /** By id: when this process last noted a use. */
  readonly #notedAt = new Map<string, number>();

  /** @param ports.onFault told when a use could not be noted, which stops nobody */
  constructor(ports: {
    readonly keys: ApiKeyStore;
    readonly clock: Clock;
    readonly entropy: Entropy;
    readonly onFault?: (error: unknown) => void;
  }) {
    this.#store = ports.keys;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#onFault = ports.onFault ?? (() => {});
  }

  /** @returns the record, and the key itself: here and never again @throws AppError `expiry-past` */
  async create({ name, role, expiresAt }: ApiKeyOrder, by: Principal): Promise<{ record: ApiKeyRecord; key: string }> {
    const now = this.#clock.now();
    if (expiresAt !== undefined && expiresAt <= now) throw new AppError('expiry-past', 'The expiry is in the past.');
    const key = PREFIX + Buffer.from(this.#entropy.bytes(SECRET_OCTETS)).toString('base64url');
    const record: ApiKeyRecord = {
      id: this.#entropy.id(),
      name,
      role,
      hint: key.slice(0, HINT_LENGTH),
      hash: hashOf(key),
      createdBy: by.name,
      createdAt: now,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    await this.#store.create(record);
    return { record, key };
  }

  /** Newest first. @throws AppError `cursor-invalid` */
  list(page: PageRequest): Promise<Page<ApiKeyRecord>> {
    return this.#store.list(page);
  }

  /** @throws AppError `key-unknown` */
  async get(id: string): Promise<ApiKeyRecord> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownKey();
  }

  /**
   * In this process it works no more from now on, in others after a few seconds. It stays in the list.
   * @throws AppError `key-unknown`
   */
  async revoke(id: string): Promise<ApiKeyRecord> {
    const record = isUuid(id) ? await this.#store.revoke(id, this.#clock.now()) : undefined;
    if (record === undefined) return refuseUnknownKey();
    this.#believed.delete(hex(record.hash));
    return record;
  }

  /** Whose key it is; undefined when it is nobody's, is revoked or has expired. @throws AppError `unavailable` */
  async principalOf(key: string): Promise<Principal | undefined> {
    if (!KEY.test(key)) return undefined;
    const now = this.#clock.now();
    const record = await this.#find(hashOf(key), now);
    if (record === undefined || record.revokedAt !== undefined) return undefined;
    if (record.expiresAt !== undefined && record.expiresAt <= now) return undefined;
    this.#note(record, now);
    return { id: record.id, kind: 'key', name: record.name, role: record.role };
  }

  async #find(hash: Uint8Array, now: Date): Promise<ApiKeyRecord | undefined> {
    const name = hex(hash);
    const known = this.#believed.get(name);
    if (known !== undefined && known.until > now.getTime()) return known.record;
    this.#believed.delete(name);
    const record = await this.#store.byHash(hash);
    if (record === undefined) return undefined;
    // Oldest out: a Map keeps the order in which its entries came.
    if (this.#believed.size >= MAX_BELIEVED) this.#believed.delete(this.#believed.keys().next().value ?? '');
    this.#believed.set(name, { record, until: now.getTime() + BELIEVED_MS });
    return record;
  }

  #note({ id, lastUsedAt }: ApiKeyRecord, now: Date): void {
    const noted = Math.max(this.#notedAt.get(id) ?? 0, lastUsedAt?.getTime() ?? 0);
    if (noted > now.getTime() - NOTED_EVERY_MS) return;
    if (this.#notedAt.size >= MAX_BELIEVED) this.#notedAt.clear();
    this.#notedAt.set(id, now.getTime());
    this.#store.used(id, now, new Date(now.getTime() - NOTED_EVERY_MS)).catch(this.#onFault);
  }
}

function hashOf(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

function refuseUnknownKey(): never {
  throw new AppError('key-unknown', 'There is no API key of that id.');
}
