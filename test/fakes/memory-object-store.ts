import type { ObjectStore, StoredObject } from '../../src/services/ports/object-store.ts';

export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, { readonly object: StoredObject; readonly pieces: readonly Uint8Array[] }>();

  add(object: StoredObject, pieces: readonly Uint8Array[]): void {
    this.#objects.set(object.id, { object, pieces });
  }

  async find(id: string): Promise<StoredObject | undefined> {
    return this.#objects.get(id)?.object;
  }

  async *read(id: string): AsyncGenerator<Uint8Array> {
    yield* this.#objects.get(id)?.pieces ?? [];
  }

  async removeAbandoned(): Promise<number> {
    return 0;
  }
}
