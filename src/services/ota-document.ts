import { otaPushDocument } from '../provisioning/ota/build-ota-document.ts';
import type { OtaSettings } from '../provisioning/ota/ota-settings.ts';
import { instantiateDocument } from '../provisioning/push/instantiate-document.ts';
import { type PushDocument, readPushDocument } from '../provisioning/push/push-document.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import { presentFault, refuseUnknownPackage } from './packages.ts';
import type { OtaSource } from './ports/ota-store.ts';
import type { PackageStore } from './ports/package-store.ts';

/** What is to be sent: one of the three. */
export type OtaContent =
  /** Such as `checkOtaSettings` finds nothing wrong with. Taken literally: `{{` means nothing in them. */
  | { readonly settings: OtaSettings }
  /** A stored document of kind `cp` or `push`. */
  | { readonly packageId: string }
  /** XML. */
  | { readonly document: string };

/** A document that can be pushed, with the variables that it needs. */
export interface OtaDocument {
  readonly source: OtaSource;
  readonly document: PushDocument;
  /** Sorted, each once. */
  readonly variables: readonly string[];
}

/** @throws AppError `package-unknown`, `package-kind-unsuitable`, `package-faulty` with every fault */
export async function otaDocument(content: OtaContent, packages: PackageStore): Promise<OtaDocument> {
  if ('settings' in content) {
    return { source: 'settings', document: otaPushDocument(content.settings), variables: [] };
  }
  if ('document' in content) return { source: 'document', ...read(content.document) };
  const { packageId } = content;
  const revision = (isUuid(packageId) ? await packages.get(packageId) : undefined) ?? refuseUnknownPackage();
  if (revision.kind === 'dm') {
    throw new AppError(
      'package-kind-unsuitable',
      'These are OMA DM commands, which are delivered in a session; a push takes a package of kind "cp" or "push".',
      { kind: revision.kind },
    );
  }
  return { source: 'package', ...read((await packages.xml(packageId)) ?? refuseUnknownPackage()) };
}

function read(xml: string | Uint8Array): Pick<OtaDocument, 'document' | 'variables'> {
  const reading = readPushDocument(xml);
  if (!reading.ok) {
    const { length } = reading.faults;
    throw new AppError('package-faulty', `The document has ${length === 1 ? 'one fault' : `${length} faults`}.`, {
      faults: reading.faults.map(presentFault),
    });
  }
  const { document } = reading;
  const bare = instantiateDocument(document, {});
  return { document, variables: bare.ok ? [] : bare.missing };
}
