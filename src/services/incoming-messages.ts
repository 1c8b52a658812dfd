import type { Clock, Entropy } from './ports/clock.ts';
import type { IncomingMessage, IncomingMessageStore } from './ports/incoming-message-store.ts';
import type { Page, PageRequest } from './ports/page.ts';
import type { IncomingSms } from './ports/sms-link.ts';

/** Messages from phones. */
export class IncomingMessages {
  readonly #store: IncomingMessageStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  constructor(ports: {
    readonly incoming: IncomingMessageStore;
    readonly clock: Clock;
    readonly entropy: Entropy;
  }) {
    this.#store = ports.incoming;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /** Made to be a link's handler: resolves when the message is safe. @throws AppError `unavailable` */
  async keep(linkId: string, sms: IncomingSms): Promise<void> {
    await this.#store.add({ ...sms, id: this.#entropy.id(), linkId, receivedAt: this.#clock.now() });
  }

  /** @throws AppError `cursor-invalid` */
  list(
    filter: { readonly source?: string; readonly linkId?: string },
    page: PageRequest,
  ): Promise<Page<IncomingMessage>> {
    return this.#store.list(filter, page);
  }
}
