import { STATUS } from '../syncml/status-codes.ts';
import { accountOfSession } from './account-of-session.ts';
import type { Effect } from './effect.ts';
import type { SessionInput } from './session-input.ts';
import type { SessionState } from './session-state.ts';
import { Turn } from './turn.ts';

/**
 * The reply to a message older than the one answered last: 400 for it and for every command in it. Nothing is taken
 * from it and the session stays as it is.
 */
export function refuseStale(given: SessionInput, state: SessionState): Extract<Effect, { kind: 'reply' }> {
  const turn = new Turn({ ...given, account: accountOfSession(given.account, state) });
  if (state.phase === 'receivingPackage1' || state.phase === 'managing') turn.proveAs(state);
  turn.headerStatus(STATUS.badRequest);
  for (const command of given.message.commands) turn.status(command, STATUS.badRequest);
  const message = turn.compose({
    version: 'version' in state ? state.version : '1.1',
    msgId: 'serverMsgId' in state ? state.serverMsgId : 1,
    withCred: false,
    announceLimits: false,
    requests: [],
    final: true,
  });
  return turn.replyWith(message);
}
