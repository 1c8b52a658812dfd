import { describe, expect, it } from 'vitest';
import type { AlertCommand, Item, Message, RequestCommand, StatusCommand } from '../../src/syncml/message.ts';
import { maskMessage } from '../../src/syncml/secret-nodes.ts';
import { element } from '../../src/wire/element.ts';
import { alert, allAnswered, basicCred, get, line, md5Cred, Play, package1, requests, status } from './dialogue.ts';

/** What a device tells on its own account (alerts 1224 and 1226), and what the server makes of it. */
const BATTERY: Item = {
  source: { uri: './Vendor/Battery' },
  meta: { format: 'int', type: 'urn:example:battery', mark: 'warning' },
  data: '7',
};

function tell(code: number, cmdId: string, ...items: Item[]): AlertCommand {
  return { name: 'Alert', cmdId, code, items };
}

const event = (...items: Item[]): AlertCommand => tell(1224, '3', ...items);
const generic = (...items: Item[]): AlertCommand => tell(1226, '3', ...items);

/** What the server answered to the device's command of that CmdID. */
function answersTo(reply: Message, cmdRef: string): StatusCommand[] {
  return reply.commands.filter((one): one is StatusCommand => one.name === 'Status' && one.cmdRef === cmdRef);
}

function told(version: '1.1' | '1.2', command: AlertCommand): { play: Play; codes: number[] } {
  const play = new Play({ version });
  const reply = play.device([...package1, command], { cred: basicCred });
  return { play, codes: answersTo(reply, command.cmdId).map(({ code }) => code) };
}

describe('a client event (1224)', () => {
  it.each(['1.1', '1.2'] as const)('in DM/%s beside the alert that opens the session is taken and kept', (version) => {
    const play = new Play({ version, deliveries: [{ id: 'd1', commands: [get('./A')] }] });
    const reply = play.device([...package1, event(BATTERY)], { cred: basicCred });
    expect(line(reply)).toBe(
      'Status SyncHdr 212, Status Alert 200, Status Replace 200, Status Alert 200, Get ./A, Final',
    );
    expect(play.alerts).toEqual([
      {
        code: 1224,
        type: 'urn:example:battery',
        format: 'int',
        mark: 'warning',
        source: './Vendor/Battery',
        data: '7',
      },
    ]);
  });

  it('is kept Item by Item, with the defaults for what an Item leaves out', () => {
    const { play, codes } = told('1.1', event({ data: 'one' }, { meta: { type: 'urn:two' }, target: { uri: './T' } }));
    expect(codes).toEqual([200]);
    expect(play.alerts).toEqual([
      { code: 1224, type: 'text/plain', format: 'chr', data: 'one' },
      { code: 1224, type: 'urn:two', format: 'chr', target: './T' },
    ]);
  });

  it('is taken in every package of the device, in its first message and in later ones', () => {
    const play = new Play({ version: '1.2', deliveries: [{ id: 'd1', commands: [get('./A')] }] });
    play.device([alert(1201), event({ data: 'first' })], { cred: basicCred, final: false });
    const question = play.device([event({ data: 'second' }), generic(BATTERY)]);
    expect(line(question)).toBe('Status SyncHdr 200, Status Alert 200, Status Alert 200, Get ./A, Final');
    play.device([...allAnswered(question), event({ data: 'third' })], { final: false });
    play.device([event({ data: 'last' }), alert(1223, '9')]);
    expect(play.alerts.map(({ data }) => data)).toEqual(['first', 'second', '7', 'third', 'last']);
    expect(play.state).toEqual({ phase: 'closed', reason: 'aborted-by-device' });
  });

  it('of a device that has not proven who it is is answered with the challenge and not kept', () => {
    const play = new Play({ auth: 'md5', clientNonce: Buffer.from('nonce') });
    const refused = play.device([...package1, event(BATTERY)], { cred: md5Cred(Buffer.from('another')) });
    expect(answersTo(refused, '3').map(({ code }) => code)).toEqual([401]);
    expect(play.alerts).toEqual([]);
    play.device([...package1, event(BATTERY)], { cred: md5Cred(Buffer.from('nonce')) });
    expect(play.alerts).toHaveLength(1);
  });

  it('that wants no answer gets none and is kept', () => {
    const { play, codes } = told('1.1', { ...event(BATTERY), noResp: true });
    expect(codes).toEqual([]);
    expect(play.alerts).toHaveLength(1);
  });
});

describe('a generic alert (1226)', () => {
  it('is kept with its Correlator, Source, Type, Format, Mark and data', () => {
    const { play, codes } = told('1.2', { ...generic(BATTERY), correlator: 'job-7' });
    expect(codes).toEqual([200]);
    expect(play.alerts).toEqual([
      {
        code: 1226,
        type: 'urn:example:battery',
        format: 'int',
        mark: 'warning',
        correlator: 'job-7',
        source: './Vendor/Battery',
        data: '7',
      },
    ]);
  });

  it('without a Mark is informational', () => {
    const { play } = told('1.2', generic({ meta: { type: 'urn:x' }, data: '' }));
    expect(play.alerts).toEqual([{ code: 1226, type: 'urn:x', format: 'chr', mark: 'informational', data: '' }]);
  });

  it('may come several times in one message, with several Items each', () => {
    const play = new Play({ version: '1.2' });
    const item = (data: string): Item => ({ meta: { type: 'urn:x' }, data });
    const reply = play.device(
      [...package1, tell(1226, '3', item('a'), item('b')), tell(1226, '4', item('c')), tell(1224, '5', item('d'))],
      { cred: basicCred },
    );
    expect(line(reply)).toMatch(/(Status Alert 200, ){3}Final$/);
    expect(play.alerts.map(({ code, data }) => `${code} ${data}`)).toEqual(['1226 a', '1226 b', '1226 c', '1224 d']);
  });

  it('is none of DM/1.1 and answered 406 there', () => {
    const { play, codes } = told('1.1', generic(BATTERY));
    expect(codes).toEqual([406]);
    expect(play.alerts).toEqual([]);
    expect(play.notes.join()).toMatch(/1226.*DM\/1\.1/);
  });

  it('has its octets kept as base64, whatever they are called, and elements as XML text', () => {
    const octets = Uint8Array.of(0, 255);
    const { play, codes } = told(
      '1.2',
      generic(
        { meta: { type: 'a/a', format: 'bin' }, data: octets },
        { meta: { type: 'a/a', format: 'chr' }, data: octets },
        { meta: { type: 'a/a', format: 'b64' }, data: 'AP\n8=' },
        { meta: { type: 'a/a', format: 'xml' }, data: { elements: [element('b', '', ['<'])] } },
        { meta: { type: 'a/a', format: 'null' }, data: 'nothing' },
      ),
    );
    expect(codes).toEqual([200]);
    expect(play.alerts.map(({ format, data }) => [format, data])).toEqual([
      ['bin', 'AP8='],
      ['bin', 'AP8='],
      ['b64', 'AP8='],
      ['xml', '<b>&lt;</b>'],
      ['null', undefined],
    ]);
  });

  it('about a secret is kept without it, and so is what was said', () => {
    for (const place of ['source', 'target'] as const) {
      const item: Item = { [place]: { uri: './DMAcc/x/AAuthSecret' }, meta: { type: 'urn:x' }, data: 'hunter2' };
      const command = generic({ ...item, ...(place === 'source' && { target: { uri: './Open' } }) });
      const { play, codes } = told('1.2', command);
      expect(codes).toEqual([200]);
      expect(play.alerts).toHaveLength(1);
      expect(JSON.stringify(play.effects)).not.toContain('hunter2');
      const said = maskMessage({ header: {} as Message['header'], commands: [command], final: true });
      expect(JSON.stringify(said)).not.toContain('hunter2');
    }
  });

  it('has one Status an Item where they came to different ends, named where they have names', () => {
    const play = new Play({ version: '1.2' });
    const items = [
      BATTERY,
      { ...BATTERY, source: { uri: './Vendor/Odd' }, meta: { type: 'urn:x', format: 'colour' } },
      { data: 'no Type' },
    ];
    const reply = play.device([...package1, generic(...items)], { cred: basicCred });
    expect(answersTo(reply, '3').map(({ code, sourceRefs }) => [code, ...sourceRefs])).toEqual([
      [200, './Vendor/Battery'],
      [415, './Vendor/Odd'],
      [412],
    ]);
    expect(play.alerts.map(({ source }) => source)).toEqual(['./Vendor/Battery']);
    expect(play.notes.join()).toMatch(/^2 of 3 Items of Alert 1226 are refused, the first because its data/);
  });
});

describe('an alert that cannot be taken', () => {
  const x = { type: 'urn:x' };
  it.each<[string, AlertCommand, number]>([
    ['a generic alert without an Item', generic(), 412],
    ['a client event without an Item', event(), 412],
    ['a generic alert without a Type', generic({ data: 'x' }), 412],
    ['a piece of an object', generic({ meta: { ...x, size: 9 }, data: 'x', moreData: true }), 412],
    ['a Correlator without end', { ...generic(BATTERY), correlator: 'c'.repeat(256) }, 412],
    ['a Format that does not exist', generic({ meta: { ...x, format: 'text' }, data: 'x' }), 415],
    ['an interior node', generic({ meta: { ...x, format: 'node' } }), 415],
    ['a Type without end', event({ meta: { type: 'x'.repeat(256) } }), 415],
    ['a Type of control characters', event({ meta: { type: 'urn:\u0000' } }), 415],
    ['base64 that is none', generic({ meta: { ...x, format: 'b64' }, data: 'A=B' }), 415],
    ['elements that call themselves octets', generic({ meta: { ...x, format: 'bin' }, data: { elements: [] } }), 415],
    [
      'elements that XML cannot write',
      generic({ meta: { ...x, format: 'xml' }, data: { elements: [element('a', '', ['\u0001'])] } }),
      415,
    ],
    ['data larger than an object may be, in a client event', event({ data: 'é'.repeat(524_289) }), 413],
    ['data larger than an object may be, in a generic alert', generic({ meta: x, data: 'x'.repeat(1_048_577) }), 500],
    ['a LocURI without end', event({ source: { uri: `./${'a'.repeat(2_000)}` } }), 413],
    ['an alert without a code', tell(Number.NaN, '3', BATTERY), 400],
    ['a code that nobody has', tell(1999, '3', BATTERY), 406],
    ['a code of data synchronisation', tell(200, '3', BATTERY), 406],
    ['a question to the user', tell(1101, '3', {}, { data: 'Well?' }), 406],
  ])('%s is refused with the reason, and the session goes on', (_, command, code) => {
    const play = new Play({ version: '1.2', deliveries: [{ id: 'd1', commands: [get('./A')] }] });
    const reply = play.device([...package1, command], { cred: basicCred });
    expect(line(reply)).toBe(
      `Status SyncHdr 212, Status Alert 200, Status Replace 200, Status Alert ${code}, Get ./A, Final`,
    );
    expect(play.alerts).toEqual([]);
    expect(play.notes).toHaveLength(1);
    play.device(allAnswered(reply));
    expect(play.standing('d1')).toBe('succeeded 1');
  });

  it('is not the end of those before it: 256 Items of one message are kept, the rest is refused', () => {
    const many = Array.from({ length: 257 }, (_, index): Item => ({ meta: x, data: String(index) }));
    const { play, codes } = told('1.2', event(...many));
    expect(codes.slice(-2)).toEqual([200, 413]);
    expect(play.alerts).toHaveLength(256);
  });

  it('may have a Mark that nobody knows: it is kept as said, and the usual ones in one spelling', () => {
    const marked = (mark: string): Item => ({ meta: { ...x, mark } });
    const { play } = told('1.2', generic(marked('Purple'), marked('FATAL'), marked('m'.repeat(65)), marked('')));
    expect(play.alerts.map(({ mark }) => mark)).toEqual(['Purple', 'fatal', 'informational', 'informational']);
  });
});

describe('alert 1225 of a device', () => {
  const big: RequestCommand = {
    name: 'Add',
    cmdId: '',
    items: [{ target: { uri: './Big' }, meta: { format: 'chr' }, data: 'x'.repeat(3_000) }],
  };

  it('has the object whose end it misses sent once more, then fails it, and the session goes on', () => {
    const play = new Play({ deliveries: [{ id: 'd1', commands: [big] }] });
    const piece = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 1_500 } });
    const missing = (to: Message): Message => {
      const { cmdId } = requests(to)[0] as RequestCommand;
      return play.device([status(to, '0', 212), status(to, cmdId, 213), tell(1225, '9', { source: { uri: './Big' } })]);
    };
    const again = missing(piece);
    expect(line(again)).toBe('Status SyncHdr 200, Status Alert 200, Add ./Big');
    const reply = missing(again);
    expect(line(reply)).toBe('Status SyncHdr 200, Status Alert 200, Final');
    expect(play.standing('d1')).toBe('failed 1');
    expect(play.deliveries[0]?.move?.failure?.message).toMatch(/^Add of \.\/Big \(command 1\).*1225/);
    expect(play.nodes.size).toBe(0);
  });

  it('about nothing that is on its way is answered and noted', () => {
    const { play, codes } = told('1.1', tell(1225, '3', { source: { uri: './Nothing' } }));
    expect(codes).toEqual([200]);
    expect(play.notes.join()).toMatch(/\.\/Nothing/);
    expect(told('1.1', tell(1225, '3')).codes).toEqual([200]);
  });
});
