import { isIP, isIPv4 } from './addresses.ts';

/** Why a value does not do, as the end of a sentence that begins with the field; undefined when it does. */
export type ValueRule = (value: string | number) => string | undefined;

/** Everything but the characters of XML 1.0, section 2.2, without line ends and tabs: each value is one line. */
const NOT_ONE_LINE = /[^\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const MOST_CHARACTERS = 1_024;

/** 3GPP TS 23.003, 9.1: labels as in the DNS, 100 octets at most. */
const APN = /^(?=.{1,100}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
/** RFC 1123, 2.1. */
const HOST =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
/** Digits to dial, with what a network code may begin with. */
const PHONE_NUMBER = /^\+?[0-9*#]{1,40}$/;
/** Not all of RFC 5322: what mail servers take. */
const MAILBOX = /^[^\s@<>"(),:;[\]\\]{1,64}@[^\s@]+$/;
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:;\s*[A-Za-z0-9-]+=[A-Za-z0-9._-]+)*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const PARAMETER_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,63})$/;

/** Text that can be written at all: one line of characters that UTF-8 and XML have. */
export function line(value: string | number): string | undefined {
  if (typeof value === 'number') return undefined;
  const bad = NOT_ONE_LINE.exec(value);
  if (bad !== null) {
    const code = bad[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return `has at character ${[...value.slice(0, bad.index)].length + 1} U+${code}, which a document cannot hold`;
  }
  if (value.length > MOST_CHARACTERS) return `has more than ${MOST_CHARACTERS} characters`;
  return undefined;
}

export const filled: ValueRule = (value) => (value === '' ? 'is empty' : undefined);

export const apn: ValueRule = matching(
  APN,
  'is not an access point name: letters, digits, dots and hyphens, 100 at most',
);

export const host: ValueRule = (value) =>
  isIP(String(value)) || (HOST.test(String(value)) && !/^[0-9.]+$/.test(String(value)))
    ? undefined
    : 'is not a host name or an IP address';

export const ipAddress: ValueRule = (value) => (isIP(String(value)) ? undefined : 'is not an IP address');

export const domain: ValueRule = matching(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})(?:\/\S*)?$/, 'is not a domain');

export const port: ValueRule = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
    ? undefined
    : 'is not a port from 1 to 65535';

export const phoneNumber: ValueRule = matching(PHONE_NUMBER, 'is not a phone number: digits, with + before them');

export const mailbox: ValueRule = (value) => {
  const text = String(value);
  const domainPart = text.slice(text.lastIndexOf('@') + 1);
  return MAILBOX.test(text) && host(domainPart) === undefined && !isIPv4(domainPart)
    ? undefined
    : 'is not an e-mail address';
};

export const mediaType: ValueRule = matching(MEDIA_TYPE, 'is not a media type, such as text/x-vcard');

export const base64: ValueRule = (value) =>
  value !== '' && BASE64.test(String(value)) ? undefined : 'is not octets in base64';

export const parameterName: ValueRule = matching(
  PARAMETER_NAME,
  'is not the name of a parameter: letters, digits and -',
);

/** Absolute, of http or https, and without blanks, which the URL parser would take away. */
export const webUrl: ValueRule = (value) => {
  const parsed = urlOf(value);
  return parsed !== undefined && /^https?:$/.test(parsed.protocol) ? undefined : 'is not a URL of http or https';
};

/** A page to go to: any absolute URL. */
export const anyUrl: ValueRule = (value) => (urlOf(value) === undefined ? 'is not an absolute URL' : undefined);

export function wholeNumber(least: number, most: number): ValueRule {
  return (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `is not a whole number from ${least} to ${most}`;
}

export function oneOf(...values: readonly (string | number)[]): ValueRule {
  return (value) => (values.includes(value) ? undefined : `is not one of ${values.join(', ')}`);
}

/** X.509 in PEM or in base64: one DER sequence, whole. */
export const certificate: ValueRule = (value) =>
  certificateOctets(String(value)) === undefined ? 'is not a certificate (X.509) in PEM or base64' : undefined;

/** DER of a certificate; undefined when it is none. */
export function certificateOctets(text: string): Uint8Array | undefined {
  const pem = /^\s*-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----\s*$/.exec(text)?.[1];
  const encoded = (pem ?? text).replace(/\s/g, '');
  if (encoded === '' || !BASE64.test(encoded)) return undefined;
  const der = new Uint8Array(Buffer.from(encoded, 'base64'));
  return isDerSequence(der) ? der : undefined;
}

/** X.690, 8.1: tag SEQUENCE and a length that takes all the rest. A certificate is longer than 127 octets. */
function isDerSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der;
  const count = first & 0x7f;
  if (tag !== 0x30 || first < 0x81 || count > 3 || der.length < 2 + count) return false;
  const length = der.subarray(2, 2 + count).reduce((value, octet) => value * 256 + octet, 0);
  return der.length === 2 + count + length;
}

function matching(pattern: RegExp, what: string): ValueRule {
  return (value) => (pattern.test(String(value)) ? undefined : what);
}

function urlOf(value: string | number): URL | undefined {
  const text = String(value);
  return !/\s/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}
