import {
  type CommandResult,
  type DeliveryFailure,
  type DeliveryState,
  type ExecOutcome,
  type FailurePolicy,
  isFinalDelivery,
} from '../../domain/delivery.ts';
import { mergeResults } from '../../domain/result-report.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { Delivery, DeliveryStore, DeliveryWithResults, NewDelivery } from '../../services/ports/delivery-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { sealVariables } from '../../services/sealing.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { guarded } from './prisma-fault.ts';
import { cancelOpen, cancelPushes, holdPushes, queueDelivery, takeDevice } from './queue-delivery.ts';

/** Others are no deliveries of a package, see {@link PrismaTreeJobStore}. */
const PACKAGE = 'package';

const VISIBLE = {
  id: true,
  packageId: true,
  state: true,
  position: true,
  sent: true,
  onFailure: true,
  triggerSessionId: true,
  failureCode: true,
  failureMessage: true,
  createdAt: true,
  updatedAt: true,
  expiresAt: true,
  endedAt: true,
  device: { select: { deviceId: true } },
  campaignId: true,
  package: { select: { commandCount: true, name: true, revision: true } },
} satisfies Prisma.DeliverySelect;
type VisibleRow = Prisma.DeliveryGetPayload<{ select: typeof VISIBLE }>;

/** Deliveries through Prisma. Every method throws AppError `unavailable` when the database is away. */
export class PrismaDeliveryStore implements DeliveryStore {
  readonly #prisma: PrismaClient;
  readonly #box: SecretBox;

  constructor(prisma: PrismaClient, box: SecretBox) {
    this.#prisma = prisma;
    this.#box = box;
  }

  async create(delivery: NewDelivery): Promise<Delivery> {
    const sealed = sealVariables(this.#box, delivery.variables);
    const variables = sealed === null ? null : Uint8Array.from(sealed);
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        const device = await takeDevice(tx, delivery);
        // Held, so that it cannot be deleted before the delivery refers to it.
        const [document] = await tx.$queryRaw<
          { id: string }[]
        >`SELECT id FROM package WHERE id = ${delivery.packageId}::uuid FOR KEY SHARE`;
        if (document === undefined) throw new AppError('package-unknown', 'There is no package of that id.');
        await queueDelivery(tx, device, delivery, { ...delivery, kind: PACKAGE, variables });
        return deliveryOf(await tx.delivery.findUniqueOrThrow({ where: { id: delivery.id }, select: VISIBLE }));
      }),
    );
  }

  async get(id: string): Promise<DeliveryWithResults | undefined> {
    return guarded(async () => {
      const row = await this.#prisma.delivery.findUnique({ where: { id, kind: PACKAGE }, select: VISIBLE });
      if (row === null) return undefined;
      const [reports, pushes] = await Promise.all([
        this.#prisma.resultReport.findMany({ where: { deliveryId: id }, orderBy: { exchange: 'asc' } }),
        this.#prisma.push.findMany({
          where: { deliveryId: id },
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          select: { id: true, state: true, attempts: true, updatedAt: true },
        }),
      ]);
      const results = mergeResults(reports.map((report) => report.results as unknown as readonly CommandResult[]));
      return { ...deliveryOf(row), results: await this.#withOutcomes(id, results), pushes };
    });
  }

  async #withOutcomes(id: string, results: readonly CommandResult[]): Promise<readonly CommandResult[]> {
    const isAwaited = ({ command, status }: CommandResult): boolean =>
      command === 'Exec' && status === STATUS.acceptedForProcessing;
    if (!results.some(isAwaited)) return results;
    const rows = await outcomes(this.#prisma, id);
    const byPath = new Map(rows.map((row) => [row.path, outcomeOf(row)]));
    return results.map((result) => {
      const execOutcome = isAwaited(result) ? byPath.get(result.path.join('.')) : undefined;
      return execOutcome === undefined ? result : { ...result, execOutcome };
    });
  }

  async list(
    filter: { readonly deviceId?: string; readonly packageId?: string; readonly state?: DeliveryState },
    { limit, cursor }: PageRequest,
  ): Promise<Page<Delivery>> {
    const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
    const { deviceId, packageId, state } = filter;
    return guarded(async () => {
      let owner: string | undefined;
      if (deviceId !== undefined) {
        const device = await this.#prisma.device.findUnique({ where: { deviceId }, select: { id: true } });
        if (device === null) return { items: [] };
        owner = device.id;
      }
      const rows = await this.#prisma.delivery.findMany({
        where: {
          kind: PACKAGE,
          ...(owner === undefined ? {} : { deviceId: owner }),
          ...(packageId === undefined ? {} : { packageId }),
          ...(state === undefined ? {} : { state, endedAt: isFinalDelivery(state) ? { not: null } : null }),
          ...(before === undefined ? {} : { id: { lt: before[0] } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select: VISIBLE,
      });
      return pageOfRows(rows, limit, ({ id }) => [id], deliveryOf);
    });
  }

  async cancel(id: string, now: Date): Promise<Delivery> {
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        const wasOpen = await cancelOpen(tx, { id, kind: PACKAGE }, now);
        const row = await tx.delivery.findUnique({ where: { id, kind: PACKAGE }, select: VISIBLE });
        if (row === null) throw new AppError('delivery-unknown', 'There is no delivery of that id.');
        if (!wasOpen) {
          throw new AppError('delivery-ended', `The delivery has ended already: it is ${row.state}.`, {
            state: row.state,
          });
        }
        await cancelPushes(tx, [id], 'its delivery was cancelled', now);
        return deliveryOf(row);
      }),
    );
  }

  async expireDue(now: Date, limit: number): Promise<number> {
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        const due = await tx.delivery.findMany({
          where: { endedAt: null, expiresAt: { lte: now } },
          orderBy: { expiresAt: 'asc' },
          take: limit,
          select: { id: true },
        });
        if (due.length === 0) return 0;
        const ids = due.map(({ id }) => id).sort();
        await holdPushes(tx, ids);
        const ended = await tx.$queryRaw<{ id: string }[]>`
WITH held AS (SELECT id FROM delivery WHERE id = ANY (${ids}::uuid[]) AND ended_at IS NULL ORDER BY id FOR UPDATE)
UPDATE delivery SET state = 'expired', updated_at = ${now}, ended_at = ${now} FROM held WHERE delivery.id = held.id
RETURNING delivery.id`;
        await cancelPushes(
          tx,
          ended.map(({ id }) => id),
          'its delivery has expired',
          now,
        );
        return ended.length;
      }),
    );
  }
}

interface OutcomeRow {
  readonly path: string;
  readonly correlator: string;
  readonly type: string | null;
  readonly format: string | null;
  readonly mark: string | null;
  readonly data: string | null;
  readonly at: Date | null;
}

/**
 * What the device has told of the Execs of a delivery; of one that was sent twice, of the last time. Another Exec with
 * the same Correlator ends what an alert can mean for this one.
 */
function outcomes(prisma: PrismaClient, deliveryId: string): Promise<OutcomeRow[]> {
  return prisma.$queryRaw<OutcomeRow[]>`
SELECT DISTINCT ON (x.path) x.path, x.correlator, a.type, a.format, a.mark, a.data, a.at FROM awaited_exec x
LEFT JOIN LATERAL (SELECT * FROM device_alert
  WHERE device_id = x.device_id AND correlator = x.correlator AND exchange >= x.exchange
    AND exchange < coalesce((SELECT min(y.exchange) FROM awaited_exec y
      WHERE y.device_id = x.device_id AND y.correlator = x.correlator AND y.exchange > x.exchange), 2147483647)
  ORDER BY id LIMIT 1) a ON true
WHERE x.delivery_id = ${deliveryId}::uuid ORDER BY x.path, x.exchange DESC`;
}

function outcomeOf({ correlator, type, format, mark, data, at }: OutcomeRow): ExecOutcome {
  if (type === null || format === null || at === null) return { state: 'pending', correlator };
  return {
    state: 'reported',
    correlator,
    type,
    format,
    ...(mark !== null && { mark }),
    ...(data !== null && { data }),
    at,
  };
}

function deliveryOf(row: VisibleRow): Delivery {
  return {
    id: row.id,
    packageId: row.packageId ?? '',
    package: { name: row.package?.name ?? '', revision: row.package?.revision ?? 0 },
    ...(row.campaignId === null ? {} : { campaignId: row.campaignId }),
    deviceId: row.device.deviceId,
    state: row.state as DeliveryState,
    position: row.position,
    sent: row.sent,
    onFailure: row.onFailure as FailurePolicy,
    commandCount: row.package?.commandCount ?? 0,
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
