import type { Device, DmAccount, NodeValue } from '../domain/device.ts';
import { AppError } from './app-error.ts';
import { isDeviceId } from './identifiers.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { DeviceFilter, DevicePatch, DeviceStore } from './ports/device-store.ts';
import type { Page, PageRequest } from './ports/page.ts';

/** What an admin says of a new device. */
export interface DeviceRegistration {
  readonly deviceId: string;
  readonly msisdn?: string;
  readonly imsi?: string;
  readonly account: DmAccount;
}

/** What admins do with devices. */
export class Devices {
  readonly #store: DeviceStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  constructor(ports: { readonly devices: DeviceStore; readonly clock: Clock; readonly entropy: Entropy }) {
    this.#store = ports.devices;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /** @throws AppError `device-exists` */
  async register(registration: DeviceRegistration): Promise<Device> {
    return this.#store.create({ ...registration, id: this.#entropy.id(), createdAt: this.#clock.now() });
  }

  /** @throws AppError `device-unknown` */
  async get(deviceId: string): Promise<Device> {
    const device = isDeviceId(deviceId) ? await this.#store.get(deviceId) : undefined;
    return device ?? refuseUnknownDevice(deviceId);
  }

  /** @throws AppError `cursor-invalid` */
  async list(filter: DeviceFilter, page: PageRequest): Promise<Page<Device>> {
    return this.#store.list(filter, page);
  }

  /** @throws AppError `device-unknown` */
  async update(deviceId: string, patch: DevicePatch): Promise<Device> {
    if (!isDeviceId(deviceId)) return refuseUnknownDevice(deviceId);
    return this.#store.update(deviceId, patch, this.#clock.now());
  }

  /** @throws AppError `device-unknown`, `device-has-open-deliveries` */
  async delete(deviceId: string): Promise<void> {
    if (!isDeviceId(deviceId)) return refuseUnknownDevice(deviceId);
    return this.#store.delete(deviceId);
  }

  /**
   * The last known values, in LocURI order.
   * @throws AppError `device-unknown`
   */
  async tree(deviceId: string): Promise<readonly NodeValue[]> {
    if (!isDeviceId(deviceId)) return refuseUnknownDevice(deviceId);
    return this.#store.tree(deviceId);
  }
}

export function refuseUnknownDevice(deviceId: string): never {
  const shown = deviceId.length <= 80 ? deviceId : `${deviceId.slice(0, 77)}…`;
  throw new AppError('device-unknown', `No device is registered as ${JSON.stringify(shown)}.`, { deviceId: shown });
}
