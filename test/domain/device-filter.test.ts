import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceFilter } from '../../src/domain/device-filter.ts';
import { type FilterableDevice, matchesDeviceFilter } from '../../src/domain/match-device-filter.ts';
import { DeviceFilterError, parseDeviceFilter } from '../../src/domain/parse-device-filter.ts';
import { printDeviceFilter } from '../../src/domain/print-device-filter.ts';
import { FILTERS } from './arbitrary-device-filter.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const DEVICE: FilterableDevice = {
  deviceId: 'IMEI:493005100592800',
  msisdn: '+491701234567',
  devInfo: { man: 'Acme', mod: 'X 100', fwV: '2.0.1', lang: 'de-CH' },
  tags: ['pilot', 'site-berlin'],
  attributes: { customer: 'Müller & Co', 'site.floor': '3' },
  timeZone: 'Europe/Berlin',
  auth: 'md5',
  hasAccount: true,
  bootstrap: { state: 'pending' },
  createdAt: new Date('2026-01-15T00:00:00Z'),
  updatedAt: new Date('2026-01-15T00:00:00Z'),
  lastSeenAt: new Date('2026-05-30T12:00:00Z'),
};
const matches = (filter: string, device = DEVICE): boolean =>
  matchesDeviceFilter(parseDeviceFilter(filter), device, NOW);

const faultOf = (text: string): DeviceFilterError => {
  try {
    parseDeviceFilter(text);
  } catch (error) {
    if (error instanceof DeviceFilterError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
};

describe('a filter', () => {
  it.each([
    'man==Acme',
    'manufacturer==Acme;model=="X 100"',
    "mod=='X 100'",
    'man!=Other;imsi!=26201',
    'man=in=(Other,Acme)',
    'man=out=(Other, Another)',
    'mod==X*',
    'mod==*100',
    'mod==*1*0*',
    'mod==*',
    'imsi!=*',
    'tags==pilot',
    'tags==site-*',
    'tags=in=(a,pilot)',
    'tags=out=(a,b)',
    'tags!=a',
    'tags=ex=true',
    'attributes.customer=="Müller & Co"',
    'attributes.site.floor=in=(2,3)',
    'attributes.none!=x',
    'attributes.none=ex=false',
    'ATTRIBUTES.customer==Müller*',
    'fwv==2.0.1;lang==de-CH',
    'lastSeenAt<now;lastSeenAt=ge=-7d',
    'lastSeenAt>2026-05-30T13:59:59.999+02:00',
    'lastSeenAt==2026-05-30T12:00:00Z',
    'createdAt=lt=2026-01-16',
    'bootstrapState==pending;auth=in=(md5,hmac)',
    'hasAccount==true;hasAccount!=false',
    'deviceId>IMEI:4;deviceId<IMEI:5',
    'msisdn==+49*;imsi=ex=false',
    'tz==Europe/Berlin',
    '(man==Other,man==Acme);lang==de*',
    'man==Other,man==Acme;lang==de*',
    'man==Other or man == Acme and lang==de*',
    ' ( ( man==Acme ) ) ',
    'man==Acme AND(lang==fr or lang==de-CH)',
  ])('%s holds of the device', (filter) => {
    expect(matches(filter)).toBe(true);
  });

  it.each([
    'man==acme',
    'man==Acm',
    'mod==X*1',
    'mod==X*X*',
    'imsi==*',
    'imsi<9',
    'imsi>0',
    'tags==pilo',
    'tags=out=(pilot,b)',
    'attributes.customer==Müller',
    'attributes.toString=ex=true',
    'lastSeenAt>-1d',
    'man==Acme;(lang==fr,lang==it)',
    'man==Acme;lang==fr,lang==it',
  ])('%s does not', (filter) => {
    expect(matches(filter)).toBe(false);
  });

  it('takes a star, a quote and a backslash literally after a backslash', () => {
    const odd = { ...DEVICE, devInfo: { man: 'a*b"c\\' } };
    expect(matches('man==a\\*b\\"c\\\\', odd)).toBe(true);
    expect(matches('man=="a\\*b\\"c\\\\"', odd)).toBe(true);
    expect(matches('man==a\\*x*', odd)).toBe(false);
  });

  it('of a device that was never seen is false in every order, and true in every difference', () => {
    const { lastSeenAt: _lastSeenAt, ...never } = DEVICE;
    for (const operator of ['<', '<=', '>', '>=', '==']) expect(matches(`lastSeenAt${operator}now`, never)).toBe(false);
    expect(matches('lastSeenAt!=now', never)).toBe(true);
    expect(matches('lastSeenAt=ex=false', never)).toBe(true);
  });

  it('is read back from its print as it was', () => {
    fc.assert(
      fc.property(FILTERS, (filter: DeviceFilter) => {
        expect(parseDeviceFilter(printDeviceFilter(filter))).toEqual(filter);
      }),
      { numRuns: 2_000 },
    );
  });

  it('prints the same again once it was read', () => {
    const written = ' (a.b == 1)'.replace('a.b', 'attr.b');
    const print = printDeviceFilter(parseDeviceFilter(`${written} or man=eq="x y" and tags =in= ( a , 'b c' )`));
    expect(print).toBe('attributes.b==1,man=="x y";tags=in=(a,"b c")');
  });
});

describe('a filter that cannot be read', () => {
  it.each<[string, number, RegExp]>([
    ['', 0, /a field or \(, found the end/],
    ['man', 3, /one of == != .*found the end/],
    ['man=Acme', 3, /one of ==.*found "=Acme"/],
    ['man=~x', 3, /one of ==/],
    ['man==', 5, /a value, found the end/],
    ['man==Acme;', 10, /a field or \(/],
    ['man==Acme lang==de', 10, /";", ",", "and", "or" or the end/],
    ['colour==red', 0, /one of deviceId, msisdn, .*attributes\.<key>.*lastSeenAt, found "colour"/],
    ['man==a;colour==red', 7, /one of deviceId/],
    ['attributes==x', 10, /a dot and the key of an attribute/],
    ['attributes.ü==x', 11, /the key of an attribute/],
    ['(man==a', 7, /or \), found the end/],
    ['man==a)', 6, /the end, or a \( before/],
    ['man=="a', 7, /the closing " of the value that begins at 5/],
    ['man==a\\', 7, /a character after/],
    ['tags=in=a', 8, /\( and a list of values/],
    ['tags=in=()', 9, /a value/],
    ['tags=in=(a', 10, /"," or \)/],
    ['man<b', 3, /for man has no order/],
    ['tags=ge=b', 4, /for tags has no order/],
    ['lastSeenAt=in=(now)', 10, /another operator for lastSeenAt/],
    ['lastSeenAt>yesterday', 11, /an instant .* found "yesterday"/],
    ['lastSeenAt>2026-02-30', 11, /an instant/],
    ['lastSeenAt>2026-13-01', 11, /an instant/],
    ['lastSeenAt>2026-01-01T25:00:00Z', 11, /an instant/],
    ['lastSeenAt>0001-01-01', 11, /an instant/],
    ['lastSeenAt>-9999999999w', 11, /an instant/],
    ['lastSeenAt==*', 12, /an instant/],
    ['auth==md4', 6, /one of basic, md5, hmac, found "md4"/],
    ['auth==m*', 6, /one of basic/],
    ['hasAccount==yes', 12, /true or false/],
    ['man=ex=1', 7, /true or false/],
    ['deviceId<a*', 9, /without wildcards/],
    ['man==*a*a*a*a*a*a*a*a*', 5, /at most 8 wildcards/],
    ['man==a\u0000', 6, /no control characters/],
    ['man==\ud800', 5, /broken surrogate pairs/],
  ])('%j: at %i', (text, position, message) => {
    const fault = faultOf(text);
    expect(fault.position).toBe(position);
    expect(fault.message).toMatch(message);
  });

  it('is refused when it nests too deep or is too long, without running out of stack', () => {
    expect(faultOf(`${'('.repeat(8_000)}man==a`).position).toBe(32);
    expect(faultOf(`man==${'a'.repeat(9_000)}`).message).toMatch(/at most 8192 characters, found 9005/);
  });

  it('is refused with nothing but its own fault, whatever is written', () => {
    const pieces = [
      'man',
      'tags',
      '==',
      '=in=',
      '(',
      ')',
      ',',
      ';',
      ' and ',
      '"',
      "'",
      '\\',
      '*',
      'a',
      '-7d',
      '\u{1f4f1}',
      '\udc00',
    ];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...pieces), maxLength: 12 }), (text) => {
        try {
          parseDeviceFilter(text);
        } catch (error) {
          expect(error).toBeInstanceOf(DeviceFilterError);
          expect((error as DeviceFilterError).position).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
