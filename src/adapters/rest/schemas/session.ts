import { z } from 'zod';
import type { SessionRecord } from '../../../services/ports/session-store.ts';
import type { SpokenMessage } from '../../../services/sessions.ts';
import type { SessionState } from '../../../session/session-state.ts';
import { deviceId, instant, pageOf, uuid } from './fields.ts';

export const PHASES = [
  'awaitingPackage1',
  'challenging',
  'receivingPackage1',
  'managing',
  'closed',
] as const satisfies readonly SessionState['phase'][];

export const sessionSchema = z
  .strictObject({
    id: uuid,
    deviceId,
    dmSessionId: z.string().meta({ description: 'The SessionID of the messages.' }),
    phase: z.enum(PHASES),
    openedAt: instant,
    lastMessageAt: instant,
    closedAt: instant.exactOptional(),
    closeReason: z.string().exactOptional(),
    authFailure: z
      .strictObject({
        side: z.enum(['device', 'server']).meta({ description: 'Whose credentials did not do.' }),
        kind: z.enum(['basic', 'md5', 'hmac']).exactOptional().meta({
          description: 'What was shown or, when nothing was, asked for; absent: something unknown.',
        }),
        why: z.string(),
      })
      .exactOptional()
      .meta({ description: 'Why credentials did not do, in a session that ended over them or is being challenged.' }),
    notes: z.array(z.string()).readonly().exactOptional().meta({
      description:
        'What was odd in it, in words, oldest first: messages and answers that were refused or passed over, and why.',
    }),
  })
  .meta({ id: 'Session', description: 'One DM session with a device.' });

export const sessionPage = pageOf(sessionSchema, 'SessionPage');

const messageSchema = z
  .strictObject({
    direction: z.enum(['device', 'server']).meta({ description: 'Who said it.' }),
    msgId: z.string(),
    encoding: z.enum(['wbxml', 'xml']).meta({ description: 'As it went over the wire.' }),
    wireSize: z.int().min(0).meta({ description: 'Octets over the wire.' }),
    version: z.enum(['1.1', '1.2']),
    at: instant,
    xml: z.string().meta({ description: 'Indented XML, credentials masked.' }),
    wbxml: z
      .string()
      .meta({ description: 'The same as WBXML in hexadecimal, credentials masked; also of a message that was XML.' }),
    statuses: z
      .array(
        z
          .strictObject({
            command: z.string().meta({ description: 'What is answered.' }),
            locUri: z.string().exactOptional(),
            code: z.int(),
            meaning: z.string().meta({ description: 'The code in plain words.' }),
          })
          .meta({ id: 'SpokenStatus' }),
      )
      .readonly()
      .meta({ description: 'The answers in it, in order.' }),
  })
  .meta({ id: 'SessionMessage' });

export const messagePage = pageOf(messageSchema, 'SessionMessagePage');

export function presentSession(session: SessionRecord): z.output<typeof sessionSchema> {
  const { id, dmSessionId, phase, closedAt, closeReason, authFailure, notes } = session;
  return {
    id,
    deviceId: session.deviceId,
    dmSessionId,
    phase,
    openedAt: session.openedAt.toISOString(),
    lastMessageAt: session.lastMessageAt.toISOString(),
    ...(closedAt === undefined ? {} : { closedAt: closedAt.toISOString() }),
    ...(closeReason === undefined ? {} : { closeReason }),
    ...(authFailure === undefined ? {} : { authFailure }),
    ...(notes === undefined ? {} : { notes }),
  };
}

export function presentMessage(message: SpokenMessage): z.output<typeof messageSchema> {
  const { direction, msgId, encoding, wireSize, version, at, xml, wbxml, statuses } = message;
  return {
    direction,
    msgId,
    encoding,
    wireSize,
    version,
    at: at.toISOString(),
    xml,
    wbxml: Buffer.from(wbxml).toString('hex'),
    statuses,
  };
}

export const SESSION_EXAMPLE: z.output<typeof sessionSchema> = {
  id: '0198c5a5-1111-7f6e-8f1c-6a5b4c3d2e1f',
  deviceId: 'IMEI:493005100592800',
  dmSessionId: '11',
  phase: 'closed',
  openedAt: '2026-01-31T12:00:03.000Z',
  lastMessageAt: '2026-01-31T12:00:05.000Z',
  closedAt: '2026-01-31T12:00:05.000Z',
  closeReason: 'completed',
};

export const MESSAGE_EXAMPLE: z.output<typeof messageSchema> = {
  direction: 'device',
  msgId: '1',
  encoding: 'wbxml',
  wireSize: 412,
  version: '1.1',
  at: '2026-01-31T12:00:03.000Z',
  xml: '<SyncML xmlns="SYNCML:SYNCML1.1">\n  <SyncHdr>…</SyncHdr>\n</SyncML>',
  wbxml: '030000030100…',
  statuses: [{ command: 'Get', locUri: './DevInfo/Man', code: 200, meaning: 'OK. Done.' }],
};
