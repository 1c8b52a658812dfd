import type { MessagePdu } from '../../wire/smpp/message-pdu.ts';
import { parsePackage0 } from '../../wire/wap/package0.ts';
import { decodeUdh, WAP_PUSH_PORT } from '../../wire/wap/udh.ts';
import { decodeWspPush, WSP_MEDIA } from '../../wire/wap/wsp-push.ts';

/** One line about a message for people; what cannot be read is told by its size. */
export function describeSms(pdu: Pick<MessagePdu, 'destination' | 'udh' | 'body'>): string {
  const to = `to ${pdu.destination}, ${pdu.udh.length + pdu.body.length} octets`;
  try {
    const { ports, concatenation } = decodeUdh(pdu.udh);
    const port = ports === undefined ? '' : `, port ${ports.destination}`;
    if (concatenation) return `${to}${port}, part ${concatenation.sequence} of ${concatenation.total}`;
    if (ports?.destination !== WAP_PUSH_PORT) return `${to}${port}`;
    const push = decodeWspPush(pdu.body);
    if (push.contentType.media !== WSP_MEDIA.syncmlNotification) return `${to}${port}, WAP push`;
    const { serverId, sessionId } = parsePackage0(push.body);
    return `${to}${port}, Package #0 of ${serverId} for session ${sessionId.toString(16).toUpperCase()}`;
  } catch {
    return `${to}, not readable as a WAP push`;
  }
}
