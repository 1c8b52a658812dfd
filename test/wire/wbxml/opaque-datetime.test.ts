import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { decodeDatetime, encodeDatetime } from '../../../src/wire/wbxml/opaque-datetime.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (octets: Uint8Array | undefined) => octets && Buffer.from(octets).toString('hex');

describe('dates in OPAQUE (the examples of WAP-167, section 8.2.2)', () => {
  it.each([
    ['1999-04-30T06:40:00Z', '199904300640'],
    ['1999-06-25T15:23:15Z', '19990625152315'],
    ['1999-06-30T00:00:00Z', '19990630'],
    ['2000-10-10T10:00:10Z', '20001010100010'],
  ])('%s is %s', (text, octets) => {
    expect(hex(encodeDatetime(text))).toBe(octets);
    expect(decodeDatetime(bytes(octets))).toBe(text);
  });

  it('leaves other text alone', () => {
    expect(encodeDatetime('1999-04-30')).toBeUndefined();
    expect(encodeDatetime('')).toBeUndefined();
  });

  it.each(['', '199904', '1999043006400000', '19990a30'])('refuses the octets %j', (octets) => {
    expect(decodeDatetime(bytes(octets))).toBeUndefined();
  });
});
