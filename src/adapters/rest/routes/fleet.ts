import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Device } from '../../../domain/device.ts';
import type { Fleet } from '../../../services/fleet.ts';
import { CSV_HEAD, deviceCsvLine } from '../device-lines/device-columns.ts';
import { defineRoute, type Route } from '../route.ts';
import { DEVICE_EXAMPLE, devicePage, presentDevice } from '../schemas/device.ts';
import { pageLimit } from '../schemas/fields.ts';
import {
  deviceCountSchema,
  deviceQuery,
  longCursor,
  sort,
  tagOrderSchema,
  tagOutcomeSchema,
} from '../schemas/fleet.ts';

const FILTER_PROBLEMS = ['filter-invalid', 'filter-unknown'] as const;

/** Devices as a fleet. They come before those of one device: `count` is a word here, not a deviceId. */
export function fleetRoutes(fleet: Fleet): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/devices',
      operationId: 'listDevices',
      tag: 'Devices',
      summary: 'List devices, newest first unless told',
      description:
        'Nobody is kept waiting: where few devices of a large fleet fit a filter that has no index, a page has what was found in ' +
        'a moment, and says how many were looked through (`searched`). Go on while there is a `nextCursor`.',
      query: z.strictObject({
        limit: pageLimit,
        cursor: longCursor.exactOptional(),
        ...deviceQuery,
        sort: sort.exactOptional(),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: devicePage, example: { items: [DEVICE_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid', ...FILTER_PROBLEMS],
      handle: async ({ query: { limit, cursor, sort: order, ...query } }) => {
        const page = await fleet.list(query, order, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentDevice) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/count',
      operationId: 'countDevices',
      tag: 'Devices',
      summary: 'How many devices there are',
      description:
        'Counted where that is quick or asked for (`exact=true`), estimated otherwise; the answer says which.',
      query: z.strictObject({
        ...deviceQuery,
        exact: z
          .enum(['true', 'false'], { error: 'Expected "true" or "false".' })
          .exactOptional()
          .meta({ description: '`true`: count, however long that takes.', examples: ['true'] }),
      }),
      responses: {
        200: {
          description: 'The number.',
          content: {
            mediaType: 'application/json',
            schema: deviceCountSchema,
            example: { count: 12, kind: 'exact' },
          },
        },
      },
      problems: FILTER_PROBLEMS,
      handle: async ({ query: { exact, ...query } }) => ({
        status: 200,
        body: await fleet.count(query, exact === 'true'),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/export',
      operationId: 'exportDevices',
      tag: 'Devices',
      summary: 'All devices, or those a filter holds of, as a file',
      description:
        'Oldest first, read as they are sent. The file can be imported; passwords and nonces are not in it. In CSV, what a ' +
        'spreadsheet would take for a formula has an apostrophe before it, which an import takes away.',
      query: z.strictObject({
        ...deviceQuery,
        format: z
          .enum(['csv', 'ndjson'], { error: 'Expected "csv" or "ndjson".' })
          .default('csv')
          .meta({ description: 'CSV unless told.', examples: ['ndjson'] }),
      }),
      responses: {
        200: {
          description: 'The devices, a line each.',
          content: { mediaType: 'text/csv', example: `${CSV_HEAD}\nIMEI:493005100592800,+491701234567\n` },
          alternatives: [{ mediaType: 'application/x-ndjson', example: `${JSON.stringify(DEVICE_EXAMPLE)}\n` }],
          headers: { 'Content-Disposition': 'A name for the file.' },
        },
      },
      problems: FILTER_PROBLEMS,
      handle: async ({ query: { format, ...query } }) => {
        const batches = await fleet.export(query);
        return {
          status: 200,
          headers: { 'Content-Disposition': `attachment; filename="devices.${format}"` },
          contentType: format === 'csv' ? 'text/csv' : 'application/x-ndjson',
          body: Readable.from(format === 'csv' ? csvOf(batches) : ndjsonOf(batches), { objectMode: false }),
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/devices/tags',
      operationId: 'tagDevices',
      tag: 'Devices',
      summary: 'Put tags on many devices, or take tags off them',
      description:
        'Works through some 50,000 devices a request, a thousand at a time: what was changed stays changed, whatever becomes of ' +
        'the rest. With a `nextCursor` in the answer there are more. The same once more changes nothing.',
      body: {
        kind: 'json',
        schema: tagOrderSchema,
        examples: { pilots: { filter: 'man==Example;mod=in=(One,Two)', add: ['pilot'], remove: ['candidate'] } },
      },
      idempotent: true,
      responses: {
        200: {
          description: 'What was changed.',
          content: {
            mediaType: 'application/json',
            schema: tagOutcomeSchema,
            example: { changed: 120, refused: 0 },
          },
        },
      },
      problems: ['cursor-invalid', ...FILTER_PROBLEMS],
      handle: async ({ body: { filter, filterId, add = [], remove = [], cursor } }) => {
        const query = { ...(filter !== undefined && { filter }), ...(filterId !== undefined && { filterId }) };
        const order = { add, remove, ...(cursor !== undefined && { cursor }) };
        return { status: 200, body: await fleet.tag(query, order) };
      },
    }),
  ];
}

async function* csvOf(batches: AsyncIterable<readonly Device[]>): AsyncGenerator<string> {
  yield `${CSV_HEAD}\n`;
  for await (const batch of batches) yield `${batch.map(deviceCsvLine).join('\n')}\n`;
}

async function* ndjsonOf(batches: AsyncIterable<readonly Device[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    yield `${batch.map((device) => JSON.stringify(presentDevice(device))).join('\n')}\n`;
  }
}
