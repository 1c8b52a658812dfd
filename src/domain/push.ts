import { commandStatus, type RetryClass } from './command-status.ts';

/**
 * The life of a push: one message to one device, in one or more short messages ("parts").
 *
 *     queued ──claim──▶ sending ──every part accepted──▶ sent ──receipts──▶ delivered | failed | expired
 *       ▲  │               │
 *       │  ├─ its time ran out ─▶ expired
 *       │  └─ its delivery ended ─▶ cancelled
 *       └──── a part was refused, lost or throttled, and may be sent again
 *                          └─ a part was refused for good, or the attempts are used up ─▶ failed
 *
 * A part whose answer was lost is *uncertain*: the SMSC may have it. It is marked and counted in `uncertainParts`, and
 * the policy decides: sent again (losing a push is worse than repeating one, and a device ignores a trigger for a session
 * it has had), or given up. A claim that was never answered for (the process died) is uncertain as a whole, with the same
 * consequence, and counted in `lostClaims`.
 */
export const PUSH_STATES = ['queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'cancelled'] as const;
export type PushState = (typeof PUSH_STATES)[number];

/** Nothing more happens to a push in such a state. */
export function isPushEnded(state: PushState): boolean {
  return state === 'delivered' || state === 'failed' || state === 'expired' || state === 'cancelled';
}

/** What became of one part handed to the link. Only `accepted` proves that the SMSC has it. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly messageId: string }
  /** The SMSC answered with this command_status; it does not have the message. */
  | { readonly kind: 'refused'; readonly commandStatus: number }
  /** It left for the SMSC and no answer came (time-out, connection lost): it may have arrived. */
  | { readonly kind: 'uncertain'; readonly reason: string }
  /** It never left this process: the link is not bound. */
  | { readonly kind: 'unbound' };

export interface PartOutcome {
  /** From 0. */
  readonly part: number;
  readonly outcome: SubmitOutcome;
  /** What tells this wording of the part from others; absent where there is only one. */
  readonly content?: string;
}

/** A push of higher priority leaves first. Within one priority the longest due does. */
export const PUSH_PRIORITY = { campaign: 2, ordinary: 5, bootstrap: 8 } as const;
/** Priorities are whole numbers up to this. */
export const MAX_PUSH_PRIORITY = 9;

/** What to do about parts that may or may not have been sent: `resend` them, or `fail` the push. */
export const UNCERTAIN_POLICIES = ['resend', 'fail'] as const;
export type UncertainPolicy = (typeof UNCERTAIN_POLICIES)[number];

/** How often and how patiently a push is tried. Durations in milliseconds. */
export interface PushPolicy {
  /** Claims that ended in a counted fault before the push fails. */
  readonly maxAttempts: number;
  readonly firstBackOffMs: number;
  readonly maxBackOffMs: number;
  /** Pause after a throttled or unbound attempt, and before a `retry-now`. */
  readonly shortPauseMs: number;
  /** Left out: `resend`. */
  readonly uncertain?: UncertainPolicy;
}

export const DEFAULT_PUSH_POLICY: PushPolicy = {
  maxAttempts: 8,
  firstBackOffMs: 2_000,
  maxBackOffMs: 600_000,
  shortPauseMs: 500,
};

/**
 * Milliseconds until the next attempt: doubling from `firstBackOffMs` to `maxBackOffMs`, the upper half of it random.
 * @param attempt attempts made so far, from 1
 * @param jitter a number in [0, 1)
 */
export function backOffMs(
  attempt: number,
  jitter: number,
  policy: Pick<PushPolicy, 'firstBackOffMs' | 'maxBackOffMs'> = DEFAULT_PUSH_POLICY,
): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 40);
  const full = Math.min(policy.firstBackOffMs * 2 ** exponent, policy.maxBackOffMs);
  return Math.round(full * (0.5 + jitter / 2));
}

export interface PushAttempt {
  /** Which attempt this was, from 1, as the claim counted it. */
  readonly attempt: number;
  readonly partCount: number;
  /** Parts (from 0) that earlier attempts got accepted. */
  readonly acceptedParts: readonly number[];
  readonly expiresAt?: Date;
  /** Whether a link is left that has not refused the push, this one aside. Left out: none. */
  readonly otherLinks?: boolean;
}

/** What the attempt leads to. `attempts` is the count to keep: an attempt that was nobody's fault is given back. */
export type PushDecision =
  | { readonly state: 'sent'; readonly attempts: number }
  | {
      readonly state: 'queued';
      readonly attempts: number;
      readonly dueAt: Date;
      readonly reason: string;
      /** This link has refused it for good; another one is to be tried. */
      readonly reroute?: true;
    }
  | { readonly state: 'failed'; readonly attempts: number; readonly reason: string }
  | { readonly state: 'expired'; readonly attempts: number; readonly reason: string };

type Consequence = Exclude<RetryClass, 'accepted'> | 'unbound' | 'uncertain';

/** The worst first: it decides for the whole push. */
const CONSEQUENCES: readonly Consequence[] = [
  'give-up',
  'reroute',
  'retry-later',
  'uncertain',
  'throttled',
  'retry-now',
  'unbound',
];

/**
 * The state after an attempt, from what became of the parts it handed over. Parts that were neither accepted before
 * nor are in `outcomes` were not tried (one before them was not accepted, or the link went away) and count as unbound.
 * @param jitter a number in [0, 1)
 */
export function decidePush(
  push: PushAttempt,
  outcomes: readonly PartOutcome[],
  now: Date,
  jitter: number,
  policy: PushPolicy = DEFAULT_PUSH_POLICY,
): PushDecision {
  const accepted = new Set(push.acceptedParts);
  const faults: { readonly consequence: Consequence; readonly reason: string }[] = [];
  const tried = new Set<number>();
  for (const { part, outcome } of outcomes) {
    tried.add(part);
    const fault = faultOf(outcome);
    if (fault === undefined) accepted.add(part);
    else faults.push(fault);
  }
  for (let part = 0; part < push.partCount; part++) {
    if (!accepted.has(part) && !tried.has(part))
      faults.push({ consequence: 'unbound', reason: 'not all of it was sent' });
  }
  const worst = faults.sort((a, b) => CONSEQUENCES.indexOf(a.consequence) - CONSEQUENCES.indexOf(b.consequence))[0];
  const { attempt } = push;
  if (worst === undefined) return { state: 'sent', attempts: attempt };
  const { consequence, reason } = worst;
  if (consequence === 'give-up') return { state: 'failed', attempts: attempt, reason };
  if (consequence === 'reroute' && push.otherLinks !== true) return { state: 'failed', attempts: attempt, reason };
  const uncertain = faults.find((fault) => fault.consequence === 'uncertain');
  if (uncertain !== undefined && policy.uncertain === 'fail') {
    return { state: 'failed', attempts: attempt, reason: `${uncertain.reason}; it may have been delivered` };
  }

  const counted = consequence !== 'throttled' && consequence !== 'unbound';
  const attempts = counted ? attempt : Math.max(attempt - 1, 0);
  if (counted && attempt >= policy.maxAttempts) {
    return { state: 'failed', attempts, reason: `${reason}; gave up after ${attempt} attempts` };
  }
  const waitMs =
    consequence === 'reroute'
      ? 0
      : consequence === 'retry-later' || consequence === 'uncertain'
        ? backOffMs(attempt, jitter, policy)
        : Math.round(policy.shortPauseMs * (0.5 + jitter / 2));
  const dueAt = new Date(now.getTime() + waitMs);
  if (push.expiresAt !== undefined && push.expiresAt.getTime() <= dueAt.getTime()) {
    return { state: 'expired', attempts, reason };
  }
  return { state: 'queued', attempts, dueAt, reason, ...(consequence === 'reroute' ? { reroute: true } : {}) };
}

/** Whether any of these outcomes asks the sender to slow down. */
export function isThrottled(outcome: SubmitOutcome): boolean {
  return outcome.kind === 'refused' && commandStatus(outcome.commandStatus).retry === 'throttled';
}

function faultOf(outcome: SubmitOutcome): { consequence: Consequence; reason: string } | undefined {
  switch (outcome.kind) {
    case 'accepted':
      return undefined;
    case 'unbound':
      return { consequence: 'unbound', reason: 'not sent: no link' };
    case 'uncertain':
      return { consequence: 'uncertain', reason: `no answer from the SMSC: ${outcome.reason}` };
    case 'refused': {
      const row = commandStatus(outcome.commandStatus);
      // A status of 0 is an acceptance and cannot arrive here; were it to, trying again is the safe reading.
      const consequence = row.retry === 'accepted' ? 'retry-later' : row.retry;
      return { consequence, reason: `refused by the SMSC: ${row.name}` };
    }
  }
}

/** SMPP 3.4 section 5.2.28: message_state, with what it means for the push. */
export const MESSAGE_STATES = [
  { code: 0, name: 'scheduled', stat: 'SCHEDLD', meaning: 'pending' },
  { code: 1, name: 'enroute', stat: 'ENROUTE', meaning: 'pending' },
  { code: 2, name: 'delivered', stat: 'DELIVRD', meaning: 'delivered' },
  { code: 3, name: 'expired', stat: 'EXPIRED', meaning: 'expired' },
  { code: 4, name: 'deleted', stat: 'DELETED', meaning: 'failed' },
  { code: 5, name: 'undeliverable', stat: 'UNDELIV', meaning: 'failed' },
  { code: 6, name: 'accepted', stat: 'ACCEPTD', meaning: 'pending' },
  { code: 7, name: 'unknown', stat: 'UNKNOWN', meaning: 'pending' },
  { code: 8, name: 'rejected', stat: 'REJECTD', meaning: 'failed' },
  { code: 9, name: 'skipped', stat: 'SKIPPED', meaning: 'failed' },
] as const satisfies readonly {
  code: number;
  name: string;
  stat: string;
  meaning: 'pending' | 'delivered' | 'expired' | 'failed';
}[];

export type MessageState = (typeof MESSAGE_STATES)[number]['name'];

/** Whether receipts about a message end with this state (`delivered`, `expired`, `rejected`…). */
export function isFinalMessageState(state: MessageState): boolean {
  return MESSAGE_STATES.some((row) => row.name === state && row.meaning !== 'pending');
}

/**
 * The push's state after receipts. Only a `sent` push moves: receipts that overtake the submit's answer are applied
 * when the answer is recorded. `delivered` needs every part delivered; one part that ended otherwise ends the push.
 * @param partStates the latest message state for each part, undefined where no receipt came yet
 */
export function stateAfterReceipts(state: PushState, partStates: readonly (MessageState | undefined)[]): PushState {
  if (state !== 'sent') return state;
  const meanings = partStates.map((name) => MESSAGE_STATES.find((row) => row.name === name)?.meaning ?? 'pending');
  if (meanings.includes('failed')) return 'failed';
  if (meanings.includes('expired')) return 'expired';
  return meanings.length > 0 && meanings.every((meaning) => meaning === 'delivered') ? 'delivered' : state;
}
