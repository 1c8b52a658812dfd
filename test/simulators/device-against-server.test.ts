import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';
import { DmMessages } from '../../src/services/dm-messages.ts';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import type { Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { HMAC_HEADER } from '../../src/syncml/hmac-header.ts';
import { parseContentType } from '../../src/syncml/media-type.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';

/** The device and the server share the codecs only; here they meet, in every way the two can be set up. */
const DEVICE = 'IMEI:1';
const SERVER_MAX_MSG_SIZE = 4_096;

function serverWith(auth: 'basic' | 'md5' | 'hmac', nonces: { client?: Uint8Array; server?: Uint8Array }) {
  const sessions = new MemorySessionStore();
  sessions.addDevice(DEVICE, {
    auth,
    client: { username: 'user', password: 'client-pw', ...(nonces.client !== undefined && { nonce: nonces.client }) },
    server: { password: 'server-pw', ...(nonces.server !== undefined && { nonce: nonces.server }) },
  });
  let count = 0;
  const silent = (): void => {};
  const server = new DmMessages(
    {
      sessions,
      clock: { now: () => new Date() },
      entropy: { bytes: (length) => Buffer.alloc(length, ++count), id: () => `id-${++count}` },
      metrics: { messageHandled: silent, sessionOpened: silent, sessionClosed: silent, deliveryEnded: silent },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
    { serverId: 'omadm', maxMsgSize: SERVER_MAX_MSG_SIZE, maxObjSize: 1_048_576 },
  );
  return { sessions, server };
}

/** Posts straight into the server; `loses` says which requests or replies get lost on the way. */
function transportTo(server: DmMessages, loses: () => 'request' | 'reply' | 'nothing'): Transport {
  return async ({ contentType, body, headers }) => {
    const type = parseContentType(contentType);
    if (type === undefined) throw new Error(`no SyncML type: ${contentType}`);
    const lost = loses();
    if (lost === 'request') throw new Error('the request was lost');
    const hmac = headers?.[HMAC_HEADER];
    const answer = await server.handle({ ...type, body, ...(hmac !== undefined && { hmac }) });
    if (lost === 'reply') throw new Error('the reply was lost');
    if (answer.kind !== 'reply') throw new Error(answer.reason);
    return { status: 200, ...answer.reply };
  };
}

const put = (name: 'Add' | 'Replace', uri: string, data: string): PackageCommand => ({
  name,
  line: 1,
  items: [{ target: { uri }, meta: { format: 'chr', type: 'text/plain' }, data }],
});
const get = (...uris: string[]): PackageCommand => ({
  name: 'Get',
  line: 1,
  items: uris.map((uri) => ({ target: { uri } })),
});

/** Two braces would begin a variable. */
const value = fc.string({ maxLength: 300, unit: 'grapheme-ascii' }).map((text) => text.replaceAll('{', '('));

const settings = fc.record({
  auth: fc.constantFrom('basic' as const, 'md5' as const, 'hmac' as const),
  encoding: fc.constantFrom('wbxml' as const, 'xml' as const),
  dmVersion: fc.constantFrom('1.1' as const, '1.2' as const),
  mediaType: fc.constantFrom('application/vnd.syncml.dm' as const, 'application/vnd.syncml' as const),
  credentialsFirst: fc.boolean(),
  maxMsgSize: fc.constantFrom(2_048, 16_384),
});

describe('our device and our server', () => {
  it('deliver every package, each command carried out once, whatever gets lost on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.record({ clientKnown: fc.boolean(), serverKnown: fc.boolean() }),
        fc.array(fc.constantFrom('request' as const, 'reply' as const, 'nothing' as const, 'nothing' as const), {
          maxLength: 12,
        }),
        fc.array(value, { minLength: 1, maxLength: 12 }),
        async (options, { clientKnown, serverKnown }, losses, values) => {
          const nonce = Buffer.from('agreed');
          const { sessions, server } = serverWith(options.auth, {
            ...(clientKnown && { client: nonce }),
            ...(serverKnown && { server: nonce }),
          });
          const losing = [...losses];
          const settled: VirtualDeviceOptions = {
            deviceId: DEVICE,
            serverUrl: 'http://server/dm',
            client: { username: 'user', password: 'client-pw', nonce },
            server: { id: 'omadm', password: 'server-pw', nonce },
            transport: transportTo(server, () => losing.shift() ?? 'nothing'),
            retries: { limit: 20, delayMs: 0 },
            ...options,
          };
          const device = new VirtualDevice(settled);
          sessions.queue(DEVICE, 'values', [
            ...values.map((value, index) => put('Add', `./Vendor/N${index}`, value)),
            {
              name: 'Atomic',
              line: 1,
              commands: [put('Add', './Vendor/Atomic', 'a'), put('Replace', './Vendor/N0', 'b')],
            },
            { name: 'Sequence', line: 1, commands: [put('Replace', './Vendor/N0', 'c'), get('./Vendor/N0')] },
            get('./Vendor', ...values.map((_, index) => `./Vendor/N${index}`)),
          ]);
          sessions.queue(DEVICE, 'query', [get('./DevInfo/DevId')]);

          for (const sessionId of ['A1', 'A2']) {
            expect(await device.runSession({ sessionId })).toMatchObject({
              end: 'completed',
              clientAuthenticated: true,
              complaints: [],
            });
            if (sessionId === 'A1') {
              expect(sessions.delivery('values').failure).toBeUndefined();
              expect(sessions.delivery('values').state).toBe('succeeded');
              expect(sessions.delivery('query').state).toBe('succeeded');
              sessions.queue(DEVICE, 'again', [put('Replace', './Vendor/N0', 'd')]);
            }
          }
          expect(sessions.delivery('again').state).toBe('succeeded');
          values.forEach((value, index) => {
            expect(device.tree.valueOf(`./Vendor/N${index}`)).toBe(index === 0 ? 'd' : value);
          });
          const adds = device.executions.filter(({ name }) => name === 'Add').map(({ locUri }) => locUri);
          expect(adds).toEqual([...values.map((_, index) => `./Vendor/N${index}`), './Vendor/Atomic']);
          expect(device.executions.filter(({ name }) => name === 'Replace')).toHaveLength(3);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('do not get together when either password is wrong, and nothing is carried out', async () => {
    for (const auth of ['basic', 'md5', 'hmac'] as const) {
      const { sessions, server } = serverWith(auth, {});
      sessions.queue(DEVICE, 'values', [put('Add', './Vendor/A', 'x')]);
      const deviceWith = (client: string, own: string): VirtualDevice =>
        new VirtualDevice({
          deviceId: DEVICE,
          serverUrl: 'http://server/dm',
          auth,
          client: { username: 'user', password: client },
          server: { id: 'omadm', password: own },
          transport: transportTo(server, () => 'nothing'),
          retries: { limit: 0 },
        });
      const wrongClient = deviceWith('guess', 'server-pw');
      expect(await wrongClient.runSession({ sessionId: '1' })).toMatchObject({ end: 'client-not-authenticated' });
      const wrongServer = deviceWith('client-pw', 'guess');
      expect(await wrongServer.runSession({ sessionId: '2' })).toMatchObject({
        executed: 0,
        serverAuthenticated: false,
      });
      expect([...wrongClient.executions, ...wrongServer.executions]).toEqual([]);
      expect(sessions.delivery('values').state).not.toBe('succeeded');
      const right = deviceWith('client-pw', 'server-pw');
      expect(await right.runSession({ sessionId: '3' })).toMatchObject({ end: 'completed', executed: 1 });
      expect(sessions.delivery('values').state).toBe('succeeded');
    }
  });
});
