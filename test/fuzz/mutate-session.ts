import type { Command, Cred, Header, Item, Message, Meta } from '../../src/syncml/message.ts';
import { STATUSES } from '../../src/syncml/status-codes.ts';
import { basicCred, mac, md5Cred } from '../session/dialogue.ts';
import type { Say } from './good-device.ts';
import { pick, type Random } from './random-source.ts';

/** What a message may be turned into: nothing that `parseMessage` could not give. */
const TEXTS = ['', '0', '1', '2', '3', '4', '5', '6', '7', '99', 'x', '-1', '999999999999', '__proto__', 'ü🙂'];
const SIZES = [undefined, 0, 1, 255, 256, 300, 400, 600, 2_000, 65_536, 4_294_967_295, 999_999_999_999_999];
const CODES = [...STATUSES.map(({ code }) => code), 0, 1, 99, 199, 218, 299, 600, 999_999_999, Number.NaN];
const ALERT_CODES = [1100, 1101, 1104, 1200, 1201, 1222, 1223, 1224, 1225, 1226, 0, 999_999_999, Number.NaN];
const URIS = [
  './A',
  './B',
  './T',
  './T/a',
  './T?list=StructData',
  './T?prop=ACL',
  './Log',
  './Big',
  '.',
  '',
  './DevInfo/Lang',
  'DevInfo/DevId',
  './x?prop=ACL',
  '__proto__',
];
const NONCES = [undefined, '', 'AA==', 'bm9uY2U=', '!!!', 'client-nonce-one'];

/** Changes one thing of what a device says. */
export function mutate(random: Random, say: Say): Say {
  const { message } = say;
  const { header, commands } = message;
  switch (random(12)) {
    case 0:
      return { ...say, message: { ...message, header: mutateHeader(random, header) } };
    case 1:
      return { ...say, message: { ...message, final: !message.final } };
    case 2: {
      const gone = random(commands.length || 1);
      return withCommands(
        say,
        commands.filter((_, index) => index !== gone),
      );
    }
    case 3: {
      const again = commands[random(commands.length || 1)];
      return again === undefined ? say : withCommands(say, insertAt(commands, random(commands.length + 1), again));
    }
    case 4: {
      const from = random(commands.length || 1);
      const moved = commands[from];
      const rest = commands.filter((_, index) => index !== from);
      return moved === undefined ? say : withCommands(say, insertAt(rest, random(rest.length + 1), moved));
    }
    case 5:
      return withCommands(say, insertAt(commands, random(commands.length + 1), strange(random)));
    case 6:
      return mutateMac(random, say);
    default: {
      const at = random(commands.length || 1);
      return withCommands(
        say,
        commands.map((one, index) => (index === at ? mutateCommand(random, one) : one)),
      );
    }
  }
}

function withCommands(say: Say, commands: readonly Command[]): Say {
  return { ...say, message: { ...say.message, commands } };
}

function insertAt<T>(list: readonly T[], at: number, one: T): T[] {
  return [...list.slice(0, at), one, ...list.slice(at)];
}

function mutateMac(random: Random, say: Say): Say {
  const { hmac, ...rest } = say;
  switch (random(4)) {
    case 0:
      return rest;
    case 1:
      return {
        ...say,
        hmac: mac(Buffer.from(pick(random, ['', 'client-nonce-one'])), pick(random, ['wrong', 'device-secret'])),
      };
    case 2:
      return hmac === undefined ? say : { ...say, hmac: { ...hmac, username: 'somebody' } };
    default:
      return { ...say, hmac: { username: 'device', mac: pick(random, TEXTS) } };
  }
}

function mutateHeader(random: Random, header: Header): Header {
  const { cred: _cred, meta: _meta, ...bare } = header;
  const credentials: readonly (Cred | undefined)[] = [
    undefined,
    basicCred,
    { ...basicCred, data: 'd3Jvbmc6d3Jvbmc=' },
    { type: pick(random, TEXTS), data: pick(random, TEXTS) },
    md5Cred(Buffer.from('client-nonce-one')),
    md5Cred(Buffer.from('client-nonce-one'), 'wrong'),
    { type: 'syncml:auth-MAC', data: 'AA==' },
  ];
  switch (random(11)) {
    case 8:
      return { ...header, source: { uri: pick(random, ['IMEI:2', ...TEXTS]) } };
    case 9:
      return { ...header, respUri: pick(random, TEXTS) };
    case 10:
      return { ...header, target: { uri: pick(random, TEXTS) } };
    case 0:
      return { ...header, msgId: pick(random, TEXTS) };
    case 1:
      return { ...header, sessionId: pick(random, TEXTS) };
    case 2:
      return { ...header, verDtd: pick(random, ['1.1', '1.2', ...TEXTS]) };
    case 3:
      return { ...header, verProto: pick(random, ['DM/1.1', 'DM/1.2', ...TEXTS]) };
    case 4:
      return { ...header, noResp: true };
    case 5: {
      const cred = pick(random, credentials);
      return { ...bare, ...(header.meta !== undefined && { meta: header.meta }), ...(cred !== undefined && { cred }) };
    }
    default:
      return { ...header, meta: limits(random) };
  }
}

function limits(random: Random): Meta {
  const maxMsgSize = pick(random, SIZES);
  const maxObjSize = pick(random, SIZES);
  return { ...(maxMsgSize !== undefined && { maxMsgSize }), ...(maxObjSize !== undefined && { maxObjSize }) };
}

function mutateCommand(random: Random, command: Command): Command {
  if (random(12) === 0) return { ...command, cmdId: pick(random, TEXTS) };
  if (random(24) === 0) return { ...command, noResp: true };
  switch (command.name) {
    case 'Status': {
      const nextNonce = pick(random, NONCES);
      const chal = { type: pick(random, ['syncml:auth-md5', 'x']), ...(nextNonce !== undefined && { nextNonce }) };
      return pick<Command>(random, [
        { ...command, code: pick(random, CODES) },
        { ...command, code: pick(random, [200, 212, 213, 401, 407, 404, 507]) },
        { ...command, msgRef: pick(random, TEXTS) },
        { ...command, cmdRef: pick(random, TEXTS) },
        { ...command, cmd: pick(random, ['', 'SyncHdr', 'Get', 'x']) },
        { ...command, targetRefs: [pick(random, URIS), pick(random, URIS)] },
        { ...command, sourceRefs: [pick(random, URIS)] },
        { ...command, chal },
        { ...command, items: [mutateItem(random, {})] },
      ]);
    }
    case 'Results': {
      const { msgRef: _, ...unreferred } = command;
      return pick<Command>(random, [
        unreferred,
        { ...command, msgRef: pick(random, TEXTS) },
        { ...command, cmdRef: pick(random, TEXTS) },
        { ...command, items: command.items.map((item) => mutateItem(random, item)) },
        { ...command, items: [...command.items, mutateItem(random, command.items[0] ?? {})] },
        { ...command, items: [] },
        { ...command, sourceRef: pick(random, URIS) },
      ]);
    }
    case 'Alert':
      return pick<Command>(random, [
        { ...command, code: pick(random, ALERT_CODES) },
        { ...command, correlator: pick(random, TEXTS) },
        { ...command, items: command.items.map((item) => mutateItem(random, item)) },
        { ...command, items: [...command.items, mutateItem(random, command.items[0] ?? {})] },
      ]);
    case 'Atomic':
    case 'Sequence':
    case 'Unknown':
      return command;
    default:
      return { ...command, items: command.items.map((item) => (random(2) === 0 ? mutateItem(random, item) : item)) };
  }
}

function mutateItem(random: Random, item: Item): Item {
  const { source: _source, meta: _meta, data: _data, moreData: _more, ...bare } = item;
  const size = pick(random, SIZES);
  switch (random(6)) {
    case 0:
      return { ...item, source: { uri: pick(random, URIS) } };
    case 1:
      return { ...item, moreData: item.moreData !== true };
    case 2:
      return {
        ...item,
        meta: { ...(size !== undefined && { size }), format: pick(random, ['bin', 'chr', 'node', 'x']) },
      };
    case 3:
      return { ...item, data: pick(random, ['', 'text', Uint8Array.of(0xff, 0), { elements: [] }]) };
    case 4:
      return bare;
    default:
      return { ...item, target: { uri: pick(random, URIS) } };
  }
}

/** A command that has no place where it lands. */
function strange(random: Random): Command {
  const cmdId = pick(random, TEXTS);
  const items = [{ target: { uri: pick(random, URIS) }, data: 'x' }];
  const refs = { msgRef: pick(random, TEXTS), cmdRef: pick(random, TEXTS) };
  return pick<Command>(random, [
    { name: 'Alert', cmdId, code: pick(random, ALERT_CODES), items: [] },
    { name: 'Alert', cmdId, code: 1223, items: [] },
    {
      name: 'Alert',
      cmdId,
      code: pick(random, [1224, 1226]),
      correlator: pick(random, ['c', ...TEXTS]),
      items: [{ ...items[0], meta: { type: pick(random, TEXTS), format: 'int', mark: pick(random, TEXTS) } }],
    },
    {
      name: 'Status',
      cmdId,
      ...refs,
      cmd: 'Get',
      targetRefs: [],
      sourceRefs: [],
      code: pick(random, CODES),
      items: [],
    },
    {
      name: 'Status',
      cmdId,
      ...refs,
      cmdRef: '0',
      cmd: 'SyncHdr',
      targetRefs: [],
      sourceRefs: [],
      code: pick(random, CODES),
      items: [],
    },
    {
      name: 'Results',
      cmdId,
      ...refs,
      items: [{ source: { uri: './Log' }, meta: { size: 9 }, data: 'x', moreData: true }],
    },
    { name: 'Get', cmdId, items },
    { name: 'Replace', cmdId, items },
    { name: 'Atomic', cmdId, commands: [{ name: 'Add', cmdId: '9', items }] },
    { name: 'Unknown', cmdId, element: 'Map' },
  ]);
}

/** Drops, doubles, swaps or puts in messages of a transcript. */
export function mutateTranscript(random: Random, says: readonly Say[], others: readonly (readonly Say[])[]): Say[] {
  const list = [...says];
  for (let left = random(3); left > 0; left--) {
    const at = random(list.length || 1);
    const one = list[at];
    switch (random(4)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        if (one !== undefined) list.splice(at, 0, one);
        break;
      case 2:
        list.splice(at, 2, ...list.slice(at, at + 2).reverse());
        break;
      default:
        list.splice(at, 0, pick(random, pick(random, others)));
    }
  }
  return list;
}

/** For a failure report: octets as hex, the rest as it is. */
export function show(message: Message): string {
  return JSON.stringify(message, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : Number.isNaN(value) ? 'NaN' : value,
  );
}
