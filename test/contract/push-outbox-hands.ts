import { afterEach, beforeEach } from 'vitest';
import type { DeliveryState } from '../../src/domain/delivery.ts';
import type { MessageState, PartOutcome, PushDecision, SubmitOutcome } from '../../src/domain/push.ts';
import type {
  ClaimedPush,
  NewPush,
  PushOutbox,
  PushOutcome,
  RawContent,
  TriggerAccount,
} from '../../src/services/ports/push-outbox.ts';

/** An empty outbox, and the hands that reach what lies beside it in the store. */
export interface PushOutboxHarness {
  readonly outbox: PushOutbox;
  /** An id fit for a push or a delivery. */
  newId(): string;
  addDevice(device: { deviceId: string; msisdn: string; account: TriggerAccount }): Promise<void>;
  setServerNonce(deviceId: string, nonce: Uint8Array): Promise<void>;
  /** A delivery in state `queued` for a device added before, without a push of its own. */
  addDelivery(deliveryId: string, deviceId: string): Promise<void>;
  setDeliveryState(deliveryId: string, state: DeliveryState): Promise<void>;
  deliveryState(deliveryId: string): Promise<DeliveryState>;
  close(): Promise<void>;
}

const T0 = Date.UTC(2026, 0, 1, 12);
export const at = (ms: number): Date => new Date(T0 + ms);
export const LEASE = 30_000;
export const MSISDN = '+491701234567';
export const DEVICE = 'IMEI:490154203237518';
export const ACCOUNT: TriggerAccount = {
  serverId: 'omadm',
  serverPassword: 'srv päss',
  serverNonce: Uint8Array.from([0, 1, 254, 255]),
};
export const RAW: RawContent = {
  kind: 'raw',
  destinationPort: 2948,
  sourcePort: 49_154,
  payload: Uint8Array.from({ length: 300 }, (_, n) => n & 0xff),
};

export type PushOutboxHands = ReturnType<typeof pushOutboxHands>;

/** What the contract's tests do with an outbox that is made before each of them. To be called in their `describe`. */
export function pushOutboxHands(makeHarness: () => Promise<PushOutboxHarness>) {
  let harness: PushOutboxHarness;
  let outbox: PushOutbox;
  beforeEach(async () => {
    harness = await makeHarness();
    outbox = harness.outbox;
    await harness.addDevice({ deviceId: DEVICE, msisdn: MSISDN, account: ACCOUNT });
  });
  afterEach(async () => {
    await harness.close();
  });

  async function enqueue(push: Partial<NewPush> = {}): Promise<string> {
    const pushId = push.pushId ?? harness.newId();
    await outbox.enqueue({ destination: MSISDN, content: RAW, dueAt: at(0), ...push, pushId });
    return pushId;
  }

  async function enqueueTrigger(push: Partial<NewPush> = {}): Promise<{ pushId: string; deliveryId: string }> {
    const deliveryId = harness.newId();
    await harness.addDelivery(deliveryId, DEVICE);
    const content = { kind: 'package0', deviceId: DEVICE, sessionId: 0xbeef, uiMode: 1 } as const;
    return { pushId: await enqueue({ ...push, content, deliveryId }), deliveryId };
  }

  async function claimOne(now = at(0), workerId = 'a'): Promise<ClaimedPush> {
    const [claim] = await outbox.claimDue(1, now, LEASE, workerId);
    if (!claim) throw new Error('nothing to claim');
    return claim;
  }

  const accepted = (messageId: string): SubmitOutcome => ({ kind: 'accepted', messageId });
  const sent = (claim: ClaimedPush, ...messageIds: string[]): PushOutcome => ({
    pushId: claim.pushId,
    attempt: claim.attempt,
    partCount: messageIds.length,
    parts: messageIds.map((messageId, part) => ({ part, outcome: accepted(messageId) })),
    decision: { state: 'sent', attempts: claim.attempt },
  });
  const outcome = (
    claim: ClaimedPush,
    decision: PushDecision,
    parts: readonly PartOutcome[] = [],
    partCount = 1,
  ): PushOutcome => ({ pushId: claim.pushId, attempt: claim.attempt, partCount, parts, decision });
  const receipt = (messageId: string, state: MessageState) => ({ messageId, state });
  const stateOf = async (pushId: string) => (await outbox.find(pushId))?.state;

  return {
    get harness() {
      return harness;
    },
    get outbox() {
      return outbox;
    },
    enqueue,
    enqueueTrigger,
    claimOne,
    accepted,
    sent,
    outcome,
    receipt,
    stateOf,
  };
}
