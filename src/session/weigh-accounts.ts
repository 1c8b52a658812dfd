import { credentialKind } from '../syncml/credential-kind.ts';
import { credType } from '../syncml/credentials.ts';
import { authenticateClient, type ClientVerdict, type ProofConditions, weakestFor } from './authenticate-client.ts';
import type { Account, SessionInput } from './session-input.ts';

type Weighed = Pick<SessionInput, 'message' | 'hmac' | 'account' | 'minAuth'>;

export interface AccountVerdict {
  readonly verdict: ClientVerdict;
  /** Which of the account's `pending` the device has proven itself with; absent: with the account itself, or not at all. */
  readonly adopts?: number;
}

/**
 * Weighs a device's credentials against its account, and while bootstraps have not been answered against those they have
 * sent, the newest first. A device that has none of them yet goes on as before; what it is refused for is said of the
 * account it is known to have.
 *
 * A challenge is written before anybody knows which account it is for: its nonce, and the account's own, are good for
 * each of them.
 */
export function weighAccounts(input: Weighed, conditions: ProofConditions = {}): AccountVerdict {
  const verdict = authenticateClient(input, conditions);
  const { pending = [], client } = input.account;
  if (verdict.kind !== 'refused' || pending.length === 0) return { verdict };
  for (let index = pending.length - 1; index >= 0; index--) {
    const account = pending[index];
    if (account === undefined) continue;
    for (const challengeNonce of new Set([conditions.challengeNonce, client.nonce])) {
      const other = authenticateClient({ ...input, account }, { ...conditions, challengeNonce });
      if (other.kind === 'accepted') return { verdict: other, adopts: index };
    }
  }
  return { verdict };
}

/**
 * The account whose kind of credentials a refused device is challenged to: one that asks for just what the device came
 * with, else the one it is known to have.
 */
export function challengedAccount({ message, hmac, account, minAuth }: Weighed): Account {
  const { pending = [] } = account;
  const { cred } = message.header;
  const type = hmac !== undefined ? 'syncml:auth-MAC' : cred === undefined ? undefined : credType(cred);
  if (pending.length === 0 || type === undefined) return account;
  const came = credentialKind(type);
  return [account, ...pending].find((one) => weakestFor(one, minAuth) === came) ?? account;
}
