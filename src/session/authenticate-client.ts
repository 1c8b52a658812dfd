import { credType, provesUser } from '../syncml/credentials.ts';
import type { Chal, Cred } from '../syncml/message.ts';
import type { Account } from './session-input.ts';

export type ClientVerdict =
  | { readonly kind: 'accepted'; readonly usesNonce: boolean; readonly usedNonce: Uint8Array | undefined }
  /** No credentials: 407. */
  | { readonly kind: 'missing' }
  /** Wrong ones, or of a weaker kind than the account asks for: 401. */
  | { readonly kind: 'refused'; readonly why: string };

const STRENGTH = { 'syncml:auth-basic': 0, 'syncml:auth-md5': 1, 'syncml:auth-MAC': 2 } as const;
const REQUIRED = { basic: 0, md5: 1, hmac: 2 } as const;
const NO_NONCE = new Uint8Array(0);

/**
 * Weighs the device's credentials (OMA-TS-DM_Security, 5.3). A digest may be made with the nonce of this session's
 * challenge, with the account's, and with the one before that as long as the device has not shown that it received the
 * newer one: the reply that carried it may have been lost.
 */
export function authenticateClient(
  cred: Cred | undefined,
  account: Account,
  challengeNonce?: Uint8Array,
): ClientVerdict {
  if (cred === undefined) return { kind: 'missing' };
  const type = credType(cred);
  if (type === undefined || type === 'syncml:auth-MAC')
    return { kind: 'refused', why: 'credentials of an unknown type' };
  if (STRENGTH[type] < REQUIRED[account.auth]) {
    return { kind: 'refused', why: `${type} is weaker than the account's ${account.auth}` };
  }
  const { username, password, nonce, previousNonce } = account.client;
  if (type === 'syncml:auth-basic') {
    return provesUser(cred, username, password, NO_NONCE)
      ? { kind: 'accepted', usesNonce: false, usedNonce: undefined }
      : { kind: 'refused', why: 'wrong user name or password' };
  }
  for (const candidate of [challengeNonce, nonce ?? NO_NONCE, previousNonce]) {
    if (candidate !== undefined && provesUser(cred, username, password, candidate)) {
      return { kind: 'accepted', usesNonce: true, usedNonce: candidate };
    }
  }
  return { kind: 'refused', why: 'the digest is wrong: user name, password or nonce differ' };
}

/** The challenge that goes with a 401, 407 or, for the next session's nonce, a 212. */
export function buildChallenge(auth: Account['auth'], nonce: Uint8Array): Chal {
  if (auth === 'basic') return { type: 'syncml:auth-basic', format: 'b64' };
  return {
    type: auth === 'md5' ? 'syncml:auth-md5' : 'syncml:auth-MAC',
    format: 'b64',
    nextNonce: Buffer.from(nonce).toString('base64'),
  };
}
