import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Campaigns } from '../../../services/campaigns.ts';
import type { CampaignAnswer, CampaignResult } from '../../../services/ports/campaign-store.ts';
import { joinCsvLine } from '../device-lines/csv.ts';
import { defineRoute, type Route } from '../route.ts';
import { idOf } from '../schemas/fields.ts';

const byId = z.strictObject({ id: idOf('the campaign') });
const CSV = 'text/csv';

const RESULT_COLUMNS = ['deviceId', 'wave', 'state', 'attempts', 'reason', 'failures', 'deliveryId', 'at'] as const;
const ANSWER_COLUMNS = ['deviceId', 'locUri', 'value', 'format', 'at'] as const;

/** What goes out line by line, however long it is. */
export function campaignExportRoutes(campaigns: Campaigns): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/results',
      operationId: 'exportCampaignResults',
      tag: 'Campaigns',
      summary: 'What came of every device, as CSV',
      description:
        'One line a device (RFC 4180). `failures` has what was refused: command, LocURI and status, separated by blanks; ' +
        'several by semicolons. The list breaks off when the database goes away in the middle of it.',
      params: byId,
      responses: {
        200: {
          description: 'The lines, the first of which names the columns.',
          content: {
            mediaType: CSV,
            example:
              `${RESULT_COLUMNS.join(',')}\r\nIMEI:493005100592800,1,failed,2,command-refused,Replace ./Vendor/Apn 404,` +
              '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6c,2026-01-31T12:20:00.000Z\r\n',
          },
        },
      },
      problems: ['campaign-unknown'],
      handle: async ({ params }) => ({
        status: 200,
        contentType: `${CSV}; charset=utf-8`,
        body: csv(RESULT_COLUMNS, await campaigns.results(params.id), resultFields),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/campaigns/{id}/report',
      operationId: 'exportCampaignReport',
      tag: 'Campaigns',
      summary: 'What the devices answered to a tree query, as CSV',
      description: 'One line a node of every device that has answered: its last known value, and from when that is.',
      params: byId,
      responses: {
        200: {
          description: 'The lines, the first of which names the columns.',
          content: {
            mediaType: CSV,
            example:
              `${ANSWER_COLUMNS.join(',')}\r\n` +
              'IMEI:493005100592800,./DevDetail/FwV,1.0.7,chr,2026-01-31T12:20:00.000Z\r\n',
          },
        },
      },
      problems: ['campaign-unknown', 'campaign-faulty'],
      handle: async ({ params }) => ({
        status: 200,
        contentType: `${CSV}; charset=utf-8`,
        body: csv(ANSWER_COLUMNS, await campaigns.report(params.id), answerFields),
      }),
    }),
  ];
}

function resultFields({ deviceId, wave, state, attempt, reason, failures, deliveryId, at }: CampaignResult): string[] {
  const refused = failures.map(({ command, locUri, status }) => `${command} ${locUri} ${status}`).join('; ');
  return [deviceId, String(wave), state, String(attempt), reason ?? '', refused, deliveryId ?? '', at.toISOString()];
}

function answerFields({ deviceId, locUri, value, format, at }: CampaignAnswer): string[] {
  return [deviceId, locUri, value ?? '', format ?? '', at.toISOString()];
}

/** Portions become one chunk each; the next one is asked for when the client has taken it. */
function csv<T>(
  columns: readonly string[],
  portions: AsyncIterable<readonly T[]>,
  fieldsOf: (item: T) => readonly string[],
): Readable {
  async function* lines(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${joinCsvLine(columns)}\r\n`);
    for await (const portion of portions) {
      if (portion.length > 0) yield Buffer.from(portion.map((item) => `${joinCsvLine(fieldsOf(item))}\r\n`).join(''));
    }
  }
  return Readable.from(lines(), { objectMode: false, highWaterMark: 65_536 });
}
