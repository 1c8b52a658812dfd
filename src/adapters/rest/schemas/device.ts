import { z } from 'zod';
import { BOOTSTRAP_STATES, type Device, type NodeValue } from '../../../domain/device.ts';
import {
  isAttributeKey,
  isTag,
  MAX_ATTRIBUTE_LENGTH,
  MAX_ATTRIBUTES,
  MAX_TAGS,
} from '../../../domain/device-labels.ts';
import { isTimeZone } from '../../../domain/time-zone.ts';
import type { DeviceWarning, KeptDevice } from '../../../services/devices.ts';
import { deviceId, imsi, instant, msisdn, objectRef, octets, text } from './fields.ts';

const auth = z
  .enum(['basic', 'md5', 'hmac'], { error: 'Expected "basic", "md5" or "hmac".' })
  .meta({ description: 'How the device proves itself.' });
const serverAuth = z
  .enum(['basic', 'md5', 'hmac'], { error: 'Expected "basic", "md5" or "hmac".' })
  .meta({ description: 'How this server proves itself; like the device unless told. HMAC goes with HMAC only.' });
const scope = z.enum(['session', 'message'], { error: 'Expected "session" or "message".' }).meta({
  description:
    'Whether the device proves itself once a session or with every message, as it has to where the transport does not hold the session together; as the server is set unless told. HMAC covers every message always.',
});

/** A colon would end it too early: credentials are made of `username:password`. */
const username = text(255).refine((value) => !value.includes(':'), 'A colon cannot be part of a username.');
const password = text(255).meta({
  writeOnly: true,
  description: 'Kept encrypted; never comes back out. One that is left out at registration is made, 24 random octets.',
});
const nonce = octets.meta({ writeOnly: true, description: 'Raw octets in base64; never comes back out.' });

const tag = z
  .string({ error: 'Expected text.' })
  .refine(isTag, 'Expected 1 to 64 characters, none of | , ; and no control character, without space at the ends.');
export const tags = z
  .array(tag, { error: 'Expected a list of tags.' })
  .max(MAX_TAGS, `Expected at most ${MAX_TAGS} tags.`)
  .meta({ description: 'What admins call it. Kept once each, sorted.', examples: [['pilot', 'site-berlin']] });
const attributeKey = z.string().refine(isAttributeKey);
const attributeFault: z.core.$ZodErrorMap = ({ code }) =>
  code === 'invalid_key'
    ? 'Expected 1 to 64 letters, digits, "_", "-" or "." as a key, a letter, a digit or "_" first.'
    : 'Expected an object of texts.';
const attributeValue = text(MAX_ATTRIBUTE_LENGTH);
const attributes = z
  .record(attributeKey, attributeValue, { error: attributeFault })
  .refine((value) => Object.keys(value).length <= MAX_ATTRIBUTES, `Expected at most ${MAX_ATTRIBUTES} attributes.`)
  .meta({ description: 'What admins know of it, by key.', examples: [{ customer: 'ACME', floor: '3' }] });
const timeZone = z
  .string({ error: 'Expected text.' })
  .refine(isTimeZone, 'Expected the name of a time zone of the IANA database, e.g. Europe/Berlin.')
  .meta({ description: 'Of the IANA database.', examples: ['Europe/Berlin'] });

export const newDeviceSchema = z
  .strictObject(
    {
      deviceId,
      msisdn: msisdn.exactOptional(),
      imsi: imsi.exactOptional(),
      tags: tags.exactOptional(),
      attributes: attributes.exactOptional(),
      timeZone: timeZone.exactOptional(),
      dm: z
        .strictObject(
          {
            auth,
            client: z.strictObject(
              {
                username,
                password: password.exactOptional(),
                nonce: nonce.exactOptional(),
                scope: scope.exactOptional(),
              },
              { error: 'Expected an object: what the device proves itself with.' },
            ),
            server: z
              .strictObject(
                { auth: serverAuth.exactOptional(), password: password.exactOptional(), nonce: nonce.exactOptional() },
                { error: 'Expected an object: what this server proves itself with.' },
              )
              .exactOptional(),
          },
          { error: 'Expected an object: the DM account.' },
        )
        .exactOptional()
        .meta({ description: 'The DM account. Without one the device is to be bootstrapped.' }),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'NewDevice' });

export const devicePatchSchema = z
  .strictObject(
    {
      msisdn: msisdn.nullable().exactOptional(),
      imsi: imsi.nullable().exactOptional(),
      tags: tags.nullable().exactOptional(),
      attributes: z
        .record(attributeKey, attributeValue.nullable(), { error: attributeFault })
        .refine((value) => Object.keys(value).length <= 2 * MAX_ATTRIBUTES, 'Too many at once.')
        .nullable()
        .exactOptional()
        .meta({ description: 'Key by key: `null` takes one away, the others stay.' }),
      timeZone: timeZone.nullable().exactOptional(),
      dm: z
        .strictObject(
          {
            auth: auth.exactOptional(),
            client: z
              .strictObject({
                username: username.exactOptional(),
                password: password.exactOptional(),
                nonce: nonce.exactOptional(),
                scope: scope.nullable().exactOptional(),
              })
              .exactOptional(),
            server: z
              .strictObject({
                auth: serverAuth.nullable().exactOptional(),
                password: password.exactOptional(),
                nonce: nonce.exactOptional(),
              })
              .exactOptional(),
          },
          { error: 'Expected an object.' },
        )
        .exactOptional(),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'DevicePatch', description: 'What is left out stays; `null` takes a value away.' });

export const deviceSchema = z
  .strictObject({
    deviceId,
    msisdn: z.string().exactOptional(),
    imsi: z.string().exactOptional(),
    dm: z
      .strictObject({
        auth,
        client: z.strictObject({ username: z.string(), scope: scope.exactOptional() }),
        server: z.strictObject({ auth: serverAuth }).exactOptional(),
      })
      .exactOptional()
      .meta({ description: 'Absent until the device has an account.' }),
    bootstrap: z
      .strictObject({
        state: z.enum(BOOTSTRAP_STATES).meta({
          description:
            '`none`: nothing was sent; `pending`: what was sent has not been used yet; `done`: the device has opened a session with it.',
        }),
        at: instant.exactOptional().meta({ description: 'Since when.' }),
      })
      .meta({ description: 'How far its bootstrap is.' }),
    devInfo: z
      .strictObject({
        devId: z.string().exactOptional(),
        man: z.string().exactOptional(),
        mod: z.string().exactOptional(),
        dmV: z.string().exactOptional(),
        lang: z.string().exactOptional(),
        fwV: z
          .string()
          .exactOptional()
          .meta({ description: 'DevDetail/FwV, once a session or a discovery has told it.' }),
      })
      .meta({ description: 'What the device last said of itself (DevInfo).' }),
    tags: z.array(z.string()),
    attributes: z.record(z.string(), z.string()),
    timeZone: z.string().exactOptional(),
    createdAt: instant,
    updatedAt: instant,
    lastSeenAt: instant.exactOptional().meta({ description: 'When the last authenticated message came.' }),
    warnings: z
      .array(z.strictObject({ code: z.enum(['server-credentials-shared']), detail: z.string() }))
      .exactOptional()
      .meta({ description: 'What should be looked at, in the answer to a registration or change.' }),
  })
  .meta({ id: 'Device' });

export const devicePage = z
  .strictObject({
    items: z.array(deviceSchema),
    nextCursor: z.string().exactOptional().meta({ description: 'Absent on the last page.' }),
    searched: z
      .int()
      .exactOptional()
      .meta({
        description:
          'So many devices were looked through, and too few of them fit the filter to fill the page: there may be fewer items ' +
          'than asked for, or none. `nextCursor` searches on.',
      }),
  })
  .meta({ id: 'DevicePage' });

export const treeSchema = z
  .strictObject({
    deviceId,
    nodes: z.array(
      z
        .strictObject({
          locUri: z.string(),
          value: z.string().exactOptional(),
          format: z.string().exactOptional(),
          type: z.string().exactOptional(),
          object: objectRef.exactOptional(),
          at: instant,
          properties: z
            .record(z.string(), z.strictObject({ value: z.string(), at: instant }))
            .exactOptional()
            .meta({ description: 'By name: ACL, Title, VerNo…; those that were asked for.' }),
        })
        .meta({ id: 'NodeValue' }),
    ),
    nextCursor: z.string().exactOptional().meta({ description: 'Set when there is more.' }),
  })
  .meta({ id: 'DeviceTree', description: 'The last known values, in LocURI order.' });

const WARNINGS: Readonly<Record<DeviceWarning, string>> = {
  'server-credentials-shared':
    'Another device has the same password of this server: each of the two could pretend to be this server to the other.',
};

export function presentKeptDevice({ device, warnings }: KeptDevice): z.output<typeof deviceSchema> {
  return {
    ...presentDevice(device),
    ...(warnings.length > 0 && { warnings: warnings.map((code) => ({ code, detail: WARNINGS[code] })) }),
  };
}

export function presentDevice(device: Device): z.output<typeof deviceSchema> {
  const { devId, man, mod, dmV, lang, fwV } = device.devInfo;
  return {
    deviceId: device.deviceId,
    ...(device.msisdn === undefined ? {} : { msisdn: device.msisdn }),
    ...(device.imsi === undefined ? {} : { imsi: device.imsi }),
    ...(device.hasAccount ? { dm: presentAccount(device) } : {}),
    bootstrap: {
      state: device.bootstrap.state,
      ...(device.bootstrap.at === undefined ? {} : { at: device.bootstrap.at.toISOString() }),
    },
    devInfo: {
      ...(devId === undefined ? {} : { devId }),
      ...(man === undefined ? {} : { man }),
      ...(mod === undefined ? {} : { mod }),
      ...(dmV === undefined ? {} : { dmV }),
      ...(lang === undefined ? {} : { lang }),
      ...(fwV === undefined ? {} : { fwV }),
    },
    tags: [...device.tags],
    attributes: { ...device.attributes },
    ...(device.timeZone === undefined ? {} : { timeZone: device.timeZone }),
    createdAt: device.createdAt.toISOString(),
    updatedAt: device.updatedAt.toISOString(),
    ...(device.lastSeenAt === undefined ? {} : { lastSeenAt: device.lastSeenAt.toISOString() }),
  };
}

function presentAccount(device: Device): NonNullable<z.output<typeof deviceSchema>['dm']> {
  return {
    auth: device.auth,
    client: {
      username: device.clientUsername,
      ...(device.clientScope === undefined ? {} : { scope: device.clientScope }),
    },
    ...(device.serverAuth === undefined ? {} : { server: { auth: device.serverAuth } }),
  };
}

export function presentTree(
  id: string,
  { nodes: values, nextCursor }: { readonly nodes: readonly NodeValue[]; readonly nextCursor?: string },
): z.output<typeof treeSchema> {
  const nodes = values.map(({ locUri, value, format, type, object, at, properties }) => ({
    locUri,
    ...(value === undefined ? {} : { value }),
    ...(format === undefined ? {} : { format }),
    ...(type === undefined ? {} : { type }),
    ...(object === undefined ? {} : { object: { id: object.id, size: object.size } }),
    at: at.toISOString(),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, { value: one.value, at: one.at.toISOString() }]),
          ),
        }),
  }));
  return { deviceId: id, nodes, ...(nextCursor === undefined ? {} : { nextCursor }) };
}

export const NEW_DEVICE_EXAMPLE: z.input<typeof newDeviceSchema> = {
  deviceId: 'IMEI:493005100592800',
  msisdn: '+491701234567',
  tags: ['pilot', 'site-berlin'],
  attributes: { customer: 'ACME' },
  timeZone: 'Europe/Berlin',
  dm: {
    auth: 'md5',
    client: { username: 'device1', password: 'change me', nonce: 'bm9uY2UtMDAwMQ==' },
    server: { password: 'change me too', nonce: 'bm9uY2UtMDAwMg==' },
  },
};

export const DEVICE_EXAMPLE: z.output<typeof deviceSchema> = {
  deviceId: 'IMEI:493005100592800',
  msisdn: '+491701234567',
  dm: { auth: 'md5', client: { username: 'device1' } },
  bootstrap: { state: 'none' },
  devInfo: { devId: 'IMEI:493005100592800', man: 'Example', mod: 'One', dmV: '1.1', lang: 'en', fwV: '2.0.1' },
  tags: ['pilot', 'site-berlin'],
  attributes: { customer: 'ACME' },
  timeZone: 'Europe/Berlin',
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
  lastSeenAt: '2026-01-31T12:05:00.000Z',
};
