import type { SessionInput } from '../session/session-input.ts';
import { weighAccounts } from '../session/weigh-accounts.ts';
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
  | { readonly kind: 'doubtful'; readonly session: StoredSession; readonly isRefused: boolean };

/** A message, and what came with it. */
export interface Said extends Pick<SessionInput, 'message' | 'hmac' | 'minAuth'> {
  /** Of the body, as in `Reply.answered`; asked for only where it matters. */
  readonly bodyHash: () => string;
}

/**
 * Is this message the next one of its session, one that was answered before, an old one, or the first of a new session?
 * Devices may use one SessionID again and again, so the number alone does not tell.
 */
export function placeOf(said: Said, context: SessionContext, now: Date): MessagePlace {
  const { message } = said;
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
    const somethingNew = (opens && context.deliveries.length > 0) || isOtherAttempt(said, session);
    return repeated && recent && !somethingNew ? { kind: 'repeat', session } : { kind: 'next', session: undefined };
  }
  // It is answered 505 or 513, and the session goes on as if it had not come.
  if (versionOf(message.header) === undefined) return { kind: 'doubtful', session, isRefused: false };
  // A device may start over after a challenge and count from 1 again, now with credentials or with other ones.
  if (repeated && session.state.phase === 'challenging' && isOtherAttempt(said, session)) {
    return { kind: 'next', session };
  }
  if (repeated) return { kind: 'repeat', session };
  if (Number(msgId) >= Number(session.lastMsgId)) return { kind: 'next', session };
  if (!opens) return { kind: 'stale', session };
  // The device starts over, or somebody repeats what it said: only credentials that are good now tell.
  const { verdict } = weighAccounts({ ...said, account: context.device.account });
  if (verdict.kind === 'accepted') return { kind: 'next', session: undefined };
  return { kind: 'doubtful', session, isRefused: verdict.kind === 'refused' };
}

/**
 * Whether a message goes on with a session in which the device has proven itself. Every other one stands or falls by its
 * own credentials.
 */
export function isUnderWay({ header }: Message, session: StoredSession | undefined): boolean {
  const phase = session?.state.phase;
  const isOpen = phase === 'receivingPackage1' || phase === 'managing';
  return isOpen && Number(header.msgId) >= Number(session?.lastMsgId);
}

/** A message with the number of one that was refused, and with credentials: the same octets are a repeat of it. */
function isOtherAttempt({ message, hmac, bodyHash }: Said, { lastReply, state }: StoredSession): boolean {
  if (hmac === undefined && message.header.cred === undefined) return false;
  const { answered } = lastReply;
  return answered === undefined ? state.phase === 'challenging' : answered !== bodyHash();
}
