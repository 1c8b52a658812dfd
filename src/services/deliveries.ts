import type { DeliveryState, FailurePolicy } from '../domain/delivery.ts';
import type { Device } from '../domain/device.ts';
import { checkAgainstDdf } from '../provisioning/ddf-check.ts';
import { instantiateCommands } from '../provisioning/instantiate-commands.ts';
import { variableValues } from '../provisioning/variables.ts';
import { AppError } from './app-error.ts';
import { type DeliveryReport, hasGaps, reportOf } from './delivery-report.ts';
import { descriptionsOf } from './descriptions.ts';
import { refuseUnknownDevice } from './devices.ts';
import { isDeviceId, isUuid } from './identifiers.ts';
import { refuseUnknownPackage } from './packages.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { Delivery, DeliveryStore } from './ports/delivery-store.ts';
import type { DescriptionStore } from './ports/description-store.ts';
import type { DeviceStore } from './ports/device-store.ts';
import type { PackageRevision, PackageStore } from './ports/package-store.ts';
import type { Page, PageRequest } from './ports/page.ts';

/** More would help nobody. */
const MAX_PLACES = 100;

/** UI-Mode of Package #0 (OMA-TS-DM_Notification, 6.2.2) by name. */
export const UI_MODES = { unspecified: 0, background: 1, informative: 2, interactive: 3 } as const;
export type UiMode = keyof typeof UI_MODES;

/** What an admin asks for. */
export interface DeliveryOrder {
  readonly packageId: string;
  readonly deviceId: string;
  /** Whether to send Package #0. Left out: when the device has an msisdn. Without it the device is waited for. */
  readonly trigger?: boolean;
  readonly uiMode?: UiMode;
  readonly variables?: Readonly<Record<string, string>>;
  readonly expiresAt?: Date;
  /** `continue` unless told. */
  readonly onFailure?: FailurePolicy;
  /** Send it even where the description of the device says that it will be refused. */
  readonly force?: boolean;
}

export interface DeliverySettings {
  /** How long a delivery waits when nobody says otherwise, milliseconds. */
  readonly ttlMs: number;
  /** A variable every package may use. */
  readonly serverId: string;
}

/** What admins do with deliveries. */
export class Deliveries {
  readonly #store: DeliveryStore;
  readonly #packages: PackageStore;
  readonly #devices: DeviceStore;
  readonly #descriptions: DescriptionStore | undefined;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #settings: DeliverySettings;

  constructor(
    ports: {
      readonly deliveries: DeliveryStore;
      readonly packages: PackageStore;
      readonly devices: DeviceStore;
      /** Without them packages are held against nothing. */
      readonly descriptions?: DescriptionStore;
      readonly clock: Clock;
      readonly entropy: Entropy;
    },
    settings: DeliverySettings,
  ) {
    this.#store = ports.deliveries;
    this.#packages = ports.packages;
    this.#devices = ports.devices;
    this.#descriptions = ports.descriptions;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#settings = settings;
  }

  /**
   * Queues a package for a device. All that can be known to go wrong with it later is refused now.
   * @throws AppError `package-unknown`, `package-kind-unsuitable`, `device-unknown`, `variables-unknown`,
   *   `variables-clashing`, `variables-missing`, `variables-unsuitable`, `package-unsuitable`, `trigger-impossible`, `expiry-past`
   */
  async order(order: DeliveryOrder): Promise<Delivery> {
    const [document, device] = await Promise.all([this.#package(order.packageId), this.#device(order.deviceId)]);
    if (document.kind !== 'dm') {
      throw new AppError(
        'package-kind-unsuitable',
        'This document is pushed, not delivered in a session; a DM delivery takes a package of kind "dm".',
        { kind: document.kind },
      );
    }
    const variables = order.variables ?? {};
    await this.#checkVariables(document, device, variables);
    if (order.force !== true) await this.#checkDescriptions(document, device);
    const trigger = order.trigger ?? device.msisdn !== undefined;
    if (trigger && device.msisdn === undefined) {
      throw new AppError(
        'trigger-impossible',
        'The device has no msisdn, so no Package #0 can be sent; set one, or order with "trigger": false.',
      );
    }
    const now = this.#clock.now();
    const expiresAt = order.expiresAt ?? new Date(now.getTime() + this.#settings.ttlMs);
    if (expiresAt.getTime() <= now.getTime()) {
      throw new AppError('expiry-past', `"expiresAt" has to be after now, ${now.toISOString()}.`);
    }
    return this.#store.create({
      id: this.#entropy.id(),
      packageId: document.id,
      deviceId: device.deviceId,
      variables,
      onFailure: order.onFailure ?? 'continue',
      createdAt: now,
      expiresAt,
      ...(trigger ? { trigger: { pushId: this.#entropy.id(), uiMode: UI_MODES[order.uiMode ?? 'background'] } } : {}),
    });
  }

  /** @throws AppError `delivery-unknown` */
  async get(id: string): Promise<DeliveryReport> {
    const delivery = (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownDelivery();
    return reportOf(delivery, hasGaps(delivery) ? await this.#packages.commands(delivery.packageId) : []);
  }

  /** @throws AppError `cursor-invalid` */
  async list(
    filter: { readonly deviceId?: string; readonly packageId?: string; readonly state?: DeliveryState },
    page: PageRequest,
  ): Promise<Page<Delivery>> {
    // A package id that no server ever gave out has no deliveries.
    if (filter.packageId !== undefined && !isUuid(filter.packageId)) return { items: [] };
    return this.#store.list(filter, page);
  }

  /**
   * Commands that are with the device already stay carried out.
   * @throws AppError `delivery-unknown`, `delivery-ended`
   */
  async cancel(id: string): Promise<Delivery> {
    if (!isUuid(id)) return refuseUnknownDelivery();
    return this.#store.cancel(id, this.#clock.now());
  }

  async #package(id: string): Promise<PackageRevision> {
    return (isUuid(id) ? await this.#packages.get(id) : undefined) ?? refuseUnknownPackage();
  }

  async #device(deviceId: string): Promise<Device> {
    return (isDeviceId(deviceId) ? await this.#devices.get(deviceId) : undefined) ?? refuseUnknownDevice(deviceId);
  }

  /** What the device's manufacturer says it takes, where that is known (OMA-TS-DM_TND, 9). */
  async #checkDescriptions(document: PackageRevision, device: Device): Promise<void> {
    if (this.#descriptions === undefined) return;
    const found = await descriptionsOf(device, { descriptions: this.#descriptions, devices: this.#devices });
    if (found.length === 0) return;
    const commands = (await this.#packages.commands(document.id)) ?? [];
    const faults = checkAgainstDdf(
      commands,
      found.map(({ description }) => description),
      { maxFaults: MAX_PLACES },
    );
    if (faults.length === 0) return;
    throw new AppError(
      'package-unsuitable',
      `The device would refuse parts of the package, as its description says; "force": true sends it all the same.`,
      {
        places: faults.map(({ line, code, message, locUri }) => ({ line, code, message, locUri })),
        descriptions: found.map(({ id }) => id),
      },
    );
  }

  async #checkVariables(
    document: PackageRevision,
    device: Device,
    custom: Readonly<Record<string, string>>,
  ): Promise<void> {
    const unknown = Object.keys(custom).filter((name) => !document.variables.includes(name));
    if (unknown.length > 0) {
      throw new AppError('variables-unknown', `The package has no variable called ${listed(unknown)}.`, {
        unknown: unknown.sort(),
        known: document.variables,
      });
    }
    const outcome = variableValues({ ...device, serverId: this.#settings.serverId }, custom);
    if (!outcome.ok) {
      throw new AppError(
        'variables-clashing',
        `The device's record has another value for ${listed(outcome.clashes)}; change the record, or leave it out.`,
        { clashing: outcome.clashes },
      );
    }
    const missing = document.variables.filter((name) => !Object.hasOwn(outcome.values, name));
    if (missing.length > 0) {
      throw new AppError('variables-missing', `The package needs a value for ${listed(missing)}.`, { missing });
    }
    if (document.variables.length === 0) return;
    // A value that spoils a LocURI or a number is better refused here than found out in the device's session.
    const instances = instantiateCommands((await this.#packages.commands(document.id)) ?? [], outcome.values);
    if (!instances.ok) {
      throw new AppError('variables-unsuitable', 'With the values given the package breaks its own rules.', {
        missing: instances.missing,
        places: instances.invalid,
      });
    }
  }
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

function refuseUnknownDelivery(): never {
  throw new AppError('delivery-unknown', 'There is no delivery of that id.');
}
