import type { Device } from '../../src/domain/device.ts';
import { AppError } from '../../src/services/app-error.ts';
import type {
  ClaimedImport,
  DeviceImport,
  ImportBatch,
  ImportStore,
  NewImport,
  RefusedLine,
} from '../../src/services/ports/import-store.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type { MemoryDeviceStore } from './memory-device-store.ts';
import { pageOf } from './paging.ts';

interface Kept {
  order: DeviceImport;
  readonly pieces: Uint8Array[];
  readonly refusals: RefusedLine[];
}

export class MemoryImportStore implements ImportStore {
  readonly #devices: MemoryDeviceStore;
  readonly #imports = new Map<string, Kept>();

  constructor(devices: MemoryDeviceStore) {
    this.#devices = devices;
  }

  async begin(order: NewImport): Promise<void> {
    const counts = { size: 0, position: 0, lines: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };
    const made = { ...order, ...counts, state: 'receiving' as const, updatedAt: order.createdAt };
    this.#imports.set(order.id, { order: made, pieces: [], refusals: [] });
  }

  async append(id: string, _place: number, octets: Uint8Array): Promise<void> {
    const kept = this.#held(id);
    kept.pieces.push(octets);
    this.#set(id, { size: kept.order.size + octets.length });
  }

  async received(id: string): Promise<DeviceImport> {
    return this.#set(id, { state: 'queued' });
  }

  async fail(id: string, reason: string, now: Date): Promise<void> {
    this.#held(id).pieces.length = 0;
    this.#set(id, { state: 'failed', reason, endedAt: now });
  }

  async get(id: string): Promise<DeviceImport | undefined> {
    return this.#imports.get(id)?.order;
  }

  async list(page: PageRequest): Promise<Page<DeviceImport>> {
    return pageOf([...this.#imports.values()].map(({ order }) => order).reverse(), page);
  }

  async refusals(id: string, page: PageRequest): Promise<Page<RefusedLine>> {
    return pageOf(this.#held(id).refusals, page);
  }

  async *refusalBatches(id: string): AsyncGenerator<readonly RefusedLine[]> {
    yield this.#held(id).refusals;
  }

  async claim(workerId: string): Promise<ClaimedImport | undefined> {
    const found = [...this.#imports.values()].find(({ order }) => order.state === 'queued');
    return found && { ...this.#set(found.order.id, { state: 'running' }), workerId };
  }

  async *octets(id: string): AsyncGenerator<Uint8Array> {
    yield* this.#held(id).pieces;
  }

  async apply({ id, policy }: ClaimedImport, batch: ImportBatch, now: Date): Promise<boolean> {
    const { order, refusals } = this.#held(id);
    const counts = { created: order.created, updated: order.updated };
    refusals.push(...batch.refused);
    for (const { line, deviceId, patch, make } of batch.orders) {
      try {
        const known: Device | undefined = await this.#devices.get(deviceId);
        const made = known === undefined || policy === 'create' ? make() : undefined;
        if (typeof made === 'string') throw new AppError('account-incomplete', made);
        if (made === undefined) await this.#devices.update(deviceId, patch, now);
        else await this.#devices.create(made);
        counts[made === undefined ? 'updated' : 'created'] += 1;
      } catch (error) {
        refusals.push({ line, deviceId, reason: (error as Error).message });
      }
    }
    const { line: lines, position } = batch;
    this.#set(id, { ...counts, refused: refusals.length, lines, position });
    return true;
  }

  async complete({ id }: ClaimedImport, now: Date): Promise<void> {
    this.#set(id, { state: 'completed', endedAt: now });
  }

  async release({ id }: ClaimedImport): Promise<void> {
    this.#set(id, { state: 'queued' });
  }

  async sweep(): Promise<void> {}

  #held(id: string): Kept {
    const kept = this.#imports.get(id);
    if (kept === undefined) throw new Error(`no import ${id}`);
    return kept;
  }

  #set(id: string, change: Partial<DeviceImport>): DeviceImport {
    const kept = this.#held(id);
    kept.order = { ...kept.order, ...change };
    return kept.order;
  }
}
