/** The commands an access control list speaks of (OMA-TS-DM_TND, ACL). */
export type Verb = 'Add' | 'Get' | 'Replace' | 'Delete' | 'Exec';

/**
 * Does that list, e.g. `Get=*&Replace=srv1+srv2`, let this server do it? Without a list, or without a server to hold
 * against it, all is allowed.
 */
export function grants(acl: string | undefined, verb: Verb, principal: string | undefined): boolean {
  if (principal === undefined || acl === undefined || acl === '') return true;
  const entry = acl.split('&').find((part) => part.startsWith(`${verb}=`));
  const servers = entry?.slice(verb.length + 1).split('+') ?? [];
  return servers.includes('*') || servers.includes(principal);
}
