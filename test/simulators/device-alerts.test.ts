import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceEvent, VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { describeEvent } from '../../src/simulators/device/report.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { buildCred } from '../../src/syncml/credentials.ts';
import type { AlertCommand, Message, RequestCommand } from '../../src/syncml/message.ts';
import {
  add,
  atomic,
  exec,
  remove,
  type Say,
  type ScriptedServer,
  startScriptedServer,
  statusesOf,
} from './scripted-dm-server.ts';

const CRED = buildCred('syncml:auth-md5', 'omadm', 'server-pw', new Uint8Array());

const open: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(
  script: (heard: Message, number: number) => Say,
  options: Partial<VirtualDeviceOptions> = {},
): Promise<{ server: ScriptedServer; device: VirtualDevice }> {
  const server = await startScriptedServer(script, options.encoding);
  open.push(server);
  const device = new VirtualDevice({
    deviceId: 'IMEI:1',
    serverUrl: server.url,
    dmVersion: '1.2',
    client: { username: 'user', password: 'client-pw' },
    server: { id: 'omadm', password: 'server-pw' },
    mustAuthenticateServer: false,
    retries: { limit: 1, delayMs: 1 },
    ...options,
  });
  return { server, device };
}

const ownAlerts = (message: Message | undefined): AlertCommand[] =>
  message?.commands.filter(
    (command): command is AlertCommand => command.name === 'Alert' && command.items.length > 0,
  ) ?? [];

const BATTERY = {
  code: 1226,
  type: 'urn:example:battery',
  format: 'int',
  mark: 'warning',
  source: './Vendor/Battery',
  data: '7',
} as const;

describe.each(['wbxml', 'xml'] as const)('an alert of the device in %s', (encoding) => {
  it('stands in package 1 of the next session, after DevInfo, and in no other once it is answered', async () => {
    const events: DeviceEvent[] = [];
    const { server, device } = await start(() => ({}), { encoding, observe: (event) => void events.push(event) });
    const octets = Uint8Array.of(0, 255, 1);
    device.queueAlert(BATTERY);
    device.queueAlert({ code: 1224, type: 'application/octet-stream', data: octets });
    expect(device.waitingAlerts).toHaveLength(2);
    expect(await device.runSession()).toMatchObject({ end: 'completed', messages: 1, complaints: [] });
    await device.runSession();

    const [first, second] = server.heard;
    expect(first?.commands.map(({ name }) => name)).toEqual(['Alert', 'Replace', 'Alert', 'Alert']);
    expect(ownAlerts(first)).toEqual([
      {
        name: 'Alert',
        cmdId: '3',
        code: 1226,
        items: [
          {
            source: { uri: './Vendor/Battery' },
            meta: { format: 'int', type: 'urn:example:battery', mark: 'warning' },
            data: '7',
          },
        ],
      },
      {
        name: 'Alert',
        cmdId: '4',
        code: 1224,
        items: [
          {
            meta: { format: encoding === 'xml' ? 'b64' : 'bin', type: 'application/octet-stream' },
            data: encoding === 'xml' ? Buffer.from(octets).toString('base64') : octets,
          },
        ],
      },
    ]);
    expect(ownAlerts(second)).toEqual([]);
    expect(device.waitingAlerts).toEqual([]);
    expect(
      events.filter(({ kind }) => kind === 'alertAnswered').flatMap((event) => describeEvent(event, false)),
    ).toEqual([
      '      our alert 1226 of type urn:example:battery: 200 OK',
      '      our alert 1224 of type application/octet-stream: 200 OK',
    ]);
  });
});

describe('an alert that has not arrived', () => {
  it('is sent again after a challenge and after a session that broke off', async () => {
    const chal = { type: 'syncml:auth-md5', format: 'b64', nextNonce: 'YQ==' };
    const { server, device } = await start((_, number) => {
      if (number === 1) return { headerStatus: { code: 401, chal }, commandStatus: 401 };
      return number === 2 ? { loseReplies: 99 } : {};
    });
    device.queueAlert(BATTERY);
    expect(await device.runSession()).toMatchObject({ end: 'unreachable' });
    expect(device.waitingAlerts).toEqual([BATTERY]);
    expect(await device.runSession()).toMatchObject({ end: 'completed' });
    expect(server.heard.map((message) => ownAlerts(message).length)).toEqual([1, 1, 1]);
    expect(device.waitingAlerts).toEqual([]);
  });

  it('is not given up because of a Status that no MAC proves', async () => {
    const { device } = await start(() => ({}), { auth: 'hmac', mustAuthenticateServer: true });
    device.queueAlert(BATTERY);
    await device.runSession();
    expect(device.waitingAlerts).toEqual([BATTERY]);
  });

  it('is given up when the server does not want it', async () => {
    const { device } = await start(() => ({ commandStatus: 406 }));
    device.queueAlert(BATTERY);
    await device.runSession();
    expect(device.waitingAlerts).toEqual([]);
  });

  it('is refused at once when the version has none such', async () => {
    const { device } = await start(() => ({}), { dmVersion: '1.1' });
    expect(() => device.queueAlert(BATTERY)).toThrow('generic alerts (1226) came with DM 1.2');
    expect(() => device.queueAlert({ ...BATTERY, code: 1224, correlator: 'c' })).toThrow('Correlator');
    device.queueAlert({ ...BATTERY, code: 1224 });
    expect(device.waitingAlerts).toHaveLength(1);
  });
});

describe('an Exec that takes its time', () => {
  const UPDATE = 'org.openmobilealliance.dm.firmwareupdate.update';
  const once =
    (...commands: RequestCommand[]) =>
    (_: Message, number: number): Say =>
      number === 1 ? { cred: CRED, commands } : {};
  const withCorrelator = (correlator: string): RequestCommand =>
    ({ ...exec('Vendor/Update'), name: 'Exec', correlator }) as RequestCommand;

  it('is answered 202, done after the session, and reported with its Correlator in the next one', async () => {
    const done: string[] = [];
    const { server, device } = await start(once(add('./Vendor/Update', 'x'), withCorrelator('job-7')));
    device.tree.registerExecutable('./Vendor/Update', () => done.push('updated') && 250, {
      later: { alertType: UPDATE },
    });
    device.tree.registerExecutable('./Vendor', () => done.push('at once') && 200);
    expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
    expect(statusesOf(server.heard[1] as Message)).toEqual(['SyncHdr 212', 'Add 200', 'Exec 202']);
    expect(device.executions.at(-1)).toMatchObject({ name: 'Exec', status: 202 });
    expect(done).toEqual(['updated']);
    await device.runSession();
    expect(ownAlerts(server.heard[2])).toEqual([
      {
        name: 'Alert',
        cmdId: '3',
        code: 1226,
        correlator: 'job-7',
        items: [{ source: { uri: './Vendor/Update' }, meta: { format: 'chr', type: UPDATE }, data: '250' }],
      },
    ]);
    await device.runSession();
    expect(ownAlerts(server.heard[3])).toEqual([]);
  });

  it('can be undone in an Atomic: 216, and it never happens', async () => {
    const done: string[] = [];
    const { server, device } = await start(
      once(add('./Vendor/Update', 'x'), atomic(exec('./Vendor/Update'), remove('./Vendor/Nope'))),
    );
    device.tree.registerExecutable('./Vendor/Update', () => done.push('updated') && 200, {
      later: { alertType: UPDATE },
    });
    await device.runSession();
    expect(statusesOf(server.heard[1] as Message).slice(2)).toEqual(['Atomic 507', 'Exec 216', 'Delete 404']);
    expect(done).toEqual([]);
    expect(device.waitingAlerts).toEqual([]);
  });

  it('is reported as a client event, without Correlator, by a device of DM 1.1', async () => {
    const { server, device } = await start(once(add('./Vendor/Update', 'x'), exec('./Vendor/Update')), {
      dmVersion: '1.1',
    });
    device.tree.registerExecutable('./Vendor/Update', () => 200, { later: { alertType: UPDATE } });
    await device.runSession();
    await device.runSession();
    expect(ownAlerts(server.heard[2])).toMatchObject([
      { code: 1224, items: [{ meta: { type: UPDATE }, data: '200' }] },
    ]);
    expect(ownAlerts(server.heard[2])[0]?.correlator).toBeUndefined();
  });
});
