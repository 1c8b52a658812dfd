import type { CredentialKind } from '../syncml/credential-kind.ts';
import type { Message } from '../syncml/message.ts';
import { STATUS } from '../syncml/status-codes.ts';
import { buildChallenge, type ClientVerdict, weakestFor } from './authenticate-client.ts';
import { close, within } from './closing.ts';
import { converse, NOTHING_OUT } from './converse.ts';
import type { AuthFailure, Challenging, Dialogue } from './session-state.ts';
import type { StepResult } from './step-result.ts';
import type { Turn } from './turn.ts';
import { challengedAccount, weighAccounts } from './weigh-accounts.ts';

/** So often a device may come with missing or wrong credentials in one session. */
const MAX_REFUSALS = 3;

/** Package 1, or the part of it that comes first: it has to prove who sent it. */
export function open(turn: Turn, dialogue: Dialogue, challenged: Challenging | undefined): StepResult {
  const { nonce, asked, refusals } = challenged ?? {};
  const challengeNonce = nonce === undefined || nonce === '' ? undefined : Buffer.from(nonce, 'base64');
  const weighed = weighAccounts(turn.input, { challengeNonce });
  const verdict = otherThanAsked(weighed.verdict, asked);
  if (verdict.kind !== 'accepted') return refuse(turn, dialogue, verdict, { answered: asked, refusals });
  turn.do({ kind: 'deviceProven' });
  if (weighed.adopts !== undefined) turn.adopt(weighed.adopts);
  const { account, authScope } = turn.input;
  const everyMessage = verdict.by === 'hmac' || (account.client.scope ?? authScope) === 'message';
  accept(turn, verdict, everyMessage);
  const { clientAuth: _, generation: __, ...rest } = dialogue;
  const proven: Dialogue = {
    ...rest,
    clientKind: verdict.by,
    ...(everyMessage && { clientAuth: 'everyMessage' }),
    ...(account.generation !== undefined && { generation: account.generation }),
  };
  turn.proveAs(proven);
  return converse(turn, proven, NOTHING_OUT, true);
}

/**
 * 212 when the credentials hold for the session. Where every message is to have its own, 200 and the nonce for the next
 * one (OMA-TS-DM_Protocol, 9.1; OMA-TS-DM_Security, 5.3): so with MACs, each of which covers one message.
 */
export function accept(
  turn: Turn,
  { by, usedNonce }: Extract<ClientVerdict, { kind: 'accepted' }>,
  everyMessage: boolean,
) {
  const { nonce } = turn.input;
  if (usedNonce !== undefined) turn.do({ kind: 'renewClientNonce', nonce, previous: usedNonce });
  turn.headerStatus(
    everyMessage ? STATUS.ok : STATUS.authenticated,
    by === 'basic' ? undefined : buildChallenge(by, nonce),
  );
}

/** Credentials may be right and still no answer to the challenge (OMA-TS-DM_Security, 5.3). */
function otherThanAsked(verdict: ClientVerdict, asked: CredentialKind | undefined): ClientVerdict {
  if (verdict.kind !== 'accepted' || asked === undefined || verdict.by === asked) return verdict;
  return { kind: 'refused', by: verdict.by, why: `${asked} was asked for and ${verdict.by} came` };
}

/** What a refused message is an answer to. */
interface Refused {
  /** The kind it was challenged to. */
  readonly answered?: CredentialKind | undefined;
  /** The kind to challenge it to, where that is not the weakest its account takes. */
  readonly asked?: CredentialKind;
  /** Earlier refusals in a row. */
  readonly refusals?: number | undefined;
}

/**
 * 401 or 407 with a challenge, a Status for every command, nothing else (OMA-TS-DM_Protocol, 9.1). The session ends the
 * third time, and when a challenge was answered with another kind than it asked for, or not at all (OMA-TS-DM_Security,
 * 5.3 and 5.4).
 */
export function refuse(
  turn: Turn,
  dialogue: Dialogue,
  verdict: Exclude<ClientVerdict, { kind: 'accepted' }>,
  { answered, asked = weakestFor(challengedAccount(turn.input), turn.input.minAuth), refusals: before = 0 }: Refused,
): StepResult {
  const { message, account } = turn.input;
  const isMissing = verdict.kind === 'missing';
  // A MAC that is expected and missing counts as a wrong one (OMA-TS-DM_Security, 5.4).
  const code =
    isMissing && !(asked === 'hmac' && dialogue.clientAuth !== undefined)
      ? STATUS.missingCredentials
      : STATUS.invalidCredentials;
  const by = isMissing ? undefined : verdict.by;
  const hadToBe = answered ?? (dialogue.clientAuth === undefined ? undefined : asked);
  const isOtherKind = hadToBe !== undefined && by !== hadToBe && !(isMissing && answered === undefined);
  const failure: AuthFailure = {
    side: 'device',
    ...(isMissing ? { kind: asked } : by !== undefined && { kind: by }),
    why: isMissing ? `no credentials came, ${asked} is asked for` : verdict.why,
  };
  turn.do({ kind: 'deviceRefused', failure });
  const refusals = before + 1;
  const isLast = refusals >= MAX_REFUSALS || isOtherKind;
  // Every challenge brings a new nonce, for the device may hold a stale one (OMA-TS-DM_Security, 5.3.3). With the last one
  // it comes back in a session that knows nothing of this one, so there it is the nonce of the account.
  const nonce = isLast ? (account.client.nonce ?? turn.input.nonce) : turn.input.nonce;
  turn.headerStatus(code, buildChallenge(asked, nonce));
  for (const command of message.commands) turn.status(command, code);
  const latest = latestServerNonce(message);
  if (latest !== undefined) turn.useServerNonce(Buffer.from(latest, 'base64'));
  if (isLast) return close(turn, dialogue, 'client-not-authenticated', [], undefined, failure);
  const serverMsgId = dialogue.serverMsgId + 1;
  const challenge = (): Message =>
    turn.compose({
      version: dialogue.version,
      msgId: serverMsgId,
      withCred: false,
      announceLimits: false,
      requests: [],
      final: true,
    });
  // What has no status is said again after the challenge.
  turn.reply(within(turn, dialogue.maxMsgSize, challenge));
  const state: Challenging = {
    ...dialogue,
    phase: 'challenging',
    serverAuth: { ...dialogue.serverAuth, ...(latest !== undefined && { nonce: latest }) },
    serverMsgId,
    refusals,
    nonce: asked === 'basic' ? '' : Buffer.from(nonce).toString('base64'),
    asked,
    authFailure: failure,
  };
  return { state, effects: turn.effects };
}

/** The nonce a device hands out for our next credentials. One that has not proven itself may be followed, not believed. */
function latestServerNonce({ commands }: Message): string | undefined {
  const status = commands.find((command) => command.name === 'Status' && command.cmdRef === '0');
  return status?.name === 'Status' ? status.chal?.nextNonce : undefined;
}
