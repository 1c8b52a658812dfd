import { Buffer } from 'node:buffer';

/**
 * The %Datetime attributes of the push languages (WAP-167-ServiceInd, section 8.2.2): the digits of
 * `1999-04-30T06:40:00Z`, two an octet, without the zero octets at the end.
 */
const DATETIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const OCTETS = 7;
/** Year, month and day cannot be zero. */
const FEWEST_OCTETS = 4;

/** Undefined when the octets are not such a date. */
export function decodeDatetime(octets: Uint8Array): string | undefined {
  if (octets.length < FEWEST_OCTETS || octets.length > OCTETS) return undefined;
  const digits = Buffer.from(octets)
    .toString('hex')
    .padEnd(OCTETS * 2, '0');
  if (!/^\d+$/.test(digits)) return undefined;
  return digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z');
}

/** Undefined when the text is not such a date; it is then written as any other text. */
export function encodeDatetime(text: string): Uint8Array | undefined {
  if (!DATETIME.test(text)) return undefined;
  const octets = Buffer.from(text.replace(/\D/g, ''), 'hex');
  let length = octets.length;
  while (length > FEWEST_OCTETS && octets[length - 1] === 0) length--;
  return octets.subarray(0, length);
}
