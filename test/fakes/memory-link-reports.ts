import type { LinkReports, ProcessReport } from '../../src/services/ports/link-reports.ts';

export class MemoryLinkReports implements LinkReports {
  readonly rows = new Map<string, ProcessReport>();

  async tell(report: ProcessReport): Promise<void> {
    this.rows.set(report.processId, report);
  }

  async since(earliest: Date): Promise<readonly ProcessReport[]> {
    return [...this.rows.values()].filter(({ seenAt }) => seenAt >= earliest);
  }

  async forget(processId: string): Promise<void> {
    this.rows.delete(processId);
  }

  async removeBefore(earliest: Date): Promise<number> {
    const old = [...this.rows.values()].filter(({ seenAt }) => seenAt < earliest);
    for (const { processId } of old) this.rows.delete(processId);
    return old.length;
  }
}
