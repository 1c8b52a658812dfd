import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../src/services/dm-codec.ts';
import type { Message, RequestCommand } from '../../src/syncml/message.ts';
import { allAnswered, basicCred, flatten, get, line, Play, package1, replace, requests, status } from './dialogue.ts';

/** One package, written for one version of DM and delivered to a device of the other. */
const formatted = (format: string, data: string, onCommand = false): RequestCommand => ({
  name: 'Add',
  cmdId: '',
  ...(onCommand && { meta: { format, type: 'text/plain' } }),
  items: [{ target: { uri: `./${format}` }, ...(!onCommand && { meta: { format } }), data }],
});
const exec = (uri: string, correlator?: string): RequestCommand => ({
  name: 'Exec',
  cmdId: '',
  ...(correlator !== undefined && { correlator }),
  items: [{ target: { uri } }],
});
const sequence = (...commands: RequestCommand[]): RequestCommand => ({ name: 'Sequence', cmdId: '', commands });

const xmlOf = (message: Message): string => Buffer.from(encodeMessage(message, 'xml')).toString();
const correlators = (message: Message): (string | undefined)[] =>
  flatten(message.commands).flatMap((one) => (one.name === 'Exec' ? [one.correlator] : []));

describe('a package written for DM 1.2', () => {
  const written = [
    formatted('date', '2004-02-29'),
    formatted('time', '16:55:00'),
    formatted('float', '1.5', true),
    sequence(exec('./Do', 'job-7'), formatted('float', '2.5')),
  ];

  it('goes to a device of 1.1 in its namespace, without Correlators and with the formats it has', () => {
    const play = new Play({ version: '1.1', deliveries: [{ id: 'd1', commands: written }] });
    const reply = play.device(package1, { cred: basicCred });
    expect(line(reply)).toMatch(
      /Add \.\/date, Add \.\/time, Add \.\/float, Sequence \[Exec \.\/Do, Add \.\/float\], Final$/,
    );
    const xml = xmlOf(reply);
    expect(xml).toContain('<SyncML xmlns="SYNCML:SYNCML1.1">');
    expect(xml).not.toMatch(/Correlator|SYNCML1\.2|>(?:date|time|float)</);
    expect(xml.match(/<Format xmlns="syncml:metinf">chr<\/Format>/g)).toHaveLength(4);
    for (const value of ['2004-02-29', '16:55:00', '1.5', '2.5']) expect(xml).toContain(`<Data>${value}</Data>`);
    play.device(allAnswered(reply));
    expect(play.standing('d1')).toBe('succeeded 4');
    expect(play.awaited).toEqual([]);
  });

  it('goes to a device of 1.2 as it was written', () => {
    const play = new Play({ version: '1.2', deliveries: [{ id: 'd1', commands: written }] });
    const xml = xmlOf(play.device(package1, { cred: basicCred }));
    expect(xml).toContain('<SyncML xmlns="SYNCML:SYNCML1.2">');
    expect(xml).toContain('<Correlator>job-7</Correlator>');
    expect(xml.match(/>(date|time|float)<\/Format>/g)).toHaveLength(4);
  });

  it.each<[string, RequestCommand, string]>([
    [
      'sends a tree as a document',
      sequence({
        name: 'Add',
        cmdId: '',
        meta: { format: 'xml', type: 'application/vnd.syncml.dmtnds+xml' },
        items: [{ target: { uri: './Vendor' }, data: '<MgmtTree/>' }],
      }),
      'Add of ./Vendor (command 2.1) sends a tree as a document (TNDS), which came with DM 1.2; the device speaks DM 1.1.',
    ],
    [
      'asks for one',
      get('./A', './B?list=TNDS'),
      'Get of ./B?list=TNDS (command 2) asks for a tree as a document (?list=TNDS), which came with DM 1.2; the device speaks DM 1.1.',
    ],
  ])(
    'and that %s fails for a device of 1.1 before any of it is sent; the next delivery goes out',
    (_, command, message) => {
      const deliveries = [
        { id: 'd1', commands: [replace('./A', '1'), command] },
        { id: 'd2', commands: [get('./C')] },
      ];
      const play = new Play({ version: '1.1', deliveries });
      expect(line(play.device(package1, { cred: basicCred }))).toMatch(/Status Replace 200, Get \.\/C, Final$/);
      expect(play.deliveries[0]?.move).toMatchObject({
        state: 'failed',
        position: 0,
        failure: { code: 'version-unsuitable', message },
      });
      const other = new Play({ version: '1.2', deliveries });
      expect(line(other.device(package1, { cred: basicCred }))).toMatch(/Replace \.\/A, /);
    },
  );
});

describe('a package written for DM 1.1', () => {
  it('goes to a device of 1.2 in its namespace; an Exec gets a Correlator that no other one has', () => {
    const commands = [replace('./A', '1'), exec('./Do'), sequence(get('./B'), exec('./Do'))];
    const play = new Play({
      version: '1.2',
      deliveries: [
        { id: 'd1', commands },
        { id: 'd2', commands: [exec('./Do')] },
      ],
    });
    const first = play.device(package1, { cred: basicCred });
    expect(xmlOf(first)).toContain('<SyncML xmlns="SYNCML:SYNCML1.2">');
    expect(correlators(first)).toEqual(['d1.1', 'd1.2.1']);
    expect(correlators(play.device(allAnswered(first)))).toEqual(['d2.0']);
  });

  it('has the same Correlator when an Exec is sent again, and in every piece of a large one', () => {
    const large: RequestCommand = {
      name: 'Exec',
      cmdId: '',
      items: [{ target: { uri: './Do' }, data: 'x'.repeat(3_000) }],
    };
    const play = new Play({ version: '1.2', deliveries: [{ id: 'd1', commands: [get('./A'), large] }] });
    let reply = play.device(package1, { cred: basicCred, meta: { maxMsgSize: 1_200 } });
    reply = play.device(allAnswered(reply));
    const seen = new Set<string | undefined>();
    let pieces = 0;
    for (; !reply.final; pieces++) {
      for (const one of correlators(reply)) seen.add(one);
      const { cmdId } = requests(reply)[0] as RequestCommand;
      reply = play.device([status(reply, '0', 212), status(reply, cmdId, 213)], { final: false });
    }
    expect(pieces).toBeGreaterThan(1);
    expect([...seen, ...correlators(reply)]).toEqual(['d1.1', 'd1.1']);
  });
});

describe('an Exec that is answered 202', () => {
  it("is awaited under its Correlator, the package's or ours, and its outcome comes with a later alert", () => {
    const play = new Play({
      version: '1.2',
      deliveries: [{ id: 'd1', commands: [exec('./Do', 'job-7'), exec('./Do')] }],
    });
    const reply = play.device(package1, { cred: basicCred });
    play.device(allAnswered(reply, 202));
    expect(play.standing('d1')).toBe('succeeded 2');
    expect(play.awaited).toEqual([
      { deliveryId: 'd1', path: [0], correlator: 'job-7' },
      { deliveryId: 'd1', path: [1], correlator: 'd1.1' },
    ]);
    const outcome = { meta: { type: 'urn:done' }, data: '200' };
    play.device([...package1, { name: 'Alert', cmdId: '3', code: 1226, correlator: 'd1.1', items: [outcome] }], {
      cred: basicCred,
    });
    expect(play.alerts).toMatchObject([{ correlator: 'd1.1', data: '200' }]);
  });

  it('is not awaited when it is answered otherwise, nor by a device of 1.1, which cannot tell', () => {
    for (const [version, code] of [
      ['1.2', 200],
      ['1.2', 500],
      ['1.1', 202],
    ] as const) {
      const play = new Play({ version, deliveries: [{ id: 'd1', commands: [exec('./Do')] }] });
      play.device(allAnswered(play.device(package1, { cred: basicCred }), code));
      expect(play.awaited).toEqual([]);
    }
  });
});
