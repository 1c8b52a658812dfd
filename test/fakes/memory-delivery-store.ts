import { type DeliveryState, isFinalDelivery } from '../../src/domain/delivery.ts';
import { AppError } from '../../src/services/app-error.ts';
import type {
  Delivery,
  DeliveryStore,
  DeliveryWithResults,
  NewDelivery,
} from '../../src/services/ports/delivery-store.ts';
import type { PackageStore } from '../../src/services/ports/package-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import { pageOf } from './paging.ts';

export class MemoryDeliveryStore implements DeliveryStore {
  readonly #rows: DeliveryWithResults[] = [];
  readonly #packages: PackageStore;
  #nextSessionId = 1;
  /** As they arrived, variables and trigger included. */
  readonly created: NewDelivery[] = [];

  constructor(packages: PackageStore) {
    this.#packages = packages;
  }

  async create(delivery: NewDelivery): Promise<Delivery> {
    const document = await this.#packages.get(delivery.packageId);
    if (document === undefined) throw new AppError('package-unknown', 'There is no package of that id.');
    this.created.push(delivery);
    const { variables: _variables, trigger, ...rest } = delivery;
    const row: DeliveryWithResults = {
      ...rest,
      package: { name: document.name, revision: document.revision },
      state: 'queued',
      position: 0,
      sent: 0,
      commandCount: document.commandCount,
      ...(trigger === undefined ? {} : { triggerSessionId: this.#nextSessionId++ }),
      updatedAt: delivery.createdAt,
      results: [],
      pushes:
        trigger === undefined
          ? []
          : [{ id: trigger.pushId, state: 'queued', attempts: 0, updatedAt: delivery.createdAt }],
    };
    this.#rows.push(row);
    return view(row);
  }

  /** What a session made of it. */
  change(id: string, change: Partial<DeliveryWithResults>): void {
    const index = this.#rows.findIndex((row) => row.id === id);
    const row = this.#rows[index];
    if (row === undefined) throw new Error(`no delivery ${id}`);
    this.#rows[index] = { ...row, ...change };
  }

  async get(id: string): Promise<DeliveryWithResults | undefined> {
    return this.#rows.find((row) => row.id === id);
  }

  async list(
    filter: { readonly deviceId?: string; readonly packageId?: string; readonly state?: DeliveryState },
    page: PageRequest,
  ): Promise<Page<Delivery>> {
    const rows = this.#rows.filter(
      (row) =>
        (filter.deviceId === undefined || row.deviceId === filter.deviceId) &&
        (filter.packageId === undefined || row.packageId === filter.packageId) &&
        (filter.state === undefined || row.state === filter.state),
    );
    return pageOf(rows.toReversed().map(view), page);
  }

  async cancel(id: string, now: Date): Promise<Delivery> {
    const row = await this.get(id);
    if (row === undefined) throw new AppError('delivery-unknown', 'There is no delivery of that id.');
    if (isFinalDelivery(row.state)) throw new AppError('delivery-ended', `The delivery is ${row.state}.`);
    this.change(id, { state: 'cancelled', updatedAt: now, endedAt: now });
    return view({ ...row, state: 'cancelled', updatedAt: now, endedAt: now });
  }

  async expireDue(now: Date, limit: number): Promise<number> {
    const due = this.#rows.filter((row) => !isFinalDelivery(row.state) && row.expiresAt <= now).slice(0, limit);
    for (const { id } of due) this.change(id, { state: 'expired', updatedAt: now, endedAt: now });
    return due.length;
  }
}

function view({ results: _results, pushes: _pushes, ...row }: DeliveryWithResults): Delivery {
  return row;
}
