import {
  type EventFilter,
  type EventPosition,
  type EventRecord,
  formatPosition,
  parsePosition,
} from '../domain/event.ts';
import { AppError } from './app-error.ts';
import type { EventHub, Following } from './event-hub.ts';
import type { EventLog } from './ports/event-log.ts';

/** A piece of the log. */
export interface EventFeed {
  readonly items: readonly EventRecord[];
  /** Where to go on, now or later; also when nothing has come. */
  readonly next: string;
  /** Whether there is more to be had at once. */
  readonly more: boolean;
}

/** What programs read of the events. */
export class Events {
  readonly #log: EventLog;
  readonly #hub: EventHub;

  constructor(ports: { readonly log: EventLog; readonly hub: EventHub }) {
    this.#log = ports.log;
    this.#hub = ports.hub;
  }

  /**
   * Oldest first, from the beginning or after what `after` names.
   * @throws AppError `cursor-invalid`
   */
  async list(filter: EventFilter, limit: number, after?: string): Promise<EventFeed> {
    const { events, next, complete } = await this.#log.read(filter, positionOf(after) ?? { tx: 0n, id: 0n }, limit);
    return { items: events, next: formatPosition(next), more: !complete };
  }

  /**
   * As they happen, from now on or after what `after` names.
   * @throws AppError `cursor-invalid`
   */
  follow(filter: EventFilter, after?: string): Following {
    return this.#hub.follow(filter, positionOf(after));
  }
}

function positionOf(after: string | undefined): EventPosition | undefined {
  if (after === undefined) return undefined;
  const position = parsePosition(after);
  if (position === undefined) throw new AppError('cursor-invalid', 'This is not a place in the log of events.');
  return position;
}
