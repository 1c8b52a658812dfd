import { beforeEach, describe, expect, it } from 'vitest';
import type { LoggedMessage } from '../../src/services/ports/session-store.ts';
import { DEVICE, MANAGING, message, octets, sessionSteps } from './session-steps.ts';
import { at, newChange, newDevice, type Stores } from './stores-harness.ts';

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');

/**
 * What every SessionStore has to do beside keeping sessions: ending silent ones, counting refusals, showing what was said.
 * @param makeStores called before each test
 */
export function sessionRecordContract(name: string, makeStores: () => Promise<Stores>): void {
  describe(`${name} as a SessionStore`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await makeStores();
    });

    const { load, commit, goOn } = sessionSteps(() => stores);

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
