import { z } from 'zod';
import { PACKAGE_KINDS } from '../../../provisioning/compile-document.ts';
import type { PackageRevision } from '../../../services/ports/package-store.ts';
import { instant, pageOf, uuid } from './fields.ts';

export const packageSchema = z
  .strictObject({
    id: uuid,
    name: z.string(),
    revision: z.int().min(1).meta({ description: 'Counts the uploads of that name.' }),
    kind: z.enum(PACKAGE_KINDS).meta({
      description:
        '`dm`: OMA DM commands. `cp`: an OMA CP document. `push`: another document that is pushed (a service indication, say).',
    }),
    version: z.enum(['1.1', '1.2']).exactOptional().meta({ description: 'Of DM, where the document names one.' }),
    commandCount: z.int().min(0),
    variables: z.array(z.string()).readonly().meta({ description: 'Names of the variables it needs, sorted.' }),
    size: z.int().min(0).meta({ description: 'Octets of the document.' }),
    createdAt: instant,
  })
  .meta({ id: 'Package', description: 'One immutable revision of an uploaded document.' });

export const packagePage = pageOf(packageSchema, 'PackagePage');

export function presentPackage(revision: PackageRevision): z.output<typeof packageSchema> {
  const { id, name, kind, commandCount, variables, size } = revision;
  return {
    id,
    name,
    revision: revision.revision,
    kind,
    ...(revision.version === undefined ? {} : { version: revision.version }),
    commandCount,
    variables,
    size,
    createdAt: revision.createdAt.toISOString(),
  };
}

export const PACKAGE_EXAMPLE: z.output<typeof packageSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  name: 'apn',
  revision: 2,
  kind: 'dm',
  version: '1.1',
  commandCount: 4,
  variables: ['msisdn'],
  size: 1834,
  createdAt: '2026-01-31T12:00:00.000Z',
};
