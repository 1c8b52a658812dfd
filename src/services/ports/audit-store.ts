import type { Principal } from '../../domain/principal.ts';
import type { Page, PageRequest } from './page.ts';

/** One thing that somebody did, or was refused for want of rights. */
export interface AuditEntry {
  /** UUIDv7. */
  readonly id: string;
  readonly at: Date;
  readonly principal: Principal;
  /** The operationId of the OpenAPI document. */
  readonly operation: string;
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** The path of what was made. */
  readonly made?: string;
  /** HTTP status. */
  readonly status: number;
  /** Where the request came from. */
  readonly address: string;
}

export interface AuditFilter {
  readonly principalId?: string;
  readonly operation?: string;
  /** From this instant on. */
  readonly from?: Date;
  /** Before this instant. */
  readonly until?: Date;
}

/** The audit log. Every method throws AppError `unavailable` when the store cannot be reached. */
export interface AuditStore {
  add(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. @throws AppError `cursor-invalid` */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
  /** Removes what is older. Returns how many; at most `limit`. */
  removeBefore(before: Date, limit: number): Promise<number>;
}
