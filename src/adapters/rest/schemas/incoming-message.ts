import { z } from 'zod';
import type { IncomingMessage } from '../../../services/ports/incoming-message-store.ts';
import { instant, pageOf, uuid } from './fields.ts';

export const incomingMessageSchema = z
  .strictObject({
    id: uuid,
    linkId: z.string().meta({ description: 'The link it came over.' }),
    source: z.string().meta({ description: 'As the SMSC wrote it.' }),
    destination: z.string(),
    text: z.string().exactOptional().meta({ description: 'When its coding says that it is text.' }),
    body: z.string().meta({ description: 'The octets after the header, in base64.' }),
    header: z.string().exactOptional().meta({ description: 'The user data header, in base64.' }),
    dataCoding: z.int().meta({ description: 'SMPP data_coding.' }),
    receivedAt: instant,
  })
  .meta({ id: 'IncomingMessage' });

export const incomingMessagePage = pageOf(incomingMessageSchema, 'IncomingMessagePage');

export function presentIncomingMessage(message: IncomingMessage): z.output<typeof incomingMessageSchema> {
  const { id, linkId, source, destination, udh, body, dataCoding, receivedAt } = message;
  const text = textOf(body, dataCoding);
  return {
    id,
    linkId,
    source,
    destination,
    ...(text === undefined ? {} : { text }),
    body: Buffer.from(body).toString('base64'),
    ...(udh.length === 0 ? {} : { header: Buffer.from(udh).toString('base64') }),
    dataCoding,
    receivedAt: receivedAt.toISOString(),
  };
}

/** By data_coding (SMPP 3.4 section 5.2.19); the SMSC's own alphabet (0) only where every reading of it agrees. */
function textOf(octets: Uint8Array, dataCoding: number): string | undefined {
  const body = Buffer.from(octets);
  const plain = /^[\n\r -~]*$/;
  switch (dataCoding) {
    case 0:
    case 1: {
      const text = body.toString('latin1');
      return plain.test(text) ? text : undefined;
    }
    case 3:
      return body.toString('latin1');
    case 8:
      return body.length % 2 === 0 ? new TextDecoder('utf-16be').decode(body) : undefined;
    default:
      return undefined;
  }
}

export const INCOMING_MESSAGE_EXAMPLE: z.output<typeof incomingMessageSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6d',
  linkId: 'omadm@smsc.example:2775',
  source: '491701234567',
  destination: '12345',
  text: 'STOP',
  body: 'U1RPUA==',
  dataCoding: 0,
  receivedAt: '2026-01-31T12:00:00.000Z',
};
