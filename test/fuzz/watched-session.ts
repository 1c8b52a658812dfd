import { isDeepStrictEqual } from 'node:util';
import { canMoveDelivery, type DeliveryState, isFinalDelivery } from '../../src/domain/delivery.ts';
import { readSerialisedTree } from '../../src/provisioning/read-serialised-tree.ts';
import { encodeMessage } from '../../src/services/dm-codec.ts';
import type { DeliveryMove, Effect } from '../../src/session/effect.ts';
import type { Account, Failure, QueuedDelivery } from '../../src/session/session-input.ts';
import type { SessionState } from '../../src/session/session-state.ts';

import { INITIAL_STATE, step } from '../../src/session/step.ts';
import type { StepResult } from '../../src/session/step-result.ts';
import { planCommands, planLength, type TreePlan } from '../../src/session/tree-plan.ts';
import type { DmVersion, Message, RequestCommand, StatusCommand } from '../../src/syncml/message.ts';

import { accountAfter } from '../session/account-after.ts';
import { BODY, CLIENT, SERVER_NONCE, SERVER_PASSWORD } from '../session/dialogue.ts';
import type { Say } from './good-device.ts';

/** What is to be delivered: commands, perhaps up to the first failure, or what comes out of a plan. */
export type Order =
  | readonly RequestCommand[]
  | { readonly commands: readonly RequestCommand[]; readonly onFailure: 'stop' }
  | { readonly plan: TreePlan };

interface DeliveryInStore {
  readonly id: string;
  readonly commands: readonly RequestCommand[];
  readonly onFailure?: 'stop';
  plan?: TreePlan;
  sentSoFar: number;
  state: DeliveryState;
  position: number;
  failure?: Failure;
  /** Top-level commands that have gone out, or at least their first piece. */
  readonly sent: Set<number>;
}

/** The engine did what it must not do. */
export class Fault extends Error {}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Fault(what);
}

const PHASES: ReadonlySet<string> = new Set([
  'awaitingPackage1',
  'challenging',
  'receivingPackage1',
  'managing',
  'closed',
] satisfies SessionState['phase'][]);

/** As many commands as the engine is handed at once: those in flight and those that could come after. */
const WINDOW = 512;

/**
 * The engine between a device and a store that takes nothing on trust: after every step it asks for one reply that can
 * be written, a state that survives JSON, and deliveries that only go where they may.
 */
export class WatchedSession {
  state: SessionState = INITIAL_STATE;
  account: Account;
  readonly deliveries: DeliveryInStore[];
  /** Words for what has come about: phases, reasons, failures. */
  readonly seen: Set<string>;
  #nonces = 0;
  #objects = 0;
  #steps = 0;

  constructor(auth: Account['auth'], deliveries: readonly Order[], seen: Set<string>) {
    this.account = {
      auth,
      client: { ...CLIENT, nonce: Buffer.from('client-nonce-one') },
      server: { password: SERVER_PASSWORD, nonce: SERVER_NONCE },
    };
    this.deliveries = [];
    this.seen = seen;
    for (const order of deliveries) this.queue(order);
  }

  queue(order: Order): void {
    const id = `d${this.deliveries.length + 1}`;
    const what = 'plan' in order ? { commands: [], ...order } : 'onFailure' in order ? order : { commands: order };
    this.deliveries.push({ id, ...what, state: 'queued', position: 0, sentSoFar: 0, sent: new Set() });
  }

  /** Somebody else ends a delivery, or it has waited too long. */
  endFromOutside(index: number): void {
    const delivery = this.deliveries[index];
    if (delivery !== undefined && !isFinalDelivery(delivery.state)) delivery.state = 'cancelled';
  }

  hear({ message, hmac }: Say): Message {
    this.#steps += 1;
    const before = this.state;
    const result = step(JSON.parse(JSON.stringify(before)) as SessionState, {
      message,
      ...(hmac !== undefined && { hmac: { ...hmac, body: BODY } }),
      account: this.account,
      deliveries: this.deliveries
        .filter(({ state }) => !isFinalDelivery(state))
        .map((delivery) => queued(delivery, message.header.verDtd === '1.2' ? '1.2' : '1.1')),
      serverId: 'omadm',
      limits: { maxMsgSize: 65_536, maxObjSize: 4_096 },
      newId: () => `object-${++this.#objects}`,
      nonce: Buffer.from(`nonce-of-step-${++this.#nonces}`.padEnd(16, '.')),
      sizeOf,
      readTree: readSerialisedTree,
    });
    const reply = this.#checkReply(message, before, result);
    this.#checkState(result, reply);
    this.#checkWithoutProof(message, before, result, hmac !== undefined);
    for (const effect of result.effects) this.#apply(effect);
    this.state = result.state;
    this.#checkInFlight(reply);
    return reply;
  }

  #checkReply(message: Message, before: SessionState, { state, effects }: StepResult): Message {
    const replies = effects.filter((effect) => effect.kind === 'reply');
    const [only] = replies;
    must(only !== undefined && replies.length === 1, `${replies.length} replies`);
    const reply = only.message;
    must(encodeMessage(reply, this.#steps % 2 === 0 ? 'xml' : 'wbxml').length > 0, 'an empty reply');
    // Our numbers begin with the device's.
    const { msgId } = message.header;
    const before0 = 'serverMsgId' in before ? before.serverMsgId : /^[1-9]\d{0,8}$/.test(msgId) ? Number(msgId) - 1 : 0;
    must(reply.header.msgId === String(before0 + 1), `MsgID ${reply.header.msgId} after ${before0}`);
    must(!('serverMsgId' in state) || state.serverMsgId === before0 + 1, 'the state has another MsgID than the reply');
    const [first, ...rest] = reply.commands;
    must(first?.name === 'Status' && first.cmdRef === '0', 'no Status for the header in the first place');
    must(first.msgRef === message.header.msgId, 'a Status for another message');
    for (const one of rest) {
      if (one.name === 'Status')
        must(
          isAnswer(one, message) || isOwed(one, before),
          `a Status for ${one.cmd} ${one.cmdRef}, which is not there`,
        );
    }
    checkNumbers(reply);
    return reply;
  }

  #checkState({ state }: StepResult, reply: Message): void {
    must(PHASES.has(state.phase), `phase ${state.phase}`);
    must(isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state), 'the state does not survive JSON');
    this.seen.add(state.phase);
    const asks = reply.commands.filter((one) => one.name !== 'Status');
    const isOver = reply.final && asks.length === 0;
    if (state.phase === 'closed') {
      must(reply.final, 'the last message without Final');
      must(
        asks.every((one) => one.name === 'Alert' && one.code === 1223),
        'commands in the last message',
      );
    } else {
      must(!isOver || state.phase === 'challenging', `nothing is asked for and the session stays ${state.phase}`);
      if (state.phase === 'managing' && state.incoming !== undefined) this.seen.add('incoming');
      if (state.phase === 'managing' && state.unfinished === true) this.seen.add('unfinished');
    }
    const limit = 'maxMsgSize' in state ? state.maxMsgSize : undefined;
    const hasWork = asks.some((one) => one.name !== 'Alert' || one.code < 1200);
    must(limit === undefined || !hasWork || sizeOf(reply) <= limit, `${sizeOf(reply)} octets where ${limit} are taken`);
  }

  /** Whoever has not proven itself moves nothing. */
  #checkWithoutProof(message: Message, before: SessionState, { effects }: StepResult, hasMac: boolean): void {
    const isOpen = before.phase === 'receivingPackage1' || before.phase === 'managing';
    const isKnown = isOpen && before.clientAuth !== 'everyMessage';
    const mayPass = hasMac || message.header.cred !== undefined || isKnown;
    const reply = effects.find((effect) => effect.kind === 'reply');
    const code = reply?.message.commands[0]?.name === 'Status' ? reply.message.commands[0].code : 0;
    const refused = code === 401 || code === 407 || code === 505 || code === 513;
    must(mayPass || refused, `${code} without credentials`);
    if (!refused) return;
    for (const { kind } of effects) {
      must(
        kind === 'reply' || kind === 'note' || kind === 'closeSession' || kind === 'deviceRefused',
        `${kind} for a device that was answered ${code}`,
      );
    }
  }

  #checkInFlight(reply: Message): void {
    if (this.state.phase !== 'managing') return;
    for (const row of this.state.inFlight) {
      const delivery = this.deliveries.find(({ id }) => id === row.deliveryId);
      const top = row.path[0] ?? -1;
      must(
        delivery !== undefined && top >= 0 && (delivery.plan !== undefined || top < delivery.commands.length),
        `command ${row.path} of ${row.deliveryId}`,
      );
      if (row.msgId !== reply.header.msgId) continue;
      must(top >= delivery.position, `command ${top} goes out again after position ${delivery.position}`);
      must(!isFinalDelivery(delivery.state), `a command of a delivery that has ${delivery.state}`);
      delivery.sent.add(top);
      if (row.nextPieceAt !== undefined) this.seen.add('piece');
    }
  }

  #apply(effect: Effect): void {
    this.account = accountAfter(this.account, effect);
    switch (effect.kind) {
      case 'moveDelivery':
        this.#move(effect.move);
        break;
      case 'recordResult': {
        const { deliveryId, path, command } = effect.result;
        const delivery = this.deliveries.find(({ id }) => id === deliveryId);
        must(
          delivery !== undefined && commandAt(delivery.commands, path) === command,
          `a result of ${command} at ${path}`,
        );
        break;
      }
      case 'closeSession':
        this.seen.add(effect.reason);
        break;
      case 'storeNode':
        must(effect.node.locUri !== undefined && JSON.stringify(effect.node).length < 100_000, 'a node');
        break;
      case 'reportAlert':
        must(effect.alert.code === 1224 || effect.alert.code === 1226, `alert ${effect.alert.code} is kept`);
        must(effect.alert.type !== '' && effect.alert.format !== '', 'an alert without Type or Format');
        this.seen.add('alert');
        break;
      case 'awaitOutcome':
        must(
          this.deliveries.some(({ id, commands }) => {
            return id === effect.exec.deliveryId && commandAt(commands, effect.exec.path) === 'Exec';
          }),
          `an outcome awaited of ${effect.exec.path}`,
        );
        break;
      default:
        break;
    }
  }

  #move({ id, state, position, sent, failure, plan }: DeliveryMove): void {
    const delivery = this.deliveries.find((one) => one.id === id);
    must(delivery !== undefined, `${id} is moved, which is not there`);
    must(delivery.state === state || canMoveDelivery(delivery.state, state), `${id}: ${delivery.state} to ${state}`);
    must(!isFinalDelivery(delivery.state), `${id} has ${delivery.state} and is moved`);
    const total = delivery.plan === undefined ? delivery.commands.length : Number.POSITIVE_INFINITY;
    must(position >= delivery.position && position <= total, `${id}: ${delivery.position} to ${position} of ${total}`);
    must(sent >= position && sent >= delivery.sentSoFar && sent <= total, `${id}: ${sent} sent at ${position}`);
    for (let one = delivery.position; one < position; one++) {
      must(
        delivery.plan !== undefined || delivery.sent.has(one),
        `${id} is at ${position} and command ${one} was never sent`,
      );
    }
    must((plan === undefined) === (delivery.plan === undefined), `${id} has ${plan?.kind ?? 'no plan'} now`);
    must(
      isDeepStrictEqual(JSON.parse(JSON.stringify(plan ?? null)), plan ?? null),
      `${id}: its plan does not survive JSON`,
    );
    must((state === 'failed') <= (failure !== undefined), `${id} failed without a reason`);
    const isAll = plan !== undefined || position === total;
    must(state !== 'succeeded' || (failure === undefined && isAll), `${id} succeeded at ${position}`);
    must(delivery.failure === undefined || failure !== undefined, `${id}: its failure is forgotten`);
    delivery.state = state;
    delivery.position = position;
    delivery.sentSoFar = sent;
    if (plan !== undefined) {
      delivery.plan = { since: 1, ...plan };
      this.seen.add(plan.kind);
    }
    if (failure !== undefined) {
      delivery.failure = failure;
      this.seen.add(failure.code);
    }
    this.seen.add(state);
  }
}

function queued(
  { id, commands, state, position, sentSoFar, onFailure, plan, failure }: DeliveryInStore,
  version: DmVersion,
): QueuedDelivery {
  const started = state === 'delivering';
  if (plan !== undefined) {
    const total = position + planLength(plan, version);
    return { id, started, position, total, upcoming: planCommands(plan, version, WINDOW), plan };
  }
  return {
    id,
    started,
    position,
    sent: sentSoFar,
    ...(onFailure !== undefined && { onFailure }),
    total: commands.length,
    upcoming: commands.slice(position, position + WINDOW),
    ...(failure !== undefined && { failure }),
  };
}

function sizeOf(message: Message): number {
  return encodeMessage(message, 'wbxml').length;
}

/** For an earlier message, whose reply had no room for it. */
function isOwed(status: StatusCommand, before: SessionState): boolean {
  const owed = 'owed' in before ? (before.owed ?? []) : [];
  return owed.some(({ msgRef, cmdRef }) => msgRef === status.msgRef && cmdRef === status.cmdRef);
}

function isAnswer(status: StatusCommand, message: Message): boolean {
  return (
    status.msgRef === message.header.msgId &&
    message.commands.some((one) => one.cmdId === status.cmdRef && one.name !== 'Status' && one.noResp !== true)
  );
}

/** CmdIDs from 1 on, without a gap, those inside a group after it. */
function checkNumbers(reply: Message): void {
  let last = 0;
  const walk = (commands: Message['commands']): void => {
    for (const one of commands) {
      must(one.cmdId === String(++last), `CmdID ${one.cmdId} in the place of ${last}`);
      if ('commands' in one) walk(one.commands);
    }
  };
  walk(reply.commands);
}

function commandAt(commands: readonly RequestCommand[], path: readonly number[]): string | undefined {
  const [top = -1, ...inner] = path;
  const command = commands[top];
  if (command === undefined || inner.length === 0) return command?.name;
  return 'commands' in command ? commandAt(command.commands, inner) : undefined;
}
