import type { AuthType } from './message.ts';

/** The kinds of credentials (OMA-TS-DM_Security, 5.3 and 5.4), weakest first, and the type each has on the wire. */
const KINDS = [
  { kind: 'basic', type: 'syncml:auth-basic' },
  { kind: 'md5', type: 'syncml:auth-md5' },
  { kind: 'hmac', type: 'syncml:auth-MAC' },
] as const satisfies readonly { readonly kind: string; readonly type: AuthType }[];

export type CredentialKind = (typeof KINDS)[number]['kind'];

/** Weakest first. */
export const CREDENTIAL_KINDS: readonly CredentialKind[] = KINDS.map(({ kind }) => kind);

const TYPE_OF = new Map<CredentialKind, AuthType>(KINDS.map(({ kind, type }) => [kind, type]));
const KIND_OF = new Map<AuthType, CredentialKind>(KINDS.map(({ kind, type }) => [type, kind]));

export function credentialType(kind: CredentialKind): AuthType {
  return TYPE_OF.get(kind) ?? 'syncml:auth-md5';
}

export function credentialKind(type: AuthType): CredentialKind {
  return KIND_OF.get(type) ?? 'md5';
}

export function isWeaker(kind: CredentialKind, than: CredentialKind): boolean {
  return CREDENTIAL_KINDS.indexOf(kind) < CREDENTIAL_KINDS.indexOf(than);
}

export function strongestOf(first: CredentialKind, ...others: readonly (CredentialKind | undefined)[]): CredentialKind {
  let strongest = first;
  for (const kind of others) if (kind !== undefined && isWeaker(strongest, kind)) strongest = kind;
  return strongest;
}
