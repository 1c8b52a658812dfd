import { readSerialisedTree } from '../../src/provisioning/read-serialised-tree.ts';
import type { AlertReport, AwaitedExec, DeliveryMove, Effect, ResultReport } from '../../src/session/effect.ts';
import type { Account, QueuedDelivery } from '../../src/session/session-input.ts';
import type { SessionState } from '../../src/session/session-state.ts';
import { INITIAL_STATE, step } from '../../src/session/step.ts';
import { planCommands, planLength, type TreePlan } from '../../src/session/tree-plan.ts';
import { hmacCredData, md5CredData } from '../../src/syncml/credentials.ts';
import type { Command, Cred, Header, Item, Message, RequestCommand, StatusCommand } from '../../src/syncml/message.ts';
import { accountAfter } from './account-after.ts';

/** The account of every play: device `IMEI:1` and server `omadm`. */
export const CLIENT = { username: 'device', password: 'device-secret' };
export const SERVER_PASSWORD = 'server-secret';
export const SERVER_NONCE = Buffer.from('server-nonce-one');

export interface PlaySetting {
  readonly auth?: 'basic' | 'md5' | 'hmac';
  /** What the server proves itself with, where it differs. */
  readonly serverAuth?: 'basic' | 'md5' | 'hmac';
  readonly minAuth?: 'basic' | 'md5' | 'hmac';
  readonly scope?: 'session' | 'message';
  readonly clientNonce?: Uint8Array;
  readonly deliveries?: readonly {
    readonly id: string;
    readonly commands: readonly RequestCommand[];
    readonly triggerSessionId?: number;
    readonly onFailure?: 'stop';
    /** In place of commands. */
    readonly plan?: TreePlan;
  }[];
  readonly sessionId?: string;
  readonly version?: '1.1' | '1.2';
  readonly sizeOf?: (message: Message) => number;
  readonly maxObjSize?: number;
  readonly respUri?: string;
}

interface DeliveryOnStage {
  readonly id: string;
  readonly commands: readonly RequestCommand[];
  readonly triggerSessionId?: number;
  readonly onFailure?: 'stop';
  readonly plan?: TreePlan;
  move: DeliveryMove | undefined;
}

/**
 * A stage for the engine: it says what the device says, keeps what the engine wants kept, and shows what came of it.
 * State goes through JSON between any two messages, as it does in the database.
 */
export class Play {
  state: SessionState = INITIAL_STATE;
  account: Account;
  readonly deliveries: DeliveryOnStage[];
  readonly results: ResultReport[] = [];
  readonly alerts: AlertReport[] = [];
  readonly awaited: AwaitedExec[] = [];
  readonly nodes = new Map<string, string | undefined>();
  readonly properties = new Map<string, string>();
  /** Where what was not seen again is gone. */
  readonly forgotten: { readonly root: string; readonly except: readonly string[] }[] = [];
  devInfo: Readonly<Record<string, string>> = {};
  effects: readonly Effect[] = [];
  #setting: PlaySetting;
  #msgId = 0;
  #nonces = 0;
  #objects = 0;
  /** What the device said in DevDetail/LrgObj. */
  takesPieces: boolean | undefined;
  /** The values of the device that are kept apart: their octets so far, and whether all of them are there. */
  readonly objects = new Map<string, { readonly octets: Uint8Array[]; isComplete: boolean }>();

  constructor(setting: PlaySetting = {}) {
    this.#setting = setting;
    this.account = {
      auth: setting.auth ?? 'basic',
      client: {
        ...CLIENT,
        ...(setting.clientNonce !== undefined && { nonce: setting.clientNonce }),
        ...(setting.scope !== undefined && { scope: setting.scope }),
      },
      server: {
        password: SERVER_PASSWORD,
        nonce: SERVER_NONCE,
        ...(setting.serverAuth !== undefined && { auth: setting.serverAuth }),
      },
    };
    this.deliveries = (setting.deliveries ?? []).map((delivery) => ({ ...delivery, move: undefined }));
  }

  /** The device's next message. */
  device(
    commands: readonly Command[],
    options: {
      cred?: Cred | undefined;
      /** Credentials in the transport header, over {@link BODY}. */
      hmac?: { readonly username: string; readonly mac: string };
      final?: boolean;
      meta?: Header['meta'];
      header?: Partial<Header>;
    } = {},
  ): Message {
    this.#msgId += 1;
    const version = this.#setting.version ?? '1.1';
    const message: Message = {
      header: {
        verDtd: version,
        verProto: `DM/${version}`,
        sessionId: this.#setting.sessionId ?? '1',
        msgId: String(this.#msgId),
        target: { uri: 'http://dm.example/dm' },
        source: { uri: 'IMEI:1' },
        ...(options.cred !== undefined && { cred: options.cred }),
        ...(options.meta !== undefined && { meta: options.meta }),
        ...options.header,
      },
      commands,
      final: options.final ?? true,
    };
    const queued: QueuedDelivery[] = this.deliveries
      .filter(({ move }) => move?.state !== 'succeeded' && move?.state !== 'failed')
      .map(({ id, commands: all, triggerSessionId, onFailure, plan: planned, move }) => {
        const position = move?.position ?? 0;
        const plan = this.plan(id) ?? planned;
        if (plan !== undefined) {
          const total = position + planLength(plan, version);
          return { id, started: move !== undefined, position, total, upcoming: planCommands(plan, version, 200), plan };
        }
        return {
          id,
          started: move !== undefined,
          position,
          sent: move?.sent ?? 0,
          ...(onFailure !== undefined && { onFailure }),
          total: all.length,
          upcoming: all.slice(position),
          ...(triggerSessionId !== undefined && { triggerSessionId }),
          ...(move?.failure !== undefined && { failure: move.failure }),
        };
      });
    const { state, effects } = step(JSON.parse(JSON.stringify(this.state)) as SessionState, {
      message,
      ...(options.hmac !== undefined && { hmac: { ...options.hmac, body: BODY } }),
      account: this.account,
      ...(this.#setting.minAuth !== undefined && { minAuth: this.#setting.minAuth }),
      deliveries: queued,
      serverId: 'omadm',
      ...(this.#setting.respUri !== undefined && { respUri: this.#setting.respUri }),
      newId: () => `object-${++this.#objects}`,
      ...(this.takesPieces !== undefined && { takesPieces: this.takesPieces }),
      limits: { maxMsgSize: 65_536, maxObjSize: this.#setting.maxObjSize ?? 1_048_576 },
      nonce: Buffer.from(`nonce-of-step-${++this.#nonces}`.padEnd(16, '.')),
      readTree: readSerialisedTree,
      sizeOf: this.#setting.sizeOf ?? ((one) => JSON.stringify(one).length),
    });
    this.state = state;
    this.effects = effects;
    return this.#apply(effects);
  }

  #apply(effects: readonly Effect[]): Message {
    let reply: Message | undefined;
    for (const effect of effects) {
      this.account = accountAfter(this.account, effect);
      switch (effect.kind) {
        case 'reply':
          if (reply !== undefined) throw new Error('the engine replied twice');
          reply = effect.message;
          break;
        case 'storeDevInfo':
          this.devInfo = effect.devInfo;
          break;
        case 'storeNode':
          this.nodes.set(effect.node.locUri, effect.node.value);
          break;
        case 'removeNode':
          this.nodes.delete(effect.locUri);
          break;
        case 'storeProperty':
          this.properties.set(`${effect.locUri}?prop=${effect.name}`, effect.value);
          break;
        case 'forgetNodes':
          this.forgotten.push({ root: effect.root, except: effect.except });
          break;
        case 'recordResult':
          this.results.push(effect.result);
          break;
        case 'reportAlert':
          this.alerts.push(effect.alert);
          break;
        case 'awaitOutcome':
          this.awaited.push(effect.exec);
          break;
        case 'keepPiece': {
          const { id, place, octets } = effect.piece;
          const object = this.objects.get(id) ?? { octets: [], isComplete: false };
          if (object.octets.length !== place) throw new Error(`piece ${place} of ${id} is out of order`);
          object.octets.push(octets);
          this.objects.set(id, object);
          break;
        }
        case 'completeObject': {
          const object = this.objects.get(effect.id);
          if (object === undefined) throw new Error(`the engine completed ${effect.id}, of which nothing came`);
          object.isComplete = true;
          break;
        }
        case 'dropObject':
          this.objects.delete(effect.id);
          break;
        case 'moveDelivery': {
          const delivery = this.deliveries.find(({ id }) => id === effect.move.id);
          if (delivery === undefined) throw new Error(`the engine moved ${effect.move.id}, which is not on stage`);
          delivery.move = effect.move;
          break;
        }
        default:
          break;
      }
    }
    if (reply === undefined) throw new Error('the engine did not reply');
    return reply;
  }

  get notes(): string[] {
    return this.effects.flatMap((effect) => {
      if (effect.kind === 'deviceRefused') return [effect.failure.why];
      return effect.kind === 'note' ? [effect.text] : [];
    });
  }

  /** How far a delivery without a package has come; its first exchange was number 1. */
  plan(id: string): TreePlan | undefined {
    const plan = this.deliveries.find((one) => one.id === id)?.move?.plan;
    return plan === undefined ? undefined : { since: 1, ...(JSON.parse(JSON.stringify(plan)) as TreePlan) };
  }

  /** `delivering 2`, `succeeded 3`, or `untouched`. */
  standing(id: string): string {
    const move = this.deliveries.find((one) => one.id === id)?.move;
    return move === undefined ? 'untouched' : `${move.state} ${move.position}`;
  }
}

export const basicCred: Cred = {
  type: 'syncml:auth-basic',
  format: 'b64',
  data: Buffer.from(`${CLIENT.username}:${CLIENT.password}`).toString('base64'),
};

export function md5Cred(nonce: Uint8Array, password = CLIENT.password): Cred {
  return { type: 'syncml:auth-md5', format: 'b64', data: md5CredData(CLIENT.username, password, nonce) };
}

/** What every MAC of a play covers: the engine does not read it. */
export const BODY = Buffer.from('the octets of the message');

export function mac(nonce: Uint8Array, password = CLIENT.password): { username: string; mac: string } {
  return { username: CLIENT.username, mac: hmacCredData(CLIENT.username, password, nonce, BODY) };
}

export function alert(code: number, cmdId = '1'): Command {
  return { name: 'Alert', cmdId, code, items: [] };
}

export function devInfo(cmdId = '2'): Command {
  const leaf = (name: string, data: string): Item => ({ source: { uri: `./DevInfo/${name}` }, data });
  return {
    name: 'Replace',
    cmdId,
    items: [leaf('DevId', 'IMEI:1'), leaf('Man', 'Acme'), leaf('Mod', 'One'), leaf('DmV', '1.0'), leaf('Lang', 'en')],
  };
}

export const package1: readonly Command[] = [alert(1201), devInfo()];

export function get(...uris: string[]): RequestCommand {
  return { name: 'Get', cmdId: '', items: uris.map((uri) => ({ target: { uri } })) };
}

export function replace(uri: string, data: string): RequestCommand {
  return { name: 'Replace', cmdId: '', items: [{ target: { uri }, meta: { format: 'chr' }, data }] };
}

/** A device's Status for a command of the server's message. */
export function status(to: Message, cmdId: string, code: number, more: Partial<StatusCommand> = {}): StatusCommand {
  const command = flatten(to.commands).find((one) => one.cmdId === cmdId);
  return {
    name: 'Status',
    cmdId: `s${cmdId}`,
    msgRef: to.header.msgId,
    cmdRef: cmdId,
    cmd: cmdId === '0' ? 'SyncHdr' : (command?.name ?? 'Replace'),
    targetRefs: [],
    sourceRefs: [],
    code,
    items: [],
    ...more,
  };
}

/** One Status for the header and one for every request of the server's message. */
export function allAnswered(to: Message, code = 200): StatusCommand[] {
  return [status(to, '0', 212), ...requests(to).map((command) => status(to, command.cmdId, code))];
}

export function flatten(commands: readonly Command[]): Command[] {
  return commands.flatMap((command) => ('commands' in command ? [command, ...flatten(command.commands)] : [command]));
}

/** What the server asks for: everything but its statuses. */
export function requests(message: Message): Command[] {
  return flatten(message.commands).filter(({ name }) => name !== 'Status' && name !== 'Results');
}

/** A message in one line, e.g. `Status SyncHdr 212, Get ./DevInfo/Man, Final`. */
export function line(message: Message): string {
  const words = message.commands.map(wordsOf);
  if (message.final) words.push('Final');
  return words.join(', ');
}

function wordsOf(command: Command): string {
  switch (command.name) {
    case 'Status':
      return `Status ${command.cmd} ${command.code}${command.chal === undefined ? '' : ' + Chal'}`;
    case 'Alert':
      return `Alert ${command.code}`;
    case 'Atomic':
    case 'Sequence':
      return `${command.name} [${command.commands.map(wordsOf).join(', ')}]`;
    case 'Unknown':
      return command.element;
    default:
      return [command.name, ...command.items.map((item) => item.target?.uri ?? item.source?.uri ?? '')].join(' ');
  }
}
