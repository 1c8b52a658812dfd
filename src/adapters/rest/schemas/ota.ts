import { z } from 'zod';
import { MAX_PUSH_PRIORITY, PUSH_STATES } from '../../../domain/push.ts';
import { PUSH_KINDS, type PushKind, pushKind } from '../../../provisioning/push/push-kinds.ts';
import type { OtaAnswer, OtaOrder, OtaPreview, OtaStarted } from '../../../services/ota.ts';
import type { OtaContent } from '../../../services/ota-document.ts';
import { type RecipientOrder, readRecipients } from '../../../services/ota-recipients.ts';
import { OTA_SOURCES, type OtaOutcome, type OtaReport, type OtaSend } from '../../../services/ports/ota-store.ts';
import { SECURITY_NAMES } from '../../../services/push-security.ts';
import { instant, pageOf, uuid } from './fields.ts';
import { otaSettingsSchema } from './ota-settings.ts';

export const MAX_RECIPIENTS = 10_000;
const MAX_DOCUMENT = 64 * 1024;
const MAX_VALUE = 2_048;
const MAX_FIELD = 255;

const field = z.string({ error: 'Expected text.' }).max(MAX_FIELD, `Expected at most ${MAX_FIELD} characters.`);
const pin = field.meta({
  writeOnly: true,
  description: 'Digits that the user is told by other means; with USERNETWPIN also `IMSI:PIN`. Never kept.',
});
const variables = z
  .record(z.string().max(64), z.string({ error: 'Expected text.' }).max(MAX_VALUE), {
    error: 'Expected an object of texts.',
  })
  .meta({
    writeOnly: true,
    description:
      'Values for `{{…}}` of an OMA CP document. `deviceId`, `imei`, `imsi`, `msisdn` and `serverId` are known where the ' +
      'recipient or its record has them.',
  });

const content = {
  settings: otaSettingsSchema.exactOptional(),
  packageId: uuid.exactOptional().meta({ description: 'A stored package of kind `cp` or `push`.' }),
  document: z
    .string({ error: 'Expected text.' })
    .max(MAX_DOCUMENT, `Expected at most ${MAX_DOCUMENT} characters.`)
    .exactOptional()
    .meta({ description: 'XML; its root element says which kind of push it is.' }),
};

const security = z.enum(SECURITY_NAMES, { error: `Expected one of ${SECURITY_NAMES.join(', ')}.` }).meta({
  description:
    'What the MAC of an OMA CP document is keyed by: a PIN that the user types (USERPIN), the IMSI (NETWPIN), both ' +
    '(USERNETWPIN), or a PIN that carries the MAC in its second half (USERPINMAC).',
});

type GivenContent = { readonly [Name in keyof typeof content]?: z.output<(typeof content)[Name]> };

function oneContent(given: GivenContent, context: z.core.$RefinementCtx): void {
  const names = (['settings', 'packageId', 'document'] as const).filter((name) => given[name] !== undefined);
  if (names.length !== 1) {
    context.addIssue({ code: 'custom', path: [], message: 'Expected one of "settings", "packageId" and "document".' });
  }
}

export const newOtaPreviewSchema = z
  .strictObject(
    {
      ...content,
      variables: variables.exactOptional(),
      security: z.strictObject({ type: security }, { error: 'Expected an object with a "type".' }).exactOptional(),
    },
    { error: 'Expected an object.' },
  )
  .superRefine(oneContent)
  .meta({ id: 'NewOtaPreview', description: 'One of `settings`, `packageId` and `document`.' });

const recipient = z.union(
  [
    field.meta({ description: 'A phone number.' }),
    z.strictObject({
      msisdn: field.exactOptional(),
      deviceId: field.exactOptional().meta({ description: 'Of a registered device, whose number and IMSI are taken.' }),
      imsi: field.exactOptional().meta({ writeOnly: true }),
      pin: pin.exactOptional(),
      variables: variables.exactOptional(),
    }),
  ],
  { error: 'Expected a phone number, or an object with "msisdn" or "deviceId", "imsi", "pin" and "variables".' },
);

export const newOtaSchema = z
  .strictObject(
    {
      ...content,
      variables: variables.exactOptional(),
      recipients: z.union(
        [
          z.string().meta({
            description:
              'Phone numbers separated by commas, semicolons or line ends; or CSV whose first line names the columns: ' +
              '`msisdn` or `deviceId`, `imsi`, `pin`, and variables of the document.',
          }),
          z.array(recipient).max(MAX_RECIPIENTS, `Expected at most ${MAX_RECIPIENTS} recipients.`),
        ],
        { error: 'Expected a text or a list.' },
      ),
      security: z
        .strictObject(
          {
            type: security,
            pin: pin.exactOptional().meta({ description: 'For recipients without one of their own.' }),
          },
          { error: 'Expected an object with a "type".' },
        )
        .exactOptional()
        .meta({ description: 'None unless told.' }),
      priority: z
        .int({ error: `Expected a whole number from 0 to ${MAX_PUSH_PRIORITY}.` })
        .min(0)
        .max(MAX_PUSH_PRIORITY)
        .exactOptional()
        .meta({
          description: 'The highest leaves first; ordinary (5) for one recipient and 2 for several unless told.',
        }),
      expiresAt: instant.exactOptional().meta({ description: 'Until then the pushes are tried.' }),
    },
    { error: 'Expected an object.' },
  )
  .superRefine(oneContent)
  .superRefine(({ security: { type = 'none', pin: forAll } = {} }, context) => {
    if (forAll === undefined || !(type === 'none' || type === 'NETWPIN')) return;
    const message =
      type === 'none' ? 'The security "none" takes no PIN.' : 'NETWPIN is keyed by the IMSI and takes no PIN.';
    context.addIssue({ code: 'custom', path: ['security', 'pin'], message });
  })
  .transform((order, context) => {
    const recipients = recipientsOf(order.recipients);
    if (typeof recipients === 'string') {
      context.addIssue({ code: 'custom', path: ['recipients'], message: recipients });
      return z.NEVER;
    }
    return { ...order, recipients };
  })
  .meta({ id: 'NewOta', description: 'One of `settings`, `packageId` and `document`, and to whom.' });

function recipientsOf(given: string | readonly (string | RecipientOrder)[]): readonly RecipientOrder[] | string {
  const reading =
    typeof given === 'string'
      ? readRecipients(given)
      : ({ ok: true, recipients: given.map((one) => (typeof one === 'string' ? { msisdn: one } : one)) } as const);
  if (!reading.ok) return reading.reason;
  const { recipients } = reading;
  if (recipients.length === 0) return 'Expected at least one recipient.';
  if (recipients.length > MAX_RECIPIENTS) return `Expected at most ${MAX_RECIPIENTS} recipients.`;
  return recipients;
}

function contentOf({ settings, packageId, document }: GivenContent): OtaContent {
  if (settings !== undefined) return { settings };
  return packageId !== undefined ? { packageId } : { document: document ?? '' };
}

export function otaPreviewOrder(body: z.output<typeof newOtaPreviewSchema>) {
  const { variables: values, security: { type = 'none' } = {} } = body;
  return { content: contentOf(body), security: type, ...(values === undefined ? {} : { variables: values }) };
}

export function otaOrder(body: z.output<typeof newOtaSchema>): OtaOrder {
  const { security: { type = 'none', pin: forAll } = {}, variables: values, recipients, priority, expiresAt } = body;
  return {
    content: contentOf(body),
    security: type,
    recipients,
    ...(forAll === undefined ? {} : { pin: forAll }),
    ...(values === undefined ? {} : { variables: values }),
    ...(priority === undefined ? {} : { priority }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
  };
}

export const newManualSchema = z
  .strictObject({ settings: otaSettingsSchema }, { error: 'Expected an object.' })
  .meta({ id: 'NewOtaManual' });

const documentKind = z.enum(PUSH_KINDS.map(({ kind }) => kind) as [PushKind, ...PushKind[]]);

export const otaPreviewSchema = z
  .strictObject({
    documentKind,
    contentType: z.string(),
    port: z.int().meta({ description: 'The destination port of the user data header.' }),
    applicationId: z.int().exactOptional().meta({ description: 'X-Wap-Application-Id, where the push has one.' }),
    xml: z.string(),
    wbxmlHex: z.string().exactOptional().meta({ description: 'Absent for a document that is sent as XML.' }),
    parts: z.int().meta({ description: 'How many short messages it takes.' }),
    missingVariables: z
      .array(z.string())
      .readonly()
      .meta({ description: 'Variables without a value; they stand in the document as they are.' }),
  })
  .meta({ id: 'OtaPreview' });

export function presentOtaPreview(preview: OtaPreview): z.output<typeof otaPreviewSchema> {
  const { document, xml, body, partCount, missing } = preview;
  const { mediaType, port, applicationId, wbxml } = pushKind(document.kind);
  return {
    documentKind: document.kind,
    contentType: mediaType,
    port,
    ...(applicationId === undefined ? {} : { applicationId }),
    xml,
    ...(wbxml === undefined ? {} : { wbxmlHex: Buffer.from(body).toString('hex') }),
    parts: partCount,
    missingVariables: missing,
  };
}

const recipientName = z.string().meta({ description: 'The number or deviceId, as it was given.' });
const refused = z.string().meta({ description: 'Why nothing goes to it.' });

const otaAnswerSchema = z
  .strictObject({
    recipient: recipientName,
    pushId: z.string().exactOptional(),
    parts: z.int().exactOptional().meta({ description: 'How many short messages it takes.' }),
    pinSuffix: z
      .string()
      .exactOptional()
      .meta({ description: 'With USERPINMAC: what the user types after the PIN. Told only here.' }),
    refused: refused.exactOptional(),
  })
  .meta({ id: 'OtaAnswer', description: 'A recipient with a push, or with a reason why there is none.' });

export const otaStartedSchema = z
  .strictObject({
    id: uuid,
    expiresAt: instant,
    recipients: z.array(otaAnswerSchema),
    manual: z
      .string()
      .exactOptional()
      .meta({ description: 'Where the settings are as text, for devices that take no provisioning.' }),
  })
  .meta({ id: 'OtaStarted' });

export function presentAnswer(answer: OtaAnswer): z.output<typeof otaAnswerSchema> {
  if ('refused' in answer) return answer;
  const { partCount, ...rest } = answer;
  return { ...rest, parts: partCount };
}

export function presentOtaStarted({
  id,
  expiresAt,
  recipients,
  hasManual,
}: OtaStarted): z.output<typeof otaStartedSchema> {
  return {
    id,
    expiresAt: expiresAt.toISOString(),
    recipients: recipients.map(presentAnswer),
    ...(hasManual ? { manual: `/api/v1/ota/${id}/manual` } : {}),
  };
}

const sendFields = {
  id: uuid,
  source: z.enum(OTA_SOURCES).meta({ description: 'What the document was made of.' }),
  packageId: uuid.exactOptional(),
  documentKind,
  security: z.enum(SECURITY_NAMES),
  recipientCount: z.int(),
  refusedCount: z.int(),
  createdAt: instant,
  expiresAt: instant,
};

export const otaSendSchema = z
  .strictObject(sendFields)
  .meta({ id: 'OtaSend', description: 'A document that was sent to one or many.' });
export const otaSendPage = pageOf(otaSendSchema, 'OtaSendPage');

export const otaReportSchema = z
  .strictObject({
    ...sendFields,
    states: z
      .partialRecord(z.enum(PUSH_STATES), z.int())
      .readonly()
      .meta({ description: 'How many of the pushes are in which state.' }),
    recipients: z.array(
      z
        .strictObject({
          recipient: recipientName,
          refused: refused.exactOptional(),
          pushId: z.string().exactOptional(),
          state: z.enum(PUSH_STATES).exactOptional().meta({ description: 'Of the push; absent when it is gone.' }),
          reason: z.string().exactOptional().meta({ description: 'Why the push was put back, or ended.' }),
          updatedAt: instant.exactOptional(),
        })
        .meta({ id: 'OtaOutcome' }),
    ),
    nextCursor: z.string().exactOptional().meta({ description: 'Absent on the last page of recipients.' }),
  })
  .meta({ id: 'OtaReport' });

export function presentOtaSend(send: OtaSend): z.output<typeof otaSendSchema> {
  const { id, source, packageId, documentKind: kind, security: method, recipientCount, refusedCount } = send;
  return {
    id,
    source,
    ...(packageId === undefined ? {} : { packageId }),
    documentKind: kind,
    security: method,
    recipientCount,
    refusedCount,
    createdAt: send.createdAt.toISOString(),
    expiresAt: send.expiresAt.toISOString(),
  };
}

export function presentOtaReport(
  report: OtaReport,
  outcomes: { readonly items: readonly OtaOutcome[]; readonly nextCursor?: string },
): z.output<typeof otaReportSchema> {
  const { items, nextCursor } = outcomes;
  return {
    ...presentOtaSend(report),
    states: report.states,
    recipients: items.map(({ updatedAt, ...rest }) => ({
      ...rest,
      ...(updatedAt === undefined ? {} : { updatedAt: updatedAt.toISOString() }),
    })),
    ...(nextCursor === undefined ? {} : { nextCursor }),
  };
}
