import { buildPackage0, INITIATOR, type UiMode } from '../wire/wap/package0.ts';
import { type Segment, segmentSms } from '../wire/wap/segment.ts';
import { WAP_PUSH_PORT, WAP_PUSH_SOURCE_PORT } from '../wire/wap/udh.ts';
import { encodeWspPush, triggerPush } from '../wire/wap/wsp-push.ts';
import type { ClaimedPush, ClaimedTrigger, TriggerAccount } from './ports/push-outbox.ts';

/** Of the notification format, which has not changed since. Devices of DM 1.2 take it too. */
const NOTIFICATION_VERSION = '1.1';

/**
 * Makes a push's short messages. The same push makes the same WSP transaction id and concatenation reference every
 * time, so that a part sent again fits those that arrived.
 * @throws Package0Error, WapError when it cannot be written
 */
export function renderPush(push: ClaimedPush): readonly Segment[] {
  const reference = referenceOf(push.pushId);
  if (push.kind === 'raw') {
    const { destinationPort, sourcePort, payload } = push;
    return segmentSms(payload, { destinationPort, sourcePort, reference });
  }
  return [push.account, ...(push.otherAccounts ?? [])].flatMap((account, index) =>
    segmentTrigger(push, account, (reference + index) & 0xff),
  );
}

function segmentTrigger(push: ClaimedTrigger, account: TriggerAccount, reference: number): readonly Segment[] {
  const { serverId, serverPassword, serverNonce } = account;
  const trigger = buildPackage0({
    version: NOTIFICATION_VERSION,
    // A number out of range is refused by the builder.
    uiMode: push.uiMode as UiMode,
    initiator: INITIATOR.server,
    sessionId: push.sessionId,
    serverId,
    serverPassword,
    nonce: serverNonce,
  });
  return segmentSms(encodeWspPush(triggerPush(reference, trigger)), {
    destinationPort: WAP_PUSH_PORT,
    sourcePort: WAP_PUSH_SOURCE_PORT,
    reference,
  });
}

/** 0…255 from the id (FNV-1a, folded). */
function referenceOf(pushId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < pushId.length; index++) {
    hash = Math.imul(hash ^ pushId.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
}
