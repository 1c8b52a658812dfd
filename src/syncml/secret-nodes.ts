import { childOf, type Element, isElement, textOf } from '../wire/element.ts';
import type { Command, Data, Header, Item, Message, Meta, RequestCommand } from './message.ts';
import { serialisedTreeType } from './serialised-tree.ts';

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
  // What is said about a node is not what it holds.
  if (query >= 0 && locUri.startsWith('prop=', query + 1)) return false;
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
      const items = mapChanged(command.items, (item) => maskItem(item, undefined));
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
      const meta = 'meta' in command ? command.meta : undefined;
      const items = mapChanged(command.items, (item) => maskItem(item, meta));
      return items === command.items ? command : { ...command, items };
    }
  }
}

function maskItem(item: Item, inherited: Meta | undefined): Item {
  const { target, source, data } = item;
  if (data === undefined) return item;
  const isSecret =
    (target !== undefined && isSecretNode(target.uri)) || (source !== undefined && isSecretNode(source.uri));
  if (isSecret) return { ...item, data: MASK };
  // Only the first piece of a tree need say its type.
  const isTree =
    serialisedTreeType(item.meta?.type ?? inherited?.type) !== undefined || source?.uri.includes('?list=TNDS') === true;
  const masked = maskTree(data, isTree);
  return masked === data ? item : { ...item, data: masked };
}

/** Of a serialised tree the elements keep all but the values of secret nodes; where it is text or octets, nothing is left. */
function maskTree(data: Data, isTree: boolean): Data {
  if (typeof data === 'string' || data instanceof Uint8Array) return isTree ? MASK : data;
  const elements = mapChanged(data.elements, (root) => (root.name === 'MgmtTree' ? maskNode(root) : root));
  return elements === data.elements ? data : { elements };
}

function maskNode(node: Element): Element {
  const name = childOf(node, 'NodeName');
  const isSecret = name !== undefined && isSecretNode(textOf(name).trim());
  const children = mapChanged(node.children, (child) => {
    if (!isElement(child)) return child;
    if (child.name === 'Node') return maskNode(child);
    return isSecret && child.name === 'Value' ? { ...child, children: [MASK] } : child;
  });
  return children === node.children ? node : { ...node, children };
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
