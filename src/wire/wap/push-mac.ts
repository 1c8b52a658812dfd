import { createHmac, timingSafeEqual } from 'node:crypto';
import { WapError } from './wap-error.ts';
import { WSP_APPLICATION, WSP_HEADER, WSP_MEDIA, WSP_PARAMETER, type WspPush } from './wsp-push.ts';

/**
 * How a device proves that a pushed bootstrap document comes from someone who knows its subscriber or its user
 * (OMA-WAP-TS-ProvBoot-V1_1, 5.2; OMA-TS-DM_Security-V1_2, transport neutral security): the MAC is HMAC-SHA1 over the
 * body of the push, and SEC says what the key is.
 */
export const PUSH_SECURITY = {
  /** The IMSI: the network knows it, the user does not. */
  netwPin: 0,
  /** A PIN the user is told by other means. */
  userPin: 1,
  /** The IMSI and the PIN. */
  userNetwPin: 2,
  /** A PIN that carries the MAC in its second half; nothing is in the push. */
  userPinMac: 3,
} as const;

export type PushSecurity = keyof typeof PUSH_SECURITY;

/** What the sender knows of the device; which of them is needed depends on the method. */
export interface PushSecret {
  /** 6…15 digits. */
  readonly imsi?: string;
  /** Digits, as the user will type them. */
  readonly userPin?: string;
}

/**
 * The IMSI in semi-octets, as a SIM keeps it (3GPP TS 31.102, EF-IMSI): a leading nibble 9 for an odd number of digits,
 * 1 and a trailing F for an even one, two digits an octet with the first in the low nibble.
 *
 * @throws WapError `malformed`, without quoting the IMSI
 */
export function imsiSemiOctets(imsi: string): Uint8Array {
  if (!/^\d{6,15}$/.test(imsi)) throw new WapError('malformed', 'an IMSI has 6 to 15 digits');
  const nibbles = imsi.length % 2 === 1 ? `9${imsi}` : `1${imsi}F`;
  return new Uint8Array(Buffer.from(nibbles.replace(/(.)(.)/g, '$2$1'), 'hex'));
}

/**
 * The key of a method: the IMSI in semi-octets, the PIN's digits in ASCII, or one after the other.
 *
 * @throws WapError `malformed` when what the method needs is missing or is not digits; never quotes it
 */
export function pushMacKey(security: PushSecurity, secret: PushSecret): Uint8Array {
  switch (security) {
    case 'netwPin':
      return imsiSemiOctets(needed(secret.imsi, 'an IMSI'));
    case 'userPin':
    case 'userPinMac':
      return pinDigits(secret);
    case 'userNetwPin':
      return new Uint8Array(Buffer.concat([imsiSemiOctets(needed(secret.imsi, 'an IMSI')), pinDigits(secret)]));
  }
}

/** HMAC-SHA1 over the document as it is pushed, as 40 hexadecimal digits. Some handsets compare letters: upper case. */
export function bootstrapMac(key: Uint8Array, document: Uint8Array): string {
  return createHmac('sha1', key).update(document).digest('hex').toUpperCase();
}

/** Whether a MAC, in either case, is that of the document. Compared in constant time. */
export function verifyBootstrapMac(mac: string, key: Uint8Array, document: Uint8Array): boolean {
  const expected = Buffer.from(bootstrapMac(key, document), 'latin1');
  const given = Buffer.from(mac.toUpperCase(), 'utf8');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Digits of a USERPINMAC: a MAC has that many octets. */
const MOST_PIN_MAC_DIGITS = 20;

/**
 * What the user types with the method `userPinMac`: the PIN and as many digits again, each an octet of the MAC modulo
 * ten. It is to be told by other means than the push.
 *
 * @throws WapError `malformed` when the PIN is not 1 to 20 digits
 */
export function userPinWithMac(userPin: string, document: Uint8Array): string {
  const key = pinDigits({ userPin });
  if (key.length > MOST_PIN_MAC_DIGITS) {
    throw new WapError('malformed', `a PIN that carries a MAC has at most ${MOST_PIN_MAC_DIGITS} digits`);
  }
  const mac = createHmac('sha1', key).update(document).digest();
  return userPin + Array.from(mac.subarray(0, key.length), (octet) => octet % 10).join('');
}

/** What a bootstrap document is written in: OMA CP, or a message of OMA DM (plain profile). */
export type BootstrapMedia = 'connectivityWbxml' | 'syncmlDmWbxml';

/**
 * The push of a bootstrap document with SEC and, but for `userPinMac`, its MAC. A DM message names the application it is
 * for, as a trigger does.
 *
 * @throws WapError `malformed` when the secret is not what the method needs
 */
export function bootstrapPush(
  transactionId: number,
  media: BootstrapMedia,
  security: PushSecurity,
  secret: PushSecret,
  document: Uint8Array,
): WspPush {
  const key = pushMacKey(security, secret);
  const sec = { name: WSP_PARAMETER.sec, value: PUSH_SECURITY[security] };
  const mac = { name: WSP_PARAMETER.mac, value: bootstrapMac(key, document) };
  return {
    transactionId,
    contentType: { media: WSP_MEDIA[media], parameters: security === 'userPinMac' ? [sec] : [sec, mac] },
    headers: applicationHeaders(media),
    body: document,
  };
}

/** The push of a document whose way to the device is secure in itself, or that needs no proof: neither SEC nor MAC. */
export function openBootstrapPush(transactionId: number, media: BootstrapMedia, document: Uint8Array): WspPush {
  return {
    transactionId,
    contentType: { media: WSP_MEDIA[media], parameters: [] },
    headers: applicationHeaders(media),
    body: document,
  };
}

function applicationHeaders(media: BootstrapMedia): WspPush['headers'] {
  return media === 'syncmlDmWbxml' ? [{ name: WSP_HEADER.applicationId, value: WSP_APPLICATION.syncmlDm }] : [];
}

function pinDigits({ userPin }: PushSecret): Uint8Array {
  const pin = needed(userPin, 'a PIN');
  if (!/^\d{1,64}$/.test(pin)) throw new WapError('malformed', 'a PIN has 1 to 64 digits');
  return new Uint8Array(Buffer.from(pin, 'latin1'));
}

function needed(secret: string | undefined, what: string): string {
  if (secret === undefined) throw new WapError('malformed', `this method needs ${what}`);
  return secret;
}
