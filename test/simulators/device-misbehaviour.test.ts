import { afterEach, describe, expect, it } from 'vitest';
import { HELP, parseCliOptions } from '../../src/simulators/device/cli-options.ts';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import {
  MAX_MISBEHAVING_MESSAGES,
  MISBEHAVIOURS,
  type Misbehaviour,
} from '../../src/simulators/device/misbehaviours.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { buildCred } from '../../src/syncml/credentials.ts';
import type { Command, Message, ResultsCommand } from '../../src/syncml/message.ts';
import {
  add,
  alert,
  get,
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

/** A server that sends these commands once, then two rounds more, and asks for the rest of every unfinished package. */
const patient =
  (commands: readonly Command[], meta: Say['meta'] = {}) =>
  (heard: Message): Say => {
    const number = Number(heard.header.msgId);
    if (!heard.final) return { final: false, commands: [alert(1222)] };
    if (number === 1) return { cred: CRED, meta, commands };
    return number <= 3 ? { commands: [get('./DevInfo/Man')] } : {};
  };

const COMMANDS = [add('./Vendor/A', 'first half, second half'), get('./Vendor/A')];

async function play(
  misbehave: Misbehaviour,
  options: Partial<VirtualDeviceOptions> = {},
  script: (heard: Message, number: number) => Say = patient(COMMANDS),
) {
  const server = await startScriptedServer(script, options.encoding);
  open.push(server);
  const device = new VirtualDevice({
    deviceId: 'IMEI:1',
    serverUrl: server.url,
    client: { username: 'user', password: 'client-pw' },
    server: { id: 'omadm', password: 'server-pw' },
    retries: { limit: 1, delayMs: 1 },
    misbehave,
    ...options,
  });
  return { server, outcome: await device.runSession({ sessionId: 'FFFF' }) };
}

const results = (message: Message | undefined): ResultsCommand[] =>
  message?.commands.filter((command) => command.name === 'Results') ?? [];
const items = (message: Message | undefined) => results(message).map(({ items: [item] }) => item);

describe('a device that misbehaves', () => {
  it.each(MISBEHAVIOURS.map(({ name }) => [name]))('%s: the session ends by itself', async (misbehave) => {
    for (const encoding of ['wbxml', 'xml'] as const) {
      const { server, outcome } = await play(misbehave, { encoding });
      expect(outcome.messages).toBeGreaterThan(0);
      expect(outcome.messages).toBeLessThanOrEqual(MAX_MISBEHAVING_MESSAGES);
      expect(server.heard.length).toBeGreaterThan(0);
    }
  });

  it('refers to another message', async () => {
    const { server } = await play('wrong-msg-ref');
    expect(server.heard[1]?.commands.map((command) => ('msgRef' in command ? command.msgRef : undefined))).toEqual(
      Array(4).fill('41'),
    );
  });

  it('answers twice, or never, or not the header', async () => {
    const heard = async (misbehave: Misbehaviour) => {
      const { server, outcome } = await play(misbehave);
      expect(outcome.end).toBe('completed');
      return statusesOf(server.heard[1] as Message);
    };
    expect(await heard('status-twice')).toEqual(['SyncHdr 212', 'Add 200', 'Add 200', 'Get 200', 'Get 200']);
    expect(await heard('status-never')).toEqual(['SyncHdr 212']);
    expect(await heard('no-sync-hdr-status')).toEqual(['Add 200', 'Get 200']);
  });

  it('answers what was never sent, and keeps its CmdIDs apart', async () => {
    const { server } = await play('status-for-nothing');
    expect(server.heard[1]?.commands.at(-1)).toEqual({
      name: 'Status',
      cmdId: '5',
      msgRef: '1',
      cmdRef: '99',
      cmd: 'Replace',
      targetRefs: ['IMEI:1'],
      sourceRefs: [server.url],
      code: 200,
      items: [],
    });
    const unasked = await play('results-unasked');
    expect(unasked.server.heard[1]?.commands.at(-1)).toMatchObject({ name: 'Results', msgRef: '1', cmdRef: '99' });
    for (const { heard } of [server, unasked.server]) {
      for (const { commands } of heard) {
        expect(commands.map(({ cmdId }) => cmdId)).toEqual(commands.map((_, index) => String(index + 1)));
      }
    }
  });

  it('sends the second piece first', async () => {
    const { server } = await play('chunks-out-of-order');
    expect(items(server.heard[1])).toEqual([
      {
        source: { uri: './Vendor/A' },
        meta: { format: 'chr', type: 'text/plain' },
        data: ' second half',
        moreData: true,
      },
      { source: { uri: './Vendor/A' }, meta: { format: 'chr', type: 'text/plain', size: 23 }, data: 'first half,' },
    ]);
  });

  it('announces another size than the value has', async () => {
    const { server } = await play('size-that-lies');
    expect(items(server.heard[1])).toMatchObject([
      { meta: { size: 40 }, data: 'first half,', moreData: true },
      { data: ' second half' },
    ]);
  });

  it.each(['chunks-out-of-order', 'size-that-lies'] as const)(
    '%s: also with a value of many chunks',
    async (misbehave) => {
      const value = 'ä€𝄞'.repeat(300);
      const size = Buffer.byteLength(value);
      const { server } = await play(
        misbehave,
        {},
        patient([add('./Vendor/L', value), get('./Vendor/L')], { maxMsgSize: 800 }),
      );
      const chunks = server.heard.flatMap(items).filter((item) => item?.source?.uri === './Vendor/L');
      expect(chunks.length).toBeGreaterThan(4);
      const text = (index: number) => String(chunks[index]?.data);
      const rest = chunks.slice(2).map((chunk) => chunk?.data);
      if (misbehave === 'size-that-lies') {
        expect(chunks.map((chunk) => chunk?.meta?.size).filter((announced) => announced !== undefined)).toEqual([
          size + 17,
        ]);
        expect([text(0), text(1), ...rest].join('')).toBe(value);
      } else {
        expect(chunks[0]?.meta?.size).toBeUndefined();
        expect(chunks[1]?.meta?.size).toBe(size);
        expect([text(1), text(0), ...rest].join('')).toBe(value);
      }
      expect(chunks.map((chunk) => chunk?.moreData ?? false)).toEqual([...chunks.slice(1).map(() => true), false]);
    },
  );

  it.each([
    ['package-1-for-ever', 1],
    ['next-message-for-ever', 2],
  ] as const)('%s: asks for the next message without Final, again and again', async (misbehave, from) => {
    const { server, outcome } = await play(misbehave);
    expect(outcome).toMatchObject({ end: 'aborted-by-device', messages: MAX_MISBEHAVING_MESSAGES });
    expect(outcome.reason).toContain('misbehaved');
    expect(server.heard).toHaveLength(MAX_MISBEHAVING_MESSAGES);
    for (const [index, message] of server.heard.entries()) {
      const isOff = index + 1 >= from;
      expect(message.final).toBe(!isOff);
      const asked = message.commands.filter((command) => command.name === 'Alert' && command.code === 1222);
      expect(asked).toHaveLength(isOff ? 1 : 0);
    }
  });

  it('sends one empty package after the other', async () => {
    const { server, outcome } = await play('final-for-ever');
    expect(outcome).toMatchObject({ end: 'aborted-by-device', messages: MAX_MISBEHAVING_MESSAGES });
    for (const message of server.heard.slice(5)) {
      expect(message.final).toBe(true);
      expect(statusesOf(message)).toEqual(['SyncHdr 212']);
      expect(message.commands).toHaveLength(1);
    }
  });

  it('ends at once, however endless it is, when the server aborts', async () => {
    const { outcome } = await play('final-for-ever', {}, (_, number) =>
      number < 5 ? {} : { commands: [alert(1223)] },
    );
    expect(outcome).toMatchObject({ end: 'aborted-by-server', messages: 5 });
  });

  it('goes on although the server refuses it or says the same again', async () => {
    const { outcome } = await play('final-for-ever', {}, (_, number) =>
      number < 5 ? { header: { msgId: '1' } } : { headerStatus: { code: 400 } },
    );
    expect(outcome).toMatchObject({ end: 'aborted-by-device', messages: MAX_MISBEHAVING_MESSAGES });
  });

  it('goes on under the id it has changed to', async () => {
    for (const misbehave of ['session-id-changes', 'other-device-id'] as const) {
      const { outcome, server } = await play(misbehave);
      expect(outcome).toMatchObject({ end: 'completed', messages: 4 });
      expect(server.heard).toHaveLength(4);
    }
  });

  it('leaves DevInfo out', async () => {
    const { server } = await play('no-dev-info');
    expect(server.heard[0]?.commands.map(({ name }) => name)).toEqual(['Alert']);
  });

  it('is another device, in another session, of another version, in mid-session', async () => {
    const headers = async (misbehave: Misbehaviour) => {
      const { server } = await play(misbehave);
      return server.heard.slice(0, 2).map(({ header }) => header);
    };
    expect(await headers('other-device-id')).toMatchObject([
      { source: { uri: 'IMEI:1' } },
      { source: { uri: 'IMEI:1-other' } },
    ]);
    expect(await headers('session-id-changes')).toMatchObject([{ sessionId: 'FFFF' }, { sessionId: '1' }]);
    const nonsense = { verDtd: '9.9', verProto: 'DM/9.9' };
    expect(await headers('ver-dtd-nonsense')).toMatchObject([nonsense, nonsense]);
    expect(await headers('ver-dtd-nonsense-later')).toMatchObject([{ verDtd: '1.1', verProto: 'DM/1.1' }, nonsense]);
  });

  it('takes one octet at most', async () => {
    const { server } = await play('max-msg-size-1', { maxObjSize: 10_000 });
    expect(server.heard[0]?.header.meta).toEqual({ maxMsgSize: 1, maxObjSize: 10_000 });
  });

  it('repeats an old message, or sends garbage, and goes on', async () => {
    const repeated = await play('repeat-old-message');
    expect(repeated.server.heard.map(({ header }) => header.msgId)).toEqual(['1', '2', '1', '3', '4']);
    expect(repeated.server.bodies[2]).toEqual(repeated.server.bodies[0]);
    const garbage = await play('body-garbage');
    expect(garbage.server.heard.map(({ header }) => header.msgId)).toEqual(['1', '2', '3', '4']);
    expect(garbage.server.bodies).toHaveLength(5);
    expect(garbage.outcome).toMatchObject({ end: 'completed', messages: 4, posts: 5 });
  });

  it('repeats a message under the MAC it had', async () => {
    const { server } = await play(
      'repeat-old-message',
      { auth: 'hmac', mustAuthenticateServer: false },
      (heard, number) => ({
        ...patient(COMMANDS)(heard),
        headerStatus: {
          code: 200,
          chal: { type: 'syncml:auth-MAC', nextNonce: Buffer.from(`${number}`).toString('base64') },
        },
      }),
    );
    const macs = server.headers.map((headers) => headers['x-syncml-hmac']);
    expect(macs[2]).toBe(macs[0]);
    expect(new Set(macs).size).toBe(macs.length - 1);
  });

  it('proves also what is off by a MAC of its own', async () => {
    const { server } = await play('status-twice', { auth: 'hmac', mustAuthenticateServer: false });
    for (const headers of server.headers) expect(headers['x-syncml-hmac']).toContain('username="user"');
  });
});

describe('the command line', () => {
  it('takes a misbehaviour by its name, lists them all, and refuses others', () => {
    expect(parseCliOptions([], {}).misbehave).toBeUndefined();
    for (const { name, what } of MISBEHAVIOURS) {
      expect(parseCliOptions(['--misbehave', name], {}).misbehave).toBe(name);
      expect(HELP).toContain(name);
      expect(HELP).toContain(what);
    }
    expect(() => parseCliOptions(['--misbehave', 'politely'], {})).toThrow('--misbehave does not know "politely"');
  });
});
