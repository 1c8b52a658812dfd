import type { AuthScope, Device, DmAccount, NodeValue } from '../../domain/device.ts';

export interface NewDevice {
  readonly id: string;
  readonly deviceId: string;
  readonly msisdn?: string;
  readonly imsi?: string;
  readonly account: DmAccount;
  /** False: the account is made of chance, for a bootstrap to put a real one in its place. Default true. */
  readonly hasAccount?: boolean;
  /** As `tagSet` makes them. Default: none. */
  readonly tags?: readonly string[];
  /** Default: none. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly timeZone?: string;
  readonly createdAt: Date;
}

/**
 * `null` clears a field, absent leaves it. Secrets given here replace the stored ones, and anything said of the account
 * voids bootstraps that have not been answered.
 */
export interface DevicePatch {
  readonly msisdn?: string | null;
  readonly imsi?: string | null;
  /** All of them anew, as `tagSet` makes them. */
  readonly tags?: readonly string[];
  /** Key by key: `null` takes one away, the others stay. */
  readonly attributes?: Readonly<Record<string, string | null>> | null;
  readonly timeZone?: string | null;
  readonly auth?: DmAccount['auth'];
  readonly client?: {
    readonly username?: string;
    readonly password?: string;
    readonly nonce?: Uint8Array;
    readonly scope?: AuthScope | null;
  };
  readonly server?: {
    readonly auth?: DmAccount['auth'] | null;
    readonly password?: string;
    readonly nonce?: Uint8Array;
  };
}

/** Device records, for admins. */
export interface DeviceStore {
  /** Throws AppError `device-exists`. */
  create(device: NewDevice): Promise<Device>;
  /** With its `revision`, as `create` and `update` give it back. */
  get(deviceId: string): Promise<Device | undefined>;
  /** Whether another device has the same password of the server (told by a fingerprint). False: no such device. */
  sharesServerPassword(deviceId: string): Promise<boolean>;
  /**
   * New credentials count from the next session on: what they were goes with the account as `former`. Refusals counted
   * so far are forgotten with the credentials they were about. Throws AppError `device-unknown`, `account-incomplete`,
   * `attributes-too-many`, `version-stale`.
   * @param revision the one that is to be changed; undefined: whichever it is
   */
  update(deviceId: string, patch: DevicePatch, now: Date, revision?: string): Promise<Device>;
  /**
   * Removes it with its deliveries, sessions and values. Throws `device-unknown`, `device-has-open-deliveries`,
   * `version-stale`.
   */
  delete(deviceId: string, revision?: string): Promise<void>;
  /** Last known values, in LocURI order (by code point). Throws `device-unknown`. */
  tree(deviceId: string, part?: TreePart): Promise<readonly NodeValue[]>;
}

/** Which of the known nodes; all of them when nothing is said. */
export interface TreePart {
  /** This node and what is below it. */
  readonly root?: string;
  /** Levels below the root; 0 is the root alone. */
  readonly depth?: number;
  /** LocURIs behind this one. */
  readonly after?: string;
  readonly limit?: number;
}
