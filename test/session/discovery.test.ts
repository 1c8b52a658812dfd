import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreePlan, WalkPlan } from '../../src/session/tree-plan.ts';
import type { Command, Data, Item, Message, Meta, ResultsCommand } from '../../src/syncml/message.ts';
import { element } from '../../src/wire/element.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { allAnswered, basicCred, line, Play, package1, requests, status } from './dialogue.ts';

/** A walk as it is ordered. */
function walk(change: Partial<WalkPlan> = {}): WalkPlan {
  const root = change.root ?? '.';
  return {
    kind: 'discovery',
    root,
    limits: { depth: 32, nodes: 100, messages: 100 },
    properties: [],
    lists: [],
    asks: [root],
    nodes: 1,
    messages: 0,
    cut: {},
    refused: [],
    refusals: 0,
    ...change,
  };
}

function stage(plan: TreePlan, setting: ConstructorParameters<typeof Play>[0] = {}): Play {
  return new Play({ ...setting, deliveries: [{ id: 'w', commands: [], plan }] });
}

/** What a device tells of one node, or of several: a Results for the Get of that LocURI. */
function told(to: Message, ask: string, ...items: readonly Item[]): ResultsCommand {
  const get = requests(to).find((one) => 'items' in one && one.items[0]?.target?.uri === ask);
  return { name: 'Results', cmdId: '90', msgRef: to.header.msgId, cmdRef: get?.cmdId ?? '?', items };
}

function item(uri: string, data?: Data, meta: Meta = { format: 'chr' }): Item {
  return { source: { uri }, meta, ...(data !== undefined && { data }) };
}
const interior = (uri: string, names?: string): Item => item(uri, names, { format: 'node' });

/** The answers of a device with that tree: an interior node names its children, a leaf has its value. */
function answers(to: Message, tree: Readonly<Record<string, string>>): Command[] {
  return requests(to).flatMap((command): Command[] => {
    if (!('items' in command)) return [];
    const uri = command.items[0]?.target?.uri ?? '';
    const found = tree[uri];
    if (found === undefined) return [status(to, command.cmdId, uri.includes('?') ? 406 : 404)];
    const isInterior = found.startsWith('[');
    const answer = isInterior ? interior(uri, found.slice(1, -1)) : item(uri, found);
    return [status(to, command.cmdId, 200), told(to, uri, answer)];
  });
}

const TREE = {
  '.': '[DevInfo/A%20b]',
  './DevInfo': '[Man/Mod]',
  './DevInfo/Man': 'Acme',
  './DevInfo/Mod': 'One',
  './A%20b': '[]',
};

/** Plays the device with that tree until the session ends; the server's messages, one a line. */
function play(stage: Play, tree: Readonly<Record<string, string>> = TREE, most = 40): string[] {
  const said: string[] = [];
  let reply = stage.device(package1, { cred: basicCred });
  for (; said.length < most; ) {
    said.push(line(reply).replace(/^(?:Status [^,]*, )*/, ''));
    if (requests(reply).length === 0) return said;
    reply = stage.device([status(reply, '0', 212), ...answers(reply, tree)]);
  }
  throw new Error('the session does not end');
}

describe('a walk through the tree, level by level', () => {
  it('asks for the root, then for what it names, until nothing is left', () => {
    const on = stage(walk());
    expect(play(on)).toEqual([
      'Get ., Final',
      'Get ./DevInfo, Get ./A%20b, Final',
      'Get ./DevInfo/Man, Get ./DevInfo/Mod, Final',
      'Final',
    ]);
    expect(on.standing('w')).toBe('succeeded 5');
    expect(Object.fromEntries(on.nodes)).toEqual({
      '.': 'DevInfo/A%20b',
      './DevInfo': 'Man/Mod',
      './DevInfo/Man': 'Acme',
      './DevInfo/Mod': 'One',
      './A%20b': '',
    });
    expect(on.plan('w')).toMatchObject({ nodes: 5, messages: 3, cut: {}, refusals: 0, asks: [] });
    expect(on.results).toEqual([]);
  });

  it('decodes the names of children and writes each in one spelling', () => {
    const on = stage(walk());
    expect(
      play(on, { '.': '[a b/%43d/%E4/x%2Fy]', './a%20b': '1', './Cd': '2', './%E4': '3', './x%2Fy': '4' }),
    ).toEqual(['Get ., Final', 'Get ./a%20b, Get ./Cd, Get ./%E4, Get ./x%2Fy, Final', 'Final']);
  });

  it('may begin at a leaf', () => {
    const on = stage(walk({ root: './DevInfo/Man' }));
    expect(play(on)).toEqual(['Get ./DevInfo/Man, Final', 'Final']);
    expect(on.nodes.get('./DevInfo/Man')).toBe('Acme');
  });

  it('ends the branch that is refused, not the walk', () => {
    const on = stage(walk());
    let reply = on.device(package1, { cred: basicCred });
    reply = on.device([...allAnswered(reply), told(reply, '.', interior('.', 'A/B/C'))]);
    const [a = '', b = '', c = ''] = requests(reply).map(({ cmdId }) => cmdId);
    reply = on.device([
      status(reply, '0', 200),
      status(reply, a, 425),
      status(reply, b, 404),
      status(reply, c, 200),
      told(reply, './C', item('./C', 'c')),
    ]);
    expect(line(reply)).toBe('Status SyncHdr 200, Final');
    expect(on.standing('w')).toBe('succeeded 4');
    expect(on.plan('w')).toMatchObject({
      refusals: 2,
      refused: [
        { locUri: './A', status: 425 },
        { locUri: './B', status: 404 },
      ],
    });
    expect([...on.nodes.keys()]).toEqual(['.', './C']);
  });

  it('fails when the node it begins with is refused', () => {
    const on = stage(walk({ root: './Gone' }));
    expect(play(on)).toEqual(['Get ./Gone, Final', 'Final']);
    expect(on.deliveries[0]?.move).toMatchObject({
      state: 'failed',
      failure: { code: 'command-refused', message: expect.stringContaining('404') },
    });
  });

  it('takes what is not answered for refused', () => {
    const on = stage(walk());
    let reply = on.device(package1, { cred: basicCred });
    reply = on.device([...allAnswered(reply), told(reply, '.', interior('.', 'A/B'))]);
    reply = on.device([status(reply, '0', 200)]);
    expect(line(reply)).toBe('Status SyncHdr 200, Final');
    expect(on.plan('w')).toMatchObject({ refused: [{ locUri: './A' }, { locUri: './B' }] });
    expect(on.standing('w')).toBe('succeeded 3');
  });

  it('forgets what a complete walk has not seen again, but for branches that were refused', () => {
    const on = stage(walk());
    play(on, { '.': '[A/B]', './A': 'a' });
    expect(on.forgotten).toEqual([{ root: '.', except: [] }]);
    const refusing = stage(walk());
    let reply = refusing.device(package1, { cred: basicCred });
    reply = refusing.device([...allAnswered(reply), told(reply, '.', interior('.', 'A/B'))]);
    refusing.device(allAnswered(reply, 405));
    expect(refusing.forgotten).toEqual([{ root: '.', except: ['./A', './B'] }]);
  });

  it('keeps values of secret nodes to itself', () => {
    const on = stage(walk());
    play(on, { '.': '[AAuthSecret]', './AAuthSecret': 'hidden' });
    expect(on.nodes.get('./AAuthSecret')).toBeUndefined();
    expect(JSON.stringify([on.state, on.effects, on.deliveries])).not.toContain('hidden');
  });
});

describe('the limits of a walk', () => {
  it('end it at a depth, which is told and forgets nothing', () => {
    const on = stage(walk({ limits: { depth: 1, nodes: 100, messages: 100 } }));
    expect(play(on)).toEqual(['Get ., Final', 'Get ./DevInfo, Get ./A%20b, Final', 'Final']);
    expect(on.plan('w')).toMatchObject({ cut: { depth: 2 }, nodes: 3 });
    expect(on.forgotten).toEqual([]);
  });

  it('end it at a number of nodes', () => {
    const on = stage(walk({ limits: { depth: 9, nodes: 4, messages: 100 } }));
    expect(play(on)).toHaveLength(4);
    expect(on.plan('w')).toMatchObject({ cut: { nodes: 1 }, nodes: 4 });
    expect([...on.nodes.keys()]).toEqual(['.', './DevInfo', './A%20b', './DevInfo/Man']);
    expect(on.forgotten).toEqual([]);
  });

  it('end it at a number of messages', () => {
    const on = stage(walk({ limits: { depth: 9, nodes: 100, messages: 2 } }));
    expect(play(on)).toEqual(['Get ., Final', 'Get ./DevInfo, Get ./A%20b, Final', 'Final']);
    expect(on.plan('w')).toMatchObject({ cut: { messages: 2 }, messages: 2, asks: [] });
    expect(on.standing('w')).toBe('succeeded 3');
  });

  it('end it with a device whose tree has no end', () => {
    const on = stage(walk({ limits: { depth: 5, nodes: 100, messages: 100 } }));
    let reply = on.device(package1, { cred: basicCred });
    for (let turn = 0; requests(reply).length > 0; turn++) {
      expect(turn).toBeLessThan(10);
      const [get] = requests(reply);
      const uri = get !== undefined && 'items' in get ? (get.items[0]?.target?.uri ?? '') : '';
      reply = on.device([...allAnswered(reply), told(reply, uri, interior(uri, 'More'))]);
    }
    expect(on.standing('w')).toBe('succeeded 6');
  });

  it('keep each message within what the device takes', () => {
    const on = stage(walk(), { sizeOf: (message) => 100 + 300 * requests(message).length });
    const first = on.device(package1, { cred: basicCred, meta: { maxMsgSize: 700 } });
    const second = on.device([...allAnswered(first), told(first, '.', interior('.', 'A/B/C'))]);
    expect(line(second)).toBe('Status SyncHdr 200, Get ./A, Get ./B, Final');
    const third = on.device(allAnswered(second, 404));
    expect(line(third)).toBe('Status SyncHdr 200, Get ./C, Final');
  });
});

describe('properties on a walk', () => {
  it('are asked for beside the value, but for the size of an interior node', () => {
    const on = stage(walk({ root: './A', properties: ['ACL', 'Size'] }));
    const tree = {
      './A': '[b]',
      './A?prop=ACL': 'Get=*',
      './A/b': 'x',
      './A/b?prop=ACL': '',
      './A/b?prop=Size': '1',
    };
    expect(play(on, tree)).toEqual([
      'Get ./A, Final',
      'Get ./A?prop=ACL, Get ./A/b, Final',
      'Get ./A/b?prop=ACL, Get ./A/b?prop=Size, Final',
      'Final',
    ]);
    expect(Object.fromEntries(on.properties)).toEqual({
      './A?prop=ACL': 'Get=*',
      './A/b?prop=ACL': '',
      './A/b?prop=Size': '1',
    });
    expect([...on.nodes.keys()]).toEqual(['./A', './A/b']);
  });

  it('are not asked for again once the device has said that it does not keep them', () => {
    const on = stage(walk({ root: './A', properties: ['Title'] }));
    expect(play(on, { './A': '[b/c]', './A/b': '1', './A/c': '2' })).toEqual([
      'Get ./A, Final',
      'Get ./A?prop=Title, Get ./A/b, Get ./A/c, Final',
      'Final',
    ]);
    expect(on.plan('w')).toMatchObject({ properties: [], refusals: 0 });
  });
});

const TNDS: Meta = { format: 'xml', type: 'application/vnd.syncml.dmtnds+xml' };
const SERIALISED = decodeXml(`<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>.</NodeName>
  <RTProperties><ACL>Add=*</ACL><Format><node/></Format><Type><DDFName></DDFName></Type></RTProperties>
  <Node><NodeName>AAuthSecret</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>
    <Value>hidden</Value></Node>
  <Node><NodeName>B</NodeName><RTProperties><Format><int/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>
    <Value>7</Value></Node></Node></MgmtTree>`).root;

describe('a walk that asks for all at once', () => {
  const atOnce = walk({ lists: ['TNDS', 'StructData'] });

  it('takes in a serialised tree with its properties, less its secrets', () => {
    const on = stage(atOnce, { version: '1.2' });
    const reply = on.device(package1, { cred: basicCred });
    expect(line(reply)).toMatch(/Get \.\?list=TNDS, Final$/);
    const end = on.device([
      ...allAnswered(reply),
      told(reply, '.?list=TNDS', item('.?list=TNDS', { elements: [SERIALISED] }, TNDS)),
    ]);
    expect(line(end)).toBe('Status SyncHdr 200, Final');
    expect(Object.fromEntries(on.nodes)).toEqual({ '.': undefined, './AAuthSecret': undefined, './B': '7' });
    expect(Object.fromEntries(on.properties)).toEqual({ '.?prop=ACL': 'Add=*' });
    expect(on.standing('w')).toBe('succeeded 1');
    expect(on.plan('w')).toMatchObject({ nodes: 3, lists: [], asks: [] });
    expect(on.forgotten).toEqual([{ root: '.', except: [] }]);
    expect(JSON.stringify([on.state, on.effects, on.deliveries])).not.toContain('hidden');
  });

  it('asks for properties that the tree did not bring', () => {
    const on = stage({ ...atOnce, properties: ['ACL'] }, { version: '1.2' });
    const reply = on.device(package1, { cred: basicCred });
    const tree = item('.?list=TNDS', { elements: [SERIALISED] }, TNDS);
    const more = on.device([...allAnswered(reply), told(reply, '.?list=TNDS', tree)]);
    expect(line(more)).toBe('Status SyncHdr 200, Get ./AAuthSecret?prop=ACL, Get ./B?prop=ACL, Final');
  });

  it.each([405, 406, 404, 415, 500])('goes on to the next way after %i, and at last level by level', (code) => {
    const on = stage(atOnce, { version: '1.2' });
    const first = on.device(package1, { cred: basicCred });
    const second = on.device(allAnswered(first, code));
    expect(line(second)).toBe('Status SyncHdr 200, Get .?list=StructData, Final');
    const third = on.device(allAnswered(second, code));
    expect(line(third)).toBe('Status SyncHdr 200, Get ., Final');
    const fourth = on.device([...allAnswered(third), told(third, '.', interior('.', 'A'))]);
    expect(line(fourth)).toBe('Status SyncHdr 200, Get ./A, Final');
  });

  it('goes on to the next way when a list brings nothing, or nothing that can be read', () => {
    const on = stage(atOnce, { version: '1.2' });
    const first = on.device(package1, { cred: basicCred });
    const nonsense = item('.?list=TNDS', { elements: [element('MgmtTree', 'syncml:dmddf1.2')] }, TNDS);
    const second = on.device([...allAnswered(first), told(first, '.?list=TNDS', nonsense)]);
    expect(line(second)).toBe('Status SyncHdr 200, Get .?list=StructData, Final');
    expect(line(on.device(allAnswered(second)))).toBe('Status SyncHdr 200, Get ., Final');
  });

  it('does not ask a device of DM 1.1 for a serialised tree', () => {
    const on = stage(atOnce, { version: '1.1' });
    expect(line(on.device(package1, { cred: basicCred }))).toMatch(/Get \.\?list=StructData, Final$/);
  });

  it('takes a list over several messages', () => {
    const on = stage(atOnce);
    const first = on.device(package1, { cred: basicCred });
    const second = on.device(
      [...allAnswered(first), told(first, '.?list=StructData', interior('.'), interior('./A'))],
      {
        final: false,
      },
    );
    expect(line(second)).toBe('Status SyncHdr 200, Alert 1222');
    const end = on.device([told(first, '.?list=StructData', item('./A/b', 'x'), item('C', '2'))]);
    expect(line(end)).toBe('Status SyncHdr 200, Final');
    expect([...on.nodes.keys()]).toEqual(['.', './A', './A/b', './C']);
    expect(on.plan('w')).toMatchObject({ nodes: 4 });
    expect(on.standing('w')).toBe('succeeded 1');
  });

  it('walks on where a device answers a list with the names of children alone', () => {
    const on = stage(atOnce);
    const first = on.device(package1, { cred: basicCred });
    const second = on.device([...allAnswered(first), told(first, '.?list=StructData', interior('.', 'A/B'))]);
    expect(line(second)).toBe('Status SyncHdr 200, Get ./A, Get ./B, Final');
  });

  it('keeps no more nodes than it may', () => {
    const on = stage({ ...atOnce, limits: { depth: 32, nodes: 2, messages: 9 } });
    const first = on.device(package1, { cred: basicCred });
    const nodes = [interior('.'), item('./A', '1'), item('./B', '2')];
    on.device([...allAnswered(first), told(first, '.?list=StructData', ...nodes)]);
    expect([...on.nodes.keys()]).toEqual(['.', './A']);
    expect(on.plan('w')).toMatchObject({ nodes: 2, cut: { nodes: 1 } });
    expect(on.forgotten).toEqual([]);
  });
});

describe('a walk that is interrupted', () => {
  it('goes on in the next session where it was, and asks again for what was under way', () => {
    const on = stage(walk());
    const first = on.device(package1, { cred: basicCred });
    const second = on.device([...allAnswered(first), told(first, '.', interior('.', 'A/B'))]);
    expect(line(second)).toBe('Status SyncHdr 200, Get ./A, Get ./B, Final');
    on.state = { phase: 'awaitingPackage1' };
    expect(line(on.device(package1, { cred: basicCred }))).toMatch(/ 200, Get \.\/A, Get \.\/B, Final$/);
  });

  it('loses no branch when it breaks off between a Status and its Results', () => {
    const on = stage(walk());
    const first = on.device(package1, { cred: basicCred });
    const second = on.device([...allAnswered(first), told(first, '.', interior('.', 'A/B'))]);
    const [a = '', b = ''] = requests(second).map(({ cmdId }) => cmdId);
    const answered = [status(second, '0', 200), status(second, a, 200), status(second, b, 200)];
    on.device([...answered, told(second, './A', item('./A', 'a'))], { final: false });
    on.state = { phase: 'awaitingPackage1' };
    expect(line(on.device(package1, { cred: basicCred }))).toMatch(/ 200, Get \.\/B, Final$/);
  });

  it('lets a package go first that was queued before it', () => {
    const on = new Play({
      deliveries: [
        { id: 'd', commands: [{ name: 'Delete', cmdId: '', items: [{ target: { uri: './Old' } }] }] },
        { id: 'w', commands: [], plan: walk() },
      ],
    });
    const first = on.device(package1, { cred: basicCred });
    expect(line(first)).toMatch(/Delete \.\/Old, Final$/);
    expect(line(on.device(allAnswered(first)))).toBe('Status SyncHdr 200, Get ., Final');
  });
});

describe('a walk through a device that answers at random', () => {
  it('comes to its end within its limits, whatever is said, and sends nothing twice in one message', () => {
    const uri = fc.constantFrom('.', './A', './A/b', './A/b/c', 'A', './A?list=TNDS', './%ZZ', '..', '');
    const data = fc.constantFrom('A/B', 'A', 'b//c', '../x', 'A/A/A', '', 'value', 'a?prop=ACL', 'x'.repeat(300));
    const meta = fc.constantFrom<Meta>({ format: 'node' }, { format: 'chr' }, {}, { type: TNDS.type ?? '' });
    const answer = fc.record({
      code: fc.constantFrom(200, 200, 200, 404, 405, 406, 213, 500, 0),
      silent: fc.boolean(),
      items: fc.array(fc.record({ uri, data, meta }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1, maxLength: 12 }), fc.boolean(), (script, atOnce) => {
        const limits = { depth: 4, nodes: 12, messages: 6 };
        const plan = walk({ limits, properties: ['ACL'], ...(atOnce && { lists: ['TNDS', 'StructData'] }) });
        const on = stage(plan, { version: '1.2' });
        let reply = on.device(package1, { cred: basicCred });
        let at = 0;
        for (let turn = 0; requests(reply).length > 0; turn++) {
          expect(turn).toBeLessThan(12);
          const asked = requests(reply).map((command) => ('items' in command ? command.items[0]?.target?.uri : ''));
          expect(new Set(asked).size).toBe(asked.length);
          const heard = requests(reply).flatMap((command): Command[] => {
            const { code, silent, items } = script[at++ % script.length] ?? { code: 200, silent: false, items: [] };
            const results: ResultsCommand = {
              name: 'Results',
              cmdId: '9',
              msgRef: reply.header.msgId,
              cmdRef: command.cmdId,
              items: items.map((one) => item(one.uri, one.data, one.meta)),
            };
            return [...(silent ? [] : [status(reply, command.cmdId, code)]), ...(items.length > 0 ? [results] : [])];
          });
          reply = on.device([status(reply, '0', 200), ...heard]);
        }
        const done = on.plan('w');
        if (done?.kind !== 'discovery') throw new Error('no walk');
        expect(done.nodes).toBeLessThanOrEqual(limits.nodes);
        expect(on.deliveries[0]?.move?.state).toMatch(/succeeded|failed/);
      }),
      { numRuns: 400 },
    );
  });
});
