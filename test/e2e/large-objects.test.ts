import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/services/dm-codec.ts';
import { DmMessages } from '../../src/services/dm-messages.ts';
import type { Command, Header, Item, Message } from '../../src/syncml/message.ts';
import { newDelivery, newPackage } from '../contract/stores-harness.ts';
import { alert, basicCred, CLIENT, package1, requests, SERVER_PASSWORD, status } from '../session/dialogue.ts';
import { type PostgresStores, postgresStores } from '../setup/stores.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MB = 1_048_576;
const SIZE = 10 * MB;
/** The device's limit for our messages, and about what it sends in one. */
const MESSAGE = 4_096;
const PIECE = 3_600;
/** Less than the object: whoever holds it, or the half of it, is found out. */
const SLACK = 4 * MB;

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await postgresStores();
});
afterAll(() => postgres.close());

/** What is really held: memory that only waits to be collected does not count, nor what one sample happens to catch. */
async function heldOctets(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < 3; sample++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

/** A device without a memory: it hashes what it gets and makes what it sends as it goes. */
class StreamingDevice {
  readonly #messages: DmMessages;
  #msgId = 0;
  /** Of the largest message we sent. */
  largest = 0;
  /** One number every few hundred messages. */
  readonly held: number[] = [];

  constructor(messages: DmMessages) {
    this.#messages = messages;
  }

  async say(commands: readonly Command[], final: boolean, header: Partial<Header> = {}): Promise<Message> {
    this.#msgId += 1;
    const message: Message = {
      header: {
        verDtd: '1.2',
        verProto: 'DM/1.2',
        sessionId: '1',
        msgId: String(this.#msgId),
        target: { uri: 'http://dm.example/dm' },
        source: { uri: 'IMEI:1' },
        ...header,
      },
      commands,
      final,
    };
    const answer = await this.#messages.handle({
      mediaType: 'application/vnd.syncml.dm+wbxml',
      encoding: 'wbxml',
      body: encodeMessage(message, 'wbxml'),
    });
    if (answer.kind !== 'reply') throw new Error(`the server gave no reply: ${answer.kind}`);
    this.largest = Math.max(this.largest, answer.reply.body.length);
    if (this.#msgId % 400 === 0) this.held.push(await heldOctets());
    return decodeMessage(answer.reply.body, 'wbxml');
  }

  /** Memory between the samples after the first: what is kept for good has been made by then. */
  growth(): number {
    const [first = 0, ...later] = this.held;
    return Math.max(...later) - first;
  }
}

function pieceIn(message: Message): { cmdId: string; item: Item } {
  const [command] = requests(message);
  const item = command !== undefined && 'items' in command ? command.items[0] : undefined;
  if (command === undefined || item === undefined) throw new Error('no piece in the message');
  return { cmdId: command.cmdId, item };
}

/** Octets that repeat nowhere near, so that a piece out of place is found out. */
function octetsAt(start: number, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => ((start + index) * 2_654_435_761) >>> 24));
}

describe('an object of 10 MB', () => {
  it('goes to a device with 4 KB messages and comes back, octet for octet, and nobody ever holds it twice', {
    timeout: 600_000,
  }, async () => {
    const { stores } = postgres;
    const account = { auth: 'basic', client: CLIENT, server: { password: SERVER_PASSWORD } } as const;
    await stores.devices.create({ id: stores.entropy.id(), deviceId: 'IMEI:1', account, createdAt: new Date() });
    const whole = createHash('sha256');
    const { id: packageId } = await stores.packages.createRevision(
      newPackage(stores, {
        variables: [],
        commandCount: 2,
        commands: [
          {
            name: 'Replace',
            line: 1,
            items: [
              {
                target: { uri: './Firmware' },
                meta: { format: 'bin' },
                data: { base64: octetsAt(0, SIZE).toString('base64') },
              },
            ],
          },
          { name: 'Get', line: 2, items: [{ target: { uri: './Log' } }] },
        ],
      }),
    );
    const now = Date.now();
    const delivery = await stores.deliveries.create(
      newDelivery(
        stores,
        { packageId, deviceId: 'IMEI:1' },
        { createdAt: new Date(now), expiresAt: new Date(now + 86_400_000) },
      ),
    );
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    const messages = new DmMessages(
      {
        sessions: stores.sessions,
        clock: { now: () => new Date() },
        entropy: stores.entropy,
        metrics: { messageHandled() {}, sessionOpened() {}, sessionClosed() {}, deliveryEnded() {} },
        log: silent,
      },
      { serverId: 'omadm', maxMsgSize: 65_536, maxObjSize: SIZE },
    );

    const device = new StreamingDevice(messages);
    let message = await device.say(package1, true, { cred: basicCred, meta: { maxMsgSize: MESSAGE } });
    let received = 0;
    for (let isLast = false; !isLast; ) {
      const { cmdId, item } = pieceIn(message);
      if (received === 0) expect(item.meta?.size).toBe(SIZE);
      const data = item.data as Uint8Array;
      whole.update(data);
      received += data.length;
      isLast = item.moreData !== true;
      const answers = [status(message, '0', 212), status(message, cmdId, isLast ? 200 : 213)];
      message = await device.say(isLast ? answers : [...answers, alert(1222, '9')], isLast);
    }
    expect(received).toBe(SIZE);
    const expected = createHash('sha256').update(octetsAt(0, SIZE)).digest('hex');
    expect(whole.digest('hex')).toBe(expected);

    const { cmdId } = pieceIn(message);
    const question = message;
    for (let sent = 0; sent < SIZE; ) {
      const data = octetsAt(sent, Math.min(PIECE, SIZE - sent));
      const isFirst = sent === 0;
      sent += data.length;
      const item: Item = {
        source: { uri: './Log' },
        ...(isFirst && { meta: { format: 'bin', size: SIZE } }),
        ...(!isFirst && { meta: { format: 'bin' } }),
        data,
        ...(sent < SIZE && { moreData: true }),
      };
      const results: Command = {
        name: 'Results',
        cmdId: '9',
        msgRef: question.header.msgId,
        cmdRef: cmdId,
        items: [item],
      };
      const answers = isFirst ? [status(question, '0', 212), status(question, cmdId, 200)] : [];
      message = await device.say([...answers, results], sent === SIZE);
    }
    expect(device.largest).toBeLessThanOrEqual(MESSAGE);
    expect(device.growth()).toBeLessThan(SLACK);

    const ended = await stores.deliveries.get(delivery.id);
    expect(ended?.state).toBe('succeeded');
    const object = ended?.results.at(-1)?.object;
    expect(object?.size).toBe(SIZE);
    expect(JSON.stringify(ended).length).toBeLessThan(4_096);

    const before = await heldOctets();
    const back = createHash('sha256');
    let most = 0;
    let pieces = 0;
    for await (const octets of stores.objects.read(object?.id ?? '')) {
      back.update(octets);
      pieces += 1;
      if (pieces % 600 === 0) most = Math.max(most, (await heldOctets()) - before);
    }
    expect(back.digest('hex')).toBe(expected);
    expect(most).toBeLessThan(SLACK);
  });
});
