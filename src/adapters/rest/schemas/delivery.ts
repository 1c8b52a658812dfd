import { z } from 'zod';
import { DELIVERY_STATES, type ExecOutcome, FAILURE_POLICIES } from '../../../domain/delivery.ts';
import { UI_MODES, type UiMode } from '../../../services/deliveries.ts';
import type { DeliveryReport, ReportedResult } from '../../../services/delivery-report.ts';
import type { Delivery } from '../../../services/ports/delivery-store.ts';
import { explainStatus } from '../../../syncml/status-codes.ts';
import { deviceId, instant, objectRef, pageOf, text, uuid } from './fields.ts';

const MAX_VARIABLE_LENGTH = 65_536;

/** A value may be a whole certificate: line breaks and tabs are taken too. */
const variableValue = z
  .string({ error: 'Expected text.' })
  .max(MAX_VARIABLE_LENGTH, `Expected at most ${MAX_VARIABLE_LENGTH} characters.`)
  .refine(
    (value) => /^(?:[\t\n\r]|[^\p{Cc}\p{Cs}\uFFFE\uFFFF])*$/u.test(value),
    'Characters that XML cannot hold are not taken.',
  );

export const newDeliverySchema = z
  .strictObject(
    {
      packageId: text(64).meta({ description: 'Of a package of kind `dm`.' }),
      deviceId,
      trigger: z.boolean({ error: 'Expected true or false.' }).exactOptional().meta({
        description:
          'Whether to send Package #0 by SMS. Left out: when the device has an msisdn. `false`: the device is waited for.',
      }),
      uiMode: z
        .enum(Object.keys(UI_MODES) as [UiMode, ...UiMode[]], {
          error: `Expected one of ${Object.keys(UI_MODES).join(', ')}.`,
        })
        .exactOptional()
        .meta({ description: 'What Package #0 asks the device to show its user; `background` unless told.' }),
      variables: z
        .record(
          z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'Expected a name of letters, digits, "_", "." or "-".'),
          variableValue,
          { error: 'Expected an object of texts by name.' },
        )
        .exactOptional()
        .meta({ description: 'Values for the variables of the package, by name. They never come back out.' }),
      onFailure: z
        .enum(FAILURE_POLICIES, { error: `Expected one of ${FAILURE_POLICIES.join(', ')}.` })
        .exactOptional()
        .meta({
          description:
            'What the first failed command does to those after it: `continue` sends them all the same, `stop` sends ' +
            'nothing more. With `stop` each top-level command goes in a message of its own. `continue` unless told.',
        }),
      force: z.boolean({ error: 'Expected true or false.' }).exactOptional().meta({
        description: "Send it even where the device's description says that parts of it will be refused.",
      }),
      expiresAt: instant.exactOptional().meta({ description: 'Until then the delivery waits for the device.' }),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'NewDelivery' });

const deliveryFields = {
  id: uuid,
  packageId: uuid,
  package: z.strictObject({ name: z.string(), revision: z.int().min(1) }),
  campaignId: uuid.exactOptional().meta({ description: 'Of the campaign that ordered it.' }),
  deviceId,
  state: z.enum(DELIVERY_STATES),
  progress: z
    .strictObject({ done: z.int().min(0), sent: z.int().min(0), total: z.int().min(0) })
    .meta({ description: 'Top-level commands that the device has answered, that were sent, and how many there are.' }),
  onFailure: z.enum(FAILURE_POLICIES),
  triggerSessionId: z.int().min(1).max(0xffff).exactOptional().meta({ description: 'The session id in Package #0.' }),
  failure: z
    .strictObject({ code: z.string(), message: z.string() })
    .exactOptional()
    .meta({ description: 'Why it ended other than by success.' }),
  createdAt: instant,
  updatedAt: instant,
  expiresAt: instant,
  endedAt: instant.exactOptional(),
};

const outcomeSchema = z
  .strictObject({
    state: z.enum(['pending', 'reported']),
    correlator: z.string().meta({ description: 'What the alert about it carries.' }),
    type: z.string().exactOptional(),
    format: z.string().exactOptional(),
    mark: z.string().exactOptional(),
    data: z.string().exactOptional().meta({ description: 'Base64 when `format` is `b64` or `bin`, text otherwise.' }),
    at: instant.exactOptional(),
  })
  .meta({
    id: 'ExecOutcome',
    description: 'What became of an Exec that the device answered 202: `pending` until its alert has come.',
  });

const resultSchema = z
  .strictObject({
    path: z
      .array(z.int().min(0))
      .readonly()
      .meta({ description: 'Place in the package, from 0; `[3, 0]` is the first command inside the fourth.' }),
    item: z.int().min(0).meta({ description: 'Which Item of the command, from 0.' }),
    command: z.string(),
    locUri: z.string(),
    outcome: z.enum(['answered', 'unanswered', 'not-sent']).meta({
      description: '`not-sent`: the delivery ended before it came to this command; the device has never seen it.',
    }),
    status: z.int().exactOptional().meta({ description: 'Absent: the device has not answered.' }),
    statusText: z.string().meta({ description: 'The status, or that there is none, in plain words.' }),
    data: z.string().exactOptional(),
    format: z.string().exactOptional(),
    type: z.string().exactOptional(),
    execOutcome: outcomeSchema.exactOptional(),
    object: objectRef.exactOptional(),
  })
  .meta({ id: 'CommandResult' });

export const deliverySchema = z.strictObject(deliveryFields).meta({ id: 'Delivery' });

export const deliveryWithResultsSchema = z
  .strictObject({
    ...deliveryFields,
    results: z.array(resultSchema),
    pushes: z
      .array(
        z
          .strictObject({ id: uuid, state: z.string(), attempts: z.int().min(0), updatedAt: instant })
          .meta({ id: 'TriggerPush' }),
      )
      .meta({ description: 'The trigger messages, newest first.' }),
  })
  .meta({ id: 'DeliveryWithResults' });

export const deliveryPage = pageOf(deliverySchema, 'DeliveryPage');

export function presentDelivery(delivery: Delivery): z.output<typeof deliverySchema> {
  const { id, packageId, campaignId, deviceId: device, state, triggerSessionId, failure, endedAt } = delivery;
  return {
    id,
    packageId,
    package: { name: delivery.package.name, revision: delivery.package.revision },
    ...(campaignId === undefined ? {} : { campaignId }),
    deviceId: device,
    state,
    progress: { done: delivery.position, sent: delivery.sent, total: delivery.commandCount },
    onFailure: delivery.onFailure,
    ...(triggerSessionId === undefined ? {} : { triggerSessionId }),
    ...(failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } }),
    createdAt: delivery.createdAt.toISOString(),
    updatedAt: delivery.updatedAt.toISOString(),
    expiresAt: delivery.expiresAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  };
}

export function presentDeliveryWithResults(delivery: DeliveryReport): z.output<typeof deliveryWithResultsSchema> {
  return {
    ...presentDelivery(delivery),
    results: delivery.results.map(presentResult),
    pushes: delivery.pushes.map(({ id, state, attempts, updatedAt }) => ({
      id,
      state,
      attempts,
      updatedAt: updatedAt.toISOString(),
    })),
  };
}

function presentResult(result: ReportedResult): z.output<typeof resultSchema> {
  const { path, item, command, locUri, outcome, status, data, format, type, execOutcome, object } = result;
  return {
    path,
    item,
    command,
    locUri,
    outcome,
    ...(status === undefined ? {} : { status }),
    statusText: statusText(result),
    ...(data === undefined ? {} : { data }),
    ...(format === undefined ? {} : { format }),
    ...(type === undefined ? {} : { type }),
    ...(execOutcome === undefined ? {} : { execOutcome: presentOutcome(execOutcome) }),
    ...(object === undefined ? {} : { object: { id: object.id, size: object.size } }),
  };
}

function statusText({ outcome, status, sentBefore }: ReportedResult): string {
  if (status === undefined) {
    return outcome === 'not-sent'
      ? 'The delivery ended before this command was sent.'
      : 'The device has not answered this command.';
  }
  const words = explainStatus(status);
  return sentBefore === true
    ? `${words} It was sent before, in a session that was lost, so this counts as done.`
    : words;
}

function presentOutcome(outcome: ExecOutcome): z.output<typeof outcomeSchema> {
  return outcome.state === 'pending' ? outcome : { ...outcome, at: outcome.at.toISOString() };
}

export const NEW_DELIVERY_EXAMPLE: z.input<typeof newDeliverySchema> = {
  packageId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  deviceId: 'IMEI:493005100592800',
  trigger: true,
  variables: { apn: 'internet.example' },
};

export const DELIVERY_EXAMPLE: z.output<typeof deliverySchema> = {
  id: '0198c5a5-0a51-7f6e-8f1c-6a5b4c3d2e1f',
  packageId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  package: { name: 'apn', revision: 3 },
  deviceId: 'IMEI:493005100592800',
  state: 'delivering',
  progress: { done: 1, sent: 2, total: 2 },
  onFailure: 'continue',
  triggerSessionId: 17,
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:04.000Z',
  expiresAt: '2026-02-07T12:00:00.000Z',
};

export const DELIVERY_WITH_RESULTS_EXAMPLE: z.output<typeof deliveryWithResultsSchema> = {
  ...DELIVERY_EXAMPLE,
  results: [
    {
      path: [0],
      item: 0,
      command: 'Get',
      locUri: './DevInfo/Man',
      outcome: 'answered',
      status: 200,
      statusText: explainStatus(200),
      data: 'Example',
      format: 'chr',
    },
  ],
  pushes: [
    {
      id: '0198c5a5-0a51-7f6e-8f1c-6a5b4c3d2e20',
      state: 'delivered',
      attempts: 1,
      updatedAt: '2026-01-31T12:00:02.000Z',
    },
  ],
};
