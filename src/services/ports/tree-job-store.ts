import type { DeliveryFailure, DeliveryState } from '../../domain/delivery.ts';
import type { TreePlan } from '../../session/tree-plan.ts';
import type { NewDelivery } from './delivery-store.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewTreeJob extends Omit<NewDelivery, 'packageId' | 'variables' | 'onFailure'> {
  readonly plan: TreePlan;
}

/** Work on a device's tree that is no package: it waits, starts and ends like a delivery. */
export interface TreeJob {
  readonly id: string;
  readonly deviceId: string;
  readonly state: DeliveryState;
  /** Where it stands; written with every message that moves it. */
  readonly plan: TreePlan;
  /** Commands dealt with. */
  readonly position: number;
  readonly triggerSessionId?: number;
  readonly failure?: DeliveryFailure;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  readonly endedAt?: Date;
}

export interface TreeJobStore {
  /** Throws AppError `device-unknown`, `trigger-impossible` (no msisdn). */
  create(job: NewTreeJob): Promise<TreeJob>;
  get(id: string): Promise<TreeJob | undefined>;
  list(
    filter: { readonly deviceId?: string; readonly kind?: TreePlan['kind'] },
    page: PageRequest,
  ): Promise<Page<TreeJob>>;
  /** Also cancels an unsent trigger. Throws `tree-job-unknown`, `tree-job-ended`. */
  cancel(id: string, now: Date): Promise<TreeJob>;
}
