import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../src/services/dm-codec.ts';
import type { Command, Item, Message, RequestCommand } from '../../src/syncml/message.ts';
import { element } from '../../src/wire/element.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { alert, allAnswered, basicCred, get, line, Play, package1, replace, requests, status } from './dialogue.ts';

const LIMIT = 1_000;
const sizeOf = (message: Message): number => encodeMessage(message, 'wbxml').length;

function itemIn(message: Message): Item {
  const command = requests(message)[0];
  const item = command !== undefined && 'items' in command ? command.items[0] : undefined;
  if (item === undefined) throw new Error(`no item in ${line(message)}`);
  return item;
}

/** The device takes piece after piece: 213 and alert 1222, without Final. */
function takePieces(play: Play, first: Message): { pieces: Item[]; messages: Message[]; last: Message } {
  const pieces = [itemIn(first)];
  const messages = [first];
  let message = first;
  while (itemIn(message).moreData === true) {
    const { cmdId } = requests(message)[0] as RequestCommand;
    message = play.device([status(message, '0', 212), status(message, cmdId, 213), alert(1222, '9')], { final: false });
    pieces.push(itemIn(message));
    messages.push(message);
    if (pieces.length > 10_000) throw new Error('it never ends');
  }
  return { pieces, messages, last: message };
}

function bin(uri: string, data: Uint8Array): RequestCommand {
  return { name: 'Replace', cmdId: '', items: [{ target: { uri }, meta: { format: 'bin' }, data }] };
}

describe("an object larger than the device's messages", () => {
  it('goes out in pieces of its text when it is made of elements', () => {
    const leaf = (name: string) => element('Node', 'syncml:dmddf1.2', [element('NodeName', 'syncml:dmddf1.2', [name])]);
    const tree = element(
      'MgmtTree',
      'syncml:dmddf1.2',
      Array.from({ length: 60 }, (_, index) => leaf(`N${index}`)),
    );
    const meta = { format: 'xml', type: 'application/vnd.syncml.dmtnds+xml' };
    const add: RequestCommand = {
      name: 'Add',
      cmdId: '',
      items: [{ target: { uri: './Big' }, meta, data: { elements: [tree] } }],
    };
    const play = new Play({ version: '1.2', deliveries: [{ id: 'd1', commands: [add] }], sizeOf });
    const { pieces, last } = takePieces(play, play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } }));
    const text = pieces.map(({ data }) => data).join('');
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces[0]?.meta).toEqual({ ...meta, size: Buffer.byteLength(text) });
    expect(decodeXml(text).root).toEqual(tree);
    play.device(allAnswered(last));
    expect(play.standing('d1')).toBe('succeeded 1');
  });

  it('goes out in pieces, the size in the first, MoreData in all but the last, Final only with the last', () => {
    const value = 'abcdefghij'.repeat(500);
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./Big', value), get('./After')] }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } });
    const { pieces, messages, last } = takePieces(play, first);
    expect(pieces.map(({ data }) => data).join('')).toBe(value);
    expect(pieces.map(({ meta }) => meta?.size)).toEqual([5_000, ...pieces.slice(1).map(() => undefined)]);
    expect(pieces.map(({ target }) => target?.uri)).toEqual(pieces.map(() => './Big'));
    expect(messages.map(({ final }) => final)).toEqual([...pieces.slice(1).map(() => false), true]);
    for (const message of messages) expect(sizeOf(message)).toBeLessThanOrEqual(LIMIT);
    expect(play.standing('d1')).toBe('delivering 0');
    expect(play.nodes.has('./Big')).toBe(false);

    const next = play.device(allAnswered(last));
    expect(line(next)).toBe('Status SyncHdr 200, Get ./After, Final');
    play.device(allAnswered(next));
    expect(play.standing('d1')).toBe('succeeded 2');
    expect(play.results.map(({ path, status: code }) => [path, code])).toEqual([
      [[0], 200],
      [[1], 200],
    ]);
    expect(play.nodes.get('./Big')).toBe(value);
  });

  it('fills the messages: but for the octet of Final, no piece could have been longer', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./Big', 'x'.repeat(5_000))] }], sizeOf });
    const { messages } = takePieces(play, play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } }));
    for (const message of messages.slice(0, -1)) expect(sizeOf(message)).toBeGreaterThanOrEqual(LIMIT - 1);
  });

  it('is never cut inside a character, nor octets inside a group of base64', () => {
    const text = '\u{1f4f1}'.repeat(600);
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./Text', text)] }], sizeOf });
    const { pieces } = takePieces(play, play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } }));
    for (const { data } of pieces) expect(() => encodeURIComponent(String(data))).not.toThrow();
    expect(pieces.map(({ data }) => data).join('')).toBe(text);
    expect(pieces[0]?.meta?.size).toBe(2_400);

    const octets = Buffer.from(Array.from({ length: 3_001 }, (_, index) => index % 256));
    const second = new Play({ deliveries: [{ id: 'd1', commands: [bin('./Bin', octets)] }], sizeOf });
    const taken = takePieces(second, second.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } })).pieces;
    expect(Buffer.concat(taken.map(({ data }) => data as Uint8Array))).toEqual(octets);
    for (const { data } of taken.slice(0, -1)) expect((data as Uint8Array).length % 3).toBe(0);
  });

  it('of 10 MB to a device with 4 KB messages takes time that grows with the object, not with its square', {
    timeout: 60_000,
  }, () => {
    const octets = Buffer.alloc(10 * 1_048_576, 0x5a);
    let measured = 0;
    const counting = (message: Message): number => {
      const size = sizeOf(message);
      measured += size;
      return size;
    };
    const play = new Play({ deliveries: [{ id: 'd1', commands: [bin('./Firmware', octets)] }], sizeOf: counting });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 4_096 } });
    measured = 0;
    const { pieces, last } = takePieces(play, first);
    expect(pieces.reduce((sum, { data }) => sum + (data as Uint8Array).length, 0)).toBe(octets.length);
    expect(measured).toBeLessThan(20 * octets.length);
    play.device(allAnswered(last));
    expect(play.standing('d1')).toBe('succeeded 1');
  });

  it('is broken off when the device refuses a piece: the command has failed and the next one goes out', () => {
    const commands = [replace('./Big', 'x'.repeat(5_000)), get('./After')];
    const play = new Play({ deliveries: [{ id: 'd1', commands }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } });
    const { cmdId } = requests(first)[0] as RequestCommand;
    const next = play.device([status(first, '0', 212), status(first, cmdId, 413)]);
    expect(line(next)).toBe('Status SyncHdr 200, Get ./After, Final');
    play.device(allAnswered(next));
    expect(play.standing('d1')).toBe('failed 2');
  });

  it('is not delivered when the device says 200 to a piece that is not the last', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./Big', 'x'.repeat(5_000))] }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } });
    const { cmdId } = requests(first)[0] as RequestCommand;
    play.device([status(first, '0', 212), status(first, cmdId, 200)]);
    expect(play.standing('d1')).toBe('failed 1');
    expect(play.deliveries[0]?.move?.failure?.message).toMatch(/before all of its value was sent/);
    expect(play.nodes.has('./Big')).toBe(false);
  });

  it('is answered twice, 213 and 200, for one piece: the second word counts, and no more of it goes out', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./Big', 'x'.repeat(5_000))] }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } });
    const { cmdId } = requests(first)[0] as RequestCommand;
    const reply = play.device([status(first, '0', 212), status(first, cmdId, 213), status(first, cmdId, 200)]);
    expect(line(reply)).toBe('Status SyncHdr 200, Final');
    expect(play.standing('d1')).toBe('failed 1');
  });

  it('starts over from its first piece in the next session when the session is lost under way', () => {
    const deliveries = [{ id: 'd1', commands: [replace('./Big', 'x'.repeat(5_000))] }];
    const play = new Play({ deliveries, sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } });
    const { cmdId } = requests(first)[0] as RequestCommand;
    play.device([status(first, '0', 212), status(first, cmdId, 213), alert(1222, '9')], { final: false });
    play.state = { phase: 'awaitingPackage1' };
    const again = play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } });
    expect(itemIn(again).meta?.size).toBe(5_000);
    expect(itemIn(again).data).toBe(itemIn(first).data);
  });

  it('that the device says it does not take (MaxObjSize) is not sent at all, and those before it are', () => {
    const commands = [get('./Before'), replace('./Big', 'x'.repeat(5_000))];
    const play = new Play({ deliveries: [{ id: 'd1', commands }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 16_384, maxObjSize: 4_000 } });
    expect(line(first)).toMatch(/Get \.\/Before, Final$/);
    expect(line(play.device(allAnswered(first)))).toBe('Status SyncHdr 200, Final');
    expect(play.deliveries[0]?.move).toMatchObject({
      state: 'failed',
      position: 1,
      failure: { code: 'command-too-large' },
    });
    expect(play.deliveries[0]?.move?.failure?.message).toMatch(/more than 4000 octets/);
  });
});

describe('an object that the device does not get right', () => {
  const value = 'x'.repeat(2_500);
  const play = (): { stage: Play; first: Message } => {
    const commands = [replace('./Big', value), get('./After')];
    const stage = new Play({ deliveries: [{ id: 'd1', commands }], sizeOf });
    return { stage, first: stage.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } }) };
  };
  const named: Command = { name: 'Alert', cmdId: '8', code: 1225, items: [{ target: { uri: './Big' } }] };
  const cmdIdIn = (message: Message): string => (requests(message)[0] as RequestCommand).cmdId;

  it('(424) is sent once more, and is delivered when it comes through then', () => {
    const { stage, first } = play();
    const { last } = takePieces(stage, first);
    const again = stage.device([status(last, '0', 212), status(last, cmdIdIn(last), 424)]);
    expect(itemIn(again)).toMatchObject({ target: { uri: './Big' }, meta: { size: 2_500 }, moreData: true });
    const second = takePieces(stage, again);
    expect(second.pieces.map(({ data }) => data).join('')).toBe(value);
    stage.device(allAnswered(stage.device(allAnswered(second.last))));
    expect(stage.standing('d1')).toBe('succeeded 2');
    expect(stage.results.filter(({ path }) => path[0] === 0).map(({ status: code }) => code)).toEqual([200]);
  });

  it('twice has failed, and the next command goes out', () => {
    const { stage, first } = play();
    const { last } = takePieces(stage, first);
    const again = stage.device([status(last, '0', 212), status(last, cmdIdIn(last), 424)]);
    const second = takePieces(stage, again);
    const next = stage.device([status(second.last, '0', 212), status(second.last, cmdIdIn(second.last), 424)]);
    expect(line(next)).toBe('Status SyncHdr 200, Get ./After, Final');
    stage.device(allAnswered(next));
    expect(stage.standing('d1')).toBe('failed 2');
    expect(stage.deliveries[0]?.move?.failure?.message).toMatch(/was answered 424/);
  });

  it('is sent again only when the device has ended its package', () => {
    const { stage, first } = play();
    const { last } = takePieces(stage, first);
    const waiting = stage.device([status(last, '0', 212), status(last, cmdIdIn(last), 424)], { final: false });
    expect(line(waiting)).toBe('Status SyncHdr 200, Alert 1222');
    expect(itemIn(stage.device([status(waiting, '0', 212)])).meta?.size).toBe(2_500);
  });

  it('and says so by alert 1225 is sent once more at once, since our package is open still', () => {
    const { stage, first } = play();
    const again = stage.device([status(first, '0', 212), named, alert(1222, '9')], { final: false });
    expect(line(again)).toBe('Status SyncHdr 200, Status Alert 200, Status Alert 200, Replace ./Big');
    expect(itemIn(again).meta?.size).toBe(2_500);
    const next = stage.device([status(again, '0', 212), named, alert(1222, '9')], { final: false });
    expect(line(next)).toBe('Status SyncHdr 200, Status Alert 200, Status Alert 200, Get ./After, Final');
    stage.device(allAnswered(next));
    expect(stage.standing('d1')).toBe('failed 2');
    expect(stage.deliveries[0]?.move?.failure?.message).toBe(
      'Replace of ./Big (command 1) broke off at the device (alert 1225), twice.',
    );
  });

  it('is not meant by an alert 1225 about something else', () => {
    const { stage, first } = play();
    const other: Command = { ...named, items: [{ target: { uri: './Else' } }] };
    const reply = stage.device([status(first, '0', 212), status(first, cmdIdIn(first), 213), other], { final: false });
    expect(itemIn(reply).meta?.size).toBeUndefined();
    expect(stage.notes).toContain('the device misses the end of ./Else: none is on its way');
  });
});

describe('a piece that the device refuses without ending its package', () => {
  it('ends the object, and the next command goes out: the device waits for the rest of our package', () => {
    const commands = [replace('./Big', 'x'.repeat(5_000)), get('./After')];
    const play = new Play({ deliveries: [{ id: 'd1', commands }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } });
    const { cmdId } = requests(first)[0] as RequestCommand;
    const next = play.device([status(first, '0', 212), status(first, cmdId, 420), alert(1222, '9')], { final: false });
    expect(line(next)).toBe('Status SyncHdr 200, Status Alert 200, Get ./After, Final');
    play.device(allAnswered(next));
    expect(play.standing('d1')).toBe('failed 2');
  });
});

describe('an object that cannot go in pieces', () => {
  const big = replace('./Big', 'x'.repeat(5_000));
  const failing = (command: RequestCommand, takesPieces?: boolean): string | undefined => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [command] }], sizeOf });
    play.takesPieces = takesPieces;
    expect(line(play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } }))).not.toMatch(
      /Replace \.\/Big/,
    );
    expect(play.standing('d1')).toBe('failed 0');
    return play.deliveries[0]?.move?.failure?.message;
  };

  it('because it is inside an Atomic or a Sequence is refused at once, with the reason', () => {
    for (const name of ['Atomic', 'Sequence'] as const) {
      expect(failing({ name, cmdId: '', commands: [big] })).toBe(
        `Command 1 does not fit into a message of 1000 octets, and ${name} has to stand in one message with everything inside it.`,
      );
    }
  });

  it('because its command has several Items is refused at once, with the reason', () => {
    const two = { ...big, items: 'items' in big ? [...big.items, ...big.items] : [] } as RequestCommand;
    expect(failing(two)).toMatch(/only a command of one Item goes in pieces: split it\.$/);
  });

  it('because the device takes none (DevDetail/LrgObj is false) is refused at once, with the reason', () => {
    expect(failing(big, false)).toMatch(/its DevDetail\/LrgObj says that it takes no value in pieces\.$/);
  });

  it('goes in pieces to a device that takes them, or has not said', () => {
    for (const takesPieces of [true, undefined]) {
      const play = new Play({ deliveries: [{ id: 'd1', commands: [big] }], sizeOf });
      play.takesPieces = takesPieces;
      expect(itemIn(play.device(package1, { cred: basicCred, meta: { maxMsgSize: LIMIT } })).moreData).toBe(true);
    }
  });
});
