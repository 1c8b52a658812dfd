import { describe, expect, it } from 'vitest';
import { decodeBase64Pieces, octetsInBase64 } from '../../src/syncml/base64-pieces.ts';

describe('base64 in pieces', () => {
  const octets = Buffer.from([1, 2, 3, 250, 251, 252, 253]);
  const whole = octets.toString('base64');

  it('gives the octets, wherever they were cut, before the encoding or after it', () => {
    for (let at = 0; at <= octets.length; at++) {
      const encodedApart = octets.subarray(0, at).toString('base64') + octets.subarray(at).toString('base64');
      expect(Buffer.from(decodeBase64Pieces(encodedApart) ?? [])).toEqual(octets);
    }
    expect(Buffer.from(decodeBase64Pieces(`${whole.slice(0, 3)}\r\n  ${whole.slice(3)}`) ?? [])).toEqual(octets);
  });

  it('is told from what is none', () => {
    expect(decodeBase64Pieces('AA*=')).toBeUndefined();
    expect(decodeBase64Pieces('AA===')).toBeUndefined();
    expect(decodeBase64Pieces('')).toEqual(Buffer.alloc(0));
  });

  it('has its octets counted without being decoded', () => {
    for (let length = 0; length < 20; length++)
      expect(octetsInBase64(Buffer.alloc(length).toString('base64'))).toBe(length);
  });
});
