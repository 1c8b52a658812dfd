import type { DmVersion, Message } from '../syncml/message.ts';
import { STATUS } from '../syncml/status-codes.ts';
import type { SessionInput } from './session-input.ts';
import { Turn } from './turn.ts';

/**
 * The reply to a message older than the one answered last: 400 for it and for every command in it. Nothing is taken
 * from it and the session stays as it is.
 */
export function refuseStale(input: SessionInput, version: DmVersion, serverMsgId: number): Message {
  const turn = new Turn(input);
  turn.headerStatus(STATUS.badRequest);
  for (const command of input.message.commands) turn.status(command, STATUS.badRequest);
  return turn.compose({
    version,
    msgId: serverMsgId,
    withCred: false,
    announceLimits: false,
    requests: [],
    final: true,
  });
}
