import type { ObjectRef } from './delivery.ts';

export type DeviceAuth = 'basic' | 'md5' | 'hmac';
export type AuthScope = 'session' | 'message';

/**
 * The DM account a device and this server share: who they are to each other. Plaintext; it exists in memory only,
 * the store keeps the secrets sealed.
 */
export interface DmAccount {
  /** What the device proves itself with. */
  readonly auth: DeviceAuth;
  readonly client: {
    readonly username: string;
    readonly password: string;
    /** The nonce the device should use for its next credentials; raw octets. */
    readonly nonce?: Uint8Array;
    /** The one before: still good until the device has shown that it holds the newer one. */
    readonly previousNonce?: Uint8Array;
    /** How often it proves itself: once a session, or with every message. Absent: as the server's settings say. */
    readonly scope?: AuthScope;
  };
  readonly server: {
    /** What this server proves itself with. Absent: the same as the device. */
    readonly auth?: DeviceAuth;
    readonly password: string;
    /** The nonce this server must use next; the device renews it in every session. Raw octets. */
    readonly nonce?: Uint8Array;
  };
  /** Counts the changes of the credentials. Absent: none yet. */
  readonly generation?: number;
  /** The credentials before the last change: sessions that began with them go on with them. */
  readonly former?: FormerCredentials;
  /**
   * Accounts sent by bootstraps that have not been answered, oldest first; the device may use any of them, or go on with
   * this one when none has reached it.
   */
  readonly pending?: readonly PendingAccount[];
}

export interface FormerCredentials {
  /** What {@link DmAccount.generation} was. */
  readonly generation: number;
  readonly auth: DeviceAuth;
  readonly serverAuth?: DeviceAuth;
  readonly username: string;
  readonly clientPassword: string;
  readonly serverPassword: string;
}

/** One that a bootstrap has sent to the device; it counts from the device's first use of it on. */
export interface PendingAccount extends Omit<DmAccount, 'pending'> {
  readonly client: Omit<DmAccount['client'], 'previousNonce'>;
}

/**
 * - `none` nothing has been sent;
 * - `pending` a document is on its way, or the device has not used what came with it;
 * - `done` the device has opened a session with the credentials sent last.
 */
export const BOOTSTRAP_STATES = ['none', 'pending', 'done'] as const;
export type BootstrapState = (typeof BOOTSTRAP_STATES)[number];

/** Bootstraps whose credentials stay good side by side; the next one takes the place of the oldest. */
export const MAX_PENDING_ACCOUNTS = 8;

/** What a device says of itself in DevInfo, the standard object every session starts with (OMA-TS-DM_StdObj, 5.3.1). */
export interface DevInfo {
  readonly devId?: string;
  readonly man?: string;
  readonly mod?: string;
  readonly dmV?: string;
  readonly lang?: string;
}

/** {@link DevInfo}, and what filters go by besides. */
export interface KnownDevInfo extends DevInfo {
  /** DevDetail/FwV (OMA-TS-DM_StdObj, 5.3.2), when a session or a discovery told it. */
  readonly fwV?: string;
}

/** The record an admin sees. Secrets are not in it. */
export interface Device {
  /** Our own id (UUID). */
  readonly id: string;
  /** As in the device's `Source/LocURI`, e.g. `IMEI:493005100592800`. Unique. */
  readonly deviceId: string;
  readonly msisdn?: string;
  readonly imsi?: string;
  readonly auth: DeviceAuth;
  /** Absent: as `auth`. */
  readonly serverAuth?: DeviceAuth;
  /** Absent: as the server's settings say. */
  readonly clientScope?: AuthScope;
  readonly clientUsername: string;
  /** False: it was registered without an account and has not answered a bootstrap yet. */
  readonly hasAccount: boolean;
  readonly bootstrap: {
    readonly state: BootstrapState;
    /** When that came to be; absent for `none`. */
    readonly at?: Date;
    /** The newest push with a bootstrap document. */
    readonly pushId?: string;
  };
  readonly devInfo: KnownDevInfo;
  /** What admins call it: each once, in the order of code points. */
  readonly tags: readonly string[];
  /** What admins know of it, by key; see `isAttributeKey`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Of the IANA database. Absent: not known. */
  readonly timeZone?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the last authenticated message came. */
  readonly lastSeenAt?: Date;
  /** Another one after every change of what admins say of it, its credentials included. Absent in listings. */
  readonly revision?: string;
}

/** The last value a device told us, or acknowledged, for one node of its tree. */
export interface NodeValue {
  readonly locUri: string;
  /** Absent for an interior node without a listing. */
  readonly value?: string;
  readonly format?: string;
  readonly type?: string;
  /** In place of the value, where that came in pieces and is large. */
  readonly object?: ObjectRef;
  readonly at: Date;
  /** What was last told of its properties (ACL, Title…), by name. */
  readonly properties?: Readonly<Record<string, PropertyValue>>;
}

export interface PropertyValue {
  readonly value: string;
  readonly at: Date;
}
