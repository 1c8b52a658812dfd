import { buildMessage } from '../syncml/build-message.ts';
import type { Encoding } from '../syncml/media-type.ts';
import type { Message } from '../syncml/message.ts';
import { parseMessage } from '../syncml/parse-message.ts';
import { maskMessage } from '../syncml/secret-nodes.ts';
import { decodeWbxml } from '../wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../wire/wbxml/encode-wbxml.ts';
import { decodeXml } from '../wire/xml/decode-xml.ts';
import { encodeXml } from '../wire/xml/encode-xml.ts';

/**
 * Octets to message, whichever of the two encodings they are in.
 *
 * @throws WbxmlError, XmlError, SyncmlError
 */
export function decodeMessage(body: Uint8Array, encoding: Encoding): Message {
  // Some clients call their document's public id unknown; nothing but SyncML comes in here.
  const { root } = encoding === 'wbxml' ? decodeWbxml(body, { assumeLanguage: 'syncml-1.1' }) : decodeXml(body);
  return parseMessage(root);
}

export function encodeMessage(message: Message, encoding: Encoding): Uint8Array {
  const root = buildMessage(message, encoding);
  if (encoding === 'wbxml') {
    return encodeWbxml(root, { language: message.header.verDtd === '1.2' ? 'syncml-1.2' : 'syncml-1.1' });
  }
  return Buffer.from(encodeXml(root), 'utf8');
}

/**
 * What the message log keeps: the message without secrets, as WBXML of our own.
 *
 * @param own the octets of this message, if we have written them; they are kept as they are when nothing is secret
 */
export function encodeForLog(message: Message, encoding: Encoding, own?: Uint8Array): Uint8Array {
  const masked = maskMessage(message);
  return own !== undefined && masked === message && encoding === 'wbxml' ? own : encodeMessage(masked, 'wbxml');
}
