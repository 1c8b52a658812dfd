import { backOffMs, type SubmitOutcome } from '../../domain/push.ts';
import type { DeliveryReceipt, IncomingSms, SmsLink, SmsLinkState, SmsPart } from '../../services/ports/sms-link.ts';
import { ESM_UDHI } from '../../wire/smpp/message-pdu.ts';
import type { PduHeader } from '../../wire/smpp/pdu-framer.ts';
import { SMS_OCTETS } from '../../wire/wap/segment.ts';
import { readIncomingMessage } from './incoming-message.ts';
import { type Answer, SmppConnection } from './smpp-connection.ts';
import type { SmppSettings } from './smpp-url.ts';

/** Where the link tells what happens to it; a pino logger fits. Never gets message contents or the password. */
export interface SmppLinkLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SmppLinkOptions {
  readonly log?: SmppLinkLog;
  /** In [0, 1); spreads the reconnects of several processes. */
  readonly random?: () => number;
  /** Called for every submit that left, with the time until its answer. */
  readonly onSubmitted?: (outcome: SubmitOutcome, durationMs: number) => void;
}

interface Waiting {
  readonly part: SmsPart;
  readonly destination: string;
  readonly resolve: (outcome: SubmitOutcome) => void;
}

const BIND_TRANSCEIVER = 'bind_transceiver';
/** SMPP 3.4 section 5.2.19: octets, unspecified (8-bit binary). */
const DATA_CODING_8BIT = 0x04;
const REGISTERED_DELIVERY_FINAL = 1;
const ESME_RX_T_APPN = 0x64;
const ESME_RMSGQFUL = 0x14;
const ESME_RINVCMDID = 0x03;
/** deliver_sm in the hands of a handler at a time; more are put off with "queue full", so that memory stays bounded. */
const MAX_INCOMING = 1_000;
/** A bind that lasted this long proves the SMSC well: the next back-off starts small again. */
const STABLE_MS = 10_000;

/**
 * A link that stays bound: connect, bind_transceiver, submit; on any loss a fresh connection after a back-off.
 *
 *     connecting ──bind accepted──▶ bound ──connection lost──▶ waiting ──back-off over──▶ connecting
 *         └──no connection, or bind refused──▶ waiting                        any ──close──▶ closed
 */
export class SmppLink implements SmsLink {
  readonly #settings: SmppSettings;
  readonly #options: SmppLinkOptions;
  readonly #listeners = new Set<(state: SmsLinkState) => void>();
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
  #receiptHandler: ((receipt: DeliveryReceipt) => Promise<void>) | undefined;
  #smsHandler: ((sms: IncomingSms) => Promise<void>) | undefined;
  #drained: (() => void) | undefined;

  /** Starts connecting at once. */
  constructor(settings: SmppSettings, options: SmppLinkOptions = {}) {
    this.#settings = settings;
    this.#options = options;
    void this.#connect();
  }

  get state(): SmsLinkState {
    return this.#state;
  }

  get window(): number {
    return this.#settings.window;
  }

  /** Why the link is not bound, or was not last time; undefined while all has gone well. */
  get lastFault(): string | undefined {
    return this.#lastFault;
  }

  submit(part: SmsPart): Promise<SubmitOutcome> {
    const destination = normaliseMsisdn(part.destination);
    if (part.udh.length + part.body.length > SMS_OCTETS) {
      throw new RangeError(`a short message of ${part.udh.length + part.body.length} octets; ${SMS_OCTETS} fit`);
    }
    if (this.#state !== 'bound') return Promise.resolve({ kind: 'unbound' });
    return new Promise((resolve) => {
      this.#waiting.push({ part, destination, resolve });
      this.#fillWindow();
    });
  }

  onReceipt(handler: (receipt: DeliveryReceipt) => Promise<void>): void {
    this.#receiptHandler = handler;
  }

  onIncoming(handler: (sms: IncomingSms) => Promise<void>): void {
    this.#smsHandler = handler;
  }

  onStateChange(listener: (state: SmsLinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
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

  #send({ part, destination, resolve }: Waiting): void {
    const connection = this.#connection;
    if (connection === undefined) {
      resolve({ kind: 'unbound' });
      return;
    }
    const settings = this.#settings;
    const startedAt = performance.now();
    const answered = connection.request('submit_sm', {
      service_type: settings.serviceType,
      source_addr_ton: settings.sourceTon,
      source_addr_npi: settings.sourceNpi,
      source_addr: settings.sourceAddr,
      dest_addr_ton: settings.destTon,
      dest_addr_npi: settings.destNpi,
      destination_addr: destination,
      // A Buffer leaves both of these 0 in the package: without them a handset shows the push as text.
      esm_class: part.udh.length > 0 ? settings.esmClass : settings.esmClass & ~ESM_UDHI,
      data_coding: DATA_CODING_8BIT,
      registered_delivery: REGISTERED_DELIVERY_FINAL,
      short_message: Buffer.concat([part.udh, part.body]),
    });
    this.#inFlight += 1;
    void answered.then((answer) => {
      this.#inFlight -= 1;
      const outcome = outcomeOf(answer);
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
    const { host, port } = this.#settings;
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
      this.#retry(`no connection to ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    if (this.#isClosed()) {
      connection.close('closed by us');
      return;
    }
    this.#connection = connection;
    const { systemId, password, systemType } = this.#settings;
    const answer = await connection.request(BIND_TRANSCEIVER, {
      system_id: systemId,
      password,
      system_type: systemType,
      interface_version: 0x34,
    });
    if (this.#isClosed()) return;
    if (answer.kind === 'response' && answer.status === 0 && !connection.closed) {
      this.#boundAt = Date.now();
      this.#lastFault = undefined;
      this.#options.log?.info({ host, port, systemId }, 'SMPP link bound');
      this.#setState('bound');
      this.#fillWindow();
      return;
    }
    connection.close('not bound');
    this.#connection = undefined;
    this.#retry(
      answer.kind === 'response'
        ? `the SMSC refused the bind with status 0x${answer.status.toString(16).padStart(8, '0')}`
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
    const waitMs = backOffMs(this.#failures, (this.#options.random ?? Math.random)(), {
      firstBackOffMs: this.#settings.backOffMs,
      maxBackOffMs: this.#settings.maxBackOffMs,
    });
    this.#warn({ host: this.#settings.host, port: this.#settings.port, fault, waitMs }, 'SMPP link down');
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
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch (error) {
        this.#warn({ err: error }, 'a listener of the SMPP link threw');
      }
    }
  }

  #onRequest(connection: SmppConnection, command: string, header: PduHeader, frame: Buffer): void {
    if (command !== 'deliver_sm') {
      connection.respond('generic_nack', header.sequence, ESME_RINVCMDID);
      return;
    }
    if (this.#incoming >= MAX_INCOMING) {
      connection.respond('deliver_sm_resp', header.sequence, ESME_RMSGQFUL);
      return;
    }
    this.#incoming += 1;
    void this.#accept(frame).then((status) => {
      this.#incoming -= 1;
      connection.respond('deliver_sm_resp', header.sequence, status);
    });
  }

  /** The command_status to answer with. Never rejects. */
  async #accept(frame: Buffer): Promise<number> {
    try {
      const message = readIncomingMessage(frame);
      if (message.kind === 'sms') await this.#smsHandler?.(message.sms);
      else if (this.#receiptHandler) await this.#receiptHandler(message.receipt);
      else return ESME_RX_T_APPN;
      return 0;
    } catch (error) {
      if (error instanceof Error && error.name === 'SmppFrameError') {
        // Asking for it again would only bring the same octets: it is acknowledged, and said.
        this.#warn({ fault: error.message }, 'unreadable deliver_sm dropped');
        return 0;
      }
      this.#warn({ err: error }, 'an SMPP message could not be handled; the SMSC will repeat it');
      return ESME_RX_T_APPN;
    }
  }

  #warn(fields: object, message: string): void {
    this.#options.log?.warn(fields, message);
  }
}

/** @throws RangeError for anything but 1 to 20 digits after an optional `+` */
function normaliseMsisdn(number: string): string {
  const digits = number.startsWith('+') ? number.slice(1) : number;
  if (!/^\d{1,20}$/.test(digits)) throw new RangeError('the destination is not a number of 1 to 20 digits');
  return digits;
}

function outcomeOf(answer: Answer): SubmitOutcome {
  switch (answer.kind) {
    case 'unsent':
      return { kind: 'unbound' };
    case 'lost':
      return { kind: 'uncertain', reason: answer.reason };
    case 'response':
      return answer.status === 0
        ? { kind: 'accepted', messageId: messageIdOf(answer.frame) }
        : { kind: 'refused', commandStatus: answer.status };
  }
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
