import { beforeEach, describe, expect, it } from 'vitest';
import type { SessionChange } from '../../src/services/ports/session-store.ts';
import { DEVICE, MANAGING, message, octets, sessionSteps } from './session-steps.ts';
import {
  ACCOUNT,
  at,
  COMMANDS,
  MSISDN,
  makeDelivery,
  newChange,
  newDelivery,
  newDevice,
  newPackage,
  type Stores,
} from './stores-harness.ts';

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');

/**
 * What every SessionStore has to do.
 * @param makeStores called before each test
 */
export function sessionStoreContract(name: string, makeStores: () => Promise<Stores>): void {
  describe(`${name} as a SessionStore`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await makeStores();
    });

    const { load, commit, goOn } = sessionSteps(() => stores);

    describe('reading', () => {
      it('knows nothing of a device that is not registered, whatever it calls itself', async () => {
        for (const deviceId of ['IMEI:0', '', 'a\u0000b', '\ud800', 'x'.repeat(100_000)]) {
          expect(await stores.sessions.load(deviceId, '1')).toBeUndefined();
        }
      });

      it('gives the account with its secrets open, and no session before the first message', async () => {
        const device = await stores.devices.create(newDevice(stores, { imsi: '262011234567890' }));
        const context = await load();
        expect(context.session).toBeUndefined();
        expect(context.deliveries).toEqual([]);
        expect(context.device).toMatchObject({
          id: device.id,
          deviceId: DEVICE,
          msisdn: MSISDN,
          imsi: '262011234567890',
        });
        const { account } = context.device;
        expect(account.auth).toBe('md5');
        expect(account.client).toMatchObject({ username: 'jürgen', password: 'client pässword' });
        expect(account.server.password).toBe('server pässword');
        expect(hex(account.client.nonce)).toBe('000102ff');
        expect(hex(account.server.nonce)).toBe('090009');
        expect(account.client).not.toHaveProperty('previousNonce');
      });

      it('leaves out what a device has not', async () => {
        const { msisdn: _msisdn, ...device } = newDevice(stores, {
          account: { auth: 'basic', client: { username: 'u', password: 'p' }, server: { password: 's' } },
        });
        await stores.devices.create(device);
        const { device: loaded } = await load();
        expect(loaded).not.toHaveProperty('msisdn');
        expect(loaded.account).toEqual({
          auth: 'basic',
          client: { username: 'u', password: 'p' },
          server: { password: 's' },
        });
      });

      it('gives the waiting deliveries, oldest first, with their packages, variables and failures', async () => {
        const { deviceId, packageId, deliveryId } = await makeDelivery(stores, {
          variables: { apn: 'ünternet' },
          trigger: { pushId: stores.entropy.id(), uiMode: 1 },
        });
        const other = await stores.packages.createRevision(newPackage(stores, { commands: COMMANDS.slice(1) }));
        const second = await stores.deliveries.create(newDelivery(stores, { packageId: other.id, deviceId }));
        const ended = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }));
        await stores.deliveries.cancel(ended.id, at(1));
        const failure = { code: 'command-refused', message: 'Replace ./A: 405\u0000' } as const;
        await commit({ deliveries: [{ id: second.id, state: 'delivering', position: 1, failure }] });
        expect((await load()).deliveries).toEqual([
          {
            id: deliveryId,
            packageId,
            state: 'queued',
            position: 0,
            sent: 0,
            onFailure: 'continue',
            triggerSessionId: 1,
            variables: { apn: 'ünternet' },
            commands: COMMANDS,
          },
          {
            id: second.id,
            packageId: other.id,
            state: 'delivering',
            position: 1,
            sent: 1,
            onFailure: 'continue',
            variables: {},
            failure: { code: 'command-refused', message: expect.stringContaining('Replace ./A: 405') },
            commands: COMMANDS.slice(1),
          },
        ]);
      });

      it('gives the same commands for the same package again, so that what is made of them can be kept', async () => {
        await makeDelivery(stores);
        const [first] = (await load()).deliveries;
        const [again] = (await load()).deliveries;
        expect(again?.commands).toBe(first?.commands);
      });

      it('reads a device with more deliveries waiting than one session takes', async () => {
        const { deviceId, packageId, deliveryId } = await makeDelivery(stores);
        for (let left = 60; left > 0; left--)
          await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }));
        const { deliveries } = await load();
        expect(deliveries[0]?.id).toBe(deliveryId);
        expect(deliveries.length).toBeGreaterThan(10);
        expect(deliveries.length).toBeLessThanOrEqual(61);
      });
    });

    describe('a session', () => {
      beforeEach(async () => {
        await stores.devices.create(newDevice(stores));
      });

      it('comes back as it was left, reply and headers octet for octet', async () => {
        const lastReply = {
          contentType: 'application/vnd.syncml.dm+xml',
          headers: { 'x-syncml-hmac': 'algorithm=MD5, username="ü", mac=abc=' },
          body: Uint8Array.from({ length: 20_000 }, (_, n) => n % 251),
        };
        const opened = await commit();
        await goOn(opened, { at: at(2_000), session: { state: MANAGING, lastMsgId: '2', lastReply } });
        const { session } = await load();
        expect(session).toMatchObject({
          id: opened.session.id,
          dmSessionId: '1',
          state: MANAGING,
          lastMsgId: '2',
          openedAt: at(1_000),
          lastMessageAt: at(2_000),
        });
        expect(session?.lastReply.contentType).toBe(lastReply.contentType);
        expect(session?.lastReply.headers).toEqual(lastReply.headers);
        expect(Buffer.from(session?.lastReply.body ?? []).equals(lastReply.body)).toBe(true);
      });

      it('keeps what was odd in it, the first and the last of it when it is much', async () => {
        const first = await commit({ session: { notes: ['odd \0 \ud800', 'x'.repeat(10_000)] } });
        const second = await goOn(first, { session: { lastMsgId: '2', notes: [] } });
        await goOn(second, { session: { lastMsgId: '3', notes: [...Array(100).fill('again'), 'the last'] } });
        const { notes = [] } = (await stores.sessions.get(first.session.id)) ?? {};
        expect(notes.slice(0, 3)).toEqual(['odd \ufffd \ufffd', 'x'.repeat(500), 'again']);
        expect(notes.at(-1)).toBe('the last');
        expect(notes).toHaveLength(32);
        const other = await commit({ session: { dmSessionId: '2' } });
        expect(await stores.sessions.get(other.session.id)).not.toHaveProperty('notes');
      });

      it('is the newest of its SessionID, also when ids and clocks do not tell', async () => {
        const old = await commit({ at: at(5_000), session: { id: '01990000-0000-7000-8000-000000000002' } });
        await goOn(old, {
          at: at(5_000),
          session: { state: { phase: 'closed', reason: 'completed' }, closed: { reason: 'completed' } },
        });
        const fresh = await commit({ at: at(4_000), session: { id: '01990000-0000-7000-8000-000000000001' } });
        await commit({ session: { dmSessionId: '2' } });
        expect((await load('1')).session?.id).toBe(fresh.session.id);
        expect((await load('3')).session).toBeUndefined();
      });

      it('is found by its SessionID however odd that is', async () => {
        for (const dmSessionId of ['', 'F'.repeat(5_000), 'a\u0000b', '1 ']) {
          const { session } = await commit({ session: { dmSessionId } });
          expect((await load(dmSessionId)).session).toMatchObject({ id: session.id, dmSessionId });
        }
      });

      it('is given when it is closed too, so that its last message can be answered again', async () => {
        const { session } = await commit({
          session: { state: { phase: 'closed', reason: 'completed' }, closed: { reason: 'completed' } },
        });
        expect((await load()).session).toMatchObject({
          id: session.id,
          state: { phase: 'closed', reason: 'completed' },
        });
        expect(await stores.sessions.get(session.id)).toMatchObject({
          phase: 'closed',
          closedAt: at(1_000),
          closeReason: 'completed',
        });
      });

      it('closes the other open ones of its device, and only when it is told to', async () => {
        await stores.devices.create(newDevice(stores, { deviceId: 'other' }));
        const first = await commit({ session: { dmSessionId: '1' } });
        const foreign = await commit({ session: { dmSessionId: '1' } }, 'other');
        const second = await commit({ session: { dmSessionId: '2' } });
        const phase = async (change: SessionChange) => (await stores.sessions.get(change.session.id))?.phase;
        expect(await phase(first)).toBe('challenging');
        await goOn(second, { at: at(9_000), session: { supersedesOthers: true } });
        expect(await stores.sessions.get(first.session.id)).toMatchObject({
          phase: 'closed',
          closeReason: 'superseded',
          closedAt: at(9_000),
        });
        expect((await load('1')).session?.state).toEqual({ phase: 'closed', reason: 'superseded' });
        expect([await phase(second), await phase(foreign)]).toEqual(['challenging', 'challenging']);
      });
    });

    describe('a change', () => {
      it('is taken once: of two made from the same reading only one', async () => {
        await stores.devices.create(newDevice(stores));
        const context = await load();
        const changes = [1, 2, 3, 4].map(() => newChange(stores, context, { log: [message()] }));
        const taken = await Promise.all(changes.map((change) => stores.sessions.commit(change)));
        expect(taken.filter(Boolean)).toHaveLength(1);
        const { items } = await stores.sessions.list({}, { limit: 10 });
        expect(items.map(({ id }) => id)).toEqual([changes[taken.indexOf(true)]?.session.id]);
        expect((await load()).device.lock).not.toBe(context.device.lock);
      });

      it('that comes too late writes nothing at all', async () => {
        const { deliveryId } = await makeDelivery(stores);
        const context = await load();
        await commit();
        const late = newChange(stores, context, {
          device: { clientNonce: octets(1), serverNonce: octets(2), devInfo: { man: 'late' }, seen: true },
          deliveries: [{ id: deliveryId, state: 'delivering', position: 1 }],
          results: [{ deliveryId, path: [0], item: 0, command: 'Get', locUri: './A', status: 200 }],
          nodeValues: [{ locUri: './A', value: 'late', at: at(1) }],
          log: [message()],
          session: { dmSessionId: '2', supersedesOthers: true },
        });
        expect(await stores.sessions.commit(late)).toBe(false);
        const after = await load();
        expect(after.session?.state.phase).toBe('challenging');
        expect(hex(after.device.account.client.nonce)).toBe('000102ff');
        expect(await stores.sessions.get(late.session.id)).toBeUndefined();
        expect(await stores.deliveries.get(deliveryId)).toMatchObject({ state: 'queued', position: 0, results: [] });
        expect(await stores.devices.tree(DEVICE)).toEqual([]);
        expect(await stores.devices.get(DEVICE)).not.toHaveProperty('lastSeenAt');
      });

      it('renews nonces, keeps those it does not name, and clears the previous one with null', async () => {
        await stores.devices.create(newDevice(stores));
        const nonces = async () => {
          const { client, server } = (await load()).device.account;
          return [hex(client.nonce), hex(client.previousNonce), hex(server.nonce)];
        };
        await commit({ device: { clientNonce: octets(0, 1), previousClientNonce: octets(0, 2) } });
        expect(await nonces()).toEqual(['0001', '0002', '090009']);
        await commit({ device: { serverNonce: octets(5) } });
        expect(await nonces()).toEqual(['0001', '0002', '05']);
        await commit({ device: { previousClientNonce: null } });
        expect(await nonces()).toEqual(['0001', undefined, '05']);
        expect((await load()).device.account.client.password).toBe(ACCOUNT.client.password);
      });

      it('moves deliveries along, ends them, and leaves alone those that have ended', async () => {
        const { deviceId, packageId, deliveryId } = await makeDelivery(stores);
        const other = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }));
        const failure = { code: 'aborted', message: 'so it is' } as const;
        await commit({ at: at(10), deliveries: [{ id: deliveryId, state: 'delivering', position: 1 }] });
        expect(await stores.deliveries.get(deliveryId)).toMatchObject({
          state: 'delivering',
          position: 1,
          updatedAt: at(10),
        });
        await commit({
          at: at(20),
          deliveries: [
            { id: deliveryId, state: 'delivering', position: 2 },
            { id: deliveryId, state: 'succeeded', position: 2 },
            { id: other.id, state: 'failed', position: 0, failure },
          ],
        });
        expect(await stores.deliveries.get(deliveryId)).toMatchObject({
          state: 'succeeded',
          position: 2,
          endedAt: at(20),
        });
        expect(await stores.deliveries.get(other.id)).toMatchObject({ state: 'failed', failure, endedAt: at(20) });
        await commit({ at: at(30), deliveries: [{ id: deliveryId, state: 'delivering', position: 0 }] });
        expect(await stores.deliveries.get(deliveryId)).toMatchObject({
          state: 'succeeded',
          position: 2,
          endedAt: at(20),
        });
      });

      it('keeps how far a delivery was sent, which never goes back, and what a failure does to it', async () => {
        const { deliveryId } = await makeDelivery(stores, { onFailure: 'stop' });
        expect((await load()).deliveries[0]).toMatchObject({ sent: 0, onFailure: 'stop' });
        await commit({ deliveries: [{ id: deliveryId, state: 'delivering', position: 0, sent: 2 }] });
        await commit({ deliveries: [{ id: deliveryId, state: 'delivering', position: 1 }] });
        expect((await load()).deliveries[0]).toMatchObject({ position: 1, sent: 2 });
        expect(await stores.deliveries.get(deliveryId)).toMatchObject({ sent: 2, onFailure: 'stop' });
      });

      it('ends a delivery that begins and ends with one message', async () => {
        const { deliveryId } = await makeDelivery(stores);
        await commit({ deliveries: [{ id: deliveryId, state: 'succeeded', position: 2 }] });
        expect(await stores.deliveries.get(deliveryId)).toMatchObject({ state: 'succeeded' });
      });

      it('never moves a delivery back, nor one of another device', async () => {
        const { deviceId, packageId, deliveryId } = await makeDelivery(stores);
        await stores.devices.create(newDevice(stores, { deviceId: 'other' }));
        const foreign = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId: 'other' }));
        await commit({ deliveries: [{ id: deliveryId, state: 'delivering', position: 1 }] });
        await commit({
          deliveries: [
            { id: deliveryId, state: 'queued', position: 0 },
            { id: foreign.id, state: 'succeeded', position: 2 },
          ],
        });
        expect(await stores.deliveries.get(deliveryId)).toMatchObject({ state: 'delivering', position: 1 });
        expect(await stores.deliveries.get(foreign.id)).toMatchObject({
          state: 'queued',
          position: 0,
          deviceId: 'other',
        });
        expect(deviceId).toBe(DEVICE);
      });

      it('keeps results of several deliveries apart', async () => {
        const { deviceId, packageId, deliveryId } = await makeDelivery(stores);
        const other = await stores.deliveries.create(newDelivery(stores, { packageId, deviceId }));
        const result = { path: [0], item: 0, command: 'Get', locUri: './A' };
        await commit({
          results: [
            { deliveryId, ...result, status: 200 },
            { deliveryId: other.id, ...result, status: 404 },
            { deliveryId, ...result, data: 'x' },
          ],
        });
        expect((await stores.deliveries.get(deliveryId))?.results).toEqual([{ ...result, status: 200, data: 'x' }]);
        expect((await stores.deliveries.get(other.id))?.results).toEqual([{ ...result, status: 404 }]);
      });

      it('remembers the values of the tree: removed first, then written, in LocURI order', async () => {
        await stores.devices.create(newDevice(stores));
        const node = (locUri: string, value: string, ms = 1_000) => ({ locUri, value, format: 'chr', at: at(ms) });
        await commit({
          nodeValues: [
            node('./A/B', '1'),
            node('./A', 'B'),
            node('./A/B/C', '2'),
            node('./AB', '3'),
            node('./A-', '4'),
          ],
        });
        await commit({
          at: at(2_000),
          removedNodes: ['./A', './nowhere', './A%_'],
          nodeValues: [node('./A/B', 'new', 2_000), node('./A/B', 'newest', 2_500)],
        });
        expect(await stores.devices.tree(DEVICE)).toEqual([
          node('./A-', '4'),
          node('./A/B', 'newest', 2_500),
          node('./AB', '3'),
        ]);
      });

      it('survives everything a device can put into text', async () => {
        const { deliveryId } = await makeDelivery(stores);
        const odd = 'nul \u0000 half \ud83d whole 💥 \\u0000 "\' %$1';
        const long = `./${'x'.repeat(10_000)}`;
        await commit({
          device: { devInfo: { devId: odd, man: odd, mod: odd, dmV: odd, lang: odd }, seen: true },
          results: [
            { deliveryId, path: [0], item: 0, command: 'Get', locUri: odd, status: Number.NaN, data: odd, type: odd },
          ],
          nodeValues: [
            { locUri: odd, value: odd, format: odd, type: odd, at: at(1_000) },
            { locUri: long, value: 'x'.repeat(1_000_000), at: at(1_000) },
          ],
          removedNodes: [odd],
          log: [message({ msgId: odd, masked: octets(0) })],
          session: { state: MANAGING, lastMsgId: odd, dmSessionId: odd },
        });
        expect((await load(odd)).session?.state).toEqual(MANAGING);
        expect((await stores.devices.get(DEVICE))?.devInfo.man).toContain('whole 💥');
        const [result] = (await stores.deliveries.get(deliveryId))?.results ?? [];
        expect(result?.data).toContain('whole 💥');
        const tree = await stores.devices.tree(DEVICE);
        expect(tree.some(({ value }) => value?.includes('whole 💥'))).toBe(true);
      });
    });
  });
}
