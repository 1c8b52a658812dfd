import type { LinkSettings } from '../../domain/link.ts';
import type { SmsLinkState } from './sms-link.ts';

/** How a link is doing in this process. */
export interface LinkStatus {
  readonly state: SmsLinkState;
  readonly binds: readonly BindStatus[];
}

/** One of its connections. */
export interface BindStatus {
  /** What the bind is for (SMPP 3.4 section 4.1). */
  readonly role: 'transceiver' | 'transmitter' | 'receiver';
  readonly state: SmsLinkState;
  /** Submits that wait for their answer, or for room in the window. */
  readonly unanswered: number;
  /** Why it is not bound, or was not last time. No secrets. */
  readonly fault?: string;
}

/** What came of a bind made for the try. */
export interface LinkProbe {
  readonly ok: boolean;
  /** For people; no secrets. */
  readonly detail: string;
  readonly durationMs: number;
}

export interface LinkMonitor {
  /** Undefined: the link is not in use here. */
  status(linkId: string): LinkStatus | undefined;
  /** Connects, binds and unbinds, beside whatever is bound already. Never rejects. */
  probe(settings: LinkSettings): Promise<LinkProbe>;
}
