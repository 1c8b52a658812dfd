import { describe, expect, it } from 'vitest';
import { create } from 'xmlbuilder2';
import { type Element, element, isElement } from '../../../src/wire/element.ts';
import { decodeXml } from '../../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../../src/wire/xml/encode-xml.ts';

const NS = 'SYNCML:SYNCML1.1';
const bare = (root: Element) => encodeXml(root, { declaration: false });

describe('encodeXml', () => {
  it('declares a namespace where it changes and nowhere else', () => {
    const tree = element('Meta', NS, [element('Type', 'syncml:metinf', ['x']), element('Data', NS), element('y', '')]);
    expect(encodeXml(tree)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Meta xmlns="SYNCML:SYNCML1.1"><Type xmlns="syncml:metinf">x</Type><Data/><y xmlns=""/></Meta>',
    );
  });

  it('writes a DOCTYPE when given one', () => {
    const doctype = { publicId: '-//SYNCML//DTD SyncML 1.1//EN', systemId: 'http://x/?a&b' };
    const xml = encodeXml(element('SyncML', ''), { doctype });
    expect(xml).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.1//EN" "http://x/?a&b"><SyncML/>',
    );
    expect(decodeXml(xml).root).toEqual(element('SyncML', ''));
  });

  it('indents for people without touching values', () => {
    const tree = element('a', '', [
      element('b', '', [' x ']),
      element('c', '', [element('d', '')]),
      element('e', '', ['t', element('f', '')]),
    ]);
    const xml = encodeXml(tree, { indent: true });
    expect(xml.split('\n')).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<a>',
      '  <b> x </b>',
      '  <c>',
      '    <d/>',
      '  </c>',
      '  <e>t<f/></e>',
      '</a>',
      '',
    ]);
    expect(decodeXml(xml).root).toEqual(tree);
  });

  it('escapes what markup would swallow', () => {
    const text = '<a> & "b" \'c\' ]]> &lt; \t\n\r\u{1f600}';
    const tree = element('x', '', [text], [{ name: 'y', value: text }]);
    expect(bare(tree)).toBe(
      '<x y="&lt;a&gt; &amp; &quot;b&quot; \'c\' ]]&gt; &amp;lt; &#9;&#10;&#13;\u{1f600}">' +
        '&lt;a&gt; &amp; "b" \'c\' ]]&gt; &amp;lt; \t\n&#13;\u{1f600}</x>',
    );
    expect(decodeXml(bare(tree)).root).toEqual(tree);
  });

  it('writes bytes as text when they are text, else in base64', () => {
    expect(bare(element('Data', '', [new TextEncoder().encode('<é>')]))).toBe('<Data>&lt;é&gt;</Data>');
    expect(bare(element('Data', '', [Uint8Array.of(0xff, 0xfe)]))).toBe('<Data>//4=</Data>');
    expect(bare(element('Data', '', [Uint8Array.of(0x41, 0x00)]))).toBe('<Data>QQA=</Data>');
  });

  it.each([
    ['U+0001', element('a', '', ['x\u0001'])],
    ['U+0000', element('a', '', [], [{ name: 'b', value: '\0' }])],
    ['U+FFFE', element('a', '', ['\ufffe'])],
    ['U+D800', element('a', '', ['x\ud800y'])],
    ['U+0001', element('a', 'urn:\u0001')],
    ['as a name', element('', '')],
    ['as a name', element('a b', '')],
    ['as a name', element('a><b', '')],
    ['as a name', element('p:a', '')],
    ['as a name', element('a', '', [], [{ name: 'b="1" c', value: '' }])],
  ])('refuses what XML cannot hold: %s', (reason, tree) => {
    expect(() => encodeXml(tree)).toThrow(
      expect.objectContaining({ name: 'XmlError', line: 0, column: 0, reason: expect.stringContaining(reason) }),
    );
  });

  it('refuses a tree too deep to walk', () => {
    let tree = element('a', '');
    for (let i = 0; i < 20_000; i++) tree = element('a', '', [tree]);
    expect(() => encodeXml(tree)).toThrow('deeper than 512');
  });

  it('agrees with xmlbuilder2 on a message', () => {
    const tree = decodeXml(
      '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><Meta><MaxMsgSize xmlns="syncml:metinf">16384</MaxMsgSize></Meta></SyncHdr><SyncBody><Add><CmdID>1</CmdID><Item><Data>a &lt; b</Data></Item></Add><Final/></SyncBody></SyncML>',
    ).root;
    type Builder = ReturnType<typeof create>;
    const write = (parent: Builder, { namespace, name, children }: Element) => {
      const built = parent.ele(namespace, name);
      for (const node of children) {
        if (isElement(node)) write(built, node);
        else built.txt(String(node));
      }
    };
    const document = create({ version: '1.0', encoding: 'UTF-8' });
    write(document, tree);
    expect(encodeXml(tree)).toBe(document.end());
  });
});
