import { ALERT } from '../syncml/alert-codes.ts';
import { type CredentialKind, credentialKind, isWeaker, strongestOf } from '../syncml/credential-kind.ts';
import { credType } from '../syncml/credentials.ts';
import type { Chal, Command, ReplaceCommand, StatusCommand } from '../syncml/message.ts';
import { STATUS } from '../syncml/status-codes.ts';
import { DeviceAlerts } from './hear-alert.ts';
import { Answers } from './in-flight.ts';
import { ObjectIntake } from './incoming-object.ts';
import { reportNode } from './report-node.ts';
import type { IncomingObject, InFlightCommand, ServerAuth } from './session-state.ts';
import type { Turn } from './turn.ts';

/** What a message of an authenticated device came to. */
export interface Heard {
  readonly answers: Answers;
  /** The device ends the session with alert 1223. */
  readonly aborted: boolean;
  readonly serverAuth: ServerAuth;
  /** The device refused our credentials, so it has carried out nothing of what came with them. */
  readonly serverRefused: boolean;
  /** Its status for our header, when that is no consent and not about credentials. */
  readonly headerRefusal: number | undefined;
  /** Why the credentials the device asks for cannot be given. */
  readonly impossible: string | undefined;
}

/** Goes through the device's commands in order: takes in the answers, answers the rest with a Status each. */
export function hear(
  turn: Turn,
  serverAuth: ServerAuth,
  {
    inFlight,
    incoming,
    opening,
  }: {
    readonly inFlight: readonly InFlightCommand[];
    readonly incoming?: IncomingObject | undefined;
    /** Its first message, or the first after a challenge: a Status for our header is about the challenge then. */
    readonly opening: boolean;
  },
): Heard {
  const { commands } = turn.input.message;
  const intake = new ObjectIntake(turn, incoming);
  const answers = new Answers(turn, inFlight, intake);
  const alerts = new DeviceAlerts(turn, answers);
  const headerStatus = opening ? undefined : commands.find(isHeaderStatus);
  const { impossible, ...standing }: Judged = opening
    ? takeFirstChallenge(turn, serverAuth, commands.find(isHeaderStatus))
    : headerStatus === undefined
      ? serverAuth
      : judgeServerAuth(turn, serverAuth, headerStatus);
  const headerRefusal = refusalIn(headerStatus);
  const serverRefused = standing.refusals > serverAuth.refusals || headerRefusal !== undefined;
  const impliedMsgRef = inFlight[0]?.msgId ?? '';
  if (!opening && headerStatus === undefined) turn.note('a message without a Status for our header');
  if (opening && turn.input.message.final && !commands.some(isDevInfo)) turn.note('package 1 came without DevInfo');
  let aborted = false;
  for (const command of commands) {
    switch (command.name) {
      case 'Status':
        // After a refusal the statuses of the commands only repeat it.
        if (command.cmdRef !== '0' && !serverRefused) answers.status(command);
        break;
      case 'Results':
        if (!serverRefused) answers.results(command, impliedMsgRef);
        break;
      case 'Alert':
        if (command.code === ALERT.sessionAbort) aborted = true;
        alerts.hear(command);
        break;
      case 'Replace':
        turn.status(command, takeReplace(turn, intake, command));
        break;
      case 'Unknown':
        intake.breakOff();
        turn.status(command, STATUS.optionalFeatureNotSupported);
        break;
      default:
        intake.breakOff();
        turn.status(command, STATUS.commandNotAllowed);
    }
  }
  return { answers, aborted, serverAuth: standing, serverRefused, headerRefusal, impossible };
}

function isHeaderStatus(command: Command): command is StatusCommand {
  return command.name === 'Status' && command.cmdRef === '0';
}

function isDevInfo(command: Command): boolean {
  return command.name === 'Replace' && command.items.some(({ source }) => source?.uri.includes('DevInfo/') === true);
}

/** A status of 3xx and up that does not speak of credentials: the device will not have our message. */
function refusalIn(status: StatusCommand | undefined): number | undefined {
  if (status === undefined || Number.isNaN(status.code) || status.code < 300) return undefined;
  return status.code === STATUS.invalidCredentials || status.code === STATUS.missingCredentials
    ? undefined
    : status.code;
}

/** `impossible`: why what the device asks for cannot be given. */
type Judged = ServerAuth & { readonly impossible?: string };

/** The Status for our header tells what the device thinks of our credentials, and brings the nonce for the next ones. */
function judgeServerAuth(turn: Turn, { nonce: _, ...before }: ServerAuth, { code, chal }: StatusCommand): Judged {
  if (chal?.nextNonce !== undefined) {
    turn.do({ kind: 'renewServerNonce', nonce: Buffer.from(chal.nextNonce, 'base64') });
  }
  switch (code) {
    case STATUS.invalidCredentials:
    case STATUS.missingCredentials:
      turn.note(`the device answered our credentials (${turn.ownKind}) ${code}`);
      return { ...takeChallenge(turn, before, chal), standing: 'unproven', refusals: before.refusals + 1 };
    case STATUS.authenticated:
      return { ...before, standing: 'proven' };
    default: {
      if (Number.isNaN(code) || code >= 300) return before;
      // 200: fine for this message. Only an earlier 212 saves the credentials in the next one.
      if (before.standing === 'proven') return before;
      const { impossible: _weaker, ...judged } = takeChallenge(turn, before, chal);
      return { ...judged, standing: 'everyMessage' };
    }
  }
}

/**
 * A device that begins a session, or begins anew after a challenge, may have its own challenge beside its credentials:
 * our message before had none to weigh. Its nonce is the latest there is (OMA-TS-DM_Security, 5.3.4).
 */
function takeFirstChallenge(turn: Turn, before: ServerAuth, status: StatusCommand | undefined): Judged {
  const chal = status?.chal;
  if (status === undefined || chal === undefined) return before;
  const { nonce: _, ...rest } = before;
  if (chal.nextNonce !== undefined) {
    turn.do({ kind: 'renewServerNonce', nonce: Buffer.from(chal.nextNonce, 'base64') });
  }
  const { impossible, ...judged } = takeChallenge(turn, chal.nextNonce === undefined ? before : rest, chal);
  return { ...judged, ...(status.code >= 300 && impossible !== undefined && { impossible }) };
}

/**
 * The kind of credentials a device asks for is the kind it gets (OMA-TS-DM_Security, 5.3), but never a weaker one than its
 * account has for us: whoever sits in between would only have to ask for the password in plain.
 */
function takeChallenge(turn: Turn, before: ServerAuth, chal: Chal | undefined): Judged {
  if (chal === undefined) return before;
  const type = credType({ type: chal.type, data: '' });
  if (type === undefined) {
    return { ...before, impossible: 'the device asks for a kind of credentials that is not spoken here' };
  }
  // A nonce is of no use to Basic: the device has left out which kind it means.
  if (type === 'syncml:auth-basic' && chal.nextNonce !== undefined) return before;
  const asked = credentialKind(type);
  const weakest = strongestOf(turn.weakestOwn, turn.ownKind === 'hmac' ? 'hmac' : undefined);
  if (isWeaker(asked, weakest)) return { ...before, impossible: tooWeak(asked, weakest) };
  return { ...before, kind: asked };
}

function tooWeak(asked: CredentialKind, weakest: CredentialKind): string {
  return `the device asks for ${asked}, and nothing weaker than ${weakest} is given to it`;
}

const DEV_INFO: Readonly<Record<string, string>> = {
  './DevInfo/DevId': 'devId',
  './DevInfo/Man': 'man',
  './DevInfo/Mod': 'mod',
  './DevInfo/DmV': 'dmV',
  './DevInfo/Lang': 'lang',
};

/**
 * A device's Replace tells about itself: DevInfo, which every session starts with, and whatever else it wants known.
 * A large value comes in pieces here, too, one command a piece.
 */
function takeReplace(turn: Turn, intake: ObjectIntake, command: ReplaceCommand): number {
  const devInfo: Record<string, string> = {};
  let code: number = STATUS.ok;
  for (const item of command.items) {
    const uri = item.source?.uri ?? item.target?.uri;
    if (uri === undefined) return STATUS.badRequest;
    const locUri = uri.startsWith('./') || uri === '.' ? uri : `./${uri}`;
    const taken = intake.take({ ref: 'Replace', locUri, inherited: command.meta }, item);
    if (taken.kind !== 'whole') {
      code = taken.kind === 'kept' ? STATUS.chunkAccepted : taken.code;
      continue;
    }
    const { item: whole, object } = taken;
    const field = DEV_INFO[locUri];
    if (field !== undefined && typeof whole.data === 'string') devInfo[field] = whole.data;
    else turn.do({ kind: 'storeNode', node: reportNode(locUri, whole, command.meta, object) });
  }
  if (Object.keys(devInfo).length > 0) turn.do({ kind: 'storeDevInfo', devInfo });
  return code;
}
