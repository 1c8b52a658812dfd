import { afterEach, describe, expect, it } from 'vitest';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { buildCred } from '../../src/syncml/credentials.ts';
import { buildPackage0, INITIATOR, UI_MODE } from '../../src/wire/wap/package0.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { encodeWspPush, triggerPush, WSP_MEDIA } from '../../src/wire/wap/wsp-push.ts';
import { add, type Say, type ScriptedServer, startScriptedServer } from './scripted-dm-server.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** UDH and WSP header as in the notification specification's SMS example. */
const UDH = hex('0605040b84c002');
const WSP = '010603c4af87';
/** Made by two builders other than ours, which agreed: server mgmtsrv / srvpass, nonce "snonce", session 0x1234. */
const PACKAGE_0 = '94bac8ddccff91ddec78c398e7397d6c02c00000001234076d676d74737276';

const open: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(say: Say | ((number: number) => Say) = {}) {
  const server = await startScriptedServer((_, number) => (typeof say === 'function' ? say(number) : say));
  open.push(server);
  return server;
}

const NONCE = Buffer.from('snonce');

function deviceFor(serverUrl: string, options: Partial<VirtualDeviceOptions> = {}): VirtualDevice {
  return new VirtualDevice({
    deviceId: 'IMEI:1',
    serverUrl,
    client: { username: 'user', password: 'client-pw' },
    server: { id: 'mgmtsrv', password: 'srvpass', nonce: NONCE },
    retries: { limit: 0, delayMs: 1 },
    ...options,
  });
}

function trigger(sessionId: number, overrides: Partial<Parameters<typeof buildPackage0>[0]> = {}): Uint8Array {
  const package0 = buildPackage0({
    version: '1.1',
    uiMode: UI_MODE.background,
    initiator: INITIATOR.server,
    sessionId,
    serverId: 'mgmtsrv',
    serverPassword: 'srvpass',
    nonce: NONCE,
    ...overrides,
  });
  return encodeWspPush(triggerPush(1, package0));
}

describe('a trigger', () => {
  it("that is our server's opens the session it names, with alert 1200", async () => {
    const server = await start();
    const device = deviceFor(server.url);
    expect(device.onPush(UDH, hex(WSP + PACKAGE_0))).toEqual({ kind: 'trigger', sessionId: '1234', uiMode: 0 });
    await device.whenIdle();
    expect(server.heard[0]).toMatchObject({
      header: { sessionId: '1234' },
      commands: [{ name: 'Alert', code: 1200 }, { name: 'Replace' }],
    });
  });

  it('names the session in upper-case hex without leading zeros', () => {
    const device = deviceFor('http://127.0.0.1:1/');
    expect(device.onPush(UDH, trigger(0x00af))).toMatchObject({ kind: 'trigger', sessionId: 'AF' });
  });

  it.each([
    ['made with another password', { serverPassword: 'guess' }, 'the digest of the trigger is wrong'],
    ['made with an old nonce', { nonce: Buffer.from('old') }, 'the digest of the trigger is wrong'],
    ['of another server', { serverId: 'other' }, 'the trigger is from "other"'],
  ])('%s is ignored', async (_, overrides, reason) => {
    const server = await start();
    const seen: unknown[] = [];
    const device = deviceFor(server.url, {
      observe: (event) => void (event.kind === 'push' && seen.push(event.outcome)),
    });
    expect(device.onPush(UDH, trigger(7, overrides))).toEqual({ kind: 'ignored', reason });
    await device.whenIdle();
    expect(seen).toEqual([{ kind: 'ignored', reason }]);
    expect(server.heard).toEqual([]);
  });

  it('that was tampered with in any octet is ignored', () => {
    const device = deviceFor('http://127.0.0.1:1/');
    const good = hex(PACKAGE_0);
    for (let at = 0; at < good.length; at++) {
      const bad = Uint8Array.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      const push = new Uint8Array([...hex(WSP), ...bad]);
      expect(device.onPush(UDH, push).kind, `octet ${at}`).toBe('ignored');
    }
  });

  it('in any other wrapping is ignored', () => {
    const device = deviceFor('http://127.0.0.1:1/');
    const whole = hex(WSP + PACKAGE_0);
    const otherType = encodeWspPush({
      transactionId: 1,
      contentType: { media: WSP_MEDIA.connectivityWbxml, parameters: [] },
      headers: [],
      body: hex(PACKAGE_0),
    });
    expect(device.onPush(hex('06050423f0c002'), whole)).toMatchObject({ reason: 'it is not for the WAP push port' });
    expect(device.onPush(new Uint8Array(), whole)).toMatchObject({ reason: 'it is not for the WAP push port' });
    expect(device.onPush(UDH, otherType)).toMatchObject({ reason: 'a push of content type 0x36' });
    for (let length = 0; length < whole.length; length++) {
      expect(device.onPush(UDH, whole.subarray(0, length)).kind, `${length} octets`).toBe('ignored');
    }
    expect(device.onPush(hex('0605040b84'), whole).kind).toBe('ignored');
  });

  it('in several parts, in any order, is put together', () => {
    const device = deviceFor('http://127.0.0.1:1/');
    const serverId = 's'.repeat(200);
    const parts = segmentSms(trigger(9, { serverId }), { destinationPort: 2948, sourcePort: 9200, reference: 5 });
    expect(parts.length).toBe(2);
    const named = deviceFor('http://127.0.0.1:1/', { server: { id: serverId, password: 'srvpass', nonce: NONCE } });
    for (const phone of [device, named]) {
      expect(phone.onPush(parts[1]?.udh ?? UDH, parts[1]?.body ?? UDH)).toEqual({ kind: 'waiting' });
    }
    expect(named.onPush(parts[0]?.udh ?? UDH, parts[0]?.body ?? UDH)).toMatchObject({
      kind: 'trigger',
      sessionId: '9',
    });
    expect(device.onPush(parts[0]?.udh ?? UDH, parts[0]?.body ?? UDH).kind).toBe('ignored');
  });

  it('repeated while its session is open, or after it was held, opens no second one', async () => {
    const server = await start();
    const device = deviceFor(server.url);
    expect(device.onPush(UDH, trigger(7)).kind).toBe('trigger');
    expect(device.onPush(UDH, trigger(7))).toEqual({ kind: 'ignored', reason: 'session 7 is open' });
    await device.whenIdle();
    expect(device.onPush(UDH, trigger(7))).toEqual({ kind: 'ignored', reason: 'session 7 has been held' });
    expect(device.onPush(UDH, trigger(8)).kind).toBe('trigger');
    await device.whenIdle();
    expect(server.heard.map(({ header }) => header.sessionId)).toEqual(['7', '8']);
  });

  it('repeated after its session came to nothing opens it again', async () => {
    const server = await start((number) => (number === 1 ? { raw: { status: 503 } } : {}));
    const device = deviceFor(server.url);
    device.onPush(UDH, trigger(7));
    await device.whenIdle();
    expect(device.onPush(UDH, trigger(7)).kind).toBe('trigger');
  });

  it('is good once only: the session renews the nonce', async () => {
    const cred = buildCred('syncml:auth-md5', 'mgmtsrv', 'srvpass', NONCE);
    const server = await start((number) => (number === 1 ? { cred, commands: [add('./Vendor/A', 'x')] } : {}));
    const device = deviceFor(server.url);
    device.onPush(UDH, trigger(7));
    await device.whenIdle();
    expect(device.onPush(UDH, trigger(8))).toMatchObject({ reason: 'the digest of the trigger is wrong' });
    expect(device.onPush(UDH, trigger(8, { nonce: device.serverNonce })).kind).toBe('trigger');
  });
});

describe('attached to the simulated SMSC', () => {
  it('follows the triggers that arrive under its number', async () => {
    const smsc = await startSmsc();
    const server = await start();
    const device = deviceFor(server.url);
    const arrived = new Promise<void>((resolve) => {
      const onPush = device.onPush.bind(device);
      device.onPush = (udh, body) => {
        resolve();
        return onPush(udh, body);
      };
    });
    const handset = await device.attachToSmsc({ host: smsc.host, port: smsc.port, msisdn: '491700000001' });
    try {
      expect(smsc.handsets).toEqual(['491700000001']);
      await submit(smsc.port, '491700000001', UDH, trigger(0xbeef));
      await arrived;
      await device.whenIdle();
      expect(server.heard[0]?.header.sessionId).toBe('BEEF');
    } finally {
      await handset.close();
      await smsc.close();
    }
  });
});

/** Sends one short message over SMPP, with the least that takes: bind_transmitter and submit_sm, written by hand. */
async function submit(port: number, destination: string, udh: Uint8Array, body: Uint8Array): Promise<void> {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  const cString = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1');
  const pdu = (command: number, sequence: number, fields: Buffer): Buffer => {
    const header = Buffer.alloc(16);
    header.writeUInt32BE(16 + fields.length, 0);
    header.writeUInt32BE(command, 4);
    header.writeUInt32BE(sequence, 12);
    return Buffer.concat([header, fields]);
  };
  const answered = (): Promise<Buffer> => new Promise((resolve) => socket.once('data', resolve));
  const bind = Buffer.concat([cString('test'), cString(''), cString(''), Buffer.of(0x34, 0, 0), cString('')]);
  socket.write(pdu(0x02, 1, bind));
  await answered();
  const text = Buffer.concat([udh, body]);
  const fields = Buffer.concat([
    cString(''),
    Buffer.of(0, 0),
    cString('1'),
    Buffer.of(1, 1),
    cString(destination),
    Buffer.of(0x40, 0, 0, 0, 0, 0, 0, 0x04, 0, text.length),
    text,
  ]);
  // service_type, source, destination, esm_class, protocol, priority, two empty times, registered, replace, coding, …
  socket.write(pdu(0x04, 2, fields));
  await answered();
  socket.destroy();
}
