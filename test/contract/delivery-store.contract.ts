import { beforeEach, describe, expect, it } from 'vitest';
import type { NewDelivery } from '../../src/services/ports/delivery-store.ts';
import {
  at,
  DAY,
  MSISDN,
  makeDelivery,
  newChange,
  newDelivery,
  newDevice,
  newPackage,
  type Stores,
} from './stores-harness.ts';

/**
 * What every DeliveryStore has to do.
 * @param makeStores called before each test
 */
export function deliveryStoreContract(name: string, makeStores: () => Promise<Stores>): void {
  describe(`${name} as a DeliveryStore`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await makeStores();
    });

    const trigger = () => ({ pushId: stores.entropy.id(), uiMode: 2 });
    const context = async (deviceId: string) => {
      const found = await stores.sessions.load(deviceId, '1');
      if (found === undefined) throw new Error('no context');
      return found;
    };

    describe('a new delivery', () => {
      it('waits, with its variables for the session that comes', async () => {
        const variables = { apn: 'internet', 'user name': 'Zoë' };
        const { deviceId, packageId, deliveryId } = await makeDelivery(stores, { variables });
        expect(await stores.deliveries.get(deliveryId)).toEqual({
          id: deliveryId,
          packageId,
          package: { name: (await stores.packages.get(packageId))?.name, revision: 1 },
          deviceId,
          state: 'queued',
          position: 0,
          sent: 0,
          onFailure: 'continue',
          commandCount: 2,
          createdAt: at(0),
          updatedAt: at(0),
          expiresAt: at(DAY),
          results: [],
          pushes: [],
        });
        expect((await context(deviceId)).deliveries).toMatchObject([{ id: deliveryId, variables }]);
      });

      it('puts its trigger into the outbox', async () => {
        const wanted = trigger();
        const { deliveryId } = await makeDelivery(stores, { trigger: wanted });
        const delivery = await stores.deliveries.get(deliveryId);
        expect(delivery?.triggerSessionId).toBe(1);
        expect(delivery?.pushes).toEqual([{ id: wanted.pushId, state: 'queued', attempts: 0, updatedAt: at(0) }]);
        const claims = await stores.outbox.claimDue(10, at(0), 1_000, 'a');
        expect(claims).toMatchObject([
          {
            pushId: wanted.pushId,
            deliveryId,
            destination: MSISDN,
            kind: 'package0',
            sessionId: 1,
            uiMode: 2,
            expiresAt: at(DAY),
          },
        ]);
      });

      it('is refused without its package, its device, or a number to trigger', async () => {
        const { deviceId } = await stores.devices.create(newDevice(stores));
        const { msisdn: _msisdn, ...silent } = newDevice(stores, { deviceId: 'silent' });
        await stores.devices.create(silent);
        const { id: packageId } = await stores.packages.createRevision(newPackage(stores));
        const create = (of: Pick<NewDelivery, 'packageId' | 'deviceId'>, change: Partial<NewDelivery> = {}) =>
          stores.deliveries.create(newDelivery(stores, of, change));
        await expect(create({ packageId: stores.entropy.id(), deviceId })).rejects.toMatchObject({
          code: 'package-unknown',
        });
        await expect(create({ packageId, deviceId: 'nobody' })).rejects.toMatchObject({ code: 'device-unknown' });
        await expect(create({ packageId, deviceId: 'silent' }, { trigger: trigger() })).rejects.toMatchObject({
          code: 'trigger-impossible',
        });
        expect((await create({ packageId, deviceId: 'silent' })).state).toBe('queued');
        expect(await stores.outbox.nextDueAt()).toBeUndefined();
      });

      it('takes its session id from a counter of the device that never is 0', async () => {
        const { deviceId, packageId } = await makeDelivery(stores, { trigger: trigger() });
        const other = await stores.devices.create(newDevice(stores, { deviceId: 'other' }));
        const next = async (id: string) =>
          (await stores.deliveries.create(newDelivery(stores, { packageId, deviceId: id }, { trigger: trigger() })))
            .triggerSessionId;
        expect([await next(deviceId), await next(deviceId), await next(other.deviceId)]).toEqual([2, 3, 1]);
        const many = await Promise.all(Array.from({ length: 6 }, () => next(deviceId)));
        expect([...many].sort()).toEqual([4, 5, 6, 7, 8, 9]);
      });
    });

    describe('reading', () => {
      it('merges the results of several messages, in path order', async () => {
        const { deviceId, deliveryId } = await makeDelivery(stores);
        const result = { deliveryId, item: 0, command: 'Get', locUri: './A' };
        const session = { id: stores.entropy.id(), isNew: true };
        await stores.sessions.commit(
          newChange(stores, await context(deviceId), {
            session,
            results: [
              { ...result, path: [10], status: 200 },
              { ...result, path: [1, 0], status: 404 },
              { ...result, path: [1], status: 507 },
              { ...result, path: [2], status: 200 },
              { ...result, path: [2], item: 1, status: 405 },
            ],
          }),
        );
        await stores.sessions.commit(
          newChange(stores, await context(deviceId), {
            session: { ...session, isNew: false },
            results: [{ ...result, path: [10], data: 'a\u0000ü', format: 'chr', type: 'text/plain' }],
          }),
        );
        const { deliveryId: _id, ...plain } = result;
        expect((await stores.deliveries.get(deliveryId))?.results).toEqual([
          { ...plain, path: [1], status: 507 },
          { ...plain, path: [1, 0], status: 404 },
          { ...plain, path: [2], status: 200 },
          { ...plain, path: [2], item: 1, status: 405 },
          { ...plain, path: [10], status: 200, data: 'a\u0000ü', format: 'chr', type: 'text/plain' },
        ]);
      });

      it('pages through a listing, newest first, by device, package and state', async () => {
        const { deviceId, packageId, deliveryId } = await makeDelivery(stores);
        const other = await stores.devices.create(newDevice(stores, { deviceId: 'other' }));
        const second = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }));
        const third = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId: other.deviceId }));
        await stores.deliveries.cancel(second.id, at(1));
        const ids = async (filter: Parameters<Stores['deliveries']['list']>[0]) =>
          (await stores.deliveries.list(filter, { limit: 10 })).items.map(({ id }) => id);
        expect(await ids({})).toEqual([third.id, second.id, deliveryId]);
        expect(await ids({ deviceId })).toEqual([second.id, deliveryId]);
        expect(await ids({ state: 'queued' })).toEqual([third.id, deliveryId]);
        expect(await ids({ state: 'cancelled', packageId })).toEqual([second.id]);
        expect(await ids({ deviceId: 'nobody' })).toEqual([]);
        expect(await ids({ packageId: stores.entropy.id() })).toEqual([]);
        const first = await stores.deliveries.list({}, { limit: 2 });
        expect(first.items).toHaveLength(2);
        const rest = await stores.deliveries.list({}, { limit: 2, cursor: first.nextCursor ?? '' });
        expect(rest.items.map(({ id }) => id)).toEqual([deliveryId]);
        await expect(stores.deliveries.list({}, { limit: 2, cursor: 'AAAA' })).rejects.toMatchObject({
          code: 'cursor-invalid',
        });
      });

      it('knows nothing of a delivery that was never made', async () => {
        expect(await stores.deliveries.get(stores.entropy.id())).toBeUndefined();
      });
    });

    describe('cancelling', () => {
      it('ends the delivery and its trigger, once', async () => {
        const { deliveryId, deviceId } = await makeDelivery(stores, { trigger: trigger() });
        expect(await stores.deliveries.cancel(deliveryId, at(5))).toMatchObject({
          state: 'cancelled',
          updatedAt: at(5),
          endedAt: at(5),
        });
        const [push] = (await stores.deliveries.get(deliveryId))?.pushes ?? [];
        expect(push).toMatchObject({ state: 'cancelled', updatedAt: at(5) });
        expect(await stores.outbox.claimDue(10, at(10), 1_000, 'a')).toEqual([]);
        expect((await context(deviceId)).deliveries).toEqual([]);
        await expect(stores.deliveries.cancel(deliveryId, at(6))).rejects.toMatchObject({ code: 'delivery-ended' });
        await expect(stores.deliveries.cancel(stores.entropy.id(), at(6))).rejects.toMatchObject({
          code: 'delivery-unknown',
        });
      });

      it('wins or loses against a message that finishes it, but never both', async () => {
        const { deviceId, packageId } = await makeDelivery(stores);
        for (let round = 0; round < 10; round++) {
          const { id } = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }));
          const before = await context(deviceId);
          const [committed, cancelled] = await Promise.allSettled([
            stores.sessions.commit(
              newChange(stores, before, { deliveries: [{ id, state: 'succeeded', position: 2 }] }),
            ),
            stores.deliveries.cancel(id, at(5)),
          ]);
          expect(committed).toEqual({ status: 'fulfilled', value: true });
          const after = await stores.deliveries.get(id);
          if (cancelled.status === 'fulfilled') expect(after).toMatchObject({ state: 'cancelled', position: 0 });
          else {
            expect(cancelled.reason).toMatchObject({ code: 'delivery-ended' });
            expect(after).toMatchObject({ state: 'succeeded', position: 2 });
          }
        }
      });

      it('does not wait in a circle with the outbox', async () => {
        const { deviceId, packageId } = await makeDelivery(stores);
        const made = [];
        for (let n = 0; n < 12; n++) {
          made.push(
            await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }, { trigger: trigger() })),
          );
        }
        const claims = await stores.outbox.claimDue(100, at(0), 1_000, 'a');
        const outcomes = claims.map((claim, n) => ({
          pushId: claim.pushId,
          attempt: claim.attempt,
          partCount: 1,
          parts: [{ part: 0, outcome: { kind: 'accepted', messageId: `m${n}` } as const }],
          decision: { state: 'sent', attempts: 1 } as const,
        }));
        await Promise.all(
          [
            stores.outbox.recordOutcomes(outcomes, at(1), 'a'),
            ...made.map(({ id }) => stores.deliveries.cancel(id, at(1))),
            stores.deliveries.expireDue(at(2 * DAY), 100),
          ].map((work) => work.catch((error) => expect(error).toMatchObject({ code: 'delivery-ended' }))),
        );
        for (const { id } of made) {
          const after = await stores.deliveries.get(id);
          expect(['cancelled', 'expired']).toContain(after?.state);
          expect(after?.pushes[0]?.state).toBe('sent');
        }
      });
    });

    describe('expiry', () => {
      it('ends what is past its time, with its trigger, and leaves the rest', async () => {
        const { deviceId, packageId } = await makeDelivery(stores, { expiresAt: at(1_000), trigger: trigger() });
        await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }, { expiresAt: at(500) }));
        const later = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }));
        expect(await stores.deliveries.expireDue(at(499), 10)).toBe(0);
        expect(await stores.deliveries.expireDue(at(1_000), 1)).toBe(1);
        expect(await stores.deliveries.expireDue(at(1_000), 10)).toBe(1);
        expect(await stores.deliveries.expireDue(at(1_000), 10)).toBe(0);
        const { items } = await stores.deliveries.list({ state: 'expired' }, { limit: 10 });
        expect(items).toMatchObject([{ endedAt: at(1_000) }, { endedAt: at(1_000) }]);
        expect((await context(deviceId)).deliveries.map(({ id }) => id)).toEqual([later.id]);
        expect(await stores.outbox.nextDueAt()).toBeUndefined();
      });

      it('shares the work among processes', async () => {
        const { deviceId, packageId } = await makeDelivery(stores, { expiresAt: at(1) });
        for (let n = 0; n < 9; n++) {
          await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }, { expiresAt: at(1) }));
        }
        const counts = await Promise.all([1, 2, 3].map(() => stores.deliveries.expireDue(at(2), 100)));
        expect(counts.reduce((sum, count) => sum + count)).toBe(10);
      });
    });
  });
}
