import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystemEntropy } from '../../src/adapters/secrets/system-entropy.ts';
import { type Device, MAX_PENDING_ACCOUNTS } from '../../src/domain/device.ts';
import { Bootstrap, type BootstrapOrder } from '../../src/services/bootstrap.ts';
import { DmMessages } from '../../src/services/dm-messages.ts';
import type { BootstrapStore, NewBootstrap } from '../../src/services/ports/bootstrap-store.ts';
import type { DeviceStore } from '../../src/services/ports/device-store.ts';
import type { Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { HMAC_HEADER } from '../../src/syncml/hmac-header.ts';
import { parseContentType } from '../../src/syncml/media-type.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';
import { InMemoryPushOutbox } from './push-outbox-in-memory.ts';

/** A device and its server, with the SMS centre between them in the hands of the test. */
const DEVICE = 'IMEI:1';
const IMSI = '262011234567890';
const silent = (): void => {};

interface Stage {
  readonly sessions: MemorySessionStore;
  readonly device: VirtualDevice;
  /** @returns the push, for the test to hand over or lose */
  readonly order: (order: Omit<BootstrapOrder, 'deviceId'>) => Promise<Uint8Array>;
  readonly handOver: (payload: Uint8Array) => Promise<void>;
  /** What gets lost of the messages to come. */
  readonly losses: ('request' | 'reply' | 'nothing')[];
}

type Start = 'fresh' | 'basic' | 'md5' | 'hmac';

function stage(start: Start, dmVersion: '1.1' | '1.2'): Stage {
  const sessions = new MemorySessionStore();
  const entropy = new SystemEntropy();
  const clock = { now: () => new Date() };
  const auth = start === 'fresh' ? 'md5' : start;
  const nonce = Buffer.from('agreed');
  const old = { client: { username: 'old', password: 'old-client', nonce }, server: { password: 'old-server', nonce } };
  const row = sessions.addDevice(DEVICE, { auth, ...old });
  const server = new DmMessages(
    {
      sessions,
      clock,
      entropy,
      metrics: { messageHandled: silent, sessionOpened: silent, sessionClosed: silent, deliveryEnded: silent },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
    { serverId: 'omadm', maxMsgSize: 65_536, maxObjSize: 65_536 },
  );
  const losses: Stage['losses'] = [];
  const transport: Transport = async ({ contentType, body, headers }) => {
    const type = parseContentType(contentType);
    if (type === undefined) throw new Error(`no SyncML type: ${contentType}`);
    const lost = losses.shift() ?? 'nothing';
    if (lost === 'request') throw new Error('the request was lost');
    const hmac = headers?.[HMAC_HEADER];
    const answer = await server.handle({ ...type, body, ...(hmac !== undefined && { hmac }) });
    if (lost === 'reply') throw new Error('the reply was lost');
    if (answer.kind !== 'reply') throw new Error(answer.reason);
    return { status: 200, ...answer.reply };
  };
  const device = new VirtualDevice({
    deviceId: DEVICE,
    dmVersion,
    auth,
    transport,
    retries: { limit: 20, delayMs: 0 },
    bootstrap: { imsi: IMSI },
    ...(start !== 'fresh' && {
      serverUrl: 'http://dm.test/dm',
      client: old.client,
      server: { id: 'omadm', ...old.server },
    }),
  });
  const pushes: NewBootstrap[] = [];
  const bootstraps: BootstrapStore = {
    start: async (bootstrap) => {
      const pending = [...(row.account.pending ?? []), bootstrap.account].slice(-MAX_PENDING_ACCOUNTS);
      row.account = { ...row.account, pending };
      row.bootstrap = 'pending';
      row.lock += 1;
      pushes.push(bootstrap);
    },
  };
  const record = { id: 'row', deviceId: DEVICE, msisdn: '1234', imsi: IMSI, hasAccount: start !== 'fresh', auth };
  const devices = { get: async () => record as Device } as unknown as DeviceStore;
  const bootstrap = new Bootstrap(
    { devices, bootstraps, outbox: new InMemoryPushOutbox(), clock, entropy },
    { serverId: 'omadm', address: () => 'http://dm.test/dm', ttlMs: 1_000 },
  );
  return {
    sessions,
    device,
    losses,
    order: async (order) => {
      await bootstrap.start({ deviceId: DEVICE, ...order });
      return pushes.at(-1)?.push.content.payload ?? new Uint8Array();
    },
    handOver: async (payload) => {
      const ports = { destinationPort: 2948, sourcePort: 49_154 };
      for (const { udh, body } of segmentSms(payload, { ...ports, reference: pushes.length & 0xff })) {
        device.onPush(udh, body);
      }
      await device.whenIdle();
    },
  };
}

const loss = fc.array(fc.constantFrom('request' as const, 'reply' as const, 'nothing' as const), { maxLength: 4 });
const bootstrapOrder = fc.record({
  profile: fc.constantFrom('cp' as const, 'plain' as const),
  auth: fc.constantFrom('basic' as const, 'md5' as const, 'hmac' as const),
});
const action = fc.oneof(
  fc.record({
    kind: fc.constant('bootstrap' as const),
    fate: fc.constantFrom('arrives' as const, 'late' as const, 'lost' as const, 'lost' as const),
    /** A CP document can leave it to the device when to call: the new account is there and unused then. */
    init: fc.boolean(),
    order: bootstrapOrder,
    losses: loss,
  }),
  fc.record({ kind: fc.constant('session' as const), losses: loss }),
  fc.constant({ kind: 'lateArrival' as const }),
);

describe('credentials that a bootstrap rotates', () => {
  it('never lock a device out, whatever becomes of the pushes and the messages', async () => {
    let adopted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Start>('basic', 'md5', 'hmac'),
        fc.constantFrom('1.1' as const, '1.2' as const),
        fc.array(action, { minLength: 1, maxLength: 16 }),
        async (start, version, actions) => {
          const { sessions, device, order, handOver, losses } = stage(start, version);
          const row = sessions.devices.get(DEVICE);
          let late: Uint8Array[] = [];
          for (const act of actions) {
            losses.splice(0);
            if (act.kind === 'bootstrap') {
              // One more would take the place of the oldest, which the device may have.
              if ((row?.account.pending?.length ?? 0) === MAX_PENDING_ACCOUNTS) continue;
              const init = act.order.profile === 'cp' ? { init: act.init } : {};
              const payload = await order({ ...act.order, version, ...init });
              losses.push(...act.losses);
              if (act.fate === 'late') late.push(payload);
              if (act.fate === 'arrives') {
                // Messages to one phone come in the order they were sent, or not at all.
                late = [];
                await handOver(payload);
              }
            } else if (act.kind === 'lateArrival') {
              const payload = late.shift();
              if (payload !== undefined) await handOver(payload);
            } else {
              losses.push(...act.losses);
              expect((await device.runSession()).end).toBe('completed');
            }
          }
          losses.splice(0);
          expect((await device.runSession()).end).toBe('completed');
          if (row?.bootstrap === 'done') adopted += 1;
          if (row?.bootstrap === 'done') expect(row.account.pending).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
    expect(adopted).toBeGreaterThan(10);
  });

  it('are the first ones of a device that had none', async () => {
    for (const version of ['1.1', '1.2'] as const) {
      for (const profile of ['cp', 'plain'] as const) {
        const { sessions, device, order, handOver } = stage('fresh', version);
        expect(() => device.runSession()).toThrow(/has not been bootstrapped/);
        await handOver(await order({ profile, version }));
        expect(sessions.devices.get(DEVICE)).toMatchObject({ bootstrap: 'done', account: { auth: 'md5' } });
        expect((await device.runSession()).end).toBe('completed');
      }
    }
  });

  it('are not those of a push somebody else has signed', async () => {
    const { device, order, handOver } = stage('md5', '1.1');
    const payload = await order({ security: 'USERPIN', pin: '1234' });
    await handOver(payload);
    expect(device.tree.get('./SyncML/DMAcc/omadm')).toBe(404);
    expect((await device.runSession()).end).toBe('completed');
  });
});
