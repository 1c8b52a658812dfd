import { idempotencyStoreContract } from '../contract/idempotency-store.contract.ts';
import { MemoryIdempotencyStore } from '../fakes/memory-idempotency-store.ts';

idempotencyStoreContract('the store in memory', async () => ({
  store: new MemoryIdempotencyStore(),
  close: async () => {},
}));
