import { z } from 'zod';
import type { AuditEntry } from '../../../services/ports/audit-store.ts';
import { instant, pageOf, pageParameters, text, uuid } from './fields.ts';
import { principalSchema } from './principal.ts';

export const auditQuery = z.strictObject({
  ...pageParameters,
  principalId: text(100)
    .exactOptional()
    .meta({ description: 'Only what this key, user or token did.', examples: ['admin-token'] }),
  operation: text(100)
    .exactOptional()
    .meta({ description: 'An operationId of this document.', examples: ['createLink'] }),
  from: instant
    .transform((value) => new Date(value))
    .exactOptional()
    .meta({ description: 'From this instant on.', examples: ['2026-01-31T12:00:00Z'] }),
  until: instant
    .transform((value) => new Date(value))
    .exactOptional()
    .meta({ description: 'Before this instant.', examples: ['2099-01-31T12:00:00Z'] }),
});

export const auditEntrySchema = z
  .strictObject({
    id: uuid,
    at: instant,
    principal: principalSchema,
    operation: z.string().meta({ description: 'An operationId of this document.' }),
    params: z.record(z.string(), z.string()).meta({ description: 'Of the path.' }),
    made: z.string().exactOptional().meta({ description: 'The path of what was made.' }),
    status: z.int().meta({ description: 'What was answered: 2xx, or 403 when it was refused.' }),
    address: z.string().meta({ description: 'Where the request came from.' }),
  })
  .meta({ id: 'AuditEntry' });

export const auditPage = pageOf(auditEntrySchema, 'AuditPage');

export function presentAuditEntry({ at, ...entry }: AuditEntry): z.output<typeof auditEntrySchema> {
  return { ...entry, params: { ...entry.params }, at: at.toISOString() };
}

export const AUDIT_EXAMPLE: z.output<typeof auditEntrySchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6f',
  at: '2026-01-31T12:00:00.000Z',
  principal: { id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6e', kind: 'user', name: 'ada', role: 'operator' },
  operation: 'cancelDelivery',
  params: { id: '0198c5a5-1111-7f6e-8f1c-6a5b4c3d2e1f' },
  status: 200,
  address: '192.0.2.7',
};
