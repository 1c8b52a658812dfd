import { z } from 'zod';
import { BOOTSTRAP_STATES } from '../../../domain/device.ts';
import { PUSH_STATES } from '../../../domain/push.ts';
import {
  BOOTSTRAP_PROFILES,
  type BootstrapOrder,
  type BootstrapPreview,
  type BootstrapStarted,
  type BootstrapStatus,
} from '../../../services/bootstrap.ts';
import { SECURITY_NAMES } from '../../../services/push-security.ts';
import { deviceId, instant, text, uuid } from './fields.ts';

const VERSIONS = ['1.1', '1.2'] as const;
const AUTHS = ['basic', 'md5', 'hmac'] as const;
const ACCESS_AUTHS = ['PAP', 'CHAP', 'MS-CHAP'] as const;
const ENCODINGS = ['application/vnd.syncml.dm+xml', 'application/vnd.syncml.dm+wbxml'] as const;
const MAX_CERTIFICATES = 8;
const MAX_CERTIFICATE_LENGTH = 16_384;

const oneOf = <T extends string>(values: readonly [T, ...T[]]) =>
  z.enum(values as unknown as [T, ...T[]], { error: `Expected one of ${values.join(', ')}.` });
const yesNo = z.boolean({ error: 'Expected true or false.' });
const count = (most: number) =>
  z.int({ error: 'Expected a whole number.' }).min(0, 'Expected 0 or more.').max(most, `Expected at most ${most}.`);

const connectionSchema = z
  .union([
    text(64),
    z.strictObject({
      id: text(32).exactOptional().meta({ description: 'What the device calls it; `dm` unless told.' }),
      name: text(64),
      apn: text(100),
      auth: z
        .strictObject({
          type: oneOf(ACCESS_AUTHS),
          username: text(64),
          password: text(64).meta({ writeOnly: true }),
        })
        .exactOptional(),
    }),
  ])
  .meta({
    description:
      'A packet data access point to set up, or the name of a connection that the device has. An access point needs the ' +
      'profile `cp`, or DM 1.2.',
  });

const microsoftSchema = z
  .strictObject({
    role: count(0xffff_ffff)
      .exactOptional()
      .meta({ description: 'Security roles of the server, a bit mask; 8 is the manager.' }),
    protocolVersion: yesNo.exactOptional().meta({ description: 'Whether to name the DM version; true unless told.' }),
    defaultEncoding: oneOf(ENCODINGS).exactOptional(),
    connectionRetries: count(1_000).exactOptional(),
    initialBackOffMs: count(86_400_000).exactOptional(),
    maxBackOffMs: count(86_400_000).exactOptional(),
    backwardRetryDisabled: yesNo.exactOptional(),
    useHardwareId: yesNo.exactOptional(),
    clientCertificate: text(512).exactOptional(),
  })
  .meta({ description: "What Microsoft's clients take in the account beyond OMA's parameters. Profile `cp`." });

export const newBootstrapSchema = z
  .strictObject(
    {
      profile: oneOf(BOOTSTRAP_PROFILES).exactOptional().meta({
        description: '`cp`: the w7 document of OMA Client Provisioning (the default). `plain`: an OMA DM message.',
      }),
      version: oneOf(VERSIONS)
        .exactOptional()
        .meta({ description: 'Of DM, for the form of the account; 1.1 unless told.' }),
      security: oneOf(SECURITY_NAMES)
        .exactOptional()
        .meta({
          description:
            'What the MAC of the push is keyed by: NETWPIN (the default) the imsi, USERPIN the pin, USERNETWPIN both; with ' +
            'USERPINMAC the user types it. `none` only where the way to the device is secure in itself.',
        }),
      pin: z
        .string({ error: 'Expected text.' })
        .regex(/^[0-9]{1,64}$/, 'Expected digits.')
        .exactOptional()
        .meta({ writeOnly: true, description: 'Told to the user by other means; never comes back out.' }),
      auth: oneOf(AUTHS)
        .exactOptional()
        .meta({ description: 'How both sides prove themselves; as the device does now, or `md5`, unless told.' }),
      address: text(512)
        .exactOptional()
        .meta({ description: "What the device calls; this server's public address unless told." }),
      name: text(64).exactOptional().meta({ description: "The server's name for the user." }),
      connection: connectionSchema.exactOptional(),
      rootCertificates: z
        .array(
          z
            .string({ error: 'Expected text.' })
            .max(MAX_CERTIFICATE_LENGTH, `Expected at most ${MAX_CERTIFICATE_LENGTH} characters.`),
        )
        .max(MAX_CERTIFICATES, `Expected at most ${MAX_CERTIFICATES} certificates.`)
        .exactOptional()
        .meta({
          description:
            "PEM, or DER in base64, for Windows Mobile's CertificateStore. Profile `cp`. Each takes many SMS.",
        }),
      microsoft: microsoftSchema.exactOptional(),
      init: yesNo
        .exactOptional()
        .meta({ description: 'Whether the device shall open a session at once; true unless told. Profile `cp`.' }),
      voidsPending: yesNo.exactOptional().meta({
        description:
          'Whether credentials sent before are void, if the device has not used them: a push went to somebody else, say. ' +
          'Those the device is known to have stay good. False unless told.',
      }),
      expiresAt: instant.exactOptional().meta({ description: 'Until then the push waits for the SMS centre.' }),
      dryRun: yesNo.exactOptional().meta({ description: 'Shows the document, and sends and changes nothing.' }),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'NewBootstrap' });

export const bootstrapStartedSchema = z
  .strictObject({
    pushId: uuid,
    partCount: z.int().min(1).max(255).meta({ description: 'Short messages it takes.' }),
    expiresAt: instant,
    pinSuffix: z
      .string()
      .exactOptional()
      .meta({ description: 'With USERPINMAC: digits that the user types right after the PIN.' }),
  })
  .meta({ id: 'BootstrapStarted' });

export const bootstrapPreviewSchema = z
  .strictObject({
    profile: z.enum(BOOTSTRAP_PROFILES),
    version: z.enum(VERSIONS),
    security: z.enum(SECURITY_NAMES),
    partCount: z.int().min(1).max(255).meta({ description: 'Short messages it would take.' }),
    xml: z.string().meta({ description: 'The document. Its credentials are good for nothing.' }),
    wbxml: z.string().meta({ description: 'The same as it would be pushed, in hexadecimal.' }),
  })
  .meta({ id: 'BootstrapPreview' });

export const bootstrapStatusSchema = z
  .strictObject({
    deviceId,
    state: z.enum(BOOTSTRAP_STATES),
    at: instant.exactOptional(),
    push: z
      .strictObject({
        id: uuid,
        state: z.enum(PUSH_STATES),
        attempts: z.int().min(0),
        reason: z.string().exactOptional(),
        partsAccepted: z.int().min(0).meta({ description: 'Short messages that the SMS centre has taken.' }),
      })
      .exactOptional()
      .meta({ description: 'The newest one that carried a bootstrap document.' }),
  })
  .meta({ id: 'BootstrapStatus' });

export function bootstrapOrder(
  device: string,
  { rootCertificates, expiresAt, dryRun: _, ...rest }: z.output<typeof newBootstrapSchema>,
): BootstrapOrder {
  return {
    ...rest,
    deviceId: device,
    ...(rootCertificates && { rootCertificates: rootCertificates.map(certificateOf) }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
  };
}

function certificateOf(given: string): string | Uint8Array {
  return given.includes('-----BEGIN') ? given : new Uint8Array(Buffer.from(given, 'base64'));
}

export function presentStarted({ expiresAt, ...rest }: BootstrapStarted): z.output<typeof bootstrapStartedSchema> {
  return { ...rest, expiresAt: expiresAt.toISOString() };
}

export function presentPreview({ document, ...rest }: BootstrapPreview): z.output<typeof bootstrapPreviewSchema> {
  return { ...rest, xml: document.xml, wbxml: Buffer.from(document.wbxml).toString('hex') };
}

export function presentStatus(
  device: string,
  { bootstrap, push }: BootstrapStatus,
): z.output<typeof bootstrapStatusSchema> {
  return {
    deviceId: device,
    state: bootstrap.state,
    ...(bootstrap.at === undefined ? {} : { at: bootstrap.at.toISOString() }),
    ...(push === undefined
      ? {}
      : {
          push: {
            id: push.pushId,
            state: push.state,
            attempts: push.attempts,
            ...(push.reason === undefined ? {} : { reason: push.reason }),
            partsAccepted: push.parts.length,
          },
        }),
  };
}

export const NEW_BOOTSTRAP_EXAMPLE: z.input<typeof newBootstrapSchema> = {
  security: 'USERPIN',
  pin: '1234',
  name: 'Acme device management',
  connection: { name: 'Acme Internet', apn: 'internet.acme.example' },
};

export const BOOTSTRAP_STARTED_EXAMPLE: z.output<typeof bootstrapStartedSchema> = {
  pushId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  partCount: 5,
  expiresAt: '2026-02-07T12:00:00.000Z',
};

export const BOOTSTRAP_PREVIEW_EXAMPLE: z.output<typeof bootstrapPreviewSchema> = {
  profile: 'cp',
  version: '1.1',
  security: 'USERPIN',
  partCount: 5,
  xml: '<wap-provisioningdoc version="1.1">…</wap-provisioningdoc>',
  wbxml: '030b6a00…',
};

export const BOOTSTRAP_STATUS_EXAMPLE: z.output<typeof bootstrapStatusSchema> = {
  deviceId: 'IMEI:493005100592800',
  state: 'pending',
  at: '2026-01-31T12:00:00.000Z',
  push: { id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a', state: 'sent', attempts: 1, partsAccepted: 5 },
};
