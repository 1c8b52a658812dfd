import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildHmacHeader, parseHmacHeader } from '../../src/syncml/hmac-header.ts';

describe('the x-syncml-hmac header', () => {
  it('is read as a device engine writes it', () => {
    // From a request of a device engine that is not ours.
    expect(parseHmacHeader('algorithm=MD5, username="devuser", mac=a5ZUoXFNfhbR1pEkAGY0RQ==')).toEqual({
      username: 'devuser',
      mac: 'a5ZUoXFNfhbR1pEkAGY0RQ==',
    });
  });

  it.each([
    ['without an algorithm, which means MD5', 'username="u", mac=AA=='],
    ['without quotes', 'username=u,mac=AA==,algorithm=md5'],
    ['with the mac in quotes', 'mac="AA==" , username="u"'],
  ])('is read %s', (_, value) => {
    expect(parseHmacHeader(value)).toEqual({ username: 'u', mac: 'AA==' });
  });

  it.each([
    '',
    'mac=AA==',
    'username="u"',
    'algorithm=SHA1, username="u", mac=AA==',
    'username="u, mac=AA==',
    ';;;',
    'x'.repeat(2_000),
  ])('proves nothing when it is %j', (value) => {
    expect(parseHmacHeader(value)).toBeUndefined();
  });

  it('keeps a comma inside a quoted user name', () => {
    expect(parseHmacHeader('algorithm=MD5, username="a,b", mac=AA==')?.username).toBe('a,b');
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }).filter((one) => !one.includes('"')),
        fc.uint8Array({ maxLength: 16 }),
        (username, octets) => {
          const header = { username, mac: Buffer.from(octets).toString('base64') };
          expect(parseHmacHeader(buildHmacHeader(header))).toEqual(header);
        },
      ),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (value) => void parseHmacHeader(value)));
  });
});
