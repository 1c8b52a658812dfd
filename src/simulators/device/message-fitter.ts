import type { Encoding } from '../../syncml/media-type.ts';
import type { Command, Header, Item, Message } from '../../syncml/message.ts';
import type { Draft } from './draft.ts';
import { encodeMessage } from './message-codec.ts';
import { cutAt, type NodeValue, valueOctets } from './tree-node.ts';

export interface Parts {
  readonly header: Header;
  /** What stands first in any case; nothing in the first message of a session. */
  readonly first: readonly Draft[];
  /** What is to be said, in order. */
  readonly queue: readonly Draft[];
  /** What stands last when the whole queue fits. */
  readonly last: readonly Draft[];
  /** Whether the package ends when the whole queue fits. */
  readonly final: boolean;
}

export interface Fitted {
  readonly message: Message;
  readonly bytes: Uint8Array;
  /** What did not fit and goes into the next message. */
  readonly rest: Draft[];
}

/**
 * Puts as much of the queue into a message as the server takes. What is left makes the message an unfinished one: no
 * Final. Results too large for any message are cut into chunks (OMA-TS-DM_Protocol, large object handling); another
 * command that alone is too large goes out as it is.
 */
export function fitMessage(parts: Parts, encoding: Encoding, maxMsgSize: number | undefined): Fitted {
  const { header, first, queue, last, final } = parts;
  const whole = encode(header, [...first, ...queue, ...last], final, encoding);
  if (maxMsgSize === undefined || whole.bytes.length <= maxMsgSize || queue.length === 0) return { ...whole, rest: [] };

  const measure = (drafts: readonly Draft[]): number => encode(header, drafts, false, encoding).bytes.length;
  const empty = measure(first);
  let octets = empty;
  let count = 0;
  for (const draft of queue) {
    octets += measure([...first, draft]) - empty;
    // CmdIDs and MsgRefs of more digits than measured: keep a little room.
    if (octets + 2 * (count + 1) > maxMsgSize) break;
    count += 1;
  }
  if (count > 0)
    return { ...encode(header, [...first, ...queue.slice(0, count)], false, encoding), rest: queue.slice(count) };
  const [large, ...rest] = queue;
  if (large !== undefined) {
    const cut = cutResults(large, (chunk) => measure([...first, chunk]) <= maxMsgSize);
    if (cut !== undefined)
      return { ...encode(header, [...first, cut.chunk], false, encoding), rest: [cut.rest, ...rest] };
  }
  if (rest.length === 0) return { ...whole, rest: [] };
  return { ...encode(header, [...first, ...queue.slice(0, 1)], false, encoding), rest };
}

function encode(header: Header, drafts: readonly Draft[], final: boolean, encoding: Encoding): Omit<Fitted, 'rest'> {
  const commands = drafts.map((draft, index): Command => ({ ...draft, cmdId: String(index + 1) }));
  const message: Message = { header, commands, final };
  return { message, bytes: encodeMessage(message, encoding) };
}

/** As many Items as fit and the rest; when not even the first one does, a chunk of that, or that one alone. */
function cutResults(draft: Draft, fits: (draft: Draft) => boolean): { chunk: Draft; rest: Draft } | undefined {
  const [item, ...others] = draft.items;
  if (draft.name !== 'Results' || item === undefined) return undefined;
  let low = 0;
  let high = others.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits({ ...draft, items: draft.items.slice(0, middle) })) low = middle;
    else high = middle - 1;
  }
  if (low > 0) {
    return {
      chunk: { ...draft, items: draft.items.slice(0, low) },
      rest: { ...draft, items: draft.items.slice(low) },
    };
  }
  const cut = cutItem(draft, item, fits);
  if (cut !== undefined) return { ...cut, rest: { ...cut.rest, items: [...cut.rest.items, ...others] } };
  return others.length === 0 ? undefined : { chunk: { ...draft, items: [item] }, rest: { ...draft, items: others } };
}

/** The largest first chunk that fits, and the rest. The first chunk of an object says how large the whole is. */
function cutItem(draft: Draft, item: Item, fits: (draft: Draft) => boolean): { chunk: Draft; rest: Draft } | undefined {
  const { data, meta = {} } = item;
  if (data === undefined || (typeof data !== 'string' && !(data instanceof Uint8Array))) return undefined;
  const isFirst = !CONTINUATIONS.has(item);
  const withData = (value: NodeValue, more: boolean): Item => ({
    ...item,
    meta: isFirst && more ? { ...meta, size: valueOctets(data) } : meta,
    data: value,
    ...(more && { moreData: true }),
  });
  const total = data.length;
  let low = 0;
  let high = total - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits({ ...draft, items: [withData(data.slice(0, cutAt(data, middle)), true)] })) low = middle;
    else high = middle - 1;
  }
  low = cutAt(data, low);
  if (low === 0) return undefined;
  const restItem = withData(data.slice(low), false);
  CONTINUATIONS.add(restItem);
  return {
    chunk: { ...draft, items: [withData(data.slice(0, low), true)] },
    rest: { ...draft, items: [restItem] },
  };
}

/** Items that continue an object whose size has been said. */
const CONTINUATIONS = new WeakSet<Item>();
