import { z } from 'zod';
import {
  type DeviceImport,
  IMPORT_FORMATS,
  IMPORT_POLICIES,
  IMPORT_STATES,
  type RefusedLine,
} from '../../../services/ports/import-store.ts';
import { instant, pageOf, uuid } from './fields.ts';

export const importPolicy = z
  .enum(IMPORT_POLICIES, { error: 'Expected "create", "update" or "upsert".' })
  .default('upsert')
  .meta({
    description:
      '`create`: a line whose device is registered is refused; `update`: one whose device is not; `upsert`: neither.',
    examples: ['create'],
  });

const count = z.int().min(0);

export const refusedLineSchema = z
  .strictObject({
    line: z.int().min(1).meta({ description: 'From 1; of a CSV, its head is line 1.' }),
    deviceId: z.string().exactOptional(),
    reason: z.string(),
  })
  .meta({ id: 'RefusedLine' });

export const importSchema = z
  .strictObject({
    id: uuid,
    format: z.enum(IMPORT_FORMATS),
    policy: z.enum(IMPORT_POLICIES),
    state: z.enum(IMPORT_STATES).meta({
      description:
        '`receiving`: the file is coming in; `queued`: it is here whole; `running`: it is worked in; `completed`; `failed`: it broke off, or cannot be read at all.',
    }),
    size: count.meta({ description: 'Octets of the file.' }),
    position: count.meta({ description: 'Octets of it that have been worked in.' }),
    lines: count.meta({ description: 'Lines dealt with so far.' }),
    created: count,
    updated: count,
    unchanged: count.meta({ description: 'Lines that said what was so already.' }),
    refused: count,
    reason: z.string().exactOptional().meta({ description: 'Why it failed.' }),
    createdBy: z.string(),
    createdAt: instant,
    updatedAt: instant,
    endedAt: instant.exactOptional(),
    refusals: z
      .array(refusedLineSchema)
      .exactOptional()
      .meta({ description: 'The first of them, where one import is asked for.' }),
  })
  .meta({ id: 'DeviceImport' });

export const importPage = pageOf(importSchema, 'DeviceImportPage');
export const refusalPage = pageOf(refusedLineSchema, 'RefusedLinePage');

export function presentImport(
  { createdAt, updatedAt, endedAt, ...rest }: DeviceImport,
  refusals?: readonly RefusedLine[],
): z.output<typeof importSchema> {
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
    ...(refusals === undefined ? {} : { refusals: [...refusals] }),
  };
}

export const REFUSED_LINE_EXAMPLE: z.output<typeof refusedLineSchema> = {
  line: 3,
  deviceId: 'IMEI:493005100592818',
  reason: 'msisdn: Expected a phone number in international format: 3 to 15 digits, a + in front at most.',
};

export const IMPORT_EXAMPLE: z.output<typeof importSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  format: 'csv',
  policy: 'upsert',
  state: 'running',
  size: 180,
  position: 120,
  lines: 3,
  created: 1,
  updated: 0,
  unchanged: 0,
  refused: 1,
  createdBy: 'admin',
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:01.000Z',
};

export const CSV_EXAMPLE = [
  'deviceId,msisdn,tags,attributes.customer,auth,clientUsername,clientPassword,serverPassword',
  'IMEI:493005100592800,+491701234567,pilot|site-berlin,ACME,md5,device1,change me,change me too',
  'IMEI:493005100592818,+491701234568,pilot,,,,,',
  '',
].join('\n');

export const NDJSON_EXAMPLE = [
  '{"deviceId":"IMEI:493005100592800","msisdn":"+491701234567","tags":["pilot"],"dm":{"auth":"md5","client":{"username":"device1"}}}',
  '{"deviceId":"IMEI:493005100592818","attributes":{"customer":"ACME"}}',
  '',
].join('\n');
