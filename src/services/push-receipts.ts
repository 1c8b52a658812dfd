import type { Clock } from './ports/clock.ts';
import type { PushOutbox } from './ports/push-outbox.ts';
import type { DeliveryReceipt } from './ports/sms-link.ts';

interface Waiting {
  readonly receipt: DeliveryReceipt;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Stores receipts, those that come while a write is under way together in the next one. Made to be the link's receipt
 * handler: the promise resolves when the receipt is safe.
 */
export class PushReceipts {
  readonly #outbox: Pick<PushOutbox, 'recordReceipts'>;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(outbox: Pick<PushOutbox, 'recordReceipts'>, clock: Clock) {
    this.#outbox = outbox;
    this.#clock = clock;
  }

  /** Rejects when the store could not be reached; the SMSC is then to be asked for it again. */
  record(receipt: DeliveryReceipt): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ receipt, resolve, reject });
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#outbox.recordReceipts(
          batch.map(({ receipt }) => receipt),
          this.#clock.now(),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }
}
