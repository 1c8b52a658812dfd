import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOfModel } from '../../src/domain/device-model.ts';

const fits = (pattern: string, text: string): boolean => isOfModel({ man: '*', mod: pattern }, { man: 'M', mod: text });

describe('the model a device is of', () => {
  it('is told exactly, or by a pattern', () => {
    expect(isOfModel({ man: 'Example', mod: 'One' }, { man: 'Example', mod: 'One' })).toBe(true);
    expect(isOfModel({ man: 'Example', mod: 'One' }, { man: 'Example', mod: 'Two' })).toBe(false);
    expect(isOfModel({ man: 'Other', mod: 'One' }, { man: 'Example', mod: 'One' })).toBe(false);
    for (const [pattern, text] of [
      ['One*', 'One'],
      ['One*', 'One Plus'],
      ['*us', 'One Plus'],
      ['O*P*s', 'One Plus'],
      ['O?e', 'One'],
      ['*', ''],
      ['a*b*c', 'aXbXbXc'],
    ] as const) {
      expect([pattern, fits(pattern, text)]).toEqual([pattern, true]);
    }
    for (const [pattern, text] of [
      ['One?', 'One'],
      ['one', 'One'],
      ['a*b', 'ab!'],
      ['', 'x'],
    ] as const) {
      expect([pattern, fits(pattern, text)]).toEqual([pattern, false]);
    }
  });

  it('asks for the firmware only where it names one', () => {
    const one = { man: 'M', mod: 'One' };
    expect(isOfModel({ ...one, firmware: '2.*' }, { ...one, firmware: '2.1' })).toBe(true);
    expect(isOfModel({ ...one, firmware: '2.*' }, { ...one, firmware: '3.0' })).toBe(false);
    expect(isOfModel({ ...one, firmware: '2.*' }, one)).toBe(false);
    expect(isOfModel({ ...one, firmware: '*' }, one)).toBe(true);
    expect(isOfModel(one, {})).toBe(false);
  });

  it('is found like a regular expression would, in the time of the lengths', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(word, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(fits(pattern, text)).toBe(expression.test(text));
      }),
    );
    expect(fits(`${'a*'.repeat(100)}b`, 'a'.repeat(5_000))).toBe(false);
  });
});
