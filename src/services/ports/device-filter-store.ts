import type { Page, PageRequest } from './page.ts';

/** A filter that has a name. */
export interface SavedFilter {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  /** As its author wrote it; it can be read. */
  readonly filter: string;
  /** Counts its changes, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface FilterChange {
  readonly name?: string;
  readonly filter?: string;
}

export interface DeviceFilterStore {
  /** @throws AppError `filter-exists` */
  create(filter: Omit<SavedFilter, 'version' | 'updatedAt'>): Promise<SavedFilter>;
  get(id: string): Promise<SavedFilter | undefined>;
  /** By name. */
  list(page: PageRequest): Promise<Page<SavedFilter>>;
  /**
   * @param version the one that is to be changed; undefined: whichever it is
   * @throws AppError `filter-unknown`, `filter-exists`, `version-stale`
   */
  update(id: string, change: FilterChange, version: number | undefined, now: Date): Promise<SavedFilter>;
  /** @throws AppError `filter-unknown`, `version-stale` */
  delete(id: string, version: number | undefined): Promise<void>;
}
