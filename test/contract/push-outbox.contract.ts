import { describe, expect, it } from 'vitest';
import type { PartOutcome, PushDecision } from '../../src/domain/push.ts';
import type { PushOutbox } from '../../src/services/ports/push-outbox.ts';
import {
  ACCOUNT,
  at,
  DEVICE,
  LEASE,
  MSISDN,
  type PushOutboxHarness,
  pushOutboxHands,
  RAW,
} from './push-outbox-hands.ts';
import { pushReceiptContract } from './push-receipt.contract.ts';

/**
 * What every PushOutbox has to do.
 * @param makeHarness called before each test; gives an empty outbox
 */
export function pushOutboxContract(name: string, makeHarness: () => Promise<PushOutboxHarness>): void {
  describe(`${name} as a PushOutbox`, () => {
    const hands = pushOutboxHands(makeHarness);
    const { enqueue, enqueueTrigger, claimOne, accepted, sent, outcome, stateOf } = hands;

    pushReceiptContract(hands);

    describe('claiming', () => {
      it('hands out due pushes, the longest due first, up to the limit, and leaves later ones', async () => {
        const second = await enqueue({ dueAt: at(-1_000) });
        const first = await enqueue({ dueAt: at(-2_000) });
        const third = await enqueue({ dueAt: at(0) });
        const future = await enqueue({ dueAt: at(1) });
        const claims = await hands.outbox.claimDue(2, at(0), LEASE, 'a');
        expect(claims.map((claim) => claim.pushId)).toEqual([first, second]);
        expect((await hands.outbox.claimDue(10, at(0), LEASE, 'a')).map((claim) => claim.pushId)).toEqual([third]);
        expect(await hands.outbox.find(first)).toMatchObject({ state: 'sending', attempts: 1 });
        expect(await stateOf(future)).toBe('queued');
      });

      it('gives back raw contents as they were put in', async () => {
        const expiresAt = at(60_000);
        const pushId = await enqueue({ expiresAt });
        const claim = await claimOne();
        if (claim.kind !== 'raw') throw new Error('not raw');
        expect({ ...claim, payload: Buffer.from(claim.payload).toString('hex') }).toEqual({
          pushId,
          destination: MSISDN,
          attempt: 1,
          acceptedParts: [],
          lane: '',
          refusedBy: [],
          expiresAt,
          kind: 'raw',
          destinationPort: 2948,
          sourcePort: 49_154,
          payload: Buffer.from(RAW.payload).toString('hex'),
        });
      });

      it("opens a trigger's account with the nonce that is current at the claim", async () => {
        const { pushId, deliveryId } = await enqueueTrigger();
        await hands.harness.setServerNonce(DEVICE, Uint8Array.from([9, 0, 9]));
        const claim = await claimOne();
        if (claim.kind !== 'package0') throw new Error('no trigger');
        expect(claim).toMatchObject({ pushId, deliveryId, sessionId: 0xbeef, uiMode: 1, destination: MSISDN });
        expect(claim.account.serverId).toBe(ACCOUNT.serverId);
        expect(claim.account.serverPassword).toBe(ACCOUNT.serverPassword);
        expect([...claim.account.serverNonce]).toEqual([9, 0, 9]);
      });

      it('ignores a push that is put in a second time', async () => {
        const pushId = await enqueue();
        await claimOne();
        await enqueue({ pushId, dueAt: at(-5_000) });
        expect(await hands.outbox.claimDue(10, at(0), LEASE, 'b')).toEqual([]);
      });

      it('never gives one push to two that claim at the same time', async () => {
        for (let n = 0; n < 40; n++) await enqueue({ dueAt: at(-n) });
        const batches = await Promise.all(
          ['a', 'b', 'c', 'd'].map((workerId) => hands.outbox.claimDue(25, at(0), LEASE, workerId)),
        );
        const ids = batches.flat().map((claim) => claim.pushId);
        expect(new Set(ids).size).toBe(ids.length);
        const rest = await hands.outbox.claimDue(100, at(0), LEASE, 'e');
        expect(ids.length + rest.length).toBe(40);
      });

      it('keeps a claim for the length of its lease, then gives it to the next, counted', async () => {
        const pushId = await enqueue();
        await claimOne(at(0), 'a');
        expect(await hands.outbox.claimDue(10, at(LEASE - 1), LEASE, 'b')).toEqual([]);
        const again = await claimOne(at(LEASE), 'b');
        expect(again).toMatchObject({ pushId, attempt: 2 });
      });

      it('expires what is too old, in place of sending it', async () => {
        const old = await enqueue({ expiresAt: at(0), dueAt: at(-10) });
        const fresh = await enqueue({ expiresAt: at(1) });
        expect((await hands.outbox.claimDue(1, at(0), LEASE, 'a')).map((claim) => claim.pushId)).toEqual([fresh]);
        expect(await stateOf(old)).toBe('expired');
      });

      it('hands out the more urgent first, however long the others have waited', async () => {
        const ordinary = await enqueue({ dueAt: at(-5_000) });
        const campaign = await enqueue({ dueAt: at(-9_000), priority: 2 });
        const bootstrap = await enqueue({ dueAt: at(0), priority: 8 });
        const claims = await hands.outbox.claimDue(10, at(0), LEASE, 'a');
        expect(claims.map(({ pushId }) => pushId)).toEqual([bootstrap, ordinary, campaign]);
        expect(await hands.outbox.find(bootstrap)).toMatchObject({ priority: 8, kind: 'raw' });
      });

      it('hands out one lane at a time, and takes lanes nobody serves back into the open one', async () => {
        const first = await enqueue({ dueAt: at(-2) });
        const second = await enqueue({ dueAt: at(-1) });
        const open = await enqueue();
        await hands.outbox.claimDue(2, at(0), LEASE, 'a');
        await hands.outbox.release([first], at(1), 'a', 'x');
        await hands.outbox.release([second], at(2), 'a', 'y');
        expect((await hands.outbox.claimDue(10, at(10), LEASE, 'b')).map(({ pushId }) => pushId)).toEqual([open]);
        expect(await hands.outbox.nextDueAt(['x', 'y'])).toEqual(at(1));
        expect(await hands.outbox.nextDueAt(['y'])).toEqual(at(2));
        expect(await hands.outbox.claimDue(10, at(10), LEASE, 'b', 'y')).toMatchObject([
          { pushId: second, lane: 'y', attempt: 1 },
        ]);
        expect(await hands.outbox.reopenLanes(['y'], at(11), 10)).toBe(1);
        expect(await hands.outbox.claimDue(10, at(20), LEASE, 'b')).toMatchObject([{ pushId: first, lane: '' }]);
      });

      it('counts the claims that nobody answered for', async () => {
        const pushId = await enqueue();
        await claimOne(at(0), 'a');
        await claimOne(at(LEASE), 'b');
        expect(await hands.outbox.find(pushId)).toMatchObject({ state: 'sending', lostClaims: 1, attempts: 2 });
      });

      it('cancels the push of a delivery that has ended', async () => {
        for (const state of ['succeeded', 'failed', 'expired', 'cancelled'] as const) {
          const { pushId, deliveryId } = await enqueueTrigger();
          await hands.harness.setDeliveryState(deliveryId, state);
          expect(await hands.outbox.claimDue(10, at(0), LEASE, 'a')).toEqual([]);
          expect(await stateOf(pushId)).toBe('cancelled');
        }
      });
    });

    describe('outcomes', () => {
      it('makes the push sent and its delivery triggered', async () => {
        const { pushId, deliveryId } = await enqueueTrigger();
        const lost = await hands.outbox.recordOutcomes([sent(await claimOne(), 'm1')], at(10), 'a');
        expect(lost).toEqual([]);
        expect(await hands.outbox.find(pushId)).toMatchObject({
          pushId,
          deliveryId,
          destination: MSISDN,
          state: 'sent',
          attempts: 1,
          uncertainParts: 0,
          parts: [{ part: 0, messageId: 'm1' }],
        });
        expect(await hands.harness.deliveryState(deliveryId)).toBe('triggered');
        expect(await hands.outbox.claimDue(10, at(LEASE * 10), LEASE, 'b')).toEqual([]);
      });

      it('leaves alone a delivery that went further meanwhile', async () => {
        const { pushId, deliveryId } = await enqueueTrigger();
        const claim = await claimOne();
        await hands.harness.setDeliveryState(deliveryId, 'delivering');
        await hands.outbox.recordOutcomes([sent(claim, 'm1')], at(10), 'a');
        expect(await stateOf(pushId)).toBe('sent');
        expect(await hands.harness.deliveryState(deliveryId)).toBe('delivering');
      });

      it('puts a push back until it is due again, with the parts that are done and the count it was given', async () => {
        const pushId = await enqueue();
        const claim = await claimOne();
        const decision = { state: 'queued', attempts: 0, dueAt: at(5_000), reason: 'throttled' } as const;
        const parts: PartOutcome[] = [
          { part: 0, outcome: accepted('m0') },
          { part: 1, outcome: { kind: 'refused', commandStatus: 0x58 } },
          { part: 2, outcome: { kind: 'uncertain', reason: 'lost' } },
        ];
        await hands.outbox.recordOutcomes([outcome(claim, decision, parts, 3)], at(10), 'a');
        expect(await hands.outbox.find(pushId)).toMatchObject({
          state: 'queued',
          attempts: 0,
          uncertainParts: 1,
          reason: 'throttled',
          dueAt: at(5_000),
        });
        expect(await hands.outbox.claimDue(10, at(4_999), LEASE, 'a')).toEqual([]);
        expect(await claimOne(at(5_000))).toMatchObject({ pushId, attempt: 1, acceptedParts: [0] });
      });

      it('ends a push that failed or expired, with the reason, and leaves its delivery as it was', async () => {
        for (const state of ['failed', 'expired'] as const) {
          const { pushId, deliveryId } = await enqueueTrigger();
          const claim = await claimOne();
          await hands.outbox.recordOutcomes([outcome(claim, { state, attempts: 1, reason: 'so it is' })], at(10), 'a');
          expect(await hands.outbox.find(pushId)).toMatchObject({ state, reason: 'so it is' });
          expect(await hands.harness.deliveryState(deliveryId)).toBe('queued');
        }
        expect(await hands.outbox.claimDue(10, at(LEASE * 10), LEASE, 'b')).toEqual([]);
      });

      it('takes many at once', async () => {
        const pushIds = await Promise.all(Array.from({ length: 30 }, () => enqueue()));
        const claims = await hands.outbox.claimDue(30, at(0), LEASE, 'a');
        await hands.outbox.recordOutcomes(
          claims.map((claim, n) => sent(claim, `many-${n}`)),
          at(10),
          'a',
        );
        expect(await Promise.all(pushIds.map(stateOf))).toEqual(Array.from({ length: 30 }, () => 'sent'));
      });

      it('names an outcome whose lease has gone to another, keeps its message ids and changes no state', async () => {
        const pushId = await enqueue();
        const late = await claimOne(at(0), 'a');
        const current = await claimOne(at(LEASE), 'b');
        expect(await hands.outbox.recordOutcomes([sent(late, 'late')], at(LEASE + 1), 'a')).toEqual([pushId]);
        expect(await stateOf(pushId)).toBe('sending');
        const decision = { state: 'queued', attempts: 2, dueAt: at(LEASE * 2), reason: 'x' } as const;
        expect(await hands.outbox.recordOutcomes([outcome(current, decision)], at(LEASE + 2), 'b')).toEqual([]);
        expect((await hands.outbox.find(pushId))?.parts).toEqual([{ part: 0, messageId: 'late', linkId: '' }]);
      });

      it('gives claims back untouched, but not those of others', async () => {
        const mine = await enqueue({ dueAt: at(-1) });
        const theirs = await enqueue();
        await claimOne(at(0), 'a');
        await claimOne(at(0), 'b');
        await hands.outbox.release([mine, theirs], at(10), 'a');
        expect(await hands.outbox.find(mine)).toMatchObject({ state: 'queued', attempts: 0 });
        expect(await stateOf(theirs)).toBe('sending');
        expect(await claimOne(at(10), 'c')).toMatchObject({ pushId: mine, attempt: 1 });
      });

      it('remembers which link has which parts, and which links refused', async () => {
        const pushId = await enqueue();
        const parts = [{ part: 0, outcome: accepted('p0') }];
        const back = { state: 'queued', attempts: 1, dueAt: at(20), reason: 'x' } as const;
        await hands.outbox.recordOutcomes(
          [{ ...outcome(await claimOne(), back, parts, 2), linkId: 'one' }],
          at(10),
          'a',
        );
        const second = await claimOne(at(20));
        expect(second).toMatchObject({ linkId: 'one', acceptedParts: [0], refusedBy: [] });
        const reroute = { ...back, attempts: 2, dueAt: at(30), reroute: true } as const;
        await hands.outbox.recordOutcomes([{ ...outcome(second, reroute, [], 2), linkId: 'two' }], at(25), 'a');
        const third = await claimOne(at(30));
        // What the first link has is no use where the message goes now.
        expect(third).toMatchObject({ linkId: 'two', acceptedParts: [], refusedBy: ['two'] });
        await hands.outbox.recordOutcomes([{ ...sent(third, 'q0', 'q1'), linkId: 'one' }], at(35), 'a');
        expect(await hands.outbox.find(pushId)).toMatchObject({
          state: 'sent',
          linkId: 'one',
          partCount: 2,
          parts: [
            { part: 0, messageId: 'q0', linkId: 'one' },
            { part: 1, messageId: 'q1', linkId: 'one' },
          ],
        });
      });

      it('keeps with an accepted part of a trigger what it said', async () => {
        await enqueueTrigger();
        const claim = await claimOne();
        expect(claim.acceptedParts).toEqual([]);
        const part = (index: number, messageId: string, content: string) => ({
          ...{ part: index, outcome: accepted(messageId), content },
        });
        const again: PushDecision = { state: 'queued', attempts: 1, dueAt: at(1_000), reason: 'throttled' };
        await hands.outbox.recordOutcomes([outcome(claim, again, [part(0, 'm0', 'before')], 2)], at(0), 'a');
        const second = await claimOne(at(1_000));
        expect(second).toMatchObject({ acceptedParts: [0], acceptedContents: { 0: 'before' } });
        const later: PushDecision = { ...again, dueAt: at(2_000) };
        const parts = [part(0, 'm1', 'after'), part(1, 'm2', 'other')];
        await hands.outbox.recordOutcomes([outcome(second, later, parts, 3)], at(1_000), 'a');
        expect(await claimOne(at(2_000))).toMatchObject({
          acceptedParts: [0, 1],
          acceptedContents: { 0: 'after', 1: 'other' },
        });
      });

      it('accepts empty lists', async () => {
        expect(await hands.outbox.recordOutcomes([], at(0), 'a')).toEqual([]);
        await hands.outbox.release([], at(0), 'a');
        await hands.outbox.recordReceipts([], at(0));
      });
    });

    describe('cancelling', () => {
      it('ends a push that waits, and lets one that is being sent end by itself', async () => {
        const waiting = await enqueue({ dueAt: at(1_000) });
        expect(await hands.outbox.cancel(waiting, at(1))).toMatchObject({
          state: 'cancelled',
          reason: 'it was cancelled',
        });
        expect(await hands.outbox.claimDue(10, at(2_000), LEASE, 'a')).toEqual([]);
        await expect(hands.outbox.cancel(waiting, at(2))).rejects.toMatchObject({ code: 'push-ended' });

        const underWay = await enqueue();
        const claim = await claimOne();
        expect(await hands.outbox.cancel(underWay, at(5))).toMatchObject({ state: 'sending' });
        const back = { state: 'queued', attempts: 1, dueAt: at(20), reason: 'x' } as const;
        await hands.outbox.recordOutcomes([outcome(claim, back)], at(6), 'a');
        expect(await stateOf(underWay)).toBe('cancelled');

        const sentInTime = await enqueue();
        const late = await claimOne();
        await hands.outbox.cancel(sentInTime, at(5));
        await hands.outbox.recordOutcomes([sent(late, 'm')], at(6), 'a');
        expect(await stateOf(sentInTime)).toBe('sent');
      });

      it('cannot find what was never put in', async () => {
        expect(await hands.outbox.cancel(hands.harness.newId(), at(0))).toBeUndefined();
      });
    });

    describe('looking', () => {
      it('lists the newest first, by number, delivery and state', async () => {
        const first = await enqueue({ destination: '+491' });
        const { pushId: second, deliveryId } = await enqueueTrigger({ destination: '+492' });
        const third = await enqueue({ destination: '+491', dueAt: at(1_000) });
        await claimOne();
        const ids = async (filter: Parameters<PushOutbox['list']>[0]) =>
          (await hands.outbox.list(filter, { limit: 10 })).items.map(({ pushId }) => pushId);
        expect(await ids({})).toEqual([third, second, first]);
        expect(await ids({ destination: '+491' })).toEqual([third, first]);
        expect(await ids({ deliveryId })).toEqual([second]);
        expect(await ids({ state: 'sending' })).toEqual([first]);
        expect((await hands.outbox.list({}, { limit: 2 })).items).toHaveLength(2);
      });

      it('says how much waits, and since when', async () => {
        expect(await hands.outbox.depth(at(0))).toEqual([]);
        await enqueue({ dueAt: at(-300) });
        await enqueue({ dueAt: at(-200) });
        await enqueue({ dueAt: at(500) });
        await claimOne();
        expect(await hands.outbox.depth(at(0))).toEqual([{ lane: '', queued: 2, sending: 1, oldestDueAt: at(-200) }]);
      });
    });

    describe('what falls due next', () => {
      it('is nothing in an empty hands.outbox, then the earliest push, then the end of the lease, then nothing', async () => {
        expect(await hands.outbox.nextDueAt()).toBeUndefined();
        await enqueue({ dueAt: at(500) });
        await enqueue({ dueAt: at(300) });
        expect(await hands.outbox.nextDueAt()).toEqual(at(300));
        const claims = await hands.outbox.claimDue(10, at(1_000), LEASE, 'a');
        expect(await hands.outbox.nextDueAt()).toEqual(at(1_000 + LEASE));
        await hands.outbox.recordOutcomes(
          claims.map((claim, n) => sent(claim, `due-${n}`)),
          at(1_001),
          'a',
        );
        expect(await hands.outbox.nextDueAt()).toBeUndefined();
      });
    });

    it('knows nothing of a push that was never put in', async () => {
      expect(await hands.outbox.find(hands.harness.newId())).toBeUndefined();
    });
  });
}
