import { describe, expect, it } from 'vitest';
import type { FaultCode } from '../../src/provisioning/fault.ts';
import { add, body, data, delivered, expectOneFault, FAULTS_OF, type FaultRow, item } from './fault-rows.ts';

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
function property(...rows: readonly PropertyRow[]): FaultRow[] {
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
const ROWS: readonly FaultRow[] = [
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
];

describe('compileDocument refuses, with one fault at its place,', () => {
  it.each(ROWS)('%s', (...row) => {
    expectOneFault(row);
  });
  it('every kind of fault that is looked for here alone', () => {
    const covered = new Set<string>(ROWS.map((row) => row[4]));
    expect(FAULTS_OF.values.filter((code) => !covered.has(code))).toEqual([]);
  });
});
