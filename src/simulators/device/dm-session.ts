import { setTimeout as sleep } from 'node:timers/promises';
import { ALERT } from '../../syncml/alert-codes.ts';
import { buildCred, credType, provesUser } from '../../syncml/credentials.ts';
import { parseContentType } from '../../syncml/media-type.ts';
import type { AlertCommand, Chal, Command, Cred, Header, Message, StatusCommand } from '../../syncml/message.ts';
import { STATUS } from '../../syncml/status-codes.ts';
import { SyncmlError } from '../../syncml/syncml-error.ts';
import { VERSION_NAMES } from '../../syncml/version.ts';
import { WbxmlError } from '../../wire/wbxml/wbxml-error.ts';
import { XmlError } from '../../wire/xml/xml-error.ts';
import { CommandExecutor, type Execution } from './command-executor.ts';
import type { Auth, DeviceEvent, DeviceSettings } from './device-options.ts';
import type { Draft, StatusDraft } from './draft.ts';
import { DEV_INFO } from './factory-tree.ts';
import type { TransportResponse } from './http-transport.ts';
import type { ManagementTree } from './management-tree.ts';
import { decodeMessage } from './message-codec.ts';
import { fitMessage } from './message-fitter.ts';
import type { NonceKeeper } from './nonce-keeper.ts';
import { type SessionEnd, SessionEnded, type SessionOutcome } from './session-outcome.ts';

/** What a session needs of its device; the nonces outlive it. */
export interface SessionHost {
  readonly settings: DeviceSettings;
  readonly tree: ManagementTree;
  /** What our digest is made with; the server's Chal renews it. */
  clientNonce: Uint8Array;
  /** What the server's digest is made with. */
  readonly serverNonces: NonceKeeper;
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

/** Wrong credentials are tried this often, on either side. */
const MAX_REFUSALS = 3;
/** A session longer than this goes round in circles. */
const MAX_MESSAGES = 2_000;
const MAX_IDLE_TURNS = 10;
const NONCE_OCTETS = 16;

/** Whether credentials are asked for in every message (200) or have been taken for the session (212). */
type Standing = 'unproven' | 'everyMessage' | 'proven';

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
  readonly #complaints: string[] = [];
  /** MsgID/CmdID of what the server has to give a Status for. */
  readonly #unanswered = new Map<string, string>();
  readonly #heardMsgIds = new Set<string>();
  #url: string;
  #msgId = 0;
  #posts = 0;
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
  #auth: Auth;
  #client: Standing = 'unproven';
  #credentialsDue: boolean;
  #credentialsSent = false;
  #clientRefusals = 0;
  #serverProven = false;
  #serverRefusals = 0;
  #lastServerFault = '';
  #nonceOffered = false;

  constructor(host: SessionHost, request: SessionRequest) {
    this.#host = host;
    this.#settings = host.settings;
    this.#request = request;
    this.#url = request.serverUrl ?? host.settings.serverUrl;
    this.#auth = host.settings.auth;
    this.#credentialsDue = host.settings.credentialsFirst;
    this.#queue = this.#package1();
    this.#executor = new CommandExecutor({
      tree: host.tree,
      sessionId: request.sessionId,
      principal: host.settings.server.id,
      user: host.settings.user,
      maxObjSize: host.settings.maxObjSize,
      refuse: host.settings.refuse,
      onExecuted: (execution) => {
        this.#executed += 1;
        host.onExecuted(execution);
        host.emit?.({ kind: 'executed', execution });
      },
    });
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
    let bytes: Uint8Array = new Uint8Array();
    let repetitions = 0;
    while (turn !== 'end') {
      const isLast = this.#request.abortAtMessage === this.#msgId + 1;
      if (turn === 'continue') bytes = this.#compose(isLast);
      else if (++repetitions > this.#settings.retries.limit) {
        throw new SessionEnded('protocol-error', 'the server keeps repeating a message');
      }
      const answer = await this.#exchange(bytes);
      if (isLast) throw new SessionEnded('aborted-by-device');
      turn = this.#hear(answer);
    }
  }

  #compose(abort: boolean): Uint8Array {
    if (this.#msgId >= MAX_MESSAGES) throw new SessionEnded('protocol-error', `no end after ${MAX_MESSAGES} messages`);
    this.#msgId += 1;
    const more: Draft[] = this.#serverFinal ? [] : [{ name: 'Alert', code: ALERT.nextMessage, items: [] }];
    const { message, bytes, rest } = fitMessage(
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
    this.#queue = rest;
    this.#packageOpen = !message.final;
    for (const { name, cmdId } of message.commands) {
      if (name !== 'Status' && name !== 'Results') this.#unanswered.set(`${this.#msgId}/${cmdId}`, name);
    }
    this.#host.emit?.({ kind: 'sent', message, octets: bytes.length });
    return bytes;
  }

  #header(): Header {
    const { dmVersion, deviceId, client, maxMsgSize, maxObjSize } = this.#settings;
    const { verDtd, verProto } = VERSION_NAMES[dmVersion];
    this.#credentialsSent = this.#credentialsDue || this.#client === 'everyMessage';
    const type = this.#auth === 'md5' ? 'syncml:auth-md5' : 'syncml:auth-basic';
    return {
      verDtd,
      verProto,
      sessionId: this.#request.sessionId,
      msgId: String(this.#msgId),
      target: { uri: this.#url },
      // The user name goes beside a digest, which does not show it (OMA-TS-DM_Security, MD5 authentication).
      source:
        this.#credentialsSent && this.#auth === 'md5' ? { uri: deviceId, name: client.username } : { uri: deviceId },
      ...(this.#credentialsSent && { cred: buildCred(type, client.username, client.password, this.#host.clientNonce) }),
      meta: { maxMsgSize, ...(maxObjSize !== undefined && { maxObjSize }) },
    };
  }

  #package1(): Draft[] {
    const items = DEV_INFO.flatMap((uri) => {
      const data = this.#host.tree.valueOf(uri);
      return data === undefined ? [] : [{ source: { uri }, meta: { format: 'chr', type: 'text/plain' }, data }];
    });
    return [
      { name: 'Alert', code: this.#request.alert, items: [] },
      { name: 'Replace', items },
    ];
  }

  /** Posts the message, again and again until an answer has come, and reads that. */
  async #exchange(bytes: Uint8Array): Promise<Message> {
    const { transport, contentType, retries, maxMsgSize } = this.#settings;
    let response: TransportResponse | undefined;
    for (let attempt = 1; response === undefined; attempt++) {
      let lost: string;
      try {
        this.#posts += 1;
        const candidate = await transport({ url: this.#url, contentType, body: bytes });
        const { status } = candidate;
        if (status >= 200 && status < 300) response = candidate;
        else if (status < 500 && status !== 408 && status !== 429) {
          throw new SessionEnded('protocol-error', `the server answered HTTP ${status}`);
        }
        lost = `HTTP ${status}`;
      } catch (error) {
        if (error instanceof SessionEnded) throw error;
        lost = error instanceof Error ? error.message : String(error);
      }
      if (response !== undefined) break;
      if (attempt > retries.limit) throw new SessionEnded('unreachable', lost);
      this.#host.emit?.({ kind: 'retry', reason: lost, attempt });
      await sleep(Math.min(retries.delayMs * 2 ** (attempt - 1), retries.maxDelayMs));
    }
    const type = parseContentType(response.contentType);
    if (type === undefined) {
      throw new SessionEnded(
        'protocol-error',
        `the answer has the Content-Type ${JSON.stringify(response.contentType)}`,
      );
    }
    if (type.mediaType !== contentType) this.#complain(`asked in ${contentType}, answered in ${type.mediaType}`);
    if (response.body.length > maxMsgSize) {
      this.#complain(`a message of ${response.body.length} octets, our MaxMsgSize is ${maxMsgSize}`);
    }
    const message = decodeMessage(response.body, type.encoding);
    this.#host.emit?.({ kind: 'received', message, octets: response.body.length });
    return message;
  }

  #hear({ header, commands, final }: Message): Turn {
    if (header.sessionId !== this.#request.sessionId) {
      throw new SessionEnded('protocol-error', `the answer belongs to session ${header.sessionId}`);
    }
    if (this.#heardMsgIds.has(header.msgId)) {
      this.#complain(`message ${header.msgId} came again`);
      return 'repeat';
    }
    this.#heardMsgIds.add(header.msgId);
    // The message that is now answered may have carried the server's next nonce.
    if (this.#nonceOffered) this.#host.serverNonces.confirm();
    this.#nonceOffered = false;
    this.#checkHeader(header);
    if (header.respUri !== undefined && header.respUri !== '') this.#followRespUri(header.respUri);
    this.#maxMsgSize = header.meta?.maxMsgSize ?? this.#maxMsgSize;

    const challenged = this.#hearStatuses(commands);
    const requests = commands.filter(({ name }) => name !== 'Status' && name !== 'Results');
    if (requests.some((command) => isAlert(command, ALERT.sessionAbort))) throw new SessionEnded('aborted-by-server');
    const nexts = requests.filter((command) => isAlert(command, ALERT.nextMessage));
    const work = requests.filter((command) => !isAlert(command, ALERT.nextMessage));

    const { headerStatus, refusal } = this.#authenticateServer(header);
    this.#acknowledged = [headerStatus, ...this.#executor.decline(header.msgId, nexts, STATUS.ok)];
    // An unfinished package of ours is answered without Final: the server asks for the rest, it begins nothing new.
    const asksForRest = this.#packageOpen && this.#serverFinal && nexts.length > 0 && work.length === 0;
    this.#serverFinal = final || asksForRest;
    if (challenged) {
      if (work.length > 0) this.#complain('commands beside a challenge; they are not carried out');
      this.#queue = this.#package1();
      return 'continue';
    }
    if (work.length === 0 && nexts.length === 0 && final && this.#queue.length === 0) return 'end';
    this.#idleTurns = work.length === 0 && this.#queue.length === 0 ? this.#idleTurns + 1 : 0;
    if (this.#idleTurns > MAX_IDLE_TURNS) {
      throw new SessionEnded('protocol-error', 'the server asks for more and more although there is nothing left');
    }
    if (work.length > 0 && refusal !== undefined && ++this.#serverRefusals >= MAX_REFUSALS) {
      throw new SessionEnded('server-not-authenticated', this.#lastServerFault);
    }
    this.#queue.push(
      ...(refusal === undefined
        ? this.#executor.run(header.msgId, work)
        : this.#executor.decline(header.msgId, work, refusal)),
    );
    return 'continue';
  }

  /** @returns whether the server wants (other) credentials and package 1 anew */
  #hearStatuses(commands: readonly Command[]): boolean {
    const statuses = commands.filter((command) => command.name === 'Status');
    const forHeader = statuses.find(({ cmdRef }) => cmdRef === '0');
    for (const status of statuses) {
      if (status === forHeader) continue;
      const key = `${status.msgRef}/${status.cmdRef}`;
      const name = this.#unanswered.get(key);
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
    return this.#hearHeaderStatus(forHeader);
  }

  #hearHeaderStatus({ code, chal }: StatusCommand): boolean {
    if (chal?.nextNonce !== undefined) this.#host.clientNonce = Buffer.from(chal.nextNonce, 'base64');
    if (code === STATUS.missingCredentials || code === STATUS.invalidCredentials) {
      this.#takeChallenge(code, chal);
      return true;
    }
    if (code === STATUS.authenticated) this.#client = 'proven';
    else if (code >= 200 && code < 300) {
      if (this.#client === 'unproven' && this.#credentialsSent) this.#client = 'everyMessage';
    } else throw new SessionEnded('refused', `the server answered ${code} to our header`, code);
    this.#credentialsDue = false;
    return false;
  }

  /** Real engines give up on a 407 for credentials, or on a challenge that is none. */
  #takeChallenge(code: number, chal: Chal | undefined): void {
    const end = (reason: string): SessionEnded => new SessionEnded('client-not-authenticated', reason, code);
    if (chal === undefined) throw end(`${code} without a challenge`);
    if (this.#credentialsSent) {
      if (code === STATUS.missingCredentials) throw end('407 although credentials were sent');
      if (++this.#clientRefusals >= MAX_REFUSALS) throw end(`our credentials were refused ${MAX_REFUSALS} times`);
    }
    const type = credType({ type: chal.type, data: '' });
    if (type === 'syncml:auth-md5') this.#auth = 'md5';
    else if (type !== 'syncml:auth-basic') throw end(`the server asks for ${chal.type}`);
    else if (this.#settings.auth === 'md5') throw end('the server asks for Basic, this account is for MD5');
    this.#client = 'unproven';
    this.#credentialsDue = true;
  }

  /** @returns the Status for the header, and the code to refuse commands with while the server is not proven */
  #authenticateServer({ msgId, target, source, cred }: Header): { headerStatus: StatusDraft; refusal?: number } {
    const { mustAuthenticateServer, auth } = this.#settings;
    let code: number = STATUS.authenticated;
    let chal: Chal | undefined;
    if (!this.#serverProven) {
      const proof = cred === undefined ? 'missing' : this.#serverProves(cred) ? 'good' : 'bad';
      if (proof === 'good') this.#serverProven = true;
      else if (!mustAuthenticateServer) code = STATUS.ok;
      else code = proof === 'missing' ? STATUS.missingCredentials : STATUS.invalidCredentials;
      this.#lastServerFault = proof === 'missing' ? 'it sent no credentials' : 'its credentials are wrong';
      if (code !== STATUS.ok) chal = this.#challenge(auth, cred, proof === 'good');
    }
    const headerStatus: StatusDraft = {
      name: 'Status',
      msgRef: msgId,
      cmdRef: '0',
      cmd: 'SyncHdr',
      targetRefs: [target.uri],
      sourceRefs: [source.uri],
      ...(chal !== undefined && { chal }),
      code,
      items: [],
    };
    return code === STATUS.ok || code === STATUS.authenticated ? { headerStatus } : { headerStatus, refusal: code };
  }

  #serverProves(cred: Cred): boolean {
    const { auth, server } = this.#settings;
    if (auth === 'md5' && credType(cred) !== 'syncml:auth-md5') return false;
    return this.#host.serverNonces.isUsed((nonce) => provesUser(cred, server.id, server.password, nonce));
  }

  /** The server's next nonce; nothing beside a Basic credential that was good. */
  #challenge(auth: Auth, cred: Cred | undefined, isGood: boolean): Chal | undefined {
    if (auth === 'basic' && (cred === undefined || credType(cred) !== 'syncml:auth-md5')) {
      return isGood ? undefined : { type: 'syncml:auth-basic', format: 'b64' };
    }
    const next = this.#settings.randomOctets(NONCE_OCTETS);
    this.#host.serverNonces.offer(next);
    this.#nonceOffered = true;
    return { type: 'syncml:auth-md5', format: 'b64', nextNonce: Buffer.from(next).toString('base64') };
  }

  #checkHeader({ verDtd, verProto, target, source }: Header): void {
    const names = VERSION_NAMES[this.#settings.dmVersion];
    if (verDtd !== names.verDtd || verProto !== names.verProto) {
      this.#complain(`VerDTD ${verDtd} with VerProto ${verProto}, we speak ${names.verProto}`);
    }
    if (target.uri !== this.#settings.deviceId) this.#complain(`a message for ${target.uri}`);
    if (source.uri === '') this.#complain('a message from nobody');
  }

  #followRespUri(respUri: string): void {
    try {
      this.#url = new URL(respUri, this.#url).href;
    } catch {
      this.#complain(`the RespURI ${JSON.stringify(respUri)} is none`);
    }
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
      clientAuthenticated: this.#client !== 'unproven',
      serverAuthenticated: this.#serverProven,
      messages: this.#msgId,
      posts: this.#posts,
      executed: this.#executed,
      complaints: this.#complaints,
    };
  }
}

function isAlert(command: Command, code: number): command is AlertCommand {
  return command.name === 'Alert' && command.code === code;
}
