import { z } from 'zod';
import { type KnownTrees, MAX_NODES_AT_ONCE } from '../../../services/known-trees.ts';
import { TNDS_XML } from '../../../syncml/serialised-tree.ts';
import { defineRoute, type Route } from '../route.ts';
import { DEVICE_EXAMPLE, presentTree, treeSchema } from '../schemas/device.ts';
import { byDeviceId, text } from '../schemas/fields.ts';

function wholeNumber(least: number, most: number) {
  const error = `Expected a whole number from ${least} to ${most}.`;
  return z
    .string()
    .regex(/^[0-9]{1,5}$/, error)
    .transform(Number)
    .refine((value) => value >= least && value <= most, error)
    .exactOptional();
}

const TNDS_EXAMPLE = `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Man</NodeName>
<Path>./DevInfo</Path><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>
<Value>Example</Value></Node></MgmtTree>`;

export function deviceTreeRoutes(trees: KnownTrees): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/{deviceId}/tree',
      operationId: 'getDeviceTree',
      tag: 'Tree',
      summary: 'The last known values of its management tree',
      description:
        `All of them, up to ${MAX_NODES_AT_ONCE}; what is more comes in pages. As a serialised tree (TNDS) where the request ` +
        `would rather have \`${TNDS_XML}\`, or says \`format=tnds\`; that is always whole.`,
      params: byDeviceId,
      query: z.strictObject({
        root: text(2048)
          .exactOptional()
          .meta({ description: 'This node and what is below it.', examples: ['./DevDetail'] }),
        depth: wholeNumber(0, 64).meta({ description: 'Levels below the root; 0 is the root alone.', examples: ['2'] }),
        limit: wholeNumber(1, MAX_NODES_AT_ONCE).meta({
          description: `Nodes at most; ${MAX_NODES_AT_ONCE} unless told.`,
          examples: ['100'],
        }),
        cursor: text(8_192).exactOptional().meta({ description: '`nextCursor` of the page before.' }),
        format: z
          .enum(['json', 'tnds'], { error: 'Expected "json" or "tnds".' })
          .exactOptional()
          .meta({ description: '`tnds`: as XML; `Accept` says it, too.' }),
      }),
      responses: {
        200: {
          description: 'In LocURI order.',
          content: {
            mediaType: 'application/json',
            schema: treeSchema,
            example: {
              deviceId: DEVICE_EXAMPLE.deviceId,
              nodes: [{ locUri: './DevInfo/Man', value: 'Example', format: 'chr', at: '2026-01-31T12:05:00.000Z' }],
            },
          },
          alternatives: [{ mediaType: TNDS_XML, example: TNDS_EXAMPLE }],
        },
      },
      problems: ['device-unknown', 'loc-uri-unsuitable', 'cursor-invalid', 'tree-unknown', 'tree-too-large'],
      handle: async ({ params: { deviceId }, query: { format, ...query }, preferred }) => {
        if (format === 'tnds' || (format === undefined && preferred(['application/json', TNDS_XML]) === TNDS_XML)) {
          const { root, depth } = query;
          const part = { ...(root !== undefined && { root }), ...(depth !== undefined && { depth }) };
          return {
            status: 200,
            body: await trees.serialised(deviceId, part),
            contentType: TNDS_XML,
            headers: { Vary: 'Accept', 'Content-Security-Policy': "default-src 'none'; sandbox" },
          };
        }
        const tree = presentTree(deviceId, await trees.read(deviceId, query));
        return { status: 200, body: tree, headers: { Vary: 'Accept' } };
      },
    }),
  ];
}
