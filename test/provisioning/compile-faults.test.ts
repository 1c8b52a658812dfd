import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { FAULT_CODES, type FaultCode } from '../../src/provisioning/fault.ts';
import { add, body, data, delivered, expectOneFault, FAULTS_OF, type FaultRow, item } from './fault-rows.ts';

/** One faulty document a row. A command on line 2 has its Item on line 3, whose LocURI stands in column 15. */
const ROWS: readonly FaultRow[] = [
  // The document as a whole
  ['an XML syntax error', '<SyncBody>\n  <Add></Get>\n</SyncBody>', 2, 13, 'xml', /./],
  ['an empty document', '', 1, 1, 'xml', /root/],
  ['an entity declaration', '<!DOCTYPE a [<!ENTITY b "c">]>\n<a/>', 1, 30, 'xml', /DOCTYPE/],
  ['a list whose last command is not closed', '<Add/>\n<Add>', 2, 6, 'xml', /ends before/],
  ['another declared encoding', '<?xml version="1.0" encoding="latin1"?><SyncBody/>', 1, 21, 'encoding', /latin1/],
  ['a root that is no package', '\n <html/>', 2, 2, 'unknown-root', /html/],
  ['a lone header', '<SyncHdr/>', 1, 1, 'unknown-root', /SyncHdr/],
  ['an answer as the root', '<Status><Add/></Status>', 1, 1, 'unknown-root', /Status/],
  ['a SyncML without a body', '<SyncML>\n<SyncHdr/></SyncML>', 1, 1, 'missing-element', /SyncBody/],
  ['a body with nothing in it', '<SyncML>\n  <SyncBody/></SyncML>', 2, 3, 'empty-package', /no command/],
  ['a body with nothing but Final', '<SyncBody><Final/></SyncBody>', 1, 1, 'empty-package', /no command/],
  // Names and places
  ['an unknown element among commands', body('<Insert/>', add('./A')), 2, 1, 'unknown-element', /Insert.*SyncBody/],
  ['an unknown element in a command', body(`<Add>${delivered}<Foo/></Add>`), 2, 70, 'unknown-element', /Foo.*Add/],
  ['an unknown element in an Item', body(add('./A', '<Foo/>')), 3, 44, 'unknown-element', /Foo.*Item/],
  [
    'an unknown element in a header',
    '<SyncML><SyncHdr><Foo/></SyncHdr>\n<SyncBody><Add><Item><Target><LocURI>A</LocURI></Target></Item></Add></SyncBody></SyncML>',
    1,
    18,
    'unknown-element',
    /SyncHdr/,
  ],
  ['a command inside a command', body(`<Add>${delivered}\n<Get/></Add>`), 3, 1, 'misplaced-element', /Get.*Add/],
  ['an Item outside a command', body('<Item/>', add('./A')), 2, 1, 'misplaced-element', /Item.*SyncBody/],
  ['an element inside a text', body(add('<Data/>./A')), 3, 23, 'misplaced-element', /Data.*LocURI/],
  ['a Final that is not last', body('<Final/>', add('./A')), 2, 1, 'misplaced-element', /Final/],
  ['two Finals', body(add('./A'), '<Final/>', '<Final/>'), 6, 1, 'repeated-element', /Final/],
  ['two bodies', `<SyncML>${body(add('./A'))}${body(add('./A'))}</SyncML>`, 5, 12, 'repeated-element', /SyncBody/],
  ['two Targets', body(add('./A', '<Target><LocURI>./B</LocURI></Target>')), 3, 44, 'repeated-element', /Target/],
  ['two Data', body(add('./A', '<Data/><Data/>')), 3, 51, 'repeated-element', /Data/],
  ['an attribute', body(`<Add a="1">${delivered}</Add>`), 2, 1, 'unexpected-attribute', /"a"/],
  ['an attribute of a leaf', body(add('./A', '<Data b="1"/>')), 3, 44, 'unexpected-attribute', /"b"/],
  ['text among elements', body(`<Add>hello${delivered}</Add>`), 2, 1, 'unexpected-text', /hello/],
  ['a command of data synchronisation', body('<Sync/>', add('./A')), 2, 1, 'unsupported-command', /Sync/],
  ['a Status', body('<Status/>', add('./A')), 2, 1, 'unsupported-command', /Status/],
  ['a Results', body('<Results/>', add('./A')), 2, 1, 'unsupported-command', /Results/],
  ['a Put', body('<Put/>', add('./A')), 2, 1, 'unsupported-command', /Put/],
  ['a Map', body('<Map/>', add('./A')), 2, 1, 'unsupported-command', /Map/],
  ['a Search inside an Atomic', body(`<Atomic><Search/>${add('./A')}</Atomic>`), 2, 9, 'unsupported-command', /Search/],
  ['credentials in a command', body(`<Add><Cred/>${delivered}</Add>`), 2, 6, 'not-in-dm', /account/],
  [
    'credentials in the header',
    `<SyncML><SyncHdr><Cred/></SyncHdr>${body(add('./A'))}</SyncML>`,
    1,
    18,
    'not-in-dm',
    /account/,
  ],
  ['Archive, which is not of DM', body(`<Add><Archive/>${delivered}</Add>`), 2, 6, 'not-in-dm', /Archive/],
  ['Lang, which is not of DM', body(`<Add><Lang/>${delivered}</Add>`), 2, 6, 'not-in-dm', /Lang/],
  ['NoResults, which is not of DM', body(`<Add><NoResults/>${delivered}</Add>`), 2, 6, 'not-in-dm', /NoResults/],
  [
    'NumberOfChanges, which is not of DM',
    body(`<Add><NumberOfChanges/>${delivered}</Add>`),
    2,
    6,
    'not-in-dm',
    /NumberOfChanges/,
  ],
  ['Archive, which is not of DM', body(`<Add><Archive/>${delivered}</Add>`), 2, 6, 'not-in-dm', /Archive/],
  ['Lang, which is not of DM', body(`<Add><Lang>en</Lang>${delivered}</Add>`), 2, 6, 'not-in-dm', /Lang/],
  ['NoResults, which is not of DM', body(`<Add><NoResults/>${delivered}</Add>`), 2, 6, 'not-in-dm', /answered/],
  [
    'NumberOfChanges, which is not of DM',
    body(`<Add><NumberOfChanges>1</NumberOfChanges>${delivered}</Add>`),
    2,
    6,
    'not-in-dm',
    /NumberOfChanges/,
  ],
  ['SftDel, which is not of DM', body(`<Add><SftDel/>${delivered}</Add>`), 2, 6, 'not-in-dm', /SftDel/],
  ['MoreData', body(add('./A', '<Data>1</Data><MoreData/>')), 3, 58, 'not-in-dm', /MoreData/],
  ['NoResp', body(`<Add><NoResp/>${delivered}</Add>`), 2, 6, 'not-in-dm', /answered/],
  [
    'a size the session negotiates',
    body(`<Add><Meta><MaxMsgSize>1</MaxMsgSize></Meta>${delivered}</Add>`),
    2,
    12,
    'not-in-dm',
    /session/,
  ],
  // Versions and namespaces
  [
    'both versions',
    `<SyncML xmlns="SYNCML:SYNCML1.1"><SyncBody xmlns="SYNCML:SYNCML1.2">${add('./A')}</SyncBody></SyncML>`,
    1,
    34,
    'version',
    /1\.2.*1\.1/,
  ],
  [
    'a header that contradicts the namespace',
    `<SyncML xmlns="SYNCML:SYNCML1.1"><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr>${body(add('./A'))}</SyncML>`,
    1,
    43,
    'version',
    /VerDTD/,
  ],
  [
    'a version that is not DM',
    `<SyncML xmlns="SYNCML:SYNCML1.0">${body(add('./A'))}</SyncML>`,
    1,
    1,
    'version',
    /1\.0/,
  ],
  [
    'a protocol that is not DM',
    `<SyncML><SyncHdr><VerProto>SyncML/1.1</VerProto></SyncHdr>${body(add('./A'))}</SyncML>`,
    1,
    18,
    'version',
    /VerProto/,
  ],
  [
    'a Correlator in DM 1.1',
    `<SyncBody xmlns="SYNCML:SYNCML1.1"><Exec><Correlator>x</Correlator>${item('./A')}</Exec></SyncBody>`,
    1,
    42,
    'version',
    /Correlator/,
  ],
  ['a foreign namespace', body(`<Add xmlns="urn:x">${delivered}</Add>`), 2, 1, 'unknown-namespace', /urn:x/],
  [
    'a command in the namespace of Meta',
    body(`<Add xmlns="syncml:metinf">${delivered}</Add>`),
    2,
    1,
    'unknown-namespace',
    /metinf/,
  ],
  // OMA CP
  ['a CP document without characteristics', '<wap-provisioningdoc/>', 1, 1, 'empty-package', /characteristic/],
  [
    'an element foreign to CP',
    '<wap-provisioningdoc><characteristic type="A">\n<Foo/></characteristic></wap-provisioningdoc>',
    2,
    1,
    'unknown-element',
    /Foo/,
  ],
  [
    'a parm outside a characteristic',
    '<wap-provisioningdoc><characteristic type="A"/>\n<parm name="a"/></wap-provisioningdoc>',
    2,
    1,
    'misplaced-element',
    /parm/,
  ],
  [
    'a characteristic without a type',
    '<wap-provisioningdoc>\n<characteristic/></wap-provisioningdoc>',
    2,
    1,
    'missing-attribute',
    /type/,
  ],
  [
    'a parm without a name',
    '<wap-provisioningdoc><characteristic type="A">\n<parm value="1"/></characteristic></wap-provisioningdoc>',
    2,
    1,
    'missing-attribute',
    /name/,
  ],
  [
    'an attribute foreign to CP',
    '<wap-provisioningdoc><characteristic type="A">\n<parm name="1" b="2"/></characteristic></wap-provisioningdoc>',
    2,
    1,
    'unexpected-attribute',
    /"b"/,
  ],
  [
    'a characteristic of CP out of place',
    '<wap-provisioningdoc><characteristic type="A"/>\n<characteristic type="PORT"><parm name="PORTNBR" value="80"/></characteristic></wap-provisioningdoc>',
    2,
    1,
    'misplaced-characteristic',
    /PORT/,
  ],
  [
    'a parm of CP out of place',
    '<wap-provisioningdoc><characteristic type="CLIENTIDENTITY"><parm name="CLIENT-ID" value="1"/>\n<parm name="APPID" value="w2"/></characteristic></wap-provisioningdoc>',
    2,
    1,
    'misplaced-parm',
    /APPID/,
  ],
  [
    'a parm of CP twice',
    '<wap-provisioningdoc><characteristic type="CLIENTIDENTITY"><parm name="CLIENT-ID" value="1"/>\n<parm name="CLIENT-ID" value="1"/></characteristic></wap-provisioningdoc>',
    2,
    1,
    'repeated-parm',
    /CLIENT-ID/,
  ],
  [
    'a port of CP that is none',
    '<wap-provisioningdoc><characteristic type="ACCESS">\n<parm name="PORTNBR" value="0"/></characteristic></wap-provisioningdoc>',
    2,
    1,
    'bad-parm',
    /PORTNBR/,
  ],
  [
    'text in a CP document',
    '<wap-provisioningdoc><characteristic type="A"/>text</wap-provisioningdoc>',
    1,
    1,
    'unexpected-text',
    /text/,
  ],
];
describe('compileDocument refuses, with one fault at its place,', () => {
  it.each(ROWS)('%s', (...row) => {
    expectOneFault(row);
  });

  it('octets that are not UTF-8', () => {
    const document = Buffer.from('<SyncBody>\n<Add>äx', 'utf8');
    document[document.length - 1] = 0xe4;
    expect(compileDocument(document)).toEqual({
      ok: false,
      faults: [
        { line: 2, column: 7, code: 'encoding', message: 'the document must be in UTF-8; the octet 0xE4 is not' },
      ],
    });
  });

  it('UTF-16', () => {
    const faults = [expect.objectContaining({ line: 1, column: 1, code: 'encoding' })];
    expect(compileDocument(Buffer.from('\uFEFF<SyncBody/>', 'utf16le'))).toEqual({ ok: false, faults });
    expect(compileDocument(Buffer.from('<SyncBody/>', 'utf16le'))).toEqual({ ok: false, faults });
  });

  it('more octets than allowed, without reading them', () => {
    const faults = [expect.objectContaining({ line: 1, column: 1, code: 'too-large' })];
    expect(compileDocument(Buffer.alloc(5 * 1024 * 1024 + 1))).toEqual({ ok: false, faults });
    expect(compileDocument('<SyncBody/>', { maxBytes: 10 })).toEqual({ ok: false, faults });
  });

  it('more commands than allowed, at the first too many, wherever it stands', () => {
    const document = body(add('./A'), `<Sequence>\n${add('./B')}\n${add('./C')}</Sequence>`, add('./D'));
    expect(compileDocument(document, { maxCommands: 3 })).toEqual({
      ok: false,
      faults: [expect.objectContaining({ line: 9, column: 1, code: 'too-many-commands' })],
    });
    expect(compileDocument(document, { maxCommands: 5 }).ok).toBe(true);
  });

  it('more faults than are worth reporting, with a last one that says so', () => {
    const result = compileDocument(body(...Array.from({ length: 20 }, () => '<Foo/>')), { maxFaults: 5 });
    expect(result.ok ? [] : result.faults.map((fault) => fault.code)).toEqual([
      ...Array.from({ length: 5 }, () => 'unknown-element'),
      'too-many-faults',
    ]);
  });

  it('with the Target of the item that is at fault', () => {
    const result = compileDocument(body(add('./Vendor/Port', data('int', 'x'))));
    expect(result.ok ? [] : result.faults.map((fault) => fault.locUri)).toEqual(['./Vendor/Port']);
  });

  it('every kind of fault in at least one of these tests', () => {
    const elsewhere: FaultCode[] = ['too-large', 'too-many-commands', 'too-many-faults'];
    const covered = new Set<string>([
      ...ROWS.map((row) => row[4]),
      ...FAULTS_OF.commands,
      ...FAULTS_OF.values,
      ...elsewhere,
    ]);
    expect(Object.keys(FAULT_CODES).filter((code) => !covered.has(code))).toEqual([]);
  });
});

describe('compileDocument reports at once', () => {
  it.each([
    ['an Atomic', `<Atomic>${add('./A')}</Atomic>`, 'nested-atomic'],
    ['a Get', `<Get>${item('./A')}</Get>`, 'get-in-atomic'],
  ])('%s in a Sequence in an Atomic, and the Sequence', (_, inner, code) => {
    const result = compileDocument(body(`<Atomic>\n<Sequence>\n${inner}</Sequence></Atomic>`));
    expect(result.ok ? [] : result.faults.map((fault) => `${fault.line}:${fault.column} ${fault.code}`)).toEqual([
      '3:1 not-in-atomic',
      `4:1 ${code}`,
    ]);
  });

  it('all faults, in the order of the document', () => {
    const result = compileDocument(
      body(add('/A', data('int', 'x')), '<Foo/>', '<Delete><CmdID>x</CmdID></Delete>', add('./B/', '<Data>{{</Data>')),
    );
    expect(result.ok ? [] : result.faults.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
      '3:15 bad-loc-uri',
      '4:1 bad-data',
      '6:1 unknown-element',
      '7:1 missing-item',
      '7:9 bad-cmd-id',
      '9:15 bad-loc-uri',
      '9:45 bad-variable',
    ]);
  });
});
