import { describe, expect, it } from 'vitest';
import { SCRYPT_COST, ScryptPasswordHasher } from '../../../src/adapters/secrets/scrypt-password-hasher.ts';

const cheap = new ScryptPasswordHasher({ logN: 4, r: 8, p: 1 });

describe('the hash of a password', () => {
  it('knows its password and no other, and is another one each time', async () => {
    const [one, two] = [await cheap.hash('correct horse'), await cheap.hash('correct horse')];
    expect(one).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/);
    expect(one).not.toBe(two);
    expect(await cheap.verify('correct horse', one)).toBe(true);
    expect(await cheap.verify('correct horse', two)).toBe(true);
    expect(await cheap.verify('correct horsf', one)).toBe(false);
    expect(await cheap.verify('correct horse', undefined)).toBe(false);
  });

  it('is compared at the cost it was made at, however costs have grown since', async () => {
    const old = await cheap.hash('correct horse');
    expect(await new ScryptPasswordHasher({ logN: 5, r: 8, p: 2 }).verify('correct horse', old)).toBe(true);
  });

  it('takes a letter and its accent as the letter with the accent', async () => {
    expect(await cheap.verify('re\u0301sume\u0301 12345', await cheap.hash('r\u00e9sum\u00e9 12345'))).toBe(true);
  });

  it('is made at a cost that OWASP holds enough', () => {
    expect(SCRYPT_COST).toEqual({ logN: 15, r: 8, p: 3 });
  });

  it('is refused when too many wait already', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => cheap.verify('x', undefined)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(8);
    expect(await cheap.verify('x', undefined)).toBe(false);
  });
});
