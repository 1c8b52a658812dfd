import type { PackageCommand } from '../../provisioning/package-command.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { NewPackage, PackageRevision, PackageStore } from '../../services/ports/package-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { guarded, isMissing, isReferenced } from './prisma-fault.ts';

/** All but the document itself. */
const REVISION = {
  id: true,
  name: true,
  revision: true,
  kind: true,
  version: true,
  commandCount: true,
  variables: true,
  size: true,
  createdAt: true,
} as const;

type RevisionRow = Prisma.PackageGetPayload<{ select: typeof REVISION }>;

/** Packages on PostgreSQL. */
export class PrismaPackageStore implements PackageStore {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  createRevision(document: NewPackage): Promise<PackageRevision> {
    const { id, name, kind, version, commandCount, variables, size, createdAt, xml, commands } = document;
    return guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        // The row of the name is held until the end, so that two uploads get numbers one after the other.
        const [counter] = await tx.$queryRaw<{ revision: number }[]>`
          INSERT INTO package_name (name, last_revision) VALUES (${name}, 1)
          ON CONFLICT (name) DO UPDATE SET last_revision = package_name.last_revision + 1
          RETURNING last_revision AS revision`;
        const row = await tx.package.create({
          data: {
            id,
            name,
            revision: counter?.revision ?? 1,
            kind,
            version: version ?? null,
            commandCount,
            variables: [...variables],
            size,
            createdAt,
            xml: Buffer.from(xml),
            commands: commands as unknown as Prisma.InputJsonValue,
          },
          select: REVISION,
        });
        return revisionOf(row);
      }),
    );
  }

  async get(id: string): Promise<PackageRevision | undefined> {
    const row = await guarded(() => this.#prisma.package.findUnique({ where: { id }, select: REVISION }));
    return row === null ? undefined : revisionOf(row);
  }

  async commands(id: string): Promise<readonly PackageCommand[] | undefined> {
    const row = await guarded(() => this.#prisma.package.findUnique({ where: { id }, select: { commands: true } }));
    return row === null ? undefined : (row.commands as unknown as PackageCommand[]);
  }

  async xml(id: string): Promise<Uint8Array | undefined> {
    const row = await guarded(() => this.#prisma.package.findUnique({ where: { id }, select: { xml: true } }));
    return row?.xml;
  }

  async list(
    filter: { readonly name?: string; readonly kind?: 'dm' | 'cp' },
    { limit, cursor }: PageRequest,
  ): Promise<Page<PackageRevision>> {
    const before = cursor === undefined ? undefined : String(decodeCursor(cursor, ['uuid'])[0]);
    const rows = await guarded(() =>
      this.#prisma.package.findMany({
        where: {
          ...(filter.name !== undefined && { name: filter.name }),
          ...(filter.kind !== undefined && { kind: filter.kind }),
          ...(before !== undefined && { id: { lt: before } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select: REVISION,
      }),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], revisionOf);
  }

  async delete(id: string): Promise<void> {
    try {
      await guarded(() => this.#prisma.package.delete({ where: { id }, select: { id: true } }));
    } catch (error) {
      if (isMissing(error)) throw new AppError('package-unknown', 'There is no package of that id.');
      if (isReferenced(error)) throw new AppError('package-in-use', 'A delivery refers to this package.');
      throw error;
    }
  }
}

function revisionOf({ kind, version, ...row }: RevisionRow): PackageRevision {
  return {
    ...row,
    kind: kind === 'cp' ? 'cp' : 'dm',
    ...(version === null ? {} : { version: version === '1.2' ? '1.2' : '1.1' }),
  };
}
