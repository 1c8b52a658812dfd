import { type CredentialKind, strongestOf } from '../syncml/credential-kind.ts';
import { buildCred } from '../syncml/credentials.ts';
import type {
  Chal,
  Command,
  DmVersion,
  Header,
  Item,
  Message,
  RequestCommand,
  ResultsCommand,
  StatusCommand,
} from '../syncml/message.ts';
import { VERSION_NAMES } from '../syncml/version.ts';
import type { Effect } from './effect.ts';
import { Plans } from './plans.ts';
import type { SessionInput } from './session-input.ts';
import type { Dialogue, OwedStatus } from './session-state.ts';

/**
 * The reply and the effects of one step while they come together. Lives for one call of `step` and never leaves it.
 */
export class Turn {
  readonly effects: Effect[] = [];
  readonly plans: Plans;
  readonly #statuses: OwedStatus[] = [];
  /** The nonce our next credentials are made with; the message in hand may have brought it. */
  #serverNonce: Uint8Array;
  #input: SessionInput;
  #kind: CredentialKind;
  #isMacDue = false;

  constructor(input: SessionInput) {
    this.#input = input;
    this.plans = new Plans(input);
    this.#serverNonce = input.account.server.nonce ?? new Uint8Array(0);
    this.#kind = this.weakestOwn;
  }

  get input(): SessionInput {
    return this.#input;
  }

  /** From now on the account is that one of its `pending`: for our own credentials, too. */
  adopt(index: number): void {
    const { account } = this.#input;
    const next = account.pending?.[index];
    if (next === undefined) throw new Error(`there is no pending account ${index}`);
    const { scope } = account.client;
    const client = scope === undefined ? next.client : { ...next.client, scope };
    this.#input = { ...this.#input, account: { ...next, client } };
    this.#serverNonce = next.server.nonce ?? new Uint8Array(0);
    this.#kind = this.weakestOwn;
    this.do({ kind: 'adoptAccount', index });
  }

  /** The weakest kind of credentials that may be given to this device. */
  get weakestOwn(): CredentialKind {
    const { account, minAuth } = this.input;
    const { auth = account.auth } = account.server;
    return strongestOf(auth, minAuth, account.auth === 'hmac' ? 'hmac' : undefined);
  }

  /** What our credentials are made as in this message. */
  get ownKind(): CredentialKind {
    return this.#kind;
  }

  /**
   * The device has proven itself, now or earlier in the session, and what the two have said decides how we do: with the
   * kind the device asked for, and by MACs once one of the two uses them (OMA-TS-DM_Security, 5.3 and 5.4). Without that
   * our replies have no MAC: one that anybody can ask for is matter to guess the password from.
   */
  proveAs({ clientKind, clientAuth, serverAuth }: Pick<Dialogue, 'clientKind' | 'clientAuth' | 'serverAuth'>): void {
    const byMac = clientKind === 'hmac' || (clientAuth === 'everyMessage' && clientKind === undefined);
    this.#kind = strongestOf(this.weakestOwn, serverAuth.kind, byMac ? 'hmac' : undefined);
    this.#isMacDue = this.#kind === 'hmac';
    if (serverAuth.nonce !== undefined) this.useServerNonce(Buffer.from(serverAuth.nonce, 'base64'));
  }

  /** Makes our credentials in this message with that nonce, without keeping it. */
  useServerNonce(nonce: Uint8Array): void {
    this.#serverNonce = nonce;
  }

  do(effect: Effect): void {
    if (effect.kind === 'renewServerNonce') this.#serverNonce = effect.nonce;
    this.effects.push(effect);
  }

  /** The one reply of this step. To a device with MACs it goes out under one of ours, in every message. */
  reply(message: Message): void {
    this.effects.push(this.replyWith(message));
  }

  replyWith(message: Message): Extract<Effect, { kind: 'reply' }> {
    if (!this.#isMacDue) return { kind: 'reply', message };
    const { password } = this.input.account.server;
    return { kind: 'reply', message, mac: { nonce: this.#serverNonce, password } };
  }

  note(text: string): void {
    this.effects.push({ kind: 'note', text });
  }

  /** There are statuses beside those that every reply has: for the header, and for an alert that asks for more. */
  get isCrowded(): boolean {
    return this.#statuses.length > 2;
  }

  /** Statuses for which earlier replies had no room. */
  owe(statuses: readonly OwedStatus[]): void {
    this.#statuses.push(...statuses);
  }

  /**
   * Takes the last statuses off until what is left fits. The one for the header stays in any case.
   * @returns those that are owed now
   */
  holdBack(fits: () => boolean): OwedStatus[] {
    const all = this.#statuses.splice(0);
    const keep = (count: number): void => {
      this.#statuses.splice(0, this.#statuses.length, ...all.slice(0, count));
    };
    let good = 1;
    let bad = all.length;
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      keep(middle);
      if (fits()) good = middle;
      else bad = middle;
    }
    keep(good);
    return all.slice(good);
  }

  /** Status for the header: the first one in every reply. */
  headerStatus(code: number, chal?: Chal): void {
    const { header } = this.input.message;
    this.#statuses.push({
      name: 'Status',
      msgRef: header.msgId,
      cmdRef: '0',
      cmd: 'SyncHdr',
      targetRefs: [header.target.uri],
      sourceRefs: [header.source.uri],
      ...(chal !== undefined && { chal }),
      code,
      items: [],
    });
  }

  /** Status for one command of the device; none for Status and Results, nor where NoResp forbids it. */
  status(command: Command, code: number): void {
    if (command.name === 'Status' || command.name === 'Results') return;
    const { header } = this.input.message;
    if (command.noResp === true || header.noResp === true) return;
    const items = 'items' in command ? command.items : [];
    const [only] = items;
    this.#statuses.push({
      name: 'Status',
      msgRef: header.msgId,
      cmdRef: command.cmdId,
      cmd: command.name === 'Unknown' ? command.element : command.name,
      targetRefs: items.length === 1 && only?.target !== undefined ? [only.target.uri] : [],
      sourceRefs: items.length === 1 && only?.source !== undefined ? [only.source.uri] : [],
      code,
      items: [],
    });
  }

  /**
   * A Status for each Item of a command, because they came to different ends. The names tell them apart where the Items
   * have any; where not, the order does.
   */
  itemStatuses(command: Extract<Command, { readonly items: readonly Item[] }>, codes: readonly number[]): void {
    const [first] = codes;
    if (first !== undefined && codes.every((code) => code === first)) {
      this.status(command, first);
      return;
    }
    for (const [place, code] of codes.entries()) {
      this.status({ ...command, items: command.items.slice(place, place + 1) }, code);
    }
  }

  /**
   * Status for Results, which is not given for their being fine: 213 for a piece, or why the value is not taken
   * (OMA-TS-DM_RepPro, 6.5.1).
   */
  resultsStatus(results: ResultsCommand, locUri: string, code: number): void {
    if (results.noResp === true || this.input.message.header.noResp === true) return;
    this.#statuses.push({
      name: 'Status',
      msgRef: this.input.message.header.msgId,
      cmdRef: results.cmdId,
      cmd: 'Results',
      targetRefs: [],
      sourceRefs: [locUri],
      code,
      items: [],
    });
  }

  /** The reply with these requests after the statuses; CmdIDs run through from 1, inner commands after their parent. */
  compose(options: {
    readonly version: DmVersion;
    readonly msgId: number;
    readonly withCred: boolean;
    readonly announceLimits: boolean;
    readonly requests: readonly RequestCommand[];
    readonly final: boolean;
    /** For measuring: as it could be in a later message, with no more than the two statuses that every reply has. */
    readonly lean?: boolean;
  }): Message {
    let last = 0;
    const number = (): string => String(++last);
    const wanted = options.lean === true ? this.#leanStatuses() : this.#statuses;
    const statuses = wanted.map((status): StatusCommand => ({ ...status, cmdId: number() }));
    const requests = options.requests.map((request) => renumber(request, number));
    return { header: this.#header(options), commands: [...statuses, ...requests], final: options.final };
  }

  #leanStatuses(): OwedStatus[] {
    const alert = { msgRef: this.input.message.header.msgId, cmdRef: '9', cmd: 'Alert', code: 200 } as const;
    return [...this.#statuses.slice(0, 1), { name: 'Status', ...alert, targetRefs: [], sourceRefs: [], items: [] }];
  }

  #header(options: Parameters<Turn['compose']>[0]): Header {
    const { message, account, serverId, limits, respUri } = this.input;
    const { verDtd, verProto } = VERSION_NAMES[options.version];
    const isDue = options.withCred && this.#kind !== 'hmac';
    const type = this.#kind === 'basic' ? 'syncml:auth-basic' : 'syncml:auth-md5';
    return {
      verDtd,
      verProto,
      sessionId: message.header.sessionId,
      msgId: String(options.msgId),
      target: { uri: message.header.source.uri },
      // A digest does not show the user name in it, so that stands here (OMA-TS-DM_RepPro, 6.1.9).
      source: { uri: message.header.target.uri, ...(isDue && this.#kind === 'md5' && { name: serverId }) },
      // A device's own RespURI is not followed: over HTTP the answer goes back the way the message came.
      ...(options.announceLimits && respUri !== undefined && { respUri }),
      ...(isDue && { cred: buildCred(type, serverId, account.server.password, this.#serverNonce) }),
      ...(options.announceLimits && { meta: { maxMsgSize: limits.maxMsgSize, maxObjSize: limits.maxObjSize } }),
    };
  }
}

/** CmdIDs for a command and what is in it. */
function renumber(command: RequestCommand, number: () => string): RequestCommand {
  const cmdId = number();
  if (command.name === 'Atomic' || command.name === 'Sequence') {
    return { ...command, cmdId, commands: command.commands.map((inner) => renumber(inner, number)) };
  }
  return { ...command, cmdId };
}
