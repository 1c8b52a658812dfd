import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../src/services/dm-codec.ts';
import type { Command, Message, RequestCommand, StatusCommand } from '../../src/syncml/message.ts';
import { alert, allAnswered, basicCred, devInfo, get, line, Play, package1, replace, requests } from './dialogue.ts';

const sizeOf = (message: Message): number => encodeMessage(message, 'wbxml').length;

const statusesIn = (message: Message): StatusCommand[] =>
  message.commands.flatMap((command) => (command.name === 'Status' ? [command] : []));

/** Package 1 with much to be answered: 30 values of its own beside DevInfo. */
const longPackage1: readonly Command[] = [
  alert(1201),
  devInfo(),
  ...Array.from({ length: 30 }, (_, index): Command => {
    return {
      name: 'Replace',
      cmdId: String(index + 3),
      items: [{ source: { uri: `./Vendor/Value/${index}` }, data: 'x' }],
    };
  }),
];

function isPiece(message: Message): boolean {
  return requests(message).some((command) => 'items' in command && command.items[0]?.moreData === true);
}

/** The device answers all there is, asks for more where our package is open, and keeps what was said to it. */
function toTheEnd(play: Play, first: Message): Message[] {
  const said = [first];
  let message = first;
  while (play.state.phase !== 'closed') {
    if (said.length > 200) throw new Error('it never ends');
    const answers = allAnswered(message, isPiece(message) ? 213 : 200);
    message = message.final ? play.device(answers) : play.device([...answers, alert(1222, '9')], { final: false });
    said.push(message);
  }
  return said;
}

describe('a device that takes very small messages', () => {
  it.each([280, 300, 350, 400])(
    'of %i octets gets none larger, and the Status of every command in the end',
    (limit) => {
      const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A'), replace('./B', 'x')] }], sizeOf });
      const said = toTheEnd(play, play.device(longPackage1, { cred: basicCred, meta: { maxMsgSize: limit } }));
      for (const message of said) expect(sizeOf(message)).toBeLessThanOrEqual(limit);
      const answered = said.flatMap(statusesIn).filter(({ msgRef, cmdRef }) => msgRef === '1' && cmdRef !== '0');
      expect(answered.map(({ cmdRef }) => cmdRef)).toEqual(longPackage1.map(({ cmdId }) => cmdId));
      expect(play.standing('d1')).toBe('succeeded 2');
    },
  );

  it('is told in pieces what there is to say when nothing is queued, and the session ends after the last Status', () => {
    const play = new Play({ sizeOf });
    const said = toTheEnd(play, play.device(longPackage1, { cred: basicCred, meta: { maxMsgSize: 300 } }));
    expect(said.length).toBeGreaterThan(3);
    expect(said.map(({ final }) => final)).toEqual([...said.slice(1).map(() => false), true]);
    for (const message of said) expect(sizeOf(message)).toBeLessThanOrEqual(300);
  });

  it('gets statuses that found no room also while its own package goes on', () => {
    const play = new Play({ sizeOf });
    const first = play.device(longPackage1, { cred: basicCred, meta: { maxMsgSize: 300 }, final: false });
    expect(line(first)).toMatch(/Alert 1222$/);
    const said = [first];
    for (let messages = 0; messages < 31; messages++) said.push(play.device([], { final: false }));
    const answered = said.flatMap(statusesIn).filter(({ msgRef, cmdRef }) => msgRef === '1' && cmdRef !== '0');
    expect(answered.map(({ cmdRef }) => cmdRef)).toEqual(longPackage1.map(({ cmdId }) => cmdId));
    for (const message of said) expect(sizeOf(message)).toBeLessThanOrEqual(300);
  });

  it('is challenged within its limit: what has no Status is said again anyway', () => {
    const play = new Play({ auth: 'md5', clientNonce: Buffer.from('n'), sizeOf });
    const challenge = play.device(longPackage1, { meta: { maxMsgSize: 300 } });
    expect(sizeOf(challenge)).toBeLessThanOrEqual(300);
    expect(line(challenge)).toMatch(/^Status SyncHdr 407 \+ Chal, .*Final$/);
    expect(play.state.phase).toBe('challenging');
  });

  it('gets a command in a later message where the first has no room for one beside credentials and challenge', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./A', 'x'.repeat(60))] }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 270 } });
    expect(requests(first)).toEqual([]);
    expect(first.final).toBe(false);
    expect(play.standing('d1')).toBe('untouched');
    for (const message of toTheEnd(play, first)) expect(sizeOf(message)).toBeLessThanOrEqual(270);
    expect(play.standing('d1')).toBe('succeeded 1');
  });

  it('keeps its deliveries waiting when no command at all finds room', () => {
    const header = { target: { uri: `http://dm.example/${'long/'.repeat(40)}` } };
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A')] }], sizeOf });
    play.device(package1, { cred: basicCred, meta: { maxMsgSize: 256 }, header });
    expect(play.notes.join()).toMatch(/no room for any command; the deliveries wait/);
    expect(play.standing('d1')).toBe('untouched');
  });

  it('has a command fail that finds no room where smaller ones do', () => {
    const atomic: RequestCommand = { name: 'Atomic', cmdId: '', commands: [replace('./A', 'x'.repeat(900))] };
    const play = new Play({ deliveries: [{ id: 'd1', commands: [atomic] }], sizeOf });
    play.device(package1, { cred: basicCred, meta: { maxMsgSize: 600 } });
    expect(play.standing('d1')).toBe('failed 0');
  });
});
