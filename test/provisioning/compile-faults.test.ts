import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/provisioning/compile-document.ts';
import { FAULT_CODES, type FaultCode } from '../../src/provisioning/fault.ts';

type Row = readonly [sentence: string, document: string, line: number, column: number, code: FaultCode, reason: RegExp];

const item = (uri: string, rest = '') => `<Item><Target><LocURI>${uri}</LocURI></Target>${rest}</Item>`;
const add = (uri: string, rest = '') => `<Add>\n${item(uri, rest)}\n</Add>`;
const data = (format: string, value: string) => `<Meta><Format>${format}</Format></Meta>\n<Data>${value}</Data>`;
const body = (...commands: string[]) => `<SyncBody>\n${commands.join('\n')}\n</SyncBody>`;
const delivered = item('./A', '<Data>1</Data>');

/** A faulty option a row: the Data with the options stands on line 3, in column 7. */
function options(
  ...rows: readonly (readonly [sentence: string, code: string, options: string, reason: RegExp])[]
): Row[] {
  const text = '<Item><Data>Well?</Data></Item>';
  return rows.map(([sentence, code, value, reason]) => {
    const choices = code === '1103' || code === '1104' ? text + text : '';
    const alert = `<Alert><Data>${code}</Data>\n<Item><Data>${value}</Data></Item>${text}${choices}</Alert>`;
    return [sentence, body(alert), 3, 7, 'bad-alert-option', reason];
  });
}

type PropertyRow = readonly [
  sentence: string,
  property: string,
  rest: string,
  line: number,
  column: number,
  code: FaultCode,
  reason: RegExp,
];

/** A faulty Replace of a property a row. */
function property(...rows: readonly PropertyRow[]): Row[] {
  return rows.map(([sentence, name, rest, line, column, code, reason]) => {
    const document = body(`<Replace>\n${item(`./A?prop=${name}`, rest)}\n</Replace>`);
    return [sentence, document, line, column, code, reason];
  });
}

const tree = (format: string, value: string) =>
  `<Meta><Format>${format}</Format><Type>application/vnd.syncml.dmtnds+xml</Type></Meta>\n<Data>${value}</Data>`;
const NAMELESS =
  '<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><Value>1</Value></Node></MgmtTree>'.replaceAll(
    '<',
    '&lt;',
  );

/** One faulty document a row. A command on line 2 has its Item on line 3, whose LocURI stands in column 15. */
const ROWS: readonly Row[] = [
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
  // Commands
  ['a command without an Item', body('<Add><CmdID>1</CmdID></Add>'), 2, 1, 'missing-item', /Add/],
  ['a second Item in an Exec', body(`<Exec>${item('./A')}\n${item('./B')}</Exec>`), 3, 1, 'too-many-items', /Exec/],
  ['an Item without a Target', body('<Get>\n<Item/></Get>'), 3, 1, 'missing-target', /Get/],
  ['a Target without a LocURI', body('<Delete>\n<Item><Target/></Item></Delete>'), 3, 1, 'missing-target', /Delete/],
  ['an Exec without a Target', body('<Exec>\n<Item><Data/></Item></Exec>'), 3, 1, 'missing-target', /Exec/],
  ['a Copy without a Source', body(`<Copy>\n${item('./A')}</Copy>`), 3, 1, 'missing-source', /Copy/],
  [
    'a Copy without a Target',
    body('<Copy>\n<Item><Source><LocURI>./A</LocURI></Source></Item></Copy>'),
    3,
    1,
    'missing-target',
    /Copy/,
  ],
  ['a CmdID that is no number', body(`<Add><CmdID>one</CmdID>${delivered}</Add>`), 2, 6, 'bad-cmd-id', /"one"/],
  ['the CmdID of the header', body(`<Add><CmdID>0</CmdID>${delivered}</Add>`), 2, 6, 'bad-cmd-id', /"0"/],
  ['an empty CmdID', body(`<Add><CmdID/>${delivered}</Add>`), 2, 6, 'bad-cmd-id', /""/],
  [
    'a CmdID used twice',
    body(`<Add><CmdID>1</CmdID>${delivered}</Add>`, `<Add><CmdID>1</CmdID>${delivered}</Add>`),
    3,
    6,
    'duplicate-cmd-id',
    /line 2/,
  ],
  [
    'a CmdID used again inside an Atomic',
    body(`<Atomic><CmdID>1</CmdID>\n<Add><CmdID>1</CmdID>${delivered}</Add></Atomic>`),
    3,
    6,
    'duplicate-cmd-id',
    /line 2/,
  ],
  [
    'an Atomic in an Atomic',
    body(`<Atomic>\n<Atomic>${add('./A')}</Atomic></Atomic>`),
    3,
    1,
    'nested-atomic',
    /Atomic/,
  ],
  ['a Get in an Atomic', body(`<Atomic>\n<Get>${item('./A')}</Get></Atomic>`), 3, 1, 'get-in-atomic', /Get/],
  [
    'a Sequence in a Sequence',
    body(`<Sequence>\n<Sequence>${add('./A')}</Sequence></Sequence>`),
    3,
    1,
    'nested-sequence',
    /Sequence/,
  ],
  [
    'an Exec in an Atomic',
    body(`<Atomic>\n<Exec>${item('./A')}</Exec></Atomic>`),
    3,
    1,
    'not-in-atomic',
    /Exec.*Replace/,
  ],
  [
    'a Sequence in an Atomic',
    body(`<Atomic>\n<Sequence>${add('./A')}</Sequence></Atomic>`),
    3,
    1,
    'not-in-atomic',
    /Sequence/,
  ],
  [
    'a Correlator used twice',
    body(
      `<Exec><Correlator>c</Correlator>${item('./A')}</Exec>`,
      `<Exec><Correlator>c</Correlator>${item('./A')}</Exec>`,
    ),
    3,
    7,
    'duplicate-correlator',
    /line 2/,
  ],
  ['an Atomic without commands', body('<Atomic><CmdID>1</CmdID></Atomic>'), 2, 1, 'empty-group', /Atomic/],
  ['a Sequence without commands', body('<Sequence/>'), 2, 1, 'empty-group', /Sequence/],
  ['an Alert that only a device sends', body('<Alert>\n<Data>1201</Data></Alert>'), 3, 1, 'bad-alert', /"1201"/],
  ['an Alert without a code', body('<Alert/>'), 2, 1, 'bad-alert', /no code/],
  ['an Alert without its text', body('<Alert><Data>1100</Data><Item/></Alert>'), 2, 1, 'missing-item', /1100/],
  [
    'an Alert whose text is not there',
    body('<Alert><Data>1100</Data><Item/>\n<Item/></Alert>'),
    3,
    1,
    'missing-data',
    /1100/,
  ],
  [
    'a choice without choices',
    body('<Alert><Data>1103</Data><Item/><Item><Data>?</Data></Item></Alert>'),
    2,
    1,
    'missing-item',
    /choice/,
  ],
  [
    'a third Item of a confirmation',
    body('<Alert><Data>1101</Data><Item/><Item><Data>?</Data></Item>\n<Item><Data>!</Data></Item></Alert>'),
    3,
    1,
    'too-many-items',
    /no more/,
  ],
  ...options(
    ['a MINDT of no time', '1100', 'MINDT=0', /MINDT.*positive whole number of seconds, not "0"/],
    ['a MINDT in words', '1101', 'MINDT=ten', /MINDT.*"ten"/],
    ['a MAXDT with a fraction', '1103', 'MAXDT=1.5', /MAXDT.*"1\.5"/],
    ['a MAXDT below nothing', '1102', 'MAXDT=-3', /MAXDT.*"-3"/],
    ['a MINDT longer than MAXDT', '1101', 'MINDT=30&amp;MAXDT=20', /longer than MAXDT/],
    ['a MAXLEN of nothing', '1102', 'MAXLEN=0', /MAXLEN.*characters/],
    ['a default answer longer than MAXLEN', '1102', 'MAXLEN=3&amp;DR=%C3%A4%C3%B6%C3%BC%C3%9F', /longer than MAXLEN/],
    ['an IT of no letter', '1102', 'IT=X', /IT.*A \(any.*"X"/],
    ['an IT of two letters', '1102', 'IT=AN', /IT.*"AN"/],
    ['an ET of no letter', '1102', 'ET=A', /ET.*P \(hidden/],
    ['a default answer of a text that is only shown', '1100', 'DR=1', /DR.*left out/],
    ['a default that is neither yes nor no', '1101', 'DR=yes', /DR.*1 \(yes\) or 0/],
    ['a default that is no choice', '1103', 'DR=3', /DR.*1 to 2.*"3"/],
    ['two defaults where one is chosen', '1103', 'DR=1-2', /DR.*"1-2"/],
    ['defaults of which one is no choice', '1104', 'DR=1-0', /DR.*joined by "-"/],
    ['defaults that repeat', '1104', 'DR=2-2', /each once/],
    ['an option twice', '1102', 'DR=a&amp;DR=b', /twice/],
    ['an option in small letters', '1102', 'maxlen=3', /called MAXLEN/],
    ['an option without a value', '1102', 'MAXDT', /NAME=value/],
    ['options joined by something else', '1102', 'MAXDT=3;DR=x', /MAXDT.*"3;DR=x"/],
    ['an option with a broken escape', '1102', 'DR=%2', /URL-encoded/],
  ),
  // LocURIs
  ['an empty LocURI', body(add('')), 3, 15, 'bad-loc-uri', /empty/],
  ['a LocURI with a slash in front', body(add('/A')), 3, 15, 'bad-loc-uri', /begin with/],
  ['a LocURI with a slash behind', body(add('./A/')), 3, 15, 'bad-loc-uri', /end with/],
  ['the root with a slash', body('<Get>', item('./'), '</Get>'), 3, 15, 'bad-loc-uri', /root is "\."/],
  ['an empty segment', body(add('./A//B')), 3, 15, 'bad-loc-uri', /empty segment/],
  ['a way up', body(add('./A/../B')), 3, 15, 'bad-loc-uri', /"\.\."/],
  ['a way up in disguise', body(add('./A/%2e%2E/B')), 3, 15, 'bad-loc-uri', /%2e%2E/],
  ['a "." in the middle', body(add('./A/./B')), 3, 15, 'bad-loc-uri', /"\."/],
  ['a blank', body(add('./My App')), 3, 15, 'bad-loc-uri', /%20/],
  ['a broken escape', body(add('./A%2')), 3, 15, 'bad-loc-uri', /hexadecimal/],
  ['a URL', body(add('http://host/A')), 3, 15, 'bad-loc-uri', /empty segment/],
  ['a scheme', body(add('urn:A')), 3, 15, 'bad-loc-uri', /"\.\/"/],
  ['a segment that is too long', body(add(`./${'a'.repeat(256)}`)), 3, 15, 'bad-loc-uri', /255/],
  ['a LocURI that is too long', body(add(`.${'/a'.repeat(1024)}`)), 3, 15, 'bad-loc-uri', /2048/],
  ['an Add of the root', body(add('.')), 3, 15, 'bad-loc-uri', /root/],
  ...property(
    ['an access control list that breaks its grammar', 'ACL', '\n<Data>Get</Data>', 4, 1, 'bad-data', /joined/],
    ['a right to a command that has none', 'ACL', '\n<Data>Copy=a</Data>', 4, 1, 'bad-data', /Copy/],
    ['a server id with a sign of the grammar', 'ACL', '\n<Data>Get=a*</Data>', 4, 1, 'bad-data', /no blank/],
    ['a property with another Format than text', 'Title', data('int', '1'), 4, 1, 'bad-data', /text.*int/],
    ['a name that is more than a segment', 'Name', '\n<Data>a/b</Data>', 4, 1, 'bad-data', /segment/],
    ['a property without Data', 'ACL', '', 3, 1, 'missing-data', /property/],
  ),
  ['a serialised tree without a tree in it', body(add('./A', tree('xml', '&lt;a/>'))), 4, 1, 'bad-data', /MgmtTree/],
  [
    'a serialised tree that is broken off',
    body(add('./A', tree('xml', '&lt;MgmtTree>'))),
    4,
    1,
    'bad-data',
    /well-formed/,
  ],
  [
    'a serialised tree with a node that has no name',
    body(add('./A', tree('xml', NAMELESS))),
    4,
    1,
    'bad-data',
    /NodeName/,
  ],
  ['a serialised tree in the wrong Format', body(add('./A', tree('chr', NAMELESS))), 4, 1, 'bad-data', /Format xml/],
  ['a property that does not exist', body('<Get>', item('./A?prop=Colour'), '</Get>'), 3, 15, 'bad-loc-uri', /ACL/],
  [
    'a property that is only read',
    body('<Replace>', item('./A?prop=VerNo', '<Data>1</Data>'), '</Replace>'),
    3,
    15,
    'bad-loc-uri',
    /VerNo/,
  ],
  ['an Add to a property', body(add('./A?prop=ACL')), 3, 15, 'bad-loc-uri', /ACL/],
  ['a list that does not exist', body('<Get>', item('./A?list=All'), '</Get>'), 3, 15, 'bad-loc-uri', /Struct/],
  ['a list of what is replaced', body('<Replace>', item('./A?list=Struct'), '</Replace>'), 3, 15, 'bad-loc-uri', /Get/],
  ['another query', body('<Get>', item('./A?x=1'), '</Get>'), 3, 15, 'bad-loc-uri', /prop=/],
  [
    'a faulty Source of a Copy',
    body(`<Copy><Item><Target><LocURI>./A</LocURI></Target>\n<Source><LocURI>/B</LocURI></Source></Item></Copy>`),
    3,
    9,
    'bad-loc-uri',
    /begin/,
  ],
  // Data
  ['Data in a Delete', body('<Delete>', item('./A', '\n<Data/>'), '</Delete>'), 4, 1, 'unexpected-data', /Delete/],
  ['Data in a Get', body('<Get>', item('./A', '\n<Data/>'), '</Get>'), 4, 1, 'unexpected-data', /Get/],
  [
    'a Format that does not exist',
    body(`<Add><Meta><Format>text</Format></Meta>${delivered}</Add>`),
    2,
    12,
    'unknown-format',
    /text/,
  ],
  [
    'a Size that is no number',
    body(`<Add><Meta><Size>big</Size></Meta>${delivered}</Add>`),
    2,
    12,
    'bad-size',
    /octets/,
  ],
  ['an int that is none', body(add('./A', data('int', '8x'))), 4, 1, 'bad-data', /whole/],
  ['an int of more than 32 bits', body(add('./A', data('int', '4294967296'))), 4, 1, 'bad-data', /32 bits/],
  ['an int without a value', body(add('./A', data('int', ''))), 4, 1, 'bad-data', /whole/],
  ['an int without Data', body(add('./A', '<Meta><Format>int</Format></Meta>')), 3, 1, 'missing-data', /int/],
  ['a bool that is none', body(add('./A', data('bool', 'yes'))), 4, 1, 'bad-data', /"true"/],
  ['a float that is none', body(add('./A', data('float', '1,5'))), 4, 1, 'bad-data', /decimal/],
  ['a date that is none', body(add('./A', data('date', '2004-13-01'))), 4, 1, 'bad-data', /ISO 8601/],
  ['a time that is none', body(add('./A', data('time', '25:00'))), 4, 1, 'bad-data', /ISO 8601/],
  ['bin that does not decode', body(add('./A', data('bin', 'AAE'))), 4, 1, 'bad-data', /base64/],
  ['bin of another alphabet', body(add('./A', data('bin', 'AA-_'))), 4, 1, 'bad-data', /base64/],
  ['b64 that does not decode', body(add('./A', data('b64', 'A=B='))), 4, 1, 'bad-data', /base64/],
  ['an interior node with a value', body(add('./A', data('node', '1'))), 4, 1, 'bad-data', /interior/],
  ['an interior node with a variable', body(add('./A', data('node', '{{v}}'))), 4, 1, 'bad-data', /interior/],
  ['a null with a value', body(add('./A', data('null', '1'))), 4, 1, 'bad-data', /null/],
  [
    'a value that is not of the inherited Format',
    body(`<Add><Meta><Format>bool</Format></Meta>\n${delivered}</Add>`),
    3,
    44,
    'bad-data',
    /bool/,
  ],
  ['elements as text', body(add('./A', '<Data><b/></Data>')), 3, 44, 'bad-data', /xml/],
  ['elements and text', body(add('./A', data('xml', '<b/>text'))), 4, 1, 'unexpected-text', /text/],
  // Variables
  ['a variable that is not closed', body(add('./A', '<Data>{{imei}</Data>')), 3, 44, 'bad-variable', /\{\{imei\}/],
  ['a variable without a name', body(add('./A', '<Data>{{ }}</Data>')), 3, 44, 'bad-variable', /named/],
  ['a variable of forbidden letters', body(add('./A', '<Data>{{a b}}</Data>')), 3, 44, 'bad-variable', /named/],
  ['a variable of 65 letters', body(add('./A', `<Data>{{${'a'.repeat(65)}}}</Data>`)), 3, 44, 'bad-variable', /64/],
  ['a faulty variable in a LocURI', body(add('./{{/A')), 3, 15, 'bad-variable', /closed/],
  [
    'a faulty variable in a Type',
    body(`<Add><Meta><Type>{{</Type></Meta>${delivered}</Add>`),
    2,
    12,
    'bad-variable',
    /closed/,
  ],
  ['a faulty variable in embedded XML', body(add('./A', data('xml', '\n<b c="{{"/>'))), 5, 1, 'bad-variable', /closed/],
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
  it.each(ROWS)('%s', (_, document, line, column, code, reason) => {
    const result = compileDocument(document);
    expect(result).toEqual({ ok: false, faults: [expect.objectContaining({ line, column, code })] });
    expect(result.ok ? '' : result.faults[0]?.message).toMatch(reason);
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
    const covered = new Set<string>([...ROWS.map((row) => row[4]), ...elsewhere]);
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
