import { describe, expect, it } from 'vitest';
import type { DeliveryReceipt } from '../../src/services/ports/sms-link.ts';
import { PushReceipts } from '../../src/services/push-receipts.ts';

const clock = { now: () => new Date(0) };
const receipt = (messageId: string): DeliveryReceipt => ({ messageId, state: 'delivered' });

describe('storing receipts', () => {
  it('resolves once the receipt is stored, and gathers those that come meanwhile', async () => {
    const batches: string[][] = [];
    const receipts = new PushReceipts(
      {
        recordReceipts: async (batch) => {
          batches.push(batch.map(({ messageId }) => messageId));
          await new Promise(setImmediate);
        },
      },
      clock,
    );
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => receipts.record(receipt(id))));
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('rejects those of a batch that could not be stored, and stores the next', async () => {
    let failing = true;
    const receipts = new PushReceipts(
      {
        recordReceipts: async () => {
          if (failing) throw new Error('away');
        },
      },
      clock,
    );
    await expect(receipts.record(receipt('a'))).rejects.toThrow('away');
    failing = false;
    await expect(receipts.record(receipt('a'))).resolves.toBeUndefined();
  });
});
