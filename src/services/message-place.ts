import { authenticateClient } from '../session/authenticate-client.ts';
import type { SessionInput } from '../session/session-input.ts';
import { ALERT } from '../syncml/alert-codes.ts';
import type { Message } from '../syncml/message.ts';
import { versionOf } from '../syncml/version.ts';
import type { SessionContext, StoredSession } from './ports/session-store.ts';

/** The reply to a session's last message is repeated this long; later the same numbers mean a new session. */
const REPEAT_CLOSED_MS = 5 * 60_000;

/** Where a message stands in what was said before. */
export type MessagePlace =
  | { readonly kind: 'next'; readonly session: StoredSession | undefined }
  | { readonly kind: 'repeat'; readonly session: StoredSession }
  | { readonly kind: 'stale'; readonly session: StoredSession }
  /** It would end a session that is going on, and does not prove who sent it; or it speaks a version that nobody does. */
  | { readonly kind: 'doubtful'; readonly session: StoredSession };

/**
 * Is this message the next one of its session, one that was answered before, an old one, or the first of a new session?
 * Devices may use one SessionID again and again, so the number alone does not tell.
 */
export function placeOf(
  message: Message,
  hmac: SessionInput['hmac'],
  context: SessionContext,
  now: Date,
): MessagePlace {
  const { session } = context;
  if (session === undefined) return { kind: 'next', session: undefined };
  const { msgId } = message.header;
  const opens = message.commands.some(
    (command) =>
      command.name === 'Alert' && (command.code === ALERT.serverInitiated || command.code === ALERT.clientInitiated),
  );
  const repeated = msgId === session.lastMsgId;
  if (session.state.phase === 'closed') {
    const recent = now.getTime() - session.lastMessageAt.getTime() < REPEAT_CLOSED_MS;
    const somethingNew = opens && context.deliveries.length > 0;
    return repeated && recent && !somethingNew ? { kind: 'repeat', session } : { kind: 'next', session: undefined };
  }
  // It is answered 505 or 513, and the session goes on as if it had not come.
  if (versionOf(message.header) === undefined) return { kind: 'doubtful', session };
  // A device may start over after a challenge and count from 1 again: then its credentials are good now.
  if (repeated && session.state.phase === 'challenging' && provesItself(message, hmac, context, session.state.nonce)) {
    return { kind: 'next', session };
  }
  if (repeated) return { kind: 'repeat', session };
  if (Number(msgId) >= Number(session.lastMsgId)) return { kind: 'next', session };
  if (!opens) return { kind: 'stale', session };
  // The device starts over, or somebody repeats what it said: only credentials that are good now tell.
  const isProven = provesItself(message, hmac, context, '');
  return isProven ? { kind: 'next', session: undefined } : { kind: 'doubtful', session };
}

function provesItself(
  message: Message,
  hmac: SessionInput['hmac'],
  { device }: SessionContext,
  nonce: string,
): boolean {
  const input = { message, account: device.account, ...(hmac !== undefined && { hmac }) };
  const challengeNonce = nonce === '' ? undefined : Buffer.from(nonce, 'base64');
  return authenticateClient(input, { challengeNonce }).kind === 'accepted';
}
