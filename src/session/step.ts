import type { DmVersion } from '../syncml/message.ts';
import { STATUS } from '../syncml/status-codes.ts';
import { versionOf } from '../syncml/version.ts';
import { accountOfSession } from './account-of-session.ts';
import { authenticateClient } from './authenticate-client.ts';
import { close } from './closing.ts';
import { converse, NOTHING_OUT } from './converse.ts';
import { accept, open, refuse } from './opening.ts';
import type { SessionInput } from './session-input.ts';
import type { Dialogue, SessionState } from './session-state.ts';
import type { StepResult } from './step-result.ts';
import { suitDeliveries } from './suit-deliveries.ts';
import { Turn } from './turn.ts';

export const INITIAL_STATE: SessionState = { phase: 'awaitingPackage1' };

/** Octets; a header and its Status alone take nearly that. */
const SMALLEST_MESSAGE = 256;

/**
 * The DM session engine (OMA-TS-DM_Protocol, 8: packages 1 to 4). Pure: the same state and input give the same
 * result. Exactly one `reply` effect comes out of every step.
 *
 * | state | the device's message | reply | next state |
 * |---|---|---|---|
 * | any | VerDTD / VerProto unknown | 505 / 513 | closed (protocol-error) |
 * | awaitingPackage1, challenging, closed | no credentials, or wrong ones | 407 / 401 + Chal, a Status a command | challenging |
 * | challenging | wrong for the third time, or not of the kind asked for | 401 / 407 + Chal | closed (client-not-authenticated) |
 * | awaitingPackage1, challenging, closed | right credentials, no Final | 212, statuses, alert 1222 | receivingPackage1 |
 * | awaitingPackage1, challenging, closed, receivingPackage1 | right credentials, Final | our Cred, 212, statuses, commands | managing |
 * | … | … and nothing is queued | 212, statuses, Final | closed (completed) |
 * | managing | answers, no Final | statuses, alert 1222 | managing |
 * | managing | answers, Final, more is queued | statuses, next commands | managing |
 * | managing | answers, Final, the statuses leave no room for a command | statuses, no Final | managing |
 * | managing | answers, Final, nothing is left | statuses, Final | closed (completed) |
 * | managing | 213 for a piece of a large object | its next piece, Final with the last | managing |
 * | managing | 424 for an object, or alert 1225 about it, for the first time | its first piece again | managing |
 * | managing | another refusal of a piece | statuses, next commands | managing |
 * | managing | Final in the middle of a value | statuses, alert 1225, next commands if there are any | managing |
 * | managing | 401 / 407 for our header | our Cred with the new nonce, the same commands | managing |
 * | managing | … for the third time, or for a kind too weak | alert 1223 | closed (server-not-authenticated) |
 * | receivingPackage1, managing | it has to prove every message, and this one is not proven | 407 / 401 + Chal | challenging |
 * | receivingPackage1, managing | … but of another kind than before | 401 + Chal | closed (client-not-authenticated) |
 * | receivingPackage1, managing | alert 1223 | statuses | closed (aborted-by-device) |
 *
 * A repeated message never gets here: its stored reply is sent again.
 */
export function step(state: SessionState, given: SessionInput): StepResult {
  const version = versionOf(given.message.header);
  const spoken = 'version' in state ? state.version : version;
  const deliveries = spoken === undefined ? given.deliveries : suitDeliveries(given.deliveries, spoken);
  const input = { ...given, deliveries, account: accountOfSession(given.account, state) };
  const turn = new Turn(input);
  if (state.phase === 'receivingPackage1' || state.phase === 'managing') turn.proveAs(state);
  if (version === undefined) return refuseVersion(turn, state);
  switch (state.phase) {
    case 'awaitingPackage1':
    case 'closed':
      return open(turn, dialogueOf(turn, version), undefined);
    case 'challenging':
      return open(turn, carryOn(turn, state), state);
    case 'receivingPackage1':
    case 'managing': {
      const dialogue = carryOn(turn, state);
      if (state.clientAuth === 'everyMessage') {
        const { clientKind: only = 'hmac' } = state;
        const verdict = authenticateClient(input, { only });
        if (verdict.kind !== 'accepted') return refuse(turn, dialogue, verdict, { asked: only });
        accept(turn, verdict, true);
      } else {
        if (input.account.client.previousNonce !== undefined) turn.do({ kind: 'retirePreviousClientNonce' });
        turn.headerStatus(STATUS.ok);
      }
      return converse(turn, dialogue, state.phase === 'managing' ? state : { ...NOTHING_OUT, ...state }, false);
    }
  }
}

function dialogueOf(turn: Turn, version: DmVersion): Dialogue {
  return withLimits(turn, {
    version,
    serverMsgId: msgIdBefore(turn),
    serverAuth: { standing: 'unproven', refusals: 0 },
  });
}

/**
 * Our numbers begin with the device's: one that goes on counting where we know nothing of what came before (its session
 * has ended, or it was answered without a trace of it) would take a second message 1 for the first one come again.
 */
function msgIdBefore(turn: Turn): number {
  const { msgId } = turn.input.message.header;
  return /^[1-9]\d{0,8}$/.test(msgId) ? Number(msgId) - 1 : 0;
}

function carryOn(turn: Turn, state: Dialogue): Dialogue {
  const { version, serverMsgId, maxMsgSize, maxObjSize, serverAuth, clientAuth, clientKind, generation, idle } = state;
  return withLimits(turn, {
    version,
    serverMsgId,
    serverAuth,
    ...(maxMsgSize !== undefined && { maxMsgSize }),
    ...(maxObjSize !== undefined && { maxObjSize }),
    ...(clientAuth !== undefined && { clientAuth }),
    ...(clientKind !== undefined && { clientKind }),
    ...(generation !== undefined && { generation }),
    ...(idle !== undefined && { idle }),
  });
}

/** The device may name its limits in any header; the newest ones count. */
function withLimits(turn: Turn, dialogue: Dialogue): Dialogue {
  const meta = turn.input.message.header.meta;
  if (meta?.maxMsgSize === undefined && meta?.maxObjSize === undefined) return dialogue;
  const takesMessages = meta.maxMsgSize === undefined || meta.maxMsgSize >= SMALLEST_MESSAGE;
  if (!takesMessages) turn.note(`a MaxMsgSize of ${meta.maxMsgSize} octets holds no message and is passed over`);
  return {
    ...dialogue,
    ...(meta.maxMsgSize !== undefined && takesMessages && { maxMsgSize: meta.maxMsgSize }),
    ...(meta.maxObjSize !== undefined && { maxObjSize: meta.maxObjSize }),
  };
}

function refuseVersion(turn: Turn, state: SessionState): StepResult {
  const { header, commands } = turn.input.message;
  const code =
    header.verDtd === '1.1' || header.verDtd === '1.2'
      ? STATUS.protocolVersionNotSupported
      : STATUS.dtdVersionNotSupported;
  turn.note(
    `VerDTD ${JSON.stringify(header.verDtd)} with VerProto ${JSON.stringify(header.verProto)} is not spoken here`,
  );
  turn.headerStatus(code);
  for (const command of commands) turn.status(command, code);
  const serverMsgId = 'serverMsgId' in state ? state.serverMsgId : msgIdBefore(turn);
  const version = header.verDtd === '1.2' ? '1.2' : '1.1';
  return close(turn, { version, serverMsgId, serverAuth: { standing: 'unproven', refusals: 0 } }, 'protocol-error', []);
}
