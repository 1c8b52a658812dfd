import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../src/syncml/parse-message.ts';
import { SyncmlError } from '../../src/syncml/syncml-error.ts';
import { type Element, element, type Node } from '../../src/wire/element.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';

const HEADER =
  '<SyncHdr><VerDTD>1.1</VerDTD><VerProto>DM/1.1</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>' +
  '<Target><LocURI>http://server/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source></SyncHdr>';
const parse = (xml: string) => parseMessage(decodeXml(xml).root);
const parseBody = (body: string) => parse(`<SyncML>${HEADER}<SyncBody>${body}</SyncBody></SyncML>`);

function faultOf(xml: string): { code: string; path: string } {
  try {
    parse(xml);
  } catch (error) {
    if (error instanceof SyncmlError) return { code: error.code, path: error.path };
    throw error;
  }
  throw new Error('it was parsed');
}

describe('what an answer depends on', () => {
  it.each([
    ['<Other/>', 'not-syncml', 'Other'],
    ['<SyncML><SyncBody/></SyncML>', 'missing', 'SyncML/SyncHdr'],
    [`<SyncML>${HEADER}</SyncML>`, 'missing', 'SyncML/SyncBody'],
    [`<SyncML>${HEADER.replace(/<MsgID>.*?<\/MsgID>/, '')}<SyncBody/></SyncML>`, 'missing', 'SyncML/SyncHdr/MsgID'],
    [`<SyncML>${HEADER.replace('IMEI:1', ' ')}<SyncBody/></SyncML>`, 'missing', 'SyncML/SyncHdr/Source/LocURI'],
    [
      `<SyncML>${HEADER.replace(/<Target>.*<\/Target>/, '')}<SyncBody/></SyncML>`,
      'missing',
      'SyncML/SyncHdr/Target/LocURI',
    ],
    [`<SyncML>${HEADER}<SyncBody><Alert/></SyncBody></SyncML>`, 'missing', 'SyncML/SyncBody/Alert[1]/CmdID'],
    [
      `<SyncML>${HEADER}<SyncBody><Final/><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><Cmd>Add</Cmd></Status></SyncBody></SyncML>`,
      'missing',
      'SyncML/SyncBody/Status[1]/CmdRef',
    ],
    [
      `<SyncML>${HEADER}<SyncBody><Atomic><CmdID>1</CmdID><Put><CmdID>2</CmdID></Put></Atomic></SyncBody></SyncML>`,
      'invalid',
      'SyncML/SyncBody/Atomic[1]',
    ],
  ])('is asked for: %s', (xml, code, path) => {
    expect(faultOf(xml)).toEqual({ code, path });
  });

  it('stands not too deep', () => {
    const nested = (depth: number): string =>
      depth === 0 ? '' : `<Sequence><CmdID>1</CmdID>${nested(depth - 1)}</Sequence>`;
    expect(parseBody(nested(17)).commands).toHaveLength(1);
    expect(() => parseBody(nested(18))).toThrow('nested too deeply');
  });
});

describe('what a device may do differently', () => {
  it('is to leave out Meta, Type and the header of a Results', () => {
    expect(
      parseBody(
        '<Replace><CmdID>1</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>x</Data></Item></Replace>' +
          '<Results><CmdID>2</CmdID><CmdRef>3</CmdRef><Item/></Results>',
      ).commands,
    ).toEqual([
      { name: 'Replace', cmdId: '1', items: [{ source: { uri: './DevInfo/Man' }, data: 'x' }] },
      { name: 'Results', cmdId: '2', cmdRef: '3', items: [{}] },
    ]);
  });

  it('is to send commands and children nobody knows', () => {
    expect(parseBody('<Put><CmdID>1</CmdID></Put><Get><CmdID>2</CmdID><Lang>en</Lang></Get>').commands).toEqual([
      { name: 'Unknown', cmdId: '1', element: 'Put' },
      { name: 'Get', cmdId: '2', items: [] },
    ]);
  });

  it('is to write no number where one belongs', () => {
    const [alert, status] = parseBody(
      '<Alert><CmdID>1</CmdID><Data>x</Data></Alert>' +
        '<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>-200</Data></Status>',
    ).commands;
    expect(alert).toMatchObject({ name: 'Alert', code: Number.NaN });
    expect(status).toMatchObject({ name: 'Status', code: Number.NaN });
  });

  it('is to give sizes that are huge or nonsense', () => {
    const meta = (text: string) =>
      parse(
        `<SyncML>${HEADER.replace('</SyncHdr>', `<Meta><MaxMsgSize>${text}</MaxMsgSize></Meta></SyncHdr>`)}<SyncBody/></SyncML>`,
      ).header.meta;
    expect(meta('4294967295')).toEqual({ maxMsgSize: 4_294_967_295 });
    expect(meta(' 512 ')).toEqual({ maxMsgSize: 512 });
    for (const nonsense of ['', '-1', '1e3', '9'.repeat(16)]) expect(meta(nonsense)).toEqual({});
  });

  it('is to write text as octets; only what is no text, or is called bin, stays octets', () => {
    const dataOf = (octets: Uint8Array, ...meta: Node[]) => {
      const root = decodeXml(`<SyncML>${HEADER}<SyncBody><Add><CmdID>1</CmdID></Add></SyncBody></SyncML>`).root;
      const item = element('Item', '', [element('Meta', '', meta), element('Data', '', [octets])]);
      const withItem = (el: Element): Element =>
        el.name === 'Add'
          ? { ...el, children: [...el.children, item] }
          : { ...el, children: el.children.map((child) => (isElementNode(child) ? withItem(child) : child)) };
      const [add] = parseMessage(withItem(root)).commands;
      return add?.name === 'Add' ? add.items[0]?.data : undefined;
    };
    const grün = new Uint8Array(Buffer.from('grün'));
    expect(dataOf(grün)).toBe('grün');
    expect(dataOf(grün, element('Format', '', ['bin']))).toEqual(grün);
    expect(dataOf(Uint8Array.of(0xc3))).toEqual(Uint8Array.of(0xc3));
  });
});

function isElementNode(node: Node): node is Element {
  return typeof node === 'object' && 'name' in node;
}

describe('any tree', () => {
  it('is parsed or refused with a SyncmlError', () => {
    const names = [
      'SyncML',
      'SyncHdr',
      'SyncBody',
      'CmdID',
      'Status',
      'Atomic',
      'Item',
      'Data',
      'Meta',
      'LocURI',
      'Target',
      'Cred',
      'Final',
    ];
    const { tree } = fc.letrec<{ tree: Element; node: Node }>((tie) => ({
      tree: fc
        .tuple(fc.constantFrom(...names), fc.array(tie('node'), { maxLength: 5 }))
        .map(([name, children]) => element(name, '', children)),
      node: fc.oneof({ depthSize: 'medium' }, fc.string(), fc.uint8Array(), tie('tree')),
    }));
    const header = decodeXml(HEADER).root;
    fc.assert(
      fc.property(tree, fc.array(tree, { maxLength: 3 }), (root, commands) => {
        const whole = element('SyncML', '', [header, element('SyncBody', '', commands)]);
        for (const candidate of [root, whole]) {
          try {
            parseMessage(candidate);
          } catch (error) {
            expect(error).toBeInstanceOf(SyncmlError);
          }
        }
      }),
    );
  });
});
