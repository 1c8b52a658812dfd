import type { DeliveryFailure, DeliveryState } from '../../domain/delivery.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { NewTreeJob, TreeJob, TreeJobStore } from '../../services/ports/tree-job-store.ts';
import type { TreePlan } from '../../session/tree-plan.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { guarded } from './prisma-fault.ts';
import { cancelOpen, cancelPushes, queueDelivery, takeDevice } from './queue-delivery.ts';

const VISIBLE = {
  id: true,
  state: true,
  plan: true,
  position: true,
  triggerSessionId: true,
  failureCode: true,
  failureMessage: true,
  createdAt: true,
  updatedAt: true,
  expiresAt: true,
  endedAt: true,
  device: { select: { deviceId: true } },
} satisfies Prisma.DeliverySelect;
type VisibleRow = Prisma.DeliveryGetPayload<{ select: typeof VISIBLE }>;

/** Deliveries of a package are not among them. */
const A_JOB = { not: 'package' } as const;

/** Deliveries that have a plan in place of a package. Every method throws AppError `unavailable` when the database is away. */
export class PrismaTreeJobStore implements TreeJobStore {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async create(job: NewTreeJob): Promise<TreeJob> {
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        const device = await takeDevice(tx, job);
        await queueDelivery(tx, device, job, { kind: job.plan.kind, plan: job.plan });
        return jobOf(await tx.delivery.findUniqueOrThrow({ where: { id: job.id }, select: VISIBLE }));
      }),
    );
  }

  async get(id: string): Promise<TreeJob | undefined> {
    const row = await guarded(() => this.#prisma.delivery.findUnique({ where: { id, kind: A_JOB }, select: VISIBLE }));
    return row === null ? undefined : jobOf(row);
  }

  async list(
    filter: { readonly deviceId?: string; readonly kind?: TreePlan['kind'] },
    { limit, cursor }: PageRequest,
  ): Promise<Page<TreeJob>> {
    const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
    const { deviceId, kind } = filter;
    const rows = await guarded(() =>
      this.#prisma.delivery.findMany({
        where: {
          kind: kind ?? A_JOB,
          ...(deviceId === undefined ? {} : { device: { deviceId } }),
          ...(before === undefined ? {} : { id: { lt: before[0] } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select: VISIBLE,
      }),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], jobOf);
  }

  async cancel(id: string, now: Date): Promise<TreeJob> {
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        const wasOpen = await cancelOpen(tx, { id, kind: A_JOB }, now);
        const row = await tx.delivery.findUnique({ where: { id, kind: A_JOB }, select: VISIBLE });
        if (row === null) throw new AppError('tree-job-unknown', 'There is no tree job of that id.');
        if (!wasOpen) {
          throw new AppError('tree-job-ended', `The job has ended already: it is ${row.state}.`, { state: row.state });
        }
        await cancelPushes(tx, [id], 'its tree job was cancelled', now);
        return jobOf(row);
      }),
    );
  }
}

function jobOf(row: VisibleRow): TreeJob {
  return {
    id: row.id,
    deviceId: row.device.deviceId,
    state: row.state as DeliveryState,
    plan: row.plan as unknown as TreePlan,
    position: row.position,
    ...(row.triggerSessionId === null ? {} : { triggerSessionId: row.triggerSessionId }),
    ...(row.failureCode === null
      ? {}
      : { failure: { code: row.failureCode as DeliveryFailure['code'], message: row.failureMessage ?? '' } }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    expiresAt: row.expiresAt,
    ...(row.endedAt === null ? {} : { endedAt: row.endedAt }),
  };
}
