import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { childElements, type Element, element } from '../../../src/wire/element.ts';
import { decodeXml, type XmlDecodeOptions } from '../../../src/wire/xml/decode-xml.ts';
import { XmlError } from '../../../src/wire/xml/xml-error.ts';

const root = (xml: string | Uint8Array, options?: XmlDecodeOptions): Element => decodeXml(xml, options).root;

function fault(xml: string | Uint8Array, options?: XmlDecodeOptions): [line: number, column: number, reason: string] {
  try {
    decodeXml(xml, options);
  } catch (error) {
    if (error instanceof XmlError) return [error.line, error.column, error.reason];
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('decodeXml', () => {
  it('resolves namespaces and keeps neither prefixes nor their declarations', () => {
    expect(
      root('<SyncML xmlns="SYNCML:SYNCML1.1"><m:Type xmlns:m="syncml:metinf" a="1" m:b="2">x</m:Type></SyncML>'),
    ).toEqual(
      element('SyncML', 'SYNCML:SYNCML1.1', [
        element(
          'Type',
          'syncml:metinf',
          ['x'],
          [
            { name: 'a', value: '1' },
            { name: 'b', value: '2' },
          ],
        ),
      ]),
    );
    expect(root('<a xmlns="urn:x"><b xmlns=""/></a>')).toEqual(element('a', 'urn:x', [element('b', '')]));
    expect(root('<a xml:lang="de"/>').attributes).toEqual([{ name: 'xml:lang', value: 'de' }]);
  });

  it('joins text, CDATA and references, and drops comments and processing instructions', () => {
    expect(root('<a>x<!-- c --><![CDATA[<y>]]>&amp;&#x1F600;<?pi d?>&#13;z</a>').children).toEqual([
      'x<y>&\u{1f600}\rz',
    ]);
    expect(root('<!-- c --><?p?><a/><!-- d -->\n<?q?>')).toEqual(element('a', ''));
  });

  it('drops indentation between elements and keeps white space that is a value', () => {
    expect(root('<a>\n  <b> </b>\r\n  <c>\t</c>\n</a>')).toEqual(
      element('a', '', [element('b', '', [' ']), element('c', '', ['\t'])]),
    );
    expect(root('<a> x <b/>\n</a>').children).toEqual([' x ', element('b', '')]);
    expect(root('<a>  \n </a>').children).toEqual(['  \n ']);
  });

  it('reads line ends as XML says', () => {
    expect(root('<a b="1\n2\t3&#10;4">x\r\ny\rz</a>')).toEqual(
      element('a', '', ['x\ny\nz'], [{ name: 'b', value: '1 2 3\n4' }]),
    );
  });

  it('accepts a DOCTYPE that names a DTD, a byte order mark, and UTF-8 or US-ASCII declared', () => {
    const doctype = '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD [x] SyncML 1.1//EN" "http://www.syncml.org/x.dtd">';
    for (const head of ['', '\ufeff', '<?xml version="1.0"?>', '\ufeff<?xml version="1.0" encoding="utf-8"?>\n']) {
      expect(root(`${head}${doctype}<SyncML/>`)).toEqual(element('SyncML', ''));
      expect(root(Buffer.from(`${head}${doctype}<SyncML/>`))).toEqual(element('SyncML', ''));
    }
    expect(root(`<?xml version='1.0' encoding='US-ASCII' standalone='yes'?>${doctype}<SyncML/>`).name).toBe('SyncML');
  });

  it('lets an internal subset through that declares nothing, when asked to', () => {
    const read = (subset: string) => root(`<!DOCTYPE a PUBLIC "p[" 's]'${subset}><a>x</a>`, { harmlessSubset: true });
    for (const subset of ['', '[]', ' [ <?ver supported="1.2"?>\r\n<!-- <!ENTITY b "c"> --> ] ', "[<?x '?>]"]) {
      expect(read(subset).children).toEqual(['x']);
    }
    for (const subset of [
      '[<!ENTITY b "c">]',
      '[<?x?><!ELEMENT a ANY>]',
      '[%b;]',
      '[<?x?> y]',
      '[<!-->]',
      '[<!ATTLIST a>',
    ]) {
      expect(() => read(subset)).toThrow(XmlError);
    }
    expect(() => root('<!DOCTYPE a [<?x?>]><a/>')).toThrow(/internal subset/);
    expect(() => root('<!DOCTYPE a [<?x?>]><a>&b;</a>', { harmlessSubset: true })).toThrow(/undefined entity/);
    expect(() => root('<!DOCTYPE a [<?x?>', { harmlessSubset: true })).toThrow(XmlError);
  });

  it('looks at an internal subset in one pass, however it is filled', () => {
    const filled = (subset: string) => root(`<!DOCTYPE a [${subset}]><a/>`, { harmlessSubset: true });
    expect(filled('<?x?> '.repeat(200_000)).name).toBe('a');
    expect(() => filled(`${'<?x?>'.repeat(200_000)}<`)).toThrow(XmlError);
    expect(() => filled(`${' '.repeat(1_000_000)}y`)).toThrow(/internal subset/);
  });

  it('reads bytes that are a view into something larger', () => {
    const whole = Buffer.from('garbage<a>é</a>garbage');
    expect(root(new Uint8Array(whole.buffer, whole.byteOffset + 7, 9)).children).toEqual(['é']);
  });
});

describe('positions', () => {
  const lines = ['<?xml version="1.0"?>', '<a>', '  <b', '     x="1"/>', '\t\u{1f600}<c/>é<d></d>', '</a>'];

  it.each([
    ['\n', 'line feeds'],
    ['\r\n', 'carriage return and line feed'],
    ['\r', 'carriage returns'],
  ])('are those of the < of the start tag, with %j', (lineEnd) => {
    const { root, positionOf } = decodeXml(lines.join(lineEnd), { positions: true });
    expect(positionOf(root)).toEqual({ line: 2, column: 1 });
    expect(childElements(root).map((child) => [child.name, positionOf(child)])).toEqual([
      ['b', { line: 3, column: 3 }],
      ['c', { line: 5, column: 3 }],
      ['d', { line: 5, column: 8 }],
    ]);
  });

  it('hold behind a byte order mark', () => {
    const { root, positionOf } = decodeXml(Buffer.from('\ufeff<a/>'), { positions: true });
    expect(positionOf(root)).toEqual({ line: 1, column: 1 });
  });

  it('are known only when asked for, and only for elements of the document', () => {
    const plain = decodeXml('<a/>');
    expect(plain.positionOf(plain.root)).toBeUndefined();
    expect(decodeXml('<a/>', { positions: true }).positionOf(element('a', ''))).toBeUndefined();
  });
});

describe('what decodeXml refuses, with line, column and reason', () => {
  const cases: readonly [string, string | Uint8Array, number, number, RegExp, XmlDecodeOptions?][] = [
    ['nothing at all', '', 1, 1, /root element/],
    ['text alone', 'hello', 1, 5, /outside of root/],
    ['a start tag without its end', '<a>\n<b>', 2, 3, /unclosed tag: b/],
    ['an end tag of another name', '<a>\n<b></a>', 2, 7, /<\/b> is to come first/],
    ['a second root', '<a/>\n<b/>', 2, 3, /only one root/],
    ['text after the root', '<a/>\nx', 2, 1, /outside of root/],
    ['an attribute given twice', '<a b="1"\n b="2"/>', 2, 8, /duplicate attribute/],
    ['an attribute without quotes', '<a b=1/>', 1, 6, /unquoted/],
    ['a prefix that is not declared', '<x:a/>', 1, 6, /unbound namespace prefix/],
    ['an attribute of the same name in two namespaces', '<a xmlns:x="urn:x" b="1" x:b="2"/>', 1, 34, /two namespaces/],
    ['an entity that is not predefined', '<a>&nbsp;</a>', 1, 9, /undefined entity/],
    ['a reference to a character XML does not have', '<a>&#0;</a>', 1, 7, /malformed character entity/],
    ['a control character', '<a>\n\u0001</a>', 2, 1, /disallowed character/],
    ['a lone surrogate', '<a>\ud800</a>', 1, 4, /lone surrogate/],
    ['a bare ampersand', '<a>a & b;</a>', 1, 9, /disallowed character in entity name/],
    ['a bare less-than sign in an attribute', '<a b="<"/>', 1, 7, /disallowed character/],
    ['XML 1.1', '<?xml version="1.1"?><a/>', 1, 21, /version 1\.1/],
    ['ISO-8859-1', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 1, 43, /encoding ISO-8859-1/],
    ['UTF-16 with a mark', Buffer.from('\ufeff<a/>', 'utf16le'), 1, 1, /UTF-16/],
    ['UTF-16 without one', Buffer.from('<a/>', 'utf16le'), 1, 1, /UTF-16/],
    [
      'bytes that are not UTF-8',
      Buffer.from('<a>\r\né\u{1f600}\xff</a>'.replace('\xff', '\u0000')),
      2,
      3,
      /disallowed/,
    ],
    ['an internal subset', '<!DOCTYPE a [\n<!ENTITY x "y">\n]>\n<a>&x;</a>', 3, 2, /internal subset/],
    [
      'an external entity',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      1,
      54,
      /internal subset/,
    ],
    ['an internal subset behind identifiers', `<!DOCTYPE a PUBLIC "p" 's' []><a/>`, 1, 30, /internal subset/],
    ['elements too deep', '<a><b><c/></b></a>', 1, 9, /deeper than 2/, { maxDepth: 2 }],
    ['too many bytes', '<abc/>', 1, 1, /more than 5 octets/, { maxBytes: 5 }],
    ['too many nodes', '<a><b/><b/></a>', 1, 11, /more elements/, { maxNodes: 2 }],
    ['too many attributes', '<a b="" c="" d=""/>', 1, 17, /more than 2 attributes/, { maxAttributes: 2 }],
    ['an attribute too long', '<a b="123"/>', 1, 10, /longer than 2 characters/, { maxAttributeLength: 2 }],
  ];
  it.each(cases)('%s', (_, xml, line, column, reason, options) => {
    expect(fault(xml, options)).toEqual([line, column, expect.stringMatching(reason)]);
  });

  it('bytes that are not UTF-8, at the character they stand for', () => {
    const bytes = Buffer.concat([Buffer.from('<a>\r\né\u{1f600}'), Uint8Array.of(0xff), Buffer.from('</a>')]);
    expect(fault(bytes)).toEqual([2, 3, 'bytes that are not UTF-8']);
  });

  it('an entity bomb, before it can expand', () => {
    const lols = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('\n');
    expect(fault(`<!DOCTYPE l [<!ENTITY l0 "lol">\n${lols}]><l>&l9;</l>`)[2]).toMatch(/internal subset/);
  });
});

describe('hostile documents cost little', () => {
  const eight = 8 * 1024 * 1024;
  it.each([
    ['8 MiB of start tags', '<a>'.repeat(eight / 3), /deeper than 64/],
    ['8 MiB of empty elements', `<a>${'<b/>'.repeat(eight / 4 - 4)}`, /more elements/],
    [
      '8 MiB of attributes',
      `<a ${Array.from({ length: 700_000 }, (_, i) => `a${i}=""`).join(' ')}`,
      /more than 64 attributes/,
    ],
    ['8 MiB of one attribute', `<a b="${'x'.repeat(eight - 100)}"/>`, /longer than/],
    ['8 MiB of one name', `<${'a'.repeat(eight - 100)}`, /root element|unclosed tag/],
    [
      '8 MiB of an unfinished DOCTYPE',
      `<!DOCTYPE a [${'<!--'.repeat(eight / 4 - 10)}`,
      /root element|unexpected end|malformed/,
    ],
    ['8 MiB of references', `<a>${'&#65;'.repeat(1_600_000)}</a>`, /more references/],
    ['8 MiB of comments', `<a>${'<!---->x'.repeat(1_000_000)}</a>`, /more elements/],
  ])('%s', (_, xml, reason) => {
    let outcome = '';
    try {
      decodeXml(xml);
    } catch (error) {
      expect(error).toBeInstanceOf(XmlError);
      outcome = (error as XmlError).reason;
    }
    expect(outcome).toMatch(reason);
  });
});
