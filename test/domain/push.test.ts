import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND_STATUSES, commandStatus } from '../../src/domain/command-status.ts';
import {
  backOffMs,
  decidePush,
  isPushEnded,
  type MessageState,
  type PartOutcome,
  type PushPolicy,
  type SubmitOutcome,
  stateAfterReceipts,
} from '../../src/domain/push.ts';

const policy: PushPolicy = { maxAttempts: 3, firstBackOffMs: 1_000, maxBackOffMs: 8_000, shortPauseMs: 400 };
const now = new Date(1_000_000);
const ok: SubmitOutcome = { kind: 'accepted', messageId: 'm' };
const refused = (status: number): SubmitOutcome => ({ kind: 'refused', commandStatus: status });
const uncertain: SubmitOutcome = { kind: 'uncertain', reason: 'time-out' };
const parts = (...outcomes: SubmitOutcome[]): PartOutcome[] => outcomes.map((outcome, part) => ({ part, outcome }));
const decide = (outcomes: readonly PartOutcome[], push: Partial<Parameters<typeof decidePush>[0]> = {}, jitter = 0.5) =>
  decidePush({ attempt: 1, partCount: outcomes.length, acceptedParts: [], ...push }, outcomes, now, jitter, policy);

describe('command_status', () => {
  it('has one row per code and per name', () => {
    expect(new Set(COMMAND_STATUSES.map((row) => row.code)).size).toBe(COMMAND_STATUSES.length);
    expect(new Set(COMMAND_STATUSES.map((row) => row.name)).size).toBe(COMMAND_STATUSES.length);
  });

  it('accepts by 0 alone', () => {
    expect(COMMAND_STATUSES.filter((row) => row.retry === 'accepted').map((row) => row.code)).toEqual([0]);
  });

  it("tries codes it does not know again, a vendor's own too", () => {
    expect(commandStatus(0x401)).toEqual({ code: 0x401, name: '0x00000401', retry: 'retry-later' });
  });
});

describe('the back-off', () => {
  it('doubles up to its limit, the upper half of it random', () => {
    expect([1, 2, 3, 4, 5, 50].map((attempt) => backOffMs(attempt, 0, policy))).toEqual([
      500, 1_000, 2_000, 4_000, 4_000, 4_000,
    ]);
    expect(backOffMs(1, 0.999, policy)).toBe(1_000);
  });
});

describe('the decision after an attempt', () => {
  it('is sent when every part is accepted, now or before', () => {
    expect(decide(parts(ok, ok))).toEqual({ state: 'sent', attempts: 1 });
    expect(decide([{ part: 1, outcome: ok }], { partCount: 3, acceptedParts: [0, 2] })).toMatchObject({
      state: 'sent',
    });
  });

  it('fails at once when the SMSC refuses for good, whatever happened to the other parts', () => {
    expect(decide(parts(ok, refused(0x0b), uncertain))).toEqual({
      state: 'failed',
      attempts: 1,
      reason: 'refused by the SMSC: ESME_RINVDSTADR',
    });
  });

  it('waits for the back-off after a fault that may pass', () => {
    expect(decide(parts(refused(0x08)), { attempt: 2 })).toEqual({
      state: 'queued',
      attempts: 2,
      dueAt: new Date(now.getTime() + 1_500),
      reason: 'refused by the SMSC: ESME_RSYSERR',
    });
  });

  it('sends again what may have arrived, counted', () => {
    expect(decide(parts(uncertain))).toMatchObject({
      state: 'queued',
      attempts: 1,
      dueAt: new Date(now.getTime() + 750),
    });
  });

  it('fails when the attempts are used up', () => {
    for (const outcome of [uncertain, refused(0x08), refused(0x04)]) {
      const decision = decide(parts(outcome), { attempt: 3 });
      expect(decision).toMatchObject({ state: 'failed', attempts: 3 });
      expect('reason' in decision && decision.reason).toContain('gave up after 3 attempts');
    }
  });

  it('gives back an attempt that was throttled or had no link, however many there were', () => {
    for (const outcome of [refused(0x58), refused(0x14), { kind: 'unbound' } as const]) {
      expect(decide(parts(outcome), { attempt: 99 })).toMatchObject({
        state: 'queued',
        attempts: 98,
        dueAt: new Date(now.getTime() + 300),
      });
    }
  });

  it('takes a part that was not tried for one without a link', () => {
    expect(decide(parts(ok), { partCount: 2 })).toMatchObject({ state: 'queued', reason: 'not all of it was sent' });
  });

  it('expires a push that cannot be sent again in time', () => {
    expect(decide(parts(uncertain), { expiresAt: new Date(now.getTime() + 750) })).toMatchObject({ state: 'expired' });
    expect(decide(parts(uncertain), { expiresAt: new Date(now.getTime() + 751) })).toMatchObject({ state: 'queued' });
    expect(decide(parts(ok), { expiresAt: now })).toMatchObject({ state: 'sent' });
  });

  it('never fails a push that only was throttled, and never calls one sent that is not', () => {
    const outcome = fc.oneof(
      fc.constant(ok),
      fc.constant(uncertain),
      fc.constant<SubmitOutcome>({ kind: 'unbound' }),
      fc.integer({ min: 1, max: 0x500 }).map(refused),
    );
    fc.assert(
      fc.property(
        fc.array(outcome, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (outcomes, attempt) => {
          const decision = decide(parts(...outcomes), { attempt });
          expect(decision.state === 'sent').toBe(outcomes.every(({ kind }) => kind === 'accepted'));
          const onlyThrottled = outcomes.every(
            (one) =>
              one.kind === 'accepted' ||
              one.kind === 'unbound' ||
              (one.kind === 'refused' && one.commandStatus === 0x58),
          );
          if (onlyThrottled) expect(decision.state).not.toBe('failed');
          if (decision.state === 'queued') expect(decision.dueAt.getTime()).toBeGreaterThan(now.getTime());
          expect(decision.attempts).toBeLessThanOrEqual(attempt);
        },
      ),
    );
  });
});

describe('receipts', () => {
  const pushAfter = (...states: (MessageState | undefined)[]) => stateAfterReceipts('sent', states);

  it('deliver the push when every part is delivered', () => {
    expect(pushAfter('delivered')).toBe('delivered');
    expect(pushAfter('delivered', undefined)).toBe('sent');
    expect(pushAfter('delivered', 'enroute')).toBe('sent');
    expect(pushAfter()).toBe('sent');
  });

  it('end the push with the first part that is lost', () => {
    expect(pushAfter('delivered', 'undeliverable')).toBe('failed');
    expect(pushAfter(undefined, 'expired')).toBe('expired');
    expect(pushAfter('rejected', 'expired')).toBe('failed');
  });

  it('move nothing but a sent push', () => {
    for (const state of ['queued', 'sending', 'failed', 'cancelled', 'expired', 'delivered'] as const) {
      expect(stateAfterReceipts(state, ['undeliverable'])).toBe(state);
      expect(isPushEnded(state)).toBe(!['queued', 'sending'].includes(state));
    }
  });
});
