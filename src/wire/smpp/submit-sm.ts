import { PDU_HEADER_OCTETS } from './pdu-framer.ts';

export const SUBMIT_SM = 0x00000004;
/** SMPP 3.4 section 5.2.19: octets, unspecified (8-bit binary). */
export const DATA_CODING_8BIT = 0x04;

interface SmppAddress {
  readonly ton: number;
  readonly npi: number;
  /** Latin 1, at most 20 characters. */
  readonly addr: string;
}

/** What is the same in every submit_sm of a link. Texts are Latin 1. */
export interface SubmitSmTemplate {
  readonly serviceType: string;
  readonly source: SmppAddress;
  /** Empty, or absolute or relative time (section 7.1.1). */
  readonly validityPeriod: string;
  readonly registeredDelivery: number;
}

/** Octets before and after the destination, and after esm_class, ready to be copied. */
export interface SubmitSmFrame {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** @see encodeSubmitSm */
export function submitSmFrame({
  serviceType,
  source,
  validityPeriod,
  registeredDelivery,
}: SubmitSmTemplate): SubmitSmFrame {
  const cstring = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1');
  return {
    head: Buffer.concat([cstring(serviceType), Buffer.from([source.ton, source.npi]), cstring(source.addr)]),
    // protocol_id, priority_flag, schedule_delivery_time; replace_if_present, data_coding, sm_default_msg_id.
    tail: Buffer.concat([
      Buffer.from([0, 0, 0]),
      cstring(validityPeriod),
      Buffer.from([registeredDelivery, 0, DATA_CODING_8BIT, 0]),
    ]),
  };
}

/**
 * A submit_sm (SMPP 3.4 section 4.4.1) of binary data, its sequence number 0.
 * @param userData header and body, at most 254 octets together
 */
export function encodeSubmitSm(
  { head, tail }: SubmitSmFrame,
  destination: SmppAddress,
  esmClass: number,
  udh: Uint8Array,
  body: Uint8Array,
): Buffer {
  const { addr } = destination;
  const userData = udh.length + body.length;
  if (userData > 254) throw new RangeError(`user data of ${userData} octets; short_message takes 254`);
  const length = PDU_HEADER_OCTETS + head.length + 2 + addr.length + 1 + 1 + tail.length + 1 + userData;
  const frame = Buffer.allocUnsafe(length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(SUBMIT_SM, 4);
  frame.writeUInt32BE(0, 8);
  frame.writeUInt32BE(0, 12);
  let at = PDU_HEADER_OCTETS;
  at += head.copy(frame, at);
  frame[at++] = destination.ton;
  frame[at++] = destination.npi;
  at += frame.write(addr, at, 'latin1');
  frame[at++] = 0;
  frame[at++] = esmClass;
  at += tail.copy(frame, at);
  frame[at++] = userData;
  frame.set(udh, at);
  frame.set(body, at + udh.length);
  return frame;
}
