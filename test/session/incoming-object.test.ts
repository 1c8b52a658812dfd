import { describe, expect, it } from 'vitest';
import type { Command, Item, Message, ResultsCommand } from '../../src/syncml/message.ts';
import { allAnswered, basicCred, get, line, Play, package1, status } from './dialogue.ts';

function results(to: Message, item: Item, cmdId = '9'): ResultsCommand {
  return { name: 'Results', cmdId, msgRef: to.header.msgId, cmdRef: '4', items: [item] };
}

const piece = (data: string | Uint8Array, more: Partial<Item> = {}): Item => ({
  source: { uri: './Log' },
  data,
  ...more,
});
const firstPiece = (data: string | Uint8Array, size: number, format = 'chr'): Item =>
  piece(data, { meta: { size, format }, moreData: true });

function asked(): { play: Play; question: Message } {
  const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./Log'), get('./Other')] }] });
  return { play, question: play.device(package1, { cred: basicCred }) };
}

describe('a value that the device sends in pieces', () => {
  it('is answered 213 and asked for piece by piece, and stored once it is whole', () => {
    const { play, question } = asked();
    const one = play.device([...allAnswered(question), results(question, firstPiece('abc', 7))], { final: false });
    expect(line(one)).toBe('Status SyncHdr 200, Status Results 213, Alert 1222');
    expect(play.nodes.has('./Log')).toBe(false);
    const two = play.device([results(question, piece('de', { moreData: true }))], { final: false });
    expect(line(two)).toBe('Status SyncHdr 200, Status Results 213, Alert 1222');
    const end = play.device([results(question, piece('fg'))]);
    expect(line(end)).toBe('Status SyncHdr 200, Final');
    expect(play.nodes.get('./Log')).toBe('abcdefg');
    expect(play.results.at(-1)).toMatchObject({ path: [0], data: 'abcdefg', format: 'chr', status: 200 });
    expect(play.standing('d1')).toBe('succeeded 2');
  });

  it('may be cut inside a character, or be octets', () => {
    const { play, question } = asked();
    const octets = Buffer.from('Grüße');
    play.device([...allAnswered(question), results(question, firstPiece(octets.subarray(0, 3), 7))], { final: false });
    play.device([results(question, piece(octets.subarray(3)))]);
    expect(play.nodes.get('./Log')).toBe('Grüße');

    const second = asked();
    const raw = Buffer.from([0, 255, 1, 254]);
    const first = results(second.question, firstPiece(raw.subarray(0, 2), 4, 'bin'));
    second.play.device([...allAnswered(second.question), first], { final: false });
    second.play.device([results(second.question, piece(raw.subarray(2)))]);
    expect(second.play.results.at(-1)).toMatchObject({ data: raw.toString('base64'), format: 'b64' });
  });

  it('in base64 is taken however it was cut, and whether its size or that of its text was said', () => {
    const raw = Buffer.from([0, 255, 1, 254, 7]);
    const whole = raw.toString('base64');
    const ways = [
      [raw.subarray(0, 2).toString('base64'), raw.subarray(2).toString('base64')],
      [whole.slice(0, 3), whole.slice(3)],
    ] as const;
    for (const [begin, end] of ways) {
      for (const size of [raw.length, begin.length + end.length]) {
        const { play, question } = asked();
        play.device([...allAnswered(question), results(question, firstPiece(begin, size, 'b64'))], { final: false });
        play.device([results(question, piece(end))]);
        expect(play.results.at(-1)).toMatchObject({ data: whole, format: 'b64' });
      }
    }
  });

  it('of another size than was said is answered 424, not stored, and the delivery has failed', () => {
    const { play, question } = asked();
    play.device([...allAnswered(question), results(question, firstPiece('abc', 99))], { final: false });
    expect(line(play.device([results(question, piece('def'))]))).toBe('Status SyncHdr 200, Status Results 424, Final');
    expect(play.nodes.has('./Log')).toBe(false);
    expect(play.standing('d1')).toBe('failed 2');
    expect(play.deliveries[0]?.move?.failure?.message).toMatch(/^The value of \.\/Log was not taken: 424/);
  });

  it('without a size is answered 411, and one larger than we take 413', () => {
    const { play, question } = asked();
    const unsized = results(question, piece('abc', { moreData: true }));
    expect(line(play.device([...allAnswered(question), unsized], { final: false }))).toMatch(/Status Results 411/);
    const other = asked();
    const huge = results(other.question, firstPiece('abc', 1_048_577));
    expect(line(other.play.device([...allAnswered(other.question), huge], { final: false }))).toMatch(
      /Status Results 413/,
    );
  });

  it('that was refused is passed over to its end: its tail is never taken for the whole', () => {
    for (const first of [piece('abc', { moreData: true }), firstPiece('abc', 1_048_577)]) {
      const { play, question } = asked();
      play.device([...allAnswered(question), results(question, first)], { final: false });
      play.device([results(question, piece('def', { moreData: true }))], { final: false });
      play.device([results(question, piece('ghi'))]);
      expect(play.nodes.has('./Log')).toBe(false);
      expect(play.standing('d1')).toBe('failed 2');
    }
  });

  it('that breaks off for another one is told by alert 1225 with its name', () => {
    const { play, question } = asked();
    play.device([...allAnswered(question), results(question, firstPiece('abc', 7))], { final: false });
    const other = { ...results(question, { source: { uri: './Other' }, data: 'x' }), cmdRef: '5' };
    const reply = play.device([other], { final: false });
    expect(line(reply)).toBe('Status SyncHdr 200, Alert 1225, Alert 1222');
    expect(reply.commands[1]).toMatchObject({ items: [{ source: { uri: './Log' } }] });
    play.device([]);
    expect(play.standing('d1')).toBe('failed 2');
    expect(play.nodes.get('./Other')).toBe('x');
  });

  it('that never ends before the package does is dropped', () => {
    const { play, question } = asked();
    play.device([...allAnswered(question), results(question, firstPiece('abc', 7))]);
    expect(play.standing('d1')).toBe('failed 2');
    expect(play.deliveries[0]?.move?.failure?.message).toBe('The value of ./Log broke off.');
  });
});

describe('a device that never comes to an end', () => {
  it('is sent alert 1223 after some messages that bring nothing', () => {
    const { play, question } = asked();
    let reply = play.device([status(question, '0', 212)], { final: false });
    let messages = 1;
    while (play.state.phase !== 'closed' && messages < 10_000) {
      reply = play.device([], { final: false });
      messages += 1;
    }
    expect(line(reply)).toBe('Status SyncHdr 200, Alert 1223, Final');
    expect(play.state).toEqual({ phase: 'closed', reason: 'protocol-error' });
    expect(messages).toBeLessThan(50);
  });
});

describe('a device that answers our header with anything but consent', () => {
  it.each([402, 500, 505, 513])('%i: the session ends by alert 1223 and the delivery keeps waiting', (code) => {
    const { play, question } = asked();
    expect(line(play.device([status(question, '0', code), status(question, '4', code)]))).toBe(
      'Status SyncHdr 200, Alert 1223, Final',
    );
    expect(play.state).toEqual({ phase: 'closed', reason: 'refused-by-device' });
    expect(play.standing('d1')).toBe('delivering 0');
    expect(play.results).toEqual([]);
  });
});

const KB = 1_024;
/** 20 KB: more than the state of a session holds. */
const LARGE = 'abcdefghij'.repeat(2 * KB);
const octetsIn = (play: Play, id: string): string => Buffer.concat(play.objects.get(id)?.octets ?? []).toString('utf8');

describe('a large value that the device sends in pieces', () => {
  it('leaves the state as small as it was, and is an object once its last piece is there', () => {
    const { play, question } = asked();
    const pieces = [LARGE.slice(0, 9_000), LARGE.slice(9_000, 18_000), LARGE.slice(18_000)];
    play.device([...allAnswered(question), results(question, firstPiece(pieces[0] ?? '', LARGE.length))], {
      final: false,
    });
    play.device([results(question, piece(pieces[1] ?? '', { moreData: true }))], { final: false });
    expect(JSON.stringify(play.state).length).toBeLessThan(KB);
    expect(play.objects.get('object-1')?.isComplete).toBe(false);
    expect(play.results.some(({ object }) => object !== undefined)).toBe(false);
    expect(line(play.device([results(question, piece(pieces[2] ?? ''))]))).toBe('Status SyncHdr 200, Final');
    expect(octetsIn(play, 'object-1')).toBe(LARGE);
    expect(play.objects.get('object-1')?.isComplete).toBe(true);
    expect(play.results.at(-1)).toEqual({
      deliveryId: 'd1',
      path: [0],
      item: 0,
      command: 'Get',
      locUri: './Log',
      status: 200,
      format: 'chr',
      object: { id: 'object-1', size: LARGE.length },
    });
    expect(play.nodes.get('./Log')).toBeUndefined();
    expect(play.standing('d1')).toBe('succeeded 2');
  });

  it.each([
    ['another value comes first', { source: { uri: './Other' }, data: 'x' }],
    ['it is not as large as was said', piece('no more')],
    ['it is larger than was said', piece(LARGE, { moreData: true })],
  ])('leaves nothing behind when %s', (_, item) => {
    const { play, question } = asked();
    play.device([...allAnswered(question), results(question, firstPiece(LARGE.slice(0, 9_000), 18_000))], {
      final: false,
    });
    expect([...play.objects.keys()]).toEqual(['object-1']);
    play.device([results(question, item)], { final: false });
    expect(play.objects.size).toBe(0);
    play.device([]);
    expect(play.standing('d1')).toBe('failed 2');
  });

  it('is kept as octets where it travels in base64, wherever that is cut', () => {
    const octets = Buffer.from(Array.from({ length: 20 * KB }, (_, index) => (index * 7) % 256));
    const base64 = octets.toString('base64');
    const eachEncoded = [octets.subarray(0, 10_000), octets.subarray(10_000)].map((one) => one.toString('base64'));
    for (const [size, parts] of [
      [octets.length, eachEncoded],
      [octets.length, [base64.slice(0, 9_001), `\r\n${base64.slice(9_001, 9_002)}`, base64.slice(9_002)]],
      [base64.length, [base64.slice(0, 10_002), base64.slice(10_002)]],
    ] as const) {
      const { play, question } = asked();
      let message = play.device([...allAnswered(question), results(question, firstPiece(parts[0], size, 'b64'))], {
        final: false,
      });
      for (const [index, part] of parts.slice(1).entries()) {
        const isLast = index === parts.length - 2;
        message = play.device([results(question, piece(part, isLast ? {} : { moreData: true }))], { final: isLast });
      }
      expect(line(message)).toBe('Status SyncHdr 200, Final');
      expect(Buffer.concat(play.objects.get('object-1')?.octets ?? []).equals(octets)).toBe(true);
      expect(play.results.at(-1)).toMatchObject({ object: { size: octets.length }, format: 'b64' });
    }
  });

  it('is watched but kept nowhere when it is a secret', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./Account/ClientPW')] }] });
    const question = play.device(package1, { cred: basicCred });
    const secret = (data: string, more: Partial<Item>): Item => ({
      source: { uri: './Account/ClientPW' },
      data,
      ...more,
    });
    const begin = secret(LARGE.slice(0, 9_000), { meta: { size: LARGE.length }, moreData: true });
    play.device([...allAnswered(question), results(question, begin)], { final: false });
    play.device([results(question, secret(LARGE.slice(9_000), {}))]);
    expect(play.objects.size).toBe(0);
    expect(play.standing('d1')).toBe('succeeded 1');
  });

  it('of 10 MB over messages of 4 KB never stands in the state, and comes out octet for octet', {
    timeout: 60_000,
  }, () => {
    const size = 10 * KB * KB;
    const chunk = Buffer.alloc(3_600, 0x5a);
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./Log')] }], maxObjSize: size });
    const question = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 4 * KB } });
    let largest = 0;
    for (let sent = 0; sent < size; ) {
      const data = chunk.subarray(0, Math.min(chunk.length, size - sent));
      const item =
        sent === 0 ? firstPiece(data, size, 'bin') : piece(data, sent + data.length < size ? { moreData: true } : {});
      const commands = sent === 0 ? [...allAnswered(question), results(question, item)] : [results(question, item)];
      sent += data.length;
      play.device(commands, { final: sent === size });
      largest = Math.max(largest, JSON.stringify(play.state).length);
    }
    expect(largest).toBeLessThan(KB);
    expect(play.standing('d1')).toBe('succeeded 1');
    expect(play.results.at(-1)?.object).toEqual({ id: 'object-1', size });
    expect(play.objects.get('object-1')?.octets.reduce((sum, { length }) => sum + length, 0)).toBe(size);
  });
});

describe('a value that the device sends of itself', () => {
  const own = (data: string, more: Partial<Item> = {}, cmdId = '7'): Command => ({
    name: 'Replace',
    cmdId,
    items: [{ source: { uri: './Vendor/Log' }, data, ...more }],
  });
  const begin = (data: string, size: number): Command => own(data, { meta: { size, format: 'chr' }, moreData: true });

  it('counts once all its pieces are there: 213 for each, 200 for the last', () => {
    const { play, question } = asked();
    const one = play.device([status(question, '0', 212), begin('abc', 7)], { final: false });
    expect(line(one)).toBe('Status SyncHdr 200, Status Replace 213, Alert 1222');
    const two = play.device([own('de', { moreData: true })], { final: false });
    expect(line(two)).toBe('Status SyncHdr 200, Status Replace 213, Alert 1222');
    expect(play.nodes.has('./Vendor/Log')).toBe(false);
    const end = play.device([own('fg')], { final: false });
    expect(line(end)).toBe('Status SyncHdr 200, Status Replace 200, Alert 1222');
    expect(play.nodes.get('./Vendor/Log')).toBe('abcdefg');
  });

  it('may begin in package 1', () => {
    const play = new Play();
    play.device([...package1, begin('abc', 6)], { cred: basicCred, final: false });
    play.device([own('def')]);
    expect(play.nodes.get('./Vendor/Log')).toBe('abcdef');
  });

  it('is an object where it is large', () => {
    const play = new Play();
    play.device([...package1, begin(LARGE.slice(0, 10_000), LARGE.length)], { cred: basicCred, final: false });
    play.device([own(LARGE.slice(10_000))]);
    expect(octetsIn(play, 'object-1')).toBe(LARGE);
    expect(play.effects).toContainEqual({
      kind: 'storeNode',
      node: { locUri: './Vendor/Log', format: 'chr', object: { id: 'object-1', size: LARGE.length } },
    });
  });

  it('is refused to its end: 411 without a size, 413 when it is too large, 424 when it is not what was said', () => {
    for (const [first, code] of [
      [own('abc', { moreData: true }), 411],
      [begin('abc', 1_048_577), 413],
      [begin('abcdef', 5), 424],
    ] as const) {
      const play = new Play();
      const refused = play.device([...package1, first], { cred: basicCred, final: false });
      expect(line(refused)).toContain(`Status Replace ${code}`);
      expect(line(play.device([own('end')]))).toBe(`Status SyncHdr 200, Status Replace ${code}, Final`);
      expect(play.nodes.has('./Vendor/Log')).toBe(false);
    }
  });

  it('that breaks off for another command is told by alert 1225 and leaves nothing', () => {
    const { play, question } = asked();
    play.device([status(question, '0', 212), begin(LARGE.slice(0, 9_000), LARGE.length)], { final: false });
    const reply = play.device([{ name: 'Add', cmdId: '8', items: [] }], { final: false });
    expect(line(reply)).toBe('Status SyncHdr 200, Status Add 405, Alert 1225, Alert 1222');
    expect(play.objects.size).toBe(0);
  });
});

describe('Final in the middle of a value', () => {
  it('gets alert 1225 with its name beside the next commands', () => {
    const play = new Play({
      deliveries: [
        { id: 'd1', commands: [get('./Log')] },
        { id: 'd2', commands: [get('./Next')] },
      ],
    });
    const question = play.device(package1, { cred: basicCred });
    const reply = play.device([...allAnswered(question), results(question, firstPiece('abc', 7))]);
    expect(line(reply)).toBe('Status SyncHdr 200, Status Results 213, Alert 1225, Get ./Next, Final');
    expect(play.standing('d1')).toBe('failed 1');
    play.device(allAnswered(reply));
    expect(play.standing('d2')).toBe('succeeded 1');
  });

  it('keeps the session open for the answer when nothing else is to be said', () => {
    const { play, question } = asked();
    const reply = play.device([...allAnswered(question), results(question, firstPiece('abc', 7))]);
    expect(line(reply)).toBe('Status SyncHdr 200, Status Results 213, Alert 1225, Final');
    const alerts = reply.commands.flatMap((command) => (command.name === 'Alert' ? [command] : []));
    expect(alerts[0]?.items).toEqual([{ source: { uri: './Log' } }]);
    expect(play.state.phase).toBe('managing');
    expect(line(play.device([status(reply, '0', 200), status(reply, '3', 200)]))).toBe('Status SyncHdr 200, Final');
    expect(play.state.phase).toBe('closed');
  });
});
