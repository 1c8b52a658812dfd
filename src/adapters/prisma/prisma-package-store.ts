import { LRUCache } from 'lru-cache';
import type { PackageKind } from '../../provisioning/compile-document.ts';
import type { PackageCommand } from '../../provisioning/package-command.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { NewPackage, PackageRevision, PackageStore } from '../../services/ports/package-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { PrismaClient, Package as Row } from './generated/client.ts';
import { guarded, isReferenceFault } from './prisma-fault.ts';

/** All but the document and its commands, which may be large. */
const SUMMARY = {
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
type SummaryRow = Pick<Row, keyof typeof SUMMARY>;

/** Revisions kept in memory; they never change. */
const CACHED = 200;

/** Packages through Prisma. Every method throws AppError `unavailable` when the database is away. */
export class PrismaPackageStore implements PackageStore {
  readonly #prisma: PrismaClient;
  readonly #commands = new LRUCache<string, readonly PackageCommand[]>({ max: CACHED });

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async createRevision({ xml, commands, version, variables, ...document }: NewPackage): Promise<PackageRevision> {
    const row = await guarded(() =>
      this.#prisma.$transaction(async (tx) => {
        // Holds the name until the end, so that revisions become visible in their order.
        const [next] = await tx.$queryRaw<{ revision: number }[]>`
INSERT INTO package_name AS n (name, last_revision) VALUES (${document.name}, 1)
ON CONFLICT (name) DO UPDATE SET last_revision = n.last_revision + 1 RETURNING last_revision AS revision`;
        return tx.package.create({
          data: {
            ...document,
            revision: next?.revision ?? 1,
            version: version ?? null,
            variables: [...variables],
            xml: Uint8Array.from(xml),
            commands: JSON.parse(JSON.stringify(commands)),
          },
          select: SUMMARY,
        });
      }),
    );
    return revisionOf(row);
  }

  async get(id: string): Promise<PackageRevision | undefined> {
    const row = await guarded(() => this.#prisma.package.findUnique({ where: { id }, select: SUMMARY }));
    return row === null ? undefined : revisionOf(row);
  }

  async commands(id: string): Promise<readonly PackageCommand[] | undefined> {
    const known = this.#commands.get(id);
    if (known !== undefined) return known;
    const row = await guarded(() => this.#prisma.package.findUnique({ where: { id }, select: { commands: true } }));
    if (row === null) return undefined;
    const commands = row.commands as unknown as readonly PackageCommand[];
    this.#commands.set(id, commands);
    return commands;
  }

  async xml(id: string): Promise<Uint8Array | undefined> {
    const row = await guarded(() => this.#prisma.package.findUnique({ where: { id }, select: { xml: true } }));
    return row?.xml;
  }

  async list(
    { name, kind }: { readonly name?: string; readonly kind?: PackageKind },
    { limit, cursor }: PageRequest,
  ): Promise<Page<PackageRevision>> {
    const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
    const rows = await guarded(() =>
      this.#prisma.package.findMany({
        where: {
          ...(name === undefined ? {} : { name }),
          ...(kind === undefined ? {} : { kind }),
          ...(before === undefined ? {} : { id: { lt: before[0] } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select: SUMMARY,
      }),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], revisionOf);
  }

  async delete(id: string): Promise<void> {
    try {
      const { count } = await guarded(() => this.#prisma.package.deleteMany({ where: { id } }));
      if (count === 0) throw new AppError('package-unknown', 'There is no package of that id.');
      this.#commands.delete(id);
    } catch (error) {
      if (!isReferenceFault(error)) throw error;
      throw new AppError('package-in-use', 'Deliveries or campaigns refer to the package.', {}, error);
    }
  }
}

function revisionOf({ version, kind, ...row }: SummaryRow): PackageRevision {
  return {
    ...row,
    kind: kind as PackageRevision['kind'],
    ...(version === null ? {} : { version: version as NonNullable<PackageRevision['version']> }),
  };
}
