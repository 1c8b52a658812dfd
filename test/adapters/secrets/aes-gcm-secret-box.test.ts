import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, n) => n);
const box = new AesGcmSecretBox(KEY);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('opens what it has sealed, whatever the length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (plain) => {
      expect(hex(box.open(box.seal(plain)))).toBe(hex(plain));
    }),
  );
});

it('opens octets that are part of a larger buffer', () => {
  const sealed = box.seal(Uint8Array.of(1, 2, 3));
  const around = new Uint8Array(sealed.length + 7).fill(0xee);
  around.set(sealed, 3);
  expect(hex(box.open(around.subarray(3, 3 + sealed.length)))).toBe('010203');
});

it('writes version, nonce, ciphertext and tag of AES-256-GCM, as any other program reads them', () => {
  const sealed = Buffer.from(box.seal(Buffer.from('secret')));
  expect(sealed.length).toBe(1 + 12 + 6 + 16);
  expect(sealed[0]).toBe(1);
  const decipher = createDecipheriv('aes-256-gcm', KEY, sealed.subarray(1, 13));
  decipher.setAuthTag(sealed.subarray(-16));
  expect(Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]).toString()).toBe('secret');
});

it('never seals the same octets alike', () => {
  const sealed = new Set(Array.from({ length: 100 }, () => hex(box.seal(Uint8Array.of(1)))));
  expect(sealed.size).toBe(100);
});

it('refuses whatever was changed or cut, at every octet', () => {
  const sealed = box.seal(Buffer.from('a secret'));
  for (let place = 0; place < sealed.length; place++) {
    const changed = Uint8Array.from(sealed);
    changed[place] = (changed[place] ?? 0) ^ 1;
    expect(() => box.open(changed)).toThrow();
    expect(() => box.open(sealed.subarray(0, place))).toThrow();
  }
});

it('says that the key is another one, without saying what was sealed', () => {
  const other = new AesGcmSecretBox(new Uint8Array(32));
  expect(() => other.open(box.seal(Buffer.from('a secret')))).toThrow(/SECRET_KEY is not the one it was sealed with/);
});

it('takes no key of another length', () => {
  expect(() => new AesGcmSecretBox(new Uint8Array(16))).toThrow('The secret key has 16 octets, not 32');
});
