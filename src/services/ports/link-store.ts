import type { Link, LinkSettings } from '../../domain/link.ts';

/** A link that was made through the API. */
export interface LinkRecord extends Link {
  /** From 1, one more with every change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is to change; what is left out stays. */
export interface LinkPatch {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly settings?: Partial<LinkSettings>;
}

/**
 * Links in the database, their passwords sealed. Every change is notified to every server process once it is committed.
 * Every method throws AppError `unavailable` when the store cannot be reached.
 */
export interface LinkStore {
  /** Throws AppError `link-exists`. */
  create(link: LinkRecord): Promise<LinkRecord>;
  get(id: string): Promise<LinkRecord | undefined>;
  /** All of them, by name: there are never many. */
  all(): Promise<readonly LinkRecord[]>;
  /**
   * Changes one that nobody else changes meanwhile; its version becomes one more.
   * @param change gives the link as it is to be; what it throws leaves everything as it was
   * @throws AppError `link-exists`
   */
  update(id: string, change: (link: LinkRecord) => LinkRecord): Promise<LinkRecord | undefined>;
  /**
   * False: there was none.
   * @param check sees the link before; what it throws leaves it there
   */
  delete(id: string, check?: (link: LinkRecord) => void): Promise<boolean>;
}
