import { dmAccountNodes } from '../../provisioning/dm-account.ts';
import { ALERT } from '../../syncml/alert-codes.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import { attachHandset, type Handset } from '../smsc/attach-handset.ts';
import { AlertOutbox, type DeviceAlert } from './alert-outbox.ts';
import type { ReceivedAccount } from './bootstrap-reader.ts';
import type { Execution, ExecWork } from './command-executor.ts';
import { type DeviceEvent, type DeviceSettings, settle, type VirtualDeviceOptions } from './device-options.ts';
import { DmSession, type SessionRequest } from './dm-session.ts';
import { factoryTree } from './factory-tree.ts';
import { ManagementTree } from './management-tree.ts';
import { NonceKeeper } from './nonce-keeper.ts';
import { type PushOutcome, PushReceiver } from './push-receiver.ts';
import type { SessionOutcome } from './session-outcome.ts';

/** A node that can be executed once a server has added it: the device looks for an update and finds none. */
const UPDATE_CHECK = './Vendor/Update/Operations/Check';
/** Trigger session ids remembered, so that a repeated trigger does not open its session again. */
const REMEMBERED_TRIGGERS = 16;

/**
 * A device to try and test a DM server with: it has a management tree, opens sessions on its own or when a Package #0
 * tells it to, and carries out what the server sends. One session at a time; others wait for their turn.
 *
 *     const device = new VirtualDevice({ deviceId: 'IMEI:…', serverUrl, client: {…}, server: {…} });
 *     const { end } = await device.runSession();
 *     device.tree.valueOf('./Vendor/Browser/Home');
 */
export class VirtualDevice {
  readonly tree: ManagementTree;
  /** Everything carried out so far, in order (unless `recordExecutions` is off). */
  readonly executions: Execution[] = [];
  #settings: DeviceSettings;
  #serverNonces: NonceKeeper;
  #hasAccount: boolean;
  readonly #pushes: PushReceiver;
  readonly #alerts: AlertOutbox;
  readonly #emit: ((event: DeviceEvent) => void) | undefined;
  readonly #onExecuted: (execution: Execution) => void;
  /** Newest last. */
  readonly #triggersDone: string[] = [];
  readonly #triggersPending = new Set<string>();
  #clientNonce: Uint8Array;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: VirtualDeviceOptions) {
    this.#settings = settle(options);
    this.tree =
      options.tree ?? new ManagementTree(factoryTree(options, this.#settings.dmVersion, true), options.treeOptions);
    if (options.tree === undefined) this.tree.registerExecutable(UPDATE_CHECK, () => STATUS.ok);
    this.#hasAccount = options.client !== undefined && options.server !== undefined && options.serverUrl !== undefined;
    this.#serverNonces = new NonceKeeper(options.server?.nonce ?? new Uint8Array());
    this.#clientNonce = options.client?.nonce ?? new Uint8Array();
    this.#pushes = new PushReceiver(options.server, this.#serverNonces, options.bootstrap);
    this.#alerts = new AlertOutbox(this.#settings.dmVersion);
    this.#emit = options.observe;
    this.#onExecuted =
      options.recordExecutions === false ? () => {} : (execution) => void this.executions.push(execution);
  }

  get deviceId(): string {
    return this.#settings.deviceId;
  }

  /** Whether it knows a server: from the start, or since a bootstrap. */
  get isBootstrapped(): boolean {
    return this.#hasAccount;
  }

  /** What the next client digest is made with. */
  get clientNonce(): Uint8Array {
    return this.#clientNonce;
  }

  /** What the server's next digest, and the next Package #0, are to be made with. */
  get serverNonce(): Uint8Array {
    return this.#serverNonces.current;
  }

  /** Alerts the server has not answered yet, oldest first. */
  get waitingAlerts(): readonly DeviceAlert[] {
    return this.#alerts.waiting;
  }

  /**
   * Has something to tell the server: it stands in package 1 of the next session, and of every one after that until the
   * server has given a Status for it.
   * @throws Error for a generic alert (1226) or a Correlator when the device speaks DM 1.1, which has neither
   */
  queueAlert(alert: DeviceAlert): void {
    this.#alerts.add(alert);
  }

  /**
   * Opens a session and goes through with it. Without a session id it takes one of its own; by default the session is
   * the device's own idea (Alert 1201). Never rejects for what a server or the network does.
   * @throws Error when the device has not been bootstrapped
   */
  runSession(request: Partial<SessionRequest> = {}): Promise<SessionOutcome> {
    if (!this.#hasAccount) throw new Error(`${this.deviceId} has no account: it has not been bootstrapped`);
    const { alert = 1201, sessionId = this.#freshSessionId(), ...rest } = request;
    const turn = this.#queue.then(() => this.#run({ alert, sessionId, ...rest }));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Takes one short message, as it came over the air. A trigger that proves to be our server's opens its session
   * (Alert 1200) as soon as no other one is running; {@link whenIdle} waits for it. A bootstrap that is proven sets up
   * the account for the sessions after the one that is running, and opens the first one where it says so.
   * @param udh with its length octet
   */
  onPush(udh: Uint8Array, body: Uint8Array, sender = ''): PushOutcome {
    let outcome = this.#pushes.receive(udh, body, sender, Date.now());
    if (outcome.kind === 'trigger') {
      const { sessionId } = outcome;
      if (this.#triggersPending.has(sessionId)) outcome = { kind: 'ignored', reason: `session ${sessionId} is open` };
      else if (this.#triggersDone.includes(sessionId)) {
        outcome = { kind: 'ignored', reason: `session ${sessionId} has been held` };
      }
    }
    this.#emit?.({ kind: 'push', outcome });
    if (outcome.kind === 'trigger') void this.#followTrigger(outcome.sessionId);
    if (outcome.kind === 'bootstrap') this.#bootstrap(outcome.account);
    return outcome;
  }

  /**
   * Attaches to a simulated SMSC under that number; its messages go to {@link onPush}.
   * @throws Error when the SMSC cannot be reached
   */
  attachToSmsc(smsc: { readonly host: string; readonly port: number; readonly msisdn: string }): Promise<Handset> {
    return attachHandset({ ...smsc, onMessage: (udh, body) => void this.onPush(udh, body) });
  }

  /** Resolves when no session is running or waiting. */
  async whenIdle(): Promise<void> {
    let last: Promise<unknown> | undefined;
    while (last !== this.#queue) {
      last = this.#queue;
      await last;
    }
  }

  #bootstrap(account: ReceivedAccount): void {
    const { serverId, address, auth, client, server, opensSession } = account;
    const turn = this.#queue.then(() => {
      this.#settings = {
        ...this.#settings,
        serverUrl: address,
        auth,
        client,
        server: { id: serverId, password: server.password },
      };
      this.#clientNonce = client.nonce ?? new Uint8Array();
      this.#serverNonces = new NonceKeeper(server.nonce ?? new Uint8Array());
      this.#pushes.follow({ id: serverId, password: server.password }, this.#serverNonces);
      this.#hasAccount = true;
      this.#keepAccount(account);
    });
    this.#queue = turn.then(() =>
      opensSession ? this.#run({ alert: 1201, sessionId: this.#freshSessionId() }) : undefined,
    );
  }

  /** The account as the standardised object of the tree, in place of the one before. */
  #keepAccount({ serverId, address, auth, client, server, connection }: ReceivedAccount): void {
    const version = this.#settings.dmVersion;
    this.tree.delete(version === '1.1' ? `./SyncML/DMAcc/${serverId}` : `./DMAcc/${serverId}`);
    const account = {
      version,
      serverId,
      address,
      auth,
      client,
      server,
      ...(connection !== undefined && { connection }),
    };
    for (const { locUri, acl, ...content } of dmAccountNodes(account)) {
      this.tree.add(locUri, content);
      if (acl !== undefined) this.tree.replace(`${locUri}?prop=ACL`, { value: acl });
    }
  }

  async #followTrigger(sessionId: string): Promise<void> {
    this.#triggersPending.add(sessionId);
    try {
      const { end } = await this.runSession({ alert: 1200, sessionId });
      // A session that came to nothing may be asked for again.
      if (end !== 'completed') return;
      this.#triggersDone.push(sessionId);
      if (this.#triggersDone.length > REMEMBERED_TRIGGERS) this.#triggersDone.shift();
    } finally {
      this.#triggersPending.delete(sessionId);
    }
  }

  async #run(request: SessionRequest): Promise<SessionOutcome> {
    this.#emit?.({ kind: 'sessionStarted', sessionId: request.sessionId });
    const device = this;
    const session = new DmSession(
      {
        settings: this.#settings,
        tree: this.tree,
        serverNonces: this.#serverNonces,
        alerts: this.#alerts,
        onExecuted: this.#onExecuted,
        emit: this.#emit,
        get clientNonce() {
          return device.#clientNonce;
        },
        set clientNonce(nonce: Uint8Array) {
          device.#clientNonce = nonce;
        },
      },
      request,
    );
    const outcome = await session.run();
    for (const work of session.later) this.#finish(work);
    this.#emit?.({ kind: 'sessionEnded', outcome });
    return outcome;
  }

  /** Does what an Exec was answered 202 for; the outcome's status is told in the next session. */
  #finish({ locUri, alertType, correlator, run }: ExecWork): void {
    const isGeneric = this.#settings.dmVersion === '1.2';
    this.#alerts.add({
      code: isGeneric ? ALERT.generic : ALERT.clientEvent,
      type: alertType,
      source: locUri,
      ...(isGeneric && correlator !== undefined && { correlator }),
      data: String(run()),
    });
  }

  #freshSessionId(): string {
    const [high = 0, low = 0] = this.#settings.randomOctets(2);
    return ((high << 8) | low || 1).toString(16).toUpperCase();
  }
}
