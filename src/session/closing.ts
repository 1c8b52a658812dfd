import { ALERT } from '../syncml/alert-codes.ts';
import type { AlertCommand, Message, RequestCommand } from '../syncml/message.ts';
import type { Moves } from './moves.ts';
import type { AuthFailure, CloseReason, Dialogue, SessionState } from './session-state.ts';
import type { StepResult } from './step-result.ts';
import type { Turn } from './turn.ts';

/** Last message of a session: statuses, perhaps an alert, and Final. */
export function close(
  turn: Turn,
  dialogue: Dialogue,
  reason: CloseReason,
  requests: readonly RequestCommand[],
  moves?: Moves,
  authFailure?: AuthFailure,
  composed?: Message,
): StepResult {
  const parting = (): Message => partingWords(turn, dialogue, reason, requests);
  turn.reply(within(turn, dialogue.maxMsgSize, parting, composed));
  moves?.emit(turn);
  turn.do({ kind: 'closeSession', reason });
  const state: SessionState = { phase: 'closed', reason, ...(authFailure !== undefined && { authFailure }) };
  return { state, effects: turn.effects };
}

export function partingWords(
  turn: Turn,
  { version, serverMsgId, serverAuth }: Dialogue,
  reason: CloseReason,
  requests: readonly RequestCommand[],
): Message {
  return turn.compose({
    version,
    msgId: serverMsgId + 1,
    withCred: reason === 'completed' && serverAuth.standing !== 'proven',
    announceLimits: false,
    requests,
    final: true,
  });
}

/** A reply after which nothing can follow: statuses that make it too large are left out. */
export function within(turn: Turn, maxMsgSize: number | undefined, build: () => Message, reply = build()): Message {
  if (maxMsgSize === undefined || turn.input.sizeOf(reply) <= maxMsgSize) return reply;
  const left = turn.holdBack(() => turn.input.sizeOf(build()) <= maxMsgSize);
  turn.note(`${left.length} statuses find no room in a message of ${maxMsgSize} octets and are left out`);
  return build();
}

/** 1223: the session ends here. */
export function abortAlert(): AlertCommand {
  return { name: 'Alert', cmdId: '', code: ALERT.sessionAbort, items: [] };
}
