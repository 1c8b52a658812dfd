import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTnds, parseTnds } from '../../src/provisioning/tnds.ts';
import { TndsError, type TndsNode } from '../../src/provisioning/tnds-node.ts';
import { childElements, childOf, type Element, element, textOf } from '../../src/wire/element.ts';
import { decodeWbxml } from '../../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../../src/wire/wbxml/encode-wbxml.ts';
import { compileLanguage } from '../../src/wire/wbxml/language.ts';
import { DM_DDF_1_2 } from '../../src/wire/wbxml/languages/dm-ddf.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { wbxmlTree, withoutIndentation, xmlText } from '../wire/generated-trees.ts';

const parse = (xml: string, base?: string) => parseTnds(decodeXml(xml).root, base === undefined ? {} : { base });
const tree = (...nodes: string[]) =>
  `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD>${nodes.join('')}</MgmtTree>`;
const node = (name: string, rest = '') => `<Node><NodeName>${name}</NodeName>${rest}</Node>`;
const rt = (...properties: string[]) => `<RTProperties>${properties.join('')}</RTProperties>`;
const format = (name: string) => `<Format><${name}/></Format>`;
const value = (text: string) => `<Value>${text}</Value>`;

describe('parseTnds', () => {
  it('reads nested nodes with every property', () => {
    const leaf = node(
      'Server',
      rt(
        '<ACL>Get=*&amp;Replace=omadm</ACL>',
        format('chr'),
        '<Name>Server</Name><Size>9</Size><Title>Mail server</Title><TStamp>20010711T163817Z</TStamp>',
        '<Type><MIME>text/plain</MIME></Type><VerNo>3</VerNo>',
      ) + value('mail.test'),
    );
    const mail = node('Mail', rt(format('node'), '<Type><DDFName>org.example/1.0/Mail</DDFName></Type>') + leaf);
    const xml = `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Man>M</Man><Mod>X1</Mod>${mail}</MgmtTree>`;
    expect(parse(xml)).toEqual({
      man: 'M',
      mod: 'X1',
      nodes: [
        { locUri: './Mail', format: 'node', ddfName: 'org.example/1.0/Mail' },
        {
          locUri: './Mail/Server',
          format: 'chr',
          type: 'text/plain',
          value: 'mail.test',
          acl: 'Get=*&Replace=omadm',
          name: 'Server',
          size: 9,
          title: 'Mail server',
          tStamp: '20010711T163817Z',
          verNo: 3,
        },
      ],
    });
  });

  it('hangs a tree where its Path says, or below the target of the command that carries it', () => {
    const locUris = (xml: string, base?: string) => parse(xml, base).nodes.map((node) => node.locUri);
    expect(locUris(tree(node('B', '<Path>./A</Path>')))).toEqual(['./A/B']);
    expect(locUris(tree(node('B', '<Path>/A/</Path>')))).toEqual(['./A/B']);
    expect(locUris(tree(node('B', '<Path>A/x</Path>'), node('C', node('D'))))).toEqual(['./A/x/B', './C', './C/D']);
    expect(locUris(tree(node('B', node('C'))), 'Vendor/X')).toEqual(['./Vendor/X/B', './Vendor/X/B/C']);
    expect(locUris(tree(node('B', '<Path>./A</Path>')), './Vendor')).toEqual(['./A/B']);
    expect(locUris(tree(node('.', node('A'))))).toEqual(['.', './A']);
    expect(locUris(tree(node('e%2dmail')))).toEqual(['./e-mail']);
  });

  it('takes a node with a Value for text and one without for an interior node when Format is not said', () => {
    expect(parse(tree(node('A', value('')), node('B'))).nodes).toEqual([
      { locUri: './A', format: 'chr', value: '' },
      { locUri: './B', format: 'node' },
    ]);
    expect(parse(tree(node('A', rt(format('int'))))).nodes).toEqual([{ locUri: './A', format: 'int' }]);
  });

  it('reads octets from base64 in text and from OPAQUE data', () => {
    for (const name of ['bin', 'b64']) {
      expect(parse(tree(node('A', rt(format(name)) + value('\n AAH/ \n')))).nodes).toEqual([
        { locUri: './A', format: 'bin', value: Uint8Array.of(0, 1, 255) },
      ]);
    }
    const opaque = element('MgmtTree', '', [
      element('VerDTD', '', [Buffer.from('1.2')]),
      element('Node', '', [
        element('NodeName', '', ['A']),
        element('RTProperties', '', [element('Format', '', [element('bin', '')])]),
        element('Value', '', [Uint8Array.of(0, 255)]),
      ]),
    ]);
    expect(parseTnds(opaque).nodes).toEqual([{ locUri: './A', format: 'bin', value: Uint8Array.of(0, 255) }]);
  });

  it('passes over what a vendor added in a namespace of its own', () => {
    const xml = tree(node('A', '<x:Secret xmlns:x="urn:x"><NodeName/></x:Secret>'), '<y xmlns="urn:y"/>');
    expect(parse(xml).nodes).toEqual([{ locUri: './A', format: 'node' }]);
  });

  it.each([
    ['a root of another name', '<SyncML/>', 'not-tnds', 'SyncML'],
    ['no version', '<MgmtTree><Node/></MgmtTree>', 'version', 'MgmtTree'],
    ['another version', `<MgmtTree><VerDTD>1.3</VerDTD>${node('A')}</MgmtTree>`, 'version', 'MgmtTree/VerDTD'],
    ['no node', tree(), 'missing', 'MgmtTree'],
    ['a node without a name', tree(node('A'), '<Node/>'), 'missing', 'MgmtTree/Node[2]'],
    ['a node with an empty name', tree(node('A', node(''))), 'missing', 'MgmtTree/Node[1]/Node[1]'],
    ['a name that is a path', tree(node('A/B')), 'bad-loc-uri', 'MgmtTree/Node[1]/NodeName'],
    ['a name with a query', tree(node('A?prop=ACL')), 'bad-loc-uri', 'MgmtTree/Node[1]/NodeName'],
    ['a name that climbs', tree(node('A', node('..'))), 'bad-loc-uri', 'MgmtTree/Node[1]/Node[1]'],
    ['a path that climbs', tree(node('A', '<Path>./../x</Path>')), 'bad-loc-uri', 'MgmtTree/Node[1]'],
    ['a path with a query', tree(node('A', '<Path>./x?list=TNDS</Path>')), 'bad-loc-uri', 'MgmtTree/Node[1]'],
    ['one node twice', tree(node('A', node('B')), node('B', '<Path>./A</Path>')), 'duplicate', 'MgmtTree/Node[2]'],
    ['one name spelt in two ways', tree(node('-'), node('%2D')), 'duplicate', 'MgmtTree/Node[2]'],
    ['two names', tree('<Node><NodeName>A</NodeName><NodeName>A</NodeName></Node>'), 'unexpected', 'MgmtTree/Node[1]'],
    ['an element that does not belong', tree(node('A', '<DFProperties/>')), 'unexpected', 'MgmtTree/Node[1]'],
    ['text between elements', tree(node('A'), 'x'), 'unexpected', 'MgmtTree'],
    ['elements in a text', tree(node('A', value('<b/>'))), 'unexpected', 'MgmtTree/Node[1]/Value'],
    ['a Value beside nodes', tree(node('A', value('x') + node('B'))), 'bad-value', 'MgmtTree/Node[1]/Value'],
    [
      'a Value of an interior node',
      tree(node('A', rt(format('node')) + value('x'))),
      'bad-value',
      'MgmtTree/Node[1]/Value',
    ],
    ['a leaf with nodes below', tree(node('A', rt(format('chr')) + node('B'))), 'bad-format', 'MgmtTree/Node[1]'],
    ['an unknown format', tree(node('A', rt(format('x')))), 'bad-format', 'MgmtTree/Node[1]/RTProperties/Format'],
    [
      'two formats',
      tree(node('A', rt('<Format><chr/><int/></Format>'))),
      'unexpected',
      'MgmtTree/Node[1]/RTProperties/Format',
    ],
    [
      'a format that is text',
      tree(node('A', rt('<Format>chr</Format>'))),
      'bad-format',
      'MgmtTree/Node[1]/RTProperties/Format',
    ],
    ['a size that is none', tree(node('A', rt('<Size>-1</Size>'))), 'bad-value', 'MgmtTree/Node[1]/RTProperties/Size'],
    ['base64 that is none', tree(node('A', rt(format('bin')) + value('A'))), 'bad-value', 'MgmtTree/Node[1]/Value'],
  ])('refuses %s', (_, xml, code, path) => {
    expect(() => parse(xml)).toThrow(expect.objectContaining({ name: 'TndsError', code, path }));
  });

  it('refuses octets that should be text and are not', () => {
    const xml = decodeXml(tree(node('A'))).root;
    const bad = { ...xml, children: [...xml.children, element('Man', '', [Uint8Array.of(0xff)])] };
    expect(() => parseTnds(bad)).toThrow(expect.objectContaining({ code: 'bad-value', path: 'MgmtTree/Man' }));
  });

  it('keeps to its limits, however deep or wide the tree', () => {
    const deep = (levels: number): string => (levels === 0 ? '' : node('A', deep(levels - 1)));
    expect(() => parseTnds(decodeXml(tree(deep(4))).root, { maxDepth: 3 })).toThrow(/deeper than 3/);
    expect(parseTnds(decodeXml(tree(deep(3))).root, { maxDepth: 3 }).nodes).toHaveLength(3);
    expect(() => parse(tree(node('B', `<Path>./${'A/'.repeat(64)}A</Path>`)))).toThrow(/deeper than 64/);
    expect(() => parseTnds(decodeXml(tree(node('A'), node('B'))).root, { maxNodes: 1 })).toThrow(/more than 1 nodes/);
    let bottomless: Element = element('Node', '', [element('NodeName', '', ['A'])]);
    for (let level = 0; level < 100_000; level++) {
      bottomless = element('Node', '', [element('NodeName', '', ['A']), bottomless]);
    }
    const root = element('MgmtTree', '', [element('VerDTD', '', ['1.2']), bottomless]);
    expect(() => parseTnds(root)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  it('never quotes a value in its error', () => {
    const secret = 'hunter2*';
    for (const xml of [
      tree(node('A', rt(format('bin')) + value(secret))),
      tree(node('A', rt(format('node')) + value(secret))),
    ]) {
      expect(() => parse(xml)).toThrow(expect.not.objectContaining({ message: expect.stringContaining(secret) }));
    }
  });

  it('throws nothing but its own error, whatever the tree', () => {
    const names = ['MgmtTree', 'VerDTD', 'Node', 'NodeName', 'Path', 'RTProperties', 'Format', 'Type', 'Value', 'bin'];
    const { any } = fc.letrec<{ any: Element }>((tie) => ({
      any: fc
        .record({
          name: fc.constantFrom(...names),
          children: fc.array(
            fc.oneof(
              { depthSize: 'small' },

              fc.constantFrom('1.2', 'A', './A', '.', '', 'x?y', '%zz'),
              fc.uint8Array({ maxLength: 2 }),
              tie('any'),
            ),
            { maxLength: 6 },
          ),
        })
        .map(({ name, children }) => element(name, '', children)),
    }));
    const version = element('VerDTD', '', ['1.2']);
    const nearly = fc.array(any, { maxLength: 4 }).map((children) => element('MgmtTree', '', [version, ...children]));
    fc.assert(
      fc.property(fc.oneof(any, nearly, wbxmlTree(compileLanguage(DM_DDF_1_2))), (root) => {
        try {
          for (const { locUri } of parseTnds(root).nodes) expect(locUri).toMatch(/^\.(\/|$)/);
        } catch (error) {
          expect(error).toBeInstanceOf(TndsError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('buildTnds', () => {
  it('nests what belongs together and writes the Path of what does not', () => {
    const built = buildTnds(
      [
        { locUri: './DMAcc/x', format: 'node' },
        { locUri: 'DMAcc/x/AppID', format: 'chr', value: 'w7' },
        { locUri: './DMAcc/x/Nonce', format: 'bin', value: Uint8Array.of(1) },
        { locUri: './Top', format: 'node', ddfName: 'urn:oma:mo:x:1.0' },
      ],
      { encoding: 'xml', man: 'M' },
    );
    expect(encodeXml(built, { declaration: false })).toBe(
      '<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Man>M</Man>' +
        '<Node><NodeName>Top</NodeName>' +
        '<RTProperties><Format><node/></Format><Type><DDFName>urn:oma:mo:x:1.0</DDFName></Type></RTProperties></Node>' +
        '<Node><NodeName>x</NodeName><Path>./DMAcc</Path>' +
        '<RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties>' +
        '<Node><NodeName>AppID</NodeName>' +
        '<RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>w7</Value></Node>' +
        '<Node><NodeName>Nonce</NodeName><RTProperties><Format><b64/></Format>' +
        '<Type><MIME>application/octet-stream</MIME></Type></RTProperties><Value>AQ==</Value></Node></Node></MgmtTree>',
    );
  });

  it('writes octets as they are for WBXML, where every name has a token', () => {
    const built = buildTnds([{ locUri: './N', format: 'bin', type: 'x/y', value: Uint8Array.of(0, 255) }], {
      encoding: 'wbxml',
    });
    const bytes = encodeWbxml(built, { language: 'dm-ddf-1.2', publicIdStyle: 'unknown' });
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '02016a00' + // version, public id, charset, no string table
        '000260' + // page 2, MgmtTree
        '7703312e320001' + // VerDTD 1.2
        '64' + // Node
        '66034e0001' + // NodeName N
        '6f5c0901' + // RTProperties, Format bin
        '756103782f79000101' + // Type, MIME x/y
        '01' +
        '76c30200ff01' + // Value, two octets
        '0101',
    );
  });

  it('goes on in a tree of its own where nesting would get too deep for a reader', () => {
    const nodes: TndsNode[] = Array.from({ length: 60 }, (_, index) => ({
      locUri: `.${'/a'.repeat(index + 1)}`,
      format: 'node',
    }));
    const built = buildTnds(nodes, { encoding: 'xml' });
    const tops = childElements(built).filter((child) => child.name === 'Node');
    expect(tops.map((top) => textOf(childOf(top, 'Path') ?? top).length)).toEqual([0, 49, 97]);
    const depth = (at: Element): number => 1 + Math.max(0, ...childElements(at).map(depth));
    expect(depth(built)).toBeLessThan(32);
    expect(parseTnds(built).nodes.map(({ locUri, format }) => ({ locUri, format }))).toEqual(nodes);
  });

  it.each<[string, readonly TndsNode[], string, string]>([
    ['no node', [], 'missing', 'MgmtTree'],
    ['a LocURI that is none', [{ locUri: '/A', format: 'node' }], 'bad-loc-uri', '/A'],
    ['a LocURI with a query', [{ locUri: './A?list=Struct', format: 'node' }], 'bad-loc-uri', './A?list=Struct'],
    [
      'one node twice',
      [
        { locUri: './A', format: 'node' },
        { locUri: 'A', format: 'chr' },
      ],
      'duplicate',
      './A',
    ],
    [
      'a node below a leaf',
      [
        { locUri: './A/B', format: 'chr' },
        { locUri: './A', format: 'chr' },
      ],
      'bad-value',
      './A',
    ],
    ['an interior node with a value', [{ locUri: './A', format: 'node', value: '' }], 'bad-value', './A'],
    ['octets that are text', [{ locUri: './A', format: 'bin', value: 'AA==' }], 'bad-value', './A'],
    ['text that is octets', [{ locUri: './A', format: 'chr', value: new Uint8Array() }], 'bad-value', './A'],
    ['a format of transport', [{ locUri: './A', format: 'b64' }], 'bad-format', './A'],
    ['a size that is none', [{ locUri: './A', format: 'chr', size: -1 }], 'bad-value', './A'],
  ])('refuses %s', (_, nodes, code, path) => {
    expect(() => buildTnds(nodes, { encoding: 'wbxml' })).toThrow(
      expect.objectContaining({ name: 'TndsError', code, path }),
    );
  });
});

const plain = fc.stringMatching(/^[A-Za-z0-9=*&. -]{0,12}$/).map((text) => text.trim());
const property = plain.filter((text) => text !== '');
const properties = fc.record(
  { acl: property, name: property, title: property, tStamp: property, size: fc.nat(), verNo: fc.nat({ max: 65535 }) },
  { requiredKeys: [] },
);
const segment = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c') }, fc.stringMatching(/^[\w-]{1,8}$/));
const locUri = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `./${segments.join('/')}`);
const leafOf = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.record({ format: fc.constant('chr' as const), type: fc.constant('text/plain'), value: text }),
    fc.record({ format: fc.constant('xml' as const), type: fc.constant('text/xml'), value: text }),
    fc.record({ format: fc.constant('int' as const), type: fc.constant('text/plain'), value: fc.constant('-7') }),
    fc.record({
      format: fc.constant('bin' as const),
      type: fc.constant('image/png'),
      value: fc.uint8Array({ maxLength: 40 }),
    }),
  );

/** Trees that can be: nothing below a leaf, nothing twice; every type said. */
const forest = (text: fc.Arbitrary<string>): fc.Arbitrary<TndsNode[]> =>
  fc
    .uniqueArray(fc.tuple(locUri, properties, leafOf(text)), { selector: ([at]) => at, minLength: 1, maxLength: 12 })
    .map((rows) =>
      rows.map(([at, props, leaf]) =>
        rows.some(([other]) => other.startsWith(`${at}/`))
          ? { locUri: at, ...props, format: 'node' as const, ddfName: 'urn:oma:mo:test:1.0' }
          : { locUri: at, ...props, ...leaf },
      ),
    );

const byLocUri = (nodes: readonly TndsNode[]) => nodes.toSorted((a, b) => (a.locUri < b.locUri ? -1 : 1));

describe('a serialised tree', () => {
  it('comes back from XML as it went', () => {
    fc.assert(
      fc.property(forest(xmlText), (nodes) => {
        const xml = encodeXml(buildTnds(nodes, { encoding: 'xml', mod: 'X' }));
        const back = parseTnds(decodeXml(xml).root);
        expect(back.mod).toBe('X');
        expect(byLocUri(back.nodes)).toEqual(byLocUri(nodes));
      }),
    );
  });

  it('comes back from WBXML as it went', () => {
    fc.assert(
      fc.property(forest(fc.string({ unit: 'grapheme' })), (nodes) => {
        const bytes = encodeWbxml(buildTnds(nodes, { encoding: 'wbxml' }), { language: 'dm-ddf-1.2' });
        expect(byLocUri(parseTnds(decodeWbxml(bytes).root).nodes)).toEqual(byLocUri(nodes));
      }),
    );
  });

  it('is the same tree with or without indentation', () => {
    const nodes: TndsNode[] = [{ locUri: './A/B', format: 'chr', type: 'text/plain', value: ' x ' }];
    const xml = encodeXml(buildTnds(nodes, { encoding: 'xml' }), { indent: true });
    expect(parseTnds(withoutIndentation(decodeXml(xml).root)).nodes).toEqual(nodes);
  });
});
