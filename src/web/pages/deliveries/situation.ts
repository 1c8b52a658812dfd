import { texts } from '../../texts.ts';
import type { CommandResult, Delivery, Push, Session } from './queries.ts';

const words = texts.deliveries.situation;

/** A status of 3xx to 5xx, which the device has not carried out. */
export function isRefused({ status }: CommandResult): boolean {
  return status !== undefined && status >= 300;
}

/** "Permission denied" of "Permission denied. The node's access control list …". */
export function statusName({ statusText }: Pick<CommandResult, 'statusText'>): string {
  return statusText.split('. ')[0]?.replace(/\.$/, '') ?? statusText;
}

/**
 * How a delivery stands, in one sentence: why it failed, or what it waits for.
 * @param calls newest first
 * @param sessions newest first
 */
export function situationOf(delivery: Delivery, calls: readonly Push[], sessions: readonly Session[]): string {
  const { state, failure, progress, results } = delivery;
  switch (state) {
    case 'succeeded':
      return words.succeeded;
    case 'cancelled':
      return words.cancelled;
    case 'expired':
      return `${words.expired} ${waitingFor(calls, sessions)}`;
    case 'failed': {
      const [first, ...others] = results.filter(isRefused);
      if (failure?.code !== 'command-refused' || first?.status === undefined) return failure?.message ?? words.failed;
      return words.refused(first.locUri, first.status, statusName(first), others.length);
    }
    case 'delivering':
      return words.delivering(progress.done, progress.total);
    default:
      return waitingFor(calls, sessions);
  }
}

/** The last thing that went wrong, or how far the call has come. */
function waitingFor([call]: readonly Push[], [session]: readonly Session[]): string {
  if (session?.authFailure !== undefined) {
    return words.auth[session.authFailure.side](session.authFailure.why);
  }
  if (call === undefined) return words.uncalled;
  // What an SMS centre says of the message is the reason when nothing else is.
  return words.called[call.state](call.reason ?? call.parts.find(({ receipt }) => receipt !== undefined)?.receipt);
}
