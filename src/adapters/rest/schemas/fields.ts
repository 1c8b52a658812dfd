import { z } from 'zod';
import { isDeviceId, MAX_DEVICE_ID_LENGTH } from '../../../services/identifiers.ts';

/** Text without controls and halves of surrogate pairs: what every store and every encoding can hold. */
export function text(maxLength: number) {
  return z
    .string({ error: 'Expected text.' })
    .min(1, { error: 'Expected at least one character.', abort: true })
    .max(maxLength, `Expected at most ${maxLength} characters.`)
    .refine(
      (value) => /^[^\p{Cc}\p{Cs}]*$/u.test(value),
      'Control characters and broken surrogate pairs are not taken.',
    );
}

export const deviceId = z
  .string({ error: 'Expected text.' })
  .min(1, { error: 'Expected at least one character.', abort: true })
  .max(MAX_DEVICE_ID_LENGTH, `Expected at most ${MAX_DEVICE_ID_LENGTH} characters.`)
  .refine(isDeviceId, 'Control characters and broken surrogate pairs are not taken.')
  .meta({ description: "As in the device's `Source/LocURI`.", examples: ['IMEI:493005100592800'] });

export const msisdn = z
  .string({ error: 'Expected text.' })
  .regex(/^\+?[0-9]{3,15}$/, 'Expected a phone number in international format: 3 to 15 digits, a + in front at most.')
  .meta({ description: 'Phone number in international format.', examples: ['+491701234567'] });

export const imsi = z
  .string({ error: 'Expected text.' })
  .regex(/^[0-9]{5,15}$/, 'Expected an IMSI: 5 to 15 digits.')
  .meta({ examples: ['262011234567890'] });

/** Raw octets in base64, with padding. */
export const octets = z
  .base64({ error: 'Expected base64 with padding (RFC 4648).' })
  .min(4, { error: 'Expected at least one octet.', abort: true })
  .max(344, 'Expected at most 256 octets.')
  .transform((value) => new Uint8Array(Buffer.from(value, 'base64')))
  .meta({ examples: ['bm9uY2UtMDAwMQ=='] });

/** An instant, e.g. `2026-01-31T12:00:00Z`, with `Z` or an offset. */
export const instant = z.iso.datetime({
  offset: true,
  error: 'Expected an instant of ISO 8601 with Z or an offset, e.g. 2026-01-31T12:00:00Z.',
});

export const uuid = z.string().meta({ format: 'uuid', examples: ['0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a'] });

/** The id in a path. @param what of what, e.g. `the package`. Not held to a form: what is none leads to a 404. */
export function idOf(what: string) {
  return z.string().meta({ description: `Of ${what}.`, examples: ['0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a'] });
}

/** Parameters of every path below a device. */
export const byDeviceId = z.strictObject({
  deviceId: z
    .string()
    .meta({ description: 'URL-encoded, e.g. `IMEI%3A493005100592800`.', examples: ['IMEI:493005100592800'] }),
});

/** A large value of a device: its octets are at `/api/v1/objects/{id}`. */
export const objectRef = z.strictObject({ id: uuid, size: z.int().min(0) }).meta({
  id: 'ObjectRef',
  description: 'A value that is large: `size` octets, to be read at `/api/v1/objects/{id}`.',
});

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

/** Query parameters of every listing. */
export const pageParameters = {
  limit: z
    .string()
    .regex(/^[0-9]{1,4}$/, `Expected a whole number from 1 to ${MAX_PAGE}.`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= MAX_PAGE, `Expected a whole number from 1 to ${MAX_PAGE}.`)
    .default(DEFAULT_PAGE)
    .meta({ description: `How many items at most: 1 to ${MAX_PAGE}, ${DEFAULT_PAGE} unless told.`, examples: ['50'] }),
  cursor: text(512).exactOptional().meta({ description: '`nextCursor` of the page before.' }),
};

/** How many items at most. */
export const { limit: pageLimit } = pageParameters;

export function pageOf<T extends z.ZodType>(item: T, id: string) {
  return z
    .strictObject({
      items: z.array(item),
      nextCursor: z.string().exactOptional().meta({ description: 'Absent on the last page.' }),
    })
    .meta({ id });
}
