import { ALERT } from '../syncml/alert-codes.ts';
import type { AlertCommand, Message, RequestCommand } from '../syncml/message.ts';
import { abortAlert, close, partingWords } from './closing.ts';
import { type Heard, hear } from './hear.ts';
import { trackRequests } from './in-flight.ts';
import { largestObject, nextPiece, type Piece, whyWhole } from './large-object.ts';
import { Moves } from './moves.ts';
import { countFitting } from './select-commands.ts';
import type { QueuedDelivery, SessionInput } from './session-input.ts';
import type { AuthFailure, Dialogue, InFlightCommand, Managing, OwedStatus, SessionState } from './session-state.ts';
import type { StepResult } from './step-result.ts';
import type { Turn } from './turn.ts';

/** What stands between two messages of a session that is going on. */
export type Standing = Pick<Managing, 'inFlight' | 'incoming' | 'unfinished' | 'owed'>;

export const NOTHING_OUT = { inFlight: [] } as const satisfies Standing;

/** About the smallest command there is: where it finds no room, none does. */
const SMALL_COMMAND: RequestCommand = { name: 'Get', cmdId: '', items: [{ target: { uri: './DevInfo' } }] };
/** Messages in a row that neither end the package nor bring an answer. A package 1 is never this long. */
const MAX_IDLE = 32;
/** So often a device may refuse our credentials in one session. */
const MAX_REFUSALS = 3;

/** A piece, the second time perhaps. */
type SentPiece = Piece & { readonly isSecondTry?: boolean };

/**
 * Answers a message of a device that has proven who it is: takes in its answers, then ends the session, or goes on with
 * an object, or asks for the rest of the device's package, or sends what comes next.
 *
 * @param opening its first message, or the first after a challenge
 */
export function converse(turn: Turn, before: Dialogue, standing: Standing, opening: boolean): StepResult {
  return new Conversation(turn, before, standing, opening).run();
}

/** One message and its reply while it comes together. Lives for one call of {@link converse}. */
class Conversation {
  readonly #turn: Turn;
  readonly #standing: Standing;
  readonly #opening: boolean;
  readonly #heard: Heard;
  readonly #moves: Moves;
  /** As the device left it; our last message still counts. */
  readonly #sofar: Dialogue;
  /** With our next message counted. */
  readonly #dialogue: Dialogue;
  readonly #idleBefore: number;
  /** That the end of a value never came; known once the answers are in. */
  #told: readonly AlertCommand[] = [];
  /** What was measured last and fits: usually the very reply, which is then neither composed nor encoded again. */
  #fitting: { readonly requests: readonly RequestCommand[]; readonly reply: Message } | undefined;

  constructor(turn: Turn, before: Dialogue, standing: Standing, opening: boolean) {
    const { inFlight, incoming, owed = [] } = standing;
    turn.owe(owed);
    const heard = hear(turn, before.serverAuth, { inFlight, incoming, opening });
    const { idle = 0, ...rest } = before;
    this.#turn = turn;
    this.#standing = standing;
    this.#opening = opening;
    this.#heard = heard;
    this.#moves = new Moves(turn.input.deliveries);
    this.#sofar = withServerAuth(rest, heard.serverAuth);
    turn.proveAs(this.#sofar);
    this.#dialogue = { ...this.#sofar, serverMsgId: before.serverMsgId + 1 };
    this.#idleBefore = idle;
  }

  run(): StepResult {
    const { answers, aborted, serverRefused } = this.#heard;
    const { inFlight, unfinished } = this.#standing;
    // While an object is on its way our own package is open, and the device cannot end its own before (section 6).
    const isOurTurn = this.#turn.input.message.final || unfinished === true || answers.isPieceRefused;
    if (isOurTurn && !aborted && !serverRefused) answers.closePackage();
    const { askedFor } = answers;
    const packageIsComplete = isOurTurn && !aborted && askedFor === undefined;
    if (!serverRefused) this.#moves.takeAnswers(this.#turn, this.#heard, inFlight, packageIsComplete);
    this.#told = interruptedAlert(answers.interrupted);
    const ended = this.#end();
    if (ended !== undefined) return ended;
    if (askedFor !== undefined && (isOurTurn || askedFor.isDue !== true)) {
      return this.#sendPiece(askedFor) ?? this.#sendNext();
    }
    return isOurTurn ? this.#sendNext() : this.#askForMore();
  }

  /** The session's end, if this message brings it: aborted by the device, or it and we do not get on. */
  #end(): StepResult | undefined {
    const { aborted, headerRefusal, impossible, serverAuth } = this.#heard;
    if (aborted) return close(this.#turn, this.#sofar, 'aborted-by-device', [], this.#moves);
    if (headerRefusal !== undefined) {
      this.#turn.note(`the device answered our header ${headerRefusal}`);
      return close(this.#turn, this.#sofar, 'refused-by-device', [abortAlert()], this.#moves);
    }
    if (impossible === undefined && serverAuth.refusals < MAX_REFUSALS) return undefined;
    const why = impossible ?? `the device refused them ${MAX_REFUSALS} times`;
    const failure: AuthFailure = { side: 'server', kind: this.#turn.ownKind, why };
    this.#turn.note(`our credentials will not do: ${why}`);
    return close(this.#turn, this.#sofar, 'server-not-authenticated', [abortAlert()], this.#moves, failure);
  }

  /** The next piece of an object; undefined when it cannot go on, and something else may. */
  #sendPiece(askedFor: InFlightCommand): StepResult | undefined {
    const delivery = this.#turn.input.deliveries.find(({ id }) => id === askedFor.deliveryId);
    const position = askedFor.path[0] ?? 0;
    const command = delivery?.upcoming[position - delivery.position];
    const piece = command && this.#piece(command, askedFor.nextPieceAt ?? 0, this.#fits);
    if (delivery !== undefined && piece !== undefined) {
      return this.#send(delivery, position, [piece.command], { ...piece, isSecondTry: askedFor.isSecondTry === true });
    }
    this.#turn.note(
      'the rest of a large object is not sent: its delivery has ended, or the device takes smaller messages now',
    );
    return undefined;
  }

  /** 1222 asks for the rest of the package; nothing new is sent before it is there (OMA-TS-DM_Protocol, 6). */
  #askForMore(): StepResult {
    const { answers } = this.#heard;
    const idle = answers.hasProgress ? 0 : this.#idleBefore + 1;
    if (idle > MAX_IDLE) {
      this.#turn.note(`the device has sent ${idle} messages that brought nothing and did not end its package`);
      return close(this.#turn, this.#sofar, 'protocol-error', [abortAlert()], this.#moves);
    }
    const { reply, owed } = this.#answer([nextMessageAlert()], false);
    const more = { ...this.#stillComing(), ...(owed.length > 0 && { owed }) };
    return this.#say(
      reply,
      this.#standing.inFlight.length > 0
        ? { ...this.#dialogue, idle, phase: 'managing', inFlight: answers.rows, ...more }
        : { ...this.#dialogue, idle, phase: 'receivingPackage1', ...more },
    );
  }

  /** The first delivery that has something to send sends it; when none has, the session ends. */
  #sendNext(): StepResult {
    for (const queued of inOrder(this.#turn.input)) {
      const delivery = this.#moves.currentOf(queued);
      const sent = this.#moves.isOver(delivery) ? 'nothing' : this.#sendOf(delivery);
      if (sent === 'no room') break;
      if (sent !== 'nothing') return sent;
    }
    return this.#finish();
  }

  /** `nothing`: the delivery is over, or waits. `no room`: the device's messages are too small for any command. */
  #sendOf(delivery: QueuedDelivery): StepResult | 'nothing' | 'no room' {
    const moves = this.#moves;
    const { maxObjSize } = this.#dialogue;
    const position = moves.positionOf(delivery);
    if (position >= delivery.total || moves.mustStop(delivery)) {
      moves.finish(delivery);
      return 'nothing';
    }
    if (delivery.unsuitable !== undefined) {
      moves.failUnsuitable(delivery, position, delivery.unsuitable);
      return 'nothing';
    }
    const waiting = delivery.upcoming.slice(position - delivery.position);
    // A device carries out all of a message; where the first failure is to be the last word, it gets one command at a time.
    const upcoming = delivery.onFailure === 'stop' ? waiting.slice(0, 1) : waiting;
    const [first] = upcoming;
    if (first === undefined) return 'nothing';
    if (maxObjSize !== undefined && largestObject(first) > maxObjSize) {
      const why = `holds an object of more than ${maxObjSize} octets, the most this device takes`;
      moves.failTooLarge(delivery, position, why);
      return 'nothing';
    }
    const count = countFitting(upcoming, this.#fits);
    if (count > 0) {
      const tooLarge = maxObjSize === undefined ? -1 : upcoming.findIndex((one) => largestObject(one) > maxObjSize);
      return this.#send(delivery, position, upcoming.slice(0, tooLarge > 0 ? Math.min(count, tooLarge) : count));
    }
    return this.#sendLarge(delivery, position, first);
  }

  /** A command that does not fit into this message: its first piece goes, or it waits for the next message, or it fails. */
  #sendLarge(delivery: QueuedDelivery, position: number, first: RequestCommand): StepResult | 'nothing' | 'no room' {
    const { maxMsgSize = 0 } = this.#dialogue;
    const takesPieces = this.#turn.input.takesPieces !== false;
    const piece = takesPieces ? this.#piece(first, 0, this.#fits) : undefined;
    if (piece !== undefined) return this.#send(delivery, position, [piece.command], piece);
    const fitsLater = this.#fitsLater([first]) || (takesPieces && this.#piece(first, 0, this.#fitsLater) !== undefined);
    if (this.#idleBefore < MAX_IDLE && fitsLater) return this.#goOnLater();
    if (!this.#fits([SMALL_COMMAND]) && !this.#fitsLater([SMALL_COMMAND])) {
      this.#turn.note(`a MaxMsgSize of ${maxMsgSize} octets has no room for any command; the deliveries wait`);
      return 'no room';
    }
    const why = takesPieces ? whyWhole(first) : 'its DevDetail/LrgObj says that it takes no value in pieces';
    this.#moves.failTooLarge(delivery, position, `does not fit into a message of ${maxMsgSize} octets, and ${why}`);
    return 'nothing';
  }

  /** Nothing is left to send: the session ends, unless the device has an alert to answer first. */
  #finish(): StepResult {
    const { maxMsgSize } = this.#dialogue;
    const hasToTell = this.#told.length > 0;
    const parting = hasToTell ? this.#compose([]) : partingWords(this.#turn, this.#sofar, 'completed', []);
    const isTooLarge = maxMsgSize !== undefined && this.#turn.input.sizeOf(parting) > maxMsgSize;
    if (isTooLarge && this.#idleBefore < MAX_IDLE) return this.#goOnLater();
    if (!hasToTell) return close(this.#turn, this.#sofar, 'completed', [], this.#moves, undefined, parting);
    // The alert is to be answered, and the device may send the value again.
    return this.#say(parting, { ...this.#dialogue, phase: 'managing', inFlight: [] });
  }

  /** Sends these commands of a delivery; what is left of a large object follows when the device asks for it. */
  #send(
    delivery: QueuedDelivery,
    position: number,
    requests: readonly RequestCommand[],
    piece?: SentPiece,
  ): StepResult {
    const fitting = this.#fitting;
    const isMeasured =
      fitting !== undefined &&
      fitting.requests.length === requests.length &&
      fitting.requests.every((request, index) => request === requests[index]);
    const endsPackage = piece?.isLast ?? true;
    const reply = isMeasured && endsPackage ? fitting.reply : this.#compose(requests, endsPackage);
    this.#moves.start(delivery, position + requests.length);
    // What came with credentials that the device refused was not carried out.
    const unsure = this.#standing.inFlight.filter((row) => row.path.length === 1 && row.sentBefore === true).length;
    const sentBefore = this.#heard.serverRefused ? position + unsure : (delivery.sent ?? 0);
    const tracked = trackRequests(reply.commands.slice(-requests.length), reply.header.msgId, {
      deliveryId: delivery.id,
      firstIndex: position,
      sentBefore,
      ofPlan: delivery.plan !== undefined,
    });
    const inFlight = piece === undefined ? tracked : tracked.map((row) => ({ ...row, ...pieceMark(piece) }));
    return this.#say(reply, { ...this.#dialogue, phase: 'managing', inFlight, ...this.#stillComing() });
  }

  /** Says what there is room for and leaves our package open: the device asks for the rest of it. */
  #goOnLater(): StepResult {
    const { reply, owed } = this.#answer([], false);
    return this.#say(reply, {
      ...this.#dialogue,
      idle: this.#idleBefore + 1,
      phase: 'managing',
      inFlight: [],
      unfinished: true,
      ...(owed.length > 0 && { owed }),
    });
  }

  #say(reply: Message, state: SessionState): StepResult {
    this.#turn.reply(reply);
    this.#moves.emit(this.#turn);
    return { state, effects: this.#turn.effects };
  }

  /** The reply with no command of a delivery in it; statuses that would make it too large are owed. */
  #answer(
    requests: readonly RequestCommand[],
    final: boolean,
  ): { readonly reply: Message; readonly owed: readonly OwedStatus[] } {
    const { maxMsgSize: limit } = this.#dialogue;
    const { sizeOf } = this.#turn.input;
    const reply = this.#compose(requests, final);
    if (limit === undefined || sizeOf(reply) <= limit) return { reply, owed: [] };
    const owed = this.#turn.holdBack(() => sizeOf(this.#compose(requests, false)) <= limit);
    return { reply: this.#compose(requests, final && owed.length === 0), owed };
  }

  #compose(requests: readonly RequestCommand[], final = true, lean = false): Message {
    const { standing } = this.#heard.serverAuth;
    return this.#turn.compose({
      version: this.#dialogue.version,
      msgId: this.#dialogue.serverMsgId,
      withCred: standing !== 'proven' && !(lean && standing === 'unproven'),
      announceLimits: this.#opening && !lean,
      requests: this.#told.length === 0 ? requests : [...this.#told, ...requests],
      final,
      lean,
    });
  }

  readonly #fits = (requests: readonly RequestCommand[]): boolean => {
    const { maxMsgSize } = this.#dialogue;
    if (maxMsgSize === undefined) return true;
    const reply = this.#compose(requests);
    if (this.#turn.input.sizeOf(reply) > maxMsgSize) return false;
    this.#fitting = { requests, reply };
    return true;
  };

  /** It does not fit now; will it in the next message, which has less to say? */
  readonly #fitsLater = (requests: readonly RequestCommand[]): boolean =>
    (this.#turn.isCrowded || this.#opening) &&
    this.#turn.input.sizeOf(this.#compose(requests, true, true)) <= (this.#dialogue.maxMsgSize ?? 0);

  #piece(
    command: RequestCommand,
    start: number,
    fits: (requests: readonly RequestCommand[]) => boolean,
  ): Piece | undefined {
    const { maxMsgSize = Number.MAX_SAFE_INTEGER } = this.#dialogue;
    return nextPiece(command, start, maxMsgSize, (one) => fits([one]));
  }

  #stillComing(): Pick<Managing, 'incoming'> {
    const { incoming } = this.#heard.answers;
    return incoming === undefined ? {} : { incoming };
  }
}

/** A device that asks for MACs uses them, too: from now on every message has one, in both directions. */
function withServerAuth(dialogue: Dialogue, serverAuth: Dialogue['serverAuth']): Dialogue {
  if (serverAuth.kind !== 'hmac') return { ...dialogue, serverAuth };
  return { ...dialogue, serverAuth, clientAuth: 'everyMessage', clientKind: 'hmac' };
}

/** What is remembered of a command that goes in pieces. */
function pieceMark({ isLast, end, isSecondTry }: SentPiece): Partial<InFlightCommand> {
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

/** The delivery that Package #0 of this very session announced comes first, the others in the order they were queued. */
function inOrder(input: SessionInput): readonly QueuedDelivery[] {
  const { sessionId } = input.message.header;
  const announced = /^[0-9A-F]{1,4}$/i.test(sessionId) ? Number.parseInt(sessionId, 16) : undefined;
  const first = input.deliveries.find((delivery) => delivery.triggerSessionId === announced && announced !== undefined);
  return first === undefined ? input.deliveries : [first, ...input.deliveries.filter((one) => one !== first)];
}
