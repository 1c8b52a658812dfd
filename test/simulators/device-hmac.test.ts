import { afterEach, describe, expect, it } from 'vitest';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { buildCred, hmacCredData } from '../../src/syncml/credentials.ts';
import type { Chal, Message, StatusCommand } from '../../src/syncml/message.ts';
import { add, type Say, type ScriptedServer, startScriptedServer, statusesOf } from './scripted-dm-server.ts';

const open: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(script: (heard: Message, number: number) => Say) {
  const server = await startScriptedServer(script);
  open.push(server);
  return server;
}

const CLIENT_NONCE = Buffer.from('c0');
const SERVER_NONCE = Buffer.from('s0');

function deviceFor(server: ScriptedServer, options: Partial<VirtualDeviceOptions> = {}): VirtualDevice {
  let octet = 0;
  return new VirtualDevice({
    deviceId: 'IMEI:1',
    serverUrl: server.url,
    auth: 'hmac',
    client: { username: 'user', password: 'client-pw', nonce: CLIENT_NONCE },
    server: { id: 'omadm', password: 'server-pw', nonce: SERVER_NONCE },
    retries: { limit: 1, delayMs: 1 },
    randomOctets: (count) => new Uint8Array(count).fill(++octet),
    ...options,
  });
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64');
const macChal = (nonce: string): Chal => ({
  type: 'syncml:auth-MAC',
  format: 'b64',
  nextNonce: base64(Buffer.from(nonce)),
});
const serverMac = (nonce: Uint8Array, other = {}) => ({ username: 'omadm', password: 'server-pw', nonce, ...other });
const headerStatusOf = (message: Message | undefined) =>
  message?.commands.find((command): command is StatusCommand => command.name === 'Status' && command.cmdRef === '0');

/** The nonce for the server's next MAC: the one in the device's last Status, or the one agreed on before. */
const nextServerNonce = (heard: Message): Uint8Array => {
  const given = headerStatusOf(heard)?.chal?.nextNonce;
  return given === undefined ? SERVER_NONCE : Buffer.from(given, 'base64');
};

/** The MAC headers of the requests, and what they are to be with these nonces. */
const macsOf = (server: ScriptedServer) => server.headers.map((headers) => headers['x-syncml-hmac']);
const clientMacs = (server: ScriptedServer, nonces: (string | undefined)[]) =>
  nonces.map((nonce, index) =>
    nonce === undefined
      ? undefined
      : `algorithm=MD5, username="user", mac=${hmacCredData(
          'user',
          'client-pw',
          Buffer.from(nonce),
          server.bodies[index] as Buffer,
        )}`,
  );

/** A server as it should be: proves every message with the newest nonce, gives the device one for each of its own. */
const faithful =
  (commandsOf: (number: number) => Say['commands'] = () => []) =>
  (heard: Message, number: number): Say => {
    const commands = commandsOf(number);
    return {
      headerStatus: { code: 200, chal: macChal(`c${number}`) },
      mac: serverMac(nextServerNonce(heard)),
      ...(commands !== undefined && { commands }),
    };
  };

describe('a device with HMAC', () => {
  it('proves every message by a MAC in the transport header, over the newest nonce, and sends no Cred', async () => {
    const server = await start(faithful((number) => (number < 3 ? [add(`./Vendor/N${number}`, 'x')] : [])));
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({
      end: 'completed',
      clientAuthenticated: true,
      serverAuthenticated: true,
      messages: 3,
      executed: 2,
      complaints: [],
    });
    expect(macsOf(server)).toEqual(clientMacs(server, ['c0', 'c1', 'c2']));
    expect(server.heard.map(({ header }) => header.cred)).toEqual([undefined, undefined, undefined]);
    expect(server.heard.map(({ header }) => header.source)).toEqual(Array(3).fill({ uri: 'IMEI:1', name: 'user' }));
    expect(device.clientNonce).toEqual(Buffer.from('c3'));
  });

  it('answers 200 with the nonce for the next MAC to every message that is proven', async () => {
    const server = await start(faithful((number) => (number < 3 ? [add(`./Vendor/N${number}`, 'x')] : [])));
    const device = deviceFor(server);
    await device.runSession();
    const [, second, third] = server.heard;
    expect([second, third].map((message) => statusesOf(message as Message)[0])).toEqual(['SyncHdr 200', 'SyncHdr 200']);
    const chals = [second, third].map((message) => headerStatusOf(message)?.chal);
    for (const chal of chals) expect(chal).toMatchObject({ type: 'syncml:auth-MAC', format: 'b64' });
    expect(chals[0]?.nextNonce).not.toBe(chals[1]?.nextNonce);
    // The last message of the server was made with the newest nonce, so that is the one to go on with.
    expect(base64(device.serverNonce)).toBe(chals[1]?.nextNonce);
  });

  it('goes on with a MAC in every message when the server says 212', async () => {
    const server = await start((heard, number) => ({
      ...faithful(() => (number < 3 ? [add(`./Vendor/N${number}`, 'x')] : []))(heard, number),
      headerStatus: { code: 212, ...(number === 1 && { chal: macChal('c1') }) },
    }));
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'completed', complaints: [] });
    expect(macsOf(server)).toEqual(clientMacs(server, ['c0', 'c1', 'c1']));
  });

  it('waits for the challenge when it is to, reverts to package 1, and sends the same MAC with a repeated message', async () => {
    const server = await start((heard, number) =>
      number === 1
        ? { headerStatus: { code: 407, chal: macChal('c1') }, commandStatus: 407 }
        : { ...faithful(() => (number === 2 ? [add('./Vendor/A', 'x')] : []))(heard, number), loseReplies: 1 },
    );
    const outcome = await deviceFor(server, { credentialsFirst: false }).runSession();
    expect(outcome).toMatchObject({ end: 'completed', messages: 3, posts: 5, complaints: [] });
    expect(server.heard[1]?.commands.map(({ name }) => name)).toEqual(['Status', 'Alert', 'Replace']);
    expect(statusesOf(server.heard[1] as Message)).toEqual(['SyncHdr 407']);
    expect(server.bodies[2]).toEqual(server.bodies[1]);
    expect(server.headers[0]?.['x-syncml-hmac']).toBeUndefined();
    expect(server.headers[1]?.['x-syncml-hmac']).toContain(
      hmacCredData('user', 'client-pw', Buffer.from('c1'), server.bodies[1] as Buffer),
    );
  });

  it('tries again after 401 with the nonce of the challenge, three times in all', async () => {
    const server = await start((_, number) => ({
      headerStatus: { code: 401, chal: macChal(`c${number}`) },
      commandStatus: 401,
    }));
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'client-not-authenticated', messages: 3, status: 401 });
    expect(macsOf(server)).toEqual(clientMacs(server, ['c0', 'c1', 'c2']));
    // Nobody has proven to be the server: its nonces are not kept (OMA-TS-DM_Security, 5.3.4).
    expect(device.clientNonce).toEqual(CLIENT_NONCE);
  });

  it('is led to MACs by a challenge when its account is for MD5, but never away from them', async () => {
    const upwards = await start((heard, number) =>
      number === 1
        ? { headerStatus: { code: 401, chal: macChal('c1') }, commandStatus: 401 }
        : faithful(() => (number === 2 ? [add('./Vendor/A', 'x')] : []))(heard, number),
    );
    expect(await deviceFor(upwards, { auth: 'md5' }).runSession()).toMatchObject({ end: 'completed', executed: 1 });
    expect(upwards.heard.map(({ header }) => header.cred?.type)).toEqual(['syncml:auth-md5', undefined, undefined]);

    for (const type of ['syncml:auth-md5', 'syncml:auth-basic']) {
      const downwards = await start(() => ({ headerStatus: { code: 401, chal: { type, nextNonce: 'YQ==' } } }));
      expect(await deviceFor(downwards).runSession()).toMatchObject({ end: 'client-not-authenticated', messages: 1 });
    }
  });
});

describe('what the device believes of a server with HMAC', () => {
  const commands = [add('./Vendor/A', 'x')];

  it.each([
    ['no MAC', 407, {}],
    ['a Cred instead', 407, { cred: buildCred('syncml:auth-md5', 'omadm', 'server-pw', SERVER_NONCE) }],
    ['another password', 401, { mac: serverMac(SERVER_NONCE, { password: 'wrong' }) }],
    ['another user name', 401, { mac: serverMac(SERVER_NONCE, { username: 'evil' }) }],
    ['a MAC over another body', 401, { mac: serverMac(SERVER_NONCE, { body: Buffer.from('other') }) }],
    ['a stale nonce', 401, { mac: serverMac(Buffer.from('old')) }],
  ])('is nothing with %s: %i, a challenge, nothing carried out', async (_, code, say: Say) => {
    const server = await start((_, number) => ({
      ...say,
      headerStatus: { code: 200, chal: macChal(`c${number}`) },
      commands,
    }));
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({
      end: 'server-not-authenticated',
      clientAuthenticated: false,
      serverAuthenticated: false,
      executed: 0,
      messages: 3,
    });
    expect(server.heard.slice(1).map(statusesOf)).toEqual(Array(2).fill([`SyncHdr ${code}`, `Add ${code}`]));
    expect(headerStatusOf(server.heard[1])?.chal).toMatchObject({ type: 'syncml:auth-MAC' });
    expect(device.executions).toEqual([]);
    expect(device.tree.get('./Vendor/A')).toBe(404);
    expect(device.clientNonce).toEqual(CLIENT_NONCE);
  });

  it('is all of it once the server has taken the nonce of the challenge', async () => {
    const server = await start((heard, number) => ({
      headerStatus: { code: 200, chal: macChal(`c${number}`) },
      mac: serverMac(number === 1 ? Buffer.from('stale') : nextServerNonce(heard)),
      commands: number < 3 ? commands : [],
    }));
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: true, executed: 1 });
    expect(server.heard.slice(1).map(statusesOf)).toEqual([
      ['SyncHdr 401', 'Add 401'],
      ['SyncHdr 200', 'Add 200'],
    ]);
    expect(macsOf(server)).toEqual(clientMacs(server, ['c0', 'c1', 'c2']));
    expect(device.clientNonce).toEqual(Buffer.from('c3'));
  });

  it('is nothing when it goes on with the nonce before the last', async () => {
    const server = await start((_, number) => ({
      headerStatus: { code: 200 },
      mac: serverMac(SERVER_NONCE),
      commands: [add(`./Vendor/N${number}`, 'x')],
    }));
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'server-not-authenticated', executed: 1 });
    // The server that does know the old nonce can still be told from others in the next session.
    expect(device.serverNonce).toEqual(SERVER_NONCE);
  });

  it('may be anything when it is told to trust, and is complained about when the last word is not proven', async () => {
    const server = await start((_, number) => (number === 1 ? { commands } : {}));
    const trusting = deviceFor(server, { mustAuthenticateServer: false });
    expect(await trusting.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: false, executed: 1 });

    const silent = await start((heard, number) => (number === 1 ? { ...faithful(() => commands)(heard, 1) } : {}));
    expect(await deviceFor(silent).runSession()).toMatchObject({
      end: 'completed',
      serverAuthenticated: false,
      complaints: ['message 2: it sent no MAC'],
    });
  });

  it('survives a session that broke off while a nonce was on its way', async () => {
    for (const arrived of [true, false]) {
      let given: Uint8Array = SERVER_NONCE;
      const server = await start((heard, number) => {
        if (number === 1) return faithful(() => commands)(heard, 1);
        if (number === 2) {
          given = nextServerNonce(heard);
          return { loseReplies: 99 };
        }
        const again = faithful(() => (number === 3 ? [add('./Vendor/B', 'x')] : []))(heard, number);
        return number === 3 ? { ...again, mac: serverMac(arrived ? given : SERVER_NONCE) } : again;
      });
      const device = deviceFor(server);
      expect(await device.runSession()).toMatchObject({ end: 'unreachable' });
      expect(await device.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: true, complaints: [] });
    }
  });
});
