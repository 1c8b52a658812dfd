import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';
import { decodeMessage } from '../../src/services/dm-codec.ts';
import { DmMessages } from '../../src/services/dm-messages.ts';
import { hmacCredData, md5CredData } from '../../src/syncml/credentials.ts';
import { type Encoding, parseContentType } from '../../src/syncml/media-type.ts';
import type { Message, StatusCommand } from '../../src/syncml/message.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';
import { line, requests } from '../session/dialogue.ts';

/** One whole session of a client that nobody here wrote, message by message as it came off the wire. */
const FIXTURES = new URL('../../../shared/fixtures/', import.meta.url);
const fixture = (path: string): Buffer => readFileSync(new URL(path, FIXTURES));

const DEVICE = 'DMCtest';
const get = (locUri: string): PackageCommand => ({ name: 'Get', line: 1, items: [{ target: { uri: locUri } }] });
const x1 = { uri: './Vendor/memory/x1' };

/** What the scripted server of the capture asked for, as two packages. */
const questions: PackageCommand[] = [get('./DevDetail'), get('./DevInfo/Man'), get('.')];
const changes: PackageCommand[] = [
  { name: 'Add', line: 1, items: [{ target: x1, meta: { format: 'chr', type: 'text/plain' }, data: 'hello' }] },
  get(x1.uri),
  { name: 'Replace', line: 1, items: [{ target: x1, data: 'world' }] },
  { name: 'Delete', line: 1, items: [{ target: { uri: './nope' } }] },
  { name: 'Alert', line: 1, code: 1100, items: [{ data: 'MINDT=10' }, { data: 'Hi there' }] },
];

let sessions: MemorySessionStore;
let server: DmMessages;

beforeEach(() => {
  sessions = new MemorySessionStore();
  sessions.addDevice(DEVICE, {
    auth: 'basic',
    client: { username: 'funambol', password: 'funambol' },
    server: { password: 'srvpwd' },
  });
  let count = 0;
  const silent = (): void => {};
  server = new DmMessages(
    {
      sessions,
      clock: { now: () => new Date('2026-01-01T00:00:00Z') },
      entropy: { bytes: (length) => Buffer.alloc(length, ++count), id: () => `id-${++count}` },
      metrics: { messageHandled: silent, sessionOpened: silent, sessionClosed: silent, deliveryEnded: silent },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
    { serverId: 'funambol', maxMsgSize: 65_536, maxObjSize: 1_048_576 },
  );
});

/** Posts a captured message under the Content-Type it came with. */
async function post(folder: string, number: string, encoding: Encoding): Promise<Message> {
  const headers = fixture(`dm-client-transcripts/${folder}/${number}-req.hdr`).toString('latin1');
  const type = parseContentType(/^Content-Type: (.*)$/m.exec(headers)?.[1] ?? '');
  if (type?.encoding !== encoding) throw new Error(`${folder}/${number}-req.hdr names another Content-Type`);
  const body = fixture(`dm-client-transcripts/${folder}/${number}-req.${encoding}`);
  const answer = await server.handle({ ...type, body });
  if (answer.kind !== 'reply') throw new Error(answer.reason);
  expect(answer.reply.contentType).toBe(type.mediaType);
  return decodeMessage(answer.reply.body, encoding);
}

/** What the capture's own server said at that place. */
function scripted(folder: string, number: string, encoding: Encoding): Message {
  return decodeMessage(fixture(`dm-client-transcripts/${folder}/${number}-rsp.${encoding}`), encoding);
}

function numbered(message: Message): string[] {
  return requests(message).map(({ name, cmdId }) => `${name} ${cmdId}`);
}

describe.each([
  ['dm11-wbxml', 'wbxml'],
  ['dm11-xml', 'xml'],
] as const)('the captured session %s', (folder, encoding) => {
  it('is carried through to its end: the same commands under the same numbers, every answer in its place', async () => {
    sessions.queue(DEVICE, 'questions', questions);
    sessions.queue(DEVICE, 'changes', changes);

    const package2 = await post(folder, '00', encoding);
    expect(line(package2)).toBe(
      'Status SyncHdr 212, Status Alert 200, Status Replace 200, Get ./DevDetail, Get ./DevInfo/Man, Get ., Final',
    );
    expect(numbered(package2)).toEqual(numbered(scripted(folder, '00', encoding)));
    expect(sessions.devices.get(DEVICE)?.devInfo).toMatchObject({
      devId: 'DMCtest',
      man: 'test manufacturer',
      mod: 'test model',
    });

    const package4 = await post(folder, '01', encoding);
    expect(sessions.delivery('questions').state).toBe('succeeded');
    expect(
      [...sessions.delivery('questions').results.values()].map(({ locUri, data, status }) => [locUri, data, status]),
    ).toEqual([
      ['./DevDetail', 'URI/DevTyp/OEM/FwV/SwV/HwV/LrgObj', 200],
      ['./DevInfo/Man', 'test manufacturer', 200],
      ['.', 'Inbox/DMAcc/Vendor/DevInfo/DevDetail/test', 200],
    ]);
    const chal = decodeMessage(fixture(`dm-client-transcripts/${folder}/01-req.${encoding}`), encoding).commands.find(
      (command): command is StatusCommand => command.name === 'Status' && command.cmdRef === '0',
    )?.chal;
    expect(sessions.devices.get(DEVICE)?.account.server.nonce).toEqual(Buffer.from(chal?.nextNonce ?? '', 'base64'));
    expect(numbered(package4)).toEqual(numbered(scripted(folder, '01', encoding)));
    expect(package4.header.cred).toBeUndefined();

    const end = await post(folder, '02', encoding);
    expect(line(end)).toBe('Status SyncHdr 200, Final');
    const { state, failure, results } = sessions.delivery('changes');
    expect([...results.values()].map(({ command, status }) => [command, status])).toEqual([
      ['Add', 200],
      ['Get', 200],
      ['Replace', 200],
      ['Delete', 404],
      // One question, whatever its options: one result.
      ['Alert', 200],
    ]);
    expect(state).toBe('failed');
    expect(failure?.message).toMatch(/^Delete of \.\/nope \(command 4\) was answered 404/);
    expect(sessions.devices.get(DEVICE)?.sessions.at(-1)?.closeReason).toBe('completed');
  });

  it('ends after package 2 when nothing waits for the device', async () => {
    expect(line(await post(folder, '00', encoding))).toBe(
      'Status SyncHdr 212, Status Alert 200, Status Replace 200, Final',
    );
  });
});

interface AuthVectors {
  readonly md5: readonly { user: string; password: string; nonceUtf8: string; credDataBase64: string }[];
  readonly hmac: readonly { user: string; password: string; nonceBase64: string; bodyFile: string; header: string }[];
}

describe('credentials made elsewhere', () => {
  const vectors = JSON.parse(fixture('auth/vectors.json').toString()) as AuthVectors;

  it('are the ones we make: MD5', () => {
    expect(vectors.md5.length).toBeGreaterThan(0);
    for (const { user, password, nonceUtf8, credDataBase64 } of vectors.md5) {
      expect(md5CredData(user, password, Buffer.from(nonceUtf8))).toBe(credDataBase64);
    }
  });

  it('are the ones we make: the MAC of x-syncml-hmac over the body beside it', () => {
    expect(vectors.hmac.length).toBeGreaterThan(0);
    for (const { user, password, nonceBase64, bodyFile, header } of vectors.hmac) {
      const mac = hmacCredData(user, password, Buffer.from(nonceBase64, 'base64'), fixture(`auth/${bodyFile}`));
      expect(header).toBe(`x-syncml-hmac: algorithm=MD5, username="${user}", mac=${mac}`);
    }
  });
});
