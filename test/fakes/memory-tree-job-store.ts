import { isFinalDelivery } from '../../src/domain/delivery.ts';
import { AppError } from '../../src/services/app-error.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type { NewTreeJob, TreeJob, TreeJobStore } from '../../src/services/ports/tree-job-store.ts';
import type { TreePlan } from '../../src/session/tree-plan.ts';
import { pageOf } from './paging.ts';

export class MemoryTreeJobStore implements TreeJobStore {
  readonly #rows: TreeJob[] = [];

  async create({ trigger, ...job }: NewTreeJob): Promise<TreeJob> {
    const row: TreeJob = {
      ...job,
      state: 'queued',
      position: 0,
      updatedAt: job.createdAt,
      ...(trigger === undefined ? {} : { triggerSessionId: this.#rows.length + 1 }),
    };
    this.#rows.push(row);
    return row;
  }

  /** What a session made of it. */
  change(id: string, change: Partial<TreeJob>): TreeJob {
    const index = this.#rows.findIndex((row) => row.id === id);
    const row = this.#rows[index];
    if (row === undefined) throw new Error(`no tree job ${id}`);
    const changed = { ...row, ...change };
    this.#rows[index] = changed;
    return changed;
  }

  async get(id: string): Promise<TreeJob | undefined> {
    return this.#rows.find((row) => row.id === id);
  }

  async list(
    filter: { readonly deviceId?: string; readonly kind?: TreePlan['kind'] },
    page: PageRequest,
  ): Promise<Page<TreeJob>> {
    const rows = this.#rows.filter(
      ({ deviceId, plan }) =>
        (filter.deviceId === undefined || deviceId === filter.deviceId) &&
        (filter.kind === undefined || plan.kind === filter.kind),
    );
    return pageOf(rows.toReversed(), page);
  }

  async cancel(id: string, now: Date): Promise<TreeJob> {
    const row = await this.get(id);
    if (row === undefined) throw new AppError('tree-job-unknown', 'There is no tree job of that id.');
    if (isFinalDelivery(row.state)) throw new AppError('tree-job-ended', `The job is ${row.state}.`);
    return this.change(id, { state: 'cancelled', updatedAt: now, endedAt: now });
  }
}
