import { OPEN_DELIVERY_STATES } from '../../domain/delivery.ts';
import { AppError } from '../../services/app-error.ts';
import type { NewDelivery } from '../../services/ports/delivery-store.ts';
import type { Prisma } from './generated/client.ts';

/** Whoever drains the outbox listens on this channel. */
export const PUSH_CHANNEL = 'omadm_push';

export type Transaction = Prisma.TransactionClient;

export interface HeldDevice {
  readonly id: string;
  readonly msisdn: string | null;
  /** The session id its trigger carries. */
  readonly triggerId: number;
}

/** Holds the device's row and, for a trigger, takes the next session id from its counter: 1…65535, then 1 again. */
export async function takeDevice(
  tx: Transaction,
  { deviceId, trigger }: Pick<NewDelivery, 'deviceId' | 'trigger'>,
): Promise<HeldDevice> {
  const [device] =
    trigger === undefined
      ? await tx.$queryRaw<{ id: string; msisdn: string | null; triggerId: number }[]>`
SELECT id, msisdn, last_trigger_id AS "triggerId" FROM device WHERE device_id = ${deviceId} FOR KEY SHARE`
      : await tx.$queryRaw<{ id: string; msisdn: string | null; triggerId: number }[]>`
UPDATE device SET last_trigger_id = last_trigger_id % 65535 + 1 WHERE device_id = ${deviceId}
RETURNING id, msisdn, last_trigger_id AS "triggerId"`;
  if (device === undefined) throw new AppError('device-unknown', 'No device is registered under that id.');
  if (trigger !== undefined && device.msisdn === null) refuseTrigger();
  return device;
}

function refuseTrigger(): never {
  throw new AppError('trigger-impossible', 'The device has no msisdn, so no Package #0 can be sent.');
}

/** A delivery's row and, where its device is to be triggered, the push that goes before it: one cannot be without the other. */
export async function queueDelivery(
  tx: Transaction,
  device: HeldDevice,
  delivery: Pick<NewDelivery, 'id' | 'createdAt' | 'expiresAt' | 'trigger'>,
  content:
    | (Pick<NewDelivery, 'packageId' | 'onFailure'> & {
        readonly kind: 'package';
        readonly variables: Uint8Array<ArrayBuffer> | null;
      })
    | { readonly kind: 'discovery' | 'acl'; readonly plan: object },
): Promise<void> {
  const { id, createdAt, expiresAt, trigger } = delivery;
  await tx.delivery.create({
    data: {
      id,
      kind: content.kind,
      deviceId: device.id,
      state: 'queued',
      triggerSessionId: trigger === undefined ? null : device.triggerId,
      createdAt,
      updatedAt: createdAt,
      expiresAt,
      ...(content.kind === 'package'
        ? { packageId: content.packageId, variables: content.variables, onFailure: content.onFailure }
        : { plan: content.plan as Prisma.InputJsonObject }),
    },
    select: { id: true },
  });
  if (trigger === undefined) return;
  await tx.push.create({
    data: {
      id: trigger.pushId,
      kind: 'package0',
      destination: device.msisdn ?? refuseTrigger(),
      deviceId: device.id,
      deliveryId: id,
      sessionId: device.triggerId,
      uiMode: trigger.uiMode,
      state: 'queued',
      dueAt: createdAt,
      expiresAt,
      createdAt,
      updatedAt: createdAt,
    },
    select: { id: true },
  });
  await tx.$executeRaw`SELECT pg_notify(${PUSH_CHANNEL}, '')`;
}

/** Everybody locks pushes before deliveries, so that nobody waits in a circle. */
export async function holdPushes(tx: Transaction, deliveryIds: readonly string[]): Promise<void> {
  await tx.$queryRaw`
SELECT id FROM push WHERE delivery_id = ANY (${[...deliveryIds]}::uuid[]) AND state = 'queued' ORDER BY id FOR UPDATE`;
}

/** Cancels a delivery that is open, and says whether it was. Its pushes are held, but not cancelled yet. */
export async function cancelOpen(
  tx: Transaction,
  where: Prisma.DeliveryWhereInput & { readonly id: string },
  now: Date,
): Promise<boolean> {
  await holdPushes(tx, [where.id]);
  const { count } = await tx.delivery.updateMany({
    where: { ...where, state: { in: [...OPEN_DELIVERY_STATES] } },
    data: { state: 'cancelled', updatedAt: now, endedAt: now },
  });
  return count > 0;
}

/** Those that wait. One that is being sent ends by itself: the outbox looks at its delivery before it tries again. */
export async function cancelPushes(
  tx: Transaction,
  deliveryIds: readonly string[],
  reason: string,
  now: Date,
): Promise<void> {
  await tx.push.updateMany({
    where: { deliveryId: { in: [...deliveryIds] }, state: 'queued' },
    data: { state: 'cancelled', reason, updatedAt: now },
  });
}
