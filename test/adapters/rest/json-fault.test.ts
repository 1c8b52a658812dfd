import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../../src/adapters/rest/json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('jsonFault', () => {
  it('finds nothing wrong with JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => jsonFault(text) === undefined),
      { numRuns: 2_000 },
    );
  });

  it('agrees with JSON.parse on mutated JSON, and points into the text', () => {
    const mutated = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat(4),
        fc.string({ maxLength: 3, unit: fc.constantFrom(...'{}[]",:\\u0e+-.1tnf \n\u0001é') }),
      )
      .map(([text, at, cut, put]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + put + text.slice(start + cut);
      });
    fc.assert(
      fc.property(mutated, (text) => {
        const fault = jsonFault(text);
        expect(fault === undefined).toBe(isJson(text));
        if (fault === undefined) return;
        expect(fault.offset).toBeGreaterThanOrEqual(0);
        expect(fault.offset).toBeLessThanOrEqual(text.length);
        const before = text.slice(0, fault.offset).split('\n');
        expect([fault.line, fault.column]).toEqual([before.length, (before.at(-1) ?? '').length + 1]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('never cites the text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), (secret) => {
        const fault = jsonFault(`{"password": ${secret}`);
        if (fault !== undefined) expect(fault.reason).not.toContain(secret);
      }),
    );
  });

  it.each([
    ['a million open brackets', '['.repeat(1_000_000)],
    ['a string of a million characters that is not closed', `"${'x'.repeat(1_000_000)}`],
    ['a million escapes and a bad one', `"${'\\n'.repeat(500_000)}\\x"`],
    ['a million digits and a letter', `[${'1'.repeat(1_000_000)}x]`],
    ['a million line ends', '\n'.repeat(1_000_000)],
  ])('is done with %s in no time', (_, text) => {
    expect(jsonFault(text)).toBeDefined();
  });
});
