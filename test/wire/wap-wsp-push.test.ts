import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WapError } from '../../src/wire/wap/wap-error.ts';
import {
  decodeWspPush,
  encodeWspPush,
  triggerPush,
  WSP_HEADER,
  WSP_MEDIA,
  WSP_PARAMETER,
  type WspPush,
} from '../../src/wire/wap/wsp-push.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const body = bytes('0102ff');

describe('the WSP push PDU', () => {
  it('envelops a server trigger as the notification specification shows', () => {
    expect(hex(encodeWspPush(triggerPush(1, body)))).toBe('010603c4af870102ff');
    expect(decodeWspPush(bytes('010603c4af870102ff'))).toEqual(triggerPush(1, body));
  });

  it('writes an OMA CP push, SEC and MAC included, as Kannel does', () => {
    const mac = 'DAE930E49F15AB684F6D0424011211089B3F6A82';
    const push: WspPush = {
      transactionId: 1,
      contentType: {
        media: WSP_MEDIA.connectivityWbxml,
        parameters: [
          { name: WSP_PARAMETER.sec, value: 0 },
          { name: WSP_PARAMETER.mac, value: mac },
        ],
      },
      headers: [],
      body,
    };
    const octets = `01062f1f2db6918092${Buffer.from(mac).toString('hex')}000102ff`;
    expect(hex(encodeWspPush(push))).toBe(octets);
    expect(decodeWspPush(bytes(octets))).toEqual(push);
  });

  it('reads the forms that other gateways write: media types in text, long integers, quoted lengths', () => {
    const text = Buffer.from('application/vnd.syncml.notification\0', 'latin1').toString('hex');
    expect(decodeWspPush(bytes(`0706${(36 + 3).toString(16)}${text}af0107`)).contentType.media).toBe(
      'application/vnd.syncml.notification',
    );
    expect(decodeWspPush(bytes('070605c4af020107')).headers).toEqual([{ name: 0x2f, value: 0x107 }]);
    expect(decodeWspPush(bytes('070607c4af1f03000107')).headers).toEqual([{ name: 0x2f, value: 0x107 }]);
    expect(decodeWspPush(bytes('07060201c4')).contentType).toEqual({ media: 0x44, parameters: [] });
  });

  it('keeps headers it does not know', () => {
    const push = decodeWspPush(bytes('070608c48d0202008b4100'));
    expect(push.headers).toEqual([
      { name: 0x0d, value: bytes('0200') },
      { name: 0x0b, value: 'A' },
    ]);
    expect(hex(encodeWspPush(push))).toBe('070608c48d0202008b4100');
  });

  it.each([
    ['', 'truncated'],
    ['01', 'truncated'],
    ['0106', 'truncated'],
    ['010603c4af', 'truncated'],
    ['010602c4af87', 'truncated'],
    ['010403c4af87', 'unsupported'],
    ['010602c401', 'unsupported'],
    ['0106ffffffffff01', 'malformed'],
    ['01068080808080', 'malformed'],
    ['010603414243', 'truncated'],
    ['01060507c4010203', 'truncated'],
    ['01060100', 'truncated'],
    ['010603010080', 'malformed'],
  ])('refuses %s as %s', (octets, code) => {
    expect(() => decodeWspPush(bytes(octets))).toThrow(expect.objectContaining({ name: 'WapError', code }));
  });

  it('refuses to write what WSP cannot carry', () => {
    const push = triggerPush(1, body);
    const media = (value: string | number) => ({ ...push, contentType: { media: value, parameters: [] } });
    for (const faulty of [
      triggerPush(256, body),
      media('with\0nul'),
      media('日本'),
      media('\u0001'),
      media(-1),
      media(1.5),
      { ...push, headers: [{ name: 128, value: 1 }] },
    ]) {
      expect(() => encodeWspPush(faulty)).toThrow(WapError);
    }
  });

  it('comes back as it was written', () => {
    const number = fc.integer({ min: 0, max: 0xffffff });
    const text = fc.stringMatching(/^[a-zA-Z/][ -~]{0,40}$/);
    const name = fc.oneof(fc.integer({ min: 0, max: 127 }), fc.stringMatching(/^[a-zA-Z-]{1,20}$/));
    const push = fc.record({
      transactionId: fc.integer({ min: 0, max: 255 }),
      contentType: fc.record({
        media: fc.oneof(number, text),
        parameters: fc.array(fc.record({ name, value: fc.oneof(number, text) }), { maxLength: 4 }),
      }),
      headers: fc.array(
        fc.record({
          name: name.filter((value) => value !== WSP_HEADER.applicationId),
          value: fc.oneof(fc.integer({ min: 0, max: 127 }), text, fc.uint8Array({ maxLength: 60 })),
        }),
        { maxLength: 4 },
      ),
      body: fc.uint8Array({ maxLength: 200 }),
    });
    fc.assert(
      fc.property(push, (value) => {
        expect(decodeWspPush(encodeWspPush(value))).toEqual(value);
      }),
    );
  });

  it('throws nothing but its own error, whatever the octets', () => {
    const nearly = fc.uint8Array({ maxLength: 80 }).map((tail) => Uint8Array.from([1, 6, tail.length, ...tail]));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 80 })), (octets) => {
        try {
          decodeWspPush(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(WapError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
