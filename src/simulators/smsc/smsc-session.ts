import type net from 'node:net';
import smpp from 'smpp';
import { type MessagePdu, readMessagePdu } from '../../wire/smpp/message-pdu.ts';
import type { PduHeader } from '../../wire/smpp/pdu-framer.ts';
import { describeSms } from './describe-sms.ts';
import { Peer } from './peer.ts';
import type { SmscFaults } from './smsc-faults.ts';

const STATUS = {
  invalidCommand: 0x03,
  notBound: 0x04,
  alreadyBound: 0x05,
  invalidPassword: 0x0e,
  queueFull: 0x14,
  submitFailed: 0x45,
  throttled: 0x58,
} as const;

const HTTP_GARBAGE = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n', 'latin1');

/** A bind that was accepted, handsets aside. */
export interface SmscBind {
  readonly command: 'bind_receiver' | 'bind_transmitter' | 'bind_transceiver';
  readonly systemId: string;
  readonly systemType: string;
  readonly addressRange: string;
}

/** What a connection asks of its SMSC. */
export interface SmscCore {
  readonly options: {
    readonly systemId?: string;
    readonly password?: string;
    readonly log?: (line: string) => void;
  };
  readonly faults: SmscFaults;
  submits: number;
  log(line: string): void;
  /** Takes a message in; undefined when there is no room for it. */
  accept(pdu: MessagePdu, frame: Buffer, session: SmscSession): string | undefined;
  /** The answer that names it was written to its connection. */
  answered(messageId: string): void;
  clientBound(): void;
  handsetAttached(msisdn: string, session: SmscSession): void;
  handsetDetached(msisdn: string, session: SmscSession): void;
}

/** One connection at the simulated SMSC: a client (ESME) or a handset. */
export class SmscSession {
  readonly peer: Peer;
  readonly connection: number;
  /** Set while it is bound and no handset. */
  bind: SmscBind | undefined;
  systemId = '';
  bound = false;
  /** Set when this is a handset. */
  msisdn: string | undefined;
  /** Whether deliver_sm may be sent to it. */
  receives = false;
  readonly #smsc: SmscCore;
  #submits = 0;
  #secondStartedAt = 0;
  #submitsThisSecond = 0;

  constructor(socket: net.Socket, smsc: SmscCore, connection: number, onClose: () => void) {
    this.#smsc = smsc;
    this.connection = connection;
    this.peer = new Peer(socket, {
      onRequest: (command, header, frame) => this.#onRequest(command, header, frame),
      onClose: () => {
        this.#leave();
        onClose();
      },
    });
  }

  #onRequest(command: string | undefined, header: PduHeader, frame: Buffer): void {
    const { faults } = this.#smsc;
    if (faults.mute || (faults.silent && this.bound && this.msisdn === undefined)) return;
    switch (command) {
      case 'bind_receiver':
      case 'bind_transmitter':
      case 'bind_transceiver':
        this.#bind(command, header, frame);
        return;
      case 'submit_sm':
        this.#submit(header, frame);
        return;
      case 'enquire_link':
        this.peer.respond('enquire_link_resp', header.sequence);
        return;
      case 'unbind':
        this.#leave();
        this.peer.respond('unbind_resp', header.sequence);
        this.peer.end();
        return;
      default:
        this.peer.respond('generic_nack', header.sequence, STATUS.invalidCommand);
    }
  }

  #bind(command: SmscBind['command'], header: PduHeader, frame: Buffer): void {
    const { options, faults } = this.#smsc;
    const text = bindFields(frame);
    const handset = command === 'bind_receiver' && /^\+?\d+$/.test(text.addressRange);
    const known =
      (options.systemId ?? text.systemId) === text.systemId && (options.password ?? text.password) === text.password;
    let refusal: number | undefined;
    if (this.bound) refusal = STATUS.alreadyBound;
    else if (!handset) refusal = faults.bindStatus ?? (known ? undefined : STATUS.invalidPassword);
    if (refusal !== undefined) {
      this.#smsc.log(`bind refused with status ${refusal}`);
      this.peer.respond(`${command}_resp`, header.sequence, refusal);
      return;
    }
    this.bound = true;
    this.systemId = text.systemId;
    this.receives = command !== 'bind_transmitter';
    if (handset) this.msisdn = text.addressRange.replace(/^\+/, '');
    else this.bind = { command, systemId: text.systemId, systemType: text.systemType, addressRange: text.addressRange };
    this.peer.respond(`${command}_resp`, header.sequence, 0, { system_id: 'smsc' });
    this.#smsc.log(`${this.#name()} connected (${command})`);
    if (this.msisdn !== undefined) this.#smsc.handsetAttached(this.msisdn, this);
    else this.#smsc.clientBound();
  }

  #leave(): void {
    if (!this.bound) return;
    this.bound = false;
    this.#smsc.log(`${this.#name()} disconnected`);
    if (this.msisdn !== undefined) this.#smsc.handsetDetached(this.msisdn, this);
  }

  #submit(header: PduHeader, frame: Buffer): void {
    const smsc = this.#smsc;
    const answer = (status: number, messageId?: string) =>
      new smpp.PDU('submit_sm_resp', {
        command_status: status,
        sequence_number: header.sequence,
        ...(messageId === undefined ? {} : { message_id: messageId }),
      }).toBuffer();
    if (!this.bound || this.msisdn !== undefined) {
      this.peer.write(answer(STATUS.notBound));
      return;
    }
    smsc.submits += 1;
    this.#submits += 1;
    const refusal = this.#refusal();
    let octets: Buffer;
    let messageId: string | undefined;
    if (refusal !== undefined) octets = answer(refusal);
    else {
      let pdu: ReturnType<typeof readMessagePdu>;
      try {
        pdu = readMessagePdu(frame);
      } catch {
        this.peer.write(answer(STATUS.submitFailed));
        return;
      }
      messageId = smsc.accept(pdu, frame, this);
      if (messageId !== undefined && smsc.options.log) smsc.log(`${messageId} ${describeSms(pdu)}`);
      octets = messageId === undefined ? answer(STATUS.queueFull) : answer(0, messageId);
    }
    this.#answer(octets, messageId);
  }

  /** Sends the answer to a submit, or does to it what the faults say. */
  #answer(octets: Buffer, messageId: string | undefined): void {
    const { wrongLengthAtSubmit, silentPercent = 0, dropPercent = 0 } = this.#smsc.faults;
    const { silentSubmits, dropAtSubmit, dropMidPduAtSubmit, garbageAtSubmit, delayMs, jitterMs } = this.#smsc.faults;
    if (silentSubmits || Math.random() * 100 < silentPercent) return;
    if (dropAtSubmit === this.#submits || Math.random() * 100 < dropPercent) {
      this.peer.destroy();
      return;
    }
    if (dropMidPduAtSubmit === this.#submits) {
      this.peer.write(octets.subarray(0, 9));
      this.peer.end();
      return;
    }
    if (wrongLengthAtSubmit?.submit === this.#submits) octets.writeUInt32BE(wrongLengthAtSubmit.length, 0);
    const written = garbageAtSubmit === this.#submits ? HTTP_GARBAGE : octets;
    const wait = (delayMs ?? 0) + Math.random() * (jitterMs ?? 0);
    const write = () => {
      this.peer.write(written);
      if (messageId !== undefined && written === octets && !this.peer.closed) this.#smsc.answered(messageId);
    };
    if (wait > 0) setTimeout(write, wait);
    else write();
  }

  #refusal(): number | undefined {
    const { submitStatus, submitStatusPercent = 100, throttlePercent = 0, throttlePerSecond } = this.#smsc.faults;
    const { queueFullPercent = 0 } = this.#smsc.faults;
    if (submitStatus !== undefined && Math.random() * 100 < submitStatusPercent) return submitStatus;
    if (Math.random() * 100 < throttlePercent) return STATUS.throttled;
    if (Math.random() * 100 < queueFullPercent) return STATUS.queueFull;
    if (throttlePerSecond === undefined) return undefined;
    const now = Date.now();
    if (now - this.#secondStartedAt >= 1_000) {
      this.#secondStartedAt = now;
      this.#submitsThisSecond = 0;
    }
    this.#submitsThisSecond += 1;
    return this.#submitsThisSecond > throttlePerSecond ? STATUS.throttled : undefined;
  }

  #name(): string {
    return this.msisdn === undefined ? `client ${this.systemId}` : `handset ${this.msisdn}`;
  }
}

function bindFields(frame: Buffer): Readonly<Record<'systemId' | 'password' | 'systemType' | 'addressRange', string>> {
  let pdu: { readonly [field: string]: unknown };
  try {
    pdu = new smpp.PDU(frame);
  } catch {
    pdu = {};
  }
  const text = (name: string) => (typeof pdu[name] === 'string' ? (pdu[name] as string) : '');
  return {
    systemId: text('system_id'),
    password: text('password'),
    systemType: text('system_type'),
    addressRange: text('address_range'),
  };
}
