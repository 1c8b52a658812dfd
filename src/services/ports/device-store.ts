import type { Device, DmAccount, NodeValue } from '../../domain/device.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewDevice {
  readonly id: string;
  readonly deviceId: string;
  readonly msisdn?: string;
  readonly imsi?: string;
  readonly account: DmAccount;
  readonly createdAt: Date;
}

/** `null` clears a field, absent leaves it. Secrets given here replace the stored ones. */
export interface DevicePatch {
  readonly msisdn?: string | null;
  readonly imsi?: string | null;
  readonly auth?: DmAccount['auth'];
  readonly client?: { readonly username?: string; readonly password?: string; readonly nonce?: Uint8Array };
  readonly server?: { readonly password?: string; readonly nonce?: Uint8Array };
}

export interface DeviceFilter {
  /** Starts with. */
  readonly deviceId?: string;
  readonly msisdn?: string;
  readonly man?: string;
  readonly mod?: string;
}

/** Device records, for admins. */
export interface DeviceStore {
  /** Throws AppError `device-exists`. */
  create(device: NewDevice): Promise<Device>;
  get(deviceId: string): Promise<Device | undefined>;
  list(filter: DeviceFilter, page: PageRequest): Promise<Page<Device>>;
  /** Throws AppError `device-unknown`. */
  update(deviceId: string, patch: DevicePatch, now: Date): Promise<Device>;
  /** Removes it with its deliveries, sessions and values. Throws `device-unknown`, `device-has-open-deliveries`. */
  delete(deviceId: string): Promise<void>;
  /** Last known values, in LocURI order. Throws `device-unknown`. */
  tree(deviceId: string): Promise<readonly NodeValue[]>;
}
