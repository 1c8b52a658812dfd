import type { Command, Item, Message, Meta, RequestCommand } from './message.ts';

/**
 * Last segments of LocURIs whose values are secrets wherever they stand: passwords and nonces of the DM account
 * (1.1.2: `ClientPW`, `ServerPW`, `…Nonce`; 1.2: `AAuthSecret`, `AAuthData`), and what access points and mail accounts call theirs.
 */
const SECRET_SEGMENT = /^(?:.*(?:secret|passw(?:or)?d|passphrase|nonce)|aauthdata|clientpw|serverpw|pw|pin|psk)$/i;

/** Does a node by its name hold a secret, so that its value is never shown or kept in the open? */
export function isSecretNode(locUri: string): boolean {
  const path = locUri.split('?', 1)[0] ?? '';
  return SECRET_SEGMENT.test(path.slice(path.lastIndexOf('/') + 1));
}

const MASK = '***';

/** The same message with credentials, nonces and the values of secret nodes replaced by `***`: fit to be kept and shown. */
export function maskMessage(message: Message): Message {
  const { header } = message;
  return {
    ...message,
    header: {
      ...header,
      ...(header.cred !== undefined && { cred: { ...header.cred, data: MASK } }),
      ...(header.meta !== undefined && { meta: maskMeta(header.meta) }),
    },
    commands: message.commands.map(maskCommand),
  };
}

function maskCommand<C extends Command | RequestCommand>(command: C): C;
function maskCommand(command: Command): Command {
  switch (command.name) {
    case 'Status':
      if (command.chal === undefined && command.cred === undefined && command.items.length === 0) return command;
      return {
        ...command,
        ...(command.cred !== undefined && { cred: { ...command.cred, data: MASK } }),
        ...(command.chal?.nextNonce !== undefined && { chal: { ...command.chal, nextNonce: MASK } }),
        items: command.items.map(maskItem),
      };
    case 'Atomic':
    case 'Sequence':
      return { ...command, commands: command.commands.map((inner) => maskCommand(inner)) };
    case 'Unknown':
      return command;
    default:
      return { ...command, items: command.items.map(maskItem) };
  }
}

function maskItem(item: Item): Item {
  const uri = item.target?.uri ?? item.source?.uri;
  if (item.data === undefined || uri === undefined || !isSecretNode(uri)) return item;
  return { ...item, data: MASK };
}

function maskMeta(meta: Meta): Meta {
  return meta.nextNonce === undefined ? meta : { ...meta, nextNonce: MASK };
}
