import { afterAll, beforeAll } from 'vitest';
import { deliveryStoreContract } from '../../contract/delivery-store.contract.ts';
import { descriptionStoreContract } from '../../contract/description-store.contract.ts';
import { deviceStoreContract } from '../../contract/device-store.contract.ts';
import { packageStoreContract } from '../../contract/package-store.contract.ts';
import { treeJobStoreContract } from '../../contract/tree-job-store.contract.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await postgresStores();
});
afterAll(() => postgres.close());

deviceStoreContract('PrismaDeviceStore', () => postgres.emptied());
packageStoreContract('PrismaPackageStore', () => postgres.emptied());
deliveryStoreContract('PrismaDeliveryStore', () => postgres.emptied());
treeJobStoreContract('PrismaTreeJobStore', () => postgres.emptied());
descriptionStoreContract('PrismaDescriptionStore', () => postgres.emptied());
