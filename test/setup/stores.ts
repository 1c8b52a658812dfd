import { createPool } from '../../src/adapters/pg/create-pool.ts';
import { SEARCH_LIMITS } from '../../src/adapters/pg/device-search.ts';
import { PgFleetStore } from '../../src/adapters/pg/pg-fleet-store.ts';
import { PgObjectStore } from '../../src/adapters/pg/pg-object-store.ts';
import { PgPushOutbox } from '../../src/adapters/pg/pg-push-outbox.ts';
import { PgSessionStore } from '../../src/adapters/pg/pg-session-store.ts';
import { PgTreeReports } from '../../src/adapters/pg/pg-tree-reports.ts';
import { createPrisma } from '../../src/adapters/prisma/create-prisma.ts';
import { PrismaDeliveryStore } from '../../src/adapters/prisma/prisma-delivery-store.ts';
import { PrismaDescriptionStore } from '../../src/adapters/prisma/prisma-description-store.ts';
import { PrismaDeviceStore } from '../../src/adapters/prisma/prisma-device-store.ts';
import { PrismaPackageStore } from '../../src/adapters/prisma/prisma-package-store.ts';
import { PrismaTreeJobStore } from '../../src/adapters/prisma/prisma-tree-job-store.ts';
import { AesGcmSecretBox } from '../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../src/adapters/secrets/system-entropy.ts';
import type { Stores } from '../contract/stores-harness.ts';
import { createTestDatabase } from './postgres.ts';

/** The stores over one database of their own. */
export interface PostgresStores {
  readonly pool: ReturnType<typeof createPool>;
  readonly stores: Stores;
  readonly treeReports: PgTreeReports;
  /** The same stores, with every table empty again. */
  emptied(): Promise<Stores>;
  close(): Promise<void>;
}

/** All stores as main.ts puts them together: one pool, one Prisma on it. */
export function storesOver(databaseUrl: string): Omit<PostgresStores, 'emptied'> {
  const pool = createPool(databaseUrl);
  const prisma = createPrisma(pool);
  const box = new AesGcmSecretBox(new Uint8Array(32).fill(7));
  return {
    pool,
    stores: {
      devices: new PrismaDeviceStore(prisma, box),
      // However slow the machine, the planner is left to find what it is asked for.
      fleet: new PgFleetStore(pool, { ...SEARCH_LIMITS, patienceMs: 60_000 }),
      packages: new PrismaPackageStore(prisma),
      deliveries: new PrismaDeliveryStore(prisma, box),
      sessions: new PgSessionStore(pool, box),
      treeJobs: new PrismaTreeJobStore(prisma),
      descriptions: new PrismaDescriptionStore(prisma),
      objects: new PgObjectStore(pool),
      outbox: new PgPushOutbox(pool, box, { serverId: 'omadm' }),
      entropy: new SystemEntropy(),
    },
    treeReports: new PgTreeReports(pool),
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

export async function postgresStores(): Promise<PostgresStores> {
  const database = await createTestDatabase();
  const { pool, stores, treeReports, close } = storesOver(database.url);
  return {
    pool,
    stores,
    treeReports,
    emptied: async () => {
      await pool.query(`
        DO $$ BEGIN
          EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> '_prisma_migrations');
        END $$`);
      return stores;
    },
    close: async () => {
      await close();
      await database.drop();
    },
  };
}
