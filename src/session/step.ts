import { ALERT } from '../syncml/alert-codes.ts';
import type { AlertCommand, DmVersion, Message, RequestCommand } from '../syncml/message.ts';
import { STATUS } from '../syncml/status-codes.ts';
import { versionOf } from '../syncml/version.ts';
import { authenticateClient, buildChallenge, type ClientVerdict } from './authenticate-client.ts';
import type { Effect } from './effect.ts';
import { hear } from './hear.ts';
import { trackRequests } from './in-flight.ts';
import { largestObject, nextPiece, type Piece } from './large-object.ts';
import { Moves } from './moves.ts';
import { countFitting } from './select-commands.ts';
import type { QueuedDelivery, SessionInput } from './session-input.ts';
import type { Challenging, CloseReason, Dialogue, Managing, SessionState } from './session-state.ts';
import { Turn } from './turn.ts';

export interface StepResult {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

export const INITIAL_STATE: SessionState = { phase: 'awaitingPackage1' };

/** Octets; a header and its Status alone take nearly that. */
const SMALLEST_MESSAGE = 256;
/** Messages in a row that neither end the package nor bring an answer. A package 1 is never this long. */
const MAX_IDLE = 32;
/** Once proven by a MAC, a device stays with it (OMA-TS-DM_Protocol, 9.1). */
const WEAKER_NOW = { kind: 'refused', why: 'the session began with a MAC and goes on without one' } as const;
const NOTHING_OUT = { inFlight: [] } as const;

/** So often a device may come with missing or wrong credentials in one session, and so often it may refuse ours. */
const MAX_REFUSALS = 3;

/**
 * The DM session engine (OMA-TS-DM_Protocol, 8: packages 1 to 4). Pure: the same state and input give the same
 * result. Exactly one `reply` effect comes out of every step.
 *
 * | state | the device's message | reply | next state |
 * |---|---|---|---|
 * | any | VerDTD / VerProto unknown | 505 / 513 | closed (protocol-error) |
 * | awaitingPackage1, challenging, closed | no credentials, or wrong ones | 407 / 401 + Chal, a Status a command | challenging |
 * | challenging | wrong for the third time | 401 / 407 + Chal | closed (client-not-authenticated) |
 * | awaitingPackage1, challenging, closed | right credentials, no Final | 212, statuses, alert 1222 | receivingPackage1 |
 * | awaitingPackage1, challenging, closed, receivingPackage1 | right credentials, Final | our Cred, 212, statuses, commands | managing |
 * | … | … and nothing is queued | 212, statuses, Final | closed (completed) |
 * | managing | answers, no Final | statuses, alert 1222 | managing |
 * | managing | answers, Final, more is queued | statuses, next commands | managing |
 * | managing | answers, Final, nothing is left | statuses, Final | closed (completed) |
 * | managing | 213 for a piece of a large object | its next piece, Final with the last | managing |
 * | managing | 401 / 407 for our header | our Cred with the new nonce, the same commands | managing |
 * | managing | … for the third time | alert 1223 | closed (server-not-authenticated) |
 * | receivingPackage1, managing | its MAC missing or wrong (HMAC accounts prove every message) | 407 / 401 + Chal | challenging |
 * | receivingPackage1, managing | alert 1223 | statuses | closed (aborted-by-device) |
 *
 * A repeated message never gets here: its stored reply is sent again.
 */
export function step(state: SessionState, input: SessionInput): StepResult {
  const turn = new Turn(input);
  const version = versionOf(input.message.header);
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
        const verdict = authenticateClient(input);
        if (verdict.kind !== 'accepted') return refuse(turn, dialogue, verdict, 0);
        if (verdict.type !== 'syncml:auth-MAC') return refuse(turn, dialogue, WEAKER_NOW, 0);
        accept(turn, verdict);
      } else {
        if (input.account.client.previousNonce !== undefined) turn.do({ kind: 'retirePreviousClientNonce' });
        turn.headerStatus(STATUS.ok);
      }
      return converse(turn, dialogue, state.phase === 'managing' ? state : NOTHING_OUT, false);
    }
  }
}

function dialogueOf(turn: Turn, version: DmVersion): Dialogue {
  return withLimits(turn, { version, serverMsgId: 0, serverAuth: { standing: 'unproven', refusals: 0 } });
}

function carryOn(turn: Turn, state: Dialogue): Dialogue {
  const { version, serverMsgId, maxMsgSize, maxObjSize, serverAuth, clientAuth, idle } = state;
  return withLimits(turn, {
    version,
    serverMsgId,
    serverAuth,
    ...(maxMsgSize !== undefined && { maxMsgSize }),
    ...(maxObjSize !== undefined && { maxObjSize }),
    ...(clientAuth !== undefined && { clientAuth }),
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
  const serverMsgId = 'serverMsgId' in state ? state.serverMsgId : 0;
  const version = header.verDtd === '1.2' ? '1.2' : '1.1';
  return close(turn, { version, serverMsgId, serverAuth: { standing: 'unproven', refusals: 0 } }, 'protocol-error', []);
}

/** Package 1, or the part of it that comes first: it has to prove who sent it. */
function open(turn: Turn, dialogue: Dialogue, challenged: Challenging | undefined): StepResult {
  const nonce = challenged?.nonce ?? '';
  const verdict = authenticateClient(turn.input, nonce === '' ? undefined : Buffer.from(nonce, 'base64'));
  if (verdict.kind !== 'accepted') return refuse(turn, dialogue, verdict, challenged?.refusals ?? 0);
  turn.do({ kind: 'deviceProven' });
  accept(turn, verdict);
  const { clientAuth: _, ...rest } = dialogue;
  return converse(
    turn,
    verdict.type === 'syncml:auth-MAC' ? { ...rest, clientAuth: 'everyMessage' } : rest,
    NOTHING_OUT,
    true,
  );
}

/** 212 when the credentials hold for the session; a MAC covers one message, so 200 and the nonce for the next one. */
function accept(turn: Turn, { type, usedNonce }: Extract<ClientVerdict, { kind: 'accepted' }>): void {
  const { nonce } = turn.input;
  if (usedNonce !== undefined) turn.do({ kind: 'renewClientNonce', nonce, previous: usedNonce });
  switch (type) {
    case 'syncml:auth-basic':
      turn.headerStatus(STATUS.authenticated);
      break;
    case 'syncml:auth-md5':
      turn.headerStatus(STATUS.authenticated, buildChallenge('md5', nonce));
      break;
    case 'syncml:auth-MAC':
      turn.provenByMac();
      turn.headerStatus(STATUS.ok, buildChallenge('hmac', nonce));
  }
}

/** 401 or 407 with a challenge, a Status for every command, nothing else (OMA-TS-DM_Protocol, 9.1). */
function refuse(
  turn: Turn,
  dialogue: Dialogue,
  verdict: Exclude<ClientVerdict, { kind: 'accepted' }>,
  refusalsBefore: number,
): StepResult {
  const { message, account, nonce } = turn.input;
  const code = verdict.kind === 'missing' ? STATUS.missingCredentials : STATUS.invalidCredentials;
  if (verdict.kind === 'refused') turn.note(`the device's credentials are refused: ${verdict.why}`);
  // Every challenge brings a new nonce, for the device may hold a stale one (OMA-TS-DM_Security, 5.3.3).
  turn.headerStatus(code, buildChallenge(account.auth, nonce));
  for (const command of message.commands) turn.status(command, code);
  const refusals = refusalsBefore + 1;
  if (refusals >= MAX_REFUSALS) return close(turn, dialogue, 'client-not-authenticated', []);
  const serverMsgId = dialogue.serverMsgId + 1;
  turn.reply(
    turn.compose({
      version: dialogue.version,
      msgId: serverMsgId,
      withCred: false,
      announceLimits: false,
      requests: [],
      final: true,
    }),
  );
  const state: Challenging = {
    ...dialogue,
    phase: 'challenging',
    serverMsgId,
    refusals,
    nonce: account.auth === 'basic' ? '' : Buffer.from(nonce).toString('base64'),
  };
  return { state, effects: turn.effects };
}

/** A message of a device that has proven who it is. */
function converse(
  turn: Turn,
  before: Dialogue,
  { inFlight, incoming }: Pick<Managing, 'inFlight' | 'incoming'>,
  opening: boolean,
): StepResult {
  const heard = hear(turn, before.serverAuth, { inFlight, incoming, opening });
  const { idle: idleBefore = 0, ...rest } = before;
  const sofar: Dialogue = { ...rest, serverAuth: heard.serverAuth };
  const dialogue: Dialogue = { ...sofar, serverMsgId: before.serverMsgId + 1 };
  const moves = new Moves(turn.input.deliveries);
  const { final } = turn.input.message;
  if (final && !heard.aborted && !heard.serverRefused) heard.answers.closePackage();
  const { askedFor } = heard.answers;
  if (!heard.serverRefused) moves.takeAnswers(heard, inFlight, final && !heard.aborted && askedFor === undefined);

  if (heard.aborted) return close(turn, sofar, 'aborted-by-device', [], moves);
  if (heard.headerRefusal !== undefined) {
    turn.note(`the device answered our header ${heard.headerRefusal}`);
    return close(turn, sofar, 'refused-by-device', [abortAlert()], moves);
  }
  if (heard.serverAuth.refusals >= MAX_REFUSALS) {
    return close(turn, sofar, 'server-not-authenticated', [abortAlert()], moves);
  }
  const withCred = heard.serverAuth.standing !== 'proven';
  const compose = (requests: readonly RequestCommand[], replyFinal = true) =>
    turn.compose({
      version: dialogue.version,
      msgId: dialogue.serverMsgId,
      withCred,
      announceLimits: opening,
      requests,
      final: replyFinal,
    });

  /** What was measured last and fits: usually the very reply, which is then neither composed nor encoded again. */
  let fitting: { readonly requests: readonly RequestCommand[]; readonly reply: Message } | undefined;
  const fits = (requests: readonly RequestCommand[]): boolean => {
    if (dialogue.maxMsgSize === undefined) return true;
    const reply = compose(requests);
    if (turn.input.sizeOf(reply) > dialogue.maxMsgSize) return false;
    fitting = { requests, reply };
    return true;
  };
  const pieceLimit = dialogue.maxMsgSize ?? Number.MAX_SAFE_INTEGER;
  /** Sends these commands of a delivery; what is left of a large object follows when the device asks for it. */
  const send = (
    delivery: QueuedDelivery,
    position: number,
    requests: readonly RequestCommand[],
    piece?: Piece,
  ): StepResult => {
    const isMeasured =
      fitting !== undefined &&
      fitting.requests.length === requests.length &&
      fitting.requests.every((request, index) => request === requests[index]);
    const endsPackage = piece?.isLast ?? true;
    const reply = fitting !== undefined && isMeasured && endsPackage ? fitting.reply : compose(requests, endsPackage);
    turn.reply(reply);
    moves.start(delivery, position + requests.length);
    moves.emit(turn);
    // What came with credentials that the device refused was not carried out.
    const unsure = inFlight.filter((row) => row.path.length === 1 && row.sentBefore === true).length;
    const sentBefore = heard.serverRefused ? position + unsure : (delivery.sent ?? 0);
    const tracked = trackRequests(reply, delivery.id, position, sentBefore);
    const rows =
      piece === undefined || piece.isLast ? tracked : tracked.map((row) => ({ ...row, nextPieceAt: piece.end }));
    return { state: { ...dialogue, phase: 'managing', inFlight: rows }, effects: turn.effects };
  };

  if (askedFor !== undefined) {
    const delivery = turn.input.deliveries.find(({ id }) => id === askedFor.deliveryId);
    const position = askedFor.path[0] ?? 0;
    const command = delivery?.upcoming[position - delivery.position];
    const piece = command && nextPiece(command, askedFor.nextPieceAt ?? 0, pieceLimit, (one) => fits([one]));
    if (delivery !== undefined && piece !== undefined) return send(delivery, position, [piece.command], piece);
    turn.note(
      'the rest of a large object is not sent: its delivery has ended, or the device takes smaller messages now',
    );
  }

  if (!final) {
    // 1222 asks for the rest of the package; nothing new is sent before it is there (OMA-TS-DM_Protocol, 6).
    const idle = heard.answers.hasProgress ? 0 : idleBefore + 1;
    if (idle > MAX_IDLE) {
      turn.note(`the device has sent ${idle} messages that brought nothing and did not end its package`);
      return close(turn, sofar, 'protocol-error', [abortAlert()], moves);
    }
    turn.reply(compose([...interruptedAlert(heard.answers.interrupted), nextMessageAlert()], false));
    moves.emit(turn);
    const state: SessionState =
      inFlight.length > 0
        ? {
            ...dialogue,
            idle,
            phase: 'managing',
            inFlight: heard.answers.rows,
            ...(heard.answers.incoming !== undefined && { incoming: heard.answers.incoming }),
          }
        : { ...dialogue, idle, phase: 'receivingPackage1' };
    return { state, effects: turn.effects };
  }

  for (const delivery of inOrder(turn.input)) {
    const position = moves.positionOf(delivery);
    if (moves.isOver(delivery)) continue;
    if (position >= delivery.total || moves.mustStop(delivery)) {
      moves.finish(delivery);
      continue;
    }
    const waiting = delivery.upcoming.slice(position - delivery.position);
    // A device carries out all of a message; where the first failure is to be the last word, it gets one command at a time.
    const upcoming = delivery.onFailure === 'stop' ? waiting.slice(0, 1) : waiting;
    const [first] = upcoming;
    if (first === undefined) continue;
    const { maxObjSize } = dialogue;
    if (maxObjSize !== undefined && largestObject(first) > maxObjSize) {
      moves.failTooLarge(delivery, position, `holds an object of more than ${maxObjSize} octets`);
      continue;
    }
    const count = countFitting(upcoming, fits);
    if (count > 0) {
      const tooLarge = maxObjSize === undefined ? -1 : upcoming.findIndex((one) => largestObject(one) > maxObjSize);
      return send(delivery, position, upcoming.slice(0, tooLarge > 0 ? Math.min(count, tooLarge) : count));
    }
    const piece = nextPiece(first, 0, pieceLimit, (one) => fits([one]));
    if (piece !== undefined) return send(delivery, position, [piece.command], piece);
    moves.failTooLarge(delivery, position, `does not fit into a message of ${dialogue.maxMsgSize ?? 0} octets`);
  }
  return close(turn, sofar, 'completed', [], moves);
}

/** Last message of a session: statuses, perhaps an alert, and Final. */
function close(
  turn: Turn,
  dialogue: Dialogue,
  reason: CloseReason,
  requests: readonly RequestCommand[],
  moves?: Moves,
): StepResult {
  turn.reply(
    turn.compose({
      version: dialogue.version,
      msgId: dialogue.serverMsgId + 1,
      withCred: reason === 'completed' && dialogue.serverAuth.standing !== 'proven',
      announceLimits: false,
      requests,
      final: true,
    }),
  );
  moves?.emit(turn);
  turn.do({ kind: 'closeSession', reason });
  return { state: { phase: 'closed', reason }, effects: turn.effects };
}

/** 1225: the end of a value never came; the LocURI says which (OMA-TS-DM_Protocol, 7). */
function interruptedAlert(locUri: string | undefined): AlertCommand[] {
  if (locUri === undefined) return [];
  return [{ name: 'Alert', cmdId: '', code: ALERT.noEndOfData, items: [{ source: { uri: locUri } }] }];
}

function nextMessageAlert(): AlertCommand {
  return { name: 'Alert', cmdId: '', code: ALERT.nextMessage, items: [] };
}

function abortAlert(): AlertCommand {
  return { name: 'Alert', cmdId: '', code: ALERT.sessionAbort, items: [] };
}

/** The delivery that Package #0 of this very session announced comes first, the others in the order they were queued. */
function inOrder(input: SessionInput): readonly QueuedDelivery[] {
  const { sessionId } = input.message.header;
  const announced = /^[0-9A-F]{1,4}$/i.test(sessionId) ? Number.parseInt(sessionId, 16) : undefined;
  const first = input.deliveries.find((delivery) => delivery.triggerSessionId === announced && announced !== undefined);
  return first === undefined ? input.deliveries : [first, ...input.deliveries.filter((one) => one !== first)];
}
