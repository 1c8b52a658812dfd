import { z } from 'zod';
import { describeSettings } from '../../../provisioning/ota/describe-settings.ts';
import type { Ota } from '../../../services/ota.ts';
import { defineRoute, type Route, type RouteReply } from '../route.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';
import {
  newManualSchema,
  newOtaPreviewSchema,
  newOtaSchema,
  otaOrder,
  otaPreviewOrder,
  otaPreviewSchema,
  otaReportSchema,
  otaSendPage,
  otaStartedSchema,
  presentOtaPreview,
  presentOtaReport,
  presentOtaSend,
  presentOtaStarted,
} from '../schemas/ota.ts';
import {
  OTA_PREVIEW_EXAMPLE,
  OTA_REPORT_EXAMPLE,
  OTA_SEND_EXAMPLE,
  OTA_STARTED_EXAMPLE,
  SETTINGS_EXAMPLE,
} from '../schemas/ota-examples.ts';

const byId = z.strictObject({ id: idOf('the send') });
const JSON_TYPE = 'application/json';
const CONTENT_PROBLEMS = [
  'package-unknown',
  'package-kind-unsuitable',
  'package-faulty',
  'variables-unknown',
  'security-unsuitable',
] as const;
const MANUAL = {
  description: 'The settings, section by section. Passwords stand in it.',
  content: { mediaType: 'text/plain', example: describeSettings(SETTINGS_EXAMPLE) },
};

export function otaRoutes(ota: Ota): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/ota/preview',
      operationId: 'previewOta',
      tag: 'OTA',
      summary: 'What would be sent',
      description: 'Stores nothing. No PIN is needed: the number of short messages is that with any.',
      body: {
        kind: 'json',
        schema: newOtaPreviewSchema,
        examples: {
          settings: { settings: SETTINGS_EXAMPLE, security: { type: 'NETWPIN' } },
          document: { document: '<sl href="http://www.operator.example/"/>' },
        },
      },
      responses: {
        200: {
          description: 'The document, as XML and as it is encoded.',
          content: { mediaType: JSON_TYPE, schema: otaPreviewSchema, example: OTA_PREVIEW_EXAMPLE },
        },
      },
      problems: [...CONTENT_PROBLEMS, 'variables-unsuitable', 'push-too-large'],
      handle: async ({ body }) => ({
        status: 200,
        body: presentOtaPreview(await ota.preview(otaPreviewOrder(body))),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/ota',
      operationId: 'sendOta',
      tag: 'OTA',
      summary: 'Send settings, or any document that is pushed, to one or many',
      description:
        'Every recipient is checked before anything is stored. Those with nothing wrong get the document, and the answer ' +
        'says why the others do not. PINs and IMSIs are used and forgotten.',
      body: {
        kind: 'json',
        schema: newOtaSchema,
        examples: {
          numbers: { settings: SETTINGS_EXAMPLE, recipients: '+491701234567, +491701234568' },
          pins: {
            settings: SETTINGS_EXAMPLE,
            recipients: [
              { msisdn: '+491701234567', pin: '1234' },
              { deviceId: 'IMEI:493005100592800', pin: '5678' },
            ],
            security: { type: 'USERNETWPIN' },
          },
          csv: {
            packageId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
            recipients: 'msisdn,imsi,apn\n+491701234567,262011234567890,internet.operator.example\n',
            security: { type: 'NETWPIN' },
          },
        },
      },
      idempotent: true,
      responses: {
        202: {
          description: 'The pushes are in the queue.',
          content: { mediaType: JSON_TYPE, schema: otaStartedSchema, example: OTA_STARTED_EXAMPLE },
          headers: { Location: 'Where the outcomes are.' },
        },
      },
      problems: [...CONTENT_PROBLEMS, 'ota-nobody', 'expiry-past'],
      handle: async ({ body }) => {
        const started = await ota.send(otaOrder(body));
        return {
          status: 202,
          headers: { Location: `/api/v1/ota/${started.id}` },
          body: presentOtaStarted(started),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ota',
      operationId: 'listOta',
      tag: 'OTA',
      summary: 'List what was sent, newest first',
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: JSON_TYPE, schema: otaSendPage, example: { items: [OTA_SEND_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor } }) => {
        const page = await ota.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentOtaSend) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ota/{id}',
      operationId: 'getOta',
      tag: 'OTA',
      summary: 'What came of a send, recipient by recipient',
      params: byId,
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'The send, how many pushes are in which state, and a page of its recipients.',
          content: { mediaType: JSON_TYPE, schema: otaReportSchema, example: OTA_REPORT_EXAMPLE },
        },
      },
      problems: ['ota-unknown', 'cursor-invalid'],
      handle: async ({ params, query: { limit, cursor } }) => {
        const { report, outcomes } = await ota.get(params.id, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: presentOtaReport(report, outcomes) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ota/{id}/manual',
      operationId: 'getOtaManual',
      tag: 'OTA',
      role: 'operator',
      summary: 'The settings as text, for a human to type in',
      description: 'For devices that take no provisioning. Only for settings: what a document said is not kept.',
      params: byId,
      responses: { 200: MANUAL },
      problems: ['ota-unknown', 'manual-impossible'],
      handle: async ({ params }) => manual(await ota.manual(params.id)),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/ota/manual',
      operationId: 'describeOtaSettings',
      tag: 'OTA',
      summary: 'Settings as text, without sending them',
      body: { kind: 'json', schema: newManualSchema, examples: { settings: { settings: SETTINGS_EXAMPLE } } },
      responses: { 200: MANUAL },
      handle: async ({ body }) => manual(describeSettings(body.settings)),
    }),
  ];
}

function manual(text: string): RouteReply {
  return {
    status: 200,
    body: text,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'Cache-Control': 'no-store' },
  };
}
