import { afterEach, describe, expect, it } from 'vitest';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { basicCredData, buildCred, md5CredData } from '../../src/syncml/credentials.ts';
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
    client: { username: 'user', password: 'client-pw', nonce: CLIENT_NONCE },
    server: { id: 'omadm', password: 'server-pw', nonce: SERVER_NONCE },
    retries: { limit: 1, delayMs: 1 },
    randomOctets: (count) => new Uint8Array(count).fill(++octet),
    ...options,
  });
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64');
const md5Chal = (nonce: string): Chal => ({
  type: 'syncml:auth-md5',
  format: 'b64',
  nextNonce: base64(Buffer.from(nonce)),
});
const serverCred = (nonce: Uint8Array, password = 'server-pw') =>
  buildCred('syncml:auth-md5', 'omadm', password, nonce);
const clientMd5 = (nonce: string) => md5CredData('user', 'client-pw', Buffer.from(nonce));
const headerStatusOf = (message: Message | undefined) =>
  message?.commands.find((command): command is StatusCommand => command.name === 'Status' && command.cmdRef === '0');

describe('the device proves itself', () => {
  it('with the digest over the nonce it has, and keeps the next one for the next session', async () => {
    const server = await start((_, number) => ({ headerStatus: { code: 212, chal: md5Chal(`c${number}`) } }));
    const device = deviceFor(server);
    await device.runSession();
    await device.runSession();
    expect(server.heard.map(({ header }) => header.cred?.data)).toEqual([clientMd5('c0'), clientMd5('c1')]);
    expect(device.clientNonce).toEqual(Buffer.from('c2'));
  });

  it('with Basic when the account says so', async () => {
    const server = await start(() => ({}));
    await deviceFor(server, { auth: 'basic' }).runSession();
    expect(server.heard[0]?.header.cred).toEqual({
      type: 'syncml:auth-basic',
      format: 'b64',
      data: basicCredData('user', 'client-pw'),
    });
  });

  it('only when challenged, if it is to wait for that', async () => {
    const server = await start((_, number) =>
      number === 1 ? { headerStatus: { code: 407, chal: md5Chal('c1') }, commandStatus: 407 } : {},
    );
    const outcome = await deviceFor(server, { credentialsFirst: false }).runSession();
    expect(outcome).toMatchObject({ end: 'completed', clientAuthenticated: true, messages: 2 });
    const [first, second] = server.heard;
    expect(first?.header.cred).toBeUndefined();
    expect(second?.header).toMatchObject({
      sessionId: first?.header.sessionId,
      msgId: '2',
      cred: { data: clientMd5('c1') },
    });
    // Package 1 anew: a Status for the header, Alert and DevInfo.
    expect(second?.commands.map(({ name }) => name)).toEqual(['Status', 'Alert', 'Replace']);
  });

  it('again after 401 with the nonce of the challenge', async () => {
    const server = await start((_, number) =>
      number < 3 ? { headerStatus: { code: 401, chal: md5Chal(`c${number}`) }, commandStatus: 401 } : {},
    );
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'completed', messages: 3 });
    expect(server.heard.map(({ header }) => header.cred?.data)).toEqual(['c0', 'c1', 'c2'].map(clientMd5));
  });

  it('three times, then gives up', async () => {
    const server = await start(() => ({ headerStatus: { code: 401, chal: md5Chal('c1') }, commandStatus: 401 }));
    const outcome = await deviceFor(server).runSession();
    expect(outcome).toMatchObject({
      end: 'client-not-authenticated',
      clientAuthenticated: false,
      messages: 3,
      status: 401,
    });
  });

  it('follows a challenge from Basic to MD5, but never from MD5 to Basic', async () => {
    const toMd5 = await start((_, number) =>
      number === 1 ? { headerStatus: { code: 401, chal: md5Chal('c1') } } : {},
    );
    expect(await deviceFor(toMd5, { auth: 'basic' }).runSession()).toMatchObject({ end: 'completed' });
    expect(toMd5.heard[1]?.header.cred).toMatchObject({ type: 'syncml:auth-md5', data: clientMd5('c1') });

    const toBasic = await start(() => ({ headerStatus: { code: 401, chal: { type: 'syncml:auth-basic' } } }));
    expect(await deviceFor(toBasic).runSession()).toMatchObject({ end: 'client-not-authenticated', messages: 1 });
  });

  it.each([
    ['407 for credentials that were sent', { code: 407, chal: md5Chal('c1') }],
    ['401 without a challenge', { code: 401 }],
    ['a kind it does not know', { code: 401, chal: { type: 'syncml:auth-x509' } }],
  ])('ends on %s', async (_, headerStatus) => {
    const server = await start(() => ({ headerStatus }));
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'client-not-authenticated', messages: 1 });
  });

  it('in every message, each time over the newest nonce, when it is answered 200', async () => {
    const server = await start((_, number) => ({
      headerStatus: { code: 200, chal: md5Chal(`c${number}`) },
      cred: serverCred(SERVER_NONCE),
      commands: number < 3 ? [add(`./Vendor/N${number}`, 'x')] : [],
    }));
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'completed', clientAuthenticated: true });
    expect(server.heard.map(({ header }) => header.cred?.data)).toEqual(['c0', 'c1', 'c2'].map(clientMd5));
  });

  it('once, when it is answered 212, whatever stands in later statuses', async () => {
    const server = await start((_, number) => ({
      headerStatus: { code: number === 1 ? 212 : 200 },
      cred: serverCred(SERVER_NONCE),
      commands: number < 4 ? [add(`./Vendor/N${number}`, 'x')] : [],
    }));
    await deviceFor(server).runSession();
    expect(server.heard.map(({ header }) => header.cred !== undefined)).toEqual([true, false, false, false]);
  });
});

describe('the server has to prove itself', () => {
  const commands = [add('./Vendor/A', 'x')];

  it('with the digest over the nonce it was given; the next one comes beside the 212', async () => {
    let nonce: Uint8Array = SERVER_NONCE;
    const server = await start((heard) => {
      if (heard.commands.some(({ name }) => name === 'Alert')) return { cred: serverCred(nonce), commands };
      nonce = Buffer.from(headerStatusOf(heard)?.chal?.nextNonce ?? '', 'base64');
      return {};
    });
    const device = deviceFor(server);
    const outcomes = [await device.runSession(), await device.runSession()];
    expect(outcomes).toMatchObject([
      { end: 'completed', serverAuthenticated: true },
      { end: 'completed', serverAuthenticated: true },
    ]);
    const given = server.heard.map((message) => headerStatusOf(message)?.chal?.nextNonce);
    expect(given).toEqual([undefined, expect.any(String), undefined, expect.any(String)]);
    expect(given[1]).not.toBe(given[3]);
    expect(base64(device.serverNonce)).toBe(base64(nonce));
    expect(device.serverNonce).not.toEqual(SERVER_NONCE);
  });

  it('is challenged with 407 when it sends no credentials, and nothing is carried out until it does', async () => {
    const server = await start((heard, number) => {
      const next = headerStatusOf(heard)?.chal?.nextNonce;
      if (number === 1) return { commands };
      return number === 2 ? { cred: serverCred(Buffer.from(next ?? '', 'base64')), commands } : {};
    });
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: true, executed: 1 });
    const [, second, third] = server.heard;
    expect(statusesOf(second as Message)).toEqual(['SyncHdr 407', 'Add 407']);
    expect(headerStatusOf(second)?.chal).toMatchObject({ type: 'syncml:auth-md5', format: 'b64' });
    expect(second?.final).toBe(true);
    expect(statusesOf(third as Message)).toEqual(['SyncHdr 212', 'Add 200']);
    expect(device.executions).toHaveLength(1);
  });

  it('is refused with 401 and a new nonce when the digest is wrong, and given up on the third time', async () => {
    const server = await start(() => ({ cred: serverCred(SERVER_NONCE, 'wrong'), commands }));
    const device = deviceFor(server);
    expect(await device.runSession()).toMatchObject({
      end: 'server-not-authenticated',
      serverAuthenticated: false,
      reason: 'its credentials are wrong',
      executed: 0,
      messages: 3,
    });
    expect(server.heard.slice(1).map(statusesOf)).toEqual([
      ['SyncHdr 401', 'Add 401'],
      ['SyncHdr 401', 'Add 401'],
    ]);
    const nonces = server.heard.slice(1).map((message) => headerStatusOf(message)?.chal?.nextNonce);
    expect(new Set(nonces).size).toBe(2);
    expect(device.executions).toEqual([]);
    expect(device.tree.get('./Vendor/A')).toBe(404);
  });

  it('may not fall back from MD5 to Basic', async () => {
    const server = await start(() => ({
      cred: buildCred('syncml:auth-basic', 'omadm', 'server-pw', SERVER_NONCE),
      commands,
    }));
    expect(await deviceFor(server).runSession()).toMatchObject({ end: 'server-not-authenticated', executed: 0 });
  });

  it('with Basic or better when the account is for Basic, which has no nonce', async () => {
    const server = await start((_, number) =>
      number === 1 ? { cred: buildCred('syncml:auth-basic', 'omadm', 'server-pw', SERVER_NONCE), commands } : {},
    );
    const device = deviceFor(server, { auth: 'basic' });
    expect(await device.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: true, executed: 1 });
    expect(headerStatusOf(server.heard[1])?.chal).toBeUndefined();
    expect(device.serverNonce).toEqual(SERVER_NONCE);
  });

  it('need not, when the device is told to trust it', async () => {
    const server = await start((_, number) => (number === 1 ? { commands } : {}));
    const device = deviceFor(server, { mustAuthenticateServer: false });
    expect(await device.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: false, executed: 1 });
    expect(statusesOf(server.heard[1] as Message)).toEqual(['SyncHdr 200', 'Add 200']);
  });

  it('is not challenged when it has nothing to say', async () => {
    const server = await start(() => ({}));
    expect(await deviceFor(server).runSession()).toMatchObject({
      end: 'completed',
      serverAuthenticated: false,
      messages: 1,
    });
  });
});

describe('a nonce on its way to the server', () => {
  it('counts once the server has answered the message it was in', async () => {
    const server = await start((_, number) =>
      number === 1 ? { cred: serverCred(SERVER_NONCE), commands: [add('./Vendor/A', 'x')] } : {},
    );
    const device = deviceFor(server);
    await device.runSession();
    const given = Buffer.from(headerStatusOf(server.heard[1])?.chal?.nextNonce ?? '', 'base64');
    expect(device.serverNonce).toEqual(new Uint8Array(given));
  });

  it('may have arrived or not when the session breaks off: the server proves itself with either', async () => {
    for (const arrived of [true, false]) {
      let given: Uint8Array = SERVER_NONCE;
      const server = await start((heard, number) => {
        if (number === 1) return { cred: serverCred(SERVER_NONCE), commands: [add('./Vendor/A', 'x')] };
        if (number === 2) {
          given = Buffer.from(headerStatusOf(heard)?.chal?.nextNonce ?? '', 'base64');
          return { loseReplies: 99 };
        }
        const cred = serverCred(arrived ? given : SERVER_NONCE);
        return number === 3 ? { cred, commands: [add('./Vendor/B', 'x')] } : {};
      });
      const device = deviceFor(server);
      expect(await device.runSession()).toMatchObject({ end: 'unreachable' });
      expect(await device.runSession()).toMatchObject({ end: 'completed', serverAuthenticated: true });
    }
  });
});
