import { z } from 'zod';
import { MAX_FILTER_LENGTH } from '../../../domain/device-filter.ts';
import type { SavedFilter } from '../../../services/ports/device-filter-store.ts';
import { DEVICE_SORT_FIELDS, type DeviceOrder } from '../../../services/ports/fleet-store.ts';
import { tags } from './device.ts';
import { idOf, instant, pageOf, text, uuid } from './fields.ts';

export const filterText = z
  .string({ error: 'Expected text.' })
  .min(1, 'Expected a filter.')
  .max(MAX_FILTER_LENGTH, `Expected at most ${MAX_FILTER_LENGTH} characters.`)
  .meta({
    description:
      'RSQL: `field`, operator, value; `;` or `and`, `,` or `or`, parentheses. Operators: `==` `!=` `=in=(…)` `=out=(…)` `=ex=true`, ' +
      'and for ids and instants `<` `<=` `>` `>=` (`=lt=` `=le=` `=gt=` `=ge=`). `*` stands for any text; quotes and `\\` take the ' +
      'rest literally. Instants are ISO 8601 or from now: `-7d`, `now`. Fields: deviceId, msisdn, imsi, man, mod, fwv, dmv, lang, ' +
      'tags, `attributes.<key>`, timeZone, auth, hasAccount, bootstrapState, createdAt, updatedAt, lastSeenAt.',
    examples: ['mod==One;tags=in=(pilot,site-berlin);lastSeenAt>-7d'],
  });

/** Which devices; what is said has to hold all together. */
export const deviceQuery = {
  filter: filterText.exactOptional(),
  filterId: idOf('a saved filter').exactOptional(),
  deviceId: text(255)
    .exactOptional()
    .meta({ description: 'What the deviceId starts with.', examples: ['IMEI:4930'] }),
  msisdn: text(20)
    .exactOptional()
    .meta({ description: 'The whole number, as registered.', examples: ['+491701234567'] }),
  man: text(255)
    .exactOptional()
    .meta({ description: 'Manufacturer, as in DevInfo.', examples: ['Example'] }),
  mod: text(255)
    .exactOptional()
    .meta({ description: 'Model, as in DevInfo.', examples: ['One'] }),
};

const ORDERS = DEVICE_SORT_FIELDS.flatMap((field) => [field, `${field}:asc`, `${field}:desc`]);

/** `field`, `field:asc` or `field:desc`. */
export const sort = z
  .enum(ORDERS, { error: `Expected one of ${DEVICE_SORT_FIELDS.join(', ')}, with :asc or :desc behind it.` })
  .transform((value): DeviceOrder => {
    const [field, direction] = value.split(':');
    return { field: field as DeviceOrder['field'], direction: direction === 'desc' ? 'desc' : 'asc' };
  })
  .meta({
    description: 'Devices without a value come last. Unless told, the newest come first.',
    examples: ['lastSeenAt:desc'],
  });

/** A name or a manufacturer may be long. */
export const longCursor = text(4_096).meta({ description: '`nextCursor` of the page before.' });

export const deviceCountSchema = z
  .strictObject({
    count: z.int().min(0),
    kind: z.enum(['exact', 'estimate']).meta({
      description: '`estimate`: by the statistics of the database or a sample, where counting would take long.',
    }),
  })
  .meta({ id: 'DeviceCount' });

export const tagOrderSchema = z
  .strictObject(
    {
      filter: filterText.exactOptional(),
      filterId: uuid.exactOptional().meta({ description: 'Of a saved filter.' }),
      add: tags.exactOptional(),
      remove: tags.exactOptional(),
      cursor: text(512).exactOptional().meta({ description: '`nextCursor` of the answer before.' }),
    },
    { error: 'Expected an object.' },
  )
  .refine(({ filter, filterId }) => filter !== undefined || filterId !== undefined, {
    error: 'Expected `filter` or `filterId`; `deviceId==*` is every device.',
  })
  .refine(({ add = [], remove = [] }) => add.length + remove.length > 0, {
    error: 'Expected tags to add or to remove.',
  })
  .meta({ id: 'TagOrder' });

export const tagOutcomeSchema = z
  .strictObject({
    changed: z.int().min(0).meta({ description: 'Devices whose tags are others now.' }),
    refused: z.int().min(0).meta({ description: 'Devices that would have too many tags; they are as they were.' }),
    nextCursor: z
      .string()
      .exactOptional()
      .meta({ description: 'Set when there are more: ask again with it as `cursor`.' }),
  })
  .meta({ id: 'TagOutcome' });

const filterName = text(100).meta({ description: 'Unique.', examples: ['Berlin pilots'] });

export const newFilterSchema = z
  .strictObject({ name: filterName, filter: filterText }, { error: 'Expected an object.' })
  .meta({ id: 'NewDeviceFilter' });

export const filterPatchSchema = z
  .strictObject(
    { name: filterName.exactOptional(), filter: filterText.exactOptional() },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'DeviceFilterPatch' });

export const savedFilterSchema = z
  .strictObject({
    id: uuid,
    name: z.string(),
    filter: z.string(),
    version: z.int().min(1).meta({ description: 'Counts its changes; also its `ETag`.' }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'DeviceFilter' });

export const savedFilterPage = pageOf(savedFilterSchema, 'DeviceFilterPage');

export function presentFilter({ createdAt, updatedAt, ...filter }: SavedFilter): z.output<typeof savedFilterSchema> {
  return { ...filter, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

export const FILTER_EXAMPLE: z.output<typeof savedFilterSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  name: 'Berlin pilots',
  filter: 'tags==site-berlin;tags==pilot;lastSeenAt>-7d',
  version: 1,
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
};
