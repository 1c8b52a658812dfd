import { z } from 'zod';
import { EVENT_KIND_PATTERN } from '../../../domain/event.ts';
import { WEBHOOK_MESSAGE_STATES, type Webhook } from '../../../domain/webhook.ts';
import type { WebhookMessage } from '../../../services/ports/webhook-store.ts';
import { instant, pageOf, text, uuid } from './fields.ts';

const MAX_URL = 2_000;
const MAX_KINDS = 20;
const EXAMPLE_ID = '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a';

const url = text(MAX_URL)
  .refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), 'Expected an http:// or https:// URL.')
  .meta({ description: 'Where events are posted to. Redirections are not followed.' });
const kinds = z
  .array(
    z.string().regex(EVENT_KIND_PATTERN, 'Expected a kind, e.g. target.failed, or all of a thing, e.g. campaign.*.'),
    {
      error: 'Expected a list of kinds.',
    },
  )
  .min(1, 'Expected at least one kind.')
  .max(MAX_KINDS, `Expected at most ${MAX_KINDS} kinds.`)
  .meta({ description: 'Which events, e.g. `campaign.*` and `target.failed`.' });
const campaignId = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'Expected the id of a campaign.')
  .meta({ description: 'Only events of this campaign.' });
const description = text(200).meta({ description: 'For people.' });
const enabled = z.boolean({ error: 'Expected true or false.' });

export const newWebhookSchema = z
  .strictObject(
    {
      url,
      kinds,
      campaignId: campaignId.exactOptional(),
      description: description.exactOptional(),
      enabled: enabled.exactOptional().meta({ description: '`true` unless told.' }),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'NewWebhook' });

export const webhookPatchSchema = z
  .strictObject(
    {
      url: url.exactOptional(),
      kinds: kinds.exactOptional(),
      campaignId: campaignId.nullable().exactOptional(),
      description: description.exactOptional(),
      enabled: enabled.exactOptional().meta({
        description: '`true` forgets what failed; it goes on where it was, as far back as events are kept.',
      }),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'WebhookPatch' });

const webhookFields = {
  id: uuid,
  url: z.string(),
  kinds: z.array(z.string()).readonly(),
  campaignId: uuid.exactOptional(),
  description: z.string(),
  enabled: z.boolean(),
  state: z.enum(['working', 'failing', 'disabled']),
  disabledReason: z
    .enum(['gone', 'failing'])
    .exactOptional()
    .meta({ description: '`gone`: it answered 410; `failing`: nothing got through for five days. Absent: by hand.' }),
  failures: z.int().min(0).meta({ description: 'Attempts that failed since the last success.' }),
  failingSince: instant.exactOptional(),
  lastSuccessAt: instant.exactOptional().meta({ description: 'To the minute.' }),
  createdBy: z.string(),
  createdAt: instant,
  updatedAt: instant,
};

export const webhookSchema = z.strictObject(webhookFields).meta({ id: 'Webhook' });
export const madeWebhookSchema = z
  .strictObject({
    ...webhookFields,
    secret: z.string().meta({ description: 'Signatures are made with it. Given now and never again.' }),
  })
  .meta({ id: 'MadeWebhook' });
export const webhookPage = pageOf(webhookSchema, 'WebhookPage');

export const webhookMessageSchema = z
  .strictObject({
    id: uuid.meta({ description: 'The `webhook-id` of every attempt.' }),
    kind: z.string(),
    state: z.enum(WEBHOOK_MESSAGE_STATES).meta({ description: '`dead`: given up, after ten attempts or a 410.' }),
    attempts: z.int().min(0),
    dueAt: instant.exactOptional().meta({ description: 'Of the next attempt.' }),
    lastStatus: z.int().exactOptional().meta({ description: 'What the last attempt was answered.' }),
    lastError: z.string().exactOptional().meta({ description: 'Why it was not answered.' }),
    createdAt: instant,
    endedAt: instant.exactOptional(),
  })
  .meta({ id: 'WebhookMessage' });
export const webhookMessagePage = pageOf(webhookMessageSchema, 'WebhookMessagePage');

export const webhookTrialSchema = z
  .strictObject({
    delivered: z.boolean(),
    status: z.int().exactOptional(),
    reason: z.string().exactOptional().meta({ description: 'Why there was no answer.' }),
    durationMs: z.int().min(0),
  })
  .meta({ id: 'WebhookTrial' });

export const redeliveredSchema = z
  .strictObject({ count: z.int().min(0).meta({ description: 'Messages that are due again; 1,000 at once.' }) })
  .meta({ id: 'Redelivered' });

export function presentWebhook(webhook: Webhook): z.output<typeof webhookSchema> {
  const { failingSince, lastSuccessAt, createdAt, updatedAt, ...rest } = webhook;
  return {
    ...rest,
    state: !rest.enabled ? 'disabled' : rest.failures > 0 ? 'failing' : 'working',
    ...(failingSince === undefined ? {} : { failingSince: failingSince.toISOString() }),
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt: lastSuccessAt.toISOString() }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export function presentWebhookMessage(message: WebhookMessage): z.output<typeof webhookMessageSchema> {
  const { webhookId: _, dueAt, createdAt, endedAt, ...rest } = message;
  return {
    ...rest,
    ...(dueAt === undefined ? {} : { dueAt: dueAt.toISOString() }),
    createdAt: createdAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  };
}

export const NEW_WEBHOOK_EXAMPLE: z.input<typeof newWebhookSchema> = {
  url: 'https://hooks.example/omadm',
  kinds: ['campaign.*', 'target.failed'],
  description: 'To the ticket system',
};

export const WEBHOOK_EXAMPLE: z.output<typeof webhookSchema> = {
  id: EXAMPLE_ID,
  url: 'https://hooks.example/omadm',
  kinds: ['campaign.*', 'target.failed'],
  description: 'To the ticket system',
  enabled: true,
  state: 'working',
  failures: 0,
  lastSuccessAt: '2026-01-31T12:05:00.000Z',
  createdBy: 'admin token',
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
};

export const MADE_WEBHOOK_EXAMPLE: z.output<typeof madeWebhookSchema> = {
  ...WEBHOOK_EXAMPLE,
  secret: 'whsec_b25seSBhbiBleGFtcGxlLCAyNCBv',
};

export const WEBHOOK_MESSAGE_EXAMPLE: z.output<typeof webhookMessageSchema> = {
  id: EXAMPLE_ID,
  kind: 'target.failed',
  state: 'dead',
  attempts: 10,
  lastStatus: 503,
  createdAt: '2026-01-31T12:00:00.000Z',
  endedAt: '2026-02-01T11:00:00.000Z',
};
