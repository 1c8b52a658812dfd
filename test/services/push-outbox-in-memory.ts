import { isFinalDelivery } from '../../src/domain/delivery.ts';
import {
  isFinalMessageState,
  isPushEnded,
  type MessageState,
  type PushState,
  stateAfterReceipts,
} from '../../src/domain/push.ts';
import type {
  ClaimedPush,
  NewPush,
  PushOutbox,
  PushOutcome,
  PushRecord,
  TriggerAccount,
} from '../../src/services/ports/push-outbox.ts';
import type { DeliveryReceipt } from '../../src/services/ports/sms-link.ts';
import type { PushOutboxHarness } from '../contract/push-outbox.contract.ts';

interface Row {
  readonly push: NewPush;
  state: PushState;
  dueAt: Date;
  attempts: number;
  uncertainParts: number;
  partCount: number;
  workerId: string | undefined;
  reason: string | undefined;
  /** Message id by part. */
  readonly accepted: Map<number, string>;
}

/** The outbox as its port describes it, in memory: for tests of services and as the reference for its contract. */
export class InMemoryPushOutbox implements PushOutbox {
  readonly rows = new Map<string, Row>();
  readonly accounts = new Map<string, TriggerAccount>();
  readonly deliveries = new Map<string, Parameters<typeof isFinalDelivery>[0]>();
  readonly receipts = new Map<string, MessageState>();
  /** Calls that will reject before anything changed. */
  failing = 0;

  async enqueue(push: NewPush): Promise<void> {
    this.#fail();
    if (this.rows.has(push.pushId)) return;
    this.rows.set(push.pushId, {
      push,
      state: 'queued',
      dueAt: push.dueAt,
      attempts: 0,
      uncertainParts: 0,
      partCount: 0,
      workerId: undefined,
      reason: undefined,
      accepted: new Map(),
    });
  }

  async claimDue(limit: number, now: Date, leaseMs: number, workerId: string): Promise<readonly ClaimedPush[]> {
    this.#fail();
    const due = [...this.rows.values()]
      .filter((row) => (row.state === 'queued' || row.state === 'sending') && row.dueAt <= now)
      .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
    const claimed: ClaimedPush[] = [];
    for (const row of due) {
      if (claimed.length >= limit) break;
      const claim = this.#claim(row, now);
      if (!claim) continue;
      Object.assign(row, {
        state: 'sending',
        workerId,
        dueAt: new Date(now.getTime() + leaseMs),
        attempts: claim.attempt,
      });
      claimed.push(claim);
    }
    return claimed;
  }

  async recordOutcomes(outcomes: readonly PushOutcome[], now: Date, workerId: string): Promise<readonly string[]> {
    this.#fail();
    const lost: string[] = [];
    for (const outcome of outcomes) {
      const row = this.rows.get(outcome.pushId);
      if (!row) continue;
      for (const { part, outcome: sent } of outcome.parts) {
        if (sent.kind === 'accepted') row.accepted.set(part, sent.messageId);
        if (sent.kind === 'uncertain') row.uncertainParts += 1;
      }
      if (row.state !== 'sending' || row.workerId !== workerId || row.attempts !== outcome.attempt) {
        lost.push(outcome.pushId);
        continue;
      }
      const { decision } = outcome;
      row.state = decision.state;
      row.attempts = decision.attempts;
      row.partCount = outcome.partCount;
      row.workerId = undefined;
      row.reason = decision.state === 'sent' ? undefined : decision.reason;
      row.dueAt = decision.state === 'queued' ? decision.dueAt : now;
      const { deliveryId } = row.push;
      if (decision.state === 'sent' && deliveryId && this.deliveries.get(deliveryId) === 'queued') {
        this.deliveries.set(deliveryId, 'triggered');
      }
      this.#applyReceipts(row);
    }
    return lost;
  }

  async release(pushIds: readonly string[], now: Date, workerId: string): Promise<void> {
    this.#fail();
    for (const pushId of pushIds) {
      const row = this.rows.get(pushId);
      if (row?.state !== 'sending' || row.workerId !== workerId) continue;
      Object.assign(row, { state: 'queued', dueAt: now, attempts: row.attempts - 1, workerId: undefined });
    }
  }

  async recordReceipts(receipts: readonly DeliveryReceipt[]): Promise<void> {
    this.#fail();
    for (const { messageId, state } of receipts) {
      const known = this.receipts.get(messageId);
      if (known && isFinalMessageState(known) && !isFinalMessageState(state)) continue;
      this.receipts.set(messageId, state);
    }
    for (const row of this.rows.values()) this.#applyReceipts(row);
  }

  async nextDueAt(): Promise<Date | undefined> {
    this.#fail();
    const waiting = [...this.rows.values()].filter((row) => row.state === 'queued' || row.state === 'sending');
    return waiting.map((row) => row.dueAt).sort((a, b) => a.getTime() - b.getTime())[0];
  }

  async find(pushId: string): Promise<PushRecord | undefined> {
    const row = this.rows.get(pushId);
    if (!row) return undefined;
    const { push } = row;
    return {
      pushId,
      ...(push.deliveryId === undefined ? {} : { deliveryId: push.deliveryId }),
      destination: push.destination,
      state: row.state,
      attempts: row.attempts,
      uncertainParts: row.uncertainParts,
      dueAt: row.dueAt,
      ...(push.expiresAt === undefined ? {} : { expiresAt: push.expiresAt }),
      ...(row.reason === undefined ? {} : { reason: row.reason }),
      parts: [...row.accepted]
        .sort(([a], [b]) => a - b)
        .map(([part, messageId]) => {
          const receipt = messageId === '' ? undefined : this.receipts.get(messageId);
          return { part, messageId, ...(receipt === undefined ? {} : { receipt }) };
        }),
    };
  }

  #claim(row: Row, now: Date): ClaimedPush | undefined {
    const { push } = row;
    const ended = push.deliveryId !== undefined && isFinalDelivery(this.deliveries.get(push.deliveryId) ?? 'queued');
    if (ended) row.state = 'cancelled';
    else if (push.expiresAt && push.expiresAt <= now) row.state = 'expired';
    if (isPushEnded(row.state)) return undefined;
    const base = {
      pushId: push.pushId,
      destination: push.destination,
      attempt: row.attempts + 1,
      acceptedParts: [...row.accepted.keys()].sort((a, b) => a - b),
      ...(push.deliveryId === undefined ? {} : { deliveryId: push.deliveryId }),
      ...(push.expiresAt === undefined ? {} : { expiresAt: push.expiresAt }),
    };
    const { content } = push;
    if (content.kind === 'raw') return { ...base, ...content };
    const account = this.accounts.get(content.deviceId);
    if (!account) {
      row.state = 'failed';
      row.reason = 'the device is gone';
      return undefined;
    }
    return { ...base, kind: 'package0', sessionId: content.sessionId, uiMode: content.uiMode, account };
  }

  #applyReceipts(row: Row): void {
    const parts = Array.from({ length: row.partCount }, (_, part) => {
      const messageId = row.accepted.get(part);
      return messageId ? this.receipts.get(messageId) : undefined;
    });
    row.state = stateAfterReceipts(row.state, parts);
  }

  #fail(): void {
    if (this.failing <= 0) return;
    this.failing -= 1;
    throw new Error('the store is away');
  }
}

/** The contract's harness around {@link InMemoryPushOutbox}. */
export function inMemoryHarness(): PushOutboxHarness & { readonly outbox: InMemoryPushOutbox } {
  const outbox = new InMemoryPushOutbox();
  let nextId = 0;
  return {
    outbox,
    newId: () => `id-${nextId++}`,
    addDevice: async ({ deviceId, account }) => {
      outbox.accounts.set(deviceId, account);
    },
    setServerNonce: async (deviceId, serverNonce) => {
      const account = outbox.accounts.get(deviceId);
      if (account) outbox.accounts.set(deviceId, { ...account, serverNonce });
    },
    addDelivery: async (deliveryId) => {
      outbox.deliveries.set(deliveryId, 'queued');
    },
    setDeliveryState: async (deliveryId, state) => {
      outbox.deliveries.set(deliveryId, state);
    },
    deliveryState: async (deliveryId) => outbox.deliveries.get(deliveryId) ?? 'queued',
    close: async () => undefined,
  };
}
