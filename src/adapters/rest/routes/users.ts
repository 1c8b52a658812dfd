import { z } from 'zod';
import type { User } from '../../../domain/user.ts';
import type { Users } from '../../../services/users.ts';
import { defineRoute, type Route, type RouteReply } from '../route.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';
import { newUserSchema, presentUser, USER_EXAMPLE, userPage, userPatchSchema, userSchema } from '../schemas/user.ts';

const byId = z.strictObject({ id: idOf('the user') });

const oneUser = {
  description: 'The user.',
  headers: { ETag: 'For If-Match.' },
  content: { mediaType: 'application/json', schema: userSchema, example: USER_EXAMPLE },
};

export function userRoutes(users: Users): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/users',
      operationId: 'createUser',
      tag: 'Access',
      summary: 'Make a user',
      description: 'Who signs in with this name and password. Takes no `Idempotency-Key`: the name is unique.',
      role: 'admin',
      body: {
        kind: 'json',
        schema: newUserSchema,
        examples: { operator: { name: 'ada', role: 'operator', password: 'a long password of hers' } },
      },
      responses: { 201: { ...oneUser, headers: { ...oneUser.headers, Location: 'Where the user is.' } } },
      problems: ['user-exists'],
      handle: async ({ body }) => {
        const user = await users.create(body);
        return reply(user, 201, { Location: `/api/v1/users/${user.id}` });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/users',
      operationId: 'listUsers',
      tag: 'Access',
      summary: 'Users by name',
      role: 'admin',
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: userPage, example: { items: [USER_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor } }) => {
        const page = await users.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentUser) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/users/{id}',
      operationId: 'getUser',
      tag: 'Access',
      summary: 'One user',
      role: 'admin',
      params: byId,
      responses: { 200: oneUser },
      problems: ['user-unknown'],
      handle: async ({ params }) => reply(await users.get(params.id)),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/users/{id}',
      operationId: 'updateUser',
      tag: 'Access',
      summary: 'Change a user',
      description:
        'A new password, and being disabled, ends their sessions. A new role counts from their next request.',
      role: 'admin',
      params: byId,
      conditional: true,
      body: {
        kind: 'json',
        schema: userPatchSchema,
        mediaTypes: ['application/json', 'application/merge-patch+json'],
        examples: { promoted: { role: 'admin' }, off: { enabled: false } },
      },
      responses: { 200: oneUser },
      problems: ['user-unknown', 'last-admin'],
      handle: async ({ params, body, version }) => reply(await users.update(params.id, body, version)),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/users/{id}',
      operationId: 'deleteUser',
      tag: 'Access',
      summary: 'Take a user away; what they did stays in the audit log',
      role: 'admin',
      params: byId,
      conditional: true,
      responses: { 204: { description: 'Gone.' } },
      problems: ['user-unknown', 'last-admin'],
      handle: async ({ params, version }) => {
        await users.delete(params.id, version);
        return { status: 204 };
      },
    }),
  ];
}

function reply(user: User, status = 200, headers: Readonly<Record<string, string>> = {}): RouteReply {
  return { status, headers: { ...headers, ETag: `"${user.version}"` }, body: presentUser(user) };
}
