import { beforeEach, describe, expect, it } from 'vitest';
import type { LoggedMessage, SessionChange, SessionContext } from '../../src/services/ports/session-store.ts';
import type { SessionState } from '../../src/session/session-state.ts';
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

const DEVICE = 'IMEI:490154203237518';
const octets = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');

const MANAGING: SessionState = {
  phase: 'managing',
  version: '1.2',
  serverMsgId: 2,
  maxMsgSize: 5_000,
  serverAuth: { standing: 'proven', refusals: 0 },
  inFlight: [
    {
      msgId: '2',
      cmdId: '3',
      deliveryId: 'x',
      path: [0, 1],
      name: 'Replace',
      locUris: ['./A\u0000\ud800'],
      status: 200,
    },
  ],
};

function message(part: Partial<LoggedMessage> = {}): LoggedMessage {
  return {
    direction: 'device',
    msgId: '1',
    encoding: 'wbxml',
    wireSize: 99,
    version: '1.2',
    masked: octets(3, 0, 255),
    at: at(1_000),
    ...part,
  };
}

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

    const load = async (dmSessionId = '1', deviceId = DEVICE): Promise<SessionContext> => {
      const context = await stores.sessions.load(deviceId, dmSessionId);
      if (context === undefined) throw new Error('no such device');
      return context;
    };
    type Change = Parameters<typeof newChange>[2];
    /** Loads, commits, gives back what was committed. */
    const commit = async (change: Change = {}, deviceId = DEVICE): Promise<SessionChange> => {
      const whole = newChange(stores, await load(change?.session?.dmSessionId, deviceId), change);
      expect(await stores.sessions.commit(whole)).toBe(true);
      return whole;
    };
    const goOn = (before: SessionChange, change: Change = {}): Promise<SessionChange> =>
      commit({ ...change, session: { ...before.session, isNew: false, ...change?.session } });

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
        await Promise.all(
          Array.from({ length: 60 }, () => stores.deliveries.create(newDelivery(stores, { packageId, deviceId }))),
        );
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

    describe('closing the silent', () => {
      it('ends sessions that have said nothing since, at most so many, and none twice', async () => {
        for (const [index, ms] of [1_000, 2_000, 3_000, 9_000].entries()) {
          const deviceId = `D${index}`;
          await stores.devices.create(newDevice(stores, { deviceId }));
          await commit({ at: at(ms) }, deviceId);
        }
        expect(await stores.sessions.closeSilent(at(1_000), at(20_000), 10)).toBe(0);
        expect(await stores.sessions.closeSilent(at(3_001), at(20_000), 2)).toBe(2);
        expect(await stores.sessions.closeSilent(at(3_001), at(20_000), 2)).toBe(1);
        expect(await stores.sessions.closeSilent(at(3_001), at(20_000), 2)).toBe(0);
        const { items } = await stores.sessions.list({ open: false }, { limit: 10 });
        expect(items).toHaveLength(3);
        expect(items[0]).toMatchObject({ phase: 'closed', closeReason: 'silent', closedAt: at(20_000) });
        expect((await load('1', 'D0')).session?.state).toEqual({ phase: 'closed', reason: 'silent' });
      });

      it('keeps why a device was refused that did not come back', async () => {
        await stores.devices.create(newDevice(stores));
        const authFailure = { side: 'device', kind: 'md5', why: 'the digest is wrong' } as const;
        const { session } = await commit({
          session: {
            state: {
              phase: 'challenging',
              version: '1.2',
              serverMsgId: 1,
              serverAuth: { standing: 'unproven', refusals: 0 },
              refusals: 1,
              nonce: '',
              asked: 'md5',
              authFailure,
            },
          },
        });
        expect(await stores.sessions.get(session.id)).toMatchObject({ phase: 'challenging', authFailure });
        expect(await stores.sessions.closeSilent(at(50_000), at(60_000), 10)).toBe(1);
        expect(await stores.sessions.get(session.id)).toMatchObject({ closeReason: 'silent', authFailure });
      });

      it('makes a message that was being answered look again', async () => {
        await stores.devices.create(newDevice(stores));
        const opened = await commit();
        const context = await load();
        expect(await stores.sessions.closeSilent(at(50_000), at(60_000), 10)).toBe(1);
        const late = newChange(stores, context, { session: { ...opened.session, isNew: false, state: MANAGING } });
        expect(await stores.sessions.commit(late)).toBe(false);
        expect((await stores.sessions.get(opened.session.id))?.closeReason).toBe('silent');
      });

      it('never closes what goes on at the same moment', async () => {
        await stores.devices.create(newDevice(stores));
        let session = await commit();
        for (let round = 0; round < 15; round++) {
          const context = await load();
          const next = newChange(stores, context, {
            at: at(100_000),
            session: { ...session.session, isNew: false, state: MANAGING },
          });
          const [went, closed] = await Promise.all([
            stores.sessions.commit(next),
            stores.sessions.closeSilent(at(50_000), at(60_000), 10),
          ]);
          const record = await stores.sessions.get(session.session.id);
          expect(record?.phase).toBe(closed === 1 ? 'closed' : 'managing');
          expect(went).toBe(closed === 0);
          session = await commit({ at: at(1_000), session: { supersedesOthers: true } });
        }
      });
    });

    describe('refusals', () => {
      const counts = [{ from: '2001:db8:1:2::/64', count: 2, lastAt: 1_767_225_600_000 }];

      it('are counted with the message that was refused, and gone with the one that forgives them', async () => {
        await stores.devices.create(newDevice(stores));
        expect((await load()).device.refusals).toEqual([]);
        await commit({ device: { refusals: counts } });
        expect((await load()).device.refusals).toEqual(counts);
        await commit();
        expect((await load()).device.refusals).toEqual(counts);
        await commit({ device: { refusals: [] } });
        expect((await load()).device.refusals).toEqual([]);
      });

      it('of no session are counted only if no other message came first', async () => {
        await stores.devices.create(newDevice(stores));
        const { device } = await load();
        await commit();
        expect(await stores.sessions.countRefusals(device.id, device.lock, counts)).toBe(false);
        const { lock } = (await load()).device;
        expect(await stores.sessions.countRefusals(device.id, lock, counts)).toBe(true);
        expect((await load()).device).toMatchObject({ refusals: counts, lock: lock + 1 });
      });
    });

    it('gives back what a refusal answered', async () => {
      await stores.devices.create(newDevice(stores));
      const lastReply = { contentType: 'application/vnd.syncml.dm+xml', body: octets(1, 2), answered: 'aGFzaA==' };
      await commit({ session: { lastReply } });
      const stored = (await load()).session?.lastReply;
      expect({ ...stored, body: [...(stored?.body ?? [])] }).toEqual({ ...lastReply, body: [1, 2] });
    });

    describe('what admins see', () => {
      it('shows whose credentials ended a session, and why', async () => {
        await stores.devices.create(newDevice(stores));
        const authFailure = { side: 'server', kind: 'md5', why: 'the device refused them 3 times' } as const;
        const { session } = await commit({
          session: {
            state: { phase: 'closed', reason: 'server-not-authenticated', authFailure },
            closed: { reason: 'server-not-authenticated' },
          },
        });
        expect(await stores.sessions.get(session.id)).toMatchObject({ authFailure });
        expect((await stores.sessions.list({}, { limit: 1 })).items[0]).toMatchObject({ authFailure });
      });

      it('lists sessions newest first, by device and whether they are open, in pages', async () => {
        await stores.devices.create(newDevice(stores));
        await stores.devices.create(newDevice(stores, { deviceId: 'other' }));
        const first = await commit({ session: { dmSessionId: 'A' } });
        const second = await commit({
          session: {
            dmSessionId: 'B',
            state: { phase: 'closed', reason: 'completed' },
            closed: { reason: 'completed' },
          },
        });
        const third = await commit({}, 'other');
        const ids = async (filter: Parameters<Stores['sessions']['list']>[0]) =>
          (await stores.sessions.list(filter, { limit: 10 })).items.map(({ id }) => id);
        expect(await ids({})).toEqual([third, second, first].map(({ session }) => session.id));
        expect(await ids({ deviceId: DEVICE })).toEqual([second, first].map(({ session }) => session.id));
        expect(await ids({ deviceId: DEVICE, open: true })).toEqual([first.session.id]);
        expect(await ids({ open: false })).toEqual([second.session.id]);
        expect(await ids({ deviceId: 'nobody' })).toEqual([]);
        const page = await stores.sessions.list({}, { limit: 2 });
        const rest = await stores.sessions.list({}, { limit: 2, cursor: page.nextCursor ?? '' });
        expect(rest.items).toEqual([
          {
            id: first.session.id,
            deviceId: DEVICE,
            dmSessionId: 'A',
            phase: 'challenging',
            openedAt: at(1_000),
            lastMessageAt: at(1_000),
          },
        ]);
        await expect(stores.sessions.list({}, { limit: 2, cursor: 'x' })).rejects.toMatchObject({
          code: 'cursor-invalid',
        });
      });

      it('shows what was said, oldest first, in pages of any size', async () => {
        await stores.devices.create(newDevice(stores));
        const said: LoggedMessage[] = [];
        const say = (n: number): LoggedMessage[] => {
          const pair = [
            message({ msgId: `d${n}`, masked: octets(n, 1) }),
            message({
              msgId: `s${n}`,
              direction: 'server',
              encoding: 'xml',
              version: '1.1',
              masked: octets(n, 2, 3),
              at: at(n),
            }),
          ];
          said.push(...pair);
          return pair;
        };
        const opened = await commit({ log: say(0) });
        for (let n = 1; n < 4; n++) await goOn(opened, { log: say(n) });
        for (const limit of [1, 2, 3, 5, 8, 100]) {
          const seen: LoggedMessage[] = [];
          let cursor: string | undefined;
          do {
            const page = await stores.sessions.messages(opened.session.id, {
              limit,
              ...(cursor === undefined ? {} : { cursor }),
            });
            if (page === undefined) throw new Error('no such session');
            expect(page.items.length).toBeLessThanOrEqual(limit);
            seen.push(...page.items);
            cursor = page.nextCursor;
          } while (cursor !== undefined);
          expect(seen.map((one) => ({ ...one, masked: hex(one.masked) }))).toEqual(
            said.map((one) => ({ ...one, masked: hex(one.masked) })),
          );
        }
        await expect(stores.sessions.messages(opened.session.id, { limit: 1, cursor: 'x' })).rejects.toMatchObject({
          code: 'cursor-invalid',
        });
      });

      it('has an empty page for a session in which nothing was said, and none for one that never was', async () => {
        await stores.devices.create(newDevice(stores));
        const { session } = await commit();
        expect(await stores.sessions.messages(session.id, { limit: 5 })).toEqual({ items: [] });
        expect(await stores.sessions.messages(stores.entropy.id(), { limit: 5 })).toBeUndefined();
        expect(await stores.sessions.get(stores.entropy.id())).toBeUndefined();
      });
    });
  });
}
