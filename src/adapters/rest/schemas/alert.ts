import { z } from 'zod';
import type { DeviceAlert } from '../../../domain/device-alert.ts';
import type { AlertFeed } from '../../../services/alerts.ts';
import { ALERT, ALERT_MARKS } from '../../../syncml/alert-codes.ts';
import { deviceId, instant, pageLimit, text, uuid } from './fields.ts';

/** The alerts that devices send on their own account. */
const CODES = { [ALERT.clientEvent]: 'client event', [ALERT.generic]: 'generic alert' } as const;

export const alertSchema = z
  .strictObject({
    id: z.int().min(1).meta({ description: 'Never used twice; alerts of one device in the order in which they came.' }),
    deviceId,
    sessionId: uuid.meta({ description: 'The session it came in, as in `/api/v1/sessions`.' }),
    code: z.int().meta({
      description: Object.entries(CODES)
        .map(([code, name]) => `${code}: ${name}`)
        .join('; '),
    }),
    type: z.string().meta({ description: 'What it is about: a URN, a reverse domain name or a media type.' }),
    format: z.string(),
    mark: z
      .string()
      .exactOptional()
      .meta({ description: `How much it matters: ${ALERT_MARKS.join(', ')}, or a word of the device's own.` }),
    correlator: z.string().exactOptional().meta({ description: 'Of the Exec whose outcome it tells.' }),
    source: z.string().exactOptional().meta({ description: 'The node it is about.' }),
    target: z.string().exactOptional(),
    data: z.string().exactOptional().meta({
      description:
        'Base64 when `format` is `b64` or `bin`, text otherwise. Absent: none was sent, or the node holds a secret.',
    }),
    at: instant,
  })
  .meta({ id: 'Alert', description: 'One Item of an alert that a device has sent.' });

export const alertFeed = z
  .strictObject({
    items: z.array(alertSchema),
    next: z
      .string()
      .meta({ description: 'Give it as `after` to go on, now or later. Nothing comes before it any more.' }),
  })
  .meta({ id: 'AlertFeed' });

const filters = {
  type: text(255)
    .exactOptional()
    .meta({
      description: 'Only alerts of exactly this Type.',
      examples: ['org.openmobilealliance.dm.firmwareupdate.update'],
    }),
  code: z
    .string()
    .regex(/^\d{4}$/, `Expected one of ${Object.keys(CODES).join(', ')}.`)
    .transform(Number)
    .refine((code) => Object.hasOwn(CODES, code), `Expected one of ${Object.keys(CODES).join(', ')}.`)
    .exactOptional()
    .meta({ description: 'Only alerts of this code.', examples: ['1226'] }),
  after: text(512).exactOptional().meta({ description: '`next` of the answer before; left out: from the beginning.' }),
  limit: pageLimit,
};

export const alertQuery = z.strictObject({ deviceId: deviceId.exactOptional(), ...filters });
export const deviceAlertQuery = z.strictObject(filters);

export function presentFeed({ items, next }: AlertFeed): z.output<typeof alertFeed> {
  return { items: items.map(presentAlert), next };
}

function presentAlert({ at, ...alert }: DeviceAlert): z.output<typeof alertSchema> {
  return { ...alert, at: at.toISOString() };
}

export const ALERT_FEED_EXAMPLE: z.output<typeof alertFeed> = {
  items: [
    {
      id: 1,
      deviceId: 'IMEI:493005100592800',
      sessionId: '0198c5a5-1111-7f6e-8f1c-6a5b4c3d2e1f',
      code: ALERT.generic,
      type: 'org.openmobilealliance.dm.firmwareupdate.update',
      format: 'chr',
      mark: 'informational',
      correlator: '0198c5a5-0a51-7f6e-8f1c-6a5b4c3d2e1f.0',
      source: './FwUpdate/Update',
      data: '200',
      at: '2026-01-31T12:00:03.000Z',
    },
  ],
  next: 'WzFd',
};
