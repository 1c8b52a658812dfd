import type { CommandResult, DeliveryFailure, DeliveryState } from '../../domain/delivery.ts';
import { isFinalDelivery } from '../../domain/delivery.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { Delivery, DeliveryStore, DeliveryWithResults, NewDelivery } from '../../services/ports/delivery-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { sealVariables } from '../../services/sealing.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { guarded, isReferenced } from './prisma-fault.ts';

const ROW = {
  id: true,
  packageId: true,
  state: true,
  position: true,
  triggerSessionId: true,
  failureCode: true,
  failureMessage: true,
  createdAt: true,
  updatedAt: true,
  expiresAt: true,
  endedAt: true,
  device: { select: { deviceId: true } },
  package: { select: { commandCount: true } },
} as const;

type Row = Prisma.DeliveryGetPayload<{ select: typeof ROW }>;

/** Deliveries on PostgreSQL: the admin's side. Sessions move them on through their own store. */
export class PrismaDeliveryStore implements DeliveryStore {
  readonly #prisma: PrismaClient;
  readonly #box: SecretBox;

  constructor(prisma: PrismaClient, box: SecretBox) {
    this.#prisma = prisma;
    this.#box = box;
  }

  async create(delivery: NewDelivery): Promise<Delivery> {
    const { id, packageId, deviceId, createdAt, expiresAt, trigger } = delivery;
    const variables = sealVariables(this.#box, delivery.variables);
    try {
      return await guarded(() =>
        this.#prisma.$transaction(async (tx) => {
          // Session ids go round from 1 to 65535; the device's own row hands them out.
          const [device] = await tx.$queryRaw<{ id: string; msisdn: string | null; next: number }[]>`
            UPDATE device SET last_trigger_id =
              CASE WHEN ${trigger === undefined} THEN last_trigger_id ELSE last_trigger_id % 65535 + 1 END
            WHERE device_id = ${deviceId} RETURNING id::text, msisdn, last_trigger_id AS next`;
          if (device === undefined) throw new AppError('device-unknown', `There is no device ${deviceId}.`);
          const { msisdn } = device;
          if (trigger !== undefined && msisdn === null) {
            throw new AppError('trigger-impossible', `The device ${deviceId} has no msisdn to send Package #0 to.`);
          }
          const row = await tx.delivery.create({
            data: {
              id,
              packageId,
              deviceId: device.id,
              state: 'queued',
              triggerSessionId: trigger === undefined ? null : device.next,
              variables: variables === null ? null : Buffer.from(variables),
              createdAt,
              updatedAt: createdAt,
              expiresAt,
            },
            select: ROW,
          });
          if (trigger !== undefined && msisdn !== null) {
            await tx.push.create({
              data: {
                id: trigger.pushId,
                kind: 'package0',
                destination: msisdn,
                deviceId: device.id,
                deliveryId: id,
                sessionId: device.next,
                uiMode: trigger.uiMode,
                state: 'queued',
                dueAt: createdAt,
                expiresAt,
                createdAt,
                updatedAt: createdAt,
              },
              select: { id: true },
            });
          }
          return deliveryOf(row);
        }),
      );
    } catch (error) {
      if (isReferenced(error)) throw new AppError('package-unknown', 'There is no package of that id.');
      throw error;
    }
  }

  async get(id: string): Promise<DeliveryWithResults | undefined> {
    const row = await guarded(() => this.#prisma.delivery.findUnique({ where: { id }, select: ROW }));
    if (row === null) return undefined;
    const [reports, pushes] = await guarded(() =>
      Promise.all([
        this.#prisma.resultReport.findMany({ where: { deliveryId: id }, orderBy: { exchange: 'asc' } }),
        this.#prisma.push.findMany({
          where: { deliveryId: id },
          orderBy: { createdAt: 'desc' },
          select: { id: true, state: true, attempts: true, updatedAt: true },
        }),
      ]),
    );
    const results = foldResults(reports.map(({ results: told }) => told as unknown as CommandResult[]));
    return { ...deliveryOf(row), results, pushes };
  }

  async list(
    filter: { readonly deviceId?: string; readonly packageId?: string; readonly state?: DeliveryState },
    { limit, cursor }: PageRequest,
  ): Promise<Page<Delivery>> {
    const before = cursor === undefined ? undefined : String(decodeCursor(cursor, ['uuid'])[0]);
    const rows = await guarded(() =>
      this.#prisma.delivery.findMany({
        where: {
          ...(filter.deviceId !== undefined && { device: { deviceId: filter.deviceId } }),
          ...(filter.packageId !== undefined && { packageId: filter.packageId }),
          ...(filter.state !== undefined && { state: filter.state }),
          ...(before !== undefined && { id: { lt: before } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select: ROW,
      }),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], deliveryOf);
  }

  cancel(id: string, now: Date): Promise<Delivery> {
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        const ended = await tx.delivery.updateMany({
          where: { id, endedAt: null },
          data: { state: 'cancelled', endedAt: now, updatedAt: now },
        });
        const row = await tx.delivery.findUnique({ where: { id }, select: ROW });
        if (row === null) throw new AppError('delivery-unknown', 'There is no delivery of that id.');
        if (ended.count === 0) throw new AppError('delivery-ended', `The delivery is ${row.state} already.`);
        await tx.push.updateMany({
          where: { deliveryId: id, state: 'queued' },
          data: { state: 'cancelled', reason: 'its delivery was cancelled', updatedAt: now },
        });
        return deliveryOf(row);
      }),
    );
  }

  expireDue(now: Date, limit: number): Promise<number> {
    return guarded(async () => {
      const expired = await this.#prisma.$executeRaw`
        WITH due AS (SELECT id FROM delivery WHERE ended_at IS NULL AND expires_at <= ${now}
            ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED),
          unsent AS (UPDATE push SET state = 'expired', reason = 'its delivery expired', updated_at = ${now}
            FROM due WHERE push.delivery_id = due.id AND push.state = 'queued')
        UPDATE delivery t SET state = 'expired', ended_at = ${now}, updated_at = ${now} FROM due WHERE t.id = due.id`;
      return expired;
    });
  }
}

function deliveryOf(row: Row): Delivery {
  const state = row.state as DeliveryState;
  return {
    id: row.id,
    packageId: row.packageId,
    deviceId: row.device.deviceId,
    state,
    position: row.position,
    commandCount: row.package.commandCount,
    ...(row.triggerSessionId === null ? {} : { triggerSessionId: row.triggerSessionId }),
    ...(row.failureCode === null
      ? {}
      : { failure: { code: row.failureCode as DeliveryFailure['code'], message: row.failureMessage ?? '' } }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    expiresAt: row.expiresAt,
    ...(isFinalDelivery(state) && row.endedAt !== null ? { endedAt: row.endedAt } : {}),
  };
}

/** A later report on the same item adds to an earlier one. In path order. */
function foldResults(reports: readonly (readonly CommandResult[])[]): CommandResult[] {
  const results = new Map<string, CommandResult>();
  for (const result of reports.flat()) {
    const key = `${result.path.map((step) => String(step).padStart(6, '0')).join('.')}#${String(result.item).padStart(6, '0')}`;
    results.set(key, { ...results.get(key), ...result });
  }
  return [...results].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
}
