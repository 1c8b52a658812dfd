import {
  type CredentialKind,
  credentialKind,
  credentialType,
  isWeaker,
  strongestOf,
} from '../syncml/credential-kind.ts';
import { credType, provesBody, provesUser } from '../syncml/credentials.ts';
import type { Chal } from '../syncml/message.ts';
import type { Account, SessionInput } from './session-input.ts';

/** What a device may prove itself with. */
export interface ClientCredentials {
  readonly username: string;
  readonly password: string;
}

export type ClientVerdict =
  | {
      readonly kind: 'accepted';
      readonly by: CredentialKind;
      /** The ones among {@link candidatesOf} that it has. */
      readonly credentials: ClientCredentials;
      /** Undefined for Basic, which has none. */
      readonly usedNonce: Uint8Array | undefined;
    }
  /** No credentials: 407. */
  | { readonly kind: 'missing' }
  /** Wrong ones, or of a kind that will not do: 401. */
  | {
      readonly kind: 'refused';
      /** Undefined when it is none we know. */
      readonly by: CredentialKind | undefined;
      /** In words, without secrets. */
      readonly why: string;
    };

/** What a device may use beside the nonce of its account. */
export interface ProofConditions {
  /** The nonce of this session's challenge. */
  readonly challengeNonce?: Uint8Array | undefined;
  /** The one kind that will do, once a session has begun with it; absent: the weakest the account takes, or a stronger one. */
  readonly only?: CredentialKind | undefined;
}

const NO_NONCE = new Uint8Array(0);
/** Of a name that somebody sent us, in characters. */
const MAX_SHOWN = 64;

/**
 * Weighs the device's credentials (OMA-TS-DM_Security, 5.3 and 5.4): a MAC in the transport header when there is one,
 * else the Cred. A digest may be made with the nonce of this session's challenge, with the account's, and with the one
 * before that as long as the device has not shown that it received the newer one: the reply that carried it may have
 * been lost.
 */
export function authenticateClient(
  { message, hmac, account, minAuth }: Pick<SessionInput, 'message' | 'hmac' | 'account' | 'minAuth'>,
  { challengeNonce, only }: ProofConditions = {},
): ClientVerdict {
  const { cred } = message.header;
  const { nonce, previousNonce } = account.client;
  const nonces = [challengeNonce, nonce ?? NO_NONCE, previousNonce].filter((one) => one !== undefined);
  const type = hmac !== undefined ? 'syncml:auth-MAC' : cred === undefined ? undefined : credType(cred);
  if (hmac === undefined && cred === undefined) return { kind: 'missing' };
  if (type === undefined || (hmac === undefined && type === 'syncml:auth-MAC')) {
    return { kind: 'refused', by: undefined, why: 'credentials of an unknown type' };
  }
  const by = credentialKind(type);
  if (only !== undefined && by !== only) {
    return { kind: 'refused', by, why: `the session began with ${only} and goes on with ${by}` };
  }
  const weakest = weakestFor(account, minAuth);
  if (isWeaker(by, weakest)) {
    return { kind: 'refused', by, why: `${by} is weaker than ${weakest}, which is asked for` };
  }
  for (const credentials of candidatesOf(account)) {
    const { username, password } = credentials;
    if (hmac !== undefined) {
      if (hmac.username !== username) continue;
      const usedNonce = nonces.find((one) => provesBody(hmac.mac, username, password, one, hmac.body));
      if (usedNonce !== undefined) return { kind: 'accepted', by, credentials, usedNonce };
    } else if (cred !== undefined) {
      const usedNonce = (by === 'basic' ? [NO_NONCE] : nonces).find((one) => provesUser(cred, username, password, one));
      if (usedNonce !== undefined) {
        return { kind: 'accepted', by, credentials, usedNonce: by === 'basic' ? undefined : usedNonce };
      }
    }
  }
  return { kind: 'refused', by, why: whyWrong(by, account, hmac?.username ?? message.header.source.name) };
}

/** What the device may prove itself with: usually one user name and password. The first ones are tried first. */
export function candidatesOf(account: Account): readonly ClientCredentials[] {
  return [account.client];
}

/**
 * The weakest kind a device may come with: the one of its account, or the least this server takes. Where one side has to
 * use MACs both have to (OMA-TS-DM_Security, 5.4).
 */
export function weakestFor(account: Account, minAuth?: CredentialKind): CredentialKind {
  const byMac = account.server.auth === 'hmac' ? 'hmac' : undefined;
  return strongestOf(account.auth, minAuth, byMac);
}

/** @param said the user name that came beside a digest, which does not show the one in it (OMA-TS-DM_RepPro, 6.1.9) */
function whyWrong(by: CredentialKind, { client }: Account, said: string | undefined): string {
  if (by !== 'basic' && said !== undefined && said !== client.username) {
    return `the user name beside the ${by === 'md5' ? 'digest' : 'MAC'}, ${shown(said)}, is not the account's`;
  }
  switch (by) {
    case 'basic':
      return 'wrong user name or password';
    case 'md5':
      return 'the digest is wrong: user name, password or nonce differ';
    case 'hmac':
      return 'the MAC is wrong: user name, password, nonce or body differ';
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`);
}

/** The challenge that goes with a 401, 407 or, for the next nonce, with a 200 or 212. */
export function buildChallenge(kind: CredentialKind, nonce: Uint8Array): Chal {
  const type = credentialType(kind);
  return {
    type,
    format: 'b64',
    ...(kind !== 'basic' && { nextNonce: Buffer.from(nonce).toString('base64') }),
  };
}
