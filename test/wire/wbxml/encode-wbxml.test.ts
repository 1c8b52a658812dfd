import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { element, NO_ATTRIBUTES } from '../../../src/wire/element.ts';
import { decodeWbxml } from '../../../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml, type WbxmlEncodeOptions } from '../../../src/wire/wbxml/encode-wbxml.ts';
import { WbxmlError } from '../../../src/wire/wbxml/wbxml-error.ts';

const NS_1_1 = 'SYNCML:SYNCML1.1';
const METINF = 'syncml:metinf';

function encode(root: ReturnType<typeof element>, options: Partial<WbxmlEncodeOptions> = {}): string {
  return Buffer.from(encodeWbxml(root, { language: 'syncml-1.1', ...options })).toString('hex');
}

const text = (value: string) => Buffer.from(value, 'utf8').toString('hex');

describe('encodeWbxml', () => {
  it('writes the header that devices write: WBXML 1.2, the public number, UTF-8, no string table', () => {
    expect(encode(element('SyncML', NS_1_1))).toBe('029f536a002d');
    expect(encode(element('SyncML', 'SYNCML:SYNCML1.0'), { language: 'syncml-1.0' })).toBe('029f516a002d');
    expect(encode(element('SyncML', 'SYNCML:SYNCML1.2'), { language: 'syncml-1.2', version: '1.3' })).toBe(
      '03a4016a002d',
    );
    expect(encode(element('DevInf', 'syncml:devinf'), { language: 'devinf-1.1', version: '1.1' })).toBe('019f546a000a');
  });

  it('writes the public identifier as text when asked, as the SyncML example does', () => {
    expect(encode(element('SyncML', NS_1_1), { publicIdStyle: 'text' })).toBe(
      `0200006a1d${text('-//SYNCML//DTD SyncML 1.1//EN')}2d`,
    );
    expect(encode(element('SyncML', NS_1_1), { publicIdStyle: 'unknown' })).toBe('02016a002d');
    expect(encode(element('MgmtTree', 'syncml:dmddf1.2'), { language: 'dm-ddf-1.2' })).toBe(
      `0200006a1a${text('-//OMA//DTD-DM-DDF 1.2//EN')}000220`,
    );
  });

  it('switches the code page where the namespace changes and only there', () => {
    const meta = element('Meta', NS_1_1, [element('Format', METINF, ['b64']), element('Type', METINF, ['x'])]);
    expect(encode(element('Cred', NS_1_1, [meta, element('Data', NS_1_1, ['d'])]))).toBe(
      `029f536a004e5a00014703${text('b64')}00015303${text('x')}000101 00004f03${text('d')}000101`.replace(' ', ''),
    );
  });

  it('finds the page of an element without namespace: its parent’s first, else the one that knows the name', () => {
    const bare = element('Cred', '', [
      element('Meta', '', [element('Format', ''), element('Type', '')]),
      element('Data', ''),
    ]);
    const full = element('Cred', NS_1_1, [
      element('Meta', NS_1_1, [element('Format', METINF), element('Type', METINF)]),
      element('Data', NS_1_1),
    ]);
    expect(encode(bare)).toBe(encode(full));
    // Format is known on pages 1 and 2 of SyncML 1.2; inside a tree, page 2 is the parent's.
    const tree = element('MgmtTree', 'syncml:dmddf1.2', [element('Format', '')]);
    expect(encode(tree, { language: 'syncml-1.2' })).toBe('02a4016a00000260' + '1c01');
  });

  it('writes names it has no token for as literals, each once in the string table', () => {
    const odd = element('Odd', NS_1_1, ['a'], [{ name: 'x', value: 'v' }]);
    const bytes = encodeWbxml(element('SyncML', NS_1_1, [odd, odd, element('Plain', '')]), { language: 'syncml-1.1' });
    expect(Buffer.from(bytes).toString('hex')).toBe(
      `029f536a0c${text('Odd\0x\0Plain\0')}6dc400 0404 03${text('v')}00 01 03${text('a')}0001c400 0404 03${text('v')}00 01 03${text('a')}00010406 01`.replaceAll(
        ' ',
        '',
      ),
    );
    expect(decodeWbxml(bytes).root).toEqual(element('SyncML', NS_1_1, [odd, odd, element('Plain', NS_1_1)]));
  });

  it('writes bytes as OPAQUE, and text with U+0000 too', () => {
    expect(encode(element('Data', NS_1_1, [Uint8Array.of(1, 0, 255)]))).toBe('029f536a004fc3030100ff01');
    expect(encode(element('Data', NS_1_1, ['a\0é']))).toBe('029f536a004fc3046100c3a901');
    const long = new Uint8Array(300).fill(7);
    expect(encode(element('Data', NS_1_1, [long]))).toBe(`029f536a004fc3822c${'07'.repeat(300)}01`);
  });

  it('writes no content for empty strings', () => {
    expect(encode(element('Data', NS_1_1, ['']))).toBe('029f536a000f');
    expect(encode(element('Data', NS_1_1, ['', '']))).toBe('029f536a004f01');
  });

  it('grows with the document and returns memory of its own', () => {
    const big = 'é'.repeat(60_000);
    const first = encodeWbxml(element('Data', NS_1_1, [big, new Uint8Array(5_000)]), { language: 'syncml-1.1' });
    encodeWbxml(element('Data', NS_1_1, ['other']), { language: 'syncml-1.1' });
    expect(decodeWbxml(first).root.children).toEqual([big, new Uint8Array(5_000)]);
    expect(first.buffer.byteLength).toBe(first.length);
  });

  it('tokenises attributes of a provisioning document as Kannel 1.4.5 does (captured from sendota)', () => {
    const parm = (name: string, value: string) =>
      element(
        'parm',
        '',
        [],
        [
          { name: 'name', value: name },
          { name: 'value', value },
        ],
      );
    const document = element(
      'wap-provisioningdoc',
      '',
      [
        element(
          'characteristic',
          '',
          [
            parm('NAPID', 'n1'),
            parm('NAME', 'n'),
            parm('NAP-ADDRESS', 'APN'),
            parm('NAP-ADDRTYPE', 'APN'),
            parm('BEARER', 'GSM-GPRS'),
          ],
          [{ name: 'type', value: 'NAPDEF' }],
        ),
      ],
      [{ name: 'version', value: '1.0' }],
    );
    const hex = encode(document, { language: 'prov-1.0', version: '1.3' });
    expect(hex).toBe(
      '030b6a00c54601c65501871106036e310001870706036e0001870806890187090689018710 06ab010101'.replace(' ', ''),
    );
    expect(decodeWbxml(Buffer.from(hex, 'hex')).root).toEqual(document);
  });

  it('switches attribute pages apart from tag pages', () => {
    const application = element(
      'characteristic',
      '',
      [element('parm', '', [], [{ name: 'name', value: 'APPID' }])],
      [{ name: 'type', value: 'APPLICATION' }],
    );
    const hex = encode(application, { language: 'prov-1.0', version: '1.3' });
    expect(hex).toBe('030b6a00c6000155018736' + '0101');
    expect(decodeWbxml(Buffer.from(hex, 'hex')).root).toEqual(application);
  });

  it.each([
    ['unknown-namespace', element('x', 'http://example.org/')],
    ['unencodable', element('Data', NS_1_1, ['a\ud800b'])],
    ['unencodable', element('a\0b', NS_1_1)],
    ['unencodable', element('Data', NS_1_1, [], [{ name: 'x', value: 'a\0' }])],
    ['unencodable', element('Data', NS_1_1, [], [{ name: 'x', value: '\udc00' }])],
  ] as const)('refuses what WBXML cannot say: %s', (code, root) => {
    expect(() => encodeWbxml(root, { language: 'syncml-1.1' })).toThrow(
      expect.objectContaining({ name: 'WbxmlError', code }),
    );
  });

  it('refuses a tree too deep to walk', () => {
    let tree = element('Item', NS_1_1);
    for (let i = 0; i < 20_000; i++) tree = { ...tree, attributes: NO_ATTRIBUTES, children: [tree] };
    expect(() => encodeWbxml(tree, { language: 'syncml-1.1' })).toThrow(WbxmlError);
  });

  it('is none the worse for an encoding that failed', () => {
    expect(() => encodeWbxml(element('x', 'urn:x'), { language: 'syncml-1.1' })).toThrow();
    expect(encode(element('SyncML', NS_1_1))).toBe('029f536a002d');
  });
});
