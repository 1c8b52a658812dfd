import { describe, expect, it } from 'vitest';
import type { RequestCommand } from '../../src/syncml/message.ts';
import { allAnswered, basicCred, get, line, Play, package1, replace, status } from './dialogue.ts';

describe('a delivery that is to stop at its first failure', () => {
  const commands = [replace('./A', '1'), replace('./B', '2'), replace('./C', '3')];

  it('sends one command a message, and nothing after the one that failed', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands, onFailure: 'stop' }] });
    const first = play.device(package1, { cred: basicCred });
    expect(line(first)).toMatch(/Replace \.\/A, Final$/);
    const second = play.device(allAnswered(first));
    expect(line(second)).toBe('Status SyncHdr 200, Replace ./B, Final');
    expect(line(play.device(allAnswered(second, 405)))).toBe('Status SyncHdr 200, Final');
    expect(play.standing('d1')).toBe('failed 2');
    expect(play.deliveries[0]?.move).toMatchObject({ sent: 2, failure: { code: 'command-refused' } });
  });

  it('gives way to the next delivery of the session', () => {
    const deliveries = [
      { id: 'd1', commands, onFailure: 'stop' as const },
      { id: 'd2', commands: [get('./D')] },
    ];
    const play = new Play({ deliveries });
    const first = play.device(package1, { cred: basicCred });
    const second = play.device(allAnswered(first, 500));
    expect(line(second)).toBe('Status SyncHdr 200, Get ./D, Final');
    play.device(allAnswered(second));
    expect([play.standing('d1'), play.standing('d2')]).toEqual(['failed 1', 'succeeded 1']);
  });

  it('succeeds like any other when nothing fails', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands, onFailure: 'stop' }] });
    let message = play.device(package1, { cred: basicCred });
    for (let messages = 0; play.state.phase !== 'closed' && messages < 9; messages++) {
      message = play.device(allAnswered(message));
    }
    expect(play.standing('d1')).toBe('succeeded 3');
  });
});

describe('a command that was sent in a session that was lost', () => {
  const add: RequestCommand = { name: 'Add', cmdId: '', items: [{ target: { uri: './A' }, data: '1' }] };
  const remove: RequestCommand = { name: 'Delete', cmdId: '', items: [{ target: { uri: './B' } }] };

  function sentTwice(code: readonly [number, number]): Play {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [add, remove] }] });
    play.device(package1, { cred: basicCred });
    play.state = { phase: 'awaitingPackage1' };
    const again = play.device(package1, { cred: basicCred });
    play.device([status(again, '0', 212), status(again, '4', code[0]), status(again, '5', code[1])]);
    return play;
  }

  it('was carried out then when its node is there now (418), or gone (404)', () => {
    const play = sentTwice([418, 404]);
    expect(play.standing('d1')).toBe('succeeded 2');
    expect(play.results.map(({ status: code, sentBefore }) => [code, sentBefore])).toEqual([
      [418, true],
      [404, true],
    ]);
    expect(play.nodes.has('./A')).toBe(false);
  });

  it('has failed on any other refusal', () => {
    expect(sentTwice([405, 200]).standing('d1')).toBe('failed 2');
  });

  it('is none when the device had refused our credentials: then it was never carried out', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [add] }] });
    const first = play.device(package1, { cred: basicCred });
    const chal = { type: 'syncml:auth-basic', format: 'b64' };
    const again = play.device([status(first, '0', 401, { chal }), status(first, '4', 401)]);
    play.device([status(again, '0', 212), status(again, '2', 418)]);
    expect(play.standing('d1')).toBe('failed 1');
  });
});

describe('a command of several Items', () => {
  const both = get('./A', './B');

  it('is answered only when every Item is', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [both] }] });
    const first = play.device(package1, { cred: basicCred });
    const half = play.device([status(first, '0', 212), status(first, '4', 200, { targetRefs: ['./A'] })], {
      final: false,
    });
    expect(line(half)).toBe('Status SyncHdr 200, Alert 1222');
    expect(play.standing('d1')).toBe('delivering 0');
    play.device([status(first, '4', 404, { targetRefs: ['./B'] })]);
    expect(play.standing('d1')).toBe('failed 1');
    expect(play.results.map(({ item, status: code }) => [item, code])).toEqual([
      [0, 200],
      [1, 404],
    ]);
  });

  it('has failed when the device ends its package with one of them unanswered, and that one is named', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [both] }] });
    const first = play.device(package1, { cred: basicCred });
    play.device([status(first, '0', 212), status(first, '4', 200, { targetRefs: ['./A'] })]);
    expect(play.standing('d1')).toBe('failed 1');
    expect(play.deliveries[0]?.move?.failure).toEqual({
      code: 'command-unanswered',
      message: 'Get of ./B (command 1) was not answered.',
    });
    expect(play.results.at(-1)).toEqual({ deliveryId: 'd1', path: [0], item: 1, command: 'Get', locUri: './B' });
  });
});
