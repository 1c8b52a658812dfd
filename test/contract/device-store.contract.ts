import { beforeEach, describe, expect, it } from 'vitest';
import type { DevicePatch } from '../../src/services/ports/device-store.ts';
import { ACCOUNT, at, MSISDN, makeDelivery, newChange, newDevice, type Stores } from './stores-harness.ts';

/**
 * What every DeviceStore has to do.
 * @param makeStores called before each test
 */
export function deviceStoreContract(name: string, makeStores: () => Promise<Stores>): void {
  describe(`${name} as a DeviceStore`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await makeStores();
    });

    const accountOf = async (deviceId: string) => (await stores.sessions.load(deviceId, '1'))?.device.account;
    const hex = (bytes: Uint8Array | undefined) =>
      bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');

    it('gives back a device without its secrets', async () => {
      const device = newDevice(stores, { imsi: '262011234567890' });
      const expected = {
        id: device.id,
        deviceId: device.deviceId,
        msisdn: MSISDN,
        imsi: '262011234567890',
        auth: 'md5',
        clientUsername: 'jürgen',
        devInfo: {},
        tags: [],
        attributes: {},
        createdAt: at(0),
        updatedAt: at(0),
        hasAccount: true,
        bootstrap: { state: 'none' },
        revision: expect.stringMatching(/^[\w-]{20}$/),
      };
      expect(await stores.devices.create(device)).toEqual(expected);
      expect(await stores.devices.get(device.deviceId)).toEqual(expected);
    });

    it('leaves out what was not given', async () => {
      const { msisdn: _msisdn, ...device } = newDevice(stores);
      const made = await stores.devices.create(device);
      expect(made).not.toHaveProperty('msisdn');
      expect(made).not.toHaveProperty('imsi');
      expect(made).not.toHaveProperty('lastSeenAt');
    });

    it('refuses the same deviceId a second time, also when both come at once', async () => {
      const results = await Promise.allSettled([1, 2, 3].map(() => stores.devices.create(newDevice(stores))));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'device-exists' });
      }
    });

    it('knows nothing of a device that was never registered', async () => {
      expect(await stores.devices.get('IMEI:0')).toBeUndefined();
      await expect(stores.devices.update('IMEI:0', {}, at(1))).rejects.toMatchObject({ code: 'device-unknown' });
      await expect(stores.devices.delete('IMEI:0')).rejects.toMatchObject({ code: 'device-unknown' });
      await expect(stores.devices.tree('IMEI:0')).rejects.toMatchObject({ code: 'device-unknown' });
    });

    it('tells devices that have the same password of the server, and no others', async () => {
      const shares = (deviceId: string) => stores.devices.sharesServerPassword(deviceId);
      const withPassword = (deviceId: string, password: string) =>
        stores.devices.create(newDevice(stores, { deviceId, account: { ...ACCOUNT, server: { password } } }));
      await withPassword('a', 'one');
      expect(await shares('a')).toBe(false);
      await withPassword('b', 'one');
      await withPassword('c', 'two');
      expect([await shares('a'), await shares('b'), await shares('c')]).toEqual([true, true, false]);
      await stores.devices.update('b', { server: { password: 'three' } }, at(1));
      expect([await shares('a'), await shares('b'), await shares('nobody')]).toEqual([false, false, false]);
    });

    describe('a change', () => {
      it('replaces, clears and leaves fields', async () => {
        const { deviceId } = await stores.devices.create(newDevice(stores, { imsi: '262011234567890' }));
        const changed = await stores.devices.update(
          deviceId,
          { msisdn: '+15550001', imsi: null, auth: 'basic', client: { username: 'other' } },
          at(5),
        );
        expect(changed).toMatchObject({
          msisdn: '+15550001',
          auth: 'basic',
          clientUsername: 'other',
          updatedAt: at(5),
        });
        expect(changed).not.toHaveProperty('imsi');
        expect(await stores.devices.update(deviceId, { msisdn: null }, at(6))).not.toHaveProperty('msisdn');
        expect((await accountOf(deviceId))?.client.password).toBe(ACCOUNT.client.password);
      });

      it('of tags puts new ones in their place, of attributes goes key by key', async () => {
        const labels = {
          tags: ['a', 'b'],
          attributes: { floor: '3', 'site.name': 'Zürich' },
          timeZone: 'Europe/Zurich',
        };
        const { deviceId } = await stores.devices.create(newDevice(stores, labels));
        expect(await stores.devices.get(deviceId)).toMatchObject(labels);
        const patch = { tags: ['c'], attributes: { floor: null, room: '12' }, timeZone: null };
        const changed = await stores.devices.update(deviceId, patch, at(5));
        expect(changed).toMatchObject({ tags: ['c'], attributes: { 'site.name': 'Zürich', room: '12' } });
        expect(changed.attributes).not.toHaveProperty('floor');
        expect(changed).not.toHaveProperty('timeZone');
        const cleared = await stores.devices.update(deviceId, { tags: [], attributes: null }, at(6));
        expect(cleared).toMatchObject({ tags: [], attributes: {} });
        const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'x']));
        await expect(stores.devices.update(deviceId, { attributes: many }, at(7))).rejects.toMatchObject({
          code: 'attributes-too-many',
        });
      });

      it('of one password leaves the other', async () => {
        const { deviceId } = await stores.devices.create(newDevice(stores));
        await Promise.all([
          stores.devices.update(deviceId, { client: { password: 'new client' } }, at(5)),
          stores.devices.update(deviceId, { server: { password: 'new server' } }, at(5)),
        ]);
        expect(await accountOf(deviceId)).toMatchObject({
          client: { password: 'new client' },
          server: { password: 'new server' },
        });
      });

      it('keeps the kind of each side, and how often the device proves itself', async () => {
        const account = { ...ACCOUNT, client: { ...ACCOUNT.client, scope: 'message' as const } };
        const device = newDevice(stores, { account: { ...account, server: { ...account.server, auth: 'basic' } } });
        const { deviceId } = await stores.devices.create(device);
        expect(await stores.devices.get(deviceId)).toMatchObject({ serverAuth: 'basic', clientScope: 'message' });
        expect(await accountOf(deviceId)).toMatchObject({ client: { scope: 'message' }, server: { auth: 'basic' } });
        const changed = await stores.devices.update(
          deviceId,
          { client: { scope: null }, server: { auth: null } },
          at(5),
        );
        expect(changed).not.toHaveProperty('serverAuth');
        expect(changed).not.toHaveProperty('clientScope');
      });

      it('of the credentials keeps the ones before, and forgets the refusals they had', async () => {
        const { deviceId, id } = await stores.devices.create(newDevice(stores));
        const before = await stores.sessions.load(deviceId, '1');
        const counts = [{ from: '192.0.2.1', count: 3, lastAt: 1 }];
        expect(await stores.sessions.countRefusals(id, before?.device.lock ?? 0, counts)).toBe(true);
        expect((await stores.sessions.load(deviceId, '1'))?.device.refusals).toEqual(counts);

        await stores.devices.update(deviceId, { msisdn: '+4917' }, at(5));
        expect(await accountOf(deviceId)).not.toHaveProperty('former');
        expect((await stores.sessions.load(deviceId, '1'))?.device.refusals).toEqual(counts);

        await stores.devices.update(deviceId, { auth: 'hmac', client: { password: 'two' } }, at(6));
        const former = {
          generation: 0,
          auth: 'md5',
          username: ACCOUNT.client.username,
          clientPassword: ACCOUNT.client.password,
          serverPassword: ACCOUNT.server.password,
        };
        expect(await accountOf(deviceId)).toMatchObject({ auth: 'hmac', generation: 1, former });
        expect((await stores.sessions.load(deviceId, '1'))?.device.refusals).toEqual([]);
        await stores.devices.update(deviceId, { server: { auth: 'hmac' } }, at(7));
        await stores.devices.update(deviceId, { client: { username: 'other' } }, at(8));
        expect(await accountOf(deviceId)).toMatchObject({
          generation: 3,
          former: { generation: 2, auth: 'hmac', serverAuth: 'hmac', clientPassword: 'two' },
        });
      });

      it('of the nonces takes them octet for octet', async () => {
        const { deviceId } = await stores.devices.create(newDevice(stores));
        const nonce = Uint8Array.of(0, 255, 0);
        await stores.devices.update(deviceId, { client: { nonce }, server: { nonce: Uint8Array.of(7) } }, at(5));
        const account = await accountOf(deviceId);
        expect(hex(account?.client.nonce)).toBe('00ff00');
        expect(hex(account?.server.nonce)).toBe('07');
      });
    });

    describe('its revision', () => {
      it('is another one after every change by admins, credentials included, and the same after none', async () => {
        const { deviceId, revision } = await stores.devices.create(newDevice(stores));
        expect((await stores.devices.get(deviceId))?.revision).toBe(revision);
        const seen = new Set([revision]);
        const changes: readonly DevicePatch[] = [
          { msisdn: '+15550001' },
          { imsi: '262011234567890' },
          { tags: ['a'] },
          { attributes: { floor: '3' } },
          { timeZone: 'Europe/Zurich' },
          { client: { username: 'other' } },
          { client: { password: 'other' } },
          { server: { password: 'other' } },
          { client: { scope: 'message' } },
          { server: { auth: 'hmac' } },
          { auth: 'hmac' },
        ];
        for (const patch of changes) seen.add((await stores.devices.update(deviceId, patch, at(5))).revision);
        expect(seen.size).toBe(1 + changes.length);
        const before = (await stores.devices.get(deviceId))?.revision;
        expect((await stores.devices.update(deviceId, { tags: ['a'] }, at(6))).revision).toBe(before);
      });

      it('stays what it is when a session tells of the device', async () => {
        const { deviceId, revision } = await stores.devices.create(newDevice(stores));
        const context = await stores.sessions.load(deviceId, '1');
        if (context === undefined) throw new Error('no context');
        const said = { devInfo: { man: 'Example' }, fwV: '2', seen: true, clientNonce: Uint8Array.of(1) };
        expect(await stores.sessions.commit(newChange(stores, context, { device: said }))).toBe(true);
        expect(await stores.devices.get(deviceId)).toMatchObject({ devInfo: { man: 'Example', fwV: '2' }, revision });
      });

      it('that is not the present one changes and removes nothing', async () => {
        const { deviceId, revision } = await stores.devices.create(newDevice(stores));
        const { revision: present } = await stores.devices.update(deviceId, { tags: ['a'] }, at(5), revision);
        const stale = { code: 'version-stale' };
        await expect(stores.devices.update(deviceId, { tags: ['b'] }, at(6), revision)).rejects.toMatchObject(stale);
        await expect(stores.devices.delete(deviceId, revision)).rejects.toMatchObject(stale);
        expect(await stores.devices.get(deviceId)).toMatchObject({ tags: ['a'], updatedAt: at(5) });
        await stores.devices.delete(deviceId, present);
        expect(await stores.devices.get(deviceId)).toBeUndefined();
      });

      it('lets one of several changes at once through', async () => {
        const { deviceId, revision } = await stores.devices.create(newDevice(stores));
        const outcomes = await Promise.allSettled(
          ['a', 'b', 'c'].map((tag) => stores.devices.update(deviceId, { tags: [tag] }, at(5), revision)),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });
    });

    describe('removing', () => {
      it('is refused while deliveries are open', async () => {
        const { deviceId, deliveryId } = await makeDelivery(stores);
        await expect(stores.devices.delete(deviceId)).rejects.toMatchObject({ code: 'device-has-open-deliveries' });
        await stores.deliveries.cancel(deliveryId, at(1));
        await stores.devices.delete(deviceId);
        expect(await stores.devices.get(deviceId)).toBeUndefined();
      });

      it('takes along deliveries, pushes, sessions, messages and values', async () => {
        const { deviceId, deliveryId } = await makeDelivery(stores, {
          trigger: { pushId: stores.entropy.id(), uiMode: 1 },
        });
        const context = await stores.sessions.load(deviceId, '1');
        if (context === undefined) throw new Error('no context');
        const change = newChange(stores, context, {
          nodeValues: [{ locUri: './A', value: '1', at: at(1) }],
          results: [{ deliveryId, path: [0], item: 0, command: 'Replace', locUri: './A', status: 200 }],
        });
        expect(await stores.sessions.commit(change)).toBe(true);
        await stores.deliveries.cancel(deliveryId, at(1));
        const [push] = (await stores.deliveries.get(deliveryId))?.pushes ?? [];
        await stores.devices.delete(deviceId);
        expect(await stores.deliveries.get(deliveryId)).toBeUndefined();
        expect(await stores.sessions.get(change.session.id)).toBeUndefined();
        expect(await stores.sessions.messages(change.session.id, { limit: 1 })).toBeUndefined();
        expect(await stores.outbox.find(push?.id ?? '')).toBeUndefined();
        await stores.devices.create(newDevice(stores));
        expect(await stores.devices.tree(deviceId)).toEqual([]);
      });

      it('ends a message that is under way', async () => {
        const { deviceId } = await stores.devices.create(newDevice(stores));
        const context = await stores.sessions.load(deviceId, '1');
        if (context === undefined) throw new Error('no context');
        await stores.devices.delete(deviceId);
        expect(await stores.sessions.commit(newChange(stores, context))).toBe(false);
      });
    });

    it('has what a device told of itself', async () => {
      const { deviceId } = await stores.devices.create(newDevice(stores));
      const context = await stores.sessions.load(deviceId, '1');
      if (context === undefined) throw new Error('no context');
      const devInfo = { devId: deviceId, man: 'Acme', mod: 'One', dmV: '1.2', lang: 'de-CH' };
      await stores.sessions.commit(
        newChange(stores, context, { at: at(7), device: { devInfo, fwV: '2.1', seen: true } }),
      );
      const known = { ...devInfo, fwV: '2.1' };
      expect(await stores.devices.get(deviceId)).toMatchObject({ devInfo: known, lastSeenAt: at(7) });
    });
  });
}
