import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import smpp, { type PduFields } from 'smpp';
import type { LinkSettings } from '../../domain/link.ts';
import { PduFramer, type PduHeader, readPduHeader } from '../../wire/smpp/pdu-framer.ts';

/** What a request led to. */
export type Answer =
  | { readonly kind: 'response'; readonly status: number; readonly frame: Buffer }
  /** It was written, and nothing came back in time or the connection went. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** Nothing was written. */
  | { readonly kind: 'unsent' };

export interface ConnectionHandlers {
  /** A request of the peer other than enquire_link and unbind; answer it with {@link SmppConnection.respond}. */
  readonly onRequest: (command: string, header: PduHeader, frame: Buffer) => void;
  /** Once, when the connection is gone; every request is settled by then. */
  readonly onClose: (reason: string) => void;
}

interface Pending {
  readonly expected: number;
  readonly deadline: number;
  readonly settle: (answer: Answer) => void;
}

const RESPONSE = 0x80000000;
const GENERIC_NACK = 0x80000000;
const ESME_RINVCMDID = 0x03;
const COMMAND = {
  enquireLink: smpp.commands['enquire_link']?.id,
  unbind: smpp.commands['unbind']?.id,
  outbind: smpp.commands['outbind']?.id,
  alertNotification: smpp.commands['alert_notification']?.id,
};

/**
 * One TCP or TLS connection to an SMSC, from connect to close, never reused. The npm package encodes the PDUs; framing,
 * sequence numbers, time-outs and life signs are kept here, so that whatever the peer sends or leaves out ends in a
 * settled request or a closed connection.
 *
 * A peer counts as alive while it answers enquire_link or sends other whole PDUs. Octets alone are no sign of life: a
 * PDU that never ends would swallow everything after it.
 */
export class SmppConnection {
  readonly #settings: LinkSettings;
  readonly #socket: net.Socket;
  readonly #handlers: ConnectionHandlers;
  readonly #framer = new PduFramer();
  /** In order of deadlines, since every request has the same time-out. */
  readonly #pending = new Map<number, Pending>();
  #sequence = 0;
  #closed = false;
  #misses = 0;
  #corked = false;
  #lastHeard = Date.now();
  #expiry: NodeJS.Timeout | undefined;
  #enquiry: NodeJS.Timeout | undefined;

  private constructor(settings: LinkSettings, socket: net.Socket, handlers: ConnectionHandlers) {
    this.#settings = settings;
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.close(error.message));
    socket.on('end', () => this.close('closed by the SMSC'));
    socket.on('close', () => this.close('closed'));
    this.#scheduleEnquiry();
  }

  /** @throws Error when no connection comes about within `connectMs`, with a reason fit for a log */
  static async open(settings: LinkSettings, handlers: ConnectionHandlers): Promise<SmppConnection> {
    const socket = await connect(settings);
    return new SmppConnection(settings, socket, handlers);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How many requests wait for an answer. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /**
   * Sends a request and waits for its answer, `responseMs` at most.
   * @throws Error when a field cannot be encoded
   */
  request(command: string, fields: PduFields): Promise<Answer> {
    return this.send(new smpp.PDU(command, { ...fields, sequence_number: 1 }).toBuffer());
  }

  /** Sends a request that is encoded already; its sequence number is written here. Waits like {@link request}. */
  send(frame: Buffer): Promise<Answer> {
    if (this.#closed || !this.#socket.writable) return Promise.resolve({ kind: 'unsent' });
    const sequence = this.#nextSequence();
    frame.writeUInt32BE(sequence, 12);
    return new Promise((resolve) => {
      this.#pending.set(sequence, {
        expected: (frame.readUInt32BE(4) | RESPONSE) >>> 0,
        deadline: Date.now() + this.#settings.responseMs,
        settle: resolve,
      });
      this.#scheduleExpiry();
      this.#write(frame);
    });
  }

  /** Answers a request of the peer. */
  respond(command: string, sequence: number, status = 0): void {
    if (this.#closed || !this.#socket.writable) return;
    this.#write(
      new smpp.PDU(command, { command_status: status, sequence_number: sequence } satisfies PduFields).toBuffer(),
    );
  }

  /** What is written in one turn of the event loop leaves together: a packet and a system call for many PDUs. */
  #write(octets: Buffer): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(octets);
  }

  /** Closes at once; what waits for an answer is lost. Does nothing the second time. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#expiry);
    clearTimeout(this.#enquiry);
    this.#socket.uncork();
    // What was just written (an unbind_resp) still leaves; the peer has its time to close, then it is cut off.
    this.#socket.end();
    const cut = setTimeout(() => this.#socket.destroy(), 200);
    this.#socket.once('close', () => clearTimeout(cut));
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { settle } of pending) settle({ kind: 'lost', reason });
    this.#handlers.onClose(reason);
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#framer.feed(chunk, (frame) => {
        this.#take(frame);
        return !this.#closed;
      });
    } catch (error) {
      this.close(`unreadable data from the SMSC: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #take(frame: Buffer): void {
    const header = readPduHeader(frame);
    this.#lastHeard = Date.now();
    this.#misses = 0;
    if (header.commandId >= RESPONSE) {
      const pending = this.#pending.get(header.sequence);
      // An answer to nothing, or of another kind than the question, is not ours to act on.
      if (!pending || (header.commandId !== pending.expected && header.commandId !== GENERIC_NACK)) return;
      this.#pending.delete(header.sequence);
      // A nack without a status still is no acceptance.
      const status = header.commandId === GENERIC_NACK ? header.commandStatus || 0xff : header.commandStatus;
      pending.settle({ kind: 'response', status, frame });
      return;
    }
    switch (header.commandId) {
      case COMMAND.enquireLink:
        this.respond('enquire_link_resp', header.sequence);
        return;
      case COMMAND.unbind:
        this.respond('unbind_resp', header.sequence);
        this.close('unbound by the SMSC');
        return;
      case COMMAND.outbind:
      case COMMAND.alertNotification:
        return; // have no response
    }
    const command = smpp.commandsById[header.commandId]?.command;
    if (command === undefined) {
      this.respond('generic_nack', header.sequence, ESME_RINVCMDID);
      return;
    }
    this.#handlers.onRequest(command, header, frame);
  }

  #nextSequence(): number {
    do {
      this.#sequence = this.#sequence >= 0x7fffffff ? 1 : this.#sequence + 1;
    } while (this.#pending.has(this.#sequence));
    return this.#sequence;
  }

  /** One timer, for the oldest request; it is set anew only when it fires. */
  #scheduleExpiry(): void {
    if (this.#expiry !== undefined) return;
    const oldest = this.#pending.values().next().value;
    if (oldest === undefined) return;
    // After a stall of this process answers may lie in the socket: they are read before anything counts as lost.
    this.#expiry = setTimeout(() => setImmediate(() => this.#expire()), Math.max(oldest.deadline - Date.now(), 1));
  }

  #expire(): void {
    this.#expiry = undefined;
    const now = Date.now();
    for (const [sequence, pending] of this.#pending) {
      if (pending.deadline > now) break;
      this.#pending.delete(sequence);
      pending.settle({ kind: 'lost', reason: `no answer within ${this.#settings.responseMs} ms` });
    }
    if (!this.#closed) this.#scheduleExpiry();
  }

  #scheduleEnquiry(): void {
    if (this.#closed) return;
    const { enquireMs, enquireMisses } = this.#settings;
    const quietMs = Date.now() - this.#lastHeard;
    const wait = this.#misses > 0 ? 0 : Math.max(enquireMs - quietMs, 1);
    this.#enquiry = setTimeout(() => {
      if (Date.now() - this.#lastHeard < enquireMs && this.#misses === 0) {
        this.#scheduleEnquiry();
        return;
      }
      void this.request('enquire_link', {}).then((answer) => {
        if (this.#closed) return;
        if (answer.kind !== 'response' && ++this.#misses >= enquireMisses) {
          this.close(`${this.#misses} enquire_link without an answer`);
        } else this.#scheduleEnquiry();
      });
    }, wait);
  }
}

async function connect(settings: LinkSettings): Promise<net.Socket> {
  const { host, port } = settings;
  const ca =
    settings.tls && settings.caFile !== undefined ? await readFile(settings.caFile) : (settings.ca ?? undefined);
  return new Promise((resolve, reject) => {
    const socket = settings.tls
      ? tls.connect({
          host,
          port,
          rejectUnauthorized: settings.verify,
          ...(net.isIP(host) ? {} : { servername: host }),
          ...(ca === undefined ? {} : { ca }),
        })
      : net.connect({ host, port });
    socket.setNoDelay(true);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${settings.connectMs} ms`)),
      settings.connectMs,
    );
    const failed = (error?: Error) => {
      clearTimeout(timer);
      reject(error ?? new Error('closed while connecting'));
    };
    const closed = () => failed();
    socket.once('error', failed);
    socket.once('close', closed);
    socket.once(settings.tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      socket.off('close', closed);
      resolve(socket);
    });
  });
}
