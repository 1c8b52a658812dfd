import type { PasswordHasher } from '../../src/services/ports/password-hasher.ts';

/** Costs nothing, and remembers what it was asked. */
export class PlainPasswordHasher implements PasswordHasher {
  /** Of each question, whether there was a hash to compare with. */
  readonly asked: boolean[] = [];

  async hash(password: string): Promise<string> {
    return Buffer.from(password).toString('hex');
  }

  async verify(password: string, hash: string | undefined): Promise<boolean> {
    this.asked.push(hash !== undefined);
    return hash === Buffer.from(password).toString('hex');
  }
}
