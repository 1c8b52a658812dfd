import { describe, expect, it } from 'vitest';
import { NODE_PROPERTY_NAMES } from '../../src/syncml/node-properties.ts';
import { allAnswered, basicCred, get, Play, package1, requests } from './dialogue.ts';

const VALUES: Readonly<Record<string, string>> = {
  ACL: 'Get=*&Replace=omadm',
  Format: 'chr',
  Name: 'Name%20of%20it',
  Size: '12',
  Title: 'Größe',
  TStamp: '20260131T120000Z',
  Type: 'text/plain',
  VerNo: '3',
};

describe('properties of a node', () => {
  it('that a package asks for come as results, and are kept with the node', () => {
    const uris = NODE_PROPERTY_NAMES.map((name) => `./A/b?prop=${name}`);
    const play = new Play({ deliveries: [{ id: 'd', commands: [get(...uris)] }] });
    const reply = play.device(package1, { cred: basicCred });
    const items = NODE_PROPERTY_NAMES.map((name) => ({
      source: { uri: `./A/b?prop=${name}` },
      data: VALUES[name] ?? '',
    }));
    const cmdRef = requests(reply)[0]?.cmdId ?? '';
    play.device([...allAnswered(reply), { name: 'Results', cmdId: '9', msgRef: reply.header.msgId, cmdRef, items }]);
    expect(play.standing('d')).toBe('succeeded 1');
    expect(Object.fromEntries(play.properties)).toEqual(
      Object.fromEntries(NODE_PROPERTY_NAMES.map((name) => [`./A/b?prop=${name}`, VALUES[name]])),
    );
    expect(play.results.filter(({ data }) => data !== undefined).map(({ locUri, data }) => [locUri, data])).toEqual(
      NODE_PROPERTY_NAMES.map((name) => [`./A/b?prop=${name}`, VALUES[name]]),
    );
    expect(play.nodes.size).toBe(0);
  });

  it('of a secret node are no secrets', () => {
    const play = new Play({ deliveries: [{ id: 'd', commands: [get('./DMAcc/x/AAuthSecret?prop=ACL')] }] });
    const reply = play.device(package1, { cred: basicCred });
    const items = [{ source: { uri: './DMAcc/x/AAuthSecret?prop=ACL' }, data: 'Get=*' }];
    const cmdRef = requests(reply)[0]?.cmdId ?? '';
    play.device([...allAnswered(reply), { name: 'Results', cmdId: '9', msgRef: reply.header.msgId, cmdRef, items }]);
    expect(play.properties.get('./DMAcc/x/AAuthSecret?prop=ACL')).toBe('Get=*');
  });

  it('that a package sets are kept once the device has said yes; a node with a new name has left its place', () => {
    const set = (name: string, data: string) => ({
      name: 'Replace' as const,
      cmdId: '',
      items: [{ target: { uri: `./A?prop=${name}` }, data }],
    });
    const play = new Play({ deliveries: [{ id: 'd', commands: [set('Title', 'A title'), set('ACL', 'Get=*')] }] });
    play.nodes.set('./A', 'value');
    const reply = play.device(package1, { cred: basicCred });
    const [title = ''] = requests(reply).map(({ cmdId }) => cmdId);
    play.device(
      allAnswered(reply).map((one) => (one.cmdRef === title ? one : { ...one, code: one.cmdRef === '0' ? 212 : 425 })),
    );
    expect(Object.fromEntries(play.properties)).toEqual({ './A?prop=Title': 'A title' });
    expect(play.nodes.get('./A')).toBe('value');

    const renaming = new Play({ deliveries: [{ id: 'd', commands: [set('Name', 'B')] }] });
    renaming.nodes.set('./A', 'value');
    renaming.device(allAnswered(renaming.device(package1, { cred: basicCred })));
    expect(renaming.nodes.has('./A')).toBe(false);
  });
});
