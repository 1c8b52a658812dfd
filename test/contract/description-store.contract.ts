import { beforeEach, describe, expect, it } from 'vitest';
import type { NewDescription } from '../../src/services/ports/description-store.ts';
import { at, type Stores } from './stores-harness.ts';

/**
 * What every DescriptionStore has to do.
 * @param makeStores called before each test
 */
export function descriptionStoreContract(name: string, makeStores: () => Promise<Stores>): void {
  describe(`${name} as a DescriptionStore`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await makeStores();
    });

    const description = (change: Partial<NewDescription> = {}): NewDescription => ({
      id: stores.entropy.id(),
      man: 'Example',
      mod: 'One*',
      version: '1.2',
      nodeCount: 1,
      size: 5,
      createdAt: at(0),
      xml: new TextEncoder().encode('<xml>'),
      description: { version: '1.2', children: [{ name: 'A', children: [] }], nodeCount: 1 },
      ...change,
    });

    it('keeps a description as it was uploaded', async () => {
      const made = description({ firmware: '2.*' });
      const { xml, description: content, ...record } = made;
      expect(await stores.descriptions.create(made)).toEqual(record);
      expect(await stores.descriptions.get(made.id)).toEqual(record);
      expect(Buffer.from((await stores.descriptions.xml(made.id)) ?? [])).toEqual(Buffer.from(xml));
      for (const _ of [1, 2]) expect(await stores.descriptions.content(made.id)).toEqual(content);
      expect(await stores.descriptions.get(stores.entropy.id())).toBeUndefined();
      expect(await stores.descriptions.content(stores.entropy.id())).toBeUndefined();
    });

    it('lists them in pages, and the patterns of all', async () => {
      const ids: string[] = [];
      for (const mod of ['a', 'b', 'c']) ids.push((await stores.descriptions.create(description({ mod }))).id);
      const first = await stores.descriptions.list({ limit: 2 });
      expect(first.items.map(({ mod }) => mod)).toEqual(['c', 'b']);
      const rest = await stores.descriptions.list({ limit: 2, cursor: first.nextCursor ?? '' });
      expect(rest.items.map(({ mod }) => mod)).toEqual(['a']);
      expect(await stores.descriptions.patterns()).toEqual(
        ['a', 'b', 'c'].map((mod, index) => ({ id: ids[index], man: 'Example', mod })),
      );
    });

    it('deletes one, once', async () => {
      const { id } = await stores.descriptions.create(description());
      await stores.descriptions.content(id);
      await stores.descriptions.delete(id);
      expect(await stores.descriptions.content(id)).toBeUndefined();
      await expect(stores.descriptions.delete(id)).rejects.toMatchObject({ code: 'description-unknown' });
    });
  });
}
