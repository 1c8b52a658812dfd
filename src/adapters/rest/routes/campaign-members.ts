import { z } from 'zod';
import type { Campaigns } from '../../../services/campaigns.ts';
import { isDeviceId } from '../../../services/identifiers.ts';
import type { CampaignMember } from '../../../services/ports/campaign-store.ts';
import { splitCsvLine, unguarded } from '../device-lines/csv.ts';
import { splitLines } from '../device-lines/split-lines.ts';
import { HttpProblem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { idOf } from '../schemas/fields.ts';

const byId = z.strictObject({ id: idOf('the campaign') });
/** Refused lines that are named; of the others there is the number. */
const NAMED_REFUSALS = 100;
const PORTION = 1_000;
const MAX_VALUE = 2_048;

const listSchema = z
  .strictObject({
    taken: z.int(),
    repeated: z.int().meta({ description: 'Lines whose device was in the list already.' }),
    refused: z.int(),
    refusals: z.array(z.strictObject({ line: z.int(), reason: z.string() })).meta({ description: 'The first 100.' }),
  })
  .meta({ id: 'CampaignList' });

export function campaignMemberRoutes(campaigns: Campaigns): readonly Route[] {
  return [
    defineRoute({
      method: 'put',
      path: '/api/v1/campaigns/{id}/members',
      operationId: 'putCampaignMembers',
      tag: 'Campaigns',
      summary: "Put a file in place of a draft's list of devices",
      description:
        'A line a device; the head names the columns: `deviceId`, and any others are variables of the document. An empty cell ' +
        'says nothing. Good lines count, bad ones are told. Of a file that breaks off the list has what came: put it again.',
      params: byId,
      body: { kind: 'stream', examples: { 'text/csv': 'deviceId,apn\nIMEI:493005100592800,internet.example\n' } },
      responses: {
        200: {
          description: 'What became of the lines.',
          content: {
            mediaType: 'application/json',
            schema: listSchema,
            example: { taken: 1, repeated: 0, refused: 0, refusals: [] },
          },
        },
      },
      problems: ['campaign-unknown', 'campaign-state', 'campaign-faulty'],
      handle: async ({ params, upload, principal }) => {
        const reader = new MemberReader();
        await campaigns.removeMembers(params.id, principal);
        let taken = 0;
        for await (const portion of reader.portions(upload.octets)) {
          taken += await campaigns.addMembers(params.id, portion, principal);
        }
        const { good, refused, refusals } = reader;
        return { status: 200, body: { taken, repeated: good - taken, refused, refusals } };
      },
    }),
  ];
}

/** Lines as members, portion by portion. */
class MemberReader {
  good = 0;
  refused = 0;
  readonly refusals: { readonly line: number; readonly reason: string }[] = [];
  #columns: readonly string[] | undefined;
  #delimiter = ',';

  async *portions(octets: AsyncIterable<Uint8Array>): AsyncGenerator<readonly CampaignMember[]> {
    let portion: CampaignMember[] = [];
    for await (const lines of splitLines(octets)) {
      for (const { line, text, reason } of lines) {
        if (text === undefined) this.#refuse(line, reason ?? 'it cannot be read');
        else if (this.#columns === undefined) this.#readHead(text);
        else if (text.trim() !== '') {
          const member = this.#memberOf(line, text, this.#columns);
          if (member !== undefined) portion.push(member);
        }
        if (portion.length === PORTION) {
          yield portion;
          portion = [];
        }
      }
    }
    if (portion.length > 0) yield portion;
  }

  #readHead(text: string): void {
    this.#delimiter = /[,;\t]/.exec(text)?.[0] ?? ',';
    const names = splitCsvLine(text, this.#delimiter);
    if (!('reason' in names)) {
      const columns = names.map((name) => (name.trim().toLowerCase() === 'deviceid' ? 'deviceId' : name.trim()));
      if (columns.includes('deviceId') && new Set(columns).size === columns.length) {
        this.#columns = columns;
        return;
      }
    }
    throw new HttpProblem(
      'request-invalid',
      'The first line has to name each column once, and "deviceId" among them.',
      {
        members: { errors: [{ in: 'body', pointer: '', detail: 'The head of the file names no column "deviceId".' }] },
      },
    );
  }

  #memberOf(line: number, text: string, columns: readonly string[]): CampaignMember | undefined {
    const fields = splitCsvLine(text, this.#delimiter);
    if ('reason' in fields) return this.#refuse(line, `column ${fields.column}: ${fields.reason}`);
    if (fields.length > columns.length) return this.#refuse(line, 'more fields than the head has columns');
    const cells = columns.map((name, index) => [name, unguarded((fields[index] ?? '').trim())] as const);
    const deviceId = cells.find(([name]) => name === 'deviceId')?.[1] ?? '';
    if (!isDeviceId(deviceId)) return this.#refuse(line, 'no deviceId');
    const variables = cells.filter(([name, value]) => name !== 'deviceId' && value !== '');
    if (variables.some(([, value]) => value.length > MAX_VALUE)) {
      return this.#refuse(line, `a value of more than ${MAX_VALUE} characters`);
    }
    this.good += 1;
    return { deviceId, ...(variables.length > 0 && { variables: Object.fromEntries(variables) }) };
  }

  #refuse(line: number, reason: string): undefined {
    this.refused += 1;
    if (this.refusals.length < NAMED_REFUSALS) this.refusals.push({ line, reason });
    return undefined;
  }
}
