import type { DmAccount } from '../domain/device.ts';
import { type CredentialKind, isWeaker } from '../syncml/credential-kind.ts';
import { AppError } from './app-error.ts';

/** What a change leaves of an account that matters here. */
export interface AccountKinds {
  readonly auth: DmAccount['auth'];
  /** Absent: as `auth`. */
  readonly serverAuth?: DmAccount['auth'];
}

/**
 * Refuses kinds of credentials that this server does not take or give, and such as cannot go together: once one side uses
 * MACs both do (OMA-TS-DM_Security, 5.4).
 * @throws AppError `auth-not-allowed`
 */
export function checkKinds({ auth, serverAuth }: AccountKinds, minAuth: CredentialKind): void {
  const given = { 'dm.auth': auth, ...(serverAuth !== undefined && { 'dm.server.auth': serverAuth }) };
  for (const [field, kind] of Object.entries(given)) {
    if (!isWeaker(kind, minAuth)) continue;
    throw new AppError(
      'auth-not-allowed',
      `${field}: ${JSON.stringify(kind)} is weaker than ${JSON.stringify(minAuth)}, the least this server is set to.`,
      { field, minimum: minAuth },
    );
  }
  if (serverAuth !== undefined && serverAuth !== auth && (serverAuth === 'hmac' || auth === 'hmac')) {
    throw new AppError(
      'auth-not-allowed',
      `dm.server.auth: ${JSON.stringify(serverAuth)} cannot go with dm.auth ${JSON.stringify(auth)}: where one side uses MACs, both do.`,
      { field: 'dm.server.auth' },
    );
  }
}
