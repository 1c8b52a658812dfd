import type { MessageIdForm } from './link.ts';

/** Numbers longer than this are no counters, and converting them is guesswork. 2^128 has 39 digits, 32 hexadecimal. */
const MAX_DIGITS = 39;

const isDecimal = (id: string): boolean => /^\d+$/.test(id) && id.length <= MAX_DIGITS;
const isHex = (id: string): boolean => /^[0-9a-f]+$/i.test(id) && id.length <= MAX_DIGITS;
const hexOf = (decimal: string): string => BigInt(decimal).toString(16);
const decimalOf = (hex: string): string => BigInt(`0x${hex}`).toString();

/**
 * The id under which a message is kept, from the id in the answer to its submit.
 * Where the link converts, it is hexadecimal in lower case without leading zeros, so that both sides meet.
 */
export function submittedMessageId(id: string, form: MessageIdForm): string {
  if (form === 'hex-then-decimal' && isHex(id)) return hexOf(decimalOf(id));
  if (form === 'decimal-then-hex' && isDecimal(id)) return hexOf(id);
  return id;
}

/** The id under which a message is kept, from the id in its receipt. */
export function receiptedMessageId(id: string, form: MessageIdForm): string {
  if (form === 'hex-then-decimal' && isDecimal(id)) return hexOf(id);
  if (form === 'decimal-then-hex' && isHex(id)) return hexOf(decimalOf(id));
  return id;
}

/**
 * Other ways to write the number that an id may be: in the other notation, in either case, with leading zeros to the
 * widths in use (8, 10, 16) and without. Empty for an id that is no number. Never holds the id itself.
 */
export function otherMessageIds(id: string): readonly string[] {
  const others = new Set<string>();
  const add = (value: string, widths: readonly number[]) => {
    for (const width of [0, ...widths]) {
      const padded = value.padStart(width, '0');
      others.add(padded);
      others.add(padded.toUpperCase());
    }
  };
  if (isDecimal(id)) {
    add(BigInt(id).toString(), [10]);
    add(hexOf(id), [8, 16]);
  }
  if (isHex(id)) {
    add(hexOf(decimalOf(id)), [8, 16]);
    add(decimalOf(id), [10]);
  }
  others.delete(id);
  return [...others];
}
