import { ALERT, ALERTS } from '../syncml/alert-codes.ts';
import type { AlertCommand, Command, ReplaceCommand, StatusCommand } from '../syncml/message.ts';
import { STATUS } from '../syncml/status-codes.ts';
import { Answers, reportNode } from './in-flight.ts';
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
  const answers = new Answers(turn, inFlight, incoming);
  const headerStatus = opening ? undefined : commands.find(isHeaderStatus);
  const standing = headerStatus === undefined ? serverAuth : judgeServerAuth(turn, serverAuth, headerStatus);
  const headerRefusal = refusalIn(headerStatus);
  const serverRefused = standing.refusals > serverAuth.refusals || headerRefusal !== undefined;
  const impliedMsgRef = inFlight[0]?.msgId ?? '';
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
        turn.status(command, alertStatus(command));
        break;
      case 'Replace':
        turn.status(command, takeReplace(turn, command));
        break;
      case 'Unknown':
        turn.status(command, STATUS.optionalFeatureNotSupported);
        break;
      default:
        turn.status(command, STATUS.commandNotAllowed);
    }
  }
  return { answers, aborted, serverAuth: standing, serverRefused, headerRefusal };
}

function isHeaderStatus(command: Command): command is StatusCommand {
  return command.name === 'Status' && command.cmdRef === '0';
}

/** A status of 3xx and up that does not speak of credentials: the device will not have our message. */
function refusalIn(status: StatusCommand | undefined): number | undefined {
  if (status === undefined || Number.isNaN(status.code) || status.code < 300) return undefined;
  return status.code === STATUS.invalidCredentials || status.code === STATUS.missingCredentials
    ? undefined
    : status.code;
}

/** The Status for our header tells what the device thinks of our credentials, and brings the nonce for the next ones. */
function judgeServerAuth(turn: Turn, before: ServerAuth, status: StatusCommand): ServerAuth {
  const nonce = status.chal?.nextNonce;
  if (nonce !== undefined) turn.do({ kind: 'renewServerNonce', nonce: Buffer.from(nonce, 'base64') });
  switch (status.code) {
    case STATUS.invalidCredentials:
    case STATUS.missingCredentials:
      turn.note(`the device answered our credentials ${status.code}`);
      return { standing: 'unproven', refusals: before.refusals + 1 };
    case STATUS.authenticated:
      return { ...before, standing: 'proven' };
    default:
      if (refusalIn(status) !== undefined) return before;
      // 200: fine for this message. Only an earlier 212 saves the credentials in the next one.
      return before.standing === 'proven' ? before : { ...before, standing: 'everyMessage' };
  }
}

const KNOWN_ALERTS: ReadonlySet<number> = new Set(ALERTS.filter((row) => row.from !== 'server').map((row) => row.code));

function alertStatus(alert: AlertCommand): number {
  if (Number.isNaN(alert.code)) return STATUS.badRequest;
  return KNOWN_ALERTS.has(alert.code) ? STATUS.ok : STATUS.optionalFeatureNotSupported;
}

const DEV_INFO: Readonly<Record<string, string>> = {
  './DevInfo/DevId': 'devId',
  './DevInfo/Man': 'man',
  './DevInfo/Mod': 'mod',
  './DevInfo/DmV': 'dmV',
  './DevInfo/Lang': 'lang',
};

/** A device's Replace tells about itself: DevInfo, which every session starts with, and whatever else it wants known. */
function takeReplace(turn: Turn, command: ReplaceCommand): number {
  const devInfo: Record<string, string> = {};
  for (const item of command.items) {
    const uri = item.source?.uri ?? item.target?.uri;
    if (uri === undefined) return STATUS.badRequest;
    const locUri = uri.startsWith('./') || uri === '.' ? uri : `./${uri}`;
    const field = DEV_INFO[locUri];
    if (field !== undefined && typeof item.data === 'string') devInfo[field] = item.data;
    else turn.do({ kind: 'storeNode', node: reportNode(locUri, item, command.meta) });
  }
  if (Object.keys(devInfo).length > 0) turn.do({ kind: 'storeDevInfo', devInfo });
  return STATUS.ok;
}
