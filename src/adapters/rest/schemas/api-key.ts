import { z } from 'zod';
import type { ApiKeyRecord } from '../../../services/ports/api-key-store.ts';
import { instant, pageOf, text, uuid } from './fields.ts';
import { role } from './principal.ts';

const MAX_NAME = 100;

export const newApiKeySchema = z
  .strictObject({
    name: text(MAX_NAME).meta({ description: 'What it is for; need not be unique.' }),
    role,
    expiresAt: instant
      .transform((value) => new Date(value))
      .exactOptional()
      .meta({ description: 'Left out: until it is revoked.' }),
  })
  .meta({ id: 'NewApiKey' });

const fields = {
  id: uuid,
  name: z.string(),
  role,
  hint: z.string().meta({ description: 'How the key begins.' }),
  createdBy: z.string().meta({ description: 'The name of who made it.' }),
  createdAt: instant,
  expiresAt: instant.exactOptional(),
  revokedAt: instant.exactOptional(),
  lastUsedAt: instant.exactOptional().meta({ description: 'To the minute. Absent: never.' }),
};

export const apiKeySchema = z.strictObject(fields).meta({ id: 'ApiKey' });

export const madeApiKeySchema = z
  .strictObject({ ...fields, key: z.string().meta({ description: 'The key itself: shown now and never again.' }) })
  .meta({ id: 'MadeApiKey' });

export const apiKeyPage = pageOf(apiKeySchema, 'ApiKeyPage');

export function presentApiKey(record: ApiKeyRecord): z.output<typeof apiKeySchema> {
  const { id, name, role, hint, createdBy, createdAt, expiresAt, revokedAt, lastUsedAt } = record;
  return {
    id,
    name,
    role,
    hint,
    createdBy,
    createdAt: createdAt.toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    ...(revokedAt === undefined ? {} : { revokedAt: revokedAt.toISOString() }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: lastUsedAt.toISOString() }),
  };
}

export const API_KEY_EXAMPLE: z.output<typeof apiKeySchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6d',
  name: 'nightly import',
  role: 'operator',
  hint: 'omk_Q2hh',
  createdBy: 'ada',
  createdAt: '2026-01-31T12:00:00.000Z',
  expiresAt: '2027-01-31T12:00:00.000Z',
};
