import { LinkRouter, NOWHERE_LANE, OPEN_LANE } from '../domain/link-router.ts';
import { DEFAULT_PUSH_POLICY, decidePush, type PushDecision, type PushPolicy } from '../domain/push.ts';
import type { Clock } from './ports/clock.ts';
import type { LinkRates } from './ports/link-rates.ts';
import type { ClaimedPush, PushOutbox, PushOutcome } from './ports/push-outbox.ts';
import type { SmsLinks } from './ports/sms-link.ts';
import { type LaneResult, PushLane, type ReadyPush } from './push-lane.ts';
import { PushOutcomeStore } from './push-outcome-store.ts';
import { renderPush } from './render-push.ts';

export interface PushDispatcherOptions {
  readonly outbox: PushOutbox;
  readonly links: SmsLinks;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Unique among the processes that share the outbox, and new at every start. */
  readonly workerId: string;
  readonly policy?: PushPolicy;
  /** Where the rates agreed for links are shared out among the processes. Left out: this one has them to itself. */
  readonly rates?: LinkRates;
  /** How long a claim holds, milliseconds. Left out: far longer than the links' response time-outs. */
  readonly leaseMs?: number;
  /** Most pushes claimed at once. */
  readonly batchSize?: number;
  /** How long the first outcome of a batch waits for others before it is stored. Milliseconds. */
  readonly gatherMs?: number;
  /** How often new pushes are looked for while others are still on their way. Milliseconds. */
  readonly recheckMs?: number;
  /** After so long without its link a push of which that link has some parts is sent anew over another. Milliseconds. */
  readonly partsWaitMs?: number;
  /** Called with every outcome once it is stored. */
  readonly onOutcome?: (outcome: PushOutcome) => void;
  /** Called for faults that were survived: outcomes that could not be stored yet, claims that could not be given back. */
  readonly onFault?: (error: unknown, what: string) => void;
}

const LEASE_SPARE_MS = 30_000;
const BATCH_SIZE = 200;
const RECHECK_MS = 1_000;
const PARTS_WAIT_MS = 120_000;
/** Pushes put back into the open lane in one statement. */
const REOPENED_AT_ONCE = 1_000;
/** Outcomes that wait to be stored, in batches: beyond that nothing new is claimed. */
const MAX_UNSTORED_BATCHES = 4;

/**
 * Drains the outbox over a set of links: claims in batches, routes each push to a link, keeps every link's window full,
 * stores outcomes in batches while the next messages are already on their way. One {@link PushDispatcher.run} at a time.
 *
 * A push whose links are all busy or down goes back into the outbox, into the lane of those links: from there it is
 * claimed when one of them has room, and meanwhile holds up nobody.
 */
export class PushDispatcher {
  readonly #options: PushDispatcherOptions;
  readonly #batchSize: number;
  readonly #recheckMs: number;
  readonly #store: PushOutcomeStore;
  readonly #lanes = new Map<string, PushLane>();
  /** Links that were taken away or changed while pushes were on their way over them. */
  #leaving: PushLane[] = [];
  #router = new LinkRouter([]);
  #laneTiers: ReadonlyMap<string, readonly (readonly string[])[]> = new Map();
  /** By lane of the outbox: when it is worth looking again, ms. */
  readonly #lookAt = new Map<string, number>();
  /** By lane of the outbox: its last turn. Whoever waited longest is next. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #late: ReadyPush[] = [];
  #linksChanged = true;
  /** Lanes may hold pushes that other links can take than could before. */
  #lanesChanged = true;
  #stopping = false;
  #woken = false;
  /** Something has, since the loop last looked. */
  #happened = false;
  #nudge: () => void = () => undefined;

  constructor(options: PushDispatcherOptions) {
    this.#options = options;
    this.#batchSize = options.batchSize ?? BATCH_SIZE;
    this.#recheckMs = options.recheckMs ?? RECHECK_MS;
    this.#store = new PushOutcomeStore({ ...options, onStored: () => this.#happens() });
    options.links.onChange(() => {
      this.#linksChanged = true;
      this.#happens();
    });
  }

  /** Per link: submits per second its SMSC is taken to allow (infinite when it never throttled), pushes held. */
  get load(): readonly { readonly linkId: string; readonly pacePerSecond: number; readonly pushes: number }[] {
    return [...this.#lanes.values()].map((lane) => ({
      linkId: lane.routed.id,
      pacePerSecond: lane.pacePerSecond,
      pushes: lane.waiting + lane.inFlight,
    }));
  }

  /**
   * Puts what waits in lanes that no link of this process serves back into the open one, to be routed anew. A run does so
   * by itself when links have changed; that processes have different links only shows with time.
   * @returns how many
   */
  async reopenLanes(): Promise<number> {
    const { links, outbox, clock } = this.#options;
    const lanes = [...new LinkRouter(links.current).lanes().keys()];
    let reopened = 0;
    for (;;) {
      const count = await outbox.reopenLanes(lanes, clock.now(), REOPENED_AT_ONCE);
      reopened += count;
      if (count < REOPENED_AT_ONCE) return reopened;
    }
  }

  /** New pushes may be there: a run that waits for answers looks at once. */
  wake(): void {
    this.#woken = true;
    this.#happens();
  }

  /**
   * Sends what is due and returns when nothing is, when no link is bound, or on the signal: then what is under way
   * is finished and stored, and what was only claimed is given back.
   * @returns when the next push falls due, as far as anything waits and a link is there to take it
   * @throws what the outbox threw at claiming; pushes under way were finished before
   */
  async run(signal: AbortSignal): Promise<Date | undefined> {
    this.#stopping = signal.aborted;
    const onAbort = () => {
      this.#stopping = true;
      for (const lane of this.#lanes.values()) lane.pause();
      this.#store.hurry();
      this.#happens();
    };
    signal.addEventListener('abort', onAbort);
    const storing = this.#store.run();
    let fault: { readonly error: unknown } | undefined;
    try {
      fault = await this.#drain();
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#store.end();
      await storing;
    }
    if (fault) throw fault.error;
    if (this.#stopping || !this.#anyBound()) return undefined;
    const lanes = [...this.#laneTiers].filter(([, tiers]) => this.#takersOf(tiers).length > 0).map(([lane]) => lane);
    return this.#options.outbox.nextDueAt([OPEN_LANE, ...lanes]);
  }

  async #drain(): Promise<{ readonly error: unknown } | undefined> {
    const { clock } = this.#options;
    let fault: { readonly error: unknown } | undefined;
    this.#woken = true;
    this.#lookAt.clear();
    for (;;) {
      this.#happened = false;
      this.#takeOverLinks();
      const goOn = !this.#stopping && fault === undefined && this.#anyBound();
      await this.#putBack(goOn);
      if (goOn && this.#lanesChanged) {
        this.#lanesChanged = false;
        try {
          await this.reopenLanes();
        } catch (error) {
          this.#lanesChanged = true;
          fault = { error };
          continue;
        }
      }
      const nowMs = clock.now().getTime();
      const lane = goOn ? this.#laneToClaim(nowMs) : undefined;
      if (lane !== undefined) {
        try {
          await this.#claim(lane);
        } catch (error) {
          fault = { error };
        }
        for (const one of this.#lanes.values()) one.pump();
        continue;
      }
      if (this.#open === 0) return fault;
      for (const one of this.#lanes.values()) one.pump();
      await this.#somethingHappens(goOn ? this.#nextLookMs(nowMs) : undefined);
    }
  }

  /** Claimed and not yet stored. */
  get #open(): number {
    let open = this.#store.pending + this.#late.length;
    for (const lane of this.#lanes.values()) open += lane.waiting + lane.inFlight;
    this.#leaving = this.#leaving.filter((lane) => lane.waiting + lane.inFlight > 0);
    for (const lane of this.#leaving) open += lane.waiting + lane.inFlight;
    return open;
  }

  #anyBound(): boolean {
    for (const { routed } of this.#lanes.values()) if (routed.link.state === 'bound') return true;
    return false;
  }

  #takeOverLinks(): void {
    if (!this.#linksChanged) return;
    this.#linksChanged = false;
    const { links, clock } = this.#options;
    const current = new Map(links.current.map((routed) => [routed.id, routed]));
    for (const [id, lane] of this.#lanes) {
      if (current.get(id) === lane.routed) continue;
      lane.close();
      this.#leaving.push(lane);
      this.#lanes.delete(id);
    }
    for (const [id, routed] of current) {
      if (this.#lanes.has(id)) continue;
      const lane = new PushLane(routed, {
        capacity: this.#batchSize * 2,
        now: () => clock.now().getTime(),
        render: renderPush,
        onResult: (result) => this.#settle(result, lane),
        onChange: () => this.#happens(),
        onLate: (push) => this.#late.push(push),
        ...(this.#options.rates === undefined ? {} : { rates: this.#options.rates }),
      });
      this.#lanes.set(id, lane);
    }
    this.#lanesChanged = true;
    this.#router = new LinkRouter([...current.values()]);
    this.#laneTiers = this.#router.lanes();
    this.#lookAt.clear();
  }

  /** Of the outbox's lanes that are worth a look and have links with room the one that was not looked at longest. */
  #laneToClaim(nowMs: number): string | undefined {
    if (this.#store.pending > this.#batchSize * MAX_UNSTORED_BATCHES) return undefined;
    if (this.#woken) this.#lookAt.delete(OPEN_LANE);
    let next: string | undefined;
    for (const lane of [OPEN_LANE, ...this.#laneTiers.keys()]) {
      if (nowMs < (this.#lookAt.get(lane) ?? 0) || !this.#worthClaiming(lane)) continue;
      if (next === undefined || (this.#turns.get(lane) ?? 0) < (this.#turns.get(next) ?? 0)) next = lane;
    }
    return next;
  }

  /** Whether a link of that lane has room for a good part of what it can hold: batches are kept large. */
  #worthClaiming(lane: string): boolean {
    return this.#takers(lane).some(({ room, capacity }) => room > 0 && room >= Math.min(this.#batchSize, capacity / 2));
  }

  /** The links that pushes of that lane would go to now. */
  #takers(lane: string): readonly PushLane[] {
    const tiers = lane === OPEN_LANE ? undefined : this.#laneTiers.get(lane);
    return tiers === undefined ? [...this.#lanes.values()].filter(({ room }) => room > 0) : this.#takersOf(tiers);
  }

  /** As the router would choose: those of the first tier that are ready, or none while one there is full. */
  #takersOf(tiers: readonly (readonly string[])[]): readonly PushLane[] {
    const those = (ids: readonly string[], health: string): readonly PushLane[] =>
      ids.flatMap((id) => {
        const lane = this.#lanes.get(id);
        return lane?.health === health ? [lane] : [];
      });
    for (const ids of tiers) {
      const ready = those(ids, 'ready');
      if (ready.length > 0) return ready;
      if (ids.some((id) => this.#lanes.get(id)?.health === 'full')) return [];
    }
    const [only] = tiers[0] ?? [];
    const left = tiers.length === 1 && tiers[0]?.length === 1 && only !== undefined ? this.#lanes.get(only) : undefined;
    // Parts on a link that stays away: the message is sent anew over another.
    if (left?.health === 'down' && left.downMs > this.#partsWaitMs) {
      return [...this.#lanes.values()].filter(({ room }) => room > 0);
    }
    return those(tiers.flat(), 'slow');
  }

  get #partsWaitMs(): number {
    return this.#options.partsWaitMs ?? PARTS_WAIT_MS;
  }

  #nextLookMs(nowMs: number): number | undefined {
    if (this.#store.pending > this.#batchSize * MAX_UNSTORED_BATCHES) return undefined;
    let next: number | undefined;
    for (const lane of [OPEN_LANE, ...this.#laneTiers.keys()]) {
      if (!this.#worthClaiming(lane)) continue;
      next = Math.min(next ?? Number.POSITIVE_INFINITY, this.#lookAt.get(lane) ?? 0);
    }
    return next === undefined ? undefined : Math.max(next - nowMs, 1);
  }

  async #claim(lane: string): Promise<void> {
    const { outbox, clock, workerId } = this.#options;
    const free = this.#takers(lane).reduce((sum, { room }) => sum + room, 0);
    const room = Math.min(this.#batchSize, free);
    if (lane === OPEN_LANE) this.#woken = false;
    this.#turns.set(lane, ++this.#turn);
    const now = clock.now();
    const leaseMs = this.#leaseMs();
    const claims = await outbox.claimDue(room, now, leaseMs, workerId, lane);
    // A full batch says that there is more; else the next look is in a while.
    this.#lookAt.set(lane, claims.length >= room ? 0 : now.getTime() + this.#recheckMs);
    const startBefore = now.getTime() + leaseMs / 2;
    await this.#route(
      claims.map((claim) => ({ claim, startBefore })),
      lane,
    );
  }

  #leaseMs(): number {
    if (this.#options.leaseMs !== undefined) return this.#options.leaseMs;
    let responseMs = 0;
    for (const { routed } of this.#lanes.values()) responseMs = Math.max(responseMs, routed.responseMs);
    // Begun in the first half at the latest, answered or lost within the second.
    return 2 * responseMs + LEASE_SPARE_MS;
  }

  /** Hands each push to the lane of a link, or back to the outbox. */
  async #route(pushes: readonly ReadyPush[], from: string | undefined): Promise<void> {
    const waiting = new Map<string, string[]>();
    for (const push of pushes) {
      const { claim } = push;
      const route = this.#router.choose(
        { destination: claim.destination, refusedBy: claim.refusedBy, ...this.#boundTo(claim) },
        (linkId) => this.#lanes.get(linkId)?.health ?? 'down',
      );
      if (route.kind === 'send') {
        this.#lanes.get(route.linkId)?.add(push);
        continue;
      }
      const lane = route.kind === 'wait' ? route.lane : NOWHERE_LANE;
      const ids = waiting.get(lane);
      if (ids) ids.push(claim.pushId);
      else waiting.set(lane, [claim.pushId]);
    }
    for (const [lane, pushIds] of waiting) {
      // What comes back to where it came from is not taken again in the same moment.
      if (lane === from) this.#lookAt.set(lane, this.#options.clock.now().getTime() + this.#recheckMs);
      else this.#lookAt.delete(lane);
      await this.#release(pushIds, lane);
    }
  }

  /** The link that has some of its parts, unless that link stays away. */
  #boundTo({ acceptedParts, linkId }: ClaimedPush): { readonly boundTo?: string } {
    if (acceptedParts.length === 0 || linkId === undefined) return {};
    const lane = this.#lanes.get(linkId);
    return lane === undefined || lane.downMs > this.#partsWaitMs ? {} : { boundTo: linkId };
  }

  #settle({ claim, partCount, acceptedParts, parts, afresh, unsendable }: LaneResult, { routed }: PushLane): void {
    const { clock, random, policy = DEFAULT_PUSH_POLICY } = this.#options;
    const { pushId, attempt, destination } = claim;
    if (unsendable !== undefined) {
      const decision: PushDecision = { state: 'failed', attempts: attempt, reason: `cannot be sent: ${unsendable}` };
      this.#store.add({ pushId, attempt, partCount, parts, decision });
      return;
    }
    const refusedBy = [...claim.refusedBy, routed.id];
    const decision = decidePush(
      {
        attempt,
        partCount,
        acceptedParts,
        otherLinks: this.#router.candidates({ destination, refusedBy }).length > 0,
        ...(claim.expiresAt === undefined ? {} : { expiresAt: claim.expiresAt }),
      },
      parts,
      clock.now(),
      random(),
      policy,
    );
    const left = parts.some(({ outcome }) => outcome.kind !== 'unbound');
    this.#store.add({
      pushId,
      attempt,
      partCount,
      parts,
      decision,
      ...(left ? { linkId: routed.id, afresh } : {}),
    });
  }

  /** What waits for a link that is down or gone finds another, or goes back. Everything does when the run is to end. */
  async #putBack(goOn: boolean): Promise<void> {
    const back = this.#late.splice(0);
    const astray: ReadyPush[] = [];
    for (const lane of [...this.#leaving, ...this.#lanes.values()]) {
      if (lane.waiting === 0) continue;
      const isGone = lane.routed.link.state !== 'bound' || this.#lanes.get(lane.routed.id) !== lane;
      if (!goOn) back.push(...lane.takeWaiting());
      else if (isGone) astray.push(...lane.takeWaiting());
    }
    if (goOn) for (const lane of this.#lanes.values()) lane.resume();
    if (astray.length > 0) await this.#route(astray, undefined);
    if (back.length > 0)
      await this.#release(
        back.map(({ claim }) => claim.pushId),
        undefined,
      );
  }

  async #release(pushIds: readonly string[], lane: string | undefined): Promise<void> {
    const { outbox, clock, workerId, onFault } = this.#options;
    try {
      await outbox.release(pushIds, clock.now(), workerId, lane);
    } catch (error) {
      // Their leases run out by themselves.
      onFault?.(error, 'claimed pushes could not be given back');
    }
  }

  #happens(): void {
    this.#happened = true;
    this.#nudge();
  }

  /** Resolves on the next event, or after the time given; at once when something happened since the loop last looked. */
  #somethingHappens(ms: number | undefined): Promise<void> {
    if (this.#happened) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      const dispatcher = this;
      function done() {
        clearTimeout(timer);
        dispatcher.#nudge = () => undefined;
        resolve();
      }
      this.#nudge = done;
    });
  }
}
