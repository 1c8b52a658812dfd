/**
 * Where an event stands in the log: by the transaction that wrote it, then in the order of writing. Readers go by it;
 * see `EventLog`.
 */
export interface EventPosition {
  readonly tx: bigint;
  readonly id: bigint;
}

/** Something that has happened, told in the transaction of its cause. */
export interface EventRecord {
  readonly position: EventPosition;
  /** E.g. `campaign.started`: of what, and what. */
  readonly kind: string;
  readonly campaignId?: string;
  readonly wave?: number;
  /** Of a device that is still known. */
  readonly deviceId?: string;
  /** Particulars: `from` and `to` state, `reason`, and what else the kind has. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** As it goes out. */
export interface EventDocument extends Omit<EventRecord, 'position' | 'at'> {
  readonly id: string;
  readonly at: string;
}

export function eventDocument({ position, at, ...event }: EventRecord): EventDocument {
  return { id: formatPosition(position), ...event, at: at.toISOString() };
}

/** Which events somebody wants; all that are said have to hold. */
export interface EventFilter {
  /** Kinds, or all of a thing: `campaign.*`. Absent: every kind. */
  readonly kinds?: readonly string[];
  readonly campaignId?: string;
}

/** What a filter may name: a kind, or `thing.*`. */
export const EVENT_KIND_PATTERN = /^[a-z][a-z-]{0,30}\.(?:\*|[a-z][a-z-]{0,30})$/;

export function wants({ kinds, campaignId }: EventFilter, event: Pick<EventRecord, 'kind' | 'campaignId'>): boolean {
  if (campaignId !== undefined && event.campaignId !== campaignId) return false;
  return kinds === undefined || kinds.some((kind) => kind === event.kind || isAllOf(kind, event.kind));
}

function isAllOf(pattern: string, kind: string): boolean {
  return pattern.endsWith('.*') && kind.startsWith(pattern.slice(0, -1));
}

/** Negative when a comes first. */
export function comparePositions(a: EventPosition, b: EventPosition): number {
  if (a.tx !== b.tx) return a.tx < b.tx ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return 0;
}

/** As it goes out: opaque to callers. */
export function formatPosition({ tx, id }: EventPosition): string {
  return `${tx}.${id}`;
}

/** Undefined for what {@link formatPosition} has not made. */
export function parsePosition(text: string): EventPosition | undefined {
  const [, tx, id] = /^(\d{1,18})\.(\d{1,18})$/.exec(text) ?? [];
  return tx === undefined || id === undefined ? undefined : { tx: BigInt(tx), id: BigInt(id) };
}
