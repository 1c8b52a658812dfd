import { WapError } from './wap-error.ts';

/**
 * The connectionless WSP Push PDU (WAP-230-WSP section 8.2.4.1): transaction id, PDU type 06, length of the headers,
 * content type, headers, body. Assigned numbers stay numbers here; the tables below name those in use.
 */
export interface WspPush {
  /** 0…255; free to choose, devices tell repetitions by it. */
  readonly transactionId: number;
  readonly contentType: WspContentType;
  readonly headers: readonly WspHeader[];
  readonly body: Uint8Array;
}

export interface WspContentType {
  /** Assigned number or media type in text. */
  readonly media: number | string;
  readonly parameters: readonly WspParameter[];
}

export interface WspParameter {
  /** Assigned number or token. */
  readonly name: number | string;
  /** A number is written as an integer, text as text. */
  readonly value: number | string;
}

export interface WspHeader {
  readonly name: number | string;
  /** Octets are the data of a value with a length in front, uninterpreted. */
  readonly value: number | string | Uint8Array;
}

/** Content types with assigned numbers (the WAP interim naming authority's list, now OMNA's). */
export const WSP_MEDIA = {
  /** application/vnd.wap.sic */
  serviceIndicationWbxml: 0x2e,
  /** application/vnd.wap.slc */
  serviceLoadingWbxml: 0x30,
  /** application/vnd.wap.coc */
  cacheOperationWbxml: 0x32,
  connectivityWbxml: 0x36,
  syncmlDmWbxml: 0x42,
  syncmlNotification: 0x44,
  /** application/vnd.oma.drm.rights+wbxml */
  drmRightsWbxml: 0x4b,
  /** application/vnd.nokia.syncset+wbxml */
  syncSettingsWbxml: 0x20b,
  /** application/vnd.wap.emn+wbxml */
  emailNotificationWbxml: 0x30a,
  /** application/vnd.oma.drm.roap-trigger+wbxml */
  roapTriggerWbxml: 0x316,
} as const;

/** Headers with assigned numbers. */
export const WSP_HEADER = { applicationId: 0x2f } as const;

/** Values of X-Wap-Application-Id. */
export const WSP_APPLICATION = { syncmlDm: 0x07, drm: 0x08, emailNotification: 0x09 } as const;

/** Parameters of a content type. */
export const WSP_PARAMETER = { charset: 0x01, sec: 0x11, mac: 0x12 } as const;

/** The value of a charset parameter, by MIBenum. */
export const WSP_CHARSET = { utf8: 106 } as const;

const PUSH_PDU = 0x06;
const LENGTH_QUOTE = 0x1f;

/** The envelope of a server trigger: `TID 06 03 C4 AF 87` before the body. */
export function triggerPush(transactionId: number, body: Uint8Array): WspPush {
  return {
    transactionId,
    contentType: { media: WSP_MEDIA.syncmlNotification, parameters: [] },
    headers: [{ name: WSP_HEADER.applicationId, value: WSP_APPLICATION.syncmlDm }],
    body,
  };
}

/** @throws WapError `malformed` for a number out of range or text that WSP cannot carry */
export function encodeWspPush(push: WspPush): Uint8Array {
  if (!isUint8(push.transactionId)) throw new WapError('malformed', `transaction id ${push.transactionId}`);
  const head = [...contentTypeOctets(push.contentType)];
  for (const { name, value } of push.headers) {
    head.push(...nameOctets(name));
    if (value instanceof Uint8Array) head.push(...valueLength(value.length), ...value);
    else head.push(...valueOctets(value));
  }
  const front = [push.transactionId, PUSH_PDU, ...uintvar(head.length), ...head];
  const octets = new Uint8Array(front.length + push.body.length);
  octets.set(front);
  octets.set(push.body, front.length);
  return octets;
}

/**
 * @throws WapError `truncated`, `malformed`; `unsupported` for another PDU type or a header code page shift.
 * The body is a view on the given octets.
 */
export function decodeWspPush(octets: Uint8Array): WspPush {
  const reader = new WspReader(octets, 0, octets.length);
  const transactionId = reader.octet();
  const type = reader.octet();
  if (type !== PUSH_PDU) throw new WapError('unsupported', `WSP PDU type ${type} is no push`, 1);
  const headersLength = reader.uintvar();
  const bodyAt = reader.at + headersLength;
  if (bodyAt > octets.length)
    throw new WapError('truncated', `WSP headers of ${headersLength} octets are cut`, reader.at);
  const headers = new WspReader(octets, reader.at, bodyAt);
  const contentType = headers.contentType();
  const list: WspHeader[] = [];
  while (!headers.ended) list.push(headers.header());
  return { transactionId, contentType, headers: list, body: octets.subarray(bodyAt) };
}

function contentTypeOctets({ media, parameters }: WspContentType): readonly number[] {
  const type = typeof media === 'number' ? integer(media) : text(media);
  // Constrained-media (8.4.2.24) has no room for parameters or for numbers over 127.
  if (parameters.length === 0 && (typeof media === 'string' || media < 0x80)) return type;
  const value = [...type];
  for (const parameter of parameters) value.push(...nameOctets(parameter.name), ...valueOctets(parameter.value));
  return [...valueLength(value.length), ...value];
}

function nameOctets(name: number | string): readonly number[] {
  if (typeof name === 'string') return text(name);
  if (!Number.isInteger(name) || name < 0 || name > 0x7f) throw new WapError('malformed', `assigned number ${name}`);
  return [0x80 | name];
}

function valueOctets(value: number | string): readonly number[] {
  return typeof value === 'number' ? integer(value) : text(value);
}

/** Integer-value (8.4.2.3): one octet up to 127, else a long integer. */
function integer(value: number): readonly number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new WapError('malformed', `integer ${value}`);
  if (value < 0x80) return [0x80 | value];
  const octets: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [octets.length, ...octets];
}

/** Text-string (8.4.2.1), in ISO 8859-1 and closed by NUL. */
function text(value: string): readonly number[] {
  const octets = Array.from(value, (char) => char.codePointAt(0) ?? 0);
  if (octets.some((octet) => octet === 0 || octet > 0xff)) {
    throw new WapError('malformed', 'text with a NUL or a character beyond Latin-1');
  }
  const first = octets[0] ?? 0;
  if (octets.length > 0 && (first < 0x20 || first === 0x7f))
    throw new WapError('malformed', 'text begins with a control');
  return first > 0x7f ? [0x7f, ...octets, 0] : [...octets, 0];
}

/** Value-length (8.4.2.2): quoted only where it does not fit, as the gateways in use write it. */
function valueLength(length: number): readonly number[] {
  return length <= 30 ? [length] : [LENGTH_QUOTE, ...uintvar(length)];
}

function uintvar(value: number): readonly number[] {
  const octets = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) octets.unshift(0x80 | (rest & 0x7f));
  return octets;
}

function isUint8(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xff;
}

const MAX_UINTVAR_OCTETS = 5;

class WspReader {
  readonly #octets: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(octets: Uint8Array, at: number, end: number) {
    this.#octets = octets;
    this.at = at;
    this.#end = end;
  }

  get ended(): boolean {
    return this.at >= this.#end;
  }

  octet(): number {
    const octet = this.peek();
    this.at += 1;
    return octet;
  }

  peek(): number {
    const octet = this.at < this.#end ? this.#octets[this.at] : undefined;
    if (octet === undefined) throw new WapError('truncated', 'WSP data ends too early', this.at);
    return octet;
  }

  uintvar(): number {
    const from = this.at;
    let value = 0;
    for (let count = 0; count < MAX_UINTVAR_OCTETS; count++) {
      const octet = this.octet();
      value = value * 128 + (octet & 0x7f);
      if (octet < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new WapError('malformed', 'WSP number longer than 32 bits', from);
  }

  bytes(length: number): Uint8Array {
    if (this.at + length > this.#end)
      throw new WapError('truncated', `${length} octets announced, fewer there`, this.at);
    this.at += length;
    return this.#octets.subarray(this.at - length, this.at);
  }

  text(): string {
    const from = this.at;
    if (this.peek() === 0x7f) this.at += 1;
    const start = this.at;
    while (this.octet() !== 0) {
      // on to the NUL
    }
    const octets = this.#octets.subarray(start, this.at - 1);
    const first = octets[0] ?? 0x20;
    if (first < 0x20 || (first > 0x7f && start === from)) throw new WapError('malformed', 'no text', from);
    return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
  }

  contentType(): WspContentType {
    const first = this.peek();
    if (first > LENGTH_QUOTE) return { media: this.#numberOrText(), parameters: [] };
    const length = this.#valueLength();
    const end = this.at + length;
    if (end > this.#end) throw new WapError('truncated', `content type of ${length} octets is cut`, this.at);
    const value = new WspReader(this.#octets, this.at, end);
    const media = value.#numberOrText();
    const parameters: WspParameter[] = [];
    while (!value.ended) {
      const name = value.#name();
      parameters.push({ name, value: value.#numberOrText() });
    }
    this.at = end;
    return { media, parameters };
  }

  header(): WspHeader {
    const name = this.#name();
    const first = this.peek();
    if (first > LENGTH_QUOTE) return { name, value: this.#numberOrText() };
    const data = this.bytes(this.#valueLength());
    const isNumber = name === WSP_HEADER.applicationId && data.length >= 1 && data.length <= 6;
    return { name, value: isNumber ? bigEndian(data) : data };
  }

  #name(): number | string {
    const first = this.peek();
    if (first >= 0x80) return this.octet() & 0x7f;
    if (first < 0x20 || first === 0x7f) throw new WapError('unsupported', 'WSP header code page shift', this.at);
    return this.text();
  }

  /** Short integer, long integer or text. */
  #numberOrText(): number | string {
    const first = this.peek();
    if (first >= 0x80) return this.octet() & 0x7f;
    if (first > 30) return this.text();
    const from = this.at;
    const octets = this.bytes(this.octet());
    if (octets.length === 0 || octets.length > 6) throw new WapError('malformed', 'WSP integer out of range', from);
    return bigEndian(octets);
  }

  #valueLength(): number {
    const first = this.octet();
    return first === LENGTH_QUOTE ? this.uintvar() : first;
  }
}

function bigEndian(octets: Uint8Array): number {
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}
