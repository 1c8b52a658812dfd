import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DmMessages } from '../../src/services/dm-messages.ts';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import type { Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { HMAC_HEADER } from '../../src/syncml/hmac-header.ts';
import { parseContentType } from '../../src/syncml/media-type.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';

const DEVICE = 'IMEI:1';
const CLIENT = { username: 'user', password: 'client-pw' };
const SERVER = { id: 'omadm', password: 'server-pw' };

/** What happens to one exchange. */
type Fate = 'nothing' | 'the request is lost' | 'the reply is lost';

/** One session of a bad time: the device gives up after so many tries, and may lose what it had not written down. */
interface BadSession {
  readonly fates: readonly Fate[];
  readonly retries: number;
  readonly forgetsNonces: boolean;
}

type Kind = 'basic' | 'md5' | 'hmac';

/** Without what cannot go together: MACs are on both sides or on none. */
const kinds = fc
  .tuple(fc.constantFrom<Kind[]>('basic', 'md5', 'hmac'), fc.constantFrom<Kind[]>('basic', 'md5'))
  .map(([auth, other]): { auth: Kind; serverAuth: Kind } => ({ auth, serverAuth: auth === 'hmac' ? 'hmac' : other }));

const badSession: fc.Arbitrary<BadSession> = fc.record({
  fates: fc.array(fc.constantFrom<Fate[]>('nothing', 'nothing', 'the request is lost', 'the reply is lost'), {
    maxLength: 8,
  }),
  retries: fc.nat({ max: 2 }),
  forgetsNonces: fc.boolean(),
});

function serverFor(
  { auth, serverAuth }: { readonly auth: Kind; readonly serverAuth: Kind },
  scope: 'session' | 'message',
  nonce: Uint8Array | undefined,
) {
  const sessions = new MemorySessionStore();
  const known = nonce === undefined ? {} : { nonce };
  sessions.addDevice(DEVICE, {
    auth,
    client: { ...CLIENT, ...known, scope },
    server: { auth: serverAuth, password: SERVER.password, ...known },
  });
  let count = 0;
  const silent = (): void => {};
  const messages = new DmMessages(
    {
      sessions,
      clock: { now: () => new Date() },
      entropy: {
        bytes: (length) => Buffer.from(String(++count).padStart(length, 'n')),
        id: () => `id-${String(++count).padStart(6, '0')}`,
      },
      metrics: { messageHandled: silent, sessionOpened: silent, sessionClosed: silent, deliveryEnded: silent },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
    { serverId: SERVER.id, maxMsgSize: 65_536, maxObjSize: 1_048_576 },
  );
  return { sessions, messages };
}

function transportTo(messages: DmMessages, fateOf: () => Fate): Transport {
  return async ({ contentType, body, headers }) => {
    const type = parseContentType(contentType);
    if (type === undefined) throw new Error(`no SyncML type: ${contentType}`);
    const fate = fateOf();
    if (fate === 'the request is lost') throw new Error(fate);
    const hmac = headers?.[HMAC_HEADER];
    // From its own address, so that what it gets wrong is counted.
    const answer = await messages.handle({ ...type, body, address: '192.0.2.1', ...(hmac !== undefined && { hmac }) });
    if (fate === 'the reply is lost') throw new Error(fate);
    if (answer.kind !== 'reply') throw new Error(answer.reason);
    return { status: 200, ...answer.reply };
  };
}

describe('a device that has had a bad time', () => {
  it('gets in again at the first try, or at the second after it has forgotten its nonces', async () => {
    await fc.assert(
      fc.asyncProperty(
        kinds,
        fc.constantFrom('session' as const, 'message' as const),
        fc.record({
          nonceAgreed: fc.boolean(),
          credentialsFirst: fc.boolean(),
          sameSessionId: fc.boolean(),
          dmVersion: fc.constantFrom('1.1' as const, '1.2' as const),
        }),
        fc.array(badSession, { minLength: 1, maxLength: 5 }),
        async (kind, scope, { nonceAgreed, credentialsFirst, sameSessionId, dmVersion }, badTime) => {
          const agreed = nonceAgreed ? Buffer.from('agreed nonce 123') : undefined;
          const { sessions, messages } = serverFor(kind, scope, agreed);
          let fates: Fate[] = [];
          let device: VirtualDevice | undefined;
          let count = 0;
          /** The device as it is after a restart: with the nonces it has written down. */
          const restart = (written: { client: Uint8Array; server: Uint8Array } | undefined, limit: number) => {
            const client = written?.client ?? agreed;
            const server = written?.server ?? agreed;
            const options: VirtualDeviceOptions = {
              deviceId: DEVICE,
              serverUrl: 'http://server/dm',
              auth: kind.auth,
              client: { ...CLIENT, ...(client !== undefined && { nonce: client }) },
              server: { ...SERVER, auth: kind.serverAuth, ...(server !== undefined && { nonce: server }) },
              credentialsFirst,
              dmVersion,
              transport: transportTo(messages, () => fates.shift() ?? 'nothing'),
              retries: { limit, delayMs: 0 },
            };
            return new VirtualDevice(options);
          };
          const nextSession = (on: VirtualDevice) =>
            on.runSession({ sessionId: sameSessionId ? '1' : (++count).toString(16).toUpperCase() });
          const queue = (id: string): void =>
            sessions.queue(DEVICE, id, [
              {
                name: 'Replace',
                line: 1,
                items: [{ target: { uri: './Vendor/A' }, meta: { format: 'chr' }, data: id }],
              },
            ]);

          let written: { client: Uint8Array; server: Uint8Array } | undefined;
          for (const [index, bad] of badTime.entries()) {
            queue(`bad-${index}`);
            fates = [...bad.fates];
            device = restart(written, bad.retries);
            await nextSession(device);
            if (!bad.forgetsNonces) written = { client: device.clientNonce, server: device.serverNonce };
          }

          fates = [];
          queue('good');
          const tries: string[] = [];
          do {
            device = restart(written, 0);
            const { end, reason } = await nextSession(device);
            tries.push(reason === undefined ? end : `${end}: ${reason}`);
            written = { client: device.clientNonce, server: device.serverNonce };
          } while (sessions.delivery('good').state !== 'succeeded' && tries.length < 3);
          expect(tries.at(-1)).toBe('completed');
          expect(sessions.delivery('good').state).toBe('succeeded');
          const forgot = badTime.some(({ forgetsNonces }) => forgetsNonces);
          expect(tries.length).toBeLessThanOrEqual(forgot ? 2 : 1);
        },
      ),
      { numRuns: 250 },
    );
  });
});
