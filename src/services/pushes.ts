import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Clock } from './ports/clock.ts';
import type { Page, PageRequest } from './ports/page.ts';
import type { PushFilter, PushOutbox, PushRecord } from './ports/push-outbox.ts';

const MAX_PUSH_ID = 100;

/** What admins see of pushes, and do with them. */
export class Pushes {
  readonly #outbox: Pick<PushOutbox, 'find' | 'list' | 'cancel'>;
  readonly #clock: Clock;

  constructor(ports: { readonly outbox: Pick<PushOutbox, 'find' | 'list' | 'cancel'>; readonly clock: Clock }) {
    this.#outbox = ports.outbox;
    this.#clock = ports.clock;
  }

  /** @throws AppError `push-unknown` */
  async get(pushId: string): Promise<PushRecord> {
    return (isPushId(pushId) ? await this.#outbox.find(pushId) : undefined) ?? refuseUnknownPush();
  }

  /** @throws AppError `cursor-invalid` */
  async list(filter: PushFilter, page: PageRequest): Promise<Page<PushRecord>> {
    // A delivery id that no server ever gave out has no pushes.
    if (filter.deliveryId !== undefined && !isUuid(filter.deliveryId)) return { items: [] };
    return this.#outbox.list(filter, page);
  }

  /**
   * One that is being sent ends as cancelled unless this attempt gets it sent.
   * @throws AppError `push-unknown`, `push-ended`
   */
  async cancel(pushId: string): Promise<PushRecord> {
    const push = isPushId(pushId) ? await this.#outbox.cancel(pushId, this.#clock.now()) : undefined;
    return push ?? refuseUnknownPush();
  }
}

function isPushId(text: string): boolean {
  return text.length <= MAX_PUSH_ID && /^[\x21-\x7e]+$/.test(text);
}

function refuseUnknownPush(): never {
  throw new AppError('push-unknown', 'There is no push of that id.');
}
