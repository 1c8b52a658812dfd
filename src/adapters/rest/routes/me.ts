import { defineRoute, type Route } from '../route.ts';
import { principalSchema } from '../schemas/principal.ts';

export function meRoutes(): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/me',
      operationId: 'getMe',
      tag: 'Access',
      summary: 'Who you are here, and what you may do',
      responses: {
        200: {
          description: 'Whose credentials the request carries.',
          content: {
            mediaType: 'application/json',
            schema: principalSchema,
            example: { id: 'admin-token', kind: 'token', name: 'admin token', role: 'admin' },
          },
        },
      },
      handle: async ({ principal: { id, kind, name, role } }) => ({ status: 200, body: { id, kind, name, role } }),
    }),
  ];
}
