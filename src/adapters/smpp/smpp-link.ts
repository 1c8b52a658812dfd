import type { LinkSettings } from '../../domain/link.ts';
import { receiptedMessageId } from '../../domain/message-id.ts';
import type { SubmitOutcome } from '../../domain/push.ts';
import type { BindStatus } from '../../services/ports/link-monitor.ts';
import type { DeliveryReceipt, IncomingSms, SmsLink, SmsLinkState, SmsPart } from '../../services/ports/sms-link.ts';
import { readIncomingMessage } from './incoming-message.ts';
import { type BindRole, SmppBind, type SmppLinkLog } from './smpp-bind.ts';

export type { SmppLinkLog } from './smpp-bind.ts';

export interface SmppLinkOptions {
  readonly log?: SmppLinkLog;
  /** For the log; and the id that receipts carry. */
  readonly name?: string;
  readonly id?: string;
  /** In [0, 1); spreads the reconnects of several processes. */
  readonly random?: () => number;
  /** Called for every submit that left, with the time until its answer. */
  readonly onSubmitted?: (outcome: SubmitOutcome, durationMs: number) => void;
}

const ESME_RX_T_APPN = 0x64;

/**
 * One account at one SMSC, over as many binds as its settings say. It is bound while at least one bind that can send is;
 * messages are spread over those, all parts of one over the same.
 */
export class SmppLink implements SmsLink {
  readonly #settings: LinkSettings;
  readonly #options: SmppLinkOptions;
  readonly #binds: readonly SmppBind[];
  readonly #listeners = new Set<(state: SmsLinkState) => void>();
  #bound: readonly SmppBind[] = [];
  #state: SmsLinkState = 'connecting';
  #next = 0;
  #receiptHandler: ((receipt: DeliveryReceipt) => Promise<void>) | undefined;
  #smsHandler: ((sms: IncomingSms) => Promise<void>) | undefined;

  /** Starts connecting at once. */
  constructor(settings: LinkSettings, options: SmppLinkOptions = {}) {
    this.#settings = settings;
    this.#options = options;
    const roles: readonly BindRole[] = settings.bind === 'separate' ? ['transmitter', 'receiver'] : ['transceiver'];
    this.#binds = Array.from({ length: settings.binds }, () => roles)
      .flat()
      .map(
        (role) =>
          new SmppBind(settings, {
            role,
            ...(options.log === undefined ? {} : { log: options.log }),
            ...(options.name === undefined ? {} : { name: options.name }),
            ...(options.onSubmitted === undefined ? {} : { onSubmitted: options.onSubmitted }),
            random: options.random ?? Math.random,
            onStateChange: () => this.#sum(),
            onDeliver: (frame) => this.#accept(frame),
          }),
      );
  }

  get state(): SmsLinkState {
    return this.#state;
  }

  get window(): number {
    return this.#settings.window * Math.max(this.#bound.length, 1);
  }

  /** Why a bind is not bound, or was not last time; undefined while all has gone well. */
  get lastFault(): string | undefined {
    return this.#binds.map((bind) => bind.lastFault).find((fault) => fault !== undefined);
  }

  get binds(): readonly BindStatus[] {
    return this.#binds.map(({ role, state, unanswered, lastFault }) => ({
      role,
      state,
      unanswered,
      ...(lastFault === undefined ? {} : { fault: lastFault }),
    }));
  }

  submit(part: SmsPart, messageNo: number = this.#next++): Promise<SubmitOutcome> {
    // Without a bound one any other says what there is to say.
    const bind = this.#bound[messageNo % this.#bound.length] ?? this.#binds[0];
    return bind?.submit(part) ?? Promise.resolve({ kind: 'unbound' });
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
    await Promise.all(this.#binds.map((bind) => bind.close(graceMs)));
  }

  /** The link's state from those of the binds that can send. */
  #sum(): void {
    // The first change comes while the binds are still being made.
    const senders = (this.#binds ?? []).filter(({ role }) => role !== 'receiver');
    this.#bound = senders.filter(({ state }) => state === 'bound');
    const states = senders.map(({ state }) => state);
    const state = (['bound', 'connecting', 'waiting', 'closed'] as const).find((one) => states.includes(one));
    if (state === undefined || state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch (error) {
        this.#options.log?.warn({ err: error }, 'a listener of the SMPP link threw');
      }
    }
  }

  /** The command_status to answer with. Never rejects. */
  async #accept(frame: Buffer): Promise<number> {
    try {
      const message = readIncomingMessage(frame);
      if (message.kind === 'sms') await this.#smsHandler?.(message.sms);
      else if (this.#receiptHandler) await this.#receiptHandler(this.#translated(message.receipt));
      else return ESME_RX_T_APPN;
      return 0;
    } catch (error) {
      const link = this.#options.name;
      if (error instanceof Error && error.name === 'SmppFrameError') {
        // Asking for it again would only bring the same octets: it is acknowledged, and said.
        this.#options.log?.warn({ link, fault: error.message }, 'unreadable deliver_sm dropped');
        return 0;
      }
      this.#options.log?.warn({ link, err: error }, 'an SMPP message could not be handled; the SMSC will repeat it');
      return ESME_RX_T_APPN;
    }
  }

  #translated(receipt: DeliveryReceipt): DeliveryReceipt {
    const { messageIds } = this.#settings;
    return {
      ...receipt,
      ...(this.#options.id === undefined ? {} : { linkId: this.#options.id }),
      messageId: receiptedMessageId(receipt.messageId, messageIds),
      ...(messageIds === 'auto' ? { anyNotation: true } : {}),
    };
  }
}
