import { pushOutboxContract } from '../contract/push-outbox.contract.ts';
import { inMemoryHarness } from './push-outbox-in-memory.ts';

pushOutboxContract('the outbox in memory', async () => inMemoryHarness());
