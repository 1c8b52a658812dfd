import type { LinkStatus } from './link-monitor.ts';

/** How the links are doing in one server process. */
export interface ProcessReport {
  /** Unique among the processes, and new at every start. */
  readonly processId: string;
  /** By link id. */
  readonly links: Readonly<Record<string, LinkStatus>>;
  readonly seenAt: Date;
}

/**
 * What every server process last said of its links. Every method throws AppError `unavailable` when the store cannot be
 * reached.
 */
export interface LinkReports {
  /** In place of what the process said before. */
  tell(report: ProcessReport): Promise<void>;
  /** Of processes that were heard since, by their id. */
  since(earliest: Date): Promise<readonly ProcessReport[]>;
  /** The process ends. */
  forget(processId: string): Promise<void>;
  /** Processes that ended without a word. Returns how many. */
  removeBefore(earliest: Date): Promise<number>;
}
