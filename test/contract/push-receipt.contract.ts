import { describe, expect, it } from 'vitest';
import { at, LEASE, type PushOutboxHands } from './push-outbox-hands.ts';

/** What every PushOutbox has to do with receipts: a part of its contract. */
export function pushReceiptContract(hands: PushOutboxHands): void {
  const { enqueue, claimOne, sent, receipt, stateOf } = hands;

  describe('receipts', () => {
    it('make a sent push delivered', async () => {
      const pushId = await enqueue();
      await hands.outbox.recordOutcomes([sent(await claimOne(), 'm1')], at(10), 'a');
      await hands.outbox.recordReceipts([receipt('m1', 'delivered')], at(20));
      expect(await hands.outbox.find(pushId)).toMatchObject({
        state: 'delivered',
        parts: [{ part: 0, messageId: 'm1', receipt: 'delivered' }],
      });
    });

    it('may come before the outcome that names their message', async () => {
      const pushId = await enqueue();
      const claim = await claimOne();
      await hands.outbox.recordReceipts([receipt('early', 'delivered')], at(5));
      expect(await stateOf(pushId)).toBe('sending');
      await hands.outbox.recordOutcomes([sent(claim, 'early')], at(10), 'a');
      expect(await stateOf(pushId)).toBe('delivered');
    });

    it('are stored when nobody knows their message, and do no harm', async () => {
      const pushId = await enqueue();
      await hands.outbox.recordReceipts([receipt('stranger', 'delivered'), receipt('stranger', 'delivered')], at(5));
      expect(await stateOf(pushId)).toBe('queued');
    });

    it('have to come for every part', async () => {
      const pushId = await enqueue();
      await hands.outbox.recordOutcomes([sent(await claimOne(), 'p0', 'p1', 'p2')], at(10), 'a');
      await hands.outbox.recordReceipts([receipt('p2', 'delivered'), receipt('p0', 'delivered')], at(20));
      expect(await stateOf(pushId)).toBe('sent');
      await hands.outbox.recordReceipts([receipt('p1', 'delivered')], at(30));
      expect(await stateOf(pushId)).toBe('delivered');
    });

    it('end a push whose message the network gave up', async () => {
      for (const [state, end] of [
        ['undeliverable', 'failed'],
        ['rejected', 'failed'],
        ['expired', 'expired'],
      ] as const) {
        const pushId = await enqueue();
        await hands.outbox.recordOutcomes([sent(await claimOne(), `gone-${state}`)], at(10), 'a');
        await hands.outbox.recordReceipts([receipt(`gone-${state}`, state)], at(20));
        expect(await stateOf(pushId)).toBe(end);
      }
    });

    it('with a pending state change nothing, also when they come after the final one', async () => {
      const pushId = await enqueue();
      await hands.outbox.recordOutcomes([sent(await claimOne(), 'm1')], at(10), 'a');
      await hands.outbox.recordReceipts([receipt('m1', 'enroute')], at(20));
      expect(await stateOf(pushId)).toBe('sent');
      await hands.outbox.recordReceipts([receipt('m1', 'delivered'), receipt('m1', 'enroute')], at(30));
      await hands.outbox.recordReceipts([receipt('m1', 'enroute')], at(40));
      expect(await hands.outbox.find(pushId)).toMatchObject({ state: 'delivered', parts: [{ receipt: 'delivered' }] });
    });

    it('never belong to a message that the SMSC gave no id', async () => {
      const pushId = await enqueue();
      await hands.outbox.recordOutcomes([sent(await claimOne(), '')], at(10), 'a');
      await hands.outbox.recordReceipts([receipt('', 'delivered')], at(20));
      expect(await stateOf(pushId)).toBe('sent');
    });
  });

  describe('receipts of several links', () => {
    it('are told apart, though two SMSCs give the same message id', async () => {
      const one = await enqueue({ dueAt: at(-1) });
      const two = await enqueue();
      const claims = await hands.outbox.claimDue(2, at(0), LEASE, 'a');
      await hands.outbox.recordOutcomes(
        claims.map((claim, n) => ({ ...sent(claim, '17'), linkId: n === 0 ? 'A' : 'B' })),
        at(5),
        'a',
      );
      await hands.outbox.recordReceipts([{ ...receipt('17', 'delivered'), linkId: 'B' }], at(6));
      expect(await stateOf(one)).toBe('sent');
      expect(await stateOf(two)).toBe('delivered');
      await hands.outbox.recordReceipts([{ ...receipt('17', 'undeliverable'), linkId: 'A' }], at(7));
      expect(await stateOf(one)).toBe('failed');
      expect(await stateOf(two)).toBe('delivered');
    });

    const decimal = { ...receipt('4779', 'delivered'), linkId: 'A', destination: '491701234567', anyNotation: true };

    it('are found in the other notation when the number called agrees', async () => {
      const pushId = await enqueue();
      await hands.outbox.recordOutcomes([{ ...sent(await claimOne(), '000012AB'), linkId: 'A' }], at(5), 'a');
      await hands.outbox.recordReceipts([{ ...decimal, destination: '4930' }], at(6));
      expect(await stateOf(pushId)).toBe('sent');
      await hands.outbox.recordReceipts([decimal], at(7));
      expect(await stateOf(pushId)).toBe('delivered');
    });

    it('are found in the other notation when they came first', async () => {
      const pushId = await enqueue();
      const claim = await claimOne();
      await hands.outbox.recordReceipts([decimal, { ...decimal, messageId: '99' }], at(3));
      await hands.outbox.recordOutcomes([{ ...sent(claim, '12ab'), linkId: 'A' }], at(5), 'a');
      expect(await hands.outbox.find(pushId)).toMatchObject({ state: 'delivered', parts: [{ receipt: 'delivered' }] });
    });
  });
}
