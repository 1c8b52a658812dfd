/** The commands a right can be given for (OMA-TS-DM_TND-V1_2_1, 7.7.1.5). */
export const ACL_COMMANDS = ['Add', 'Delete', 'Exec', 'Get', 'Replace'] as const;
export type AclCommand = (typeof ACL_COMMANDS)[number];

/** In the order of the list. A command without servers does not stand in it. */
export type AccessControlList = readonly AclEntry[];

export interface AclEntry {
  /** One of {@link ACL_COMMANDS}; a device may know others. */
  readonly command: string;
  /** Server identifiers; `*` means every server. */
  readonly servers: readonly string[];
}

/** Which servers are to get, or to lose, the right to a command. */
export type AclServers = Readonly<Partial<Record<AclCommand, readonly string[]>>>;

export interface AclChange {
  readonly add: AclServers;
  readonly remove: AclServers;
}

/** A list that breaks the grammar; the message says how. */
export class AclError extends Error {
  override readonly name = 'AclError';
}

const MAX_SERVER_ID = 255;

/** What is wrong with a server identifier, or undefined: it has none of `=&*+` and no blank (7.7.1.5). */
export function serverIdFault(id: string): string | undefined {
  if (id === '') return 'a server identifier has a character at least';
  if (id.length > MAX_SERVER_ID) return `a server identifier has ${MAX_SERVER_ID} characters at most`;
  return /[=&*+\s]/.test(id) ? 'a server identifier has none of = & * + and no blank' : undefined;
}

/**
 * Reads a list as it is on the wire, e.g. `Add=*&Replace=omadm+other`; an empty one has no entries. Commands that are
 * not known are kept, for they are the device's own.
 * @throws AclError
 */
export function parseAcl(text: string): AccessControlList {
  if (text.trim() === '') return [];
  const entries: AclEntry[] = [];
  for (const part of text.trim().split('&')) {
    const [command = '', servers, more] = part.split('=');
    if (!/^[A-Za-z]+$/.test(command) || servers === undefined || more !== undefined) {
      throw new AclError('an entry is a command, "=" and servers joined by "+"; entries are joined by "&"');
    }
    if (entries.some((entry) => entry.command === command)) throw new AclError(`${command} stands in it twice`);
    const names = servers.split('+');
    for (const name of names) {
      const fault = name === '*' ? undefined : serverIdFault(name);
      if (fault !== undefined) throw new AclError(`${command}: ${fault}`);
    }
    entries.push({ command, servers: names });
  }
  return entries;
}

/** What is wrong with a list that a server is about to write, or undefined. */
export function aclFault(text: string): string | undefined {
  try {
    const stranger = parseAcl(text).find(({ command }) => !(ACL_COMMANDS as readonly string[]).includes(command));
    return stranger && `${stranger.command} is none of ${ACL_COMMANDS.join(', ')}`;
  } catch (error) {
    if (error instanceof AclError) return error.message;
    throw error;
  }
}

export function buildAcl(acl: AccessControlList): string {
  return acl.map(({ command, servers }) => `${command}=${servers.join('+')}`).join('&');
}

/**
 * The list with these servers' rights added and taken away; the entries of all others stay as they are (7.7.1.3). Where
 * every server has a right (`*`) nothing needs to be added. A command that is left without servers goes.
 */
export function changeAcl(acl: AccessControlList, { add, remove }: AclChange): AccessControlList {
  const changed = new Map(acl.map(({ command, servers }) => [command, [...servers]]));
  for (const command of ACL_COMMANDS) {
    const gone = remove[command] ?? [];
    const servers = (changed.get(command) ?? []).filter((server) => !gone.includes(server));
    for (const server of add[command] ?? []) {
      if (!servers.includes('*') && !servers.includes(server)) servers.push(server);
    }
    if (servers.length > 0) changed.set(command, servers);
    else changed.delete(command);
  }
  return [...changed].map(([command, servers]) => ({ command, servers }));
}
