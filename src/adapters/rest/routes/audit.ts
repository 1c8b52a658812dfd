import type { AuditLog } from '../../../services/audit-log.ts';
import { defineRoute, type Route } from '../route.ts';
import { AUDIT_EXAMPLE, auditPage, auditQuery, presentAuditEntry } from '../schemas/audit.ts';

export function auditRoutes(audit: AuditLog): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/audit',
      operationId: 'listAudit',
      tag: 'Access',
      summary: 'Who did what, newest first',
      description:
        'Every write that succeeded, and every one that was refused because the role was not enough. Bodies are not kept.',
      role: 'admin',
      query: auditQuery,
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: auditPage, example: { items: [AUDIT_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await audit.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentAuditEntry) } };
      },
    }),
  ];
}
