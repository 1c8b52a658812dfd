import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PgSettingStore } from '../../../src/adapters/pg/pg-setting-store.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
let settings: PgSettingStore;
beforeAll(async () => {
  postgres = await postgresStores();
});
beforeEach(async () => {
  await postgres.emptied();
  settings = new PgSettingStore(postgres.pool);
});
afterAll(() => postgres.close());

it('keeps the first value, and tells every later comer what it is', async () => {
  expect(await settings.get('a')).toBeUndefined();
  expect(await settings.keepFirst('a', '1')).toBe('1');
  expect(await settings.keepFirst('a', '2')).toBe('1');
  expect(await settings.keepFirst('b', '2')).toBe('2');
  expect(await settings.get('a')).toBe('1');
});

it('gives everybody the same when many come at once', async () => {
  const values = await Promise.all(Array.from({ length: 10 }, (_, n) => settings.keepFirst('a', String(n))));
  expect(new Set(values).size).toBe(1);
});
