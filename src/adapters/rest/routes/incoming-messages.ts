import { z } from 'zod';
import type { IncomingMessages } from '../../../services/incoming-messages.ts';
import { defineRoute, type Route } from '../route.ts';
import { pageParameters, text } from '../schemas/fields.ts';
import { INCOMING_MESSAGE_EXAMPLE, incomingMessagePage, presentIncomingMessage } from '../schemas/incoming-message.ts';

export function incomingMessageRoutes(incoming: IncomingMessages): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/incoming-messages',
      operationId: 'listIncomingMessages',
      tag: 'Links',
      summary: 'Messages from phones, newest first',
      description: 'An SMSC is told that it may forget a message only when it stands here. Kept for 30 days.',
      query: z.strictObject({
        ...pageParameters,
        source: text(30)
          .exactOptional()
          .meta({ description: 'Who sent it, as the SMSC wrote it.', examples: ['491701234567'] }),
        linkId: text(100)
          .exactOptional()
          .meta({ description: 'Over this link only.', examples: ['0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a'] }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: {
            mediaType: 'application/json',
            schema: incomingMessagePage,
            example: { items: [INCOMING_MESSAGE_EXAMPLE] },
          },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await incoming.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentIncomingMessage) } };
      },
    }),
  ];
}
