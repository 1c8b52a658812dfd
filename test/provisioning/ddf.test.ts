import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { parseDdf } from '../../src/provisioning/ddf.ts';
import { checkAgainstDdf } from '../../src/provisioning/ddf-check.ts';
import type { DeviceDescription } from '../../src/provisioning/device-description.ts';
import { FAULT_CODES, type FaultCode } from '../../src/provisioning/fault.ts';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';

const props = (access: string, format: string, rest = '') =>
  `<DFProperties><AccessType>${access
    .split(' ')
    .map((name) => (name === '' ? '' : `<${name}/>`))
    .join('')}</AccessType><DFFormat><${format}/></DFFormat>${rest}</DFProperties>`;
const permanent = '<Scope><Permanent/></Scope>';
const node = (name: string, properties: string, inside = '') =>
  `<Node><NodeName>${name}</NodeName>${properties}${inside}</Node>`;
const tree = (nodes: string, version = '1.2') => `<MgmtTree><VerDTD>${version}</VerDTD>\n${nodes}</MgmtTree>`;

function described(document: string): DeviceDescription {
  const result = parseDdf(document);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.description;
}

const names = (of: Pick<DeviceDescription, 'children'>): unknown =>
  of.children.map((child) => (child.children.length === 0 ? (child.name ?? '<>') : [child.name ?? '<>', names(child)]));

/** A head as published descriptions have it. */
const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE MgmtTree PUBLIC " -//OMA//DTD-DM-DDF 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/DM_DDF-V1_2.dtd"
  [<?oma-dm-ddf-ver supported-versions="1.2"?>]>`;

describe('parseDdf', () => {
  it('reads every property of a node, and passes over what a vendor added', () => {
    const document = `${HEAD}
<MgmtTree xmlns:V="urn:vendor">
  <VerDTD>1.2</VerDTD><Man> Maker </Man><Mod>X1</Mod>
  <V:Diagnostics/>
  <Node>
    <NodeName>Mail</NodeName><Path>./Vendor/</Path>
    <RTProperties><Format/></RTProperties>
    <DFProperties>
      <AccessType><Get/><Replace/></AccessType>
      <DefaultValue> x </DefaultValue><Description>Where mail goes</Description>
      <DFFormat><chr/><b64/></DFFormat>
      <Occurrence><ZeroOrN>5</ZeroOrN></Occurrence>
      <Scope><Dynamic/></Scope><DFTitle>Mail</DFTitle>
      <DFType><MIME>text/plain</MIME><MIME>text/x-mail</MIME></DFType>
      <CaseSense><CIS/></CaseSense>
      <V:Range>1-5</V:Range>
    </DFProperties>
    <Value>y</Value>
  </Node>
</MgmtTree>`;
    expect(parseDdf(new TextEncoder().encode(document))).toEqual({
      ok: true,
      description: {
        version: '1.2',
        man: 'Maker',
        mod: 'X1',
        nodeCount: 1,
        children: [
          {
            name: 'Vendor',
            children: [
              {
                name: 'Mail',
                ignoreCase: true,
                properties: {
                  access: ['Get', 'Replace'],
                  formats: ['chr', 'bin'],
                  types: ['text/plain', 'text/x-mail'],
                  occurrence: { kind: 'ZeroOrN', max: 5 },
                  scope: 'dynamic',
                  defaultValue: ' x ',
                  title: 'Mail',
                  description: 'Where mail goes',
                  line: 7,
                },
                children: [],
              },
            ],
          },
        ],
      },
    });
  });

  it('knows both versions, the way documents write them, in the namespaces they use', () => {
    const of = (version: string) => described(tree(node('A', props('Get', 'chr')), version)).version;
    expect([of('1.1'), of(' 1.1.2 '), of('1.2')]).toEqual(['1.1', '1.1', '1.2']);
    for (const namespace of ['syncml:dmddf', 'syncml:dmddf1.2', 'urn:x']) {
      const document = tree(node('A', props('Get', 'chr'))).replace('<MgmtTree', `<MgmtTree xmlns="${namespace}"`);
      expect(names(described(document))).toEqual(['A']);
    }
  });

  it('builds one tree of nested nodes and of Paths, in any order', () => {
    const p = props('Get', 'node');
    const nested = node('A', p, node('', p, node('B', p)));
    const flat = `${node('B', `<Path>./A//</Path>${p}`)}${node('', `<Path>./A</Path>${p}`)}${node('A', p)}`;
    const withPlaceholder = `${node('B', `<Path>A/&lt;X&gt;</Path>${p}`)}${node('*', `<Path>/A</Path>${p}`)}${node('A', p)}`;
    const expected = [['A', [['<>', ['B']]]]];
    for (const nodes of [nested, flat.replace('./A//', './A/&lt;x&gt;'), withPlaceholder]) {
      const description = described(tree(nodes));
      expect(names(description)).toEqual(expected);
      expect(description.nodeCount).toBe(3);
    }
    const deeper = node('A', p, node('C', `<Path>B</Path>${p}`));
    expect(names(described(tree(deeper)))).toEqual([['A', [['B', ['C']]]]]);
  });

  it('makes a description that is JSON', () => {
    const description = described(tree(node('A', props('Get', 'node'), node('', props('Add', 'bin', permanent)))));
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });

  const good = node('A', props('Get', 'chr'));
  it.each<[string, string, number, number, FaultCode]>([
    ['an empty document', '', 1, 1, 'xml'],
    ['a document cut short', '<MgmtTree>\n<Node>', 2, 6, 'xml'],
    ['an entity', '<!DOCTYPE MgmtTree [<!ENTITY a "b">]>\n<MgmtTree/>', 1, 37, 'xml'],
    ['another root', '\n<Node/>', 2, 1, 'unknown-root'],
    ['no version', `<MgmtTree>${good}</MgmtTree>`, 1, 1, 'missing-element'],
    ['an unknown version', tree(good, '2.0'), 1, 11, 'version'],
    ['no node', tree(''), 1, 1, 'missing-element'],
    ['an unknown element', tree(`${good}<Foo/>`), 2, good.length + 1, 'unknown-element'],
    ['an element out of place', tree(`<NodeName/>${good}`), 2, 1, 'misplaced-element'],
    ['text between elements', tree(`${good}hello`), 1, 1, 'unexpected-text'],
    ['a Node without a NodeName', tree('<Node/>'), 2, 1, 'missing-element'],
    ['two NodeNames', tree(node('A', '<NodeName/>')), 2, 29, 'repeated-element'],
    ['a NodeName that is a path', tree(node('A/B', '')), 2, 7, 'bad-loc-uri'],
    ['a NodeName with a blank', tree(node('A B', '')), 2, 7, 'bad-loc-uri'],
    ['a Path that climbs', tree(node('B', '<Path>./A/..</Path>')), 2, 29, 'bad-loc-uri'],
    ['a node described twice', tree(`${good}\n${good}`), 3, 1, 'repeated-element'],
    ['a Node inside a leaf', tree(node('A', props('', 'int'), '\n<Node/>')), 3, 1, 'misplaced-element'],
    ['a Value beside Nodes', tree(node('A', '', `\n<Value/>${good}`)), 3, 1, 'unexpected-data'],
    [
      'no AccessType',
      tree(node('A', '\n<DFProperties><DFFormat><chr/></DFFormat></DFProperties>')),
      3,
      1,
      'missing-element',
    ],
    ['no DFFormat', tree(node('A', '\n<DFProperties><AccessType/></DFProperties>')), 3, 1, 'missing-element'],
    ['an unknown access', tree(node('A', props('Move', 'chr'))), 2, 55, 'unknown-element'],
    ['an unknown format', tree(node('A', props('', 'text'))), 2, 68, 'unknown-format'],
    [
      'two scopes',
      tree(node('A', props('', 'chr', '\n<Scope><Permanent/><Dynamic/></Scope>'))),
      3,
      1,
      'repeated-element',
    ],
    ['an N that is none', tree(node('A', props('', 'chr', '\n<Occurrence><OneOrN/></Occurrence>'))), 3, 1, 'bad-data'],
    ['an element in a text', tree(node('<Path/>', '')), 2, 17, 'misplaced-element'],
  ])('reports %s with its place', (_, document, line, column, code) => {
    const result = parseDdf(document);
    expect(result.ok ? [] : result.faults).toContainEqual(expect.objectContaining({ line, column, code }));
  });

  it('reports all faults at once and stops where there are too many', () => {
    const result = parseDdf(tree('<Foo/>\n'.repeat(300)), { maxFaults: 5 });
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.faults).toHaveLength(6);
    expect(result.faults.map(({ code }) => code)).toContain('too-many-faults');
  });

  it('keeps to its limits', () => {
    const code = (document: string | Uint8Array, options = {}) => {
      const result = parseDdf(document, options);
      return result.ok ? 'ok' : result.faults.map((fault) => fault.code);
    };
    const two = `${good}${node('B', '')}`;
    expect(code(tree(two), { maxBytes: 100 })).toEqual(['too-large']);
    expect(code(tree(two), { maxNodes: 2 })).toBe('ok');
    expect(code(tree(two), { maxNodes: 1 })).toEqual(['too-large']);
    expect(code(tree(node('A', `<Path>${'a/'.repeat(64)}</Path>`)))).toEqual(['too-large']);
    expect(code(tree(node('A', '<Path>a/b/c</Path>')), { maxNodes: 3 })).toEqual(['too-large']);
    expect(code(tree(`${'<Node><NodeName>A</NodeName>'.repeat(190)}${'</Node>'.repeat(190)}`))).toEqual(['too-large']);
    expect(code(Uint8Array.of(0xff, 0xfe, 0x3c, 0))).toEqual(['xml']);
  });
});

const DEVICE = described(
  tree(
    node(
      'DevInfo',
      props('Get', 'node', permanent),
      node('DevId', props('Get', 'chr', permanent)) + node('Lang', props('Get Replace', 'chr', permanent)),
    ) +
      node(
        'Mail',
        props('Get', 'node', permanent),
        node(
          '',
          props('Add Delete Get Replace', 'node', '<Scope><Dynamic/></Scope>'),
          node('Port', props('Add Get Replace', 'int')) +
            node('Key', props('Add Replace', 'bin')) +
            node('Wipe', props('Exec', 'null')) +
            node('Secret', props('', 'chr')),
        ) + node('Default', props('Get Replace Copy', 'chr', '<CaseSense><CIS/></CaseSense>')),
      ) +
      node('Vendor', '<Path>./Ext</Path>'),
  ),
);

function compiled(...commands: string[]): readonly PackageCommand[] {
  const result = compileDocument(`<SyncBody>\n${commands.join('\n')}\n</SyncBody>`);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.document.commands;
}

const item = (uri: string, format?: string, data?: string) =>
  `<Item><Target><LocURI>${uri}</LocURI></Target>${format === undefined ? '' : `<Meta><Format>${format}</Format></Meta>`}` +
  `${data === undefined ? '' : `<Data>${data}</Data>`}</Item>`;
const command = (name: string, ...items: string[]) => `<${name}>${items.join('')}</${name}>`;
const copy = (from: string, to: string) =>
  `<Copy><Item><Target><LocURI>${to}</LocURI></Target><Source><LocURI>${from}</LocURI></Source></Item></Copy>`;

describe('checkAgainstDdf', () => {
  it.each([
    ['a value of the node’s format', command('Replace', item('./Mail/work/Port', 'int', '25'))],
    ['a name given at run time', command('Add', item('Mail/anything', 'node'))],
    ['base64 for a node of octets', command('Add', item('./Mail/a/Key', 'b64', 'AA=='))],
    ['a variable as a name', command('Get', item('./Mail/{{user}}/Port'))],
    ['a variable as a value', command('Replace', item('./Mail/a/Port', 'int', '{{port}}'))],
    [
      'a format inherited from the command',
      '<Replace><Meta><Format>int</Format></Meta><Item><Target><LocURI>./Mail/a/Port</LocURI></Target><Data>1</Data></Item></Replace>',
    ],
    ['a name in another case where case does not count', command('Get', item('./Mail/DEFAULT'))],
    ['a name percent-encoded without need', command('Get', item('./Dev%49nfo'))],
    ['the root', command('Get', item('.'))],
    ['a node on the way only', command('Delete', item('./Ext'))],
    ['a node of which nothing is known', command('Exec', item('./Ext/Vendor'))],
    ['a listing', command('Get', item('./Mail?list=Struct'))],
    ['an ACL, whatever the node takes', command('Replace', item('./DevInfo/DevId?prop=ACL', 'chr', 'Get=*'))],
    ['an Exec', command('Exec', item('./Mail/a/Wipe'))],
    ['a copy to a node that can be made', copy('./Mail/Default', './Mail/b')],
    ['a message to the user', '<Alert><Data>1100</Data><Item/><Item><Data>hi</Data></Item></Alert>'],
  ])('has nothing against %s', (_, document) => {
    expect(checkAgainstDdf(compiled(document), DEVICE)).toEqual([]);
  });

  it.each([
    ['a node that is not there', command('Get', item('./Nope/x')), 'unknown-node', './Nope/x', /"\.\/Nope"/],
    ['a node below a leaf', command('Get', item('./DevInfo/DevId/x')), 'unknown-node', './DevInfo/DevId/x', /DevId\/x/],
    ['a name in another case', command('Get', item('./devinfo')), 'unknown-node', './devinfo', /devinfo/],
    [
      'a command it does not take',
      command('Replace', item('./DevInfo/DevId', 'chr', 'x')),
      'access',
      './DevInfo/DevId',
      /Get/,
    ],
    ['a node that takes nothing', command('Get', item('./Mail/a/Secret')), 'access', './Mail/a/Secret', /nothing/],
    ['an Exec of what is no action', command('Exec', item('./Mail/a/Port')), 'access', './Mail/a/Port', /Exec/],
    [
      'reading what may only be written',
      command('Get', item('./Mail/a/Key')),
      'access',
      './Mail/a/Key',
      /Add, Replace/,
    ],
    [
      'another format',
      command('Replace', item('./Mail/a/Port', 'chr', '25')),
      'format',
      './Mail/a/Port',
      /int, the value of chr$/,
    ],
    [
      'no format where text is not meant',
      command('Replace', item('./Mail/a/Port', undefined, '25')),
      'format',
      './Mail/a/Port',
      /no Format/,
    ],
    ['a leaf where a branch is', command('Add', item('./Mail/a', 'chr', 'x')), 'format', './Mail/a', /node/],
    [
      'adding what is always there',
      command('Add', item('./DevInfo/Lang', 'chr', 'en')),
      'scope',
      './DevInfo/Lang',
      /Add/,
    ],
    ['deleting what is always there', command('Delete', item('./Mail')), 'scope', './Mail', /Delete/],
    [
      'renaming what is always there',
      command('Replace', item('./Mail?prop=Name', 'chr', 'x')),
      'scope',
      './Mail?prop=Name',
      /name/,
    ],
    ['a copy of what may not be copied', copy('./Mail/a/Port', './Mail/b'), 'access', './Mail/a/Port', /Copy/],
    [
      'a copy to what cannot be written',
      copy('./Mail/Default', './DevInfo/DevId'),
      'access',
      './DevInfo/DevId',
      /Copy to it/,
    ],
    ['a variable where nothing fits', command('Exec', item('./DevInfo/{{x}}')), 'access', './DevInfo/{{x}}', /Exec/],
  ])('reports %s', (_, document, code, locUri, message) => {
    expect(checkAgainstDdf(compiled(document), DEVICE)).toEqual([
      { line: 2, code, locUri, message: expect.stringMatching(message) },
    ]);
  });

  it('looks into groups, names the line of the command, and goes on after a fault', () => {
    const faults = checkAgainstDdf(
      compiled(
        command(
          'Atomic',
          '\n',
          command('Delete', item('./Mail/a'), item('./Mail')),
          '\n',
          command('Add', item('./X', 'node')),
        ),
        command('Sequence', command('Exec', item('./DevInfo'))),
      ),
      DEVICE,
    );
    expect(faults.map(({ line, code, locUri }) => [line, code, locUri])).toEqual([
      [3, 'scope', './Mail'],
      [4, 'unknown-node', './X'],
      [5, 'access', './DevInfo'],
    ]);
    expect(
      checkAgainstDdf(compiled(command('Get', ...Array(50).fill(item('./X')))), DEVICE, { maxFaults: 7 }),
    ).toHaveLength(7);
  });

  it('takes several descriptions together for one device', () => {
    const other = described(tree(node('Other', props('Exec', 'chr')) + node('Mail', props('Exec', 'node'))));
    const commands = compiled(
      command('Exec', item('./Other')),
      command('Exec', item('./Mail')),
      command('Get', item('./Mail')),
    );
    expect(checkAgainstDdf(commands, [DEVICE, other])).toEqual([]);
    expect(checkAgainstDdf(commands, [])).toHaveLength(3);
  });
});

describe('whatever the bytes', () => {
  const sample = Buffer.from(
    `${HEAD}\n${tree(node('A', props('Add Get', 'node', `<DFType><DDFName>x</DDFName></DFType>${permanent}`), node('', props('Get', 'int'))))}`,
  );
  const pieces = fc.constantFrom(
    '<Node>',
    '</Node>',
    '<NodeName/>',
    '<NodeName>',
    '<Path>./x/../y</Path>',
    '<AccessType><Get/></AccessType>',
    '<DFFormat/>',
    '<Scope/>',
    '<Value>',
    '<Occurrence><OneOrN>0</OneOrN></Occurrence>',
    ']>',
    '[',
    '<!ENTITY a "b">',
    '<?x?>',
    '&lt;',
    '?',
    '%',
    ' xmlns="urn:x"',
  );

  it('parseDdf never throws, and its faults are in order with a place and a reason', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.double({ min: 0, max: 1, noNaN: true }),
            remove: fc.nat(20),
            insert: fc.oneof(pieces, fc.string({ maxLength: 4 })),
          }),
          {
            minLength: 1,
            maxLength: 5,
          },
        ),
        (mutations) => {
          let document: Uint8Array = sample;
          for (const { at, remove, insert } of mutations) {
            const offset = Math.floor(at * document.length);
            document = Buffer.concat([
              document.subarray(0, offset),
              Buffer.from(insert),
              document.subarray(offset + remove),
            ]);
          }
          const result = parseDdf(document);
          if (result.ok) {
            checkAgainstDdf(compiled(command('Get', item('./A/b'), item('./x?list=Struct'))), result.description);
            return;
          }
          expect(result.faults.length).toBeGreaterThan(0);
          let last = { line: 1, column: 0 };
          for (const fault of result.faults) {
            expect(FAULT_CODES).toHaveProperty(fault.code);
            expect(fault.message).not.toBe('');
            expect(fault.line > last.line || (fault.line === last.line && fault.column >= last.column)).toBe(true);
            last = fault;
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('checkAgainstDdf never throws, whatever the LocURIs', () => {
    const uri = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('.', 'Mail', '..', '', '{{a}}', '%zz', '%2F', 'x?prop=Name'))
        .map((parts) => parts.join('/')),
    );
    const name = fc.constantFrom(
      'Add' as const,
      'Replace' as const,
      'Delete' as const,
      'Copy' as const,
      'Get' as const,
      'Exec' as const,
    );
    fc.assert(
      fc.property(name, uri, uri, fc.option(fc.string()), (name, target, source, format) => {
        const meta = format === null ? {} : { meta: { format } };
        const faults = checkAgainstDdf(
          [{ name, line: 9, items: [{ target: { uri: target }, source: { uri: source }, ...meta }, {}] }],
          DEVICE,
        );
        for (const fault of faults) expect([fault.line, [target, source].includes(fault.locUri)]).toEqual([9, true]);
      }),
      { numRuns: 1_000 },
    );
  });
});
