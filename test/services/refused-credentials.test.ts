import { beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/services/dm-codec.ts';
import { type DmAnswer, DmMessages } from '../../src/services/dm-messages.ts';
import type { Command, Cred, Header, Message } from '../../src/syncml/message.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';
import { basicCred, CLIENT, line, package1, SERVER_PASSWORD } from '../session/dialogue.ts';

const DEVICE = 'IMEI:1';
const MEDIA = 'application/vnd.syncml.dm+wbxml';
const HOME = '192.0.2.1';
const ELSEWHERE = '198.51.100.7';

let sessions: MemorySessionStore;
let now: Date;
let logged: string[];
let processes: DmMessages[];

beforeEach(() => {
  sessions = new MemorySessionStore();
  sessions.addDevice(DEVICE, { auth: 'basic', client: CLIENT, server: { password: SERVER_PASSWORD } });
  sessions.queue(DEVICE, 'd1', [
    { name: 'Replace', line: 1, items: [{ target: { uri: './A' }, meta: { format: 'chr' }, data: 'one' }] },
  ]);
  now = new Date('2026-01-01T00:00:00Z');
  logged = [];
  let count = 0;
  const write = (fields: object, text: string): void => {
    logged.push(`${JSON.stringify(fields)} ${text}`);
  };
  const ports = {
    sessions,
    clock: { now: () => now },
    entropy: { bytes: (length: number) => Buffer.alloc(length, ++count), id: () => `id-${++count}` },
    metrics: { messageHandled() {}, sessionOpened() {}, sessionClosed() {}, deliveryEnded() {} },
    log: { debug: write, info: write, warn: write, error: write },
  };
  const options = { serverId: 'omadm', maxMsgSize: 65_536, maxObjSize: 1_048_576 };
  processes = [new DmMessages(ports, options), new DmMessages(ports, options)];
});

const guess = (password: string): Cred => ({
  ...basicCred,
  data: Buffer.from(`${CLIENT.username}:${password}`).toString('base64'),
});

let turn = 0;
let attempts = 0;

async function send(
  cred: Cred | undefined,
  address: string,
  header: Partial<Header> = {},
  commands: readonly Command[] = package1,
): Promise<DmAnswer> {
  const message: Message = {
    header: {
      verDtd: '1.1',
      verProto: 'DM/1.1',
      sessionId: '1',
      msgId: '1',
      target: { uri: 'http://dm.example/dm' },
      source: { uri: DEVICE },
      ...(cred !== undefined && { cred }),
      ...header,
    },
    commands,
    final: true,
  };
  const server = processes[turn++ % processes.length] as DmMessages;
  return server.handle({ mediaType: MEDIA, encoding: 'wbxml', body: encodeMessage(message, 'wbxml'), address });
}

/** `later`, or the reply in one line. */
function said(answer: DmAnswer): string {
  if (answer.kind !== 'reply') return answer.kind;
  return line(decodeMessage(answer.reply.body, 'wbxml'));
}

/** Guesses as fast as can be, each with a session of its own. Gives back how many were weighed. */
async function attack(address: string, guesses: number): Promise<number> {
  let weighed = 0;
  for (let n = 0; n < guesses; n++) {
    const answer = await send(guess(`wrong-${n}`), address, { sessionId: `A${++attempts}` });
    if (answer.kind === 'reply') weighed++;
  }
  return weighed;
}

describe('whoever guesses the password of a device', () => {
  it('is soon not listened to any more, whichever process is asked', async () => {
    expect(await attack(ELSEWHERE, 50)).toBe(9);
    expect(await send(guess('wrong'), ELSEWHERE)).toEqual({
      kind: 'later',
      afterMs: 2_000,
      reason: 'Too many wrong credentials came from there.',
    });
    expect(logged.at(-1)).toMatch(/"address":"198\.51\.100\.7".* not looked at/);
  });

  it('gets one try after each wait, and each wait is longer', async () => {
    await attack(ELSEWHERE, 9);
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      const answer = await send(guess('x'), ELSEWHERE);
      if (answer.kind !== 'later') throw new Error('it was weighed');
      waits.push(answer.afterMs);
      now = new Date(now.getTime() + answer.afterMs);
      expect(await attack(ELSEWHERE, 5)).toBe(1);
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000]);
  });

  it('does not keep the true device out, which comes from another place', async () => {
    await attack(ELSEWHERE, 30);
    expect(said(await send(basicCred, HOME))).toMatch(/^Status SyncHdr 212, .*Replace \.\/A, Final$/);
  });

  it('writes no more than so much, from however many places', async () => {
    for (let place = 0; place < 40; place++) await attack(`203.0.113.${place}`, 30);
    expect(sessions.commits).toBe(16 * 9);
    expect(sessions.devices.get(DEVICE)?.refusals).toHaveLength(16);
    expect(said(await send(basicCred, HOME))).toMatch(/^Status SyncHdr 212, .*Replace \.\/A, Final$/);
  });

  it('cannot try again and again under one number of a session it has begun', async () => {
    let weighed = 0;
    for (let n = 0; n < 50; n++) {
      const answer = await send(guess(`wrong-${n}`), ELSEWHERE);
      if (answer.kind === 'reply') weighed++;
    }
    expect(weighed).toBe(9);
    const answer = await send(basicCred, ELSEWHERE);
    expect(answer.kind).toBe('later');
  });

  it('cannot try by starting a session of the device over', async () => {
    const first = await send(basicCred, HOME, { msgId: '4' });
    expect(said(first)).toMatch(/Replace/);
    let weighed = 0;
    for (let n = 0; n < 50; n++) {
      const answer = await send(guess(`wrong-${n}`), ELSEWHERE, { msgId: '1' });
      if (answer.kind === 'reply') weighed++;
    }
    expect(weighed).toBe(9);
    expect(sessions.devices.get(DEVICE)?.sessions.map(({ state }) => state.phase)).toEqual(['managing']);
  });
});

describe('a device that was wrong for a while', () => {
  it('is heard once it is right, and its refusals are forgiven', async () => {
    await attack(HOME, 9);
    now = new Date(now.getTime() + 2_000);
    expect(said(await send(basicCred, HOME))).toMatch(/^Status SyncHdr 212/);
    expect(sessions.devices.get(DEVICE)?.refusals).toEqual([]);
  });

  it('goes on with a session it has begun, although others at its address are held back', async () => {
    await send(basicCred, HOME);
    await attack(HOME, 20);
    expect(said(await send(undefined, HOME, { msgId: '2' }, []))).toMatch(/^Status SyncHdr 200/);
    expect((await send(basicCred, HOME, { sessionId: '2' })).kind).toBe('later');
  });

  it('gets the same answer to the same octets, and the repeat is not counted', async () => {
    const first = await send(guess('wrong'), HOME);
    for (let n = 0; n < 20; n++) expect(await send(guess('wrong'), HOME)).toEqual(first);
    expect(sessions.devices.get(DEVICE)?.refusals).toMatchObject([{ from: HOME, count: 1 }]);
  });
});

describe('the log', () => {
  it('says whose credentials were refused, where from, of which kind and why, and at the end of the session, too', async () => {
    await send(guess('a-wrong-secret'), ELSEWHERE);
    await send(undefined, ELSEWHERE, { msgId: '2' });
    const all = logged.join('\n');
    expect(all).toMatch(/"deviceId":"IMEI:1".*"address":"198\.51\.100\.7","credentials":"basic".*wrong user name or/);
    expect(all).toMatch(/"reason":"client-not-authenticated","authFailure":\{"side":"device","kind":"basic","why"/);
    expect(all).not.toMatch(/a-wrong-secret|device-secret|server-secret/);
  });
});
