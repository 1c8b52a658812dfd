import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../services/app-error.ts';
import type { PasswordHasher } from '../../services/ports/password-hasher.ts';

export interface ScryptCost {
  /** log2 of N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** One of the settings that OWASP's password storage cheat sheet holds equal: 32 MiB, some tenths of a second. */
export const SCRYPT_COST: ScryptCost = { logN: 15, r: 8, p: 3 };

const SALT_OCTETS = 16;
const HASH_OCTETS = 32;
/** Each takes a thread and its memory: the threads are also those that read files and resolve names. */
const AT_ONCE = 2;
const MAX_WAITING = 50;

/** Hashes as `$scrypt$ln=15,r=8,p=3$salt$hash` (PHC string format), so that the cost can grow later. */
export class ScryptPasswordHasher implements PasswordHasher {
  readonly #cost: ScryptCost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(cost: ScryptCost = SCRYPT_COST) {
    this.#cost = cost;
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_OCTETS);
    const { logN, r, p } = this.#cost;
    const derived = await this.#derive(password, salt, this.#cost);
    return `$scrypt$ln=${logN},r=${r},p=${p}$${salt.toString('base64')}$${derived.toString('base64')}`;
  }

  async verify(password: string, hash: string | undefined): Promise<boolean> {
    if (hash === undefined) {
      await this.#derive(password, Buffer.alloc(SALT_OCTETS), this.#cost);
      return false;
    }
    const [, logN, r, p, salt, expected] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash) ?? [];
    if (salt === undefined || expected === undefined) throw new Error('a password hash is not of our making');
    const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
    const derived = await this.#derive(password, Buffer.from(salt, 'base64'), cost);
    return timingSafeEqual(derived, Buffer.from(expected, 'base64'));
  }

  async #derive(password: string, salt: Uint8Array, { logN, r, p }: ScryptCost): Promise<Buffer> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new AppError('unavailable', 'Too many passwords are being checked at the moment.');
      }
      await new Promise<void>((go) => this.#waiting.push(go));
    } else this.#running += 1;
    try {
      // The same text typed on another machine may come in another form of Unicode.
      return await derive(password.normalize('NFKC'), salt, { N: 2 ** logN, r, p, maxmem: 2 ** logN * r * 128 * 2 });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

function derive(password: string, salt: Uint8Array, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_OCTETS, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
