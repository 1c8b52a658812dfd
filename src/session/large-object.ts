import type { Data, Item, RequestCommand } from '../syncml/message.ts';
import { encodeXml } from '../wire/xml/encode-xml.ts';

/**
 * One object in several messages (OMA-TS-DM_Protocol, 7): the command is sent again and again, each time with the next
 * piece of its data and MoreData, the size of the whole in the first piece only; the last piece has no MoreData.
 */
export interface Piece {
  readonly command: RequestCommand;
  /** Where the next piece begins, in the units of the data: characters of text, octets otherwise. */
  readonly end: number;
  readonly isLast: boolean;
}

/** Base64 of one piece must not need what comes after it. */
const OCTETS_OF_BASE64 = 3;

/**
 * The next piece of a command that does not fit into one message.
 *
 * @param atMost no piece is longer; a limit of the search, so that its cost does not grow with the object
 * @param fits whether a message with this command alone is small enough
 * @returns undefined when it cannot be sent in pieces: it has several Items, or no data, or nothing fits
 */
export function nextPiece(
  command: RequestCommand,
  start: number,
  atMost: number,
  fits: (piece: RequestCommand) => boolean,
): Piece | undefined {
  if (command.name !== 'Add' && command.name !== 'Replace' && command.name !== 'Exec') return undefined;
  const [item] = command.items;
  if (item === undefined || command.items.length !== 1) return undefined;
  if (item.data === undefined) return undefined;
  const data = divisible(item.data);
  const pieceTo = (end: number): Piece => {
    const isLast = end >= data.length;
    return { command: { ...command, items: [cut(item, data, start, end)] }, end, isLast };
  };
  let good = 0;
  let bad = Math.min(data.length - start, atMost) + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const end = boundary(data, start, start + middle);
    if (end === start || fits(pieceTo(end).command)) good = middle;
    else bad = middle;
  }
  const end = boundary(data, start, start + good);
  return end > start ? pieceTo(end) : undefined;
}

/** Embedded elements go in pieces of their text, which is what they are inside WBXML anyway. */
function divisible(data: Data): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  const known = TEXT_OF_ELEMENTS.get(data);
  if (known !== undefined) return known;
  const text = data.elements.map((one) => encodeXml(one, { declaration: false })).join('');
  TEXT_OF_ELEMENTS.set(data, text);
  return text;
}

/** A package is the same value for every piece, so its text is made once. */
const TEXT_OF_ELEMENTS = new WeakMap<object, string>();

/** Why a command cannot go in pieces, after "and": for the admin. */
export function whyWhole(command: RequestCommand): string {
  switch (command.name) {
    case 'Atomic':
    case 'Sequence':
      return `${command.name} has to stand in one message with everything inside it`;
    case 'Add':
    case 'Replace':
    case 'Exec':
      return command.items.length === 1
        ? 'not even a piece of its value does'
        : 'only a command of one Item goes in pieces: split it';
    default:
      return `a ${command.name} does not go in pieces`;
  }
}

function cut(item: Item, data: string | Uint8Array, start: number, end: number): Item {
  const { moreData: _, ...rest } = item;
  return {
    ...rest,
    ...(start === 0 && { meta: { ...item.meta, size: octetsOf(data) } }),
    data: typeof data === 'string' ? data.slice(start, end) : data.subarray(start, end),
    ...(end < data.length && { moreData: true }),
  };
}

/** Never between the halves of a surrogate pair, nor inside a group of base64. */
function boundary(data: string | Uint8Array, start: number, end: number): number {
  if (end >= data.length) return data.length;
  if (typeof data !== 'string') return start + Math.floor((end - start) / OCTETS_OF_BASE64) * OCTETS_OF_BASE64;
  const code = data.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end;
}

/** Octets of a value as it travels in WBXML, where embedded elements are their text. */
function octetsOf(data: Data | undefined): number {
  if (data === undefined) return 0;
  if (typeof data === 'string') return Buffer.byteLength(data, 'utf8');
  return data instanceof Uint8Array ? data.length : octetsOf(divisible(data));
}

/** Octets of the largest value in a command. */
export function largestObject(command: RequestCommand): number {
  if ('commands' in command) return Math.max(0, ...command.commands.map(largestObject));
  return Math.max(0, ...command.items.map(({ data }) => octetsOf(data)));
}
