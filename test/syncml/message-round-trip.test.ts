import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildCommand, buildMessage } from '../../src/syncml/build-message.ts';
import type { Encoding } from '../../src/syncml/media-type.ts';
import type { Message } from '../../src/syncml/message.ts';
import { parseMessage } from '../../src/syncml/parse-message.ts';
import { element } from '../../src/wire/element.ts';
import { decodeWbxml } from '../../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../../src/wire/wbxml/encode-wbxml.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { anyMessage, textMessage } from './arbitrary-message.ts';

function overTheWire(message: Message, encoding: Encoding): Message {
  const root = buildMessage(message, encoding);
  if (encoding === 'xml') return parseMessage(decodeXml(encodeXml(root)).root);
  const language = message.header.verDtd === '1.2' ? 'syncml-1.2' : 'syncml-1.1';
  return parseMessage(decodeWbxml(encodeWbxml(root, { language })).root);
}

const HEADER = {
  verDtd: '1.2',
  verProto: 'DM/1.2',
  sessionId: '1',
  msgId: '1',
  target: { uri: 'http://x/' },
  source: { uri: 'IMEI:1' },
};

describe('a message', () => {
  it('comes back from its Element tree as it was, octets included', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(parseMessage(buildMessage(message, 'wbxml'))).toEqual(message);
      }),
    );
  });

  it('comes back from WBXML as it was, octets included', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(overTheWire(message, 'wbxml')).toEqual(message);
      }),
    );
  });

  it('comes back from XML as it was when its values are text', () => {
    fc.assert(
      fc.property(textMessage, (message) => {
        expect(overTheWire(message, 'xml')).toEqual(message);
      }),
    );
  });

  it('carries octets through XML in base64, under the format that says so', () => {
    const octets = Uint8Array.of(0, 128, 255);
    const item = { target: { uri: './A' }, data: octets };
    const add = { name: 'Add' as const, cmdId: '1', meta: { format: 'bin', type: 'image/png' }, items: [item] };
    const message: Message = { header: HEADER, commands: [add], final: true };
    const expected = { target: { uri: './A' }, meta: { format: 'b64', type: 'image/png' }, data: 'AID/' };
    expect(overTheWire(message, 'xml').commands).toEqual([{ ...add, items: [expected] }]);
    expect(overTheWire(message, 'wbxml').commands).toEqual([add]);
  });

  it('carries XML inside Data as elements in XML and as text in WBXML, which may have no tokens for it', () => {
    const value = element('tree', 'http://example.org/', [element('leaf', 'http://example.org/', ['a & b'])]);
    const add = { name: 'Add' as const, cmdId: '1', items: [{ data: { elements: [value] } }] };
    const message: Message = { header: HEADER, commands: [add], final: false };
    expect(overTheWire(message, 'xml')).toEqual(message);
    const text = '<tree xmlns="http://example.org/"><leaf>a &amp; b</leaf></tree>';
    expect(overTheWire(message, 'wbxml').commands).toEqual([{ ...add, items: [{ data: text }] }]);
  });

  it('has each command measured as it stands in the body', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const body = buildMessage(message, 'xml').children[1];
        const commands = message.commands.map((command) => buildCommand(command, message.header, 'xml'));
        expect(typeof body === 'object' && 'children' in body ? body.children.slice(0, commands.length) : []).toEqual(
          commands,
        );
      }),
    );
  });
});
