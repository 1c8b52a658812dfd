import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgApiKeyStore } from '../../../src/adapters/pg/pg-api-key-store.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import type { ApiKeyRecord } from '../../../src/services/ports/api-key-store.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const entropy = new SystemEntropy();
let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let store: PgApiKeyStore;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  store = new PgApiKeyStore(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('TRUNCATE api_key'));

const key = (name: string, more: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id: entropy.id(),
  name,
  role: 'operator',
  hint: 'omk_abcd',
  hash: Buffer.from(entropy.bytes(32)),
  createdBy: 'ada',
  createdAt: new Date(1_000),
  ...more,
});

describe('API keys in PostgreSQL', () => {
  it('come back as they were put in, by id and by hash', async () => {
    const one = key('one', { expiresAt: new Date(9_000) });
    await store.create(one);
    expect(await store.get(one.id)).toEqual(one);
    expect(await store.byHash(one.hash)).toEqual(one);
    expect(await store.byHash(entropy.bytes(32))).toBeUndefined();
  });

  it('are listed newest first, a page at a time', async () => {
    const keys = ['one', 'two', 'three'].map((name) => key(name));
    for (const one of keys) await store.create(one);
    const first = await store.list({ limit: 2 });
    expect(first.items.map(({ name }) => name)).toEqual(['three', 'two']);
    const second = await store.list({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(second).toEqual({ items: [keys[0]] });
  });

  it('are revoked once: the first instant stays', async () => {
    const one = key('one');
    await store.create(one);
    expect((await store.revoke(one.id, new Date(5_000)))?.revokedAt).toEqual(new Date(5_000));
    expect((await store.revoke(one.id, new Date(6_000)))?.revokedAt).toEqual(new Date(5_000));
    expect(await store.revoke(entropy.id(), new Date(6_000))).toBeUndefined();
  });

  it('note a use unless one is noted since', async () => {
    const one = key('one');
    await store.create(one);
    await store.used(one.id, new Date(5_000), new Date(4_000));
    await store.used(one.id, new Date(5_500), new Date(4_500));
    expect((await store.get(one.id))?.lastUsedAt).toEqual(new Date(5_000));
    await store.used(one.id, new Date(7_000), new Date(6_000));
    expect((await store.get(one.id))?.lastUsedAt).toEqual(new Date(7_000));
  });
});
