import type { DeviceAlert } from '../domain/device-alert.ts';
import { refuseUnknownDevice } from './devices.ts';
import { isDeviceId } from './identifiers.ts';
import { decodeCursor, encodeCursor } from './page-cursor.ts';
import type { AlertFilter, AlertStore } from './ports/alert-store.ts';
import type { DeviceStore } from './ports/device-store.ts';

/** A piece of a listing that never ends. */
export interface AlertFeed {
  readonly items: readonly DeviceAlert[];
  /** Where to go on, now or later; also when nothing has come. */
  readonly next: string;
}

/** What programs read of the alerts that devices send. */
export class Alerts {
  readonly #store: AlertStore;
  readonly #devices: Pick<DeviceStore, 'get'>;

  constructor(ports: { readonly alerts: AlertStore; readonly devices: Pick<DeviceStore, 'get'> }) {
    this.#store = ports.alerts;
    this.#devices = ports.devices;
  }

  /**
   * Oldest first, from the beginning or after what `after` names.
   * @throws AppError `cursor-invalid`
   */
  async list(filter: AlertFilter, limit: number, after?: string): Promise<AlertFeed> {
    const [place] = after === undefined ? [0] : (decodeCursor(after, ['count']) as [number]);
    const items = await this.#store.list(filter, place, limit);
    return { items, next: encodeCursor([items.at(-1)?.id ?? place]) };
  }

  /**
   * The same of one device.
   * @throws AppError `device-unknown`, `cursor-invalid`
   */
  async listOfDevice(deviceId: string, filter: AlertFilter, limit: number, after?: string): Promise<AlertFeed> {
    const device = isDeviceId(deviceId) ? await this.#devices.get(deviceId) : undefined;
    if (device === undefined) return refuseUnknownDevice(deviceId);
    return this.list({ ...filter, deviceId }, limit, after);
  }
}
