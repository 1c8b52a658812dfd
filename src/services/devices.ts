import type { Device, NodeValue } from '../domain/device.ts';
import { tagSet } from '../domain/device-labels.ts';
import type { CredentialKind } from '../syncml/credential-kind.ts';
import { AppError } from './app-error.ts';
import { checkKinds } from './dm-account-rules.ts';
import { isDeviceId } from './identifiers.ts';
import { type DeviceRegistration, NewDevices } from './new-devices.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { DevicePatch, DeviceStore } from './ports/device-store.ts';

/** A device, and what an admin should know of it all the same. */
export interface KeptDevice {
  readonly device: Device;
  readonly warnings: readonly DeviceWarning[];
}

/**
 * `server-credentials-shared`: another device has the same password of this server, so that either could pretend to be this
 * server to the other (OMA-TS-DM_Security, 5.1).
 */
export type DeviceWarning = 'server-credentials-shared';

export interface DeviceSettings {
  /** The weakest kind of credentials that a device may be registered with. Default: any. */
  readonly minAuth?: CredentialKind;
}

/** What admins do with devices. */
export class Devices {
  readonly #store: DeviceStore;
  readonly #clock: Clock;
  readonly #newDevices: NewDevices;
  readonly #minAuth: CredentialKind;

  constructor(
    ports: { readonly devices: DeviceStore; readonly clock: Clock; readonly entropy: Entropy },
    settings: DeviceSettings = {},
  ) {
    this.#newDevices = new NewDevices(ports, settings);
    this.#minAuth = this.#newDevices.minAuth;
    this.#store = ports.devices;
    this.#clock = ports.clock;
  }

  /** @throws AppError `device-exists`, `auth-not-allowed` */
  async register(registration: DeviceRegistration): Promise<KeptDevice> {
    const device = await this.#store.create(this.#newDevices.make(registration, this.#clock.now()));
    const isGiven = registration.account?.server?.password !== undefined;
    return { device, warnings: isGiven ? await this.#warningsFor(device) : [] };
  }

  /** @throws AppError `device-unknown` */
  async get(deviceId: string): Promise<Device> {
    const device = isDeviceId(deviceId) ? await this.#store.get(deviceId) : undefined;
    return device ?? refuseUnknownDevice(deviceId);
  }

  /**
   * @param revision the one that is to be changed; undefined: whichever it is
   * @throws AppError `device-unknown`, `auth-not-allowed`, `account-incomplete`, `attributes-too-many`, `version-stale`
   */
  async update(deviceId: string, patch: DevicePatch, revision?: string): Promise<KeptDevice> {
    if (!isDeviceId(deviceId)) return refuseUnknownDevice(deviceId);
    if (patch.auth !== undefined || patch.server?.auth !== undefined) {
      const { auth, serverAuth } = await this.get(deviceId);
      const newServerAuth = patch.server?.auth === undefined ? serverAuth : (patch.server.auth ?? undefined);
      const kinds = { auth: patch.auth ?? auth, ...(newServerAuth !== undefined && { serverAuth: newServerAuth }) };
      checkKinds(kinds, this.#minAuth);
    }
    const { tags } = patch;
    const change = tags === undefined ? patch : { ...patch, tags: tagSet(tags) };
    const device = await this.#store.update(deviceId, change, this.#clock.now(), revision);
    return { device, warnings: patch.server?.password === undefined ? [] : await this.#warningsFor(device) };
  }

  async #warningsFor({ deviceId }: Device): Promise<readonly DeviceWarning[]> {
    return (await this.#store.sharesServerPassword(deviceId)) ? ['server-credentials-shared'] : [];
  }

  /** @throws AppError `device-unknown`, `device-has-open-deliveries`, `version-stale` */
  async delete(deviceId: string, revision?: string): Promise<void> {
    if (!isDeviceId(deviceId)) return refuseUnknownDevice(deviceId);
    return this.#store.delete(deviceId, revision);
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
