import { z } from 'zod';
import type { ApiKeys } from '../../../services/api-keys.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  API_KEY_EXAMPLE,
  apiKeyPage,
  apiKeySchema,
  madeApiKeySchema,
  newApiKeySchema,
  presentApiKey,
} from '../schemas/api-key.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';

const byId = z.strictObject({ id: idOf('the key') });

const oneKey = {
  description: 'The key without its secret part.',
  content: { mediaType: 'application/json', schema: apiKeySchema, example: API_KEY_EXAMPLE },
};

export function apiKeyRoutes(keys: ApiKeys): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/keys',
      operationId: 'createApiKey',
      tag: 'Access',
      summary: 'Make an API key',
      description:
        'The answer is the only place where the key itself ever stands; it is sent as `Authorization: Bearer …`. Takes no ' +
        '`Idempotency-Key`, because the answer would have to be kept: a key whose answer was lost is revoked.',
      role: 'admin',
      body: {
        kind: 'json',
        schema: newApiKeySchema,
        examples: { program: { name: 'nightly import', role: 'operator', expiresAt: '2099-01-31T12:00:00Z' } },
      },
      responses: {
        201: {
          description: 'The key.',
          headers: { Location: 'Where its record is.' },
          content: {
            mediaType: 'application/json',
            schema: madeApiKeySchema,
            example: { ...API_KEY_EXAMPLE, key: 'omk_Q2hhbmdlIG1lOiB0aGlzIGlzIG9ubHkgYW4gZXhhbXBsZQ' },
          },
        },
      },
      problems: ['expiry-past'],
      handle: async ({ body, principal }) => {
        const { record, key } = await keys.create(body, principal);
        return {
          status: 201,
          headers: { Location: `/api/v1/keys/${record.id}` },
          body: { ...presentApiKey(record), key },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/keys',
      operationId: 'listApiKeys',
      tag: 'Access',
      summary: 'API keys, newest first, revoked ones too',
      role: 'admin',
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: apiKeyPage, example: { items: [API_KEY_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor } }) => {
        const page = await keys.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentApiKey) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/keys/{id}',
      operationId: 'getApiKey',
      tag: 'Access',
      summary: 'One API key',
      role: 'admin',
      params: byId,
      responses: { 200: oneKey },
      problems: ['key-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentApiKey(await keys.get(params.id)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/keys/{id}/revoke',
      operationId: 'revokeApiKey',
      tag: 'Access',
      summary: 'Revoke an API key',
      description: 'Every server process refuses it within five seconds. Its record stays.',
      role: 'admin',
      params: byId,
      responses: { 200: oneKey },
      problems: ['key-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentApiKey(await keys.revoke(params.id)) }),
    }),
  ];
}
