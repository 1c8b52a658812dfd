import { buildMessage } from '../../syncml/build-message.ts';
import type { Encoding } from '../../syncml/media-type.ts';
import type { Message } from '../../syncml/message.ts';
import { parseMessage } from '../../syncml/parse-message.ts';
import { decodeWbxml } from '../../wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../../wire/wbxml/encode-wbxml.ts';
import { decodeXml } from '../../wire/xml/decode-xml.ts';
import { encodeXml } from '../../wire/xml/encode-xml.ts';

/** @throws WbxmlError or XmlError when a value cannot be written in this encoding */
export function encodeMessage(message: Message, encoding: Encoding): Uint8Array {
  const root = buildMessage(message, encoding);
  if (encoding === 'xml') return Buffer.from(encodeXml(root), 'utf8');
  return encodeWbxml(root, { language: message.header.verDtd === '1.2' ? 'syncml-1.2' : 'syncml-1.1' });
}

/** @throws WbxmlError, XmlError or SyncmlError */
export function decodeMessage(bytes: Uint8Array, encoding: Encoding): Message {
  return parseMessage((encoding === 'xml' ? decodeXml(bytes) : decodeWbxml(bytes)).root);
}

/** For people: indented XML, whatever the message was sent as, with the credentials masked. */
export function showMessage(message: Message): string {
  const { header } = message;
  const masked = header.cred === undefined ? header : { ...header, cred: { ...header.cred, data: '***' } };
  return encodeXml(buildMessage({ ...message, header: masked }, 'xml'), { indent: true, declaration: false });
}
