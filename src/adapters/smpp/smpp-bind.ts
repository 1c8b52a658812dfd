import { destinationAddressOf, type LinkSettings, sourceAddressOf, validityPeriod } from '../../domain/link.ts';
import { submittedMessageId } from '../../domain/message-id.ts';
import { backOffMs, type SubmitOutcome } from '../../domain/push.ts';
import type { SmsLinkState, SmsPart } from '../../services/ports/sms-link.ts';
import { sayBindRefused } from '../../wire/smpp/bind-status.ts';
import { ESM_UDHI } from '../../wire/smpp/message-pdu.ts';
import type { PduHeader } from '../../wire/smpp/pdu-framer.ts';
import { encodeSubmitSm, type SubmitSmFrame, submitSmFrame } from '../../wire/smpp/submit-sm.ts';
import { SMS_OCTETS } from '../../wire/wap/segment.ts';
import { sayConnectFault } from './connect-fault.ts';
import { type Answer, SmppConnection } from './smpp-connection.ts';

/** Where the link tells what happens to it; a pino logger fits. Never gets message contents or the password. */
export interface SmppLinkLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What a bind is for (SMPP 3.4 section 4.1). */
export type BindRole = 'transceiver' | 'transmitter' | 'receiver';

export interface SmppBindOptions {
  readonly role: BindRole;
  readonly log?: SmppLinkLog;
  /** For the log. */
  readonly name?: string;
  /** In [0, 1); spreads the reconnects of several processes. */
  readonly random: () => number;
  readonly onStateChange: (state: SmsLinkState) => void;
  /** Called for every submit that left, with the time until its answer. */
  readonly onSubmitted?: (outcome: SubmitOutcome, durationMs: number) => void;
  /** A deliver_sm; gives the command_status to answer with. Never rejects. */
  readonly onDeliver: (frame: Buffer) => Promise<number>;
}

interface Waiting {
  readonly frame: Buffer;
  readonly resolve: (outcome: SubmitOutcome) => void;
}

const ESME_RMSGQFUL = 0x14;
const ESME_RINVCMDID = 0x03;
/** deliver_sm in the hands of a handler at a time; more are put off with "queue full", so that memory stays bounded. */
const MAX_INCOMING = 1_000;
/** SMPP 3.4 section 5.2.9, without the closing NUL. */
const MAX_ADDRESS = 20;
/** A bind that lasted this long proves the SMSC well: the next back-off starts small again. */
const STABLE_MS = 10_000;

/**
 * A bind that stays bound: connect, bind, submit; on any loss a fresh connection after a back-off.
 *
 *     connecting ──bind accepted──▶ bound ──connection lost──▶ waiting ──back-off over──▶ connecting
 *         └──no connection, or bind refused──▶ waiting                        any ──close──▶ closed
 */
export class SmppBind {
  readonly #settings: LinkSettings;
  readonly #options: SmppBindOptions;
  readonly #frame: SubmitSmFrame;
  readonly #waiting: Waiting[] = [];
  #waitingFrom = 0;
  #inFlight = 0;
  #incoming = 0;
  #state: SmsLinkState = 'connecting';
  #connection: SmppConnection | undefined;
  #failures = 0;
  #boundAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastFault: string | undefined;
  #drained: (() => void) | undefined;

  /** Starts connecting at once. */
  constructor(settings: LinkSettings, options: SmppBindOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#frame = submitSmFrame({
      serviceType: settings.serviceType,
      source: sourceAddressOf(settings),
      validityPeriod: validityPeriod(settings.validitySeconds),
      registeredDelivery: settings.registeredDelivery,
    });
    void this.#connect();
  }

  get state(): SmsLinkState {
    return this.#state;
  }

  get role(): BindRole {
    return this.#options.role;
  }

  /** Submits that wait for an answer, or for room. */
  get unanswered(): number {
    return this.#inFlight + this.#waiting.length - this.#waitingFrom;
  }

  /** Why the link is not bound, or was not last time; undefined while all has gone well. */
  get lastFault(): string | undefined {
    return this.#lastFault;
  }

  /** @see SmsLink.submit */
  submit(part: SmsPart): Promise<SubmitOutcome> {
    const frame = this.#encode(part);
    if (this.#state !== 'bound') return Promise.resolve({ kind: 'unbound' });
    return new Promise((resolve) => {
      this.#waiting.push({ frame, resolve });
      this.#fillWindow();
    });
  }

  async close(graceMs = 5_000): Promise<void> {
    if (this.#state === 'closed') return;
    clearTimeout(this.#timer);
    const connection = this.#connection;
    const wasBound = this.#state === 'bound';
    this.#setState('closed');
    this.#refuseWaiting();
    if (connection === undefined) return;
    if (wasBound && this.#inFlight > 0) {
      await Promise.race([new Promise<void>((resolve) => (this.#drained = resolve)), pause(graceMs)]);
    }
    if (wasBound) await Promise.race([connection.request('unbind', {}), pause(Math.min(graceMs, 1_000))]);
    connection.close('closed by us');
    this.#connection = undefined;
  }

  #fillWindow(): void {
    while (this.#inFlight < this.#settings.window && this.#waitingFrom < this.#waiting.length) {
      const next = this.#waiting[this.#waitingFrom++];
      if (next) this.#send(next);
    }
    if (this.#waitingFrom === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#waitingFrom = 0;
    } else if (this.#waitingFrom > 1_024) {
      this.#waiting.splice(0, this.#waitingFrom);
      this.#waitingFrom = 0;
    }
  }

  #encode({ destination, udh, body }: SmsPart): Buffer {
    const digits = normaliseMsisdn(destination);
    if (udh.length + body.length > SMS_OCTETS) {
      throw new RangeError(`a short message of ${udh.length + body.length} octets; ${SMS_OCTETS} fit`);
    }
    const address = destinationAddressOf(digits, this.#settings);
    if (address.addr.length > MAX_ADDRESS || address.addr.length === 0) {
      throw new RangeError(
        `the destination becomes a number of ${address.addr.length} digits; 1 to ${MAX_ADDRESS} fit`,
      );
    }
    const { esmClass } = this.#settings;
    return encodeSubmitSm(this.#frame, address, udh.length > 0 ? esmClass : esmClass & ~ESM_UDHI, udh, body);
  }

  #send({ frame, resolve }: Waiting): void {
    const connection = this.#connection;
    if (connection === undefined) {
      resolve({ kind: 'unbound' });
      return;
    }
    const startedAt = performance.now();
    const answered = connection.send(frame);
    this.#inFlight += 1;
    void answered.then((answer) => {
      this.#inFlight -= 1;
      const outcome = this.#outcomeOf(answer);
      resolve(outcome);
      if (outcome.kind !== 'unbound') this.#observe(outcome, performance.now() - startedAt);
      if (this.#inFlight === 0) this.#drained?.();
      this.#fillWindow();
    });
  }

  #observe(outcome: SubmitOutcome, durationMs: number): void {
    try {
      this.#options.onSubmitted?.(outcome, durationMs);
    } catch (error) {
      this.#warn({ err: error }, 'a submit observer threw');
    }
  }

  async #connect(): Promise<void> {
    this.#setState('connecting');
    let connection: SmppConnection;
    let lostWhileBinding: string | undefined;
    try {
      connection = await SmppConnection.open(this.#settings, {
        onRequest: (command, header, frame) => this.#onRequest(connection, command, header, frame),
        onClose: (reason) => {
          if (connection === this.#connection && this.#state === 'bound') this.#lost(reason);
          else lostWhileBinding = reason;
        },
      });
    } catch (error) {
      this.#retry(sayConnectFault(this.#settings, error));
      return;
    }
    if (this.#isClosed()) {
      connection.close('closed by us');
      return;
    }
    this.#connection = connection;
    const { systemId, password, systemType, addressTon, addressNpi, addressRange } = this.#settings;
    const answer = await connection.request(`bind_${this.#options.role}`, {
      system_id: systemId,
      password,
      system_type: systemType,
      interface_version: 0x34,
      addr_ton: addressTon,
      addr_npi: addressNpi,
      address_range: addressRange,
    });
    if (this.#isClosed()) return;
    if (answer.kind === 'response' && answer.status === 0 && !connection.closed) {
      this.#boundAt = Date.now();
      this.#lastFault = undefined;
      this.#options.log?.info({ ...this.#who(), systemId }, 'SMPP link bound');
      this.#setState('bound');
      this.#fillWindow();
      return;
    }
    connection.close('not bound');
    this.#connection = undefined;
    this.#retry(
      answer.kind === 'response'
        ? sayBindRefused(answer.status)
        : `no answer to the bind: ${answer.kind === 'lost' ? answer.reason : (lostWhileBinding ?? 'not sent')}`,
    );
  }

  #lost(reason: string): void {
    this.#connection = undefined;
    if (Date.now() - this.#boundAt >= STABLE_MS) this.#failures = 0;
    this.#retry(`connection lost: ${reason}`);
  }

  #retry(fault: string): void {
    if (this.#isClosed()) return;
    this.#lastFault = fault;
    this.#failures += 1;
    const waitMs = backOffMs(this.#failures, this.#options.random(), {
      firstBackOffMs: this.#settings.backOffMs,
      maxBackOffMs: this.#settings.maxBackOffMs,
    });
    this.#warn({ fault, waitMs }, 'SMPP link down');
    this.#setState('waiting');
    this.#refuseWaiting();
    this.#timer = setTimeout(() => void this.#connect(), waitMs);
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #refuseWaiting(): void {
    const waiting = this.#waiting.splice(0).slice(this.#waitingFrom);
    this.#waitingFrom = 0;
    for (const { resolve } of waiting) resolve({ kind: 'unbound' });
  }

  #setState(state: SmsLinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onStateChange(state);
  }

  #onRequest(connection: SmppConnection, command: string, header: PduHeader, frame: Buffer): void {
    if (command !== 'deliver_sm' && command !== 'data_sm') {
      connection.respond('generic_nack', header.sequence, ESME_RINVCMDID);
      return;
    }
    if (this.#incoming >= MAX_INCOMING) {
      connection.respond(`${command}_resp`, header.sequence, ESME_RMSGQFUL);
      return;
    }
    this.#incoming += 1;
    void this.#options.onDeliver(frame).then((status) => {
      this.#incoming -= 1;
      connection.respond(`${command}_resp`, header.sequence, status);
    });
  }

  #who(): object {
    const { host, port } = this.#settings;
    const { name, role } = this.#options;
    return { ...(name === undefined ? {} : { link: name }), host, port, role };
  }

  #outcomeOf(answer: Answer): SubmitOutcome {
    switch (answer.kind) {
      case 'unsent':
        return { kind: 'unbound' };
      case 'lost':
        return { kind: 'uncertain', reason: answer.reason };
      case 'response':
        return answer.status === 0
          ? { kind: 'accepted', messageId: submittedMessageId(messageIdOf(answer.frame), this.#settings.messageIds) }
          : { kind: 'refused', commandStatus: answer.status };
    }
  }

  #warn(fields: object, message: string): void {
    this.#options.log?.warn({ ...this.#who(), ...fields }, message);
  }
}

/** @throws RangeError for anything but 1 to 20 digits after an optional `+` */
function normaliseMsisdn(number: string): string {
  const digits = number.startsWith('+') ? number.slice(1) : number;
  if (!/^\d{1,20}$/.test(digits)) throw new RangeError('the destination is not a number of 1 to 20 digits');
  return digits;
}

/** The one field of a submit_sm_resp, which some SMSCs leave out. */
function messageIdOf(frame: Buffer): string {
  const end = frame.indexOf(0, 16);
  return frame.toString('latin1', 16, end < 0 ? frame.length : end);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
