import type {
  Command,
  Header,
  Item,
  Message,
  Meta,
  RequestCommand,
  ResultsCommand,
  StatusCommand,
} from '../../src/syncml/message.ts';
import { alert, basicCred, flatten, mac, md5Cred, package1, status } from '../session/dialogue.ts';

/** A message of a device and the MAC in its transport header, as the engine takes them. */
export interface Say {
  readonly message: Message;
  readonly hmac?: { readonly username: string; readonly mac: string };
}

export interface Manner {
  readonly auth: 'basic' | 'md5' | 'hmac';
  readonly version: '1.1' | '1.2';
  /** Whether the first message has credentials; else the device waits for the challenge. */
  readonly credentialsFirst: boolean;
  /** Asks the server once for other credentials. */
  readonly challengesServer?: boolean;
  /** Package 1 in two messages. */
  readonly splitsPackage1?: boolean;
  /** So many commands go into one message; the rest of the package follows when the server asks. */
  readonly perMessage: number;
  /** Characters of a value that a Get brings, and of one piece of it. */
  readonly value: { readonly length: number; readonly piece: number };
  /** What it has to tell on its own account, in package 1. */
  readonly alerts?: readonly Command[];
  readonly meta?: Meta;
}

/** A small part of its tree; below other nodes there is nothing. */
const TREE: Readonly<Record<string, string | undefined>> = {
  './T': '[a/b%20c]',
  './T/a': '[d]',
  './T/a/d': 'leaf',
  './T/b%20c': 'leaf, too',
};

/** A device that does what the specification says, one message at a time. */
export class GoodDevice {
  readonly #manner: Manner;
  readonly #sessionId: string;
  #msgId = 0;
  #nonce: Uint8Array;
  #pending: Command[] = [];
  #hasChallenged = false;
  #refusals = 0;

  constructor(manner: Manner, nonce: Uint8Array, sessionId = '1') {
    this.#manner = manner;
    this.#nonce = nonce;
    this.#sessionId = sessionId;
  }

  /** Package 1, or its first part. */
  open(withCredentials = this.#manner.credentialsFirst): Say {
    const { splitsPackage1, meta, alerts = [] } = this.#manner;
    const whole = [...package1, ...alerts];
    const [first, ...rest] = whole;
    this.#pending = splitsPackage1 === true ? rest : [];
    const commands = splitsPackage1 === true && first !== undefined ? [first] : whole;
    return this.#say(commands, splitsPackage1 !== true, { withCredentials, ...(meta !== undefined && { meta }) });
  }

  /** The message that follows on the server's; undefined when the session is over. */
  answer(reply: Message): Say | undefined {
    const verdict = reply.commands.find(isHeaderStatus);
    const nonce = verdict?.chal?.nextNonce;
    if (nonce !== undefined) this.#nonce = Buffer.from(nonce, 'base64');
    if (verdict?.code === 401 || verdict?.code === 407) {
      this.#refusals += 1;
      return this.#refusals > 3 ? undefined : this.open(true);
    }
    const asked = reply.commands.filter(isRequest);
    if ((verdict?.code ?? 0) >= 300 || asked.some((one) => one.name === 'Alert' && one.code === 1223)) return undefined;
    if (asked.length === 0 && reply.final) return undefined;
    const work = asked.filter((one) => one.name !== 'Alert' || one.code < 1200);
    if (work.length > 0 && this.#manner.challengesServer === true && !this.#hasChallenged) {
      this.#hasChallenged = true;
      const type = this.#manner.auth === 'hmac' ? 'syncml:auth-MAC' : 'syncml:auth-md5';
      const chal = { type, format: 'b64', nextNonce: 'bmV3LW5vbmNl' };
      return this.#say([status(reply, '0', 401, { chal }), ...work.map((one) => status(reply, one.cmdId, 401))], true);
    }
    if (work.length > 0) this.#pending = work.flatMap((one) => this.#carryOut(reply, one));
    const header = status(reply, '0', this.#manner.auth === 'hmac' ? 200 : 212);
    const isPiece = work.some((one) => 'items' in one && one.items.at(-1)?.moreData === true);
    if (isPiece) return this.#say([header, ...this.#pending.splice(0), alert(1222)], false);
    const now = this.#pending.splice(0, this.#manner.perMessage);
    return this.#say([header, ...now], this.#pending.length === 0);
  }

  #carryOut(reply: Message, command: RequestCommand): Command[] {
    const statuses = flatten([command]).map((one) => {
      const isPiece = 'items' in one && one.items.at(-1)?.moreData === true;
      return status(reply, one.cmdId, isPiece ? 213 : 200);
    });
    const gets = flatten([command]).filter((one) => one.name === 'Get');
    return [...statuses, ...gets.flatMap((one) => one.items.flatMap((item) => this.#results(reply, one.cmdId, item)))];
  }

  #results(reply: Message, cmdRef: string, { target }: Item): ResultsCommand[] {
    const { length, piece } = this.#manner.value;
    const results: ResultsCommand[] = [];
    const told = itemsAt(target?.uri ?? '');
    if (told !== undefined) return [{ name: 'Results', cmdId: '', msgRef: reply.header.msgId, cmdRef, items: told }];
    for (let start = 0; start < length; start += piece) {
      const isLast = start + piece >= length;
      const meta: Meta = { format: 'chr', ...(start === 0 && !isLast && { size: length }) };
      const data = 'v'.repeat(Math.min(piece, length - start));
      const item: Item = { source: { uri: target?.uri ?? '' }, meta, data, ...(!isLast && { moreData: true }) };
      results.push({ name: 'Results', cmdId: '', msgRef: reply.header.msgId, cmdRef, items: [item] });
    }
    return results;
  }

  #say(commands: readonly Command[], final: boolean, more: { withCredentials?: boolean; meta?: Meta } = {}): Say {
    const { auth, version } = this.#manner;
    const { withCredentials = auth === 'hmac', meta } = more;
    this.#msgId += 1;
    const header: Header = {
      verDtd: version,
      verProto: `DM/${version}`,
      sessionId: this.#sessionId,
      msgId: String(this.#msgId),
      target: { uri: 'http://dm.example/dm' },
      source: { uri: 'IMEI:1' },
      ...(withCredentials && auth === 'basic' && { cred: basicCred }),
      ...(withCredentials && auth === 'md5' && { cred: md5Cred(this.#nonce) }),
      ...(meta !== undefined && { meta }),
    };
    const numbered = commands.map((command, index) => ({ ...command, cmdId: String(index + 1) }));
    return {
      message: { header, commands: numbered, final },
      ...(withCredentials && auth === 'hmac' && { hmac: mac(this.#nonce) }),
    };
  }
}

/** Of the tree; undefined: any other node is a leaf with the manner's value. */
function itemsAt(uri: string): readonly Item[] | undefined {
  const [path = '', query] = uri.split('?');
  const below = Object.keys(TREE).filter((one) => one === path || one.startsWith(`${path}/`));
  if (below.length === 0) return query === 'prop=ACL' ? [{ source: { uri }, data: 'Get=*&Replace=omadm' }] : undefined;
  if (query === 'prop=ACL') return [{ source: { uri }, data: uri.startsWith('./T/a?') ? '' : 'Get=*&Add=other' }];
  if (query !== undefined && !query.startsWith('list=')) return [{ source: { uri }, data: 'x' }];
  const nodes = query === undefined ? [path] : below;
  return nodes.map((one): Item => {
    const value = TREE[one] ?? '';
    const isLeaf = !value.startsWith('[');
    if (isLeaf) return { source: { uri: one }, meta: { format: 'chr' }, data: value };
    return { source: { uri: one }, meta: { format: 'node' }, ...(query === undefined && { data: value.slice(1, -1) }) };
  });
}

function isHeaderStatus(command: Command): command is StatusCommand {
  return command.name === 'Status' && command.cmdRef === '0';
}

function isRequest(command: Command): command is RequestCommand {
  return command.name !== 'Status' && command.name !== 'Results' && command.name !== 'Unknown';
}
