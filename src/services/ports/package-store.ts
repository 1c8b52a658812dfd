import type { PackageKind } from '../../provisioning/compile-document.ts';
import type { PackageCommand } from '../../provisioning/package-command.ts';
import type { Page, PageRequest } from './page.ts';

/** One immutable revision of an uploaded document. */
export interface PackageRevision {
  readonly id: string;
  readonly name: string;
  /** 1, 2, 3… within the name. */
  readonly revision: number;
  readonly kind: PackageKind;
  readonly version?: '1.1' | '1.2';
  readonly commandCount: number;
  /** Names of the variables it needs, sorted. */
  readonly variables: readonly string[];
  /** Octets of the document. */
  readonly size: number;
  readonly createdAt: Date;
}

export interface NewPackage extends Omit<PackageRevision, 'revision'> {
  readonly xml: Uint8Array;
  readonly commands: readonly PackageCommand[];
}

export interface PackageStore {
  /** Gives it the next revision of its name; two uploads at once get different ones. */
  createRevision(document: NewPackage): Promise<PackageRevision>;
  get(id: string): Promise<PackageRevision | undefined>;
  /** Compiled commands; a revision never changes, so the answer may be cached for ever. */
  commands(id: string): Promise<readonly PackageCommand[] | undefined>;
  xml(id: string): Promise<Uint8Array | undefined>;
  list(
    filter: { readonly name?: string; readonly kind?: PackageKind },
    page: PageRequest,
  ): Promise<Page<PackageRevision>>;
  /** Throws AppError `package-unknown`, `package-in-use` (a delivery or a campaign refers to it). */
  delete(id: string): Promise<void>;
}
