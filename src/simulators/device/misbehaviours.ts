import { ALERT } from '../../syncml/alert-codes.ts';
import type { Command, Data, Header, Item, Message, ResultsCommand, StatusCommand } from '../../syncml/message.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import { cutAt, valueOctets } from './tree-node.ts';

/** What goes out in place of the message that would have. */
export interface Spoiled {
  readonly message: Message;
  /** Posted first; whatever comes back for them is not read. */
  readonly strays?: readonly (Message | Uint8Array)[];
}

/** Made for one session; sees every message that is about to go out, in order. */
export type Mischief = (message: Message) => Spoiled;

interface MisbehaviourRow {
  readonly name: string;
  /** What it does, for the command line's help. */
  readonly what: string;
  readonly begin: () => Mischief;
  /** The session goes on although the server has nothing more to say. */
  readonly isEndless?: true;
}

/** A misbehaving session ends after so many messages, whatever the server does. */
export const MAX_MISBEHAVING_MESSAGES = 60;

/**
 * Ways to break one rule in a session that is otherwise as it should be, for trying a server. Most of them show when the
 * server sends a command, those about chunks and sizes when it gets a value.
 */
export const MISBEHAVIOURS = [
  {
    name: 'wrong-msg-ref',
    what: 'statuses and results refer to a message that was never sent',
    begin: () => (message) =>
      withCommands(message, (command) =>
        (command.name === 'Status' || command.name === 'Results') && command.msgRef !== undefined
          ? [{ ...command, msgRef: String(Number(command.msgRef) + 40) }]
          : [command],
      ),
  },
  {
    name: 'status-twice',
    what: 'answers every command twice',
    begin: () => (message) =>
      withCommands(message, (command) => (isCommandStatus(command) ? [command, command] : [command])),
  },
  {
    name: 'status-never',
    what: 'answers no command, only the header',
    begin: () => (message) => withCommands(message, (command) => (isCommandStatus(command) ? [] : [command])),
  },
  {
    name: 'no-sync-hdr-status',
    what: 'answers every command, but not the header',
    begin: () => (message) => withCommands(message, (command) => (isHeaderStatus(command) ? [] : [command])),
  },
  {
    name: 'status-for-nothing',
    what: 'answers a command that was never sent as well',
    begin: () => (message) => withMore(message, (status) => ({ ...status, cmdRef: '99', cmd: 'Replace' })),
  },
  {
    name: 'results-unasked',
    what: 'sends results for a Get that was never sent as well',
    begin: () => (message) =>
      withMore(message, ({ msgRef }) => ({
        name: 'Results',
        cmdId: '',
        msgRef,
        cmdRef: '99',
        items: [{ source: { uri: './Vendor/Unasked' }, meta: { format: 'chr' }, data: 'nobody asked' }],
      })),
  },
  {
    name: 'chunks-out-of-order',
    what: 'sends the second piece of a value before the first',
    begin: () => inPieces(([first, second], size, more) => [continuation(second), beginning(first, size, more)]),
  },
  {
    name: 'size-that-lies',
    what: 'announces another size than a value turns out to have',
    begin: () =>
      inPieces(([first, second], size, more) => [beginning(first, size + 17, true), { data: second, ...moreIf(more) }]),
  },
  {
    name: 'piece-twice',
    what: 'sends the first piece of a value twice',
    begin: () =>
      inPieces(([first, second], size, more) => [
        beginning(first, size, true),
        beginning(first, size, true),
        { data: second, ...moreIf(more) },
      ]),
  },
  {
    name: 'object-for-ever',
    what: 'begins a value and never comes to its end',
    begin: () => objectForEver(),
    isEndless: true,
  },
  {
    name: 'package-1-for-ever',
    what: 'never ends its first package: alert 1222 without Final in every message',
    begin: () => neverFinal,
    isEndless: true,
  },
  {
    name: 'next-message-for-ever',
    what: 'never ends its answer: alert 1222 without Final from the second message on',
    begin: () => midSession(neverFinal),
    isEndless: true,
  },
  {
    name: 'final-for-ever',
    what: 'sends one package after the other with nothing in it when the server is done',
    begin: () => (message) => ({ message }),
    isEndless: true,
  },
  {
    name: 'no-dev-info',
    what: 'leaves DevInfo out of package 1',
    begin: () => (message) => withCommands(message, (command) => (command.name === 'Replace' ? [] : [command])),
  },
  {
    name: 'other-device-id',
    what: 'is another device from the second message on',
    begin: () =>
      midSession((message) => withHeader(message, { source: { uri: `${message.header.source.uri}-other` } })),
  },
  {
    name: 'session-id-changes',
    what: 'has another SessionID from the second message on',
    begin: () =>
      midSession((message) => {
        const next = (Number.parseInt(message.header.sessionId, 16) + 1) % 0x10000;
        return withHeader(message, { sessionId: (next || 1).toString(16).toUpperCase() });
      }),
  },
  {
    name: 'ver-dtd-nonsense',
    what: 'speaks a version that does not exist',
    begin: () => noSuchVersion,
  },
  {
    name: 'ver-dtd-nonsense-later',
    what: 'speaks a version that does not exist from the second message on',
    begin: () => midSession(noSuchVersion),
  },
  {
    name: 'max-msg-size-1',
    what: 'takes messages of one octet',
    begin: () => (message) => withHeader(message, { meta: { ...message.header.meta, maxMsgSize: 1 } }),
  },
  {
    name: 'max-msg-size-shrinks',
    what: 'takes messages of one octet from the second message on',
    begin: () => midSession((message) => withHeader(message, { meta: { ...message.header.meta, maxMsgSize: 1 } })),
  },
  {
    name: 'repeat-old-message',
    what: 'sends its first message again before the third',
    begin: () => {
      let first: Message | undefined;
      return (message) => {
        first ??= message;
        return message.header.msgId === '3' ? { message, strays: [first] } : { message };
      };
    },
  },
  {
    name: 'body-garbage',
    what: 'sends octets that are no message before the second',
    begin: () => (message) =>
      message.header.msgId === '2' ? { message, strays: [Uint8Array.of(0x02, 0xff, 0x00, 0xc3, 0x7f)] } : { message },
  },
] as const satisfies readonly MisbehaviourRow[];

export type Misbehaviour = (typeof MISBEHAVIOURS)[number]['name'];

/** The row of that name. */
export function misbehaviourNamed(name: Misbehaviour): MisbehaviourRow {
  const row = MISBEHAVIOURS.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`no misbehaviour is called ${name}`);
  return row;
}

const midSession =
  (mischief: Mischief): Mischief =>
  (message) =>
    message.header.msgId === '1' ? { message } : mischief(message);

const neverFinal: Mischief = (message) => {
  const asks = message.commands.some((command) => command.name === 'Alert' && command.code === ALERT.nextMessage);
  const alert: Command = { name: 'Alert', cmdId: '', code: ALERT.nextMessage, items: [] };
  return { message: numbered({ ...message, final: false }, asks ? message.commands : [...message.commands, alert]) };
};

const noSuchVersion: Mischief = (message) => withHeader(message, { verDtd: '9.9', verProto: 'DM/9.9' });

/** From the first Results on: one piece a message, whatever the server says. */
function objectForEver(): Mischief {
  let begun: ResultsCommand | undefined;
  return (message) => {
    const [results] = message.commands.filter((command) => command.name === 'Results');
    if (begun === undefined && results === undefined) return { message };
    const isFirst = begun === undefined;
    begun ??= results;
    if (begun === undefined) return { message };
    const [item = {}] = begun.items;
    const piece = isFirst ? beginning('x', 2_000_000_000, true) : continuation('x'.repeat(200));
    const before = message.commands.slice(0, results === undefined ? undefined : message.commands.indexOf(results));
    const ours: Command = { ...begun, items: [asItem(item, piece)] };
    return { message: numbered({ ...message, final: false }, [...before.filter(isNoAlert), ours]) };
  };
}

function isNoAlert({ name }: Command): boolean {
  return name !== 'Alert';
}

function withHeader(message: Message, header: Partial<Header>): Spoiled {
  return { message: { ...message, header: { ...message.header, ...header } } };
}

function withCommands(message: Message, change: (command: Command) => readonly Command[]): Spoiled {
  return { message: numbered(message, message.commands.flatMap(change)) };
}

/** One command more, made from the Status for the server's header; none in package 1, where there is no such Status. */
function withMore(message: Message, make: (headerStatus: StatusCommand) => Command): Spoiled {
  const status = message.commands.find((command) => isHeaderStatus(command));
  if (status === undefined) return { message };
  const { chal: _, ...plain } = status;
  return { message: numbered(message, [...message.commands, make({ ...plain, code: STATUS.ok })]) };
}

function numbered(message: Message, commands: readonly Command[]): Message {
  return { ...message, commands: commands.map((command, index) => ({ ...command, cmdId: String(index + 1) })) };
}

function isHeaderStatus(command: Command): command is StatusCommand {
  return command.name === 'Status' && command.cmdRef === '0';
}

function isCommandStatus(command: Command): command is StatusCommand {
  return command.name === 'Status' && command.cmdRef !== '0';
}

type Piece = Pick<Item, 'data' | 'moreData'> & { readonly size?: number };

/**
 * Cuts what would be one Results into several. An object that is in chunks already is touched at its first one only, which
 * is where its size stands.
 */
function inPieces(cut: (halves: readonly [Data, Data], size: number, more: boolean) => readonly Piece[]): Mischief {
  let insideObject = false;
  const change = (results: ResultsCommand): readonly Command[] => {
    const [item] = results.items;
    const isContinuation = insideObject;
    insideObject = item?.moreData === true;
    const halves = item === undefined || results.items.length > 1 ? undefined : halvesOf(item.data);
    if (item === undefined || halves === undefined || isContinuation) return [results];
    const size = item.meta?.size ?? valueOctets(item.data as string | Uint8Array);
    return cut(halves, size, insideObject).map((piece) => ({ ...results, items: [asItem(item, piece)] }));
  };
  return (message) => withCommands(message, (command) => (command.name === 'Results' ? change(command) : [command]));
}

const continuation = (data: Data): Piece => ({ data, moreData: true });
const beginning = (data: Data, size: number, more: boolean): Piece => ({ data, size, ...moreIf(more) });
const moreIf = (more: boolean): { moreData?: true } => (more ? { moreData: true } : {});

function asItem({ source, meta = {} }: Item, { size, ...piece }: Piece): Item {
  const { size: _, ...plain } = meta;
  return {
    ...(source !== undefined && { source }),
    meta: size === undefined ? plain : { ...plain, size },
    ...piece,
  };
}

/** Undefined for what cannot be cut. */
function halvesOf(data: Data | undefined): readonly [Data, Data] | undefined {
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) return undefined;
  const at = cutAt(data, data.length >> 1);
  return at === 0 ? undefined : [data.slice(0, at), data.slice(at)];
}
