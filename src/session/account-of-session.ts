import type { Account } from './session-input.ts';
import type { SessionState } from './session-state.ts';

/**
 * The account as a session sees it: credentials that were changed while it goes on count from the next session on
 * (OMA-TS-DM_Security, 5.4). Nonces are those of the account in either case.
 */
export function accountOfSession(account: Account, state: SessionState): Account {
  const { former, generation = 0 } = account;
  if (former === undefined || former.generation !== generationOf(state) || former.generation === generation) {
    return account;
  }
  const { auth: _, ...server } = account.server;
  return {
    ...account,
    auth: former.auth,
    client: { ...account.client, username: former.username, password: former.clientPassword },
    server: {
      ...server,
      password: former.serverPassword,
      ...(former.serverAuth !== undefined && { auth: former.serverAuth }),
    },
    generation: former.generation,
  };
}

/** Undefined: the session has not begun with any. */
function generationOf(state: SessionState): number | undefined {
  switch (state.phase) {
    case 'receivingPackage1':
    case 'managing':
      return state.generation ?? 0;
    case 'challenging':
      return state.clientKind === undefined ? undefined : (state.generation ?? 0);
    case 'awaitingPackage1':
    case 'closed':
      return undefined;
  }
}
