import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Objects } from '../../../services/objects.ts';
import { defineRoute, type Route } from '../route.ts';
import { idOf } from '../schemas/fields.ts';

export function objectRoutes(objects: Objects): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/objects/{id}',
      operationId: 'getObject',
      tag: 'Objects',
      summary: 'A large value of a device',
      description:
        'The octets of a value that a device has sent in pieces. Results of deliveries and nodes of trees name it as ' +
        '`object`. The media type is what the device calls it; text is UTF-8.',
      params: z.strictObject({ id: idOf('the value') }),
      responses: {
        200: {
          description: 'All of it.',
          content: { mediaType: '*/*', schema: z.string().meta({ format: 'binary' }), example: 'octets' },
          headers: { 'Content-Length': 'Octets.', 'Content-Disposition': 'Always `attachment`.' },
        },
      },
      problems: ['object-unknown'],
      handle: async ({ params }) => {
        const { mediaType, size, octets } = await objects.get(params.id);
        return {
          status: 200,
          headers: {
            'Content-Length': String(size),
            // What a device calls HTML is not to be run as ours.
            'Content-Disposition': 'attachment',
            'Content-Security-Policy': 'sandbox',
          },
          body: Readable.from(octets, { objectMode: false }),
          contentType: mediaType,
        };
      },
    }),
  ];
}
