import { ALERT } from '../../syncml/alert-codes.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import { CliError, type CliOptions, HELP, parseCliOptions } from './cli-options.ts';
import { factoryTree } from './factory-tree.ts';
import { createHttpTransport } from './http-transport.ts';
import { ManagementTree } from './management-tree.ts';
import { describeEvent, describeTree } from './report.ts';
import type { SessionOutcome } from './session-outcome.ts';
import { loadState, saveState } from './state-file.ts';
import { scriptedUser } from './user.ts';
import { VirtualDevice } from './virtual-device.ts';

/** What the outcome of a slow Exec is called. */
const SLOW_EXEC_TYPE = 'urn:example:exec-outcome';

const print = (lines: readonly string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`);
};

/** @returns the exit code */
async function main(options: CliOptions): Promise<number> {
  const { treeFile, dmVersion, deviceId, smsc, encoding, auth, serverUrl, once } = options;
  const state = treeFile === undefined ? undefined : loadState(treeFile);
  const tree = new ManagementTree(state?.root ?? factoryTree({ deviceId }, dmVersion, true));
  let sessionEnded: (outcome: SessionOutcome) => void = () => {};
  const firstSession = new Promise<SessionOutcome>((resolve) => {
    sessionEnded = resolve;
  });
  const device = new VirtualDevice({
    deviceId,
    ...(options.unbootstrapped
      ? {}
      : {
          serverUrl,
          client: { ...options.client, ...(state?.clientNonce !== undefined && { nonce: state.clientNonce }) },
          server: { ...options.server, ...(state?.serverNonce !== undefined && { nonce: state.serverNonce }) },
        }),
    ...((options.imsi !== undefined || options.pin !== undefined) && {
      bootstrap: {
        ...(options.imsi !== undefined && { imsi: options.imsi }),
        ...(options.pin !== undefined && { pin: options.pin }),
      },
    }),
    auth,
    dmVersion,
    encoding,
    mediaType: options.shortMediaType ? 'application/vnd.syncml' : 'application/vnd.syncml.dm',
    ...(options.maxMsgSize !== undefined && { maxMsgSize: options.maxMsgSize }),
    ...(options.maxObjSize !== undefined && { maxObjSize: options.maxObjSize }),
    mustAuthenticateServer: !options.trustServer,
    credentialsFirst: !options.challengeFirst,
    transport: createHttpTransport({ insecure: options.insecure }),
    ...(options.retries !== undefined && { retries: { limit: options.retries } }),
    ...(options.misbehave !== undefined && { misbehave: options.misbehave }),
    tree,
    user: scriptedUser(options.answers),
    recordExecutions: false,
    observe: (event) => {
      print(describeEvent(event, options.verbose));
      if (event.kind !== 'sessionEnded') return;
      if (treeFile !== undefined) saveState(treeFile, tree, device.clientNonce, device.serverNonce);
      sessionEnded(event.outcome);
    },
  });

  for (const locUri of options.slowExecs) {
    tree.registerExecutable(locUri, () => STATUS.ok, { later: { alertType: SLOW_EXEC_TYPE } });
  }
  for (const { type, data } of options.alerts) {
    device.queueAlert({ code: dmVersion === '1.2' ? ALERT.generic : ALERT.clientEvent, type, data });
  }
  const account = options.unbootstrapped ? 'not bootstrapped' : `with ${auth}, to ${serverUrl}`;
  print([`${deviceId}: DM/${dmVersion} in ${encoding}, ${account}`]);
  const handset = smsc === undefined ? undefined : await device.attachToSmsc(smsc);
  if (smsc !== undefined) print([`waiting for triggers as ${smsc.msisdn} at ${smsc.host}:${smsc.port}`]);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  if (options.openNow) void device.runSession();
  const outcome = once ? await Promise.race([firstSession, stopped]) : await stopped;
  if (options.slowExecs.length > 0 && outcome?.end === 'completed' && device.waitingAlerts.length > 0) {
    // An outcome nobody is told of would be lost with the process.
    await device.runSession();
  }
  await handset?.close();
  if (options.printTree) print(describeTree(tree));
  return once && outcome?.end !== 'completed' ? 1 : 0;
}

try {
  const options = parseCliOptions(process.argv.slice(2), process.env);
  if (options.help) process.stdout.write(HELP);
  // Not left to end by itself: a session cut short by a signal would keep the process for its retries.
  else process.exit(await main(options));
} catch (error) {
  const lines = error instanceof CliError ? [...error.faults, 'Try --help.'] : [String(error)];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(2);
}
