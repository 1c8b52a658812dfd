import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapMac,
  bootstrapPush,
  imsiSemiOctets,
  PUSH_SECURITY,
  type PushSecret,
  type PushSecurity,
  pushMacKey,
  userPinWithMac,
  verifyBootstrapMac,
} from '../../src/wire/wap/push-mac.ts';
import { WapError } from '../../src/wire/wap/wap-error.ts';
import { decodeWspPush, encodeWspPush, WSP_PARAMETER } from '../../src/wire/wap/wsp-push.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

/** A CP document as Kannel's sendota pushed it, with the MACs computed apart from Kannel and from this code. */
const document = Buffer.from(
  '030b6a00c54601c65501871106036e310001870706034e0001871006ab01870806890187090689010101',
  'hex',
);
const secret: PushSecret = { imsi: '244051234567890', userPin: '1234' };

describe('the MAC of a bootstrap push', () => {
  it.each<[PushSecurity, string, string]>([
    ['netwPin', '2944502143658709', 'DAE930E49F15AB684F6D0424011211089B3F6A82'],
    ['userPin', '31323334', '5505FB3D7608574CB4FBE3C234DA41D92D6AA375'],
    ['userNetwPin', '294450214365870931323334', 'A24DDAA5D6C00396323D49CCF5EADDF76D207A99'],
  ])('is what a handset expects with %s', (security, keyHex, mac) => {
    const key = pushMacKey(security, secret);
    expect(hex(key)).toBe(keyHex);
    expect(bootstrapMac(key, document)).toBe(mac);
    expect(verifyBootstrapMac(mac.toLowerCase(), key, document)).toBe(true);
    expect(verifyBootstrapMac(mac, key, document.subarray(1))).toBe(false);
    expect(verifyBootstrapMac(mac.slice(1), key, document)).toBe(false);
  });

  it('writes an IMSI of an even number of digits with a filler', () => {
    expect(hex(imsiSemiOctets('24405123456789'))).toBe('21445021436587f9');
    expect(hex(imsiSemiOctets('123456'))).toBe('113254f6');
  });

  it('follows the PIN of the user by as many digits of the MAC', () => {
    // 5505FB3D7608574C…: octets 85, 5, 251, 61.
    expect(userPinWithMac('1234', document)).toBe('12345511');
  });

  it.each<[string, PushSecurity, PushSecret]>([
    ['no IMSI', 'netwPin', { userPin: '1234' }],
    ['no PIN', 'userPin', { imsi: '244051234567890' }],
    ['only half of both', 'userNetwPin', { imsi: '244051234567890' }],
    ['an IMSI that is too long', 'netwPin', { imsi: '2440512345678901' }],
    ['an IMSI with letters', 'netwPin', { imsi: '24405123456789A' }],
    ['a PIN with letters', 'userPin', { userPin: 'abcd' }],
    ['an empty PIN', 'userPinMac', { userPin: '' }],
  ])('refuses %s without repeating it', (_, security, given) => {
    try {
      pushMacKey(security, given);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(WapError);
      for (const text of Object.values(given)) if (text !== '') expect((error as WapError).message).not.toContain(text);
    }
    expect(() => userPinWithMac('123456789012345678901', document)).toThrow(WapError);
  });

  it('stands in the push of a CP document as Kannel writes it', () => {
    const octets = encodeWspPush(bootstrapPush(1, 'connectivityWbxml', 'netwPin', secret, document));
    const mac = Buffer.from('DAE930E49F15AB684F6D0424011211089B3F6A82').toString('hex');
    expect(hex(octets)).toBe(`01062f1f2db6918092${mac}00${hex(document)}`);
  });

  it('stands in the push of a DM message too, which names its application', () => {
    const push = bootstrapPush(7, 'syncmlDmWbxml', 'userPin', secret, document);
    const octets = encodeWspPush(push);
    const mac = Buffer.from('5505FB3D7608574CB4FBE3C234DA41D92D6AA375').toString('hex');
    expect(hex(octets)).toBe(`0706311f2dc2918192${mac}00af87${hex(document)}`);
    expect(decodeWspPush(octets)).toEqual({ ...push, body: new Uint8Array(document) });
  });

  it('is not in the push when the user types it', () => {
    const { contentType } = bootstrapPush(1, 'connectivityWbxml', 'userPinMac', secret, document);
    expect(contentType.parameters).toEqual([{ name: WSP_PARAMETER.sec, value: PUSH_SECURITY.userPinMac }]);
  });

  it('has a key for every IMSI, of eight octets at most, from which the IMSI can be read back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{6,15}$/), (imsi) => {
        const key = imsiSemiOctets(imsi);
        expect(key.length).toBeLessThanOrEqual(8);
        expect(
          hex(key)
            .replace(/(.)(.)/g, '$2$1')
            .slice(1)
            .replace('f', ''),
        ).toBe(imsi);
      }),
    );
  });
});
