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

/** Ports take 7 octets of user data, ports and an 8-bit reference 12. */
const SINGLE_ROOM = SMS_OCTETS - 7;
const PART_ROOM = SMS_OCTETS - 12;

/** How many short messages {@link segmentSms} makes of that many octets; it may be more than {@link MAX_PARTS}. */
export function partCountOf(octets: number): number {
  return octets <= SINGLE_ROOM ? 1 : Math.ceil(octets / PART_ROOM);
}

/**
 * Cuts a payload into short messages addressed to a port: one with up to 133 octets, else parts of 128.
 * @throws WapError `too-large` beyond 255 parts, `malformed` for a port or reference out of range
 */
export function segmentSms(payload: Uint8Array, options: SegmentOptions): readonly Segment[] {
  const ports = { destination: options.destinationPort, source: options.sourcePort };
  const total = partCountOf(payload.length);
  if (total === 1) return [{ udh: encodeUdh({ ports, others: [] }), body: payload }];
  if (total > MAX_PARTS) {
    throw new WapError('too-large', `${payload.length} octets take ${total} short messages, more than ${MAX_PARTS}`);
  }
  const header = (sequence: number) =>
    encodeUdh({
      ports,
      concatenation: { reference: options.reference, referenceBits: 8, total, sequence },
      others: [],
    });
  return Array.from({ length: total }, (_, index) => ({
    udh: header(index + 1),
    body: payload.subarray(index * PART_ROOM, (index + 1) * PART_ROOM),
  }));
}
