import { beforeEach, describe, expect, it } from 'vitest';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';
import { decodeMessage, encodeMessage } from '../../src/services/dm-codec.ts';
import { DmMessages } from '../../src/services/dm-messages.ts';
import type { Encoding } from '../../src/syncml/media-type.ts';
import type { Chal, Command, Header, Message } from '../../src/syncml/message.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';
import {
  alert,
  allAnswered,
  basicCred,
  CLIENT,
  line,
  md5Cred,
  package1,
  SERVER_PASSWORD,
  status,
} from '../session/dialogue.ts';

const DEVICE = 'IMEI:1';
const MEDIA = { wbxml: 'application/vnd.syncml.dm+wbxml', xml: 'application/vnd.syncml.dm+xml' } as const;

let sessions: MemorySessionStore;
let messages: DmMessages;
let now: Date;
let logged: string[];

beforeEach(() => {
  sessions = new MemorySessionStore();
  sessions.addDevice(DEVICE, { auth: 'basic', client: CLIENT, server: { password: SERVER_PASSWORD } });
  now = new Date('2026-01-01T00:00:00Z');
  logged = [];
  let count = 0;
  const write = (fields: object, text: string): void => {
    logged.push(`${JSON.stringify(fields)} ${text}`);
  };
  messages = new DmMessages(
    {
      sessions,
      clock: { now: () => now },
      entropy: { bytes: (length) => Buffer.alloc(length, ++count), id: () => `id-${++count}` },
      metrics: { messageHandled() {}, sessionOpened() {}, sessionClosed() {}, deliveryEnded() {} },
      log: { debug: write, info: write, warn: write, error: write },
    },
    { serverId: 'omadm', maxMsgSize: 65_536, maxObjSize: 1_048_576 },
  );
});

function put(locUri: string, data: string): PackageCommand {
  return { name: 'Replace', line: 1, items: [{ target: { uri: locUri }, meta: { format: 'chr' }, data }] };
}

function say(commands: readonly Command[], header: Partial<Header> = {}): Message {
  return {
    header: {
      verDtd: '1.1',
      verProto: 'DM/1.1',
      sessionId: '1',
      msgId: '1',
      target: { uri: 'http://dm.example/dm' },
      source: { uri: DEVICE },
      ...header,
    },
    commands,
    final: true,
  };
}

async function post(message: Message, encoding: Encoding = 'wbxml'): Promise<Message> {
  const answer = await messages.handle({
    mediaType: MEDIA[encoding],
    encoding,
    body: encodeMessage(message, encoding),
  });
  if (answer.kind !== 'reply') throw new Error(answer.reason);
  expect(answer.reply.contentType).toBe(MEDIA[encoding]);
  return decodeMessage(answer.reply.body, encoding);
}

function chalOf(reply: Message): Chal | undefined {
  const [first] = reply.commands;
  return first?.name === 'Status' ? first.chal : undefined;
}

const opening = say(package1, { cred: basicCred });

describe.each(['wbxml', 'xml'] as const)('a session in %s', (encoding) => {
  it('delivers what is queued and keeps what was said, without credentials', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one'), put('./Account/ClientPW', 'hunter2')]);
    const package2 = await post(opening, encoding);
    expect(line(package2)).toMatch(/Replace \.\/A, Replace \.\/Account\/ClientPW, Final$/);
    const package4 = await post(say(allAnswered(package2), { msgId: '2' }), encoding);
    expect(line(package4)).toBe('Status SyncHdr 200, Final');
    expect(sessions.delivery('d1')).toMatchObject({ state: 'succeeded', position: 2 });
    expect(sessions.log.map(({ direction, msgId }) => `${direction} ${msgId}`)).toEqual([
      'device 1',
      'server 1',
      'device 2',
      'server 2',
    ]);
    const kept = Buffer.concat(sessions.log.map(({ masked }) => masked)).toString('latin1');
    expect(kept).not.toContain('hunter2');
    expect(kept).not.toContain(basicCred.data);
    expect(kept).toContain('***');
    expect(
      [...(sessions.devices.get(DEVICE)?.nodes.values() ?? [])].map(({ locUri, value }) => [locUri, value]),
    ).toEqual([
      ['./A', 'one'],
      ['./Account/ClientPW', undefined],
    ]);
  });
});

describe('a repeated message', () => {
  it('gets the same reply, octet for octet, and nothing is applied twice', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    const body = encodeMessage(opening, 'wbxml');
    const request = { mediaType: MEDIA.wbxml, encoding: 'wbxml', body } as const;
    const first = await messages.handle(request);
    const second = await messages.handle(request);
    expect(second).toEqual(first);
    expect(sessions.commits).toBe(1);
  });

  it('is recognised after the session has ended, too', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    const package2 = await post(opening);
    const package3 = say(allAnswered(package2), { msgId: '2' });
    const end = await post(package3);
    expect(await post(package3)).toEqual(end);
    expect(sessions.commits).toBe(2);
  });

  it('older than the last one is refused and changes nothing', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    sessions.queue(DEVICE, 'd2', [put('./B', 'two')]);
    sessions.queue(DEVICE, 'd3', [put('./C', 'three')]);
    const first = await post(opening);
    const second = await post(say(allAnswered(first), { msgId: '2' }));
    await post(say(allAnswered(second), { msgId: '3' }));
    const commits = sessions.commits;
    expect(line(await post(say(allAnswered(first), { msgId: '2' })))).toBe('Status SyncHdr 400, Final');
    expect(sessions.commits).toBe(commits);
  });
});

describe('a device that uses one SessionID again and again', () => {
  it('gets what was queued since, though its message looks like a repeat', async () => {
    await post(opening);
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    expect(line(await post(opening))).toMatch(/Replace \.\/A, Final$/);
  });

  it('starts over when it comes with package 1 in the middle of a session', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    sessions.queue(DEVICE, 'd2', [put('./B', 'two')]);
    const first = await post(opening);
    await post(say(allAnswered(first), { msgId: '2' }));
    expect(line(await post(opening))).toMatch(/^Status SyncHdr 212, .*Replace \.\/B, Final$/);
    expect(sessions.devices.get(DEVICE)?.sessions.map(({ closeReason }) => closeReason)).toEqual([
      'superseded',
      undefined,
    ]);
  });

  it('opens a new session when the old one ended long ago', async () => {
    await post(opening);
    now = new Date(now.getTime() + 3_600_000);
    await post(opening);
    expect(sessions.devices.get(DEVICE)?.sessions).toHaveLength(2);
  });
});

describe('the first message of a session, sent again by somebody in the middle of it', () => {
  it('is challenged and writes nothing; the session goes on', async () => {
    const nonce = Buffer.from('client-nonce-one');
    const device = sessions.addDevice('IMEI:2', {
      auth: 'md5',
      client: { ...CLIENT, nonce },
      server: { password: SERVER_PASSWORD },
    });
    for (const id of ['d1', 'd2', 'd3']) sessions.queue('IMEI:2', id, [put(`./${id}`, id)]);
    const from = { source: { uri: 'IMEI:2' } };
    const first = say(package1, { ...from, cred: md5Cred(nonce) });
    const package2 = await post(first);
    const second = await post(say(allAnswered(package2), { ...from, msgId: '2' }));
    const commits = sessions.commits;
    expect(line(await post(first))).toBe('Status SyncHdr 401 + Chal, Status Alert 401, Status Replace 401, Final');
    expect([sessions.commits, device.sessions.length]).toEqual([commits, 1]);
    expect(line(await post(say(allAnswered(second), { ...from, msgId: '3' })))).toMatch(/Replace \.\/d3, Final$/);
  });
});

describe('a device that starts over at MsgID 1 after a challenge', () => {
  it('is heard, not answered with the challenge again', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    expect(line(await post(say(package1)))).toMatch(/^Status SyncHdr 407/);
    expect(line(await post(opening))).toMatch(/^Status SyncHdr 212, .*Replace \.\/A, Final$/);
  });
});

describe('two messages of one session at the same time', () => {
  it('are taken one after the other: one commits, the other is answered from what the first one left', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    const [one, two] = await Promise.all([post(opening), post(opening)]);
    expect(one).toEqual(two);
    expect(sessions.commits).toBe(1);
    expect(sessions.devices.get(DEVICE)?.sessions).toHaveLength(1);
  });

  it('end in 503, with nothing written, when the race is never won', async () => {
    const device = sessions.devices.get(DEVICE);
    sessions.beforeCommit = () => {
      if (device !== undefined) device.lock += 1;
      return Promise.resolve();
    };
    await expect(post(opening)).rejects.toMatchObject({ name: 'AppError', code: 'unavailable' });
    expect(sessions.commits).toBe(0);
  });
});

describe('a stranger', () => {
  it('is answered 401 with a challenge, with or without credentials, and leaves no trace', async () => {
    for (const header of [{ source: { uri: 'IMEI:none' } }, { source: { uri: 'IMEI:none' }, cred: basicCred }]) {
      expect(line(await post(say([alert(1201)], header)))).toBe('Status SyncHdr 401 + Chal, Status Alert 401, Final');
    }
    expect(sessions.commits).toBe(0);
  });

  it('cannot end the session of a device by using its name', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    const package2 = await post(opening);
    await post(say(package1, { sessionId: '9' }));
    expect(line(await post(say(allAnswered(package2), { msgId: '2' })))).toBe('Status SyncHdr 200, Final');
    expect(sessions.delivery('d1').state).toBe('succeeded');
  });
});

describe('a client certificate', () => {
  const request = (names: readonly string[]) =>
    ({
      mediaType: MEDIA.xml,
      encoding: 'xml',
      body: encodeMessage(opening, 'xml'),
      transportIdentities: names,
    }) as const;
  const answerTo = async (names: readonly string[]): Promise<string> => {
    const answer = await messages.handle(request(names));
    if (answer.kind !== 'reply') throw new Error(answer.reason);
    return line(decodeMessage(answer.reply.body, 'xml'));
  };

  it('of somebody else makes a stranger of the device, whatever its credentials, and leaves no trace', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    for (const names of [['IMEI:other'], [], [DEVICE.toLowerCase()]]) {
      expect(await answerTo(names)).toMatch(/^Status SyncHdr 401 \+ Chal, .*Final$/);
    }
    expect(sessions.commits).toBe(0);
  });

  it('does not spare the device the MD5 challenge of its account', async () => {
    sessions.addDevice('IMEI:2', { auth: 'md5', client: CLIENT, server: { password: SERVER_PASSWORD } });
    const body = encodeMessage(say(package1, { source: { uri: 'IMEI:2' } }), 'xml');
    const answer = await messages.handle({
      mediaType: MEDIA.xml,
      encoding: 'xml',
      body,
      transportIdentities: ['IMEI:2'],
    });
    if (answer.kind !== 'reply') throw new Error(answer.reason);
    const reply = decodeMessage(answer.reply.body, 'xml');
    expect(line(reply)).toMatch(/^Status SyncHdr 407 \+ Chal/);
    expect(chalOf(reply)?.type).toBe('syncml:auth-md5');
  });

  it('that names the device among others lets its credentials decide', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    expect(await answerTo(['urn:uuid:0', DEVICE])).toMatch(/Replace \.\/A, Final$/);
  });
});

describe('nonces', () => {
  it('are of 16 octets, and new with every challenge', async () => {
    sessions.addDevice('IMEI:2', { auth: 'md5', client: CLIENT, server: { password: SERVER_PASSWORD } });
    const seen: string[] = [];
    for (const [msgId, cred] of [
      ['1', undefined],
      ['2', md5Cred(Buffer.from('stale'))],
    ] as const) {
      const reply = await post(say(package1, { msgId, source: { uri: 'IMEI:2' }, ...(cred && { cred }) }));
      seen.push(chalOf(reply)?.nextNonce ?? '');
    }
    expect(new Set(seen).size).toBe(2);
    for (const nonce of seen) expect(Buffer.from(nonce, 'base64')).toHaveLength(16);
  });

  it('of the server are renewed in a session without commands, too, when the device brings one with package 1', async () => {
    const device = sessions.addDevice('IMEI:2', { auth: 'md5', client: CLIENT, server: { password: SERVER_PASSWORD } });
    const from = { source: { uri: 'IMEI:2' } };
    const challenge = await post(say(package1, from));
    const chal = { type: 'syncml:auth-md5', format: 'b64', nextNonce: Buffer.from('fresh').toString('base64') };
    const cred = md5Cred(Buffer.from(chalOf(challenge)?.nextNonce ?? '', 'base64'));
    const end = await post(say([status(challenge, '0', 401, { chal }), ...package1], { ...from, msgId: '2', cred }));
    expect(line(end)).toBe('Status SyncHdr 212 + Chal, Status Alert 200, Status Replace 200, Final');
    expect(Buffer.from(device.account.server.nonce ?? []).toString()).toBe('fresh');
  });
});

describe('variables', () => {
  const personal = put('./Name', 'Hello {{name}} of {{deviceId}}');

  it('are filled in for the device', async () => {
    sessions.queue(DEVICE, 'd1', [personal], { variables: { name: 'Ada' } });
    const reply = await post(opening);
    const command = reply.commands.at(-1);
    expect(command).toMatchObject({ items: [{ data: 'Hello Ada of IMEI:1' }] });
  });

  it('without a value fail the delivery and leave the session to the next one', async () => {
    sessions.queue(DEVICE, 'd1', [personal]);
    sessions.queue(DEVICE, 'd2', [put('./A', 'one')]);
    expect(line(await post(opening))).toMatch(/Replace \.\/A, Final$/);
    expect(sessions.delivery('d1')).toMatchObject({
      state: 'failed',
      failure: { code: 'variable-missing', message: 'No value for name.' },
    });
  });
});

describe('a stored package that is broken', () => {
  it('fails its own delivery and no other', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'unclosed {{')]);
    sessions.queue(DEVICE, 'd2', [put('./B', 'two')]);
    expect(line(await post(opening))).toMatch(/Replace \.\/B, Final$/);
    expect(sessions.delivery('d1').state).toBe('failed');
  });
});

describe('a body that is no message', () => {
  it.each([
    ['wbxml', Buffer.from('02a4016a', 'hex'), /byte 4/],
    ['wbxml', Buffer.alloc(0), /byte 0/],
    ['xml', Buffer.from('<SyncML><SyncBody/></SyncML>'), /SyncML\/SyncHdr: the message has no header/],
    ['xml', Buffer.from('<SyncML><SyncHdr'), /line 1/],
    ['xml', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), /line 1/],
    ['xml', Buffer.from('<html/>'), /the root element is not SyncML/],
  ] as const)('in %s is told where it is off', async (encoding, body, reason) => {
    const answer = await messages.handle({ mediaType: MEDIA[encoding], encoding, body });
    expect(answer).toEqual({ kind: 'malformed', reason: expect.stringMatching(reason) });
  });
});

describe('the log', () => {
  it('says why a device was refused, and holds no secret', async () => {
    await post(say(package1, { cred: { ...basicCred, data: Buffer.from('device:wrong-secret').toString('base64') } }));
    expect(logged.join('\n')).toMatch(/credentials are refused: wrong user name or password/);
    expect(logged.join('\n')).not.toMatch(/wrong-secret|device-secret/);
  });
});

describe('a message in a version that nobody speaks', () => {
  it('is refused and leaves a session that is going on as it was', async () => {
    sessions.queue(DEVICE, 'd1', [put('./A', 'one')]);
    const package2 = await post(opening);
    const commits = sessions.commits;
    const refused = await post(say(package1, { verDtd: '3.0', verProto: 'DM/3.0', msgId: '9' }));
    expect(line(refused)).toBe('Status SyncHdr 505, Status Alert 505, Status Replace 505, Final');
    expect(sessions.commits).toBe(commits);
    await post(say(allAnswered(package2), { msgId: '2' }));
    expect(sessions.delivery('d1').state).toBe('succeeded');
  });
});
