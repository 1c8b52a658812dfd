import { ALERT } from '../../syncml/alert-codes.ts';
import type { AlertCommand, Command, Header, Item, Message } from '../../syncml/message.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import { SyncmlError } from '../../syncml/syncml-error.ts';
import { VERSION_NAMES } from '../../syncml/version.ts';
import { WbxmlError } from '../../wire/wbxml/wbxml-error.ts';
import { XmlError } from '../../wire/xml/xml-error.ts';
import { type AlertOutbox, alertDraft, type DeviceAlert } from './alert-outbox.ts';
import { ClientProof, MAX_REFUSALS } from './client-proof.ts';
import { CommandExecutor, type Execution, type ExecWork } from './command-executor.ts';
import type { DeviceEvent, DeviceSettings } from './device-options.ts';
import type { Draft } from './draft.ts';
import { DEV_INFO } from './factory-tree.ts';
import type { ManagementTree } from './management-tree.ts';
import { encodeMessage } from './message-codec.ts';
import { fitMessage } from './message-fitter.ts';
import { MAX_MISBEHAVING_MESSAGES, type Mischief, misbehaviourNamed, type Spoiled } from './misbehaviours.ts';
import type { NonceKeeper } from './nonce-keeper.ts';
import { type Incoming, type Outgoing, ServerLine } from './server-line.ts';
import { ServerProof } from './server-proof.ts';
import { type SessionEnd, SessionEnded, type SessionOutcome } from './session-outcome.ts';

/** What a session needs of its device; the nonces outlive it. */
export interface SessionHost {
  readonly settings: DeviceSettings;
  readonly tree: ManagementTree;
  /** What our digest is made with; the server's Chal renews it. */
  clientNonce: Uint8Array;
  /** What the server's digest is made with. */
  readonly serverNonces: NonceKeeper;
  /** What the device has to say in package 1. */
  readonly alerts: AlertOutbox;
  readonly onExecuted: (execution: Execution) => void;
  /** Absent when nobody watches. */
  readonly emit?: ((event: DeviceEvent) => void) | undefined;
}

export interface SessionRequest {
  /** 1200 after a Package #0, 1201 on the device's own account. */
  readonly alert: 1200 | 1201;
  /** As it goes into SessionID. */
  readonly sessionId: string;
  /** Default: the device's server. */
  readonly serverUrl?: string;
  /** Sends Alert 1223 in the message of this number (from 1) instead of going on. */
  readonly abortAtMessage?: number;
}

/** A session longer than this goes round in circles. */
const MAX_MESSAGES = 2_000;
const MAX_IDLE_TURNS = 10;

/** What one answer of the server means for what is sent next. */
type Turn = 'continue' | 'repeat' | 'end';

/**
 * One DM session from the device's side (OMA-TS-DM_Protocol, packages 1 to 4): says who it is, carries out what the
 * server sends and answers it, until the server has nothing more to say.
 */
export class DmSession {
  readonly #host: SessionHost;
  readonly #settings: DeviceSettings;
  readonly #request: SessionRequest;
  readonly #executor: CommandExecutor;
  /** What spoils the messages of a device that misbehaves. */
  readonly #mischief: Mischief | undefined;
  readonly #isEndless: boolean;
  /** What has gone out of a device that misbehaves, for it may go out again. */
  readonly #sealed = new WeakMap<Message, Outgoing>();
  readonly #complaints: string[] = [];
  /** MsgID/CmdID of what the server has to give a Status for. */
  readonly #unanswered = new Map<string, string>();
  /** The same of Results, which get one only when they are a piece of a value or are not taken. */
  readonly #resultsSent = new Set<string>();
  /** Of the server's messages: whom they answered, and their MsgID. */
  readonly #heard = new Set<string>();
  /** By the Items of their drafts, and by MsgID/CmdID once they are out. */
  readonly #alerts = new Map<readonly Item[] | string, DeviceAlert>();
  /** As it went out. */
  #lastHeader: Header | undefined;
  readonly #line: ServerLine;
  #msgId = 0;
  #executed = 0;
  #queue: Draft[];
  /** The Status for the server's last header, and for its wish to hear more. They go out whatever else there is to say. */
  #acknowledged: Draft[] = [];
  /** The server has ended its package, so that ours may end. */
  #serverFinal = true;
  /** Our last message had no Final. */
  #packageOpen = false;
  /** Answers in a row that brought neither work nor were needed for ours. */
  #idleTurns = 0;
  #maxMsgSize: number | undefined;
  readonly #client: ClientProof;
  readonly #server: ServerProof;
  /** Messages with commands that the server had not proven. */
  #serverRefusals = 0;

  constructor(host: SessionHost, request: SessionRequest) {
    this.#host = host;
    this.#settings = host.settings;
    this.#request = request;
    this.#line = new ServerLine(host.settings, request.serverUrl ?? host.settings.serverUrl, host.emit, (what) =>
      this.#complain(what),
    );
    this.#client = new ClientProof(host.settings, host);
    this.#server = new ServerProof(host.settings, host.serverNonces);
    const { misbehave } = host.settings;
    const misbehaviour = misbehave === undefined ? undefined : misbehaviourNamed(misbehave);
    this.#mischief = misbehaviour?.begin();
    this.#isEndless = misbehaviour?.isEndless === true;
    this.#queue = this.#package1();
    this.#executor = new CommandExecutor({
      tree: host.tree,
      sessionId: request.sessionId,
      principal: host.settings.server.id,
      user: host.settings.user,
      encoding: host.settings.encoding,
      dmVersion: host.settings.dmVersion,
      maxObjSize: host.settings.maxObjSize,
      refuse: host.settings.refuse,
      onExecuted: (execution) => {
        this.#executed += 1;
        host.onExecuted(execution);
        host.emit?.({ kind: 'executed', execution });
      },
    });
  }

  /** What the server's Execs have set off, to be done when the session is over. */
  get later(): readonly ExecWork[] {
    return this.#executor.later;
  }

  /** Never rejects for what a server or the network does: every way to end is an outcome. */
  async run(): Promise<SessionOutcome> {
    try {
      await this.#converse();
      return this.#outcome('completed');
    } catch (error) {
      if (error instanceof SessionEnded) return this.#outcome(error.end, error.message, error.status);
      if (error instanceof WbxmlError || error instanceof XmlError || error instanceof SyncmlError) {
        return this.#outcome('protocol-error', `the server's message cannot be read: ${error.message}`);
      }
      throw error;
    }
  }

  async #converse(): Promise<void> {
    let turn: Turn = 'continue';
    let outgoing: Outgoing = { bytes: new Uint8Array() };
    let repetitions = 0;
    while (turn !== 'end') {
      const isLast = this.#request.abortAtMessage === this.#msgId + 1;
      if (turn === 'continue') outgoing = this.#compose(isLast);
      else if (++repetitions > this.#settings.retries.limit) {
        throw new SessionEnded('protocol-error', 'the server keeps repeating a message');
      } else {
        const { strays: _, ...again } = outgoing;
        outgoing = again;
      }
      const answer = await this.#line.exchange(outgoing);
      if (isLast) throw new SessionEnded('aborted-by-device');
      turn = this.#isEndless ? this.#hearAnything(answer) : this.#hear(answer);
    }
  }

  /** Goes on, whatever the server thinks of it. */
  #hearAnything(answer: Incoming): Turn {
    try {
      return this.#hear(answer);
    } catch (error) {
      if (error instanceof SessionEnded && error.end === 'refused') return 'continue';
      throw error;
    }
  }

  #compose(abort: boolean): Outgoing {
    this.#checkLength();
    this.#msgId += 1;
    const more: Draft[] = this.#serverFinal ? [] : [{ name: 'Alert', code: ALERT.nextMessage, items: [] }];
    const fitted = fitMessage(
      {
        header: this.#header(),
        first: this.#acknowledged,
        queue: this.#queue,
        last: abort ? [{ name: 'Alert', code: ALERT.sessionAbort, items: [] }] : more,
        final: abort || this.#serverFinal,
      },
      this.#settings.encoding,
      abort ? undefined : this.#maxMsgSize,
    );
    this.#queue = fitted.rest;
    const { message, strays = [] }: Spoiled = this.#mischief?.(fitted.message) ?? fitted;
    this.#packageOpen = !message.final;
    this.#lastHeader = message.header;
    for (const command of message.commands) {
      const { name, cmdId } = command;
      const key = `${this.#msgId}/${cmdId}`;
      const alert = name === 'Alert' ? this.#alerts.get(command.items) : undefined;
      if (alert !== undefined) this.#alerts.set(key, alert);
      if (name === 'Results') this.#resultsSent.add(key);
      else if (name !== 'Status') this.#unanswered.set(key, name);
    }
    const first = strays.map((stray) => this.#seal(stray));
    const sealed = this.#seal(message, message === fitted.message ? fitted.bytes : undefined);
    if (this.#mischief !== undefined) this.#sealed.set(message, sealed);
    return first.length === 0 ? sealed : { ...sealed, strays: first };
  }

  /** @param encoded the message's octets where they are at hand */
  #seal(message: Message | Uint8Array, encoded?: Uint8Array): Outgoing {
    const isRaw = message instanceof Uint8Array;
    const before = isRaw ? undefined : this.#sealed.get(message);
    if (before !== undefined) return before;
    const bytes = isRaw ? message : (encoded ?? encodeMessage(message, this.#settings.encoding));
    const headers = this.#client.headersFor(bytes);
    if (!isRaw) this.#host.emit?.({ kind: 'sent', message, octets: bytes.length, hasMac: headers !== undefined });
    return headers === undefined ? { bytes } : { bytes, headers };
  }

  /** @throws SessionEnded when the session has gone on for too long */
  #checkLength(): void {
    if (this.#mischief !== undefined && this.#msgId >= MAX_MISBEHAVING_MESSAGES) {
      const reason = `it has misbehaved for ${MAX_MISBEHAVING_MESSAGES} messages`;
      throw new SessionEnded('aborted-by-device', reason);
    }
    if (this.#msgId >= MAX_MESSAGES) throw new SessionEnded('protocol-error', `no end after ${MAX_MESSAGES} messages`);
  }

  #header(): Header {
    const { dmVersion, maxMsgSize, maxObjSize } = this.#settings;
    const { verDtd, verProto } = VERSION_NAMES[dmVersion];
    return {
      verDtd,
      verProto,
      sessionId: this.#request.sessionId,
      msgId: String(this.#msgId),
      target: { uri: this.#line.url },
      ...this.#client.next(),
      meta: { maxMsgSize, ...(maxObjSize !== undefined && { maxObjSize }) },
    };
  }

  #package1(): Draft[] {
    const items = DEV_INFO.flatMap((uri) => {
      const data = this.#host.tree.valueOf(uri);
      return data === undefined ? [] : [{ source: { uri }, meta: { format: 'chr', type: 'text/plain' }, data }];
    });
    const alerts = this.#host.alerts.waiting.map((alert) => {
      const draft = alertDraft(alert);
      this.#alerts.set(draft.items, alert);
      return draft;
    });
    return [{ name: 'Alert', code: this.#request.alert, items: [] }, { name: 'Replace', items }, ...alerts];
  }

  #hear({ message: { header, commands, final }, bytes, hmac }: Incoming): Turn {
    if (header.sessionId !== this.#lastHeader?.sessionId) {
      throw new SessionEnded('protocol-error', `the answer belongs to session ${header.sessionId}`);
    }
    const key = `${this.#lastHeader.source.uri}/${header.sessionId}/${header.msgId}`;
    if (this.#heard.has(key)) {
      this.#complain(`message ${header.msgId} came again`);
      return this.#isEndless ? 'continue' : 'repeat';
    }
    this.#heard.add(key);
    const { headerStatus, refusal } = this.#server.weigh({ header, body: bytes, hmac }, this.#client.auth);
    this.#checkHeader(header);
    if (header.respUri !== undefined && header.respUri !== '') this.#line.follow(header.respUri);
    this.#maxMsgSize = header.meta?.maxMsgSize ?? this.#maxMsgSize;

    const byMac = this.#client.auth === 'hmac';
    const challenged = this.#hearStatuses(commands, !byMac || refusal === undefined);
    const requests = commands.filter(({ name }) => name !== 'Status' && name !== 'Results');
    if (requests.some((command) => isAlert(command, ALERT.sessionAbort))) throw new SessionEnded('aborted-by-server');
    const nexts = requests.filter((command) => isAlert(command, ALERT.nextMessage));
    const work = requests.filter((command) => !isAlert(command, ALERT.nextMessage));

    this.#acknowledged = [headerStatus, ...this.#executor.decline(header.msgId, nexts, STATUS.ok)];
    // An unfinished package of ours is answered without Final: the server asks for the rest, it begins nothing new.
    const asksForRest = this.#packageOpen && this.#serverFinal && nexts.length > 0 && work.length === 0;
    this.#serverFinal = final || asksForRest;
    if (challenged) {
      if (work.length > 0) this.#complain('commands beside a challenge; they are not carried out');
      this.#queue = this.#package1();
      return 'continue';
    }
    if (work.length === 0 && nexts.length === 0 && final && this.#queue.length === 0) {
      // No message of ours follows that would tell the server.
      if (byMac && refusal !== undefined) this.#complain(`message ${header.msgId}: ${this.#server.fault}`);
      return this.#isEndless ? 'continue' : 'end';
    }
    this.#idleTurns = work.length === 0 && this.#queue.length === 0 ? this.#idleTurns + 1 : 0;
    if (this.#idleTurns > MAX_IDLE_TURNS && !this.#isEndless) {
      throw new SessionEnded('protocol-error', 'the server asks for more and more although there is nothing left');
    }
    if (work.length > 0 && refusal !== undefined && ++this.#serverRefusals >= MAX_REFUSALS) {
      throw new SessionEnded('server-not-authenticated', this.#server.fault);
    }
    this.#queue.push(
      ...(refusal === undefined
        ? this.#executor.run(header.msgId, work)
        : this.#executor.decline(header.msgId, work, refusal)),
    );
    return 'continue';
  }

  /** @returns whether the server wants (other) credentials and package 1 anew */
  #hearStatuses(commands: readonly Command[], isBelieved: boolean): boolean {
    const statuses = commands.filter((command) => command.name === 'Status');
    const forHeader = statuses.find(({ cmdRef }) => cmdRef === '0');
    for (const status of statuses) {
      if (status === forHeader) continue;
      const key = `${status.msgRef}/${status.cmdRef}`;
      const name = this.#unanswered.get(key);
      if (this.#resultsSent.delete(key)) continue;
      const alert = this.#alerts.get(key);
      if (alert !== undefined && isBelieved) this.#settleAlert(alert, status.code);
      if (!this.#unanswered.delete(key)) this.#complain(`a Status for ${key}, which was never sent or is answered`);
      else if (name !== status.cmd) this.#complain(`the Status for ${key} calls ${name} ${status.cmd}`);
    }
    if (forHeader === undefined) {
      this.#complain(`no Status for the header of message ${this.#msgId}`);
      return false;
    }
    if (forHeader.msgRef !== String(this.#msgId)) {
      this.#complain(`the Status for the header of message ${this.#msgId} refers to ${forHeader.msgRef}`);
    }
    return this.#client.hear(forHeader, isBelieved);
  }

  /** Any answer but a challenge will do: a server that does not want the alert would not want it next time. */
  #settleAlert(alert: DeviceAlert, code: number): void {
    if (code === STATUS.invalidCredentials || code === STATUS.missingCredentials) return;
    this.#host.alerts.settle(alert);
    this.#host.emit?.({ kind: 'alertAnswered', alert, status: code });
  }

  #checkHeader({ verDtd, verProto, target, source }: Header): void {
    const names = VERSION_NAMES[this.#settings.dmVersion];
    if (verDtd !== names.verDtd || verProto !== names.verProto) {
      this.#complain(`VerDTD ${verDtd} with VerProto ${verProto}, we speak ${names.verProto}`);
    }
    if (target.uri !== this.#settings.deviceId) this.#complain(`a message for ${target.uri}`);
    if (source.uri === '') this.#complain('a message from nobody');
  }

  #complain(what: string): void {
    if (!this.#complaints.includes(what)) this.#complaints.push(what);
  }

  #outcome(end: SessionEnd, reason = '', status?: number): SessionOutcome {
    if (end === 'completed') {
      for (const [key, name] of this.#unanswered) this.#complain(`no Status for ${name} ${key}`);
    }
    return {
      sessionId: this.#request.sessionId,
      end,
      ...(reason !== '' && { reason }),
      ...(status !== undefined && { status }),
      clientAuthenticated: this.#client.isAccepted,
      serverAuthenticated: this.#server.isProven,
      messages: this.#msgId,
      posts: this.#line.posts,
      executed: this.#executed,
      complaints: this.#complaints,
    };
  }
}

function isAlert(command: Command, code: number): command is AlertCommand {
  return command.name === 'Alert' && command.code === code;
}
