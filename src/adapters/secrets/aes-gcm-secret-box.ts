import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { randomOctets } from './random-pool.ts';

/** First octet of what version 1 seals: AES-256-GCM, then the nonce (12 octets), the ciphertext and the tag (16). */
const VERSION = 1;
const KEY_LENGTH = 32;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const MARK_LENGTH = 16;
const ALGORITHM = 'aes-256-gcm';

/** Seals with AES-256-GCM under one key. Nonces are random: up to 2^32 seals with one key are safe (NIST SP 800-38D). */
export class AesGcmSecretBox implements SecretBox {
  readonly #key: Buffer;
  /** A key of its own, derived from the one: what is marked says nothing about what is sealed. */
  readonly #markKey: Buffer;

  /** @throws RangeError when the key has not 32 octets */
  constructor(key: Uint8Array) {
    if (key.length !== KEY_LENGTH) throw new RangeError(`The secret key has ${key.length} octets, not ${KEY_LENGTH}`);
    this.#key = Buffer.from(key);
    this.#markKey = createHmac('sha256', this.#key).update('mark').digest();
  }

  seal(plain: Uint8Array): Uint8Array {
    const nonce = randomOctets(NONCE_LENGTH);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_LENGTH });
    const body = cipher.update(plain);
    cipher.final();
    return Buffer.concat([Buffer.of(VERSION), nonce, body, cipher.getAuthTag()]);
  }

  open(sealed: Uint8Array): Uint8Array {
    const octets = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (octets.length < 1 + NONCE_LENGTH + TAG_LENGTH || octets[0] !== VERSION) {
      throw new Error('This was not sealed by this version of the server');
    }
    const bodyEnd = octets.length - TAG_LENGTH;
    const nonce = octets.subarray(1, 1 + NONCE_LENGTH);
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_LENGTH });
    decipher.setAuthTag(octets.subarray(bodyEnd));
    const plain = decipher.update(octets.subarray(1 + NONCE_LENGTH, bodyEnd));
    try {
      decipher.final();
    } catch (cause) {
      throw new Error(
        'A stored secret cannot be opened: SECRET_KEY is not the one it was sealed with, or it was changed',
        {
          cause,
        },
      );
    }
    return plain;
  }

  mark(text: string): Uint8Array {
    return createHmac('sha256', this.#markKey).update(text).digest().subarray(0, MARK_LENGTH);
  }
}
