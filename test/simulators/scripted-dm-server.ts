import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeMessage, encodeMessage } from '../../src/simulators/device/message-codec.ts';
import { hmacCredData } from '../../src/syncml/credentials.ts';
import type { Encoding } from '../../src/syncml/media-type.ts';
import type {
  AlertCommand,
  AtomicCommand,
  Chal,
  Command,
  CopyCommand,
  Cred,
  Data,
  Header,
  Item,
  Message,
  Meta,
  RequestCommand,
  SequenceCommand,
  StatusCommand,
} from '../../src/syncml/message.ts';

/** What the scripted server says next. Statuses for what it heard, and CmdIDs, are added unless the script has its own. */
export interface Say {
  readonly commands?: readonly Command[];
  /** Default true. */
  readonly final?: boolean;
  readonly headerStatus?: { readonly code: number; readonly chal?: Chal };
  /** For every command heard; default 200. */
  readonly commandStatus?: number;
  readonly cred?: Cred;
  /** Goes out under an x-syncml-hmac header made with this; a body in its place is what the MAC covers instead of ours. */
  readonly mac?: {
    readonly username: string;
    readonly password: string;
    readonly nonce: Uint8Array;
    readonly body?: Uint8Array;
  };
  readonly meta?: Meta;
  readonly header?: Partial<Header>;
  /** Close the connection without an answer this many times; the message has been heard. */
  readonly loseReplies?: number;
  /** Answer with this instead. */
  readonly raw?: { readonly status: number; readonly contentType?: string; readonly body?: string };
}

export interface ScriptedServer {
  readonly url: string;
  /** Each message once, however often it was sent. */
  readonly heard: Message[];
  readonly headers: IncomingHttpHeaders[];
  readonly paths: string[];
  /** Every body, repetitions included. */
  readonly bodies: Buffer[];
  readonly replies: Message[];
  close(): Promise<void>;
}

/**
 * A DM server that follows a script: one function from what it heard to what it says. The very same body again gets the
 * very same answer and is not shown to the script; what cannot be read is answered with HTTP 400.
 */
export async function startScriptedServer(
  script: (heard: Message, number: number) => Say,
  encoding: Encoding = 'wbxml',
): Promise<ScriptedServer> {
  const heard: Message[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const paths: string[] = [];
  const bodies: Buffer[] = [];
  const replies: Message[] = [];
  let last: { body: Buffer; say: Say; reply: Uint8Array; lost: number } | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      bodies.push(body);
      if (last === undefined || !last.body.equals(body)) {
        const message = decoded(body, encoding);
        if (message === undefined) {
          response.writeHead(400).end();
          return;
        }
        heard.push(message);
        headers.push(request.headers);
        paths.push(request.url ?? '');
        const say = script(message, heard.length);
        const reply = compose(message, say, heard.length);
        replies.push(reply);
        last = { body, say, reply: encodeMessage(reply, encoding), lost: 0 };
      }
      const { say, reply } = last;
      if (last.lost < (say.loseReplies ?? 0)) {
        last.lost += 1;
        request.socket.destroy();
        return;
      }
      if (say.raw !== undefined) {
        response.writeHead(say.raw.status, { 'Content-Type': say.raw.contentType ?? 'text/plain' });
        response.end(say.raw.body ?? '');
        return;
      }
      response.writeHead(200, { 'Content-Type': request.headers['content-type'] ?? '', ...macHeader(say.mac, reply) });
      response.end(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dm`;
  return {
    url,
    heard,
    headers,
    paths,
    bodies,
    replies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function decoded(body: Uint8Array, encoding: Encoding): Message | undefined {
  try {
    return decodeMessage(body, encoding);
  } catch {
    return undefined;
  }
}

function macHeader(mac: Say['mac'], reply: Uint8Array): Record<string, string> {
  if (mac === undefined) return {};
  const { username, password, nonce, body } = mac;
  const data = hmacCredData(username, password, nonce, body ?? reply);
  return { 'x-syncml-hmac': `algorithm=MD5, username="${username}", mac=${data}` };
}

function compose({ header, commands }: Message, say: Say, number: number): Message {
  const { code, chal } = say.headerStatus ?? { code: 212, chal: undefined };
  const status = (cmdRef: string, cmd: string, statusCode: number): StatusCommand => ({
    name: 'Status',
    cmdId: '',
    msgRef: header.msgId,
    cmdRef,
    cmd,
    targetRefs: [],
    sourceRefs: [],
    code: statusCode,
    items: [],
  });
  const all: Command[] = [{ ...status('0', 'SyncHdr', code), ...(chal !== undefined && { chal }) }];
  for (const { name, cmdId } of commands) {
    if (name !== 'Status' && name !== 'Results') all.push(status(cmdId, name, say.commandStatus ?? 200));
  }
  let next = 0;
  const numbered = <C extends Command>(command: C): C => {
    const cmdId = command.cmdId === '' ? String(++next) : command.cmdId;
    const inner = 'commands' in command ? { commands: command.commands.map((child) => numbered(child)) } : {};
    return { ...command, cmdId, ...inner };
  };
  return {
    header: {
      verDtd: header.verDtd,
      verProto: header.verProto,
      sessionId: header.sessionId,
      msgId: String(number),
      target: { uri: header.source.uri },
      source: { uri: header.target.uri },
      ...(say.cred !== undefined && { cred: say.cred }),
      ...(say.meta !== undefined && { meta: say.meta }),
      ...say.header,
    },
    commands: [...all, ...(say.commands ?? [])].map((command) => numbered(command)),
    final: say.final ?? true,
  };
}

/** Commands as a script writes them; the server gives them their CmdIDs. */
export const add = (uri: string, data: Data, meta?: Meta): RequestCommand => change('Add', uri, data, meta);
export const replace = (uri: string, data: Data, meta?: Meta): RequestCommand => change('Replace', uri, data, meta);
export const get = (...uris: string[]): RequestCommand => ({ name: 'Get', cmdId: '', items: uris.map(at) });
export const remove = (...uris: string[]): RequestCommand => ({ name: 'Delete', cmdId: '', items: uris.map(at) });
export const exec = (uri: string): RequestCommand => ({ name: 'Exec', cmdId: '', items: [at(uri)] });
export const copy = (from: string, to: string): CopyCommand => ({
  name: 'Copy',
  cmdId: '',
  items: [{ target: { uri: to }, source: { uri: from } }],
});
export const alert = (code: number, ...texts: string[]): AlertCommand => ({
  name: 'Alert',
  cmdId: '',
  code,
  items: texts.map((text) => (text === '' ? {} : { data: text })),
});
export const atomic = (...commands: RequestCommand[]): AtomicCommand => ({ name: 'Atomic', cmdId: '', commands });
export const sequence = (...commands: RequestCommand[]): SequenceCommand => ({ name: 'Sequence', cmdId: '', commands });

function change(name: 'Add' | 'Replace', uri: string, data: Data, meta: Meta | undefined): RequestCommand {
  return { name, cmdId: '', items: [{ ...at(uri), ...(meta !== undefined && { meta }), data }] };
}

function at(uri: string): Item {
  return { target: { uri } };
}

/** The statuses of a message as `Cmd code`, the header's first. */
export function statusesOf({ commands }: Message): string[] {
  return commands.flatMap((command) => (command.name === 'Status' ? [`${command.cmd} ${command.code}`] : []));
}
