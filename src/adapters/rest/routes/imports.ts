import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Imports } from '../../../services/imports.ts';
import type { RefusedLine } from '../../../services/ports/import-store.ts';
import { joinCsvLine } from '../device-lines/csv.ts';
import { defineRoute, type Route } from '../route.ts';
import { idOf, pageParameters } from '../schemas/fields.ts';
import {
  CSV_EXAMPLE,
  IMPORT_EXAMPLE,
  importPage,
  importPolicy,
  importSchema,
  NDJSON_EXAMPLE,
  presentImport,
  REFUSED_LINE_EXAMPLE,
  refusalPage,
} from '../schemas/import.ts';

const byId = z.strictObject({ id: idOf('the import') });
/** Refused lines that an import's own answer names. */
const NAMED_REFUSALS = 20;

const oneImport = {
  description: 'The import.',
  content: { mediaType: 'application/json', schema: importSchema, example: IMPORT_EXAMPLE },
};

const IMPORT_PATH = '/api/v1/devices/import';
const CAMPAIGN_LIST = /^\/api\/v1\/campaigns\/[^/]+\/members$/;

/** Whether a request may take longer than others to come in. */
export function isLongUpload({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): boolean {
  const [path = ''] = url.split('?', 1);
  return (method === 'POST' && path === IMPORT_PATH) || (method === 'PUT' && CAMPAIGN_LIST.test(path));
}

export function importRoutes(imports: Imports): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: IMPORT_PATH,
      operationId: 'importDevices',
      tag: 'Devices',
      summary: 'Register and change devices by a file',
      description:
        'A line a device, as CSV (its head names the columns) or NDJSON (as a registration or a change), at most 64 KiB a line; ' +
        'gzip is taken. An empty cell says nothing. The file is kept until it is here whole; one that breaks off changes nothing. ' +
        'Then it is worked in by itself: good lines count, bad ones are reported with their number. Credentials of a new device that ' +
        'are left out are made; nonces of a registered one count only together with other changed credentials. The same file once more ' +
        'changes nothing.',
      query: z.strictObject({ policy: importPolicy }),
      body: { kind: 'stream', examples: { 'text/csv': CSV_EXAMPLE, 'application/x-ndjson': NDJSON_EXAMPLE } },
      idempotent: true,
      responses: { 202: { ...oneImport, headers: { Location: 'Where to ask how far it is.' } } },
      problems: ['import-too-large'],
      handle: async ({ query: { policy }, upload, principal }) => {
        const format = upload.mediaType === 'text/csv' ? 'csv' : 'ndjson';
        const made = await imports.receive({ format, policy, createdBy: principal.name }, upload.octets);
        return { status: 202, headers: { Location: `/api/v1/imports/${made.id}` }, body: presentImport(made) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/imports',
      operationId: 'listImports',
      tag: 'Devices',
      summary: 'List imports, newest first',
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: importPage, example: { items: [IMPORT_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor } }) => {
        const page = await imports.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map((one) => presentImport(one)) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/imports/{id}',
      operationId: 'getImport',
      tag: 'Devices',
      summary: 'How far an import is',
      params: byId,
      responses: { 200: oneImport },
      problems: ['import-unknown'],
      handle: async ({ params: { id } }) => {
        const found = await imports.get(id);
        const { items } = await imports.refusals(id, { limit: NAMED_REFUSALS });
        return { status: 200, body: presentImport(found, items) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/imports/{id}/refusals',
      operationId: 'listRefusedLines',
      tag: 'Devices',
      summary: 'The lines that were refused, and why',
      params: byId,
      query: z.strictObject(pageParameters),
      responses: {
        200: {
          description: 'A page, in the order of lines.',
          content: { mediaType: 'application/json', schema: refusalPage, example: { items: [REFUSED_LINE_EXAMPLE] } },
        },
      },
      problems: ['import-unknown', 'cursor-invalid'],
      handle: async ({ params: { id }, query: { limit, cursor } }) => ({
        status: 200,
        body: await imports.refusals(id, { limit, ...(cursor === undefined ? {} : { cursor }) }),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/imports/{id}/report',
      operationId: 'getImportReport',
      tag: 'Devices',
      summary: 'All the lines that were refused, as a file',
      params: byId,
      responses: {
        200: {
          description: 'All of them.',
          content: {
            mediaType: 'text/csv',
            example: `line,deviceId,reason\n${reportLine(REFUSED_LINE_EXAMPLE)}\n`,
          },
          headers: { 'Content-Disposition': 'A name for the file.' },
        },
      },
      problems: ['import-unknown'],
      handle: async ({ params: { id } }) => ({
        status: 200,
        headers: { 'Content-Disposition': `attachment; filename="import-${id}-refused.csv"` },
        contentType: 'text/csv',
        body: Readable.from(reportOf(await imports.allRefusals(id)), { objectMode: false }),
      }),
    }),
  ];
}

async function* reportOf(batches: AsyncIterable<readonly RefusedLine[]>): AsyncGenerator<string> {
  yield 'line,deviceId,reason\n';
  for await (const batch of batches) yield `${batch.map(reportLine).join('\n')}\n`;
}

function reportLine({ line, deviceId, reason }: RefusedLine): string {
  return joinCsvLine([String(line), deviceId, reason]);
}
