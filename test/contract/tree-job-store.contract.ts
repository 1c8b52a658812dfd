import { beforeEach, describe, expect, it } from 'vitest';
import type { NewTreeJob } from '../../src/services/ports/tree-job-store.ts';
import type { TreePlan, WalkPlan } from '../../src/session/tree-plan.ts';
import { at, DAY, makeDelivery, newChange, newDevice, type Stores } from './stores-harness.ts';

const WALK: WalkPlan = {
  kind: 'discovery',
  root: '.',
  limits: { depth: 3, nodes: 10, messages: 5 },
  properties: ['ACL'],
  lists: ['TNDS'],
  asks: ['.'],
  nodes: 1,
  messages: 0,
  cut: {},
  refused: [],
  refusals: 0,
};
const ACL: TreePlan = {
  kind: 'acl',
  locUri: './A',
  change: { add: { Get: ['omadm'] }, remove: {} },
  stage: { is: 'reading', at: './A' },
};

/**
 * What every TreeJobStore has to do, and the session store with its jobs.
 * @param makeStores called before each test
 */
export function treeJobStoreContract(name: string, makeStores: () => Promise<Stores>): void {
  describe(`${name} as a TreeJobStore`, () => {
    let stores: Stores;
    let deviceId: string;
    beforeEach(async () => {
      stores = await makeStores();
      ({ deviceId } = await stores.devices.create(newDevice(stores)));
    });

    const job = (plan: TreePlan, change: Partial<NewTreeJob> = {}): NewTreeJob => ({
      id: stores.entropy.id(),
      deviceId,
      plan,
      createdAt: at(0),
      expiresAt: at(DAY),
      ...change,
    });

    it('keeps a job as it was ordered, and with its trigger the push', async () => {
      const walk = await stores.treeJobs.create(job(WALK, { trigger: { pushId: stores.entropy.id(), uiMode: 1 } }));
      expect(walk).toMatchObject({ deviceId, state: 'queued', plan: WALK, position: 0, triggerSessionId: 1 });
      expect(await stores.treeJobs.get(walk.id)).toEqual(walk);
      expect(await stores.outbox.claimDue(10, at(1), 60_000, 'w')).toHaveLength(1);
      expect(await stores.treeJobs.get(stores.entropy.id())).toBeUndefined();
      await expect(stores.treeJobs.create(job(WALK, { deviceId: 'nobody' }))).rejects.toThrow('No device');
    });

    it('lists the newest first, by device and kind, a page at a time, and no deliveries of packages', async () => {
      const walk = await stores.treeJobs.create(job(WALK));
      const acl = await stores.treeJobs.create(job(ACL));
      const ids = async (filter: object, limit = 10) =>
        (await stores.treeJobs.list(filter, { limit })).items.map(({ id }) => id);
      expect(await ids({})).toEqual([acl.id, walk.id]);
      expect(await ids({ deviceId, kind: 'discovery' })).toEqual([walk.id]);
      expect(await ids({ deviceId: 'nobody' })).toEqual([]);
      const { nextCursor } = await stores.treeJobs.list({}, { limit: 1 });
      const next = await stores.treeJobs.list(
        {},
        { limit: 1, ...(nextCursor !== undefined && { cursor: nextCursor }) },
      );
      expect(next.items.map(({ id }) => id)).toEqual([walk.id]);
      expect((await stores.deliveries.list({}, { limit: 10 })).items).toEqual([]);
      expect(await stores.deliveries.get(walk.id)).toBeUndefined();
      await expect(stores.deliveries.cancel(walk.id, at(1))).rejects.toMatchObject({ code: 'delivery-unknown' });
    });

    it('cancels a job once, and never a delivery', async () => {
      const walk = await stores.treeJobs.create(job(WALK));
      expect(await stores.treeJobs.cancel(walk.id, at(5))).toMatchObject({ state: 'cancelled', endedAt: at(5) });
      await expect(stores.treeJobs.cancel(walk.id, at(6))).rejects.toMatchObject({ code: 'tree-job-ended' });
      await stores.devices.delete(deviceId);
      const { deliveryId } = await makeDelivery(stores);
      await expect(stores.treeJobs.cancel(deliveryId, at(6))).rejects.toMatchObject({ code: 'tree-job-unknown' });
    });

    it('gives a session its plan, and takes the next one in the same commit', async () => {
      const walk = await stores.treeJobs.create(job(WALK));
      const context = await stores.sessions.load(deviceId, '1');
      if (context === undefined) throw new Error('no such device');
      expect(context.deliveries).toMatchObject([{ id: walk.id, plan: WALK, position: 0, commands: [] }]);
      const plan: TreePlan = { ...WALK, asks: ['./odd\u0000\ud800', './b'], since: 0 };
      const move = { id: walk.id, state: 'delivering' as const, position: 1, plan };
      expect(await stores.sessions.commit(newChange(stores, context, { deliveries: [move] }))).toBe(true);
      expect(await stores.treeJobs.get(walk.id)).toMatchObject({ state: 'delivering', position: 1, plan });
      const next = await stores.sessions.load(deviceId, '1');
      expect(next?.deliveries).toMatchObject([{ plan, position: 1, state: 'delivering' }]);
    });

    it('expires a job like a delivery, and holds its device as one', async () => {
      const walk = await stores.treeJobs.create(job(WALK));
      await expect(stores.devices.delete(deviceId)).rejects.toMatchObject({ code: 'device-has-open-deliveries' });
      expect(await stores.deliveries.expireDue(at(DAY), 10)).toBe(1);
      expect(await stores.treeJobs.get(walk.id)).toMatchObject({ state: 'expired' });
      await stores.devices.delete(deviceId);
      expect(await stores.treeJobs.get(walk.id)).toBeUndefined();
    });
  });
}
