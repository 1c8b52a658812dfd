import { describe, expect, it } from 'vitest';
import type { Command, Item, RequestCommand, ResultsCommand } from '../../src/syncml/message.ts';
import { alert, allAnswered, basicCred, get, line, Play, package1, replace, requests, status } from './dialogue.ts';

const twoReplaces = [replace('./A', '1'), replace('./B', '2')];

describe('commands of a delivery', () => {
  it('go out in order, are answered, and the session ends with nothing but Final', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const package2 = play.device(package1, { cred: basicCred });
    expect(line(package2)).toBe(
      'Status SyncHdr 212, Status Alert 200, Status Replace 200, Replace ./A, Replace ./B, Final',
    );
    expect(play.standing('d1')).toBe('delivering 0');
    const package4 = play.device(allAnswered(package2));
    expect(line(package4)).toBe('Status SyncHdr 200, Final');
    expect(play.standing('d1')).toBe('succeeded 2');
    expect(play.state).toEqual({ phase: 'closed', reason: 'completed' });
    expect(play.results.map(({ path, locUri, status: code }) => [path, locUri, code])).toEqual([
      [[0], './A', 200],
      [[1], './B', 200],
    ]);
  });

  it('make the delivery fail when one is refused, but the others still go out', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([status(reply, '0', 212), status(reply, '4', 404), status(reply, '5', 200)]);
    expect(play.standing('d1')).toBe('failed 2');
    expect(play.deliveries[0]?.move?.failure).toEqual({
      code: 'command-refused',
      message: 'Replace of ./A (command 1) was answered 404: Not found. There is no such node on the device.',
    });
  });

  it('keep the first failure when the delivery goes on in later messages', () => {
    const play = new Play({
      deliveries: [{ id: 'd1', commands: twoReplaces }],
      sizeOf: (message) => 1_000 * requests(message).length,
    });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 1_000 } });
    expect(line(first)).toMatch(/Replace \.\/A, Final$/);
    const second = play.device([status(first, '0', 212), status(first, '4', 405)]);
    expect(play.standing('d1')).toBe('delivering 1');
    expect(line(second)).toBe('Status SyncHdr 200, Replace ./B, Final');
    play.device(allAnswered(second));
    expect(play.standing('d1')).toBe('failed 2');
    expect(play.deliveries[0]?.move?.failure?.message).toMatch(/^Replace of \.\/A \(command 1\) was answered 405/);
  });

  it('count as failed when the device finishes its package without a Status for them', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([status(reply, '0', 212), status(reply, '4', 200)]);
    expect(play.deliveries[0]?.move).toMatchObject({ state: 'failed', failure: { code: 'command-unanswered' } });
    expect(play.results.at(-1)).toEqual({ deliveryId: 'd1', path: [1], item: 0, command: 'Replace', locUri: './B' });
  });

  it('of several deliveries go out one delivery after the other in one session', () => {
    const play = new Play({
      deliveries: [
        { id: 'd1', commands: [get('./A')] },
        { id: 'd2', commands: [get('./B')] },
      ],
    });
    const first = play.device(package1, { cred: basicCred });
    expect(line(first)).toMatch(/Get \.\/A, Final$/);
    const second = play.device(allAnswered(first));
    expect(line(second)).toBe('Status SyncHdr 200, Get ./B, Final');
    expect(line(play.device(allAnswered(second)))).toBe('Status SyncHdr 200, Final');
    expect([play.standing('d1'), play.standing('d2')]).toEqual(['succeeded 1', 'succeeded 1']);
  });

  it('of the delivery that Package #0 announced come first', () => {
    const play = new Play({
      sessionId: '1F',
      deliveries: [
        { id: 'd1', commands: [get('./A')] },
        { id: 'd2', commands: [get('./B')], triggerSessionId: 0x1f },
      ],
    });
    expect(line(play.device([alert(1200)], { cred: basicCred }))).toBe(
      'Status SyncHdr 212, Status Alert 200, Get ./B, Final',
    );
  });

  it('are numbered through, those inside Atomic too, and each one is matched with its own Status', () => {
    const atomic: RequestCommand = { name: 'Atomic', cmdId: '', commands: twoReplaces };
    const play = new Play({ deliveries: [{ id: 'd1', commands: [atomic, get('./C')] }] });
    const reply = play.device(package1, { cred: basicCred });
    expect(requests(reply).map(({ name, cmdId }) => `${name} ${cmdId}`)).toEqual([
      'Atomic 4',
      'Replace 5',
      'Replace 6',
      'Get 7',
    ]);
    play.device([
      status(reply, '0', 212),
      status(reply, '4', 507),
      status(reply, '5', 216),
      status(reply, '6', 404),
      status(reply, '7', 200),
    ]);
    expect(play.results.map(({ path, status: code }) => [path, code])).toEqual([
      [[0], 507],
      [[0, 0], 216],
      [[0, 1], 404],
      [[1], 200],
    ]);
    expect(play.standing('d1')).toBe('failed 2');
    expect(play.nodes.size).toBe(0);
  });
});

describe('answers', () => {
  it('to a Get are stored with the delivery and as the last known value of the node', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./DevDetail/FwV')] }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([
      ...allAnswered(reply),
      {
        name: 'Results',
        cmdId: '9',
        msgRef: reply.header.msgId,
        cmdRef: '4',
        items: [{ source: { uri: './DevDetail/FwV' }, meta: { format: 'chr', type: 'text/plain' }, data: '7.1' }],
      },
    ]);
    expect(play.results.at(-1)).toMatchObject({
      path: [0],
      locUri: './DevDetail/FwV',
      data: '7.1',
      format: 'chr',
      status: 200,
    });
    expect(play.nodes.get('./DevDetail/FwV')).toBe('7.1');
  });

  it('with a secret in them are not kept in the open', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./SyncML/DMAcc/x/ClientPW')] }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([
      ...allAnswered(reply),
      {
        name: 'Results',
        cmdId: '9',
        msgRef: '1',
        cmdRef: '4',
        items: [{ source: { uri: './SyncML/DMAcc/x/ClientPW' }, data: 'hunter2' }],
      },
    ]);
    expect(JSON.stringify(play.effects)).not.toContain('hunter2');
  });

  it('to a Get of several Items are told apart, whatever a list brings and whichever Item has failed', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A?list=StructData', './B', './C')] }] });
    const reply = play.device(package1, { cred: basicCred });
    const leaf = (uri: string, data: string): Item => ({ source: { uri }, data });
    const results = (items: readonly Item[]): ResultsCommand => ({
      name: 'Results',
      cmdId: '9',
      msgRef: '1',
      cmdRef: '4',
      items,
    });
    play.device(
      [
        status(reply, '0', 212),
        status(reply, '4', 200, { targetRefs: ['./A?list=StructData', './C'] }),
        status(reply, '4', 404, { targetRefs: ['./B'] }),
        results([{ source: { uri: './A' }, meta: { format: 'node' } }, leaf('./A/x', '1')]),
      ],
      { final: false },
    );
    play.device([results([leaf('./A/y', '2')]), results([leaf('./C', '3')])]);
    const rows = new Map<number, unknown>();
    for (const { item, ...result } of play.results) rows.set(item, { ...(rows.get(item) as object), ...result });
    expect([...rows].sort()).toMatchObject([
      [0, { locUri: './A', status: 200 }],
      [1, { locUri: './B', status: 404 }],
      [2, { locUri: './C', status: 200, data: '3' }],
      [3, { locUri: './A/x', data: '1' }],
      [4, { locUri: './A/y', data: '2' }],
    ]);
  });

  it('to a Replace and a Delete keep the last known values true', () => {
    const remove: RequestCommand = { name: 'Delete', cmdId: '', items: [{ target: { uri: './Old' } }] };
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./A', '1'), remove] }] });
    play.nodes.set('./Old', 'x');
    const reply = play.device(package1, { cred: basicCred });
    play.device(allAnswered(reply));
    expect([...play.nodes]).toEqual([['./A', '1']]);
  });

  it('for commands never sent, and results nobody asked for, are noted and change nothing', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const reply = play.device(package1, { cred: basicCred });
    const strange: Command[] = [
      ...allAnswered(reply),
      {
        name: 'Status',
        cmdId: 'x',
        msgRef: '77',
        cmdRef: '4',
        cmd: 'Add',
        targetRefs: [],
        sourceRefs: [],
        code: 500,
        items: [],
      },
      {
        name: 'Status',
        cmdId: 'y',
        msgRef: '1',
        cmdRef: '99',
        cmd: 'Add',
        targetRefs: [],
        sourceRefs: [],
        code: 500,
        items: [],
      },
      { name: 'Results', cmdId: 'z', msgRef: '1', cmdRef: '99', items: [{ source: { uri: './Evil' }, data: 'x' }] },
    ];
    play.device(strange);
    expect(play.standing('d1')).toBe('succeeded 2');
    expect(play.notes).toHaveLength(3);
    expect(play.nodes.has('./Evil')).toBe(false);
  });

  it('of one Status for several Items hold for all of them, of one with TargetRefs for those it names', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A', './B'), get('./C', './D')] }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([
      status(reply, '0', 212),
      status(reply, '4', 200),
      status(reply, '5', 200, { targetRefs: ['./C'] }),
      status(reply, '5', 404, { targetRefs: ['./D'] }),
    ]);
    expect(play.results.map(({ locUri, status: code }) => [locUri, code])).toEqual([
      ['./A', 200],
      ['./B', 200],
      ['./C', 200],
      ['./D', 404],
    ]);
    expect(play.standing('d1')).toBe('failed 2');
  });
});

describe('a question to the user', () => {
  const ask = (code: number): RequestCommand => ({
    name: 'Alert',
    cmdId: '',
    code,
    items: [{ data: '' }, { data: 'Well?' }],
  });

  it('has its answer kept: what was typed, what was chosen', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [ask(1102), ask(1104)] }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([
      status(reply, '0', 212),
      status(reply, '4', 200, { items: [{ data: 'hello' }] }),
      status(reply, '5', 200, { items: [{ data: '1' }, { data: '3' }] }),
    ]);
    expect(play.results.map(({ path, data }) => [path[0], data])).toEqual([
      [0, 'hello'],
      [1, '1\n3'],
    ]);
    expect(play.standing('d1')).toBe('succeeded 2');
  });

  it('that is answered no (304), cancelled (214) or not in time (408) has been answered all the same', () => {
    for (const code of [304, 214, 408]) {
      const play = new Play({ deliveries: [{ id: 'd1', commands: [ask(1101)] }] });
      const reply = play.device(package1, { cred: basicCred });
      play.device([status(reply, '0', 212), status(reply, '4', code)]);
      expect([play.standing('d1'), play.results[0]?.status]).toEqual(['succeeded 1', code]);
    }
  });
});

describe('a Correlator', () => {
  it('goes to DM/1.2 devices only', () => {
    const exec: RequestCommand = { name: 'Exec', cmdId: '', correlator: 'job-7', items: [{ target: { uri: './Do' } }] };
    for (const [version, correlator] of [
      ['1.1', undefined],
      ['1.2', 'job-7'],
    ] as const) {
      const play = new Play({ version, deliveries: [{ id: 'd1', commands: [exec] }] });
      const sent = requests(play.device(package1, { cred: basicCred }))[0];
      expect(sent?.name === 'Exec' ? sent.correlator : 'no Exec').toBe(correlator);
    }
  });
});

describe('a package of the device in several messages', () => {
  it('is asked for with alert 1222 and no Final, and nothing new is sent before it is whole', () => {
    const play = new Play({
      deliveries: [
        { id: 'd1', commands: twoReplaces },
        { id: 'd2', commands: [get('./C')] },
      ],
    });
    const open = play.device([alert(1201)], { cred: basicCred, final: false });
    expect(line(open)).toBe('Status SyncHdr 212, Status Alert 200, Alert 1222');
    expect(play.state.phase).toBe('receivingPackage1');
    const first = play.device([package1[1] as Command]);
    expect(line(first)).toBe('Status SyncHdr 200, Status Replace 200, Replace ./A, Replace ./B, Final');
    const half = play.device([status(first, '0', 212), status(first, '3', 200)], { final: false });
    expect(line(half)).toBe('Status SyncHdr 200, Alert 1222');
    expect(play.standing('d1')).toBe('delivering 1');
    const rest = play.device([status(first, '4', 200)]);
    expect(line(rest)).toBe('Status SyncHdr 200, Get ./C, Final');
    expect(play.standing('d1')).toBe('succeeded 2');
  });

  it('has its Status for our header taken at once, with the nonce beside it', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const open = play.device([alert(1201)], { cred: basicCred, final: false });
    const chal = { type: 'syncml:auth-md5', format: 'b64', nextNonce: Buffer.from('early').toString('base64') };
    const reply = play.device([status(open, '0', 212, { chal }), package1[1] as Command]);
    expect(reply.header.cred).toBeUndefined();
    expect(Buffer.from(play.account.server.nonce ?? []).toString()).toBe('early');
  });
});

describe('an abort', () => {
  it('by the device (alert 1223) ends the session; what it answered before stays, the rest waits for the next session', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const reply = play.device(package1, { cred: basicCred });
    const end = play.device([status(reply, '0', 212), status(reply, '4', 200), alert(1223, '7')]);
    expect(line(end)).toBe('Status SyncHdr 200, Status Alert 200, Final');
    expect(play.state).toEqual({ phase: 'closed', reason: 'aborted-by-device' });
    expect(play.standing('d1')).toBe('delivering 1');
  });
});

describe('what a device has no business to send', () => {
  it('is answered by status: 405 for commands only a server gives, 406 for elements unknown', () => {
    const play = new Play();
    const reply = play.device(
      [...package1, { name: 'Get', cmdId: '3', items: [] }, { name: 'Unknown', cmdId: '4', element: 'Map' }],
      { cred: basicCred },
    );
    expect(line(reply)).toBe(
      'Status SyncHdr 212, Status Alert 200, Status Replace 200, Status Get 405, Status Map 406, Final',
    );
  });

  it('gets no Status when it says NoResp', () => {
    const reply = new Play().device([{ name: 'Alert', cmdId: '1', code: 1201, noResp: true, items: [] }], {
      cred: basicCred,
    });
    expect(line(reply)).toBe('Status SyncHdr 212, Final');
  });
});

describe('the engine', () => {
  it('gives the same result for the same state and input', () => {
    const one = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    const two = new Play({ deliveries: [{ id: 'd1', commands: twoReplaces }] });
    expect(one.device(package1, { cred: basicCred })).toEqual(two.device(package1, { cred: basicCred }));
    expect(one.state).toEqual(two.state);
  });
});
