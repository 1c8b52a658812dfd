import { isFinalDelivery } from '../../src/domain/delivery.ts';
import { otherMessageIds } from '../../src/domain/message-id.ts';
import {
  isFinalMessageState,
  isPushEnded,
  type MessageState,
  PUSH_PRIORITY,
  type PushState,
  stateAfterReceipts,
} from '../../src/domain/push.ts';
import { AppError } from '../../src/services/app-error.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type {
  ClaimedPush,
  LaneDepth,
  NewPush,
  PushFilter,
  PushOutbox,
  PushOutcome,
  PushRecord,
  TriggerAccount,
} from '../../src/services/ports/push-outbox.ts';
import type { DeliveryReceipt } from '../../src/services/ports/sms-link.ts';
import type { PushOutboxHarness } from '../contract/push-outbox-hands.ts';

interface Row {
  readonly push: NewPush;
  state: PushState;
  dueAt: Date;
  attempts: number;
  uncertainParts: number;
  partCount: number;
  workerId: string | undefined;
  reason: string | undefined;
  lane: string;
  linkId: string | undefined;
  readonly refusedBy: string[];
  lostClaims: number;
  cancelled: boolean;
  readonly no: number;
  updatedAt: Date;
  /** By part. */
  readonly accepted: Map<number, { readonly messageId: string; readonly linkId: string; readonly content?: string }>;
}

interface Receipt {
  readonly state: MessageState;
  readonly linkId: string;
  readonly destination: string | undefined;
  readonly otherIds: readonly string[];
}

const keyOf = (linkId: string | undefined, messageId: string): string => `${linkId ?? ''} ${messageId}`;
const isWaiting = ({ state }: Row): boolean => state === 'queued' || state === 'sending';
const priorityOf = ({ push }: Row): number => push.priority ?? PUSH_PRIORITY.ordinary;

/** The outbox as its port describes it, in memory: for tests of services and as the reference for its contract. */
export class InMemoryPushOutbox implements PushOutbox {
  readonly rows = new Map<string, Row>();
  readonly accounts = new Map<string, TriggerAccount>();
  /** Of devices whose bootstrap has not been answered. */
  readonly otherAccounts = new Map<string, readonly TriggerAccount[]>();
  readonly deliveries = new Map<string, Parameters<typeof isFinalDelivery>[0]>();
  /** By link and message id. */
  readonly receipts = new Map<string, Receipt>();
  /** What becomes of lost claims. */
  uncertain: 'resend' | 'fail' = 'resend';
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
      lane: '',
      linkId: undefined,
      refusedBy: [],
      lostClaims: 0,
      cancelled: false,
      no: this.rows.size,
      updatedAt: push.dueAt,
      accepted: new Map(),
    });
  }

  async claimDue(
    limit: number,
    now: Date,
    leaseMs: number,
    workerId: string,
    lane = '',
  ): Promise<readonly ClaimedPush[]> {
    this.#fail();
    const due = [...this.rows.values()]
      .filter((row) => isWaiting(row) && row.lane === lane && row.dueAt <= now)
      .sort((a, b) => priorityOf(b) - priorityOf(a) || a.dueAt.getTime() - b.dueAt.getTime());
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
      for (const { part, outcome: sent, content } of outcome.parts) {
        if (sent.kind === 'accepted') {
          row.accepted.set(part, {
            messageId: sent.messageId,
            linkId: outcome.linkId ?? '',
            ...(content === undefined ? {} : { content }),
          });
        }
        if (sent.kind === 'uncertain') row.uncertainParts += 1;
      }
      if (row.state !== 'sending' || row.workerId !== workerId || row.attempts !== outcome.attempt) {
        lost.push(outcome.pushId);
        continue;
      }
      const { decision } = outcome;
      row.state = decision.state === 'queued' && row.cancelled ? 'cancelled' : decision.state;
      row.linkId = outcome.linkId ?? row.linkId;
      if (decision.state === 'queued' && decision.reroute && outcome.linkId !== undefined) {
        row.refusedBy.push(outcome.linkId);
        row.lane = '';
      }
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

  async release(pushIds: readonly string[], now: Date, workerId: string, lane?: string): Promise<void> {
    this.#fail();
    for (const pushId of pushIds) {
      const row = this.rows.get(pushId);
      if (row?.state !== 'sending' || row.workerId !== workerId) continue;
      Object.assign(row, { state: 'queued', dueAt: now, attempts: row.attempts - 1, workerId: undefined });
      if (lane !== undefined) row.lane = lane;
    }
  }

  async reopenLanes(known: readonly string[], _now: Date, limit: number): Promise<number> {
    this.#fail();
    const lost = [...this.rows.values()]
      .filter((row) => row.state === 'queued' && row.lane !== '' && !known.includes(row.lane))
      .slice(0, limit);
    for (const row of lost) row.lane = '';
    return lost.length;
  }

  async cancel(pushId: string, now: Date): Promise<PushRecord | undefined> {
    this.#fail();
    const row = this.rows.get(pushId);
    if (row === undefined) return undefined;
    if (!isWaiting(row)) throw new AppError('push-ended', `it is ${row.state}`);
    row.cancelled = true;
    row.updatedAt = now;
    if (row.state === 'queued') Object.assign(row, { state: 'cancelled', reason: 'it was cancelled' });
    return this.find(pushId);
  }

  async list({ deliveryId, destination, state }: PushFilter, { limit }: PageRequest): Promise<Page<PushRecord>> {
    this.#fail();
    const rows = [...this.rows.values()].filter(
      (row) =>
        (deliveryId ?? row.push.deliveryId) === row.push.deliveryId &&
        (destination ?? row.push.destination) === row.push.destination &&
        (state ?? row.state) === row.state,
    );
    const items = await Promise.all(
      rows
        .sort((a, b) => b.no - a.no)
        .slice(0, limit)
        .map((row) => this.find(row.push.pushId)),
    );
    return { items: items.filter((item) => item !== undefined) };
  }

  async depth(now: Date): Promise<readonly LaneDepth[]> {
    this.#fail();
    const lanes = new Map<string, Row[]>();
    for (const row of this.rows.values()) {
      if (isWaiting(row)) lanes.set(row.lane, [...(lanes.get(row.lane) ?? []), row]);
    }
    return [...lanes].sort().map(([lane, rows]) => {
      const due = rows.map(({ dueAt }) => dueAt.getTime()).filter((ms) => ms <= now.getTime());
      return {
        lane,
        queued: rows.filter((row) => row.state === 'queued').length,
        sending: rows.filter((row) => row.state === 'sending').length,
        ...(due.length === 0 ? {} : { oldestDueAt: new Date(Math.min(...due)) }),
      };
    });
  }

  async recordReceipts(receipts: readonly DeliveryReceipt[]): Promise<void> {
    this.#fail();
    for (const { messageId, state, linkId, destination, anyNotation } of receipts) {
      const key = keyOf(linkId, messageId);
      const known = this.receipts.get(key)?.state;
      if (known && isFinalMessageState(known) && !isFinalMessageState(state)) continue;
      this.receipts.set(key, {
        state,
        linkId: linkId ?? '',
        destination,
        otherIds: anyNotation ? otherMessageIds(messageId) : [],
      });
    }
    for (const row of this.rows.values()) this.#applyReceipts(row);
  }

  async matchReceipts(): Promise<number> {
    this.#fail();
    return 0;
  }

  async retrigger(): Promise<number> {
    throw new Error('devices and deliveries are not kept here');
  }

  async nextDueAt(lanes: readonly string[] = ['']): Promise<Date | undefined> {
    this.#fail();
    const waiting = [...this.rows.values()].filter((row) => isWaiting(row) && lanes.includes(row.lane));
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
      lostClaims: row.lostClaims,
      priority: priorityOf(row),
      kind: push.content.kind,
      ...(row.linkId === undefined ? {} : { linkId: row.linkId }),
      ...(row.partCount === 0 ? {} : { partCount: row.partCount }),
      createdAt: push.dueAt,
      updatedAt: row.updatedAt,
      dueAt: row.dueAt,
      ...(push.expiresAt === undefined ? {} : { expiresAt: push.expiresAt }),
      ...(row.reason === undefined ? {} : { reason: row.reason }),
      parts: [...row.accepted]
        .filter(([, { linkId }]) => linkId === (row.linkId ?? ''))
        .sort(([a], [b]) => a - b)
        .map(([part, { messageId, linkId }]) => {
          const receipt = this.#receiptOf(row, part);
          return { part, messageId, linkId, ...(receipt === undefined ? {} : { receipt }) };
        }),
    };
  }

  #claim(row: Row, now: Date): ClaimedPush | undefined {
    const { push } = row;
    const lost = row.state === 'sending';
    if (lost) row.lostClaims += 1;
    const ended = push.deliveryId !== undefined && isFinalDelivery(this.deliveries.get(push.deliveryId) ?? 'queued');
    if (ended || row.cancelled) row.state = 'cancelled';
    else if (push.expiresAt && push.expiresAt <= now) row.state = 'expired';
    else if (lost && this.uncertain === 'fail') Object.assign(row, { state: 'failed', reason: 'the process ended' });
    if (isPushEnded(row.state)) return undefined;
    const base = {
      pushId: push.pushId,
      destination: push.destination,
      attempt: row.attempts + 1,
      acceptedParts: [...row.accepted]
        .flatMap(([part, { linkId }]) => (linkId === (row.linkId ?? '') ? [part] : []))
        .sort((a, b) => a - b),
      lane: row.lane,
      refusedBy: [...row.refusedBy],
      ...(row.linkId === undefined ? {} : { linkId: row.linkId }),
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
    const { sessionId, uiMode } = content;
    const otherAccounts = this.otherAccounts.get(content.deviceId);
    const acceptedContents = Object.fromEntries(
      [...row.accepted].flatMap(([part, accepted]) =>
        accepted.content === undefined ? [] : [[part, accepted.content]],
      ),
    );
    return {
      ...base,
      kind: 'package0',
      sessionId,
      uiMode,
      acceptedContents,
      account,
      ...(otherAccounts === undefined ? {} : { otherAccounts }),
    };
  }

  #applyReceipts(row: Row): void {
    const parts = Array.from({ length: row.partCount }, (_, part) => this.#receiptOf(row, part));
    row.state = stateAfterReceipts(row.state, parts);
  }

  #receiptOf(row: Row, part: number): MessageState | undefined {
    const accepted = row.accepted.get(part);
    if (accepted === undefined || accepted.messageId === '' || accepted.linkId !== (row.linkId ?? '')) return undefined;
    const { messageId, linkId } = accepted;
    const exact = this.receipts.get(keyOf(linkId, messageId));
    if (exact !== undefined) return exact.state;
    const digits = row.push.destination.replace('+', '');
    return [...this.receipts.values()].find(
      (one) =>
        one.linkId === linkId && one.otherIds.includes(messageId) && one.destination?.replace('+', '') === digits,
    )?.state;
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
