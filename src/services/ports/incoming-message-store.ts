import type { Page, PageRequest } from './page.ts';
import type { IncomingSms } from './sms-link.ts';

export interface IncomingMessage extends IncomingSms {
  readonly id: string;
  readonly linkId: string;
  readonly receivedAt: Date;
}

/** Every method throws AppError `unavailable` when the store cannot be reached. */
export interface IncomingMessageStore {
  add(message: IncomingMessage): Promise<void>;
  /** Newest first. */
  list(
    filter: { readonly source?: string; readonly linkId?: string },
    page: PageRequest,
  ): Promise<Page<IncomingMessage>>;
  /** Removes what came before that instant; at most `limit`. Returns how many. */
  removeBefore(before: Date, limit: number): Promise<number>;
}
