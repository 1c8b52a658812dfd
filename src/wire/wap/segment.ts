import { encodeUdh } from './udh.ts';
import { WapError } from './wap-error.ts';

/** User data of one short message in 8-bit coding, header included (3GPP TS 23.040 section 9.2.3.16). */
export const SMS_OCTETS = 140;
/** Most short messages that one payload may take: the part number has 8 bits. */
export const MAX_PARTS = 255;

/** One short message's user data. */
export interface Segment {
  /** With its length octet. */
  readonly udh: Uint8Array;
  readonly body: Uint8Array;
}

export interface SegmentOptions {
  readonly destinationPort: number;
  readonly sourcePort: number;
  /** 0…255; tells the parts of one payload from those of another to the same device. */
  readonly reference: number;
}

/**
 * Cuts a payload into short messages addressed to a port: one with up to 133 octets, else parts of 128.
 * @throws WapError `too-large` beyond 255 parts, `malformed` for a port or reference out of range
 */
export function segmentSms(payload: Uint8Array, options: SegmentOptions): readonly Segment[] {
  const ports = { destination: options.destinationPort, source: options.sourcePort };
  const single = encodeUdh({ ports, others: [] });
  if (payload.length <= SMS_OCTETS - single.length) return [{ udh: single, body: payload }];

  const header = (total: number, sequence: number) =>
    encodeUdh({
      ports,
      concatenation: { reference: options.reference, referenceBits: 8, total, sequence },
      others: [],
    });
  const room = SMS_OCTETS - header(1, 1).length;
  const total = Math.ceil(payload.length / room);
  if (total > MAX_PARTS) {
    throw new WapError('too-large', `${payload.length} octets take ${total} short messages, more than ${MAX_PARTS}`);
  }
  return Array.from({ length: total }, (_, index) => ({
    udh: header(total, index + 1),
    body: payload.subarray(index * room, (index + 1) * room),
  }));
}
