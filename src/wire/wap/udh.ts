import { WapError } from './wap-error.ts';

/**
 * The user data header of a short message (3GPP TS 23.040 section 9.2.3.24): a length octet, then information
 * elements of identifier, length and data.
 */
export interface UserDataHeader {
  /** WDP application ports, 16 bit (element 05). */
  readonly ports?: WdpPorts;
  readonly concatenation?: Concatenation;
  /** Elements not understood here, in order. */
  readonly others: readonly InformationElement[];
}

export interface WdpPorts {
  readonly destination: number;
  readonly source: number;
}

export interface Concatenation {
  readonly reference: number;
  /** Width of the reference: 8 bit (element 00) or 16 bit (element 08). */
  readonly referenceBits: 8 | 16;
  /** 1…255 */
  readonly total: number;
  /** 1…total */
  readonly sequence: number;
}

export interface InformationElement {
  readonly id: number;
  readonly data: Uint8Array;
}

/** Port on which devices listen for connectionless pushes without security (WDP). */
export const WAP_PUSH_PORT = 2948;
/** The port our pushes come from: that of connectionless WSP sessions with security, as in the notification example. */
export const WAP_PUSH_SOURCE_PORT = 49154;

const CONCATENATION_8 = 0x00;
const PORTS_16 = 0x05;
const CONCATENATION_16 = 0x08;

/**
 * Writes a header, length octet first; ports before concatenation. A header without elements is no octets at all.
 * @throws WapError `too-large` when it exceeds 140 octets, `malformed` for numbers out of range
 */
export function encodeUdh(header: UserDataHeader): Uint8Array {
  const octets: number[] = [];
  if (header.ports !== undefined) {
    const { destination, source } = header.ports;
    octets.push(PORTS_16, 4, ...uint16(destination, 'destination port'), ...uint16(source, 'source port'));
  }
  if (header.concatenation !== undefined) {
    const { reference, referenceBits, total, sequence } = header.concatenation;
    if (!isUint8(total) || !isUint8(sequence) || sequence < 1 || sequence > total) {
      throw new WapError('malformed', `part ${sequence} of ${total} cannot be written`);
    }
    if (referenceBits === 16) octets.push(CONCATENATION_16, 4, ...uint16(reference, 'reference'), total, sequence);
    else {
      if (!isUint8(reference)) throw new WapError('malformed', `reference ${reference} does not fit 8 bits`);
      octets.push(CONCATENATION_8, 3, reference, total, sequence);
    }
  }
  for (const { id, data } of header.others) octets.push(id & 0xff, data.length, ...data);
  if (octets.length === 0) return new Uint8Array();
  if (octets.length > 139) throw new WapError('too-large', `a user data header of ${octets.length} octets`);
  return Uint8Array.from([octets.length, ...octets]);
}

/**
 * Reads a header, length octet first. An element that occurs twice counts as it stands last (section 9.2.3.24). A
 * concatenation element whose part number is 0 or beyond its total is ignored, as 9.2.3.24.1 asks.
 * @throws WapError `truncated`, `malformed`
 */
export function decodeUdh(octets: Uint8Array): UserDataHeader {
  const length = octets[0];
  if (length === undefined) return { others: [] };
  const end = 1 + length;
  if (end > octets.length)
    throw new WapError('truncated', `user data header of ${length} octets is cut`, octets.length);
  let ports: WdpPorts | undefined;
  let concatenation: Concatenation | undefined;
  const others: InformationElement[] = [];
  let at = 1;
  while (at < end) {
    const id = octets[at] ?? 0;
    const size = octets[at + 1];
    const from = at + 2;
    if (size === undefined || from + size > end) {
      throw new WapError('truncated', `information element ${hex(id)} reaches beyond the header`, at);
    }
    const data = octets.subarray(from, from + size);
    if (id === PORTS_16 && size === 4) {
      ports = { destination: readUint16(data, 0), source: readUint16(data, 2) };
    } else if ((id === CONCATENATION_8 && size === 3) || (id === CONCATENATION_16 && size === 4)) {
      const wide = id === CONCATENATION_16;
      const total = data[size - 2] ?? 0;
      const sequence = data[size - 1] ?? 0;
      if (sequence >= 1 && sequence <= total) {
        const reference = wide ? readUint16(data, 0) : (data[0] ?? 0);
        concatenation = { reference, referenceBits: wide ? 16 : 8, total, sequence };
      }
    } else if (id === PORTS_16 || id === CONCATENATION_8 || id === CONCATENATION_16) {
      throw new WapError('malformed', `information element ${hex(id)} with ${size} octets`, at);
    } else others.push({ id, data });
    at = from + size;
  }
  return {
    ...(ports === undefined ? {} : { ports }),
    ...(concatenation === undefined ? {} : { concatenation }),
    others,
  };
}

/**
 * Cuts user data that begins with a header (the message has UDHI set) into header and rest.
 * @throws WapError `truncated`
 */
export function splitUserData(userData: Uint8Array): { readonly udh: Uint8Array; readonly body: Uint8Array } {
  const length = userData[0];
  if (length === undefined || 1 + length > userData.length) {
    throw new WapError('truncated', 'user data ends inside its header', userData.length);
  }
  return { udh: userData.subarray(0, 1 + length), body: userData.subarray(1 + length) };
}

function uint16(value: number, what: string): [number, number] {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new WapError('malformed', `${what} ${value} does not fit 16 bits`);
  }
  return [value >> 8, value & 0xff];
}

function readUint16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}

function isUint8(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xff;
}

function hex(id: number): string {
  return id.toString(16).padStart(2, '0').toUpperCase();
}
