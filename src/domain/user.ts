import type { Role } from './principal.ts';

/** Somebody who signs in with a name and a password. */
export interface User {
  /** UUIDv7. */
  readonly id: string;
  /** Unique whatever its case; kept in lower case. */
  readonly name: string;
  readonly role: Role;
  /** False: may not sign in. */
  readonly enabled: boolean;
  /** Grows with every change that an admin makes, and with a new password. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastSignInAt?: Date;
}

/** NIST SP 800-63B asks for 8 at least and 64 taken; a password is what stands between anybody and a fleet, so for more. */
export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 256;

/** How a user may be called: letters, digits and `._@-`, at most 64. */
export const USER_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** One spelling for every way a name is typed. */
export function canonicalName(name: string): string {
  return name.toLowerCase();
}
