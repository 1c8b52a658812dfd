import { createHash } from 'node:crypto';
import type { Segment } from '../wire/wap/segment.ts';
import type { ClaimedPush } from './ports/push-outbox.ts';

const CHARACTERS = 16;

/**
 * Tells one wording of a part from another; undefined where it is the same every time. Only triggers of several short
 * messages are told apart: they hold the nonce of the moment, and one for each account that the device may have.
 */
export function contentOf({ kind }: ClaimedPush, partCount: number, { udh, body }: Segment): string | undefined {
  if (kind !== 'package0' || partCount <= 1) return undefined;
  return createHash('sha256').update(udh).update(body).digest('base64url').slice(0, CHARACTERS);
}
