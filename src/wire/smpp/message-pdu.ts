import { splitUserData } from '../wap/udh.ts';
import { WapError } from '../wap/wap-error.ts';
import { SmppFrameError } from './smpp-frame-error.ts';

/** The mandatory fields of submit_sm and deliver_sm, which are the same (SMPP 3.4 sections 4.4.1, 4.6.1), or of data_sm. */
export interface MessagePdu {
  readonly source: string;
  readonly destination: string;
  readonly esmClass: number;
  readonly dataCoding: number;
  readonly registeredDelivery: number;
  /** As it was written: absolute or relative time, or empty (section 7.1.1). */
  readonly validityPeriod: string;
  /** With its length octet; empty when esm_class names no header. */
  readonly udh: Uint8Array;
  /** short_message, or message_payload where short_message is empty, less the header. Never converted to text. */
  readonly body: Uint8Array;
  /** Optional parameters by tag; the last one where a tag repeats. */
  readonly tlvs: ReadonlyMap<number, Buffer>;
}

export const TLV_RECEIPTED_MESSAGE_ID = 0x001e;
export const TLV_NETWORK_ERROR_CODE = 0x0423;
export const TLV_MESSAGE_PAYLOAD = 0x0424;
export const TLV_MESSAGE_STATE = 0x0427;

/** Has no short message, only message_payload (section 4.7.1). */
export const DATA_SM = 0x00000103;

/** esm_class: the user data begins with a header. */
export const ESM_UDHI = 0x40;
/** esm_class of deliver_sm, its message type bits: 1 is an SMSC delivery receipt. */
const ESM_TYPE_MASK = 0x3c;
const ESM_RECEIPT = 0x04;

const NOTHING = Buffer.alloc(0);

/** Whether a deliver_sm says that it is a receipt. */
export function isReceiptClass(esmClass: number): boolean {
  return (esmClass & ESM_TYPE_MASK) === ESM_RECEIPT;
}

/**
 * Reads the octets of a submit_sm, deliver_sm or data_sm as they stand.
 * @throws SmppFrameError `truncated`, `malformed`
 */
export function readMessagePdu(frame: Buffer): MessagePdu {
  let at = 16;
  const octet = (): number => {
    const value = frame[at];
    if (value === undefined) throw new SmppFrameError('truncated', `the message ends at octet ${at}`);
    at += 1;
    return value;
  };
  const cstring = (): string => {
    const end = frame.indexOf(0, at);
    if (end < 0) throw new SmppFrameError('truncated', `no end of the text at octet ${at}`);
    const text = frame.toString('latin1', at, end);
    at = end + 1;
    return text;
  };
  const bytes = (length: number): Buffer => {
    if (at + length > frame.length) throw new SmppFrameError('truncated', `${length} octets announced at octet ${at}`);
    at += length;
    return frame.subarray(at - length, at);
  };

  cstring(); // service_type
  at += 2;
  const source = cstring();
  at += 2;
  const destination = cstring();
  const esmClass = octet();
  const isData = frame.readUInt32BE(4) === DATA_SM;
  if (!isData) {
    at += 2; // protocol_id, priority_flag
    cstring(); // schedule_delivery_time
  }
  const validityPeriod = isData ? '' : cstring();
  const registeredDelivery = octet();
  if (!isData) octet(); // replace_if_present_flag
  const dataCoding = octet();
  if (!isData) octet(); // sm_default_msg_id
  const shortMessage = isData ? NOTHING : bytes(octet());
  const tlvs = new Map<number, Buffer>();
  while (at < frame.length) {
    const head = bytes(4);
    tlvs.set(head.readUInt16BE(0), bytes(head.readUInt16BE(2)));
  }
  const userData = shortMessage.length > 0 ? shortMessage : (tlvs.get(TLV_MESSAGE_PAYLOAD) ?? shortMessage);
  return {
    source,
    destination,
    esmClass,
    dataCoding,
    registeredDelivery,
    validityPeriod,
    tlvs,
    ...split(userData, esmClass),
  };
}

function split(userData: Buffer, esmClass: number): { udh: Uint8Array; body: Uint8Array } {
  if ((esmClass & ESM_UDHI) === 0) return { udh: new Uint8Array(), body: userData };
  try {
    return splitUserData(userData);
  } catch (error) {
    if (error instanceof WapError) throw new SmppFrameError('malformed', error.message);
    throw error;
  }
}
