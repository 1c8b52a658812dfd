import { ALERT } from '../syncml/alert-codes.ts';
import type { CredentialKind } from '../syncml/credential-kind.ts';
import type { AlertCommand, DmVersion, Message, RequestCommand } from '../syncml/message.ts';
import { STATUS } from '../syncml/status-codes.ts';
import { versionOf } from '../syncml/version.ts';
import { accountOfSession } from './account-of-session.ts';
import { authenticateClient, buildChallenge, type ClientVerdict, weakestFor } from './authenticate-client.ts';
import type { Effect } from './effect.ts';
import { hear } from './hear.ts';
import { trackRequests } from './in-flight.ts';
import { largestObject, nextPiece, type Piece, whyWhole } from './large-object.ts';
import { Moves } from './moves.ts';
import { countFitting } from './select-commands.ts';
import type { QueuedDelivery, SessionInput } from './session-input.ts';
import type {
  AuthFailure,
  Challenging,
  CloseReason,
  Dialogue,
  InFlightCommand,
  Managing,
  OwedStatus,
  SessionState,
} from './session-state.ts';
import { suitDeliveries } from './suit-deliveries.ts';
import { Turn } from './turn.ts';
import { challengedAccount, weighAccounts } from './weigh-accounts.ts';

export interface StepResult {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

export const INITIAL_STATE: SessionState = { phase: 'awaitingPackage1' };

/** Octets; a header and its Status alone take nearly that. */
const SMALLEST_MESSAGE = 256;
/** About the smallest command there is: where it finds no room, none does. */
const SMALL_COMMAND: RequestCommand = { name: 'Get', cmdId: '', items: [{ target: { uri: './DevInfo' } }] };
/** Messages in a row that neither end the package nor bring an answer. A package 1 is never this long. */
const MAX_IDLE = 32;
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

/** Package 1, or the part of it that comes first: it has to prove who sent it. */
function open(turn: Turn, dialogue: Dialogue, challenged: Challenging | undefined): StepResult {
  const { nonce, asked, refusals } = challenged ?? {};
  const challengeNonce = nonce === undefined || nonce === '' ? undefined : Buffer.from(nonce, 'base64');
  const weighed = weighAccounts(turn.input, { challengeNonce });
  const verdict = otherThanAsked(weighed.verdict, asked);
  if (verdict.kind !== 'accepted') return refuse(turn, dialogue, verdict, { answered: asked, refusals });
  turn.do({ kind: 'deviceProven' });
  if (weighed.adopts !== undefined) turn.adopt(weighed.adopts);
  const { account, authScope } = turn.input;
  const everyMessage = verdict.by === 'hmac' || (account.client.scope ?? authScope) === 'message';
  accept(turn, verdict, everyMessage);
  const { clientAuth: _, generation: __, ...rest } = dialogue;
  const proven: Dialogue = {
    ...rest,
    clientKind: verdict.by,
    ...(everyMessage && { clientAuth: 'everyMessage' }),
    ...(account.generation !== undefined && { generation: account.generation }),
  };
  turn.proveAs(proven);
  return converse(turn, proven, NOTHING_OUT, true);
}

/**
 * 212 when the credentials hold for the session. Where every message is to have its own, 200 and the nonce for the next
 * one (OMA-TS-DM_Protocol, 9.1; OMA-TS-DM_Security, 5.3): so with MACs, each of which covers one message.
 */
function accept(turn: Turn, { by, usedNonce }: Extract<ClientVerdict, { kind: 'accepted' }>, everyMessage: boolean) {
  const { nonce } = turn.input;
  if (usedNonce !== undefined) turn.do({ kind: 'renewClientNonce', nonce, previous: usedNonce });
  turn.headerStatus(
    everyMessage ? STATUS.ok : STATUS.authenticated,
    by === 'basic' ? undefined : buildChallenge(by, nonce),
  );
}

/** Credentials may be right and still no answer to the challenge (OMA-TS-DM_Security, 5.3). */
function otherThanAsked(verdict: ClientVerdict, asked: CredentialKind | undefined): ClientVerdict {
  if (verdict.kind !== 'accepted' || asked === undefined || verdict.by === asked) return verdict;
  return { kind: 'refused', by: verdict.by, why: `${asked} was asked for and ${verdict.by} came` };
}

/** What a refused message is an answer to. */
interface Refused {
  /** The kind it was challenged to. */
  readonly answered?: CredentialKind | undefined;
  /** The kind to challenge it to, where that is not the weakest its account takes. */
  readonly asked?: CredentialKind;
  /** Earlier refusals in a row. */
  readonly refusals?: number | undefined;
}

/**
 * 401 or 407 with a challenge, a Status for every command, nothing else (OMA-TS-DM_Protocol, 9.1). The session ends the
 * third time, and when a challenge was answered with another kind than it asked for, or not at all (OMA-TS-DM_Security,
 * 5.3 and 5.4).
 */
function refuse(
  turn: Turn,
  dialogue: Dialogue,
  verdict: Exclude<ClientVerdict, { kind: 'accepted' }>,
  { answered, asked = weakestFor(challengedAccount(turn.input), turn.input.minAuth), refusals: before = 0 }: Refused,
): StepResult {
  const { message, account } = turn.input;
  const isMissing = verdict.kind === 'missing';
  // A MAC that is expected and missing counts as a wrong one (OMA-TS-DM_Security, 5.4).
  const code =
    isMissing && !(asked === 'hmac' && dialogue.clientAuth !== undefined)
      ? STATUS.missingCredentials
      : STATUS.invalidCredentials;
  const by = isMissing ? undefined : verdict.by;
  const hadToBe = answered ?? (dialogue.clientAuth === undefined ? undefined : asked);
  const isOtherKind = hadToBe !== undefined && by !== hadToBe && !(isMissing && answered === undefined);
  const failure: AuthFailure = {
    side: 'device',
    ...(isMissing ? { kind: asked } : by !== undefined && { kind: by }),
    why: isMissing ? `no credentials came, ${asked} is asked for` : verdict.why,
  };
  turn.do({ kind: 'deviceRefused', failure });
  const refusals = before + 1;
  const isLast = refusals >= MAX_REFUSALS || isOtherKind;
  // Every challenge brings a new nonce, for the device may hold a stale one (OMA-TS-DM_Security, 5.3.3). With the last one
  // it comes back in a session that knows nothing of this one, so there it is the nonce of the account.
  const nonce = isLast ? (account.client.nonce ?? turn.input.nonce) : turn.input.nonce;
  turn.headerStatus(code, buildChallenge(asked, nonce));
  for (const command of message.commands) turn.status(command, code);
  const latest = latestServerNonce(message);
  if (latest !== undefined) turn.useServerNonce(Buffer.from(latest, 'base64'));
  if (isLast) return close(turn, dialogue, 'client-not-authenticated', [], undefined, failure);
  const serverMsgId = dialogue.serverMsgId + 1;
  const challenge = (): Message =>
    turn.compose({
      version: dialogue.version,
      msgId: serverMsgId,
      withCred: false,
      announceLimits: false,
      requests: [],
      final: true,
    });
  // What has no status is said again after the challenge.
  turn.reply(within(turn, dialogue.maxMsgSize, challenge));
  const state: Challenging = {
    ...dialogue,
    phase: 'challenging',
    serverAuth: { ...dialogue.serverAuth, ...(latest !== undefined && { nonce: latest }) },
    serverMsgId,
    refusals,
    nonce: asked === 'basic' ? '' : Buffer.from(nonce).toString('base64'),
    asked,
    authFailure: failure,
  };
  return { state, effects: turn.effects };
}

/** The nonce a device hands out for our next credentials. One that has not proven itself may be followed, not believed. */
function latestServerNonce({ commands }: Message): string | undefined {
  const status = commands.find((command) => command.name === 'Status' && command.cmdRef === '0');
  return status?.name === 'Status' ? status.chal?.nextNonce : undefined;
}

/** A message of a device that has proven who it is. */
function converse(
  turn: Turn,
  before: Dialogue,
  { inFlight, incoming, unfinished, owed = [] }: Pick<Managing, 'inFlight' | 'incoming' | 'unfinished' | 'owed'>,
  opening: boolean,
): StepResult {
  turn.owe(owed);
  const heard = hear(turn, before.serverAuth, { inFlight, incoming, opening });
  const { idle: idleBefore = 0, ...rest } = before;
  const sofar = withServerAuth(rest, heard.serverAuth);
  turn.proveAs(sofar);
  const dialogue: Dialogue = { ...sofar, serverMsgId: before.serverMsgId + 1 };
  const moves = new Moves(turn.input.deliveries);
  // While an object is on its way our own package is open, and the device cannot end its own before (section 6).
  const isOurTurn = turn.input.message.final || unfinished === true || heard.answers.isPieceRefused;
  if (isOurTurn && !heard.aborted && !heard.serverRefused) heard.answers.closePackage();
  const { askedFor } = heard.answers;
  const packageIsComplete = isOurTurn && !heard.aborted && askedFor === undefined;
  if (!heard.serverRefused) moves.takeAnswers(turn, heard, inFlight, packageIsComplete);

  if (heard.aborted) return close(turn, sofar, 'aborted-by-device', [], moves);
  if (heard.headerRefusal !== undefined) {
    turn.note(`the device answered our header ${heard.headerRefusal}`);
    return close(turn, sofar, 'refused-by-device', [abortAlert()], moves);
  }
  const { impossible } = heard;
  if (impossible !== undefined || heard.serverAuth.refusals >= MAX_REFUSALS) {
    const why = impossible ?? `the device refused them ${MAX_REFUSALS} times`;
    const failure: AuthFailure = { side: 'server', kind: turn.ownKind, why };
    turn.note(`our credentials will not do: ${why}`);
    return close(turn, sofar, 'server-not-authenticated', [abortAlert()], moves, failure);
  }
  const withCred = heard.serverAuth.standing !== 'proven';
  const told = interruptedAlert(heard.answers.interrupted);
  const compose = (requests: readonly RequestCommand[], replyFinal = true, lean = false) =>
    turn.compose({
      version: dialogue.version,
      msgId: dialogue.serverMsgId,
      withCred: withCred && !(lean && heard.serverAuth.standing === 'unproven'),
      announceLimits: opening && !lean,
      requests: told.length === 0 ? requests : [...told, ...requests],
      final: replyFinal,
      lean,
    });
  const stillComing = heard.answers.incoming === undefined ? {} : { incoming: heard.answers.incoming };

  /** What was measured last and fits: usually the very reply, which is then neither composed nor encoded again. */
  let fitting: { readonly requests: readonly RequestCommand[]; readonly reply: Message } | undefined;
  const fits = (requests: readonly RequestCommand[]): boolean => {
    if (dialogue.maxMsgSize === undefined) return true;
    const reply = compose(requests);
    if (turn.input.sizeOf(reply) > dialogue.maxMsgSize) return false;
    fitting = { requests, reply };
    return true;
  };
  /** It does not fit now; will it in the next message, which has less to say? */
  const fitsLater = (requests: readonly RequestCommand[]): boolean =>
    (turn.isCrowded || opening) && turn.input.sizeOf(compose(requests, true, true)) <= (dialogue.maxMsgSize ?? 0);
  /** The reply with no command of a delivery in it; statuses that would make it too large are owed. */
  const answer = (
    requests: readonly RequestCommand[],
    final: boolean,
  ): { readonly reply: Message; readonly owed: readonly OwedStatus[] } => {
    const { maxMsgSize: limit } = dialogue;
    const reply = compose(requests, final);
    if (limit === undefined || turn.input.sizeOf(reply) <= limit) return { reply, owed: [] };
    const held = turn.holdBack(() => turn.input.sizeOf(compose(requests, false)) <= limit);
    return { reply: compose(requests, final && held.length === 0), owed: held };
  };
  const pieceLimit = dialogue.maxMsgSize ?? Number.MAX_SAFE_INTEGER;
  /** Sends these commands of a delivery; what is left of a large object follows when the device asks for it. */
  const send = (
    delivery: QueuedDelivery,
    position: number,
    requests: readonly RequestCommand[],
    piece?: Piece & { readonly isSecondTry?: boolean },
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
    const tracked = trackRequests(reply.commands.slice(-requests.length), reply.header.msgId, {
      deliveryId: delivery.id,
      firstIndex: position,
      sentBefore,
      ofPlan: delivery.plan !== undefined,
    });
    const rows = piece === undefined ? tracked : tracked.map((row) => ({ ...row, ...pieceMark(piece) }));
    return { state: { ...dialogue, phase: 'managing', inFlight: rows, ...stillComing }, effects: turn.effects };
  };

  /** Says what there is room for and leaves our package open: the device asks for the rest of it. */
  const goOnLater = (): StepResult => {
    const { reply, owed: held } = answer([], false);
    turn.reply(reply);
    moves.emit(turn);
    const state: SessionState = {
      ...dialogue,
      idle: idleBefore + 1,
      phase: 'managing',
      inFlight: [],
      unfinished: true,
      ...(held.length > 0 && { owed: held }),
    };
    return { state, effects: turn.effects };
  };

  let goesOn = isOurTurn;
  if (askedFor !== undefined && (isOurTurn || askedFor.isDue !== true)) {
    const delivery = turn.input.deliveries.find(({ id }) => id === askedFor.deliveryId);
    const position = askedFor.path[0] ?? 0;
    const command = delivery?.upcoming[position - delivery.position];
    const piece = command && nextPiece(command, askedFor.nextPieceAt ?? 0, pieceLimit, (one) => fits([one]));
    if (delivery !== undefined && piece !== undefined) {
      return send(delivery, position, [piece.command], { ...piece, isSecondTry: askedFor.isSecondTry === true });
    }
    goesOn = true;
    turn.note(
      'the rest of a large object is not sent: its delivery has ended, or the device takes smaller messages now',
    );
  }

  if (!goesOn) {
    // 1222 asks for the rest of the package; nothing new is sent before it is there (OMA-TS-DM_Protocol, 6).
    const idle = heard.answers.hasProgress ? 0 : idleBefore + 1;
    if (idle > MAX_IDLE) {
      turn.note(`the device has sent ${idle} messages that brought nothing and did not end its package`);
      return close(turn, sofar, 'protocol-error', [abortAlert()], moves);
    }
    const { reply, owed: held } = answer([nextMessageAlert()], false);
    turn.reply(reply);
    moves.emit(turn);
    const more = { ...stillComing, ...(held.length > 0 && { owed: held }) };
    const state: SessionState =
      inFlight.length > 0
        ? { ...dialogue, idle, phase: 'managing', inFlight: heard.answers.rows, ...more }
        : { ...dialogue, idle, phase: 'receivingPackage1', ...more };
    return { state, effects: turn.effects };
  }

  for (const queued of inOrder(turn.input)) {
    const delivery = moves.currentOf(queued);
    const position = moves.positionOf(delivery);
    if (moves.isOver(delivery)) continue;
    if (position >= delivery.total || moves.mustStop(delivery)) {
      moves.finish(delivery);
      continue;
    }
    if (delivery.unsuitable !== undefined) {
      moves.failUnsuitable(delivery, position, delivery.unsuitable);
      continue;
    }
    const waiting = delivery.upcoming.slice(position - delivery.position);
    // A device carries out all of a message; where the first failure is to be the last word, it gets one command at a time.
    const upcoming = delivery.onFailure === 'stop' ? waiting.slice(0, 1) : waiting;
    const [first] = upcoming;
    if (first === undefined) continue;
    const { maxObjSize } = dialogue;
    if (maxObjSize !== undefined && largestObject(first) > maxObjSize) {
      moves.failTooLarge(
        delivery,
        position,
        `holds an object of more than ${maxObjSize} octets, the most this device takes`,
      );
      continue;
    }
    const count = countFitting(upcoming, fits);
    if (count > 0) {
      const tooLarge = maxObjSize === undefined ? -1 : upcoming.findIndex((one) => largestObject(one) > maxObjSize);
      return send(delivery, position, upcoming.slice(0, tooLarge > 0 ? Math.min(count, tooLarge) : count));
    }
    const takesPieces = turn.input.takesPieces !== false;
    const firstPiece = (isGood: typeof fits): Piece | undefined =>
      takesPieces ? nextPiece(first, 0, pieceLimit, (one) => isGood([one])) : undefined;
    const piece = firstPiece(fits);
    if (piece !== undefined) return send(delivery, position, [piece.command], piece);
    // In the next message there will be fewer of them.
    const idle = idleBefore + 1;
    if (idle <= MAX_IDLE && (fitsLater([first]) || firstPiece(fitsLater) !== undefined)) return goOnLater();
    if (!fits([SMALL_COMMAND]) && !fitsLater([SMALL_COMMAND])) {
      turn.note(`a MaxMsgSize of ${dialogue.maxMsgSize} octets has no room for any command; the deliveries wait`);
      break;
    }
    const why = takesPieces ? whyWhole(first) : 'its DevDetail/LrgObj says that it takes no value in pieces';
    moves.failTooLarge(
      delivery,
      position,
      `does not fit into a message of ${dialogue.maxMsgSize ?? 0} octets, and ${why}`,
    );
  }
  const { maxMsgSize } = dialogue;
  const parting = told.length > 0 ? compose([]) : partingWords(turn, sofar, 'completed', []);
  if (maxMsgSize !== undefined && turn.input.sizeOf(parting) > maxMsgSize && idleBefore < MAX_IDLE) return goOnLater();
  if (told.length === 0) return close(turn, sofar, 'completed', [], moves, undefined, parting);
  // The alert is to be answered, and the device may send the value again.
  turn.reply(parting);
  moves.emit(turn);
  return { state: { ...dialogue, phase: 'managing', inFlight: [] }, effects: turn.effects };
}

/** A device that asks for MACs uses them, too: from now on every message has one, in both directions. */
function withServerAuth(dialogue: Dialogue, serverAuth: Dialogue['serverAuth']): Dialogue {
  if (serverAuth.kind !== 'hmac') return { ...dialogue, serverAuth };
  return { ...dialogue, serverAuth, clientAuth: 'everyMessage', clientKind: 'hmac' };
}

/** Last message of a session: statuses, perhaps an alert, and Final. */
function close(
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

function partingWords(
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
function within(turn: Turn, maxMsgSize: number | undefined, build: () => Message, reply = build()): Message {
  if (maxMsgSize === undefined || turn.input.sizeOf(reply) <= maxMsgSize) return reply;
  const left = turn.holdBack(() => turn.input.sizeOf(build()) <= maxMsgSize);
  turn.note(`${left.length} statuses find no room in a message of ${maxMsgSize} octets and are left out`);
  return build();
}

/** What is remembered of a command that goes in pieces. */
function pieceMark({ isLast, end, isSecondTry }: Piece & { readonly isSecondTry?: boolean }): Partial<InFlightCommand> {
  return {
    isPiece: true,
    ...(isSecondTry === true && { isSecondTry: true }),
    ...(!isLast && { nextPieceAt: end }),
  };
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
