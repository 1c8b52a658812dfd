import { randomBytes } from 'node:crypto';
import type { Encoding } from '../../syncml/media-type.ts';
import type { DmVersion, Message } from '../../syncml/message.ts';
import type { DeviceAlert } from './alert-outbox.ts';
import type { BootstrapTrust } from './bootstrap-reader.ts';
import type { Execution, Refusal } from './command-executor.ts';
import { createHttpTransport, type Transport } from './http-transport.ts';
import type { ManagementTree, TreeOptions } from './management-tree.ts';
import type { Misbehaviour } from './misbehaviours.ts';
import type { PushOutcome } from './push-receiver.ts';
import type { SessionOutcome } from './session-outcome.ts';
import { agreeableUser, type User } from './user.ts';

export type Auth = 'basic' | 'md5' | 'hmac';

export interface VirtualDeviceOptions {
  /** Its Source LocURI, e.g. `IMEI:493005100592800`. */
  readonly deviceId: string;
  /** Where sessions go, e.g. `http://127.0.0.1:8080/dm`. Absent: a bootstrap says it. */
  readonly serverUrl?: string;
  /** How it proves itself; nonces are raw octets, absent means none has been agreed on. Without it: a bootstrap says it. */
  readonly client?: { readonly username: string; readonly password: string; readonly nonce?: Uint8Array };
  /** Whom it takes as its server. Absent: a bootstrap says it. */
  readonly server?: {
    readonly id: string;
    readonly password: string;
    readonly nonce?: Uint8Array;
    /** What it has to prove itself with; default: the same as the device. With MACs both sides use them. */
    readonly auth?: Auth;
  };
  /** What a bootstrap push has to be proven with, to set up an account or replace the one there is; absent: none is taken. */
  readonly bootstrap?: BootstrapTrust;
  /**
   * Default `md5`. A server that asks for a stronger kind is followed, one that asks for a weaker kind is not. With `hmac`
   * both sides prove every message by a MAC in the transport header x-syncml-hmac.
   */
  readonly auth?: Auth;
  /** Default 1.1. */
  readonly dmVersion?: DmVersion;
  /** Default `wbxml`. */
  readonly encoding?: Encoding;
  /** The Content-Type's front part. Default `application/vnd.syncml.dm`. */
  readonly mediaType?: 'application/vnd.syncml.dm' | 'application/vnd.syncml';
  /** The largest message it takes, octets. Default 16384. */
  readonly maxMsgSize?: number;
  /** The largest object it takes, octets; absent: any. */
  readonly maxObjSize?: number;
  /** Default true; otherwise commands of a server that did not prove itself are carried out, too. */
  readonly mustAuthenticateServer?: boolean;
  /** Send credentials in the first message (default), or only when challenged. */
  readonly credentialsFirst?: boolean;
  /** Default: the factory's tree. */
  readonly tree?: ManagementTree;
  readonly treeOptions?: TreeOptions;
  readonly user?: User;
  readonly refuse?: Refusal;
  /** Breaks one rule on purpose, in every session. Sessions are then ended after 60 messages. */
  readonly misbehave?: Misbehaviour;
  /** Default: HTTP with one pool of connections for all devices of the process. */
  readonly transport?: Transport;
  readonly retries?: Partial<Retries>;
  /** Keep every execution in `device.executions`. Default true; a benchmark has no use for them. */
  readonly recordExecutions?: boolean;
  /** Told of all that happens, at once; it must not throw. */
  readonly observe?: (event: DeviceEvent) => void;
  /** Default: the system's. */
  readonly randomOctets?: (count: number) => Uint8Array;
}

/** A message without an answer is sent again, the very same octets: after `delayMs`, then twice that and so on. */
export interface Retries {
  /** Repetitions of one message. Default 8. */
  readonly limit: number;
  /** Default 100. */
  readonly delayMs: number;
  /** Default 2,000. */
  readonly maxDelayMs: number;
}

export type DeviceEvent =
  | {
      readonly kind: 'sent' | 'received';
      readonly message: Message;
      readonly octets: number;
      /** It came with an x-syncml-hmac header. */
      readonly hasMac: boolean;
    }
  | { readonly kind: 'retry'; readonly reason: string; readonly attempt: number }
  | { readonly kind: 'executed'; readonly execution: Execution }
  /** The server has given a Status for an alert of ours; it is not sent again. */
  | { readonly kind: 'alertAnswered'; readonly alert: DeviceAlert; readonly status: number }
  | { readonly kind: 'push'; readonly outcome: PushOutcome }
  | { readonly kind: 'sessionStarted'; readonly sessionId: string }
  | { readonly kind: 'sessionEnded'; readonly outcome: SessionOutcome };

/** The options with every default in place. */
export interface DeviceSettings {
  readonly deviceId: string;
  readonly serverUrl: string;
  readonly client: { readonly username: string; readonly password: string };
  readonly server: { readonly id: string; readonly password: string; readonly auth?: Auth };
  readonly auth: Auth;
  readonly dmVersion: DmVersion;
  readonly encoding: Encoding;
  readonly contentType: string;
  readonly maxMsgSize: number;
  readonly maxObjSize: number | undefined;
  readonly mustAuthenticateServer: boolean;
  readonly credentialsFirst: boolean;
  readonly user: User;
  readonly refuse: Refusal | undefined;
  readonly misbehave: Misbehaviour | undefined;
  readonly transport: Transport;
  readonly retries: Retries;
  readonly randomOctets: (count: number) => Uint8Array;
}

const DEFAULT_RETRIES: Retries = { limit: 8, delayMs: 100, maxDelayMs: 2_000 };

/** Before a bootstrap; no session is opened with it. */
const NOBODY = { username: '', password: '' };

let pool: Transport | undefined;

function sharedTransport(): Transport {
  pool ??= createHttpTransport();
  return pool;
}

export function settle(options: VirtualDeviceOptions): DeviceSettings {
  const encoding = options.encoding ?? 'wbxml';
  return {
    deviceId: options.deviceId,
    serverUrl: options.serverUrl ?? '',
    client: options.client ?? NOBODY,
    server: options.server ?? { ...NOBODY, id: '' },
    auth: options.auth ?? 'md5',
    dmVersion: options.dmVersion ?? '1.1',
    encoding,
    contentType: `${options.mediaType ?? 'application/vnd.syncml.dm'}+${encoding}`,
    maxMsgSize: options.maxMsgSize ?? 16_384,
    maxObjSize: options.maxObjSize,
    mustAuthenticateServer: options.mustAuthenticateServer ?? true,
    credentialsFirst: options.credentialsFirst ?? true,
    user: options.user ?? agreeableUser,
    refuse: options.refuse,
    misbehave: options.misbehave,
    transport: options.transport ?? sharedTransport(),
    retries: options.retries === undefined ? DEFAULT_RETRIES : { ...DEFAULT_RETRIES, ...options.retries },
    randomOctets: options.randomOctets ?? randomBytes,
  };
}
