import { describe, expect, it } from 'vitest';
import { isOpenAt, nextOpening, spansFault } from '../../src/domain/campaign-window.ts';

const NIGHT = [{ from: '22:00', to: '06:00' }];
const berlin = 'Europe/Berlin';

describe('the active windows of a campaign', () => {
  it('are told by the clock on the wall of their zone, summer and winter', () => {
    const office = [{ from: '09:00', to: '17:00' }];
    expect(isOpenAt(office, berlin, new Date('2026-01-15T08:00:00Z'))).toBe(true);
    expect(isOpenAt(office, berlin, new Date('2026-01-15T07:59:00Z'))).toBe(false);
    expect(isOpenAt(office, berlin, new Date('2026-07-15T07:00:00Z'))).toBe(true);
    expect(isOpenAt(office, 'Asia/Tokyo', new Date('2026-01-15T08:00:00Z'))).toBe(false);
  });

  it('go on past midnight and belong to the day they began on', () => {
    const friday = [{ ...NIGHT[0], weekdays: ['fri'] as const, from: '22:00', to: '06:00' }];
    expect(isOpenAt(friday, berlin, new Date('2026-11-20T22:30:00+01:00'))).toBe(true);
    expect(isOpenAt(friday, berlin, new Date('2026-11-21T05:59:00+01:00'))).toBe(true);
    expect(isOpenAt(friday, berlin, new Date('2026-11-21T06:00:00+01:00'))).toBe(false);
    expect(isOpenAt(friday, berlin, new Date('2026-11-21T22:30:00+01:00'))).toBe(false);
    expect(
      isOpenAt([{ weekdays: ['sun'], from: '23:00', to: '01:00' }], berlin, new Date('2026-11-23T00:30:00+01:00')),
    ).toBe(true);
  });

  it('may be whole days', () => {
    const weekend = [{ weekdays: ['sat', 'sun'] as const, from: '00:00', to: '24:00' }];
    expect(isOpenAt(weekend, berlin, new Date('2026-11-21T23:59:59+01:00'))).toBe(true);
    expect(isOpenAt(weekend, berlin, new Date('2026-11-23T00:00:00+01:00'))).toBe(false);
  });

  it('say when they open next', () => {
    const when = (text: string): string => nextOpening(NIGHT, berlin, new Date(text)).toISOString();
    expect(when('2026-11-20T12:00:30+01:00')).toBe('2026-11-20T21:00:00.000Z');
    expect(when('2026-11-20T23:00:30+01:00')).toBe('2026-11-20T22:00:30.000Z');
    const monday = [{ weekdays: ['mon'] as const, from: '08:30', to: '09:00' }];
    expect(nextOpening(monday, berlin, new Date('2026-11-23T09:00:00+01:00')).toISOString()).toBe(
      '2026-11-30T07:30:00.000Z',
    );
  });

  it('open after the hour that a clock leaves out, and on both sides of the one it has twice', () => {
    // On 29 March 2026 at 02:00 clocks in Berlin go to 03:00, on 25 October at 03:00 back to 02:00.
    const early = [{ from: '02:15', to: '04:00' }];
    expect(nextOpening(early, berlin, new Date('2026-03-29T01:00:00+01:00')).toISOString()).toBe(
      '2026-03-29T01:00:00.000Z',
    );
    const lost = [{ from: '02:15', to: '02:45' }];
    expect(nextOpening(lost, berlin, new Date('2026-03-29T01:00:00+01:00')).toISOString()).toBe(
      '2026-03-30T00:15:00.000Z',
    );
    expect(nextOpening(early, berlin, new Date('2026-10-25T00:00:00+02:00')).toISOString()).toBe(
      '2026-10-25T00:15:00.000Z',
    );
    const evening = [{ from: '20:00', to: '21:00' }];
    expect(nextOpening(evening, berlin, new Date('2026-10-25T00:00:00+02:00')).toISOString()).toBe(
      '2026-10-25T19:00:00.000Z',
    );
    expect(nextOpening(evening, berlin, new Date('2026-03-29T00:00:00+01:00')).toISOString()).toBe(
      '2026-03-29T18:00:00.000Z',
    );
  });

  it('always name a moment at which they are open, in every zone', () => {
    for (const zone of Intl.supportedValuesOf('timeZone').filter((_, index) => index % 10 === 0)) {
      for (const start of ['2026-03-28T13:07:11Z', '2026-10-31T23:59:59Z']) {
        const from = new Date(start);
        const opening = nextOpening([{ weekdays: ['sun'], from: '01:30', to: '01:45' }], zone, from);
        expect(opening.getTime()).toBeGreaterThanOrEqual(from.getTime());
        expect(isOpenAt([{ weekdays: ['sun'], from: '01:30', to: '01:45' }], zone, opening)).toBe(true);
      }
    }
  });

  it('are refused where they would never open', () => {
    expect(spansFault(NIGHT)).toBeUndefined();
    for (const spans of [
      [],
      [{ from: '25:00', to: '06:00' }],
      [{ from: '08:00', to: '08:00' }],
      [{ from: '24:00', to: '06:00' }],
      [{ from: '08:00', to: '09:00', weekdays: [] }],
    ]) {
      expect(spansFault(spans)).toBeTypeOf('string');
    }
  });
});
