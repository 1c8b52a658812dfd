import { z } from 'zod';
import { WEBHOOK_MESSAGE_STATES } from '../../../domain/webhook.ts';
import type { Webhooks } from '../../../services/webhooks.ts';
import { defineRoute, type ResponseDefinition, type Route } from '../route.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';
import {
  MADE_WEBHOOK_EXAMPLE,
  madeWebhookSchema,
  NEW_WEBHOOK_EXAMPLE,
  newWebhookSchema,
  presentWebhook,
  presentWebhookMessage,
  redeliveredSchema,
  WEBHOOK_EXAMPLE,
  WEBHOOK_MESSAGE_EXAMPLE,
  webhookMessagePage,
  webhookMessageSchema,
  webhookPage,
  webhookPatchSchema,
  webhookSchema,
  webhookTrialSchema,
} from '../schemas/webhook.ts';

const JSON_TYPE = 'application/json';
const byId = z.strictObject({ id: idOf('the webhook') });

const oneWebhook: ResponseDefinition = {
  description: 'The webhook without its secret.',
  content: { mediaType: JSON_TYPE, schema: webhookSchema, example: WEBHOOK_EXAMPLE },
};
const withSecret = (description: string): ResponseDefinition => ({
  description,
  content: { mediaType: JSON_TYPE, schema: madeWebhookSchema, example: MADE_WEBHOOK_EXAMPLE },
});

export function webhookRoutes(webhooks: Webhooks): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/webhooks',
      operationId: 'createWebhook',
      tag: 'Events',
      summary: 'Have events told to a program',
      description:
        'Events from now on are posted as `{type, timestamp, data}`, `data` as in `/api/v1/events`, signed as Standard ' +
        'Webhooks says: `webhook-signature` is HMAC-SHA256 over id, timestamp and body with the secret, which stands in ' +
        'this answer only. Every event is sent at least once: repetitions have the same `webhook-id`. They are sent in ' +
        'the order of the log, eight at a time, and what fails comes later; `data.id` tells the order. Anything but ' +
        '2xx within 15 seconds is a failure: there are ten attempts over a day, then the message is dead. A receiver ' +
        'that answers 410, or takes nothing for five days, is disabled. Takes no `Idempotency-Key`, because the answer ' +
        'would have to be kept.',
      role: 'admin',
      body: { kind: 'json', schema: newWebhookSchema, examples: { webhook: NEW_WEBHOOK_EXAMPLE } },
      responses: { 201: { ...withSecret('The webhook and its secret.'), headers: { Location: 'Where it is.' } } },
      problems: ['webhook-url-unsuitable'],
      handle: async ({ body, principal }) => {
        const { webhook, secret } = await webhooks.create(body, principal);
        return {
          status: 201,
          headers: { Location: `/api/v1/webhooks/${webhook.id}` },
          body: { ...presentWebhook(webhook), secret },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/webhooks',
      operationId: 'listWebhooks',
      tag: 'Events',
      summary: 'Webhooks, newest first',
      role: 'operator',
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: JSON_TYPE, schema: webhookPage, example: { items: [WEBHOOK_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor } }) => {
        const page = await webhooks.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentWebhook) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/webhooks/{id}',
      operationId: 'getWebhook',
      tag: 'Events',
      summary: 'One webhook',
      role: 'operator',
      params: byId,
      responses: { 200: oneWebhook },
      problems: ['webhook-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentWebhook(await webhooks.get(params.id)) }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/webhooks/{id}',
      operationId: 'updateWebhook',
      tag: 'Events',
      summary: 'Change a webhook',
      description: 'What waits already goes to the new address.',
      role: 'admin',
      params: byId,
      body: {
        kind: 'json',
        schema: webhookPatchSchema,
        mediaTypes: [JSON_TYPE, 'application/merge-patch+json'],
        examples: { kinds: { kinds: ['campaign.*'] }, again: { enabled: true } },
      },
      responses: { 200: oneWebhook },
      problems: ['webhook-unknown', 'webhook-url-unsuitable'],
      handle: async ({ params, body }) => ({
        status: 200,
        body: presentWebhook(await webhooks.update(params.id, body)),
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/webhooks/{id}',
      operationId: 'deleteWebhook',
      tag: 'Events',
      summary: 'Delete a webhook and its messages',
      role: 'admin',
      params: byId,
      responses: { 204: { description: 'It is gone.' } },
      problems: ['webhook-unknown'],
      handle: async ({ params }) => {
        await webhooks.delete(params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/webhooks/{id}/secret',
      operationId: 'renewWebhookSecret',
      tag: 'Events',
      summary: 'Give a webhook another secret',
      description: 'It counts at once, for what waits, too. Takes no body.',
      role: 'admin',
      params: byId,
      responses: { 200: withSecret('The webhook and its new secret.') },
      problems: ['webhook-unknown'],
      handle: async ({ params }) => {
        const { webhook, secret } = await webhooks.renewSecret(params.id);
        return { status: 200, body: { ...presentWebhook(webhook), secret } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/webhooks/{id}/test',
      operationId: 'testWebhook',
      tag: 'Events',
      summary: 'Send a message that means nothing',
      description: 'Of type `webhook.test`, signed, once and now, also to one that is disabled. Takes no body.',
      role: 'admin',
      params: byId,
      responses: {
        200: {
          description: 'What came of it.',
          content: {
            mediaType: JSON_TYPE,
            schema: webhookTrialSchema,
            example: { delivered: true, status: 204, durationMs: 87 },
          },
        },
      },
      problems: ['webhook-unknown'],
      handle: async ({ params }) => ({ status: 200, body: await webhooks.try(params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/webhooks/{id}/messages',
      operationId: 'listWebhookMessages',
      tag: 'Events',
      summary: 'What was sent, waits, or was given up, newest first',
      description: 'Those that have ended are kept as long as events are. `state=dead` is the dead-letter list.',
      role: 'operator',
      params: byId,
      query: z.strictObject({
        ...pageParameters,
        state: z
          .enum(WEBHOOK_MESSAGE_STATES, { error: `Expected one of ${WEBHOOK_MESSAGE_STATES.join(', ')}.` })
          .exactOptional()
          .meta({ description: 'In this state only.' }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: JSON_TYPE, schema: webhookMessagePage, example: { items: [WEBHOOK_MESSAGE_EXAMPLE] } },
        },
      },
      problems: ['webhook-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { limit, cursor, ...filter } }) => {
        const page = await webhooks.messages(params.id, filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentWebhookMessage) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/webhooks/{id}/messages/{messageId}/redeliver',
      operationId: 'redeliverWebhookMessage',
      tag: 'Events',
      summary: 'Send a message again that has ended',
      description: 'With all its attempts. Takes no body.',
      role: 'admin',
      params: z.strictObject({ id: idOf('the webhook'), messageId: idOf('the message') }),
      responses: {
        202: {
          description: 'It is due.',
          content: {
            mediaType: JSON_TYPE,
            schema: webhookMessageSchema,
            example: {
              id: WEBHOOK_MESSAGE_EXAMPLE.id,
              kind: WEBHOOK_MESSAGE_EXAMPLE.kind,
              state: 'pending',
              attempts: 0,
              dueAt: '2026-02-02T08:00:00.000Z',
              createdAt: WEBHOOK_MESSAGE_EXAMPLE.createdAt,
            },
          },
        },
      },
      problems: ['webhook-unknown', 'webhook-message-unknown'],
      handle: async ({ params }) => ({
        status: 202,
        body: presentWebhookMessage(await webhooks.redeliver(params.id, params.messageId)),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/webhooks/{id}/redeliver',
      operationId: 'redeliverDeadWebhookMessages',
      tag: 'Events',
      summary: 'Send again what was given up',
      description: 'The oldest first, 1,000 at once. Takes no body.',
      role: 'admin',
      params: byId,
      responses: {
        202: {
          description: 'They are due.',
          content: { mediaType: JSON_TYPE, schema: redeliveredSchema, example: { count: 3 } },
        },
      },
      problems: ['webhook-unknown'],
      handle: async ({ params }) => ({ status: 202, body: { count: await webhooks.redeliverDead(params.id) } }),
    }),
  ];
}
