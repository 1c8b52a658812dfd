import { MESSAGE_STATES, type MessageState } from '../../domain/push.ts';
import type { DeliveryReceipt, IncomingSms } from '../../services/ports/sms-link.ts';
import {
  isReceiptClass,
  type MessagePdu,
  readMessagePdu,
  TLV_MESSAGE_STATE,
  TLV_NETWORK_ERROR_CODE,
  TLV_RECEIPTED_MESSAGE_ID,
} from '../../wire/smpp/message-pdu.ts';
import { parseReceiptText } from '../../wire/smpp/receipt-text.ts';

export type IncomingMessage =
  | { readonly kind: 'receipt'; readonly receipt: DeliveryReceipt }
  | { readonly kind: 'sms'; readonly sms: IncomingSms };

/**
 * Reads a deliver_sm or data_sm. It is a receipt when its esm_class says so, or when it names the message it is about in an
 * optional parameter, as some SMSCs leave esm_class 0. A receipt class without message or state is an ordinary message.
 * @throws SmppFrameError
 */
export function readIncomingMessage(frame: Buffer): IncomingMessage {
  const pdu = readMessagePdu(frame);
  const receipt = isReceiptClass(pdu.esmClass) || pdu.tlvs.has(TLV_RECEIPTED_MESSAGE_ID) ? receiptOf(pdu) : undefined;
  if (receipt !== undefined) return { kind: 'receipt', receipt };
  const { source, destination, udh, body, dataCoding, esmClass } = pdu;
  return { kind: 'sms', sms: { source, destination, udh, body, dataCoding, esmClass } };
}

/** Optional parameters go before the text: they have one meaning, the text many. */
function receiptOf(pdu: MessagePdu): DeliveryReceipt | undefined {
  const text = parseReceiptText(Buffer.from(pdu.body).toString('latin1'));
  const messageId = cstring(pdu.tlvs.get(TLV_RECEIPTED_MESSAGE_ID)) ?? text?.messageId;
  const state = stateOfCode(pdu.tlvs.get(TLV_MESSAGE_STATE)?.[0]) ?? stateOfText(text?.stat);
  if (messageId === undefined || messageId === '' || state === undefined) return undefined;
  const errorCode = networkError(pdu.tlvs.get(TLV_NETWORK_ERROR_CODE)) ?? text?.errorCode;
  return {
    messageId,
    state,
    destination: pdu.source,
    ...(errorCode === undefined ? {} : { errorCode }),
  };
}

function stateOfCode(code: number | undefined): MessageState | undefined {
  return MESSAGE_STATES.find((row) => row.code === code)?.name;
}

/** Some write the word in full: its first letters decide. */
function stateOfText(stat: string | undefined): MessageState | undefined {
  if (stat === undefined) return undefined;
  if (/^\d$/.test(stat)) return stateOfCode(Number(stat));
  if (stat === 'FAILED') return 'undeliverable';
  return MESSAGE_STATES.find((row) => stat.startsWith(row.stat.slice(0, 5)))?.name;
}

/** Network type and a 16-bit code (SMPP 3.4 section 5.3.2.31). */
function networkError(octets: Buffer | undefined): string | undefined {
  return octets?.length === 3 ? String(octets.readUInt16BE(1)) : undefined;
}

function cstring(octets: Buffer | undefined): string | undefined {
  if (octets === undefined) return undefined;
  const end = octets.indexOf(0);
  return octets.toString('latin1', 0, end < 0 ? octets.length : end);
}
