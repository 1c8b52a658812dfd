import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildPackage0,
  Package0Error,
  parsePackage0,
  UI_MODE,
  verifyPackage0Digest,
} from '../../src/wire/wap/package0.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

// Two independent builders agreed on these octets, and a device engine accepted the digest.
const INPUT = {
  serverId: 'mgmtsrv',
  serverPassword: 'srvpass',
  nonce: new TextEncoder().encode('snonce'),
  sessionId: 0x1234,
  uiMode: 0,
  initiator: 0,
  version: '1.1',
} as const;
const OCTETS = '94bac8ddccff91ddec78c398e7397d6c02c00000001234076d676d74737276';

describe('Package #0', () => {
  it('is built octet for octet as by others', () => {
    expect(hex(buildPackage0(INPUT))).toBe(OCTETS);
  });

  it('is read back', () => {
    expect(parsePackage0(bytes(OCTETS))).toEqual({
      digest: bytes(OCTETS.slice(0, 32)),
      version: '1.1',
      uiMode: 0,
      initiator: 0,
      sessionId: 0x1234,
      serverId: 'mgmtsrv',
      vendor: new Uint8Array(),
    });
  });

  it("writes the specification's example after the digest", () => {
    const octets = buildPackage0({
      ...INPUT,
      serverId: 'com.mgmtsrv.manage',
      uiMode: UI_MODE.background,
      initiator: 0,
    });
    expect(hex(octets.subarray(16))).toBe('02d0000000123412636f6d2e6d676d747372762e6d616e616765');
  });

  it('is verified by its account only', () => {
    const octets = bytes(OCTETS);
    expect(verifyPackage0Digest(octets, INPUT)).toBe(true);
    expect(verifyPackage0Digest(octets, { ...INPUT, serverPassword: 'srvpasS' })).toBe(false);
    expect(verifyPackage0Digest(octets, { ...INPUT, nonce: new TextEncoder().encode('snoncf') })).toBe(false);
    expect(verifyPackage0Digest(octets, { ...INPUT, serverId: 'mgmtsrw' })).toBe(false);
    for (let at = 0; at < octets.length; at++) {
      const changed = Uint8Array.from(octets);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(verifyPackage0Digest(changed, INPUT)).toBe(false);
    }
    expect(verifyPackage0Digest(octets.subarray(0, 15), INPUT)).toBe(false);
  });

  it('takes the password as UTF-8 and the nonce as raw octets', () => {
    const account = { ...INPUT, serverPassword: 'pässwörd', nonce: Uint8Array.from([0, 0x80, 0xff, 0x3a]) };
    const octets = buildPackage0(account);
    expect(verifyPackage0Digest(octets, account)).toBe(true);
    const asText = new TextEncoder().encode(new TextDecoder().decode(account.nonce));
    expect(verifyPackage0Digest(octets, { ...account, nonce: asText })).toBe(false);
    expect(verifyPackage0Digest(octets, { ...account, serverPassword: 'password' })).toBe(false);
  });

  it('takes server ids of 1 to 255 octets, counted in UTF-8', () => {
    expect(parsePackage0(buildPackage0({ ...INPUT, serverId: 'x'.repeat(255) })).serverId).toHaveLength(255);
    expect(parsePackage0(buildPackage0({ ...INPUT, serverId: 'sérver' })).serverId).toBe('sérver');
    for (const serverId of ['', 'x'.repeat(256), 'é'.repeat(128)]) {
      expect(() => buildPackage0({ ...INPUT, serverId })).toThrow(expect.objectContaining({ code: 'server-id' }));
    }
  });

  it.each([
    [{ sessionId: 0 }, 'session-id'],
    [{ sessionId: 65_536 }, 'session-id'],
    [{ sessionId: 1.5 }, 'session-id'],
    [{ version: '1' }, 'version'],
    [{ version: '200.0' }, 'version'],
    [{ uiMode: 4 as never }, 'ui-mode'],
    [{ initiator: 2 as never }, 'initiator'],
  ])('refuses to build with %j', (change, code) => {
    expect(() => buildPackage0({ ...INPUT, ...change })).toThrow(
      expect.objectContaining({ name: 'Package0Error', code }),
    );
  });

  it('refuses octets cut anywhere', () => {
    for (let length = 0; length < OCTETS.length / 2; length++) {
      expect(() => parsePackage0(bytes(OCTETS).subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'truncated' }),
      );
    }
  });

  it('refuses session id 0, an empty server id and one that is no UTF-8', () => {
    const change = (at: number, value: number) => {
      const octets = bytes(OCTETS);
      octets[at] = value;
      return octets;
    };
    const noSession = change(21, 0);
    noSession[22] = 0;
    expect(() => parsePackage0(noSession)).toThrow(expect.objectContaining({ code: 'session-id' }));
    expect(() => parsePackage0(change(23, 0))).toThrow(expect.objectContaining({ code: 'server-id' }));
    expect(() => parsePackage0(change(24, 0xff))).toThrow(expect.objectContaining({ code: 'server-id' }));
  });

  it('reads over future-use bits and keeps vendor octets', () => {
    const octets = Uint8Array.from([...bytes(OCTETS), 0xca, 0xfe]);
    octets[18] = 0xff;
    octets[17] = (octets[17] ?? 0) | 7;
    expect(parsePackage0(octets)).toMatchObject({ version: '1.1', uiMode: 0, initiator: 0, vendor: bytes('cafe') });
  });

  it('comes back as it was built, and throws nothing but its own error', () => {
    fc.assert(
      fc.property(
        fc.record({
          version: fc.integer({ min: 0, max: 1023 }).map((n) => `${Math.floor(n / 10)}.${n % 10}`),
          uiMode: fc.constantFrom(0, 1, 2, 3),
          initiator: fc.constantFrom(0, 1),
          sessionId: fc.integer({ min: 1, max: 65_535 }),
          serverId: fc.stringMatching(/^[a-z.é]{1,40}$/),
          serverPassword: fc.string(),
          nonce: fc.uint8Array({ maxLength: 32 }),
        }),
        (input) => {
          const octets = buildPackage0(input);
          const { serverPassword, nonce, ...visible } = input;
          expect(parsePackage0(octets)).toMatchObject(visible);
          expect(verifyPackage0Digest(octets, { serverId: input.serverId, serverPassword, nonce })).toBe(true);
        },
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
        try {
          parsePackage0(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(Package0Error);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
