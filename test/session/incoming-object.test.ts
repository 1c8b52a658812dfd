import { describe, expect, it } from 'vitest';
import type { Item, Message, ResultsCommand } from '../../src/syncml/message.ts';
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
