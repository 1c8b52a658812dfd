import type { Effect } from '../../src/session/effect.ts';
import type { Account } from '../../src/session/session-input.ts';

/** The account as a store keeps it once the engine's effect on it is in place; other effects leave it as it is. */
export function accountAfter(account: Account, effect: Effect): Account {
  switch (effect.kind) {
    case 'renewClientNonce': {
      const { nonce: _old, previousNonce: _older, ...client } = account.client;
      const previous = effect.previous === undefined ? {} : { previousNonce: effect.previous };
      return { ...account, client: { ...client, nonce: effect.nonce, ...previous } };
    }
    case 'retirePreviousClientNonce': {
      const { previousNonce: _gone, ...client } = account.client;
      return { ...account, client };
    }
    case 'adoptAccount': {
      const { pending = [] } = account;
      const adopted = pending[effect.index];
      if (adopted === undefined) throw new Error('the engine adopted an account that is not there');
      const later = pending.slice(effect.index + 1);
      return { ...adopted, ...(later.length > 0 && { pending: later }) };
    }
    case 'renewServerNonce':
      return { ...account, server: { ...account.server, nonce: effect.nonce } };
    default:
      return account;
  }
}
