import { createHash } from 'node:crypto';
import { countRefusal, sourceOf, waitMs } from '../domain/refusals.ts';
import { instantiateCommands } from '../provisioning/instantiate-commands.ts';
import type { PackageCommand } from '../provisioning/package-command.ts';
import { readSerialisedTree } from '../provisioning/read-serialised-tree.ts';
import { variableValues } from '../provisioning/variables.ts';
import type { Effect } from '../session/effect.ts';
import { refuseStale } from '../session/refuse-stale.ts';
import { MAX_COMMANDS_PER_MESSAGE } from '../session/select-commands.ts';
import type { Account, AuthScope, QueuedDelivery, SessionInput } from '../session/session-input.ts';
import { INITIAL_STATE, step } from '../session/step.ts';
import type { StepResult } from '../session/step-result.ts';
import { planCommands, planLength, type TreePlan } from '../session/tree-plan.ts';
import type { CredentialKind } from '../syncml/credential-kind.ts';
import { hmacCredData } from '../syncml/credentials.ts';
import { buildHmacHeader, HMAC_HEADER, parseHmacHeader } from '../syncml/hmac-header.ts';
import type { Encoding } from '../syncml/media-type.ts';
import type { DmVersion, Message, RequestCommand } from '../syncml/message.ts';
import { SyncmlError } from '../syncml/syncml-error.ts';
import { WbxmlError } from '../wire/wbxml/wbxml-error.ts';
import { XmlError } from '../wire/xml/xml-error.ts';
import { AppError } from './app-error.ts';
import { decodeMessage, encodeForLog, encodeMessage } from './dm-codec.ts';
import { isUnderWay, placeOf, type Said } from './message-place.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { DmMessageOutcome, SessionMetrics } from './ports/metrics.ts';
import type {
  LoggedMessage,
  Reply,
  SessionChange,
  SessionContext,
  SessionStore,
  StoredSession,
  WaitingDelivery,
} from './ports/session-store.ts';
import { changeOf } from './session-change.ts';

export interface DmMessagesOptions {
  readonly serverId: string;
  /** Where devices are told to go on with a session; absent: where they are. */
  readonly respUri?: string;
  /** Our own limits, octets: announced to devices. */
  readonly maxMsgSize: number;
  readonly maxObjSize: number;
  /** The weakest kind of credentials taken or given, whatever an account says. Default: any. */
  readonly minAuth?: CredentialKind;
  /** How often a device proves itself when its account does not say. Default: once a session. */
  readonly authScope?: AuthScope;
}

export interface DmMessagesPorts {
  readonly sessions: SessionStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly metrics: SessionMetrics;
  readonly log: Log;
}

export interface DmRequest {
  /** One of the SyncML media types, without parameters; the reply carries it back. */
  readonly mediaType: string;
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  /** The value of the x-syncml-hmac header, if there was one. */
  readonly hmac?: string;
  /**
   * The names in the client's certificate, where it showed one that was verified: the message's Source has to be one of
   * them. This comes before the credentials of the protocol and replaces none.
   */
  readonly transportIdentities?: readonly string[];
  /** Where it came from: refused credentials are counted by that. Absent: they are not. */
  readonly address?: string;
}

export type DmAnswer =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** Too many credentials from there were wrong: nothing of it was looked at, it may come again then. */
  | { readonly kind: 'later'; readonly afterMs: number; readonly reason: string }
  /** The body is no SyncML message; `reason` says where and why. */
  | { readonly kind: 'malformed'; readonly reason: string };

/** Other messages of the same device may come first; then the step is taken anew from what they left. */
const MAX_ATTEMPTS = 8;
/** More commands than two full messages hold: what is in flight and what comes after. */
const COMMAND_WINDOW = 512;

/**
 * Answers one message of a device: one read, one step of the engine, one transaction, and only then the reply.
 */
export class DmMessages {
  readonly #ports: DmMessagesPorts;
  readonly #options: DmMessagesOptions;
  readonly #nobody: Account;
  /** A package without variables is the same for every device: its commands are made once. Null: it has variables. */
  readonly #plain = new WeakMap<readonly PackageCommand[], readonly RequestCommand[] | null>();

  constructor(ports: DmMessagesPorts, options: DmMessagesOptions) {
    this.#ports = ports;
    this.#options = options;
    const secret = (): string => Buffer.from(ports.entropy.bytes(24)).toString('base64');
    this.#nobody = {
      auth: 'md5',
      client: { username: secret(), password: secret(), nonce: ports.entropy.bytes(16) },
      server: { password: secret() },
    };
  }

  /**
   * @returns the reply, to be sent only now that everything it says is stored; or why the body is no message
   * @throws AppError `unavailable` when the database is away: nothing has happened, the device may repeat
   */
  async handle(request: DmRequest): Promise<DmAnswer> {
    const startedAt = this.#ports.clock.now().getTime();
    let outcome: DmMessageOutcome = 'failed';
    try {
      const message = this.#decode(request);
      if ('kind' in message) {
        outcome = 'malformed';
        return message;
      }
      const handled = await this.#answer(request, message);
      outcome = handled.outcome;
      if ('reply' in handled) return { kind: 'reply', reply: handled.reply };
      const { afterMs } = handled;
      return { kind: 'later', afterMs, reason: 'Too many wrong credentials came from there.' };
    } catch (error) {
      if (error instanceof AppError && error.code === 'unavailable') outcome = 'unavailable';
      throw error;
    } finally {
      this.#ports.metrics.messageHandled(outcome, request.encoding, this.#ports.clock.now().getTime() - startedAt);
    }
  }

  #decode({ body, encoding }: DmRequest): Message | Extract<DmAnswer, { kind: 'malformed' }> {
    try {
      return decodeMessage(body, encoding);
    } catch (error) {
      if (error instanceof WbxmlError || error instanceof XmlError || error instanceof SyncmlError) {
        return { kind: 'malformed', reason: error.message };
      }
      throw error;
    }
  }

  async #answer(request: DmRequest, message: Message): Promise<Handled> {
    const { sessions, log } = this.#ports;
    const { header } = message;
    if (request.transportIdentities?.includes(header.source.uri) === false) {
      const fields = { deviceId: header.source.uri, certificate: request.transportIdentities };
      log.warn(fields, 'a message refused: its sender is not whom the client certificate names');
      return { reply: this.#refuseStranger(request, message), outcome: 'unauthenticated' };
    }
    const source = request.address === undefined ? undefined : sourceOf(request.address);
    const { minAuth } = this.#options;
    const hmac = hmacOf(request);
    const said: Said = {
      message,
      ...(hmac !== undefined && { hmac }),
      ...(minAuth !== undefined && { minAuth }),
      bodyHash: () => hashOf(request.body),
    };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const context = await sessions.load(header.source.uri, header.sessionId);
      if (context === undefined) return { reply: this.#refuseStranger(request, message), outcome: 'unknown-device' };
      const now = this.#ports.clock.now();
      const { refusals } = context.device;
      const afterMs = source === undefined ? 0 : waitMs(refusals, source, now);
      if (afterMs > 0 && !isUnderWay(message, context.session)) {
        const fields = { deviceId: header.source.uri, address: request.address, afterMs };
        log.info(fields, 'a message is not looked at: too many credentials from there were wrong');
        return { afterMs, outcome: 'held-back' };
      }
      const place = placeOf(said, context, now);
      if (place.kind === 'repeat') {
        log.debug({ deviceId: header.source.uri, session: place.session.id, msgId: header.msgId }, 'message repeated');
        return { reply: place.session.lastReply, outcome: 'repeated' };
      }
      if (place.kind === 'stale') {
        return { reply: this.#refuseStale(request, message, context, place.session), outcome: 'answered' };
      }
      if (place.kind === 'doubtful') {
        const counts = place.isRefused && source !== undefined ? countRefusal(refusals, source, now) : undefined;
        const { id, lock } = context.device;
        if (counts !== undefined && !(await sessions.countRefusals(id, lock, counts))) continue;
        return { reply: this.#challengeOnly(request, message, context), outcome: 'unauthenticated' };
      }
      const turn = this.#turn(request, message, context, place.session, now, source);
      const isCrowded = source !== undefined && countRefusal(refusals, source, now) === undefined;
      if (isRefused(turn) && isCrowded && !isUnderWay(message, place.session)) {
        // From so many places at once come no honest mistakes: they are answered, and nothing is written.
        log.warn({ deviceId: header.source.uri, address: request.address }, 'credentials are refused, one of many');
        return { reply: this.#challengeOnly(request, message, context), outcome: 'unauthenticated' };
      }
      if (await sessions.commit(turn.change)) {
        this.#report(turn, header.source.uri, request.address);
        const unauthenticated = isRefused(turn);
        return { reply: turn.change.session.lastReply, outcome: unauthenticated ? 'unauthenticated' : 'answered' };
      }
    }
    throw new AppError('unavailable', 'other messages of the same device kept coming first');
  }

  /** Whoever is not known is answered like a device with wrong credentials, and leaves no trace in the database. */
  #refuseStranger(request: DmRequest, message: Message): Reply {
    const cred = message.header.cred ?? { type: 'syncml:auth-md5', data: '' };
    const { input } = this.#input(request, { ...message, header: { ...message.header, cred } }, this.#nobody, []);
    const { effects } = step(INITIAL_STATE, input);
    return this.#encodeReply(request, replyIn(effects).message);
  }

  /**
   * Asks for credentials without writing anything: the challenge has the nonce that the account expects anyway. Whatever
   * has come, it is refused: what is written nowhere must not be carried on with.
   */
  #challengeOnly(request: DmRequest, message: Message, context: SessionContext): Reply {
    const { account } = context.device;
    const { username, password } = this.#nobody.client;
    const client = { ...account.client, username, password };
    const { input } = this.#input(request, message, { ...account, client }, []);
    const { effects } = step(INITIAL_STATE, { ...input, nonce: account.client.nonce ?? input.nonce });
    return this.#encodeReply(request, replyIn(effects).message);
  }

  #refuseStale(request: DmRequest, message: Message, context: SessionContext, session: StoredSession): Reply {
    const { input } = this.#input(request, message, context.device.account, []);
    const { message: reply, mac } = refuseStale(input, session.state);
    return this.#encodeReply(request, reply, mac);
  }

  #encodeReply(request: DmRequest, message: Message, mac?: ReplyEffect['mac']): Reply {
    const body = encodeMessage(message, request.encoding);
    return { contentType: request.mediaType, body, ...(mac !== undefined && { headers: this.#macHeader(mac, body) }) };
  }

  /** What the engine is told; and the memory of what it measured, so that the reply is not encoded twice. */
  #input(
    request: DmRequest,
    message: Message,
    account: Account,
    deliveries: readonly QueuedDelivery[],
  ): { readonly input: SessionInput; readonly encode: (reply: Message) => Uint8Array } {
    let measured: { readonly message: Message; readonly body: Uint8Array } | undefined;
    const encode = (reply: Message): Uint8Array => {
      if (measured?.message === reply) return measured.body;
      const body = encodeMessage(reply, request.encoding);
      measured = { message: reply, body };
      return body;
    };
    const hmac = hmacOf(request);
    const { minAuth, authScope } = this.#options;
    const input: SessionInput = {
      message,
      ...(hmac !== undefined && { hmac }),
      account,
      ...(minAuth !== undefined && { minAuth }),
      ...(authScope !== undefined && { authScope }),
      deliveries,
      serverId: this.#options.serverId,
      ...(this.#options.respUri !== undefined && { respUri: this.#options.respUri }),
      limits: { maxMsgSize: this.#options.maxMsgSize, maxObjSize: this.#options.maxObjSize },
      nonce: this.#ports.entropy.bytes(16),
      newId: () => this.#ports.entropy.id(),
      sizeOf: (reply) => encode(reply).length,
      readTree: readSerialisedTree,
    };
    return { input, encode };
  }

  #turn(
    request: DmRequest,
    message: Message,
    context: SessionContext,
    session: StoredSession | undefined,
    now: Date,
    source: string | undefined,
  ): Turn {
    const version: DmVersion = message.header.verDtd === '1.2' ? '1.2' : '1.1';
    const { queued, moves } = this.#queue(context, version);
    const { account, takesPieces } = context.device;
    const { input, encode } = this.#input(request, message, account, queued);
    const result = step(session?.state ?? INITIAL_STATE, takesPieces === undefined ? input : { ...input, takesPieces });
    const { message: reply, mac } = replyIn(result.effects);
    const body = encode(reply);
    const headers = mac === undefined ? undefined : this.#macHeader(mac, body);
    const common = { encoding: request.encoding, at: now };
    const log: LoggedMessage[] = [
      {
        ...common,
        direction: 'device',
        msgId: message.header.msgId,
        wireSize: request.body.length,
        version,
        masked: encodeForLog(message, request.encoding),
      },
      {
        ...common,
        direction: 'server',
        msgId: reply.header.msgId,
        wireSize: body.length,
        version: reply.header.verDtd === '1.2' ? '1.2' : '1.1',
        masked: encodeForLog(reply, request.encoding, body),
      },
    ];
    const change = changeOf(result, context, {
      id: session?.id ?? this.#ports.entropy.id(),
      isNew: session === undefined,
      dmSessionId: message.header.sessionId,
      lastMsgId: message.header.msgId,
      lastReply: {
        contentType: request.mediaType,
        body,
        ...(headers !== undefined && { headers }),
        ...(isRefused(result) && { answered: hashOf(request.body) }),
      },
      source,
      now,
      log,
      moves,
    });
    return { ...result, change };
  }

  /** Our own MAC over the reply, for devices that prove themselves by theirs (OMA-TS-DM_Security, 5.4). */
  #macHeader({ nonce, password }: NonNullable<ReplyEffect['mac']>, body: Uint8Array): Readonly<Record<string, string>> {
    const username = this.#options.serverId;
    return { [HMAC_HEADER]: buildHmacHeader({ username, mac: hmacCredData(username, password, nonce, body) }) };
  }

  /** The waiting deliveries as the engine takes them; one whose variables are no longer whole fails here. */
  #queue(
    context: SessionContext,
    version: DmVersion,
  ): { queued: QueuedDelivery[]; moves: SessionChange['deliveries'][number][] } {
    const queued: QueuedDelivery[] = [];
    const moves: SessionChange['deliveries'][number][] = [];
    for (const delivery of context.deliveries) {
      if (delivery.plan !== undefined) {
        queued.push(queuedPlan(delivery, delivery.plan, version));
        continue;
      }
      const upcoming = this.#commandsOrReason(context, delivery);
      if (typeof upcoming === 'string') {
        const failure = { code: 'variable-missing', message: upcoming } as const;
        moves.push({ id: delivery.id, state: 'failed', position: delivery.position, failure });
        continue;
      }
      queued.push({
        id: delivery.id,
        started: delivery.state === 'delivering',
        position: delivery.position,
        sent: delivery.sent,
        ...(delivery.onFailure === 'stop' && { onFailure: 'stop' as const }),
        total: delivery.commands.length,
        upcoming,
        ...(delivery.triggerSessionId !== undefined && { triggerSessionId: delivery.triggerSessionId }),
        ...(delivery.failure !== undefined && { failure: delivery.failure }),
      });
    }
    return { queued, moves };
  }

  /** A package that cannot be made into commands must not keep its device from every other one. */
  #commandsOrReason(context: SessionContext, delivery: WaitingDelivery): readonly RequestCommand[] | string {
    try {
      return this.#upcoming(context, delivery);
    } catch (error) {
      this.#ports.log.error({ err: error, delivery: delivery.id }, 'a stored package cannot be made into commands');
      return 'The stored package cannot be made into commands; the log of the server says why.';
    }
  }

  #upcoming(context: SessionContext, delivery: WaitingDelivery): readonly RequestCommand[] | string {
    const { commands, position } = delivery;
    let plain = this.#plain.get(commands);
    if (plain === undefined) {
      const made = instantiateCommands(commands, {});
      plain = made.ok ? made.commands : null;
      this.#plain.set(commands, plain);
    }
    if (plain !== null) return plain.slice(position, position + COMMAND_WINDOW);
    const { deviceId, msisdn, imsi } = context.device;
    const values = variableValues(
      {
        deviceId,
        serverId: this.#options.serverId,
        ...(msisdn !== undefined && { msisdn }),
        ...(imsi !== undefined && { imsi }),
      },
      delivery.variables,
    );
    if (!values.ok)
      return `The device's record now says something else than the variables given: ${values.clashes.join(', ')}.`;
    const made = instantiateCommands(commands.slice(position, position + COMMAND_WINDOW), values.values);
    if (made.ok) return made.commands;
    if (made.missing.length > 0) return `No value for ${made.missing.join(', ')}.`;
    return made.invalid.map(({ line, message }) => `line ${line}: ${message}`).join('; ');
  }

  #report({ change, state, effects }: Turn, deviceId: string, address: string | undefined): void {
    const { metrics, log } = this.#ports;
    const session = change.session.id;
    if (change.session.isNew) metrics.sessionOpened();
    if (state.phase === 'closed') {
      metrics.sessionClosed(state.reason);
      const { reason, authFailure } = state;
      log.info({ deviceId, session, reason, ...(authFailure !== undefined && { authFailure }) }, 'session closed');
    }
    for (const { id, state: reached } of change.deliveries) {
      if (reached === 'succeeded' || reached === 'failed') {
        metrics.deliveryEnded(reached);
        log.info({ deviceId, session, delivery: id, state: reached }, 'delivery ended');
      }
    }
    for (const effect of effects) {
      if (effect.kind === 'note') log.warn({ deviceId, session, msgId: change.session.lastMsgId }, effect.text);
      if (effect.kind === 'deviceRefused') {
        const { kind, why } = effect.failure;
        log.warn({ deviceId, session, address, credentials: kind }, `the device's credentials are refused: ${why}`);
      }
    }
  }
}

interface Turn extends StepResult {
  readonly change: SessionChange;
}

type Handled = { readonly outcome: DmMessageOutcome } & ({ readonly reply: Reply } | { readonly afterMs: number });

function isRefused({ effects }: Pick<StepResult, 'effects'>): boolean {
  return effects.some(({ kind }) => kind === 'deviceRefused');
}

function hashOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64');
}

function hmacOf({ hmac, body }: DmRequest): SessionInput['hmac'] {
  const header = hmac === undefined ? undefined : parseHmacHeader(hmac);
  return header === undefined ? undefined : { ...header, body };
}

type ReplyEffect = Extract<Effect, { kind: 'reply' }>;

function replyIn(effects: readonly Effect[]): ReplyEffect {
  const reply = effects.find((effect) => effect.kind === 'reply');
  if (reply === undefined) throw new Error('the engine gave no reply');
  return reply;
}

/** A delivery that has no package, as the engine takes it. */
function queuedPlan(delivery: WaitingDelivery, plan: TreePlan, version: DmVersion): QueuedDelivery {
  const { id, state, position, triggerSessionId } = delivery;
  return {
    id,
    started: state === 'delivering',
    position,
    total: position + planLength(plan, version),
    upcoming: planCommands(plan, version, MAX_COMMANDS_PER_MESSAGE),
    plan,
    ...(triggerSessionId !== undefined && { triggerSessionId }),
  };
}
