import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { type Element, element } from '../../../src/wire/element.ts';
import { decodeWbxml, type WbxmlDecodeOptions } from '../../../src/wire/wbxml/decode-wbxml.ts';
import { compileLanguage } from '../../../src/wire/wbxml/language.ts';
import { WbxmlError, type WbxmlErrorCode } from '../../../src/wire/wbxml/wbxml-error.ts';

const SYNCML = 'SYNCML:SYNCML1.1';
const METINF = 'syncml:metinf';

/** Hex digits with blanks, and text in single quotes. */
function bytes(notation: string): Uint8Array {
  const parts = notation.matchAll(/'([^']*)'|([0-9a-f]{2})/gi);
  return new Uint8Array(
    Buffer.concat(
      [...parts].map(([, text, hex]) => Buffer.from(text ?? hex ?? '', text === undefined ? 'hex' : 'utf8')),
    ),
  );
}

/** The root of a SyncML 1.1 document (WBXML 1.2, UTF-8, empty string table) with that body. */
function rootOf(body: string, options: WbxmlDecodeOptions = {}): Element {
  return decodeWbxml(bytes(`02 9f53 6a 00 ${body}`), options).root;
}

function fault(run: () => unknown): { code: WbxmlErrorCode; offset: number } {
  try {
    run();
  } catch (error) {
    if (error instanceof WbxmlError) return { code: error.code, offset: error.offset };
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The two languages that WBXML 1.3 makes up for its examples (section 8). */
const EXAMPLE_1 = compileLanguage({
  name: 'example-1',
  publicIdText: '-//EXAMPLE//DTD 1//EN',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [
    { page: 0, token: 5, name: 'BR' },
    { page: 0, token: 6, name: 'CARD' },
    { page: 0, token: 7, name: 'XYZ' },
  ],
});
const EXAMPLE_2 = compileLanguage({
  name: 'example-2',
  publicIdText: '-//EXAMPLE//DTD 2//EN',
  namespaces: [{ page: 0, namespace: '' }],
  tags: [
    { page: 0, token: 5, name: 'CARD' },
    { page: 0, token: 6, name: 'INPUT' },
    { page: 0, token: 7, name: 'XYZ' },
    { page: 0, token: 8, name: 'DO' },
  ],
  attributes: [
    { page: 0, token: 5, name: 'STYLE', value: 'LIST' },
    { page: 0, token: 6, name: 'TYPE' },
    { page: 0, token: 7, name: 'TYPE', value: 'TEXT' },
    { page: 0, token: 8, name: 'URL', value: 'http://' },
    { page: 0, token: 9, name: 'NAME' },
    { page: 0, token: 10, name: 'KEY' },
  ],
  attributeValues: [
    { page: 0, token: 0x85, value: '.org' },
    { page: 0, token: 0x86, value: 'ACCEPT' },
  ],
});

describe('the examples of the WBXML specification (section 8)', () => {
  it('reads the simple one: inline strings and entities become one string', () => {
    const document = decodeWbxml(
      bytes("03 01 03 00 47 46 03 ' X & Y' 00 05 03 ' X' 00 02 81 20 03 '=' 00 02 81 20 03 '1 ' 00 01 01"),
      { assumeLanguage: EXAMPLE_1 },
    );
    expect(document.root).toEqual(
      element('XYZ', '', [element('CARD', '', [' X & Y', element('BR', ''), ' X\u00a0=\u00a01 '])]),
    );
    expect(document).toMatchObject({ version: '1.3', publicId: 1, charset: 3 });
  });

  it('reads the expanded one: string table, attribute starts and attribute values', () => {
    const { root } = decodeWbxml(
      bytes(
        "03 01 6a 12 'abc' 00 ' Enter name: ' 00 47 c5 09 83 00 05 01 88 06 86 08 03 'xyz' 00 85 03 '/s' 00 01 83 04 86 07 0a 03 'N' 00 01 01 01",
      ),
      { assumeLanguage: EXAMPLE_2 },
    );
    expect(root).toEqual(
      element('XYZ', '', [
        element(
          'CARD',
          '',
          [
            element(
              'DO',
              '',
              [],
              [
                { name: 'TYPE', value: 'ACCEPT' },
                { name: 'URL', value: 'http://xyz.org/s' },
              ],
            ),
            ' Enter name: ',
            element(
              'INPUT',
              '',
              [],
              [
                { name: 'TYPE', value: 'TEXT' },
                { name: 'KEY', value: 'N' },
              ],
            ),
          ],
          [
            { name: 'NAME', value: 'abc' },
            { name: 'STYLE', value: 'LIST' },
          ],
        ),
      ]),
    );
  });
});

describe('decodeWbxml', () => {
  it('reads the head of a message that a device client sent (captured from libdmclient)', () => {
    const { root, version, publicId, charset, language } = decodeWbxml(
      bytes(`029f536a006d6c7103312e310001720344
      4d2f312e31000165033100015b033100016e5703 'http://127.0.0.1:8080/funambol/dm' 000101 6757 03 'DMCtest' 000101
      4e5a00014703 'b64' 000153 03 'syncml:auth-basic' 00010100004f03 'ZnVuYW1ib2w6ZnVuYW1ib2w=' 000101
      5a00014c03 '16384' 00010101 00006b 12 0101`),
    );
    expect({ version, publicId, charset, language: language.name }).toEqual({
      version: '1.2',
      publicId: 0xfd3,
      charset: 106,
      language: 'syncml-1.1',
    });
    const leaf = (name: string, text: string, namespace = SYNCML) => element(name, namespace, [text]);
    expect(root).toEqual(
      element('SyncML', SYNCML, [
        element('SyncHdr', SYNCML, [
          leaf('VerDTD', '1.1'),
          leaf('VerProto', 'DM/1.1'),
          leaf('SessionID', '1'),
          leaf('MsgID', '1'),
          element('Target', SYNCML, [leaf('LocURI', 'http://127.0.0.1:8080/funambol/dm')]),
          element('Source', SYNCML, [leaf('LocURI', 'DMCtest')]),
          element('Cred', SYNCML, [
            element('Meta', SYNCML, [leaf('Format', 'b64', METINF), leaf('Type', 'syncml:auth-basic', METINF)]),
            leaf('Data', 'ZnVuYW1ib2w6ZnVuYW1ib2w='),
          ]),
          element('Meta', SYNCML, [leaf('MaxMsgSize', '16384', METINF)]),
        ]),
        element('SyncBody', SYNCML, [element('Final', SYNCML)]),
      ]),
    );
  });

  it('takes the language from the formal identifier in the string table, terminated or not', () => {
    const unterminated = decodeWbxml(bytes("02 00 00 6a 1d '-//SYNCML//DTD SyncML 1.1//EN' 6d 01"));
    const terminated = decodeWbxml(bytes("02 00 00 6a 1e '-//SYNCML//DTD SyncML 1.1//EN' 00 6d 01"));
    for (const document of [unterminated, terminated]) {
      expect(document.publicId).toBe('-//SYNCML//DTD SyncML 1.1//EN');
      expect(document.language.name).toBe('syncml-1.1');
      expect(document.root).toEqual(element('SyncML', SYNCML));
    }
  });

  it('reads a document of unknown language only when told which to assume', () => {
    const unknown = bytes('02 01 6a 00 2d');
    expect(fault(() => decodeWbxml(unknown))).toEqual({ code: 'unknown-language', offset: 1 });
    expect(decodeWbxml(unknown, { assumeLanguage: 'syncml-1.2' }).root).toEqual(element('SyncML', 'SYNCML:SYNCML1.2'));
    const known = decodeWbxml(bytes('02 9f53 6a 00 2d'), { assumeLanguage: 'syncml-1.2' });
    expect(known.language.name).toBe('syncml-1.1');
  });

  it('reads version 1.0, which has no charset field', () => {
    expect(decodeWbxml(bytes("00 9f53 00 4f 03 'é' 00 01"))).toMatchObject({
      version: '1.0',
      charset: 0,
      root: element('Data', SYNCML, ['é']),
    });
  });

  it('gives a literal tag the namespace of the page in force, with attributes and content as its token says', () => {
    const head = "02 9f53 6a 06 'x' 00 'Foo' 00";
    expect(decodeWbxml(bytes(`${head} 04 02`)).root).toEqual(element('Foo', SYNCML));
    expect(decodeWbxml(bytes(`${head} 44 02 03 'a' 00 01`)).root).toEqual(element('Foo', SYNCML, ['a']));
    expect(decodeWbxml(bytes(`${head} 84 02 04 00 03 'v' 00 01`)).root).toEqual(
      element('Foo', SYNCML, [], [{ name: 'x', value: 'v' }]),
    );
    expect(decodeWbxml(bytes(`${head} 00 01 c4 02 04 00 01 07 01`)).root).toEqual(
      element('Foo', METINF, [element('Format', METINF)], [{ name: 'x', value: '' }]),
    );
  });

  it('keeps OPAQUE as bytes of its own and splits text at them', () => {
    const input = bytes("02 9f53 6a 00 4f 03 'a' 00 c3 03 00 ff 41 03 'b' 00 01");
    const { root } = decodeWbxml(input);
    expect(root.children).toEqual(['a', Uint8Array.of(0, 0xff, 0x41), 'b']);
    input.fill(0x55);
    expect(root.children[1]).toEqual(Uint8Array.of(0, 0xff, 0x41));
    expect(rootOf('4f c3 00 01').children).toEqual([new Uint8Array(0)]);
  });

  it('never trims or changes text', () => {
    expect(rootOf("4f 03 20 09 'x' 0d 0a 20 00 01").children).toEqual([' \tx\r\n ']);
    expect(rootOf('4f 03 00 01').children).toEqual([]);
    expect(rootOf('4f 03 efbbbf 00 01').children).toEqual(['\ufeff']);
  });

  it('reads entities beyond the basic plane', () => {
    expect(rootOf('4f 02 87 ec 00 01').children).toEqual(['\u{1f600}']);
  });

  it('drops processing instructions before, inside and after the root', () => {
    const document = bytes("02 9f53 6a 03 'pi' 00 43 04 00 03 'x' 00 01 4f 43 04 00 01 03 'a' 00 01 43 04 00 01");
    expect(decodeWbxml(document).root).toEqual(element('Data', SYNCML, ['a']));
  });

  it.each([
    [3, '41 42', 'AB'],
    [4, '41 e9', 'Aé'],
    [106, '41 c3a9 f09f9880', 'Aé\u{1f600}'],
    [0, 'c3a9', 'é'],
  ])('reads text in the charset with MIBenum %i', (mib, text, expected) => {
    const head = `02 9f53 ${mib.toString(16).padStart(2, '0')} 00`;
    expect(decodeWbxml(bytes(`${head} 4f 03 ${text} 00 01`)).root.children).toEqual([expected]);
  });

  it.each([
    ['1015 without a mark, big-endian', '87 77', '0041 d83d de00'],
    ['1015 with a big-endian mark', '87 77', 'feff 0041 d83d de00'],
    ['1015 with a little-endian mark', '87 77', 'fffe 4100 3dd8 00de'],
    ['1013, big-endian', '87 75', '0041 d83d de00'],
    ['1014, little-endian', '87 76', '4100 3dd8 00de'],
  ])('reads UTF-16 text: %s', (_, mib, text) => {
    expect(decodeWbxml(bytes(`02 9f53 ${mib} 00 4f 03 ${text} 0000 01`)).root.children).toEqual(['A\u{1f600}']);
    expect(decodeWbxml(bytes(`02 9f53 ${mib} ${hex(text)} ${text} 0000 4f 83 00 01`)).root.children).toEqual([
      'A\u{1f600}',
    ]);
  });

  function hex(text: string): string {
    return (bytes(text).length + 2).toString(16).padStart(2, '0');
  }
});

describe('what decodeWbxml refuses, with the code and the offset of the fault', () => {
  const cases: readonly [string, string, WbxmlErrorCode, number, WbxmlDecodeOptions?][] = [
    ['nothing at all', '', 'truncated', 0],
    ['a version after 1.3', '04 9f53 6a 00 2d', 'unsupported-version', 0],
    ['a public identifier of more than 32 bits', '02 9fffffff7f 6a 00 2d', 'integer-overflow', 1],
    ['an integer without end', '02 8080808080808080', 'integer-overflow', 1],
    ['an unknown public identifier', '02 9f7f 6a 00 2d', 'unknown-language', 1],
    ['an unknown identifier in the string table', "02 00 00 6a 02 'x' 00 2d", 'unknown-language', 1],
    ['a public identifier outside the string table', "02 00 05 6a 02 'x' 00 2d", 'bad-table-reference', 1],
    ['a charset it cannot read', '02 9f53 8f 51 00 2d', 'unsupported-charset', 3],
    ['a string table past the end', "02 9f53 6a 20 'abc'", 'truncated', 4],
    ['no root', '02 9f53 6a 00', 'truncated', 5],
    ['text instead of a root', "02 9f53 6a 00 03 'a' 00", 'unexpected-token', 5],
    ['END instead of a root', '02 9f53 6a 00 01', 'unexpected-token', 5],
    ['a tag token the page does not have', '02 9f53 6a 00 6d 30 01', 'unknown-token', 6],
    ['a code page the language does not have', '02 9f53 6a 00 6d 00 07 05 01', 'unknown-page', 7],
    ['an extension token', "02 9f53 6a 00 6d 40 'a' 00 01", 'unknown-token', 6],
    ['an attribute token without a meaning', '02 9f53 6a 00 ad 05 01', 'unknown-token', 6],
    ['an attribute value before any attribute', "02 9f53 6a 00 ad 03 'a' 00 01", 'unexpected-token', 6],
    ['an attribute value token without a meaning', "02 9f53 6a 02 'x' 00 ad 04 00 85 01", 'unknown-token', 10],
    ['a string without its end', "02 9f53 6a 00 4f 03 'abc'", 'truncated', 7],
    ['opaque data past the end', "02 9f53 6a 00 4f c3 05 'abc' 01", 'truncated', 6],
    ['opaque data of four gigabytes', '02 9f53 6a 00 4f c3 8fffffff7f 01', 'truncated', 6],
    ['a reference outside the string table', "02 9f53 6a 02 'x' 00 4f 83 02 01", 'bad-table-reference', 8],
    ['a reference when there is no table', '02 9f53 6a 00 4f 83 00 01', 'bad-table-reference', 6],
    ['a literal without a name', '02 9f53 6a 01 00 04 00', 'bad-table-reference', 6],
    ['bytes that are not UTF-8', "02 9f53 6a 00 4f 03 'abé' ff 00 01", 'malformed-text', 11],
    ['an overlong form', '02 9f53 6a 00 4f 03 c0af 00 01', 'malformed-text', 7],
    ['a surrogate in UTF-8', '02 9f53 6a 00 4f 03 41 eda080 00 01', 'malformed-text', 8],
    ['a sequence that is cut short', '02 9f53 6a 00 4f 03 41 f09f98 00 01', 'malformed-text', 8],
    ['a byte above 0x7F in US-ASCII', '02 9f53 03 00 4f 03 41 e9 00 01', 'malformed-text', 8],
    ['a lone surrogate in UTF-16', '02 9f53 87 77 00 4f 03 0041 d83d 0042 0000 01', 'malformed-text', 10],
    ['an entity that is a surrogate', '02 9f53 6a 00 4f 02 83b000 01', 'malformed-text', 6],
    ['an entity past the last character', '02 9f53 6a 00 4f 02 c48000 01', 'malformed-text', 6],
    ['entity 0', '02 9f53 6a 00 4f 02 00 01', 'malformed-text', 6],
    ['bytes after the root', '02 9f53 6a 00 2d 00', 'trailing-bytes', 6],
    ['a second root', '02 9f53 6a 00 2d 2d', 'trailing-bytes', 6],
    ['elements without an END', '02 9f53 6a 00 6d 6c', 'truncated', 7],
    ['elements too deep', '02 9f53 6a 00 6d 6d 2d 01 01', 'too-deep', 7, { maxDepth: 2 }],
    ['too many elements', '02 9f53 6a 00 6d 12 12 12 01', 'too-many-nodes', 8, { maxNodes: 3 }],
    ['too many bytes', '02 9f53 6a 00 2d', 'too-large', 5, { maxBytes: 5 }],
    [
      'too much text from the table',
      "02 9f53 6a 03 'abc' 4f 83 00 83 00 01",
      'too-much-table-text',
      11,
      { maxTableText: 5 },
    ],
  ];
  it.each(cases)('%s', (_, notation, code, offset, options) => {
    expect(fault(() => decodeWbxml(bytes(notation), options))).toEqual({ code, offset });
  });

  it('says the byte and the reason in its message', () => {
    expect(() => decodeWbxml(bytes('02 9f53 6a 00 6d 30 01'))).toThrow(
      'WBXML byte 6: tag token 0x30 on page 0 of syncml-1.1',
    );
  });
});

describe('hostile documents cost little', () => {
  it('stops 8 MiB of nested elements at the depth limit', () => {
    const input = new Uint8Array(8 * 1024 * 1024).fill(0x6d);
    input.set(bytes('02 9f53 6a 00'));
    expect(fault(() => decodeWbxml(input))).toEqual({ code: 'too-deep', offset: 5 + 64 });
  });

  it('stops 8 MiB of empty elements at the node limit', () => {
    const input = new Uint8Array(8 * 1024 * 1024).fill(0x12);
    input.set(bytes('02 9f53 6a 00 6d'));
    expect(fault(() => decodeWbxml(input)).code).toBe('too-many-nodes');
  });

  it('stops references that blow up a long table string', () => {
    const table = 1024 * 1024;
    const head = bytes('02 9f53 6a c0 80 00');
    const input = new Uint8Array(head.length + table + 1 + 200_000).fill(0x61);
    input.set(head);
    input[head.length + table] = 0x4f;
    for (let at = head.length + table + 1; at + 1 < input.length; at += 2) input.set([0x83, 0x00], at);
    expect(fault(() => decodeWbxml(input)).code).toBe('too-much-table-text');
  });

  it('does not look past the table for the end of its last string', () => {
    // 190,000 references, with no zero byte in the megabytes after the table.
    const head = bytes("02 9f53 6a 02 'xy' 4f");
    const references = 190_000;
    const input = new Uint8Array(8 * 1024 * 1024).fill(0x61);
    input.set(head);
    for (let i = 0; i < references; i++) input.set([0x83, 0x01], head.length + 2 * i);
    expect(fault(() => decodeWbxml(input)).code).toBe('too-deep');
  });
});
