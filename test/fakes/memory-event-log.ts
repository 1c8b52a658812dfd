import {
  comparePositions,
  type EventFilter,
  type EventPosition,
  type EventRecord,
  wants,
} from '../../src/domain/event.ts';
import type { EventLog, EventPage } from '../../src/services/ports/event-log.ts';

/** A log in which each event is a transaction of its own, ended at once. */
export class MemoryEventLog implements EventLog {
  readonly events: EventRecord[] = [];
  /** How often it was read. */
  reads = 0;
  /** Waited for by every read, when set. */
  gate: Promise<void> | undefined;

  add(kind: string, more: Partial<EventRecord> = {}): EventRecord {
    const event = {
      position: { tx: BigInt(this.events.length + 1), id: 1n },
      kind,
      data: {},
      at: new Date('2026-01-31T12:00:00Z'),
      ...more,
    };
    this.events.push(event);
    return event;
  }

  async end(): Promise<EventPosition> {
    return this.#end();
  }

  async read(filter: EventFilter, after: EventPosition, limit: number): Promise<EventPage> {
    this.reads += 1;
    const later = this.events.filter((event) => comparePositions(event.position, after) > 0 && wants(filter, event));
    const next = this.#end();
    await this.gate;
    const events = later.slice(0, limit);
    const last = events.at(-1);
    return later.length < limit || last === undefined
      ? { events, next, complete: true }
      : { events, next: last.position, complete: false };
  }

  #end(): EventPosition {
    return { tx: BigInt(this.events.length + 1), id: 0n };
  }
}
