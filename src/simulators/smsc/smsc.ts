import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import smpp from 'smpp';
import type { MessagePdu } from '../../wire/smpp/message-pdu.ts';
import { type ReceiptStat, type ReceiptStyle, receiptPdu } from './receipt-style.ts';
import type { SmscFaults } from './smsc-faults.ts';
import { type SmscBind, type SmscCore, SmscSession } from './smsc-session.ts';

export type { ReceiptStat, ReceiptStyle } from './receipt-style.ts';
export type { SmscBind } from './smsc-session.ts';

export interface SmscOptions {
  /** 0 or absent: a free one, see {@link Smsc.port}. */
  readonly port?: number;
  readonly host?: string;
  /** When given, binds need these; without them everyone may bind. Handsets always may. */
  readonly systemId?: string;
  readonly password?: string;
  readonly faults?: SmscFaults;
  /** Report DELIVRD at once for numbers without a handset, instead of keeping the message for one. */
  readonly deliverWithoutHandset?: boolean;
  /** Milliseconds between the delivery and its receipt. */
  readonly receiptDelayMs?: number;
  /** How receipts are written; the example of SMPP 3.4 with its optional parameters unless told. */
  readonly receipts?: ReceiptStyle;
  /** What becomes of a message; `DELIVRD` unless told. Messages that a handset refused are `UNDELIV` anyway. */
  readonly outcomeOf?: (push: SmscPush) => ReceiptStat;
  /** How many messages {@link Smsc.pushes} goes back; 10,000 unless told. */
  readonly remembered?: number;
  /** Called when the answer that accepts a message was written to its connection. */
  readonly onAnswered?: (messageId: string) => void;
  /** Called when a connection has ended. */
  readonly onDisconnected?: (connection: number) => void;
  /** How ids are written: as text that is no number, or as numbers in one notation here and the other in receipts. */
  readonly messageIds?: 'text' | 'hex-then-decimal' | 'decimal-then-hex';
  /** Messages kept for absent handsets, over all numbers; beyond that submits are refused as "queue full". */
  readonly maxWaiting?: number;
  /** PEM; speak TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** One line per event, for people. */
  readonly log?: (line: string) => void;
}

/** A message that was taken in. */
export interface SmscPush {
  readonly messageId: string;
  readonly source: string;
  readonly destination: string;
  /** With its length octet; empty when there is none. */
  readonly udh: Uint8Array;
  readonly body: Uint8Array;
  readonly esmClass: number;
  readonly dataCoding: number;
  readonly receivedAt: Date;
  /** Numbers the connections of clients, from 1. */
  readonly connection: number;
  /** The mandatory fields by their names in the specification, as far as they are texts and numbers. */
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface Smsc {
  readonly host: string;
  readonly port: number;
  /** Accepted messages in order, the last ten thousand of them. */
  readonly pushes: readonly SmscPush[];
  /** submit_sm received, accepted or not, over all connections. */
  readonly submits: number;
  /** What the SMSC does wrong; may be replaced while it runs. */
  faults: SmscFaults;
  /** Bound connections other than handsets. */
  readonly links: number;
  /** Connections accepted so far, handsets' too. */
  readonly connections: number;
  /** The binds behind them. */
  readonly binds: readonly SmscBind[];
  /** Numbers whose handset is attached. */
  readonly handsets: readonly string[];
  /** Calls back for every accepted message; the returned function stops it. */
  onPush(listener: (push: SmscPush) => void): () => void;
  /** A message from a phone to the bound clients. Gives their command_status, undefined where none answered. */
  sendIncoming(sms: {
    source: string;
    destination: string;
    body: Uint8Array;
    udh?: Uint8Array;
    /** Octets (4) unless told. */
    dataCoding?: number;
  }): Promise<readonly (number | undefined)[]>;
  /** Writes any octets to every bound client. */
  sendRaw(octets: Uint8Array): void;
  /** Cuts every client's connection (not the handsets'). */
  dropLinks(): void;
  close(): Promise<void>;
}

interface Kept {
  readonly push: SmscPush;
  readonly systemId: string;
  readonly wantsReceipt: boolean;
}

interface Receipt {
  readonly systemId: string;
  readonly push: SmscPush;
  readonly stat: ReceiptStat;
  tries: number;
}

const MAX_PUSHES = 10_000;
const MAX_RECEIPT_TRIES = 20;
const MAX_RECEIPTS = 100_000;
const RECEIPT_RETRY_MS = 500;

/** Starts an SMSC that keeps everything in memory. Rejects when the address cannot be listened on. */
export async function startSmsc(options: SmscOptions = {}): Promise<Smsc> {
  const smsc = new SimulatedSmsc(options);
  await smsc.listen();
  return smsc;
}

class SimulatedSmsc implements Smsc, SmscCore {
  readonly options: SmscOptions;
  readonly pushes: SmscPush[] = [];
  faults: SmscFaults;
  submits = 0;
  connections = 0;
  readonly #server: net.Server;
  readonly #sessions = new Set<SmscSession>();
  readonly #listeners = new Set<(push: SmscPush) => void>();
  /** By number, oldest first. */
  readonly #kept = new Map<string, Kept[]>();
  readonly #handsets = new Map<string, SmscSession>();
  readonly #busyHandsets = new Set<string>();
  readonly #receipts: Receipt[] = [];
  /** Refused by the client: repeated after a while, not with the next receipt. */
  #refused: Receipt[] = [];
  readonly #idPrefix = randomBytes(4).toString('hex');
  #nextId = 0;
  #keptCount = 0;
  #receiptTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SmscOptions) {
    this.options = options;
    this.faults = options.faults ?? {};
    const onSocket = (socket: net.Socket) => {
      this.connections += 1;
      const session: SmscSession = new SmscSession(socket, this, this.connections, () => {
        this.#sessions.delete(session);
        this.options.onDisconnected?.(session.connection);
      });
      this.#sessions.add(session);
    };
    this.#server = options.tls ? tls.createServer(options.tls, onSocket) : net.createServer(onSocket);
    this.#server.on('tlsClientError', () => undefined);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.options.port ?? 0, this.options.host ?? '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  get host(): string {
    return (this.#server.address() as net.AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get links(): number {
    return this.#clients().length;
  }

  get binds(): readonly SmscBind[] {
    return this.#clients().flatMap(({ bind }) => (bind === undefined ? [] : [bind]));
  }

  get handsets(): readonly string[] {
    return [...this.#handsets.keys()];
  }

  log(line: string): void {
    this.options.log?.(line);
  }

  onPush(listener: (push: SmscPush) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  sendIncoming(sms: Parameters<Smsc['sendIncoming']>[0]) {
    const udh = sms.udh ?? new Uint8Array();
    return Promise.all(
      this.#clients().map((client) =>
        client.peer.request('deliver_sm', {
          source_addr: sms.source,
          destination_addr: sms.destination,
          esm_class: udh.length > 0 ? 0x40 : 0,
          data_coding: sms.dataCoding ?? 0x04,
          short_message: Buffer.concat([udh, sms.body]),
        }),
      ),
    );
  }

  sendRaw(octets: Uint8Array): void {
    for (const client of this.#clients()) client.peer.write(octets);
  }

  dropLinks(): void {
    for (const client of this.#clients()) client.peer.destroy();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#receiptTimer);
    const stopped = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const session of [...this.#sessions]) session.peer.destroy();
    await stopped;
  }

  answered(messageId: string): void {
    this.options.onAnswered?.(messageId);
  }

  #outcomeOf(push: SmscPush): ReceiptStat {
    return this.options.outcomeOf?.(push) ?? 'DELIVRD';
  }

  clientBound(): void {
    this.#flushReceipts();
  }

  handsetAttached(msisdn: string, session: SmscSession): void {
    this.#handsets.set(msisdn, session);
    void this.#serveHandset(msisdn);
  }

  handsetDetached(msisdn: string, session: SmscSession): void {
    if (this.#handsets.get(msisdn) === session) this.#handsets.delete(msisdn);
  }

  accept(pdu: MessagePdu, frame: Buffer, { systemId, connection }: SmscSession): string | undefined {
    const destination = pdu.destination.replace(/^\+/, '');
    const immediate = this.options.deliverWithoutHandset === true && !this.#handsets.has(destination);
    if (!immediate && this.#keptCount >= (this.options.maxWaiting ?? 10_000)) return undefined;
    const push: SmscPush = {
      messageId: this.#newMessageId(),
      source: pdu.source,
      destination,
      udh: pdu.udh,
      body: pdu.body,
      esmClass: pdu.esmClass,
      dataCoding: pdu.dataCoding,
      receivedAt: new Date(),
      connection,
      get fields() {
        return fieldsOf(frame, pdu.validityPeriod);
      },
    };
    this.pushes.push(push);
    const { remembered = MAX_PUSHES } = this.options;
    if (this.pushes.length > remembered * 2) this.pushes.splice(0, this.pushes.length - remembered);
    for (const listener of this.#listeners) listener(push);
    const kept: Kept = { push, systemId, wantsReceipt: (pdu.registeredDelivery & 3) === 1 };
    // After the answer to the submit has left, as a real SMSC would.
    if (immediate && this.options.receipts?.early === true) this.#settle(kept, this.#outcomeOf(push));
    else if (immediate) setImmediate(() => this.#settle(kept, this.#outcomeOf(push)));
    else {
      this.#keep(kept);
      setImmediate(() => void this.#serveHandset(destination));
    }
    return push.messageId;
  }

  #newMessageId(): string {
    const no = this.#nextId++;
    const { messageIds = 'text' } = this.options;
    if (messageIds === 'text') return `${this.#idPrefix}${no.toString(16).padStart(8, '0')}`;
    const number = (BigInt(`0x${this.#idPrefix}`) << 16n) + BigInt(no);
    return number.toString(messageIds === 'hex-then-decimal' ? 16 : 10);
  }

  /** As receipts write it. */
  #receiptedId(messageId: string): string {
    switch (this.options.messageIds) {
      case 'hex-then-decimal':
        return BigInt(`0x${messageId}`).toString();
      case 'decimal-then-hex':
        return BigInt(messageId).toString(16).toUpperCase();
      default:
        return messageId;
    }
  }

  /** Hands over, one by one, what waits for a number, while its handset is attached. */
  async #serveHandset(msisdn: string): Promise<void> {
    if (this.#busyHandsets.has(msisdn)) return;
    this.#busyHandsets.add(msisdn);
    try {
      for (;;) {
        const handset = this.#handsets.get(msisdn);
        const queue = this.#kept.get(msisdn);
        const next = queue?.[0];
        if (!handset || !queue || !next || this.#closed) return;
        const { push } = next;
        const status = await handset.peer.request('deliver_sm', {
          source_addr: push.source,
          destination_addr: push.destination,
          esm_class: push.udh.length > 0 ? 0x40 : 0,
          data_coding: push.dataCoding,
          short_message: Buffer.concat([push.udh, push.body]),
        });
        // Gone before it answered: the message stays at the head of the queue.
        if (status === undefined) continue;
        queue.shift();
        this.#keptCount -= 1;
        if (queue.length === 0) this.#kept.delete(msisdn);
        this.#settle(next, status === 0 ? this.#outcomeOf(push) : 'UNDELIV');
      }
    } finally {
      this.#busyHandsets.delete(msisdn);
    }
  }

  #flushReceipts(): void {
    if (this.#closed) return;
    for (const receipt of this.#receipts.splice(0)) {
      const client = this.#clients().find((session) => session.systemId === receipt.systemId && session.receives);
      if (client) void this.#sendReceipt(client, receipt);
      else this.#putBack(receipt);
    }
  }

  #clients(): SmscSession[] {
    return [...this.#sessions].filter((session) => session.bound && session.msisdn === undefined);
  }

  #keep(kept: Kept): void {
    const queue = this.#kept.get(kept.push.destination);
    if (queue) queue.push(kept);
    else this.#kept.set(kept.push.destination, [kept]);
    this.#keptCount += 1;
  }

  #settle({ push, systemId, wantsReceipt }: Kept, stat: ReceiptStat): void {
    this.log(`${push.messageId} for ${push.destination}: ${stat}`);
    if (!wantsReceipt || this.#closed) return;
    const report = () => {
      this.#putBack({ systemId, push, stat, tries: 0 });
      this.#flushReceipts();
    };
    if (this.options.receiptDelayMs) setTimeout(report, this.options.receiptDelayMs).unref();
    else report();
  }

  #putBack(receipt: Receipt): void {
    this.#receipts.push(receipt);
    if (this.#receipts.length > MAX_RECEIPTS) this.#receipts.shift();
  }

  async #sendReceipt(client: SmscSession, receipt: Receipt): Promise<void> {
    const { push, stat } = receipt;
    const messageId = this.#receiptedId(push.messageId);
    const style = this.options.receipts ?? {};
    const { command, fields } = receiptPdu({ messageId, stat, push, style, doneAt: new Date() });
    for (let copy = 1; copy < (style.copies ?? 1); copy++) void client.peer.request(command, fields);
    const status = await client.peer.request(command, fields);
    // One that no client could take does not count.
    if (status === 0 || (status !== undefined && ++receipt.tries >= MAX_RECEIPT_TRIES)) return;
    if (status === undefined) this.#putBack(receipt);
    else this.#refused.push(receipt);
    this.#receiptTimer ??= setTimeout(() => {
      this.#receiptTimer = undefined;
      for (const refused of this.#refused.splice(0)) this.#putBack(refused);
      this.#flushReceipts();
    }, RECEIPT_RETRY_MS);
  }
}

const TEXT_FIELDS = ['service_type', 'source_addr', 'destination_addr'];
const NUMBER_FIELDS = [
  ...['source_addr_ton', 'source_addr_npi', 'dest_addr_ton', 'dest_addr_npi'],
  ...['esm_class', 'protocol_id', 'priority_flag', 'registered_delivery', 'data_coding'],
];

/** As the npm package reads them, but for the time, of which it makes a Date. */
function fieldsOf(frame: Buffer, validityPeriod: string): Readonly<Record<string, string | number>> {
  const pdu = new smpp.PDU(frame);
  const texts = TEXT_FIELDS.map((name) => [name, String(pdu[name])] as const);
  const numbers = NUMBER_FIELDS.map((name) => [name, Number(pdu[name])] as const);
  return { ...Object.fromEntries([...texts, ...numbers]), validity_period: validityPeriod };
}
