import type { CompileOptions, PackageKind } from '../provisioning/compile-document.ts';
import type { DeviceDescription } from '../provisioning/device-description.ts';
import type { Fault } from '../provisioning/fault.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { DescriptionStore } from './ports/description-store.ts';
import type { DocumentCompiler } from './ports/document-compiler.ts';
import type { PackageRevision, PackageStore } from './ports/package-store.ts';
import type { Page, PageRequest } from './ports/page.ts';

/** What admins do with packages. */
export class Packages {
  readonly #store: PackageStore;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #compiler: DocumentCompiler;
  readonly #descriptions: DescriptionStore | undefined;
  readonly #limits: CompileOptions;

  constructor(
    ports: {
      readonly packages: PackageStore;
      readonly compiler: DocumentCompiler;
      readonly descriptions?: DescriptionStore;
      readonly clock: Clock;
      readonly entropy: Entropy;
    },
    limits: CompileOptions = {},
  ) {
    this.#store = ports.packages;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#compiler = ports.compiler;
    this.#descriptions = ports.descriptions;
    this.#limits = limits;
  }

  /**
   * Makes the next revision of that name.
   * @param xml the document as it was sent; kept octet for octet
   * @param against id of a device description that it has to agree with
   * @throws AppError `description-unknown`; `package-faulty` with `faults`: every one with line, column, code and reason
   */
  async upload(name: string, xml: Uint8Array, against?: string): Promise<PackageRevision> {
    const description = against === undefined ? undefined : await this.#description(against);
    const compilation = await this.#compiler.compile(xml, {
      ...this.#limits,
      ...(description !== undefined && { description }),
    });
    if (!compilation.ok) {
      const { length } = compilation.faults;
      throw new AppError('package-faulty', `The document has ${length === 1 ? 'one fault' : `${length} faults`}.`, {
        faults: compilation.faults.map(presentFault),
      });
    }
    const { kind, version, commands, commandCount, variables } = compilation.document;
    return this.#store.createRevision({
      id: this.#entropy.id(),
      name,
      kind,
      ...(version === undefined ? {} : { version }),
      commandCount,
      variables,
      size: xml.length,
      createdAt: this.#clock.now(),
      xml,
      commands,
    });
  }

  /** @throws AppError `cursor-invalid` */
  async list(
    filter: { readonly name?: string; readonly kind?: PackageKind },
    page: PageRequest,
  ): Promise<Page<PackageRevision>> {
    return this.#store.list(filter, page);
  }

  /** @throws AppError `package-unknown` */
  async get(id: string): Promise<PackageRevision> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownPackage();
  }

  /**
   * The document as it was uploaded.
   * @throws AppError `package-unknown`
   */
  async xml(id: string): Promise<Uint8Array> {
    return (isUuid(id) ? await this.#store.xml(id) : undefined) ?? refuseUnknownPackage();
  }

  /** @throws AppError `package-unknown`, `package-in-use` */
  async delete(id: string): Promise<void> {
    if (!isUuid(id)) return refuseUnknownPackage();
    return this.#store.delete(id);
  }

  async #description(id: string): Promise<DeviceDescription> {
    const description = isUuid(id) ? await this.#descriptions?.content(id) : undefined;
    if (description === undefined) {
      throw new AppError('description-unknown', 'There is no description of that id.');
    }
    return description;
  }
}

export function refuseUnknownPackage(): never {
  throw new AppError('package-unknown', 'There is no package of that id.');
}

export function presentFault({ line, column, code, message, locUri }: Fault): Record<string, unknown> {
  return { line, column, code, reason: message, ...(locUri === undefined ? {} : { locUri }) };
}
