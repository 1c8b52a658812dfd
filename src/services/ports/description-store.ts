import type { ModelPattern } from '../../domain/device-model.ts';
import type { DeviceDescription } from '../../provisioning/device-description.ts';
import type { Page, PageRequest } from './page.ts';

/** A device description (DDF) as it was uploaded; it never changes. */
export interface DescriptionRecord extends ModelPattern {
  readonly id: string;
  /** Of the description framework. */
  readonly version: '1.1' | '1.2';
  /** Nodes it describes. */
  readonly nodeCount: number;
  /** Octets of the document. */
  readonly size: number;
  readonly createdAt: Date;
}

export interface NewDescription extends DescriptionRecord {
  readonly xml: Uint8Array;
  readonly description: DeviceDescription;
}

export interface DescriptionStore {
  create(description: NewDescription): Promise<DescriptionRecord>;
  get(id: string): Promise<DescriptionRecord | undefined>;
  xml(id: string): Promise<Uint8Array | undefined>;
  content(id: string): Promise<DeviceDescription | undefined>;
  list(page: PageRequest): Promise<Page<DescriptionRecord>>;
  /** Of all descriptions, oldest first. */
  patterns(): Promise<readonly (ModelPattern & { readonly id: string })[]>;
  /** Throws AppError `description-unknown`. */
  delete(id: string): Promise<void>;
}
