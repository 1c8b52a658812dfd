import { type DeviceModel, isOfModel } from '../domain/device-model.ts';
import { DDF_LIMITS, parseDdf } from '../provisioning/ddf.ts';
import type { DeviceDescription } from '../provisioning/device-description.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import { presentFault } from './packages.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { DescriptionRecord, DescriptionStore } from './ports/description-store.ts';
import type { DeviceStore } from './ports/device-store.ts';
import type { Page, PageRequest } from './ports/page.ts';

/** Octets. Manufacturers' documents have a few hundred thousand; reading one takes the time of a few hundred messages. */
export const MAX_DESCRIPTION_BYTES = 1_048_576;

/** For which devices a description is. What is left out is what the document says. */
export interface DescriptionScope {
  readonly man?: string;
  readonly mod?: string;
  readonly firmware?: string;
}

/** What admins do with device descriptions. */
export class Descriptions {
  readonly #store: DescriptionStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #maxBytes: number;

  constructor(
    ports: { readonly descriptions: DescriptionStore; readonly clock: Clock; readonly entropy: Entropy },
    limits: { readonly maxBytes?: number } = {},
  ) {
    this.#store = ports.descriptions;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#maxBytes = Math.min(limits.maxBytes ?? MAX_DESCRIPTION_BYTES, MAX_DESCRIPTION_BYTES, DDF_LIMITS.maxBytes);
  }

  /**
   * Keeps a description for the devices it is for.
   * @param xml the document as it was sent; kept octet for octet
   * @throws AppError `description-faulty` with `faults`, every one with its place; `description-for-nobody` when neither
   *   the caller nor the document says which devices it is for
   */
  async upload({ man, mod, firmware }: DescriptionScope, xml: Uint8Array): Promise<DescriptionRecord> {
    const result = parseDdf(xml, { maxBytes: this.#maxBytes });
    if (!result.ok) {
      const { length } = result.faults;
      throw new AppError('description-faulty', `The document has ${length === 1 ? 'one fault' : `${length} faults`}.`, {
        faults: result.faults.map(presentFault),
      });
    }
    const { description } = result;
    const [by, model] = [man ?? description.man, mod ?? description.mod];
    if (by === undefined || model === undefined) {
      throw new AppError(
        'description-for-nobody',
        'The document does not say whose device it describes: name "man" and "mod" ("*" for all).',
      );
    }
    return this.#store.create({
      id: this.#entropy.id(),
      man: by,
      mod: model,
      ...(firmware === undefined ? {} : { firmware }),
      version: description.version,
      nodeCount: description.nodeCount,
      size: xml.length,
      createdAt: this.#clock.now(),
      xml,
      description,
    });
  }

  /** @throws AppError `cursor-invalid` */
  async list(page: PageRequest): Promise<Page<DescriptionRecord>> {
    return this.#store.list(page);
  }

  /** @throws AppError `description-unknown` */
  async get(id: string): Promise<DescriptionRecord> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownDescription();
  }

  /**
   * The document as it was uploaded.
   * @throws AppError `description-unknown`
   */
  async xml(id: string): Promise<Uint8Array> {
    return (isUuid(id) ? await this.#store.xml(id) : undefined) ?? refuseUnknownDescription();
  }

  /** @throws AppError `description-unknown` */
  async delete(id: string): Promise<void> {
    if (!isUuid(id)) return refuseUnknownDescription();
    return this.#store.delete(id);
  }
}

export interface FoundDescription {
  readonly id: string;
  readonly description: DeviceDescription;
}

/** Where a device tells the version of its firmware (OMA-TS-DM_StdObj, DevDetail). */
const FIRMWARE = './DevDetail/FwV';

/** The descriptions of a device: those for what it says of itself, and for the firmware it was last known to have. */
export async function descriptionsOf(
  { deviceId, devInfo }: { readonly deviceId: string; readonly devInfo: DeviceModel },
  { descriptions, devices }: { readonly descriptions: DescriptionStore; readonly devices: DeviceStore },
): Promise<readonly FoundDescription[]> {
  const { man, mod } = devInfo;
  const model = { ...(man !== undefined && { man }), ...(mod !== undefined && { mod }) };
  const candidates = (await descriptions.patterns()).filter(({ firmware: _, ...pattern }) => isOfModel(pattern, model));
  if (candidates.length === 0) return [];
  const asksForFirmware = candidates.some(({ firmware }) => firmware !== undefined);
  const [node] = asksForFirmware ? await devices.tree(deviceId, { root: FIRMWARE, depth: 0 }) : [];
  const known = { ...model, ...(node?.value !== undefined && { firmware: node.value }) };
  const found: FoundDescription[] = [];
  for (const pattern of candidates) {
    if (!isOfModel(pattern, known)) continue;
    const description = await descriptions.content(pattern.id);
    // It may have been removed this very moment.
    if (description !== undefined) found.push({ id: pattern.id, description });
  }
  return found;
}

export function refuseUnknownDescription(): never {
  throw new AppError('description-unknown', 'There is no description of that id.');
}
