import type { DeliveryMove } from './effect.ts';
import type { Heard } from './hear.ts';
import type { PlanInMotion } from './plan-in-motion.ts';
import { MAX_COMMANDS_PER_MESSAGE } from './select-commands.ts';
import type { QueuedDelivery } from './session-input.ts';
import type { InFlightCommand } from './session-state.ts';
import { planCommands, planLength, planSent } from './tree-plan.ts';
import type { Turn } from './turn.ts';

/** Where each delivery stands after this step. */
export class Moves {
  readonly #deliveries: ReadonlyMap<string, QueuedDelivery>;
  readonly #moves = new Map<string, DeliveryMove>();
  /** Those with plans that have moved. */
  readonly #current = new Map<string, QueuedDelivery>();

  constructor(deliveries: readonly QueuedDelivery[]) {
    this.#deliveries = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
  }

  /** Moves the deliveries that were in flight on to their first command without an answer. */
  takeAnswers(turn: Turn, heard: Heard, inFlight: readonly InFlightCommand[], packageIsComplete: boolean): void {
    for (const id of new Set(inFlight.map((row) => row.deliveryId))) {
      const delivery = this.#deliveries.get(id);
      if (delivery === undefined) continue;
      const motion = turn.plans.of(id);
      if (motion !== undefined) {
        this.#takePlan(turn, delivery, motion, inFlight, packageIsComplete);
        continue;
      }
      const sent = inFlight.filter((row) => row.deliveryId === id && row.path.length === 1);
      const end = (sent.at(-1)?.path[0] ?? delivery.position - 1) + 1;
      const position = packageIsComplete ? end : (heard.answers.firstUnanswered(id) ?? end);
      const failure = delivery.failure ?? heard.answers.failureOf(id);
      if (packageIsComplete && position >= delivery.total) {
        this.#set(delivery, failure === undefined ? 'succeeded' : 'failed', position, failure);
      } else if (position !== delivery.position || failure !== delivery.failure) {
        this.#set(delivery, 'delivering', position, failure);
      }
    }
  }

  /** A delivery without a package after the answers of this step. */
  #takePlan(
    turn: Turn,
    delivery: QueuedDelivery,
    motion: PlanInMotion,
    inFlight: readonly InFlightCommand[],
    packageIsComplete: boolean,
  ): void {
    if (packageIsComplete) {
      motion.close(inFlight.flatMap((row) => (row.deliveryId === delivery.id ? row.locUris : [])));
    }
    const { plan } = motion;
    const position = delivery.position + motion.settled;
    const { version } = turn.plans;
    const total = position + planLength(plan, version);
    const upcoming = planCommands(plan, version, MAX_COMMANDS_PER_MESSAGE);
    this.#current.set(delivery.id, { ...delivery, plan, position, total, upcoming, started: true });
    const end = packageIsComplete ? motion.end : undefined;
    if (end !== undefined) {
      for (const effect of end.effects) turn.do(effect);
      this.#set({ ...delivery, plan }, end.failure === undefined ? 'succeeded' : 'failed', position, end.failure);
    } else if (plan !== delivery.plan) this.#set({ ...delivery, plan }, 'delivering', position, undefined);
  }

  /** As it stands after the answers of this step. */
  currentOf(delivery: QueuedDelivery): QueuedDelivery {
    return this.#current.get(delivery.id) ?? delivery;
  }

  positionOf(delivery: QueuedDelivery): number {
    return this.#moves.get(delivery.id)?.position ?? delivery.position;
  }

  isOver(delivery: QueuedDelivery): boolean {
    const state = this.#moves.get(delivery.id)?.state;
    return state === 'succeeded' || state === 'failed';
  }

  /** Its commands before `sent` have been sent now; it says so only where that was not known before. */
  start(delivery: QueuedDelivery, sent: number): void {
    const { plan } = delivery;
    if (plan !== undefined) {
      this.#set({ ...delivery, plan: planSent(plan) }, 'delivering', this.positionOf(delivery), delivery.failure);
      return;
    }
    const move = this.#moves.get(delivery.id);
    if (delivery.started && move === undefined && sent <= (delivery.sent ?? 0)) return;
    this.#set(delivery, 'delivering', this.positionOf(delivery), this.failureOf(delivery), sent);
  }

  failureOf(delivery: QueuedDelivery): DeliveryMove['failure'] {
    return this.#moves.get(delivery.id)?.failure ?? delivery.failure;
  }

  /** A command of it has failed, and it is to stop there. */
  mustStop(delivery: QueuedDelivery): boolean {
    return delivery.onFailure === 'stop' && this.failureOf(delivery) !== undefined;
  }

  finish(delivery: QueuedDelivery): void {
    const failure = this.failureOf(delivery);
    this.#set(delivery, failure === undefined ? 'succeeded' : 'failed', this.positionOf(delivery), failure);
  }

  failTooLarge(delivery: QueuedDelivery, position: number, why: string): void {
    this.#set(delivery, 'failed', position, {
      code: 'command-too-large',
      message: `Command ${position + 1} ${why}.`,
    });
  }

  failUnsuitable(delivery: QueuedDelivery, position: number, message: string): void {
    this.#set(delivery, 'failed', position, { code: 'version-unsuitable', message });
  }

  emit(turn: Turn): void {
    for (const move of this.#moves.values()) turn.do({ kind: 'moveDelivery', move });
  }

  #set(
    delivery: QueuedDelivery,
    state: DeliveryMove['state'],
    position: number,
    failure: DeliveryMove['failure'],
    sentNow = 0,
  ): void {
    const { id, plan } = delivery;
    const sent = Math.max(sentNow, this.#moves.get(id)?.sent ?? 0, delivery.sent ?? 0, position);
    this.#moves.set(id, {
      id,
      state,
      position,
      sent,
      ...(failure !== undefined && { failure }),
      ...(plan !== undefined && { plan }),
    });
  }
}
