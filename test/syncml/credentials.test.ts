import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  basicCredData,
  buildCred,
  credType,
  hmacCredData,
  md5CredData,
  provesUser,
} from '../../src/syncml/credentials.ts';

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));

describe('credential data', () => {
  it("is the specification's MD5 example", () => {
    // OMA-TS-DM_Security, the example of MD5 authentication.
    expect(md5CredData('Bruce2', 'OhBehave', utf8('Nonce'))).toBe('Zz6EivR3yeaaENcRN6lpAQ==');
  });

  it("is the specification's Basic example", () => {
    // OMA-TS-DM_RepPro, the example of Cred.
    expect(basicCredData('Bruce2', 'OhBehave')).toBe('QnJ1Y2UyOk9oQmVoYXZl');
  });

  it('takes names and passwords as UTF-8 and the nonce as octets', () => {
    // Recomputed with openssl: md5 -binary | base64, once over "jürgen:pässwörd", once over that, ":" and 00 FF.
    expect(md5CredData('jürgen', 'pässwörd', Uint8Array.of(0, 255))).toBe('XBVJ2U2DIMVF9GMpbYpuIQ==');
  });

  it('covers the body in a MAC', () => {
    // Recomputed with openssl in the same way, over the body "body".
    expect(hmacCredData('user', 'pw', utf8('nonce'), utf8('body'))).toBe('J6YkWlHY4b0sS/pKkDSY4A==');
    expect(hmacCredData('user', 'pw', utf8('nonce'), utf8('Body'))).not.toBe('J6YkWlHY4b0sS/pKkDSY4A==');
  });
});

describe('provesUser', () => {
  const nonce = Uint8Array.of(1, 2, 3);
  const basic = buildCred('syncml:auth-basic', 'user', 'pw', nonce);
  const md5 = buildCred('syncml:auth-md5', 'user', 'pw', nonce);

  it('accepts what buildCred makes, and nothing else', () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, text, fc.uint8Array({ maxLength: 8 }), (user, pw, user2, pw2, octets) => {
        const same = `${user}:${pw}` === `${user2}:${pw2}`;
        for (const type of ['syncml:auth-basic', 'syncml:auth-md5'] as const) {
          const cred = buildCred(type, user, pw, octets);
          expect(provesUser(cred, user, pw, octets)).toBe(true);
          expect(provesUser(cred, user2, pw2, octets)).toBe(same);
        }
      }),
    );
  });

  it('refuses a digest over another nonce; Basic has none', () => {
    expect(provesUser(md5, 'user', 'pw', Uint8Array.of(1, 2))).toBe(false);
    expect(provesUser(basic, 'user', 'pw', Uint8Array.of())).toBe(true);
  });

  it('does not mind padding and blanks around the base64', () => {
    expect(provesUser({ ...md5, data: ` ${md5.data.replace(/=+$/, '')}\n` }, 'user', 'pw', nonce)).toBe(true);
    expect(provesUser({ ...basic, data: `\n${basic.data}` }, 'user', 'pw', nonce)).toBe(true);
  });

  it('takes Basic unencoded when its format says so, and as the default type', () => {
    expect(provesUser({ type: 'syncml:auth-basic', format: 'chr', data: 'user:pw' }, 'user', 'pw', nonce)).toBe(true);
    expect(provesUser({ type: '', data: basic.data }, 'user', 'pw', nonce)).toBe(true);
    expect(provesUser({ ...basic, data: 'user:pw' }, 'user', 'pw', nonce)).toBe(false);
  });

  it('refuses empty data, a MAC, and types it does not know', () => {
    for (const type of ['syncml:auth-basic', 'syncml:auth-md5', 'syncml:auth-MAC', 'syncml:auth-x509', 'constructor']) {
      expect(provesUser({ type, format: 'b64', data: '' }, 'user', 'pw', nonce), type).toBe(false);
    }
    expect(provesUser({ ...md5, type: 'syncml:auth-MAC' }, 'user', 'pw', nonce)).toBe(false);
  });
});

describe('credType', () => {
  it.each([
    ['syncml:auth-basic', 'syncml:auth-basic'],
    ['syncml:auth-MD5', 'syncml:auth-md5'],
    ['SYNCML:AUTH-MAC', 'syncml:auth-MAC'],
    ['', 'syncml:auth-basic'],
    ['syncml:auth-x509', undefined],
  ])('reads %j as %s', (type, expected) => {
    expect(credType({ type, data: '' })).toBe(expected);
  });
});
