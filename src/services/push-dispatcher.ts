import {
  DEFAULT_PUSH_POLICY,
  decidePush,
  isThrottled,
  type PartOutcome,
  type PushDecision,
  type PushPolicy,
} from '../domain/push.ts';
import type { Segment } from '../wire/wap/segment.ts';
import type { Clock } from './ports/clock.ts';
import type { ClaimedPush, PushOutbox, PushOutcome } from './ports/push-outbox.ts';
import type { SmsLink } from './ports/sms-link.ts';
import { PushPacer } from './push-pacer.ts';
import { renderPush } from './render-push.ts';

export interface PushDispatcherOptions {
  readonly outbox: PushOutbox;
  readonly link: SmsLink;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Unique among the processes that share the outbox, and new at every start. */
  readonly workerId: string;
  readonly policy?: PushPolicy;
  /** How long a claim holds; far longer than the link's response time-out. Milliseconds. */
  readonly leaseMs?: number;
  /** Most pushes claimed at once. */
  readonly batchSize?: number;
  /** How often new pushes are looked for while others are still on their way. Milliseconds. */
  readonly recheckMs?: number;
  /** Called with every outcome once it is stored. */
  readonly onOutcome?: (outcome: PushOutcome) => void;
  /** Called for faults that were survived: outcomes that could not be stored yet, claims that could not be given back. */
  readonly onFault?: (error: unknown, what: string) => void;
}

interface Ready {
  readonly claim: ClaimedPush;
  /** After this instant it is not begun: the lease could run out under way. */
  readonly startBefore: number;
}

const LEASE_MS = 120_000;
const BATCH_SIZE = 200;
const RECHECK_MS = 1_000;
const STORE_RETRY_MS = 200;
const MAX_STORE_RETRY_MS = 5_000;
/** Tries to store outcomes after the stop was asked for; then the leases run out and the pushes are sent again. */
const STORE_TRIES_AT_STOP = 3;

/**
 * Drains the outbox over the link: claims in batches, keeps the link's window full, stores outcomes in batches while
 * the next messages are already on their way. One {@link PushDispatcher.run} at a time.
 */
export class PushDispatcher {
  readonly #options: PushDispatcherOptions;
  readonly #pacer = new PushPacer();
  #ready: Ready[] = [];
  #partsInFlight = 0;
  #pushesInFlight = 0;
  #unstored: PushOutcome[] = [];
  #storing = 0;
  #stopping = false;
  #paceTimer: NodeJS.Timeout | undefined;
  #nudge: () => void = () => undefined;
  #storeWanted: () => void = () => undefined;
  #storeEnded = false;
  #woken = false;

  constructor(options: PushDispatcherOptions) {
    this.#options = options;
  }

  /** Submits per second the SMSC is taken to allow; infinite when it never throttled. */
  get pacePerSecond(): number {
    return this.#pacer.perSecond;
  }

  /** New pushes may be there: a run that waits for answers looks at once. */
  wake(): void {
    this.#woken = true;
    this.#nudge();
  }

  /**
   * Sends what is due and returns when nothing is, when the link is not bound, or on the signal: then what is under way
   * is finished and stored, and what was only claimed is given back.
   * @returns when the next push falls due, as far as anything waits and the link is there to take it
   * @throws what the outbox threw at claiming; pushes under way were finished before
   */
  async run(signal: AbortSignal): Promise<Date | undefined> {
    this.#stopping = signal.aborted;
    const onAbort = () => {
      this.#stopping = true;
      this.#nudge();
    };
    signal.addEventListener('abort', onAbort);
    const offLink = this.#options.link.onStateChange(() => this.#nudge());
    const storing = this.#storeLoop();
    let fault: { readonly error: unknown } | undefined;
    try {
      fault = await this.#drain();
    } finally {
      signal.removeEventListener('abort', onAbort);
      offLink();
      clearTimeout(this.#paceTimer);
      this.#paceTimer = undefined;
      this.#endStoring();
      await storing;
    }
    if (fault) throw fault.error;
    return this.#stopping || this.#options.link.state !== 'bound' ? undefined : this.#options.outbox.nextDueAt();
  }

  async #drain(): Promise<{ readonly error: unknown } | undefined> {
    const { outbox, link, clock, workerId, leaseMs = LEASE_MS, batchSize = BATCH_SIZE } = this.#options;
    const maxOpen = Math.max(batchSize, link.window) * 2;
    let lookAgainAt = 0;
    let fault: { readonly error: unknown } | undefined;
    this.#woken = false;
    for (;;) {
      const goOn = !this.#stopping && link.state === 'bound' && fault === undefined;
      if (!goOn) await this.#releaseReady();
      const nowMs = clock.now().getTime();
      const room = Math.min(batchSize, maxOpen - this.#open);
      const mayClaim = goOn && room >= batchSize / 4;
      if (mayClaim && (this.#woken || nowMs >= lookAgainAt)) {
        this.#woken = false;
        try {
          const now = clock.now();
          const claims = await outbox.claimDue(room, now, leaseMs, workerId);
          const startBefore = now.getTime() + leaseMs / 2;
          this.#ready.push(...claims.map((claim) => ({ claim, startBefore })));
          // A full batch says that there is more; else the next look is in a while.
          lookAgainAt = claims.length >= room ? 0 : now.getTime() + (this.#options.recheckMs ?? RECHECK_MS);
        } catch (error) {
          fault = { error };
        }
        this.#pump();
        continue;
      }
      if (this.#open === 0) return fault;
      this.#pump();
      await this.#somethingHappens(mayClaim ? Math.max(lookAgainAt - nowMs, 1) : undefined);
    }
  }

  /** Claimed and not yet stored. */
  get #open(): number {
    return this.#ready.length + this.#pushesInFlight + this.#unstored.length + this.#storing;
  }

  #pump(): void {
    const { link, clock } = this.#options;
    while (!this.#stopping && this.#partsInFlight < link.window && link.state === 'bound' && this.#ready.length > 0) {
      const waitMs = this.#pacer.take(performance.now());
      if (waitMs > 0) {
        this.#paceTimer ??= setTimeout(() => {
          this.#paceTimer = undefined;
          this.#pump();
          this.#nudge();
        }, waitMs);
        return;
      }
      const next = this.#ready.shift();
      if (next === undefined) return;
      // Too late to begin: the lease runs out by itself, and somebody takes the push anew.
      if (clock.now().getTime() >= next.startBefore) continue;
      this.#pushesInFlight += 1;
      void this.#send(next.claim).then((outcome) => {
        this.#pushesInFlight -= 1;
        this.#unstored.push(outcome);
        this.#storeWanted();
        this.#pump();
        this.#nudge();
      });
    }
  }

  /** Never rejects. */
  async #send(claim: ClaimedPush): Promise<PushOutcome> {
    const { pushId, attempt } = claim;
    let segments: readonly Segment[];
    try {
      segments = renderPush(claim);
    } catch (error) {
      return refusal(claim, 0, `cannot be sent: ${messageOf(error)}`);
    }
    this.#pacer.charge(segments.length - 1);
    // A trigger is rendered anew each time, with the nonce of the moment: parts of two renderings do not fit together.
    const acceptedParts = claim.kind === 'package0' && segments.length > 1 ? [] : claim.acceptedParts;
    let parts: readonly PartOutcome[];
    try {
      parts = await Promise.all(
        segments.flatMap((segment, part) =>
          acceptedParts.includes(part) ? [] : [this.#submit(claim.destination, segment, part)],
        ),
      );
    } catch (error) {
      return refusal(claim, segments.length, `cannot be sent: ${messageOf(error)}`);
    }
    const { clock, random, policy = DEFAULT_PUSH_POLICY } = this.#options;
    const decision = decidePush(
      { ...claim, acceptedParts, partCount: segments.length },
      parts,
      clock.now(),
      random(),
      policy,
    );
    return { pushId, attempt, partCount: segments.length, parts, decision };
  }

  async #submit(destination: string, segment: Segment, part: number): Promise<PartOutcome> {
    this.#partsInFlight += 1;
    try {
      const outcome = await this.#options.link.submit({ destination, ...segment });
      if (outcome.kind === 'accepted' || outcome.kind === 'refused') {
        this.#pacer.report(isThrottled(outcome), performance.now());
      }
      return { part, outcome };
    } finally {
      this.#partsInFlight -= 1;
    }
  }

  async #releaseReady(): Promise<void> {
    if (this.#ready.length === 0) return;
    const { outbox, clock, workerId, onFault } = this.#options;
    const pushIds = this.#ready.map(({ claim }) => claim.pushId);
    this.#ready = [];
    try {
      await outbox.release(pushIds, clock.now(), workerId);
    } catch (error) {
      // Their leases run out by themselves.
      onFault?.(error, 'claimed pushes could not be given back');
    }
  }

  #endStoring(): void {
    this.#storeEnded = true;
    this.#storeWanted();
  }

  /** Stores outcomes as they gather: while one batch is written, the next grows. */
  async #storeLoop(): Promise<void> {
    const { outbox, clock, workerId, onFault } = this.#options;
    this.#storeEnded = false;
    for (;;) {
      if (this.#unstored.length === 0) {
        if (this.#storeEnded) return;
        await new Promise<void>((resolve) => {
          this.#storeWanted = resolve;
        });
        // What answers came in the same packet is stored together.
        await new Promise(setImmediate);
        continue;
      }
      const batch = this.#unstored;
      this.#unstored = [];
      this.#storing = batch.length;
      let stored = false;
      for (let tries = 1; !stored; tries++) {
        try {
          await outbox.recordOutcomes(batch, clock.now(), workerId);
          stored = true;
        } catch (error) {
          onFault?.(error, `${batch.length} push outcomes could not be stored`);
          if (this.#stopping && tries >= STORE_TRIES_AT_STOP) break;
          await pause(Math.min(STORE_RETRY_MS * 2 ** (tries - 1), MAX_STORE_RETRY_MS));
        }
      }
      this.#storing = 0;
      if (stored) this.#observe(batch);
      this.#nudge();
    }
  }

  #observe(outcomes: readonly PushOutcome[]): void {
    const { onOutcome, onFault } = this.#options;
    try {
      if (onOutcome) for (const outcome of outcomes) onOutcome(outcome);
    } catch (error) {
      onFault?.(error, 'an observer of push outcomes threw');
    }
  }

  /** Resolves on the next event, or after the time given. */
  #somethingHappens(ms: number | undefined): Promise<void> {
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

function refusal(claim: ClaimedPush, partCount: number, reason: string): PushOutcome {
  const { pushId, attempt } = claim;
  const decision: PushDecision = { state: 'failed', attempts: attempt, reason };
  return { pushId, attempt, partCount, parts: [], decision };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
