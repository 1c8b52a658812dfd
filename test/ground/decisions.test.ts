import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

it('every record of a decision has a number of its own, so that it can be cited', () => {
  const numbers = readdirSync(new URL('../../docs/adr/', import.meta.url)).map((name) => name.slice(0, 5));
  expect(numbers.filter((number, index) => !/^\d{4}-$/.test(number) || numbers.indexOf(number) < index)).toEqual([]);
});
