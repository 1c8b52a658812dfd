import { z } from 'zod';
import { PUSH_STATES } from '../../../domain/push.ts';
import type { PushRecord } from '../../../services/ports/push-outbox.ts';
import { instant, pageOf, uuid } from './fields.ts';

export const pushSchema = z
  .strictObject({
    id: z.string(),
    kind: z
      .enum(['package0', 'raw'])
      .meta({ description: '`package0`: a trigger; `raw`: octets as they were put in.' }),
    state: z.enum(PUSH_STATES),
    destination: z.string(),
    deliveryId: uuid.exactOptional(),
    priority: z.int().meta({ description: '0 to 9; the highest leaves first.' }),
    attempts: z.int(),
    uncertainParts: z.int().meta({ description: 'How many times a part was sent and its answer was lost.' }),
    lostClaims: z.int().meta({ description: 'How many times the process that was sending it ended.' }),
    linkId: z.string().exactOptional().meta({ description: 'The link it went to last.' }),
    partCount: z.int().exactOptional().meta({ description: 'How many short messages it makes.' }),
    parts: z
      .array(
        z.strictObject({
          part: z.int().meta({ description: 'From 0.' }),
          messageId: z.string().meta({ description: "The SMSC's." }),
          linkId: z.string(),
          receipt: z.string().exactOptional().meta({ description: 'The message state of the latest receipt.' }),
        }),
      )
      .meta({ description: 'Those that an SMSC has accepted.' }),
    reason: z.string().exactOptional().meta({ description: 'Why it was put back, or ended.' }),
    dueAt: instant.meta({ description: 'While it is being sent: when it counts as lost.' }),
    expiresAt: instant.exactOptional(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Push' });

export const pushPage = pageOf(pushSchema, 'PushPage');

export function presentPush(push: PushRecord): z.output<typeof pushSchema> {
  const { pushId, dueAt, expiresAt, createdAt, updatedAt, parts, ...rest } = push;
  return {
    id: pushId,
    ...rest,
    parts: parts.map((part) => ({ ...part })),
    dueAt: dueAt.toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export const PUSH_EXAMPLE: z.output<typeof pushSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b',
  kind: 'package0',
  state: 'delivered',
  destination: '+491701234567',
  deliveryId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  priority: 5,
  attempts: 1,
  uncertainParts: 0,
  lostClaims: 0,
  linkId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6c',
  partCount: 1,
  parts: [{ part: 0, messageId: '4a7f0012', linkId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6c', receipt: 'delivered' }],
  dueAt: '2026-01-31T12:00:00.000Z',
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:02.000Z',
};
