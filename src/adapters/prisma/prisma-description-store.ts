import { LRUCache } from 'lru-cache';
import type { ModelPattern } from '../../domain/device-model.ts';
import type { DeviceDescription } from '../../provisioning/device-description.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { DescriptionRecord, DescriptionStore, NewDescription } from '../../services/ports/description-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { PrismaClient, DeviceDescription as Row } from './generated/client.ts';
import { guarded } from './prisma-fault.ts';

/** All but the document and what was read from it, which may be large. */
const SUMMARY = {
  id: true,
  man: true,
  mod: true,
  firmware: true,
  version: true,
  nodeCount: true,
  size: true,
  createdAt: true,
} as const;
type SummaryRow = Pick<Row, keyof typeof SUMMARY>;

/** Descriptions kept in memory; they never change. */
const CACHED = 32;

/** Device descriptions through Prisma. Every method throws AppError `unavailable` when the database is away. */
export class PrismaDescriptionStore implements DescriptionStore {
  readonly #prisma: PrismaClient;
  readonly #contents = new LRUCache<string, DeviceDescription>({ max: CACHED });

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async create({ xml, description, firmware, ...record }: NewDescription): Promise<DescriptionRecord> {
    const row = await guarded(() =>
      this.#prisma.deviceDescription.create({
        data: {
          ...record,
          firmware: firmware ?? null,
          xml: Uint8Array.from(xml),
          description: JSON.parse(JSON.stringify(description)),
        },
        select: SUMMARY,
      }),
    );
    return recordOf(row);
  }

  async get(id: string): Promise<DescriptionRecord | undefined> {
    const row = await guarded(() => this.#prisma.deviceDescription.findUnique({ where: { id }, select: SUMMARY }));
    return row === null ? undefined : recordOf(row);
  }

  async xml(id: string): Promise<Uint8Array | undefined> {
    const row = await guarded(() =>
      this.#prisma.deviceDescription.findUnique({ where: { id }, select: { xml: true } }),
    );
    return row?.xml;
  }

  async content(id: string): Promise<DeviceDescription | undefined> {
    const known = this.#contents.get(id);
    if (known !== undefined) return known;
    const row = await guarded(() =>
      this.#prisma.deviceDescription.findUnique({ where: { id }, select: { description: true } }),
    );
    if (row === null) return undefined;
    const description = row.description as unknown as DeviceDescription;
    this.#contents.set(id, description);
    return description;
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<DescriptionRecord>> {
    const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
    const rows = await guarded(() =>
      this.#prisma.deviceDescription.findMany({
        where: before === undefined ? {} : { id: { lt: before[0] } },
        orderBy: { id: 'desc' },
        take: limit + 1,
        select: SUMMARY,
      }),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], recordOf);
  }

  async patterns(): Promise<readonly (ModelPattern & { readonly id: string })[]> {
    const rows = await guarded(() =>
      this.#prisma.deviceDescription.findMany({
        orderBy: { id: 'asc' },
        select: { id: true, man: true, mod: true, firmware: true },
      }),
    );
    return rows.map(({ firmware, ...pattern }) => ({ ...pattern, ...(firmware === null ? {} : { firmware }) }));
  }

  async delete(id: string): Promise<void> {
    const { count } = await guarded(() => this.#prisma.deviceDescription.deleteMany({ where: { id } }));
    this.#contents.delete(id);
    if (count === 0) throw new AppError('description-unknown', 'There is no description of that id.');
  }
}

function recordOf({ firmware, version, ...row }: SummaryRow): DescriptionRecord {
  return {
    ...row,
    version: version as DescriptionRecord['version'],
    ...(firmware === null ? {} : { firmware }),
  };
}
