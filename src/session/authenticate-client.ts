import { credType, provesBody, provesUser } from '../syncml/credentials.ts';
import type { AuthType, Chal } from '../syncml/message.ts';
import type { Account, SessionInput } from './session-input.ts';

export type ClientVerdict =
  | {
      readonly kind: 'accepted';
      /** `syncml:auth-MAC` covers one message only; the others hold for the session. */
      readonly type: AuthType;
      /** Undefined for Basic, which has none. */
      readonly usedNonce: Uint8Array | undefined;
    }
  /** No credentials: 407. */
  | { readonly kind: 'missing' }
  /** Wrong ones, or of a weaker kind than the account asks for: 401. */
  | { readonly kind: 'refused'; readonly why: string };

const STRENGTH = { 'syncml:auth-basic': 0, 'syncml:auth-md5': 1, 'syncml:auth-MAC': 2 } as const;
const REQUIRED = { basic: 0, md5: 1, hmac: 2 } as const;
const NO_NONCE = new Uint8Array(0);

/**
 * Weighs the device's credentials (OMA-TS-DM_Security, 5.3 and 5.4): a MAC in the transport header when there is one,
 * else the Cred. A digest may be made with the nonce of this session's challenge, with the account's, and with the one
 * before that as long as the device has not shown that it received the newer one: the reply that carried it may have
 * been lost.
 */
export function authenticateClient(
  { message, hmac, account }: Pick<SessionInput, 'message' | 'hmac' | 'account'>,
  challengeNonce?: Uint8Array,
): ClientVerdict {
  const { cred } = message.header;
  const { username, password, nonce, previousNonce } = account.client;
  const nonces = [challengeNonce, nonce ?? NO_NONCE, previousNonce].filter((one) => one !== undefined);
  if (hmac !== undefined) {
    const usedNonce = nonces.find((one) => provesBody(hmac.mac, username, password, one, hmac.body));
    if (hmac.username === username && usedNonce !== undefined) {
      return { kind: 'accepted', type: 'syncml:auth-MAC', usedNonce };
    }
    return { kind: 'refused', why: 'the MAC is wrong: user name, password, nonce or body differ' };
  }
  if (cred === undefined) return { kind: 'missing' };
  const type = credType(cred);
  if (type === undefined || type === 'syncml:auth-MAC')
    return { kind: 'refused', why: 'credentials of an unknown type' };
  if (STRENGTH[type] < REQUIRED[account.auth]) {
    return { kind: 'refused', why: `${type} is weaker than the account's ${account.auth}` };
  }
  if (type === 'syncml:auth-basic') {
    return provesUser(cred, username, password, NO_NONCE)
      ? { kind: 'accepted', type, usedNonce: undefined }
      : { kind: 'refused', why: 'wrong user name or password' };
  }
  const usedNonce = nonces.find((one) => provesUser(cred, username, password, one));
  return usedNonce === undefined
    ? { kind: 'refused', why: 'the digest is wrong: user name, password or nonce differ' }
    : { kind: 'accepted', type, usedNonce };
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
