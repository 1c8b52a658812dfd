import type { Command, Item, RequestCommand, ResultsCommand, StatusCommand } from '../syncml/message.ts';
import { addressOf } from '../syncml/node-properties.ts';
import { explainStatus, isSuccess, STATUS } from '../syncml/status-codes.ts';
import type { ResultReport } from './effect.ts';
import type { ObjectIntake, Taken } from './incoming-object.ts';
import type { TreeAnswer } from './plan-in-motion.ts';
import { reportNode } from './report-node.ts';
import type { Failure, QueuedDelivery } from './session-input.ts';
import type { IncomingObject, InFlightCommand } from './session-state.ts';
import { answerOf, treeAnswerOf } from './tree-answer.ts';
import type { Turn } from './turn.ts';

/**
 * Commands as they went out, as rows to be matched with the device's answers.
 *
 * @param commands those of a delivery, numbered
 * @param place `firstIndex`: of the first one in its delivery; `sentBefore`: those before that place were sent in an
 *   earlier session already
 */
export function trackRequests(
  commands: readonly Command[],
  msgId: string,
  place: {
    readonly deliveryId: string;
    readonly firstIndex: number;
    readonly sentBefore: number;
    readonly ofPlan?: boolean;
  },
): InFlightCommand[] {
  const { deliveryId, sentBefore } = place;
  const rows: InFlightCommand[] = [];
  const track = (command: RequestCommand, path: readonly number[]): void => {
    // A user interaction is one question, however many Items its options and choices make.
    const items = 'items' in command && command.name !== 'Alert' ? command.items : [];
    rows.push({
      msgId,
      cmdId: command.cmdId,
      deliveryId,
      path,
      name: command.name,
      locUris: items.map(locUriOf),
      ...((path[0] ?? 0) < sentBefore && { sentBefore: true }),
      ...(place.ofPlan === true && { ofPlan: true }),
      ...(command.name === 'Exec' && command.correlator !== undefined && { correlator: command.correlator }),
    });
    if (!('commands' in command)) return;
    for (const [index, inner] of command.commands.entries()) track(inner, [...path, index]);
  };
  let index = place.firstIndex;
  for (const command of commands) {
    if (command.name === 'Status' || command.name === 'Results' || command.name === 'Unknown') continue;
    track(command, [index++]);
  }
  return rows;
}

function locUriOf(item: Item): string {
  return item.target?.uri ?? item.source?.uri ?? '';
}

/** A larger value that was sent to a device is not kept as the last known one of its node. */
const MAX_VALUE_IN_TREE = 65_536;

/** Commands in flight while the device's answers to them come in. */
export class Answers {
  readonly #turn: Turn;
  readonly #intake: ObjectIntake;
  readonly #rows: InFlightCommand[];
  readonly #byRef: Map<string, number>;
  readonly #failures = new Map<string, Failure>();
  #askedFor: InFlightCommand | undefined;
  #hasProgress = false;

  constructor(turn: Turn, inFlight: readonly InFlightCommand[], intake: ObjectIntake) {
    this.#turn = turn;
    this.#intake = intake;
    intake.onBreakOff = (object) => this.#failBrokenOff(object);
    this.#rows = [...inFlight];
    this.#byRef = new Map(inFlight.map((row, index) => [`${row.msgId} ${row.cmdId}`, index]));
    this.#askedFor = inFlight.find((row) => row.isDue === true);
  }

  get rows(): readonly InFlightCommand[] {
    return this.#rows;
  }

  /** A piece of an object was refused and no more of it goes out: our package goes on with something else, or ends. */
  get isPieceRefused(): boolean {
    const [row, ...more] = this.#rows;
    return more.length === 0 && row?.nextPieceAt !== undefined && row.isDue !== true && this.#isOver(row);
  }

  /** The command whose next piece the device waits for: it has answered 213 to the one in flight. */
  get askedFor(): InFlightCommand | undefined {
    return this.#askedFor;
  }

  /** A value of the device that has not come to its end. */
  get incoming(): IncomingObject | undefined {
    return this.#intake.incoming;
  }

  /** Something came that had not come before: an answer, or a piece of one. */
  get hasProgress(): boolean {
    return this.#hasProgress || this.#intake.hasProgress;
  }

  /** LocURI of a value whose end the device has left out; it is to be told by alert 1225. */
  get interrupted(): string | undefined {
    return this.#intake.interrupted;
  }

  /** A Status for one of our commands; for one never sent it is noted and passed over. */
  status(status: StatusCommand): void {
    const index = this.#byRef.get(`${status.msgRef} ${status.cmdRef}`);
    const row = index === undefined ? undefined : this.#rows[index];
    if (index === undefined || row === undefined) {
      // The alerts of the protocol itself (1222, 1225) are not commands of a delivery, but have a Status all the same.
      if (status.cmd === 'Alert') return;
      this.#turn.note(
        `a Status for command ${status.cmdRef} of message ${status.msgRef}, which was never sent, is passed over`,
      );
      return;
    }
    if (Number.isNaN(status.code)) {
      this.#turn.note(`a Status for ${row.name} without a status code is passed over`);
      return;
    }
    if (row.status === undefined) this.#hasProgress = true;
    else this.#turn.note(`another Status (${status.code}) for ${describe(row, '')}, which has been answered`);
    const plan = this.#turn.plans.of(row.deliveryId);
    if (plan !== undefined) {
      if (row.status !== undefined) return;
      this.#rows[index] = { ...row, status: status.code };
      plan.status(row.locUris[0] ?? '', status.code);
      return;
    }
    if (row.nextPieceAt !== undefined && status.code === STATUS.chunkAccepted) {
      if (row.status === undefined) this.#askedFor = row;
      return;
    }
    if (this.#askedFor === row) this.#askedFor = undefined;
    if (status.code === STATUS.sizeMismatch && this.#tryAgain(index)) return;
    const named = statusItems(row, status);
    this.#rows[index] = withStatus(row, named, status.code);
    const isDone = isDoneAlready(row, status.code);
    if (status.code === STATUS.acceptedForProcessing && row.correlator !== undefined) {
      const { deliveryId, path, correlator } = row;
      this.#turn.do({ kind: 'awaitOutcome', exec: { deliveryId, path, correlator } });
    }
    const answer = row.name === 'Alert' ? userAnswer(status) : undefined;
    for (const item of named) {
      const locUri = row.locUris[item] ?? '';
      this.#record(row, {
        item,
        locUri,
        status: status.code,
        ...(answer !== undefined && { data: answer }),
        ...(isDone && { sentBefore: true }),
      });
      if (row.nextPieceAt !== undefined && isSuccess(status.code)) {
        const message = `${describe(row, locUri)} was answered ${status.code} before all of its value was sent.`;
        this.#noteFailure(row.deliveryId, { code: 'command-refused', message });
      } else if (isSuccess(status.code)) this.#acknowledge(row, item);
      // Its Atomic failed and it could not be undone: the device holds what it did.
      else if (status.code === STATUS.rollBackFailed) {
        this.#acknowledge(row, item);
        this.#fail(row, locUri, status.code);
      } else if (!isDone && !isUserAnswer(row, status.code)) this.#fail(row, locUri, status.code);
    }
  }

  /**
   * Alert 1225: an object of ours did not come to its end for the device (OMA-TS-DM_Protocol, 7). It is sent once more;
   * the second time its command has failed.
   *
   * @param locUri as the device names it; undefined when it names none: then the one on its way is meant
   * @returns whether there is such an object
   */
  endMissing(locUri: string | undefined): boolean {
    const index = this.#rows.findIndex(
      ({ isPiece, status, locUris }) =>
        isPiece === true && status === undefined && (locUri === undefined || locUris.includes(locUri)),
    );
    const row = this.#rows[index];
    if (row === undefined) return false;
    this.#hasProgress = true;
    if (this.#tryAgain(index)) return true;
    if (this.#askedFor === row) this.#askedFor = undefined;
    this.#rows[index] = { ...row, isGivenUp: true };
    const message = `${describe(row, row.locUris[0] ?? '')} broke off at the device (alert 1225), twice.`;
    this.#noteFailure(row.deliveryId, { code: 'command-refused', message });
    return true;
  }

  /** The object goes out once more from its first piece; false when it has already. */
  #tryAgain(index: number): boolean {
    const row = this.#rows[index];
    if (row?.isPiece !== true || row.isSecondTry === true || row.status !== undefined) return false;
    this.#turn.note(`the device did not get ${row.locUris[0] ?? 'an object'} whole; it is sent once more`);
    // Where our package is open still, it goes on with that at once.
    const { nextPieceAt, ...rest } = row;
    const again: InFlightCommand = {
      ...rest,
      nextPieceAt: 0,
      isSecondTry: true,
      ...(nextPieceAt === undefined && { isDue: true }),
    };
    this.#rows[index] = again;
    this.#askedFor = again;
    return true;
  }

  #isOver(row: InFlightCommand): boolean {
    return this.#askedFor === undefined && (row.status !== undefined || row.isGivenUp === true);
  }

  /** Results for one of our Gets (or what a user answered); results nobody asked for are noted and passed over. */
  results(results: ResultsCommand, impliedMsgRef: string): void {
    const msgRef = results.msgRef ?? impliedMsgRef;
    const index = this.#byRef.get(`${msgRef} ${results.cmdRef}`);
    const row = index === undefined ? undefined : this.#rows[index];
    if (index === undefined || row === undefined) {
      this.#turn.note(
        `Results for command ${results.cmdRef} of message ${msgRef}, which was never sent, are passed over`,
      );
      return;
    }
    results.items.forEach((sent, position) => {
      const locUri = sent.source?.uri ?? sent.target?.uri ?? results.sourceRef ?? row.locUris[position] ?? '';
      const whole = this.#whole(results, `${msgRef} ${results.cmdRef}`, locUri, sent, row);
      if (whole === undefined) return;
      const { item, object } = whole;
      const known = row.locUris.indexOf(locUri);
      const ask = known >= 0 ? locUri : ((row.locUris.length === 1 ? row.locUris[0] : undefined) ?? locUri);
      const answer = treeAnswerOf(this.#turn.input, ask, locUri, item, results.meta, object);
      const plan = this.#turn.plans.of(row.deliveryId);
      if (plan !== undefined) {
        this.#hasProgress = true;
        this.#keep(plan.results(ask, answer));
        return;
      }
      const node = reportNode(locUri, item, results.meta, object);
      this.#record(row, {
        item: this.#placeOf(index, row, locUri, results.items.length === row.locUris.length ? position : undefined),
        locUri,
        // Where one Item of several has failed, each Item has had a Status of its own.
        ...(row.status !== undefined && isSuccess(row.status) && { status: row.status }),
        // A serialised tree may hold secrets: its nodes are kept one by one.
        ...(node.value !== undefined && answer.isSerialised !== true && { data: node.value }),
        ...(node.format !== undefined && { format: node.format }),
        ...(node.type !== undefined && { type: node.type }),
        ...(node.object !== undefined && { object: node.object }),
      });
      if (row.name === 'Get') this.#keep(answer);
    });
  }

  #keep({ nodes, properties }: TreeAnswer): void {
    for (const node of nodes) this.#turn.do({ kind: 'storeNode', node });
    for (const property of properties) this.#turn.do({ kind: 'storeProperty', ...property });
  }

  /**
   * Which Item of the command a result is for: the one that names its node, else the one in the same place. What a list
   * brings beside the node that was asked for is counted on after the Items of the command.
   */
  #placeOf(index: number, row: InFlightCommand, locUri: string, position: number | undefined): number {
    const exact = row.locUris.indexOf(locUri);
    const known = exact >= 0 ? exact : row.locUris.findIndex((one) => one.startsWith(`${locUri}?list=`));
    if (known >= 0) return known;
    if (position !== undefined && !row.locUris.some((one) => one.includes('?list='))) return position;
    const { listed = 0 } = this.#rows[index] ?? row;
    this.#rows[index] = { ...(this.#rows[index] ?? row), listed: listed + 1 };
    return row.locUris.length + listed;
  }

  /** What a plan has asked for is no result of a delivery, even when that has been ended meanwhile. */
  #record(row: InFlightCommand, result: Omit<ResultReport, 'deliveryId' | 'path' | 'command'>): void {
    const { deliveryId, path, name: command } = row;
    if (row.ofPlan !== true) this.#turn.do({ kind: 'recordResult', result: { deliveryId, path, command, ...result } });
  }

  /** Undefined until all of a value is there. */
  #whole(
    results: ResultsCommand,
    ref: string,
    locUri: string,
    item: Item,
    row: InFlightCommand,
  ): Extract<Taken, { kind: 'whole' }> | undefined {
    const place = { ref, locUri, inherited: results.meta, deliveryId: row.deliveryId };
    const taken = this.#intake.take(place, item);
    if (taken.kind === 'whole') return taken;
    if (taken.kind === 'kept') this.#turn.resultsStatus(results, locUri, STATUS.chunkAccepted);
    else if (taken.isFirst) {
      this.#turn.note(`the value of ${locUri} is not taken: ${taken.code}`);
      this.#turn.resultsStatus(results, locUri, taken.code);
      this.#noteFailure(row.deliveryId, {
        code: 'command-refused',
        message: `The value of ${locUri} was not taken: ${taken.code}: ${explainStatus(taken.code)}`,
      });
    }
    return undefined;
  }

  #failBrokenOff(object: IncomingObject): void {
    const row = this.#rows[this.#byRef.get(object.ref) ?? -1];
    if (row === undefined) return;
    const message = `The value of ${object.locUri} broke off.`;
    this.#noteFailure(row.deliveryId, { code: 'command-unanswered', message });
  }

  /**
   * The device has finished its package: whatever it left without a Status stays so, and counts as a failure.
   * Commands inside a group that has a Status do not need one of their own when the group was not carried out.
   */
  closePackage(): void {
    if (this.#askedFor !== undefined) return;
    this.#intake.breakOff();
    const unanswered = this.#rows.filter((row) => row.status === undefined && row.path.length === 1);
    if (unanswered.length > 0) this.#turn.note(`${unanswered.length} commands were not answered`);
    for (const row of unanswered) {
      if (this.#turn.plans.of(row.deliveryId) !== undefined) continue;
      const silent = allItems(row).filter((item) => row.answered?.includes(item) !== true);
      for (const item of silent) {
        this.#record(row, {
          item,
          locUri: row.locUris[item] ?? '',
        });
      }
      this.#noteFailure(row.deliveryId, {
        code: 'command-unanswered',
        message: `${describe(row, row.locUris[silent[0] ?? 0] ?? '')} was not answered.`,
      });
    }
  }

  /** The first top-level command without a Status, as a position in its delivery; undefined when all have one. */
  firstUnanswered(deliveryId: string): number | undefined {
    // What stands inside a group counts, too: until all of it is answered the group is not behind us.
    const row = this.#rows.find((one) => one.deliveryId === deliveryId && one.status === undefined);
    return row?.path[0];
  }

  failureOf(deliveryId: string): Failure | undefined {
    return this.#failures.get(deliveryId);
  }

  #fail(row: InFlightCommand, locUri: string, code: number): void {
    this.#noteFailure(row.deliveryId, {
      code: 'command-refused',
      message: `${describe(row, locUri)} was answered ${code}: ${explainStatus(code)}`,
    });
  }

  #noteFailure(deliveryId: string, failure: Failure): void {
    if (!this.#failures.has(deliveryId)) this.#failures.set(deliveryId, failure);
  }

  /** A command that was carried out tells what the node holds now. */
  #acknowledge(row: InFlightCommand, item: number): void {
    const delivery = this.#turn.input.deliveries.find((one) => one.id === row.deliveryId);
    const command = delivery === undefined ? undefined : commandAt(delivery, row.path);
    if (command === undefined || !('items' in command)) return;
    const sent = command.items[item];
    const locUri = sent?.target?.uri;
    if (sent === undefined || locUri === undefined) return;
    const { property } = addressOf(locUri);
    if (locUri.includes('?')) {
      // What a node is called is its address: under the old one nothing is any more.
      if (property === 'Name') this.#turn.do({ kind: 'removeNode', locUri: addressOf(locUri).locUri });
      else if (property !== undefined && typeof sent.data === 'string') {
        this.#turn.do({ kind: 'storeProperty', locUri: addressOf(locUri).locUri, name: property, value: sent.data });
      }
      return;
    }
    if (command.name === 'Delete') this.#turn.do({ kind: 'removeNode', locUri });
    else if (command.name === 'Add' || command.name === 'Replace') {
      const type = sent.meta?.type ?? command.meta?.type;
      const serialised = this.#turn.input.readTree?.(sent.data, type, locUri);
      if (serialised !== undefined) this.#keep(answerOf(serialised));
      else {
        const { data, ...bare } = sent;
        // What is larger stands in the package; a copy of it would have to be held whole here.
        const isLarge = (typeof data === 'string' || data instanceof Uint8Array) && data.length > MAX_VALUE_IN_TREE;
        this.#turn.do({ kind: 'storeNode', node: reportNode(locUri, isLarge ? bare : sent, command.meta) });
      }
    }
  }
}

/** What a user typed or chose comes in the Items of the Status (OMA-TS-DM_Protocol, 10); several choices on lines of their own. */
function userAnswer(status: StatusCommand): string | undefined {
  const answers = status.items.flatMap(({ data }) => (typeof data === 'string' ? [data] : []));
  return answers.length === 0 ? undefined : answers.join('\n');
}

/** A user who says no (304), cancels (214) or does not answer (408) has answered; the command has not failed. */
function isUserAnswer(row: InFlightCommand, code: number): boolean {
  return row.name === 'Alert' && (code === 304 || code === STATUS.operationCancelled || code === 408);
}

function describe(row: InFlightCommand, locUri: string): string {
  const place = row.path.map((step) => step + 1).join('.');
  return locUri === '' ? `${row.name} (command ${place})` : `${row.name} of ${locUri} (command ${place})`;
}

/**
 * An Add that finds its node there, or a Delete that finds none, where the same command was sent in a session that was
 * lost: it did its work then, and only the word of it never came. The answer is kept as it is; it is no failure.
 */
function isDoneAlready(row: InFlightCommand, code: number): boolean {
  if (row.sentBefore !== true) return false;
  return row.name === 'Add' ? code === STATUS.alreadyExists : row.name === 'Delete' && code === STATUS.notFound;
}

/** A command has its Status once every Item has; a later one only counts when it takes a success back. */
function withStatus(row: InFlightCommand, items: readonly number[], code: number): InFlightCommand {
  const { answered: before = [], ...rest } = row;
  if (row.status !== undefined) return isSuccess(row.status) && !isSuccess(code) ? { ...row, status: code } : row;
  if (row.locUris.length <= 1) return { ...row, status: code };
  const answered = [...new Set([...before, ...items])];
  return answered.length < row.locUris.length ? { ...row, answered } : { ...rest, status: code };
}

function allItems(row: InFlightCommand): number[] {
  return row.locUris.length === 0 ? [0] : row.locUris.map((_, index) => index);
}

/** Which Items a Status speaks of: those its TargetRefs or SourceRefs name, else all of them. */
function statusItems(row: InFlightCommand, status: StatusCommand): number[] {
  const all = allItems(row);
  if (all.length === 1) return all;
  const named = new Set([...status.targetRefs, ...status.sourceRefs]);
  const picked = all.filter((index) => named.has(row.locUris[index] ?? ''));
  return picked.length > 0 ? picked : all;
}

function commandAt(delivery: QueuedDelivery, path: readonly number[]): RequestCommand | undefined {
  const [top, ...inner] = path;
  let command = top === undefined ? undefined : delivery.upcoming[top - delivery.position];
  for (const index of inner) {
    command = command !== undefined && 'commands' in command ? command.commands[index] : undefined;
  }
  return command;
}
