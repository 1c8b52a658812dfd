import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUdh, encodeUdh, splitUserData, type UserDataHeader } from '../../src/wire/wap/udh.ts';
import { WapError } from '../../src/wire/wap/wap-error.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

describe('the user data header', () => {
  // The specification's notification example, and Kannel's OMA CP push in one part and in several.
  it.each([
    ['0605040b84c002', { ports: { destination: 2948, source: 49154 }, others: [] }],
    ['0605040b840b84', { ports: { destination: 2948, source: 2948 }, others: [] }],
    [
      '0b05040b840b8400037f0302',
      {
        ports: { destination: 2948, source: 2948 },
        concatenation: { reference: 0x7f, referenceBits: 8, total: 3, sequence: 2 },
        others: [],
      },
    ],
  ] satisfies [string, UserDataHeader][])('reads and writes %s', (octets, header) => {
    expect(decodeUdh(bytes(octets))).toEqual(header);
    expect(hex(encodeUdh(header))).toBe(octets);
  });

  it('reads a concatenation with a reference of 16 bits', () => {
    expect(decodeUdh(bytes('060804beef0201')).concatenation).toEqual({
      reference: 0xbeef,
      referenceBits: 16,
      total: 2,
      sequence: 1,
    });
  });

  it('keeps elements it does not know, and writes nothing for no elements', () => {
    expect(decodeUdh(bytes('0470020102')).others).toEqual([{ id: 0x70, data: bytes('0102') }]);
    expect(encodeUdh({ others: [] })).toHaveLength(0);
    expect(decodeUdh(new Uint8Array())).toEqual({ others: [] });
  });

  it('ignores a part number of 0 or beyond the total', () => {
    expect(decodeUdh(bytes('050003010300')).concatenation).toBeUndefined();
    expect(decodeUdh(bytes('050003010304')).concatenation).toBeUndefined();
  });

  it.each([
    ['06', 'truncated'],
    ['0605040b84c0', 'truncated'],
    ['0205', 'truncated'],
    ['0405040b84', 'truncated'],
    ['0405020b84', 'malformed'],
    ['020000', 'malformed'],
  ])('refuses %s as %s', (octets, code) => {
    expect(() => decodeUdh(bytes(octets))).toThrow(expect.objectContaining({ name: 'WapError', code }));
  });

  it('refuses to write numbers that do not fit', () => {
    const concatenation = { reference: 1, referenceBits: 8, total: 2, sequence: 1 } as const;
    for (const header of [
      { ports: { destination: 65_536, source: 1 } },
      { concatenation: { ...concatenation, reference: 256 } },
      { concatenation: { ...concatenation, sequence: 3 } },
      { concatenation: { ...concatenation, sequence: 0 } },
      { concatenation: { ...concatenation, total: 256, sequence: 256 } },
    ]) {
      expect(() => encodeUdh({ others: [], ...header })).toThrow(WapError);
    }
    expect(() => encodeUdh({ others: [{ id: 0x70, data: new Uint8Array(139) }] })).toThrow(WapError);
  });

  it('comes back as it was written, whatever it holds', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const word = fc.integer({ min: 0, max: 65_535 });
    const concatenation = fc
      .record({ wide: fc.boolean(), reference: word, total: fc.integer({ min: 1, max: 255 }), at: fc.nat() })
      .map(({ wide, reference, total, at }) => ({
        reference: wide ? reference : reference & 0xff,
        referenceBits: wide ? (16 as const) : (8 as const),
        total,
        sequence: (at % total) + 1,
      }));
    const header = fc.record(
      {
        ports: fc.record({ destination: word, source: word }),
        concatenation,
        others: fc.array(
          fc.record({ id: byte.filter((id) => ![0, 5, 8].includes(id)), data: fc.uint8Array({ maxLength: 20 }) }),
          { maxLength: 4 },
        ),
      },
      { requiredKeys: ['others'] },
    );
    fc.assert(
      fc.property(header, (value) => {
        expect(decodeUdh(encodeUdh(value))).toEqual(value);
      }),
    );
  });

  it('throws nothing but its own error, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 160 }), (octets) => {
        for (const read of [decodeUdh, splitUserData]) {
          try {
            read(octets);
          } catch (error) {
            expect(error).toBeInstanceOf(WapError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
