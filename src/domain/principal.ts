/** What somebody may do, each role all that the one before it may: look; do; decide who may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who a request comes from. */
export interface Principal {
  /** Of the key or the user; `admin-token` for the token. Two principals are the same one when their ids are. */
  readonly id: string;
  readonly kind: PrincipalKind;
  /** For people: the key's or the user's name at that time. */
  readonly name: string;
  readonly role: Role;
}

export const PRINCIPAL_KINDS = ['token', 'key', 'user'] as const;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

/** The holder of the admin token, who has no row anywhere. */
export const TOKEN_HOLDER: Principal = { id: 'admin-token', kind: 'token', name: 'admin token', role: 'admin' };

/** Whether a role is, or holds, the needed one. */
export function suffices(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
