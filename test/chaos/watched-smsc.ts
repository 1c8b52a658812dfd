import { type ReceiptStyle, type Smsc, type SmscOptions, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { decodeUdh } from '../../src/wire/wap/udh.ts';

/** One message that an SMSC took in. */
export interface Acceptance {
  readonly messageId: string;
  readonly connection: number;
  /** When the answer was written; undefined when none was. */
  answeredAt: number | undefined;
}

export interface WatchedSmscOptions {
  readonly linkId: string;
  readonly receipts?: ReceiptStyle;
  readonly messageIds?: NonNullable<SmscOptions['messageIds']>;
  readonly receiptDelayMs?: number;
  readonly outcomeOf: NonNullable<SmscOptions['outcomeOf']>;
}

/** A simulated SMSC with a clerk who writes down which part came when, over which connection, and whether it was answered. */
export interface WatchedSmsc {
  readonly linkId: string;
  readonly smsc: Smsc;
  /** By `destination part`. */
  readonly parts: ReadonlyMap<string, readonly Acceptance[]>;
  /** When each connection ended. */
  readonly ended: ReadonlyMap<number, number>;
  /** How many parts were taken in for the first time when not all parts of their message before them had been. */
  readonly outOfOrder: () => number;
}

export async function watchedSmsc({ linkId, ...options }: WatchedSmscOptions): Promise<WatchedSmsc> {
  const parts = new Map<string, Acceptance[]>();
  const byId = new Map<string, Acceptance>();
  const ended = new Map<number, number>();
  const partsOfMessage = new Map<string, number>();
  let outOfOrder = 0;
  const smsc = await startSmsc({
    ...options,
    deliverWithoutHandset: true,
    remembered: 100,
    onAnswered: (messageId) => {
      const acceptance = byId.get(messageId);
      if (acceptance !== undefined) acceptance.answeredAt = Date.now();
    },
    onDisconnected: (connection) => ended.set(connection, Date.now()),
  });
  smsc.onPush(({ messageId, destination, udh, connection }) => {
    const part = (decodeUdh(udh).concatenation?.sequence ?? 1) - 1;
    const acceptance: Acceptance = { messageId, connection, answeredAt: undefined };
    byId.set(messageId, acceptance);
    const key = `${destination} ${part}`;
    const known = parts.get(key);
    if (known === undefined) {
      parts.set(key, [acceptance]);
      const before = partsOfMessage.get(destination) ?? 0;
      if (part !== before) outOfOrder += 1;
      partsOfMessage.set(destination, before + 1);
    } else known.push(acceptance);
  });
  return { linkId, smsc, parts, ended, outOfOrder: () => outOfOrder };
}
