import { afterEach } from 'vitest';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { buildCred } from '../../src/syncml/credentials.ts';
import type { Encoding } from '../../src/syncml/media-type.ts';
import type { Message, ResultsCommand } from '../../src/syncml/message.ts';
import { type Say, type ScriptedServer, startScriptedServer } from './scripted-dm-server.ts';

/** A device and a scripted server that know one another; every server is closed after the test that started it. */
export const SERVER_NONCE = Buffer.from('server nonce');
export const CRED = buildCred('syncml:auth-md5', 'omadm', 'server-pw', SERVER_NONCE);

const open: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

export async function start(script: (heard: Message, number: number) => Say, encoding: Encoding = 'wbxml') {
  const server = await startScriptedServer(script, encoding);
  open.push(server);
  return server;
}
export function deviceFor(server: { url: string }, options: Partial<VirtualDeviceOptions> = {}): VirtualDevice {
  return new VirtualDevice({
    deviceId: 'IMEI:1',
    serverUrl: server.url,
    client: { username: 'user', password: 'client-pw', nonce: Buffer.from('client nonce') },
    server: { id: 'omadm', password: 'server-pw', nonce: SERVER_NONCE },
    retries: { limit: 3, delayMs: 1 },
    ...options,
  });
}
/** Says these commands in message 1, nothing but statuses afterwards. */
export const once =
  (...commands: NonNullable<Say['commands']>) =>
  (_: Message, number: number): Say =>
    number === 1 ? { cred: CRED, commands } : {};

export const results = (message: Message | undefined): ResultsCommand[] =>
  message?.commands.filter((command) => command.name === 'Results') ?? [];
