import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../src/services/dm-codec.ts';
import { buildCred } from '../../src/syncml/credentials.ts';
import type { Chal, Command, Item, Message, RequestCommand, StatusCommand } from '../../src/syncml/message.ts';
import {
  alert,
  allAnswered,
  basicCred,
  devInfo,
  get,
  line,
  mac,
  md5Cred,
  Play,
  package1,
  replace,
  requests,
  SERVER_PASSWORD,
  status,
} from './dialogue.ts';

/** What the specification asks of every server, case by case; docs/protocol/conformance.md says which section asks it. */
const NONCE = Buffer.from('client-nonce-one');
const sizeOf = (message: Message): number => encodeMessage(message, 'wbxml').length;
const xmlOf = (message: Message): string => Buffer.from(encodeMessage(message, 'xml')).toString();

function group(name: 'Atomic' | 'Sequence', ...commands: RequestCommand[]): RequestCommand {
  return { name, cmdId: '', commands };
}

function chalWith(nonce: string): Chal {
  return { type: 'syncml:auth-md5', format: 'b64', nextNonce: Buffer.from(nonce).toString('base64') };
}

function statusesIn(message: Message): StatusCommand[] {
  return message.commands.filter((command) => command.name === 'Status');
}

function onlyItem(message: Message): Item | undefined {
  const [command] = requests(message);
  return command !== undefined && 'items' in command ? command.items[0] : undefined;
}

describe('the header of our messages', () => {
  it('names the server in Source as the device addressed it', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A')] }] });
    const header = { target: { uri: 'http://other.example:8080/dm?x=1' } };
    const challenge = play.device(package1, { header });
    const first = play.device(package1, { cred: basicCred, header });
    const end = play.device(allAnswered(first), { header });
    for (const message of [challenge, first, end]) {
      expect(message.header.source.uri).toBe('http://other.example:8080/dm?x=1');
      expect(message.header.target.uri).toBe('IMEI:1');
    }
  });

  it('tells the device where to go on (RespURI) in its first reply, when that is elsewhere', () => {
    const respUri = 'https://dm-1.example/dm';
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A')] }], respUri });
    expect(play.device(package1).header.respUri).toBeUndefined();
    const first = play.device(package1, { cred: basicCred });
    expect(first.header.respUri).toBe(respUri);
    expect(xmlOf(first)).toContain('<RespURI>https://dm-1.example/dm</RespURI>');
    expect(play.device(allAnswered(first)).header.respUri).toBeUndefined();
    expect(new Play().device(package1, { cred: basicCred }).header.respUri).toBeUndefined();
  });

  it('announces its MaxMsgSize and MaxObjSize in its first reply only', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A')] }] });
    const first = play.device(package1, { cred: basicCred });
    expect(first.header.meta).toEqual({ maxMsgSize: 65_536, maxObjSize: 1_048_576 });
    expect(play.device(allAnswered(first)).header.meta).toBeUndefined();
  });

  it('writes Format b64 into Chal and Cred', () => {
    const b64 = '<Format xmlns="syncml:metinf">b64</Format>';
    const play = new Play({ auth: 'md5', clientNonce: NONCE });
    const challenge = xmlOf(play.device(package1));
    expect(/<Chal>.*<\/Chal>/s.exec(challenge)?.[0]).toContain(b64);
    const proven = xmlOf(play.device(package1, { cred: md5Cred(NONCE) }));
    expect(/<Chal>.*<\/Chal>/s.exec(proven)?.[0]).toContain(b64);
    expect(/<Cred>.*<\/Cred>/s.exec(proven)?.[0]).toContain(b64);
    const byMac = xmlOf(new Play({ auth: 'hmac', clientNonce: NONCE }).device(package1, { hmac: mac(NONCE) }));
    expect(/<Chal>.*<\/Chal>/s.exec(byMac)?.[0]).toContain(b64);
  });
});

describe('our credentials', () => {
  const deliveries = [
    { id: 'd1', commands: [get('./A')] },
    { id: 'd2', commands: [get('./B')] },
  ];

  it('uses the nonce beside a 200 in the next message', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries });
    const first = play.device(package1, { cred: md5Cred(NONCE) });
    const second = play.device([status(first, '0', 200, { chal: chalWith('two') }), status(first, '4', 200)]);
    expect(line(second)).toBe('Status SyncHdr 200, Get ./B, Final');
    expect(second.header.cred).toEqual(buildCred('syncml:auth-md5', 'omadm', SERVER_PASSWORD, Buffer.from('two')));
  });

  it('are made anew when they are refused before package 1 of the device is whole', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries });
    const first = play.device([alert(1201)], { cred: md5Cred(NONCE), final: false });
    const second = play.device([status(first, '0', 401, { chal: chalWith('two') })], { final: false });
    expect(line(second)).toBe('Status SyncHdr 200, Alert 1222');
    expect(second.header.cred).toEqual(buildCred('syncml:auth-md5', 'omadm', SERVER_PASSWORD, Buffer.from('two')));
  });

  it('do not take a nonce from a device that has not proven itself', () => {
    const play = new Play({ auth: 'md5', clientNonce: NONCE, deliveries });
    const challenge = play.device(package1);
    const before = play.account.server.nonce;
    play.device([status(challenge, '0', 401, { chal: chalWith('forged') }), ...package1], {
      cred: md5Cred(NONCE, 'wrong'),
    });
    expect(play.account.server.nonce).toEqual(before);
  });
});

describe('our statuses', () => {
  it('repeats the names of a command in TargetRef and SourceRef', () => {
    const named: Command[] = [
      { name: 'Alert', cmdId: '1', code: 1201, items: [] },
      { name: 'Replace', cmdId: '2', items: [{ source: { uri: './DevInfo/Lang' }, data: 'en' }] },
      { name: 'Get', cmdId: '3', items: [{ target: { uri: './A' }, source: { uri: './B' } }] },
    ];
    const reply = new Play().device(named, { cred: basicCred });
    expect(statusesIn(reply).map(({ cmdRef, targetRefs, sourceRefs }) => [cmdRef, targetRefs, sourceRefs])).toEqual([
      ['0', ['http://dm.example/dm'], ['IMEI:1']],
      ['1', [], []],
      ['2', [], ['./DevInfo/Lang']],
      ['3', ['./A'], ['./B']],
    ]);
  });

  it('passes over a user interaction from a device', () => {
    for (const code of [1100, 1101, 1102, 1103, 1104]) {
      const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A')] }] });
      const question: Command = { name: 'Alert', cmdId: '3', code, items: [{ data: '' }, { data: 'Well?' }] };
      expect(line(play.device([...package1, question], { cred: basicCred }))).toBe(
        'Status SyncHdr 212, Status Alert 200, Status Replace 200, Status Alert 406, Get ./A, Final',
      );
    }
  });

  it('keeps DevInfo beyond the five', () => {
    const play = new Play();
    const more: Command = {
      name: 'Replace',
      cmdId: '3',
      items: [
        { source: { uri: './DevInfo/Ext/Acme/Colour' }, meta: { format: 'chr' }, data: 'red' },
        { source: { uri: './DevInfo/Bearer/GSM' }, data: 'yes' },
      ],
    };
    play.device([alert(1201), devInfo(), more], { cred: basicCred });
    expect(play.devInfo).toEqual({ devId: 'IMEI:1', man: 'Acme', mod: 'One', dmV: '1.0', lang: 'en' });
    expect([...play.nodes]).toEqual([
      ['./DevInfo/Ext/Acme/Colour', 'red'],
      ['./DevInfo/Bearer/GSM', 'yes'],
    ]);
  });
});

describe('a group of commands', () => {
  const two = [replace('./A', 'a'.repeat(80)), replace('./B', 'b'.repeat(80))];

  it('moves an Atomic that does not fit whole into the next message', () => {
    const commands = [replace('./First', 'x'.repeat(200)), group('Atomic', ...two), get('./Last')];
    const play = new Play({ deliveries: [{ id: 'd1', commands }], sizeOf });
    const first = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 680 } });
    expect(line(first)).toMatch(/Status Replace 200, Replace \.\/First, Final$/);
    const second = play.device(allAnswered(first));
    expect(line(second)).toBe('Status SyncHdr 200, Atomic [Replace ./A, Replace ./B], Get ./Last, Final');
    for (const message of [first, second]) expect(sizeOf(message)).toBeLessThanOrEqual(680);
    // A part of the Atomic would have had room in the first message.
    const oneOfTwo = { ...first, commands: [...first.commands, group('Atomic', replace('./A', 'a'.repeat(80)))] };
    expect(sizeOf(oneOfTwo)).toBeLessThanOrEqual(680);
    play.device(allAnswered(second));
    expect(play.standing('d1')).toBe('succeeded 3');
  });

  it.each([
    ['first', ['4', '5'], ['6']],
    ['last', ['5'], ['6', '4']],
  ])('takes statuses of one Atomic from several messages, its own %s', (_, early, late) => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [group('Atomic', ...two)] }] });
    const reply = play.device(package1, { cred: basicCred });
    const answered = (cmdIds: readonly string[]) => cmdIds.map((cmdId) => status(reply, cmdId, 200));
    expect(line(play.device([status(reply, '0', 212), ...answered(early)], { final: false }))).toBe(
      'Status SyncHdr 200, Alert 1222',
    );
    expect(play.standing('d1')).toMatch(/^delivering/);
    expect(line(play.device(answered(late)))).toBe('Status SyncHdr 200, Final');
    expect(play.standing('d1')).toBe('succeeded 1');
    expect(play.results.map(({ path, status: code }) => `${path.join('.')}: ${code}`).sort()).toEqual([
      '0.0: 200',
      '0.1: 200',
      '0: 200',
    ]);
  });

  it('that could not be rolled back (516) has failed, and the tree holds what it did', () => {
    const commands = [replace('./A', '1'), replace('./B', '2')];
    const play = new Play({ deliveries: [{ id: 'd1', commands: [{ name: 'Atomic', cmdId: '', commands }] }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([status(reply, '0', 212), status(reply, '4', 507), status(reply, '5', 516), status(reply, '6', 404)]);
    expect(play.standing('d1')).toBe('failed 1');
    expect([...play.nodes]).toEqual([['./A', '1']]);
    expect(play.results.map(({ path, status: code }) => [path, code])).toEqual([
      [[0], 507],
      [[0, 0], 516],
      [[0, 1], 404],
    ]);
  });

  it('has failed when the answers of an Atomic did not fit (517)', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [group('Atomic', ...two)] }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device([status(reply, '0', 212), status(reply, '4', 517), status(reply, '5', 216), status(reply, '6', 216)]);
    expect(play.standing('d1')).toBe('failed 1');
    expect(play.deliveries[0]?.move?.failure?.message).toMatch(/^Atomic \(command 1\) was answered 517/);
    expect(play.nodes.size).toBe(0);
  });

  it('has what each command of a Sequence came to kept', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [group('Sequence', ...two, get('./C'))] }] });
    const reply = play.device(package1, { cred: basicCred });
    const codes = [200, 200, 404, 215];
    play.device([status(reply, '0', 212), ...codes.map((code, index) => status(reply, String(4 + index), code))]);
    expect(play.results.map(({ path, command, status: code }) => [path, command, code])).toEqual([
      [[0], 'Sequence', 200],
      [[0, 0], 'Replace', 200],
      [[0, 1], 'Replace', 404],
      [[0, 2], 'Get', 215],
    ]);
    expect([...play.nodes.keys()]).toEqual(['./A']);
  });
});

describe('Results', () => {
  function asked(...uris: string[]): { play: Play; question: Message } {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get(...uris)] }] });
    return { play, question: play.device(package1, { cred: basicCred }) };
  }

  it('takes Results without MsgRef', () => {
    const { play, question } = asked('./A');
    const items: Item[] = [{ source: { uri: './A' }, data: '1' }];
    play.device([...allAnswered(question), { name: 'Results', cmdId: '9', cmdRef: '4', items }]);
    expect(play.notes).toEqual([]);
    expect(play.results.at(-1)).toMatchObject({ path: [0], locUri: './A', data: '1', status: 200 });
    expect(play.nodes.get('./A')).toBe('1');
  });

  it('takes Results with more Items than were asked for', () => {
    const { play, question } = asked('./DevDetail?list=StructData');
    const node = (uri: string, more: Partial<Item> = {}): Item => ({ source: { uri }, ...more });
    play.device([
      ...allAnswered(question),
      {
        name: 'Results',
        cmdId: '9',
        msgRef: question.header.msgId,
        cmdRef: '4',
        meta: { format: 'chr', type: 'text/plain' },
        items: [
          node('./DevDetail', { meta: { format: 'node' } }),
          node('./DevDetail/FwV', { data: '7.1' }),
          node('./DevDetail/Big', { meta: { format: 'bool' }, data: 'true' }),
        ],
      },
    ]);
    const results = play.results.filter(({ locUri }) => !locUri.includes('?'));
    expect(results.map(({ item, locUri, format, type, data }) => [item, locUri, format, type, data])).toEqual([
      [0, './DevDetail', 'node', 'text/plain', undefined],
      [1, './DevDetail/FwV', 'chr', 'text/plain', '7.1'],
      [2, './DevDetail/Big', 'bool', 'text/plain', 'true'],
    ]);
    expect([...play.nodes]).toEqual([
      ['./DevDetail', undefined],
      ['./DevDetail/FwV', '7.1'],
      ['./DevDetail/Big', 'true'],
    ]);
    expect(play.standing('d1')).toBe('succeeded 1');
  });
});

describe('an object', () => {
  const big: RequestCommand = {
    name: 'Add',
    cmdId: '',
    items: [{ target: { uri: './Big' }, meta: { format: 'chr', type: 'text/x-big' }, data: 'x'.repeat(3_000) }],
  };

  it('that fits goes out as it is: no MoreData, no Size', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [big] }], sizeOf });
    const item = onlyItem(play.device(package1, { cred: basicCred, meta: { maxMsgSize: 16_384 } }));
    expect(item).toEqual('items' in big ? big.items[0] : undefined);
  });

  it('in pieces has its names and its Meta in each of them', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [big] }], sizeOf });
    let message = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 1_000 } });
    let pieces = 0;
    for (; onlyItem(message)?.moreData === true; pieces++) {
      expect(onlyItem(message)).toMatchObject({
        target: { uri: './Big' },
        meta: { format: 'chr', type: 'text/x-big' },
      });
      const { cmdId } = requests(message)[0] as RequestCommand;
      message = play.device([status(message, '0', 212), status(message, cmdId, 213), alert(1222, '9')], {
        final: false,
      });
    }
    expect(pieces).toBeGreaterThan(2);
    expect(onlyItem(message)).toMatchObject({ target: { uri: './Big' }, meta: { format: 'chr', type: 'text/x-big' } });
  });

  it('may be as large as the device said last', () => {
    const limitedTo = (maxObjSize: number): Play => {
      const play = new Play({
        deliveries: [
          { id: 'd1', commands: [get('./A')] },
          { id: 'd2', commands: [big] },
        ],
      });
      const first = play.device(package1, { cred: basicCred, meta: { maxObjSize: 2_999 } });
      play.device(allAnswered(first), { meta: { maxObjSize } });
      return play;
    };
    expect(limitedTo(2_999).standing('d2')).toBe('failed 0');
    expect(limitedTo(3_000).standing('d2')).toBe('delivering 0');
  });

  it('of the device that broke off leaves nothing behind', () => {
    const piece: Item = { source: { uri: './Log' }, meta: { size: 9 }, data: 'abc', moreData: true };
    for (const next of ['another value', 'Final'] as const) {
      const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./Log', './Other')] }] });
      const question = play.device(package1, { cred: basicCred });
      const results = (item: Item): Command => ({
        name: 'Results',
        cmdId: '9',
        msgRef: question.header.msgId,
        cmdRef: '4',
        items: [item],
      });
      play.device([...allAnswered(question), results(piece)], { final: false });
      if (next === 'another value') {
        expect(line(play.device([results({ source: { uri: './Other' }, data: 'o' })], { final: false }))).toMatch(
          /Alert 1225/,
        );
        // What comes late of the value that was given up is no value.
        play.device([results({ source: { uri: './Log' }, data: 'defghi', moreData: true })], { final: false });
      }
      play.device([]);
      expect(play.nodes.has('./Log')).toBe(false);
      expect(play.results.filter(({ data }) => data !== undefined).map(({ locUri }) => locUri)).toEqual(
        next === 'another value' ? ['./Other'] : [],
      );
      expect(play.standing('d1')).toBe('failed 1');
    }
  });
});

describe('a new interior node', () => {
  it('goes out with Format node and without Data', () => {
    const add: RequestCommand = {
      name: 'Add',
      cmdId: '',
      items: [{ target: { uri: './Vendor' }, meta: { format: 'node' } }],
    };
    const play = new Play({ deliveries: [{ id: 'd1', commands: [add] }] });
    const xml = /<Add>.*<\/Add>/s.exec(xmlOf(play.device(package1, { cred: basicCred })))?.[0];
    expect(xml).toContain('<Format xmlns="syncml:metinf">node</Format>');
    expect(xml).not.toContain('Data');
  });
});

describe('a choice of the user', () => {
  it('of one (1103) or several (1104) is asked for with its choices in order, and kept by number', () => {
    const choose = (code: number): RequestCommand => ({
      name: 'Alert',
      cmdId: '',
      code,
      items: ['', 'Which?', 'red', 'green', 'blue'].map((data) => ({ data })),
    });
    const play = new Play({ deliveries: [{ id: 'd1', commands: [choose(1103), choose(1104)] }] });
    const reply = play.device(package1, { cred: basicCred });
    const asked = requests(reply).filter((command) => command.name === 'Alert');
    expect(asked.map(({ code, items }) => [code, ...items.map(({ data }) => data)])).toEqual([
      [1103, '', 'Which?', 'red', 'green', 'blue'],
      [1104, '', 'Which?', 'red', 'green', 'blue'],
    ]);
    play.device([
      status(reply, '0', 212),
      status(reply, '4', 200, { items: [{ data: '2' }] }),
      status(reply, '5', 200, { items: [{ data: '1' }, { data: '3' }] }),
    ]);
    expect(play.results.filter(({ item }) => item === 0).map(({ path, data }) => [path, data])).toEqual([
      [[0], '2'],
      [[1], '1\n3'],
    ]);
  });
});

describe('213 (chunk accepted)', () => {
  it('is no success of a command that went out whole', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [replace('./A', '1')] }] });
    const reply = play.device(package1, { cred: basicCred });
    play.device(allAnswered(reply, 213));
    expect(play.standing('d1')).toBe('failed 1');
    expect(play.nodes.size).toBe(0);
  });
});

describe('a device that asks for the next message for ever', () => {
  it('is answered each time, and in the end by alert 1223', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [get('./A')] }] });
    let reply = play.device(package1, { cred: basicCred });
    for (let messages = 0; play.state.phase !== 'closed'; messages++) {
      expect(messages).toBeLessThan(5_000);
      reply = play.device([alert(1222)], { final: false });
    }
    expect(line(reply)).toBe('Status SyncHdr 200, Status Alert 200, Alert 1223, Final');
  });
});
