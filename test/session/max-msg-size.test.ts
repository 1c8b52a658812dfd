import { describe, expect, it } from 'vitest';
import { alert, allAnswered, basicCred, get, line, Play, package1, replace, requests, status } from './dialogue.ts';

const twoReplaces = [replace('./A', '1'), replace('./B', '2')];

describe("the device's MaxMsgSize", () => {
  const many = Array.from({ length: 30 }, (_, index) => replace(`./Node${index}`, 'x'.repeat(50)));

  it('is never exceeded, and every command is delivered once and in order', () => {
    const sizes: number[] = [];
    const sizeOf = (message: unknown): number => JSON.stringify(message).length;
    const play = new Play({ deliveries: [{ id: 'd1', commands: many }], sizeOf });
    const sent: string[] = [];
    let reply = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 1500 } });
    while (requests(reply).length > 0) {
      sizes.push(sizeOf(reply));
      sent.push(...requests(reply).map((command) => ('items' in command ? (command.items[0]?.target?.uri ?? '') : '')));
      reply = play.device(allAnswered(reply));
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1500);
    expect(sizes.length).toBeGreaterThan(3);
    expect(sent).toEqual(many.map((_, index) => `./Node${index}`));
    expect(play.standing('d1')).toBe('succeeded 30');
  });

  it('leaves our statuses alone in a message, without Final, when they take the room of the next command', () => {
    const commands = [replace('./A', 'x'.repeat(300)), replace('./B', 'y')];
    const play = new Play({ deliveries: [{ id: 'd1', commands }] });
    const alerts = Array.from({ length: 10 }, (_, index) => alert(1224, String(index + 3)));
    const first = play.device([...package1, ...alerts], { cred: basicCred, meta: { maxMsgSize: 2_000 } });
    expect(line(first)).toMatch(/^Status SyncHdr 212(, Status \w+ \d+){12}$/);
    const second = play.device([status(first, '0', 212), alert(1222)], { final: false });
    expect(line(second)).toBe('Status SyncHdr 200, Status Alert 200, Replace ./A, Replace ./B, Final');
    expect(line(play.device(allAnswered(second)))).toBe('Status SyncHdr 200, Final');
    expect(play.standing('d1')).toBe('succeeded 2');
  });

  it('is measured on the very reply that goes out, which is not put together again', () => {
    const measured: unknown[] = [];
    const sizeOf = (message: unknown): number => measured.push(message);
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }], sizeOf });
    const reply = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 1_500 } });
    expect(measured).toHaveLength(1);
    expect(measured[0]).toBe(reply);
  });

  it('is passed over when no message at all could be so small', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const reply = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 1 } });
    expect(line(reply)).toMatch(/Replace \.\/A, Replace \.\/B, Final$/);
    expect(play.notes.join()).toMatch(/MaxMsgSize of 1 octets/);
  });

  it('fails a delivery with a command that can never fit, and the next delivery goes out instead', () => {
    const play = new Play({
      deliveries: [
        { id: 'd1', commands: [get(...Array.from({ length: 500 }, (_, index) => `./Node${index}`))] },
        { id: 'd2', commands: [get('./A')] },
      ],
    });
    const reply = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 2000 } });
    expect(line(reply)).toMatch(/Get \.\/A, Final$/);
    expect(play.deliveries[0]?.move).toMatchObject({ state: 'failed', failure: { code: 'command-too-large' } });
  });
});
