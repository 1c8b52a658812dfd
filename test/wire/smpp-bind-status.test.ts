import { expect, it } from 'vitest';
import { sayBindRefused } from '../../src/wire/smpp/bind-status.ts';

it('a refused bind is said in plain words, with the number that the SMSC gave', () => {
  expect(sayBindRefused(0x0e)).toBe('the SMSC refused the bind: the password is wrong (ESME_RINVPASWD, 0x0000000e)');
  expect(sayBindRefused(0x0500)).toBe('the SMSC refused the bind with status 0x00000500');
});
