import { afterAll, beforeAll } from 'vitest';
import { PgIdempotencyStore } from '../../../src/adapters/pg/pg-idempotency-store.ts';
import { idempotencyStoreContract } from '../../contract/idempotency-store.contract.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await postgresStores();
});
afterAll(() => postgres.close());

idempotencyStoreContract('PgIdempotencyStore', async () => {
  await postgres.emptied();
  return { store: new PgIdempotencyStore(postgres.pool), close: async () => {} };
});
