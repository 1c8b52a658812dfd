import type { DevicePatch, NewDevice } from './device-store.ts';
import type { Page, PageRequest } from './page.ts';

export const IMPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/**
 * What becomes of a line: `create` wants a device that is not registered, `update` one that is, `upsert` takes both.
 */
export const IMPORT_POLICIES = ['create', 'update', 'upsert'] as const;
export type ImportPolicy = (typeof IMPORT_POLICIES)[number];

/**
 *     receiving ──whole──▶ queued ──claimed──▶ running ──last line──▶ completed
 *         └─ broken off ─▶ failed ◀─ the file as a whole cannot be read ─┘
 *
 * A running one whose process died is claimed again and goes on where it was.
 */
export const IMPORT_STATES = ['receiving', 'queued', 'running', 'completed', 'failed'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

export interface ImportCounts {
  /** Lines that have been dealt with, the head of a CSV and empty ones included. */
  readonly lines: number;
  readonly created: number;
  readonly updated: number;
  /** Lines that said what was so already. */
  readonly unchanged: number;
  readonly refused: number;
}

export interface DeviceImport extends ImportCounts {
  readonly id: string;
  readonly format: ImportFormat;
  readonly policy: ImportPolicy;
  readonly state: ImportState;
  /** Octets: as received so far, then all of them. */
  readonly size: number;
  /** Octets up to the last line dealt with. */
  readonly position: number;
  /** Why it failed. */
  readonly reason?: string;
  /** Who ordered it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt?: Date;
}

export type NewImport = Pick<DeviceImport, 'id' | 'format' | 'policy' | 'createdBy' | 'createdAt'>;

export interface RefusedLine {
  /** From 1. */
  readonly line: number;
  readonly deviceId?: string;
  readonly reason: string;
}

/** What a line says of a device. */
export interface LineOrder {
  readonly line: number;
  readonly deviceId: string;
  /** For a device that is registered. */
  readonly patch: DevicePatch;
  /** For one that is not; text: why there can be none. Called once at most, when it is wanted. */
  readonly make: () => NewDevice | string;
}

/** Lines that follow one another. */
export interface ImportBatch {
  readonly orders: readonly LineOrder[];
  readonly refused: readonly RefusedLine[];
  /** The number of the last line, and where the next one begins. */
  readonly line: number;
  readonly position: number;
}

/** An import that this process carries out. */
export interface ClaimedImport extends DeviceImport {
  readonly workerId: string;
}

/** Files of devices: kept, sealed, until they are worked in. */
export interface ImportStore {
  begin(order: NewImport): Promise<void>;
  append(id: string, place: number, octets: Uint8Array, now: Date): Promise<void>;
  /** All of it is here: it may be claimed. */
  received(id: string, now: Date): Promise<DeviceImport>;
  /** Ends it, with what was kept of it. */
  fail(id: string, reason: string, now: Date): Promise<void>;
  get(id: string): Promise<DeviceImport | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<DeviceImport>>;
  /** In the order of lines. */
  refusals(id: string, page: PageRequest): Promise<Page<RefusedLine>>;
  /** All of them, in batches that are read as they are asked for. */
  refusalBatches(id: string): AsyncIterable<readonly RefusedLine[]>;
  /** The next import that waits, or whose lease has run out; it is this worker's until the lease runs out in turn. */
  claim(workerId: string, now: Date, leaseUntil: Date): Promise<ClaimedImport | undefined>;
  /** What was received, in its order. */
  octets(id: string): AsyncIterable<Uint8Array>;
  /**
   * Carries out a batch and counts it, all or nothing, and prolongs the lease.
   * @returns false when the import is no longer this worker's: nothing was done
   */
  apply(claim: ClaimedImport, batch: ImportBatch, now: Date, leaseUntil: Date): Promise<boolean>;
  /** The last line is dealt with; what was kept of the file goes. */
  complete(claim: ClaimedImport, now: Date): Promise<void>;
  /** Gives it back for others to go on with. */
  release(claim: ClaimedImport): Promise<void>;
  /** Fails what has been `receiving` without a sign since then: its process died. Forgets what ended before the other instant. */
  sweep(silentSince: Date, endedBefore: Date, now: Date): Promise<void>;
}
