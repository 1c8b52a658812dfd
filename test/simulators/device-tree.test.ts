import { describe, expect, it } from 'vitest';
import { factoryTree } from '../../src/simulators/device/factory-tree.ts';
import { ManagementTree } from '../../src/simulators/device/management-tree.ts';

const factory = (options = {}) => new ManagementTree(factoryTree({ deviceId: 'IMEI:1' }, '1.1', true), options);
const chr = (value: string) => ({ value, format: 'chr', type: 'text/plain' });

describe('LocURIs', () => {
  it('takes ./A/B and A/B for the same node', () => {
    const tree = factory();
    expect(tree.add('./Vendor/A/B', chr('x'))).toBe(200);
    expect(tree.get('Vendor/A/B')).toEqual(chr('x'));
  });

  it.each(['', '/Vendor', './Vendor/', './Vendor//A', './Vendor/../A', './.', './Vendor/%2e%2e', './A%', './A?x=y'])(
    'answers 400 to %j',
    (locUri) => {
      expect(factory().get(locUri)).toBe(400);
      expect(factory().add(locUri, chr('x'))).toBe(400);
    },
  );

  it('answers 414 when the whole or a segment is longer than DevDetail says', () => {
    expect(factory().get(`./${'a/'.repeat(600)}a`)).toBe(414);
    expect(factory().add(`./Vendor/${'a'.repeat(128)}`, chr('x'))).toBe(414);
    expect(factory().add(`./Vendor/${'a'.repeat(127)}`, chr('x'))).toBe(200);
  });

  it('takes a percent-encoded name for the name it stands for', () => {
    const tree = factory();
    tree.add('./Vendor/My%20Net%2F1', chr('x'));
    expect(tree.get('./Vendor')).toEqual({ value: 'My%20Net%2F1', format: 'node' });
    expect([...tree.leaves().keys()]).toContain('./Vendor/My%20Net%2F1');
    expect(tree.valueOf('./Vendor/%4Dy%20Net%2f1')).toBe('x');
  });
});

describe('Get with ?list=', () => {
  const tree = () => {
    const grown = factory();
    grown.add('./Vendor/A/Text', chr('x'));
    grown.add('./Vendor/A/Icon', { value: Uint8Array.of(1, 2), format: 'bin', type: 'image/png' });
    grown.add('./Vendor/A/My%20Net', { format: 'node', type: 'urn:example:net' });
    return grown;
  };

  it('lists the node and all below it, parents first, as Struct without and as StructData with the data', () => {
    const text = { locUri: './Vendor/A/Text', format: 'chr', type: 'text/plain' };
    const icon = { locUri: './Vendor/A/Icon', format: 'bin', type: 'image/png' };
    const net = { locUri: './Vendor/A/My%20Net', format: 'node', type: 'urn:example:net' };
    const interiors = ['./Vendor', './Vendor/A'].map((locUri) => ({ locUri, format: 'node' }));
    expect(tree().list('Vendor?list=Struct')).toEqual([...interiors, text, icon, net]);
    expect(tree().list('./Vendor?list=StructData')).toEqual([
      ...interiors,
      { ...text, value: 'x' },
      { ...icon, value: Uint8Array.of(1, 2) },
      net,
    ]);
    expect(tree().list('./Vendor/A/Text?list=StructData')).toEqual([{ ...text, value: 'x' }]);
    const all = tree().list('.?list=Struct');
    expect(Array.isArray(all) && all.map(({ locUri }) => locUri).slice(0, 3)).toEqual([
      '.',
      './DevInfo',
      './DevInfo/DevId',
    ]);
  });

  it('leaves out what the server may not get, and looks below it', () => {
    const grown = tree();
    grown.replace('./Vendor/A?prop=ACL', chr('Get=other'));
    grown.replace('./Vendor/A/Text?prop=ACL', chr('Get=omadm'));
    const listed = grown.list('./Vendor?list=Struct', 'omadm');
    expect(Array.isArray(listed) && listed.map(({ locUri }) => locUri)).toEqual(['./Vendor', './Vendor/A/Text']);
    expect(grown.list('./Vendor/A?list=Struct', 'omadm')).toBe(425);
  });

  it.each([
    ['./Vendor?list=TNDS', 406],
    ['./Vendor?list=Everything', 406],
    ['./Nope?list=Struct', 404],
    ['/Vendor?list=Struct', 400],
  ])('answers %s with %i', (locUri, status) => {
    expect(tree().list(locUri)).toBe(status);
  });
});

describe('Get', () => {
  it('lists the children of an interior node, joined by slashes', () => {
    expect(factory().get('.')).toEqual({ value: 'DevInfo/DevDetail/SyncML/Vendor', format: 'node' });
    expect(factory().get('./DevInfo')).toEqual({ value: 'DevId/Man/Mod/DmV/Lang', format: 'node' });
    expect(factory().get('./Vendor')).toEqual({ value: '', format: 'node' });
  });

  it('answers with value, format and type of a leaf', () => {
    expect(factory().get('./DevInfo/DevId')).toEqual(chr('IMEI:1'));
    expect(factory().get('./DevDetail/LrgObj')).toEqual({ value: 'true', format: 'bool', type: 'text/plain' });
  });

  it('answers 404 when there is no such node, also below a leaf', () => {
    expect(factory().get('./Nope')).toBe(404);
    expect(factory().get('./DevInfo/DevId/x')).toBe(404);
  });

  it('answers with properties, and 406 for those it does not keep', () => {
    const tree = factory();
    tree.add('./Vendor/A', { value: 'grün', format: 'chr', type: 'text/plain' });
    expect(tree.get('./Vendor/A?prop=Size')).toMatchObject({ value: '5', format: 'int' });
    expect(tree.get('./Vendor/A?prop=Format')).toMatchObject({ value: 'chr' });
    expect(tree.get('./Vendor?prop=Format')).toMatchObject({ value: 'node' });
    expect(tree.get('./Vendor/A?prop=Name')).toMatchObject({ value: 'A' });
    expect(tree.get('./Vendor/A?prop=ACL')).toMatchObject({ value: '' });
    expect(tree.get('./Vendor?prop=Size')).toBe(405);
    expect(tree.get('./Vendor/A?prop=TStamp')).toBe(406);
    expect(tree.get('./Vendor?list=Struct')).toBe(406);
  });
});

describe('Add', () => {
  it('makes the interior nodes on the way', () => {
    const tree = factory();
    expect(tree.add('./Vendor/A/B/C', chr('x'))).toBe(200);
    expect(tree.get('./Vendor/A')).toEqual({ value: 'B', format: 'node' });
  });

  it('answers 404 for a missing parent when told not to make it', () => {
    const tree = factory({ implicitParents: false });
    expect(tree.add('./Vendor/A/B', chr('x'))).toBe(404);
    expect(tree.add('./Vendor/A', { format: 'node' })).toBe(200);
    expect(tree.add('./Vendor/A/B', chr('x'))).toBe(200);
  });

  it('answers 418 to a node that is there, the root included, and leaves it alone', () => {
    const tree = factory();
    tree.add('./Vendor/A', chr('old'));
    expect(tree.add('./Vendor/A', chr('new'))).toBe(418);
    expect(tree.add('.', { format: 'node' })).toBe(418);
    expect(tree.valueOf('./Vendor/A')).toBe('old');
  });

  it('answers 405 below a leaf and below read-only nodes', () => {
    expect(factory().add('./DevInfo/Ext/Y', chr('x'))).toBe(405);
    expect(factory().add('./DevInfo/Man/Y', chr('x'))).toBe(405);
    const tree = factory();
    tree.add('./Vendor/A', chr('x'));
    expect(tree.add('./Vendor/A/B/C', chr('x'))).toBe(405);
  });

  it('keeps octets, and decodes the b64 form they have in XML', () => {
    const tree = factory();
    const octets = Uint8Array.of(0, 255, 128);
    tree.add('./Vendor/bin', { value: octets, format: 'bin' });
    tree.add('./Vendor/b64', { value: 'AP+A', format: 'b64', type: 'image/png' });
    expect(tree.get('./Vendor/bin')).toEqual({ value: octets, format: 'bin', type: 'application/octet-stream' });
    expect(tree.get('./Vendor/b64')).toEqual({ value: octets, format: 'bin', type: 'image/png' });
  });

  it('answers 415 to a value that is not what its format says', () => {
    const tree = factory();
    expect(tree.add('./Vendor/i', { value: 'twelve', format: 'int' })).toBe(415);
    expect(tree.add('./Vendor/b', { value: 'yes', format: 'bool' })).toBe(415);
    expect(tree.add('./Vendor/x', { value: '%%', format: 'b64' })).toBe(415);
    expect(tree.add('./Vendor/i', { value: '-12', format: 'int' })).toBe(200);
  });
});

describe('Replace', () => {
  it('adds a node that is not there, unless told not to', () => {
    expect(factory().replace('./Vendor/A', chr('x'))).toBe(200);
    expect(factory({ implicitAdd: false }).replace('./Vendor/A', chr('x'))).toBe(404);
  });

  it('keeps format and type when the command names none', () => {
    const tree = factory();
    tree.add('./Vendor/n', { value: '1', format: 'int', type: 'text/plain' });
    expect(tree.replace('./Vendor/n', { value: '2' })).toBe(200);
    expect(tree.get('./Vendor/n')).toEqual({ value: '2', format: 'int', type: 'text/plain' });
    expect(tree.replace('./Vendor/n', { value: 'two' })).toBe(415);
  });

  it('answers 405 to read-only nodes, the root, and a leaf for an interior node', () => {
    const tree = factory();
    tree.add('./Vendor/A/B', chr('x'));
    expect(tree.replace('./DevInfo/DevId', chr('other'))).toBe(405);
    expect(tree.replace('.', { format: 'node' })).toBe(405);
    expect(tree.replace('./Vendor/A', chr('x'))).toBe(405);
    expect(tree.replace('./Vendor/A/B', { format: 'node' })).toBe(405);
    expect(tree.valueOf('./DevInfo/DevId')).toBe('IMEI:1');
  });

  it('writes title and access control list, renames, and refuses the other properties', () => {
    const tree = factory();
    tree.add('./Vendor/A/B', chr('x'));
    expect(tree.replace('./Vendor/A?prop=Title', { value: 'My A' })).toBe(200);
    expect(tree.get('./Vendor/A?prop=Title')).toMatchObject({ value: 'My A' });
    expect(tree.replace('./Vendor/A?prop=Name', { value: 'Z' })).toBe(200);
    expect(tree.valueOf('./Vendor/Z/B')).toBe('x');
    expect(tree.replace('./Vendor/Z?prop=Format', { value: 'int' })).toBe(405);
    expect(tree.replace('./Vendor/Z?prop=VerNo', { value: '1' })).toBe(406);
    expect(tree.replace('./Vendor?prop=Name', { value: 'V' })).toBe(405);
    expect(tree.replace('./Vendor/Nope?prop=Title', { value: 'V' })).toBe(404);
  });
});

describe('Delete', () => {
  it('takes the node and all below it', () => {
    const tree = factory();
    tree.add('./Vendor/A/B/C', chr('x'));
    expect(tree.delete('./Vendor/A')).toBe(200);
    expect(tree.get('./Vendor/A/B/C')).toBe(404);
    expect(tree.get('./Vendor')).toEqual({ value: '', format: 'node' });
  });

  it('answers 404 to what is not there and 405 to permanent nodes and the root', () => {
    const tree = factory();
    expect(tree.delete('./Vendor/A')).toBe(404);
    for (const locUri of ['.', './Vendor', './DevInfo', './DevInfo/Lang', './SyncML', './SyncML/DMAcc']) {
      expect(tree.delete(locUri), locUri).toBe(405);
    }
  });
});

describe('Copy and Exec', () => {
  it('copies a subtree, which then is on its own', () => {
    const tree = factory();
    tree.add('./Vendor/A/B', chr('x'));
    expect(tree.copy('./Vendor/A', './Vendor/C/D')).toBe(200);
    tree.replace('./Vendor/A/B', chr('y'));
    expect(tree.valueOf('./Vendor/C/D/B')).toBe('x');
    expect(tree.copy('./Vendor/Nope', './Vendor/E')).toBe(404);
    expect(tree.copy('./Vendor/A', './Vendor/C')).toBe(418);
    expect(tree.copy('./Vendor/A', './DevInfo/A')).toBe(405);
  });

  it('copies a permanent node as one that can go again', () => {
    const tree = factory();
    expect(tree.copy('./DevInfo', './Vendor/Info')).toBe(200);
    expect(tree.replace('./Vendor/Info/Lang', chr('de'))).toBe(200);
    expect(tree.delete('./Vendor/Info')).toBe(200);
  });

  it('executes what is registered, with its data, and answers 405 to the rest', () => {
    const tree = factory();
    tree.add('./Vendor/Reboot', { format: 'node' });
    const seen: unknown[] = [];
    tree.registerExecutable('./Vendor/Reboot', (data) => {
      seen.push(data);
      return 202;
    });
    expect(tree.exec('Vendor/Reboot', 'now')).toBe(202);
    expect(seen).toEqual(['now']);
    expect(tree.exec('./Vendor', undefined)).toBe(405);
    expect(tree.exec('./Vendor/Nope', undefined)).toBe(404);
  });
});

describe('access control', () => {
  it('lets the nearest list on the way up decide', () => {
    const tree = factory();
    tree.add('./Vendor/A/B', chr('x'));
    expect(tree.replace('./Vendor/A?prop=ACL', { value: 'Get=*&Replace=one+two' }, 'one')).toBe(200);
    expect(tree.get('./Vendor/A/B', 'three')).toEqual(chr('x'));
    expect(tree.replace('./Vendor/A/B', chr('y'), 'two')).toBe(200);
    expect(tree.replace('./Vendor/A/B', chr('y'), 'three')).toBe(425);
    expect(tree.delete('./Vendor/A/B', 'one')).toBe(425);
    expect(tree.add('./Vendor/A/C', chr('y'), 'one')).toBe(425);
    expect(tree.add('./Vendor/C', chr('y'), 'three')).toBe(200);
  });
});

describe('snapshots and files', () => {
  it('goes back to a snapshot whatever happened since', () => {
    const tree = factory();
    tree.add('./Vendor/A', chr('1'));
    const before = tree.snapshot();
    tree.replace('./Vendor/A', chr('2'));
    tree.add('./Vendor/B/C', chr('3'));
    tree.delete('./Vendor/A');
    tree.restore(before);
    expect(tree.valueOf('./Vendor/A')).toBe('1');
    expect(tree.get('./Vendor/B')).toBe(404);
  });

  it('comes back from JSON as it was', () => {
    const tree = factory();
    tree.add('./Vendor/A/text', chr('ä "quoted"'));
    tree.add('./Vendor/A/octets', { value: Uint8Array.of(1, 2, 255), format: 'bin' });
    tree.replace('./Vendor/A?prop=ACL', { value: 'Get=*' });
    const again = ManagementTree.fromJSON(JSON.parse(JSON.stringify(tree)));
    expect(again.snapshot()).toEqual(tree.snapshot());
    expect(again.delete('./DevInfo')).toBe(405);
  });

  it('names the node of a file that is off', () => {
    expect(() => ManagementTree.fromJSON({ children: { A: { children: { B: {} } } } })).toThrow('./A/B');
    expect(() => ManagementTree.fromJSON({ value: 'x' })).toThrow('root');
    expect(() => ManagementTree.fromJSON({ children: { A: { value: 1 } } })).toThrow('"value" must be text');
  });
});
