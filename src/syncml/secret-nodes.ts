import type { Command, Header, Item, Message, RequestCommand } from './message.ts';

/**
 * Last segments of LocURIs whose values are secrets wherever they stand: passwords and nonces of the DM account
 * (1.1.2: `ClientPW`, `ServerPW`, `…Nonce`; 1.2: `AAuthSecret`, `AAuthData`), and what access points and mail accounts
 * call theirs. In lower case.
 */
const SECRET_NAMES: ReadonlySet<string> = new Set(['aauthdata', 'clientpw', 'serverpw', 'pw', 'pin', 'psk']);
const SECRET_ENDINGS: readonly string[] = ['secret', 'password', 'passwd', 'passphrase', 'nonce'];

/** Does a node by its name hold a secret, so that its value is never shown or kept in the open? */
export function isSecretNode(locUri: string): boolean {
  const query = locUri.indexOf('?');
  const end = query < 0 ? locUri.length : query;
  const name = locUri.slice(locUri.lastIndexOf('/', end) + 1, end).toLowerCase();
  return SECRET_NAMES.has(name) || SECRET_ENDINGS.some((ending) => name.endsWith(ending));
}

const MASK = '***';

/**
 * The same message with credentials, nonces and the values of secret nodes replaced by `***`: fit to be kept and shown.
 * Where nothing is secret, what comes back is what was given.
 */
export function maskMessage(message: Message): Message {
  const header = maskHeader(message.header);
  const commands = mapChanged(message.commands, maskCommand);
  return header === message.header && commands === message.commands ? message : { ...message, header, commands };
}

function maskHeader(header: Header): Header {
  if (header.cred === undefined && header.meta?.nextNonce === undefined) return header;
  return {
    ...header,
    ...(header.cred !== undefined && { cred: { ...header.cred, data: MASK } }),
    ...(header.meta?.nextNonce !== undefined && { meta: { ...header.meta, nextNonce: MASK } }),
  };
}

function maskCommand(command: Command): Command {
  switch (command.name) {
    case 'Status': {
      const items = mapChanged(command.items, maskItem);
      if (command.cred === undefined && command.chal?.nextNonce === undefined && items === command.items)
        return command;
      return {
        ...command,
        ...(command.cred !== undefined && { cred: { ...command.cred, data: MASK } }),
        ...(command.chal?.nextNonce !== undefined && { chal: { ...command.chal, nextNonce: MASK } }),
        items,
      };
    }
    case 'Atomic':
    case 'Sequence': {
      const commands = mapChanged(command.commands, (inner) => maskCommand(inner) as RequestCommand);
      return commands === command.commands ? command : { ...command, commands };
    }
    case 'Unknown':
      return command;
    default: {
      const items = mapChanged(command.items, maskItem);
      return items === command.items ? command : { ...command, items };
    }
  }
}

function maskItem(item: Item): Item {
  if (item.data === undefined) return item;
  const { target, source } = item;
  const isSecret =
    (target !== undefined && isSecretNode(target.uri)) || (source !== undefined && isSecretNode(source.uri));
  if (!isSecret) return item;
  return { ...item, data: MASK };
}

/** Array.map that gives the array back when no member changed. */
function mapChanged<T>(list: readonly T[], change: (member: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (const [index, member] of list.entries()) {
    const next = change(member);
    if (next === member) continue;
    changed ??= [...list];
    changed[index] = next;
  }
  return changed ?? list;
}
