import { describe, expect, it } from 'vitest';
import { isFinalDelivery } from '../../src/domain/delivery.ts';
import type { PackageCommand, PackageData, PackageItem } from '../../src/provisioning/package-command.ts';
import { decodeMessage, encodeMessage } from '../../src/services/dm-codec.ts';
import { type DmAnswer, DmMessages } from '../../src/services/dm-messages.ts';
import type { Encoding } from '../../src/syncml/media-type.ts';
import type { Data, Item, Message, RequestCommand } from '../../src/syncml/message.ts';
import { XmlError } from '../../src/wire/xml/xml-error.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';
import { CLIENT, SERVER_PASSWORD } from '../session/dialogue.ts';
import { GoodDevice, type Say } from './good-device.ts';
import { mutate, show } from './mutate-session.ts';
import { pick, type Random, randomSource } from './random-source.ts';
import { NONCE, SHAPES, type Shape } from './session-shapes.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20260101);
/**
 * No changed message takes its name: with Basic or MD5 once a session is under way whoever knows the names of device and
 * session can take part in it, which is why such devices belong on TLS.
 */
const NEIGHBOUR = 'IMEI:9';
/** The engine alone gets twenty times as many, see `sessions.test.ts`. */
const SESSIONS = Math.ceil(Number(process.env['FUZZ_SESSIONS'] ?? 10_000) / 20);
const TIMEOUT_MS = 60_000 + SESSIONS * 400;
const MOST_MESSAGES = 150;

/** Those whose device proves itself by what it says; a MAC would have to cover the octets after their mutation. */
const WITHOUT_MACS = SHAPES.filter(({ manner }) => manner.auth !== 'hmac');

/** The server but for HTTP and PostgreSQL, with two devices of that shape. */
class Server {
  readonly store = new MemorySessionStore();
  readonly #messages: DmMessages;
  readonly #encoding: Encoding;

  constructor({ manner, deliveries }: Shape, encoding: Encoding) {
    this.#encoding = encoding;
    for (const device of ['IMEI:1', NEIGHBOUR]) {
      const client = { ...CLIENT, nonce: NONCE };
      this.store.addDevice(device, { auth: manner.auth, client, server: { password: SERVER_PASSWORD } });
      for (const [index, order] of deliveries.entries()) {
        if ('plan' in order) continue;
        const commands = 'onFailure' in order ? order.commands : order;
        this.store.queue(device, `${device} ${index}`, commands.map(asPackage));
      }
    }
    const silent = (): void => {};
    let count = 0;
    this.#messages = new DmMessages(
      {
        sessions: this.store,
        clock: { now: () => new Date('2026-01-01T12:00:00Z') },
        entropy: { bytes: (length) => Buffer.alloc(length, ++count), id: () => `id-${++count}` },
        metrics: { messageHandled: silent, sessionOpened: silent, sessionClosed: silent, deliveryEnded: silent },
        log: { debug: silent, info: silent, warn: silent, error: silent },
      },
      { serverId: 'omadm', maxMsgSize: 65_536, maxObjSize: 4_096 },
    );
  }

  handle(body: Uint8Array): Promise<DmAnswer> {
    const mediaType = `application/vnd.syncml.dm+${this.#encoding}`;
    return this.#messages.handle({ mediaType, encoding: this.#encoding, body });
  }

  /** Undefined: XML cannot hold what is in it. */
  encode(message: Message): Uint8Array | undefined {
    try {
      return encodeMessage(message, this.#encoding);
    } catch (error) {
      if (error instanceof XmlError) return undefined;
      throw error;
    }
  }

  /** Undefined for what is answered by no message. */
  async ask(message: Message): Promise<Message | undefined> {
    const body = this.encode(message);
    if (body === undefined) return undefined;
    const answer = await this.handle(body);
    return answer.kind === 'reply' ? decodeMessage(answer.reply.body, this.#encoding) : undefined;
  }

  /** A whole session of a device that does nothing wrong. */
  async serve(device: GoodDevice, deviceId: string): Promise<void> {
    let messages = 0;
    for (let say: Say | undefined = device.open(); say !== undefined; ) {
      if (++messages > MOST_MESSAGES) throw new Error(`${deviceId}: ${messages} messages and no end`);
      const reply = await this.ask(from(deviceId, say.message));
      if (reply === undefined) throw new Error(`${deviceId} was not answered`);
      say = device.answer(reply);
    }
  }

  openDeliveries(deviceId: string): string[] {
    const deliveries = this.store.devices.get(deviceId)?.deliveries ?? [];
    return deliveries.filter(({ state }) => !isFinalDelivery(state)).map(({ id, state }) => `${id}: ${state}`);
  }
}

const from = (deviceId: string, message: Message): Message => ({
  ...message,
  header: { ...message.header, source: { uri: deviceId } },
});

function asPackage(command: RequestCommand): PackageCommand {
  const { cmdId: _, noResp: _never, ...rest } = command;
  if ('commands' in rest) return { ...rest, line: 1, commands: rest.commands.map(asPackage) };
  return { ...rest, line: 1, items: rest.items.map(asPackageItem) };
}

function asPackageItem({ data, moreData: _, ...rest }: Item): PackageItem {
  return data === undefined ? rest : { ...rest, data: asPackageData(data) };
}

function asPackageData(data: Data): PackageData {
  return data instanceof Uint8Array ? { base64: Buffer.from(data).toString('base64') } : data;
}

/** What the device says is changed, doubled and followed by octets that are no message. */
async function mischief(random: Random, server: Server, device: GoodDevice, heard: Message[]): Promise<void> {
  let last: Message | undefined;
  for (let left = 1 + random(10); left > 0; left--) {
    let say = (last === undefined ? undefined : device.answer(last)) ?? device.open();
    if (random(2) === 0) for (let changes = 1 + random(3); changes > 0; changes--) say = mutate(random, say);
    heard.push(say.message);
    const body = server.encode(say.message);
    if (body === undefined) continue;
    const often = random(6) === 0 ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: often }, () => server.handle(body)));
    if (random(10) === 0) await server.handle(body.subarray(0, random(body.length)));
    const [answer] = answers;
    if (answer?.kind === 'reply') last = readable(answer.reply.body, say.message);
  }
}

/** Every reply can be read, and is for the message it follows on. */
function readable(body: Uint8Array, to: Message): Message {
  const reply = decodeMessage(body, body[0] === 0x3c ? 'xml' : 'wbxml');
  const [first] = reply.commands;
  if (first?.name !== 'Status' || first.cmdRef !== '0') throw new Error('no Status for the header in the first place');
  if (reply.header.sessionId !== to.header.sessionId) throw new Error('a reply for another session');
  return reply;
}

/** The shapes' limits are for WBXML. */
function withRoomFor(encoding: Encoding, { manner, deliveries }: Shape): Shape {
  const { meta } = manner;
  if (encoding === 'wbxml' || meta?.maxMsgSize === undefined) return { manner, deliveries };
  return { manner: { ...manner, meta: { ...meta, maxMsgSize: meta.maxMsgSize * 3 } }, deliveries };
}

async function wholeSession(random: Random, heard: Message[], seen: Set<string>): Promise<void> {
  const encoding = pick(random, ['wbxml', 'xml'] as const);
  const shape = withRoomFor(encoding, pick(random, WITHOUT_MACS));
  const server = new Server(shape, encoding);
  const neighbour = new GoodDevice(shape.manner, NONCE);
  await Promise.all([
    mischief(random, server, new GoodDevice(shape.manner, NONCE), heard),
    server.serve(neighbour, NEIGHBOUR),
  ]);
  const ofNeighbour = server.store.devices.get(NEIGHBOUR);
  const ended = ofNeighbour?.deliveries.map(({ id, state, failure }) => [id, state, failure?.message]);
  expect(ended).toEqual(ofNeighbour?.deliveries.map(({ id }) => [id, 'succeeded', undefined]));
  const again = new GoodDevice({ ...shape.manner, credentialsFirst: false, challengesServer: false }, NONCE, '7777');
  await server.serve(again, 'IMEI:1');
  expect(server.openDeliveries('IMEI:1')).toEqual([]);
  const { sessions = [] } = server.store.devices.get('IMEI:1') ?? {};
  expect(sessions.filter(({ state }) => state.phase === 'managing' || state.phase === 'receivingPackage1')).toEqual([]);
  for (const { state } of sessions) seen.add(state.phase === 'closed' ? state.reason : state.phase);
}

describe(`sessions over the wire (FUZZ_SEED=${SEED})`, () => {
  it(`${SESSIONS} with messages changed, doubled and cut: each is answered, the device comes back, and the one beside it is served`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const seen = new Set<string>();
    for (let number = 0; number < SESSIONS; number++) {
      const heard: Message[] = [];
      try {
        await wholeSession(randomSource(SEED + number), heard, seen);
      } catch (error) {
        const said = heard.map(show).join('\n');
        throw new Error(`FUZZ_SEED=${SEED}, session ${number}: ${String(error)}; the device said\n${said}`, {
          cause: error,
        });
      }
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(['completed', 'superseded', 'aborted-by-device', 'protocol-error']),
    );
  });
});
