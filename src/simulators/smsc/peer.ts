import type net from 'node:net';
import smpp, { type PduFields } from 'smpp';
import { PduFramer, type PduHeader, readPduHeader } from '../../wire/smpp/pdu-framer.ts';

const RESPONSE = 0x80000000;

export interface PeerHandlers {
  /** A request of the other side; `command` is undefined when the id means nothing. */
  onRequest(command: string | undefined, header: PduHeader, frame: Buffer): void;
  /** Once, after every request of ours was settled. */
  onClose(): void;
}

/** Either end of an SMPP connection as the simulators need it: frames, sequence numbers, answers. */
export class Peer {
  readonly #socket: net.Socket;
  readonly #handlers: PeerHandlers;
  readonly #framer = new PduFramer();
  readonly #pending = new Map<number, (status: number | undefined) => void>();
  #sequence = 0;
  #closed = false;

  constructor(socket: net.Socket, handlers: PeerHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => this.destroy());
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.destroy());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a request; the answer's command_status, or undefined when the connection went first. */
  request(command: string, fields: PduFields): Promise<number | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    this.#sequence = this.#sequence >= 0x7fffffff ? 1 : this.#sequence + 1;
    const sequence = this.#sequence;
    const octets = new smpp.PDU(command, { ...fields, sequence_number: sequence }).toBuffer();
    return new Promise((resolve) => {
      this.#pending.set(sequence, resolve);
      this.#socket.write(octets);
    });
  }

  respond(command: string, sequence: number, status = 0, fields: PduFields = {}): void {
    this.write(new smpp.PDU(command, { ...fields, command_status: status, sequence_number: sequence }).toBuffer());
  }

  /** Any octets, good or bad. */
  write(octets: Uint8Array): void {
    if (!this.#closed && this.#socket.writable) this.#socket.write(octets);
  }

  /** What was written goes out, then the connection closes. */
  end(): void {
    if (this.#closed) return;
    this.#socket.end();
    setTimeout(() => this.destroy(), 200).unref();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const settle of pending) settle(undefined);
    this.#handlers.onClose();
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#framer.feed(chunk, (frame) => {
        this.#take(frame);
        return !this.#closed;
      });
    } catch {
      this.destroy();
    }
  }

  #take(frame: Buffer): void {
    const header = readPduHeader(frame);
    if (header.commandId < RESPONSE) {
      this.#handlers.onRequest(smpp.commandsById[header.commandId]?.command, header, frame);
      return;
    }
    const settle = this.#pending.get(header.sequence);
    this.#pending.delete(header.sequence);
    settle?.(header.commandStatus);
  }
}
