import { afterAll, beforeAll } from 'vitest';
import { sessionRecordContract } from '../../contract/session-record.contract.ts';
import { sessionStoreContract } from '../../contract/session-store.contract.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await postgresStores();
});
afterAll(() => postgres.close());

sessionStoreContract('PgSessionStore', () => postgres.emptied());
sessionRecordContract('PgSessionStore', () => postgres.emptied());
