import { randomBytes } from 'node:crypto';
import { ApiClient } from '../../scripts/api-client.ts';
import { readConfig } from '../../src/config.ts';
import { startServer } from '../../src/main.ts';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { createTestDatabase } from '../setup/postgres.ts';
import { ADMIN_TOKEN } from './server-process.ts';

/** A whole server with a database of its own, in this process. */
export interface ServerUnderTest {
  readonly url: string;
  readonly api: ApiClient;
  /** Of its database, for those who look behind. */
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

/** What it seals with. */
export const SECRET_KEY = new Uint8Array(32).fill(9);

/** @param prepare is given the database before the server starts, and gives further settings */
export async function startServerUnderTest(
  settings: Readonly<Record<string, string>> = {},
  prepare: (databaseUrl: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
): Promise<ServerUnderTest> {
  const database = await createTestDatabase();
  const more = await prepare(database.url);
  const server = await startServer(
    readConfig({
      PORT: '0',
      DATABASE_URL: database.url,
      SECRET_KEY: Buffer.from(SECRET_KEY).toString('base64'),
      ADMIN_TOKEN,
      LOG_LEVEL: 'silent',
      ...settings,
      ...more,
    }),
  );
  await server.ready;
  return {
    url: server.url,
    api: new ApiClient(server.url, ADMIN_TOKEN),
    databaseUrl: database.url,
    stop: async () => {
      await server.stop();
      await database.drop();
    },
  };
}

/** A way for a device to speak, and to prove itself. */
export type Way = Required<Pick<VirtualDeviceOptions, 'encoding' | 'auth' | 'dmVersion'>>;

export const EVERY_WAY: readonly Way[] = (['1.1', '1.2'] as const).flatMap((dmVersion) =>
  (['wbxml', 'xml'] as const).flatMap((encoding) =>
    (['basic', 'md5', 'hmac'] as const).map((auth) => ({ dmVersion, encoding, auth })),
  ),
);

export interface Nonces {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** A device that the server knows under the account it has itself. */
export interface RegisteredDevice {
  readonly deviceId: string;
  /** One life of it: the nonces it was registered with unless told where an earlier one has come to. */
  start(options?: Partial<VirtualDeviceOptions> & { readonly nonces?: Nonces }): VirtualDevice;
}

/** Registers a device over the API. `msisdn` is for those that are to be triggered. */
export async function registerDevice(
  { url, api }: ServerUnderTest,
  { deviceId, auth, msisdn }: { readonly deviceId: string; readonly auth: Way['auth']; readonly msisdn?: string },
): Promise<RegisteredDevice> {
  const account = {
    client: { username: `user of ${deviceId.replaceAll(':', '-')}`, password: 'client-secret', nonce: randomBytes(16) },
    server: { password: 'server-secret', nonce: randomBytes(16) },
  };
  await api.post('/api/v1/devices', {
    deviceId,
    ...(msisdn !== undefined && { msisdn }),
    dm: {
      auth,
      client: { ...account.client, nonce: account.client.nonce.toString('base64') },
      server: { ...account.server, nonce: account.server.nonce.toString('base64') },
    },
  });
  return {
    deviceId,
    start: ({ nonces, ...options } = {}) =>
      new VirtualDevice({
        deviceId,
        serverUrl: `${url}/dm`,
        auth,
        client: { ...account.client, ...(nonces !== undefined && { nonce: nonces.client }) },
        server: { id: 'omadm', ...account.server, ...(nonces !== undefined && { nonce: nonces.server }) },
        ...options,
      }),
  };
}
