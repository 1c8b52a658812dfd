import { beforeEach, describe, expect, it } from 'vitest';
import { at, COMMANDS, makeDelivery, newPackage, type Stores } from './stores-harness.ts';

/**
 * What every PackageStore has to do.
 * @param makeStores called before each test
 */
export function packageStoreContract(name: string, makeStores: () => Promise<Stores>): void {
  describe(`${name} as a PackageStore`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await makeStores();
    });

    it('gives back a revision, its document octet for octet, and its commands', async () => {
      const xml = Uint8Array.from({ length: 256 }, (_, n) => n);
      const document = newPackage(stores, { xml, size: xml.length });
      const { xml: _xml, commands: _commands, ...summary } = document;
      const expected = { ...summary, revision: 1 };
      expect(await stores.packages.createRevision(document)).toEqual(expected);
      expect(await stores.packages.get(document.id)).toEqual(expected);
      expect(Buffer.from((await stores.packages.xml(document.id)) ?? []).equals(xml)).toBe(true);
      expect(await stores.packages.commands(document.id)).toEqual(COMMANDS);
    });

    it('keeps odd text in commands as it is', async () => {
      const commands = [{ name: 'Exec', line: 1, items: [{ data: 'a\u0000b \u2028 "\\ 💥' }] }] as const;
      const { id } = await stores.packages.createRevision(newPackage(stores, { commands }));
      expect(await stores.packages.commands(id)).toEqual(commands);
    });

    it('leaves out a version that there is none of', async () => {
      const { version: _version, ...document } = newPackage(stores, { kind: 'cp' });
      expect(await stores.packages.createRevision(document)).not.toHaveProperty('version');
    });

    it('counts revisions within each name', async () => {
      const made = [];
      for (const name of ['a', 'b', 'a', 'a', 'b']) {
        const { revision } = await stores.packages.createRevision(newPackage(stores, { name }));
        made.push(`${name}${revision}`);
      }
      expect(made).toEqual(['a1', 'b1', 'a2', 'a3', 'b2']);
    });

    it('gives two uploads at once different revisions', async () => {
      const made = await Promise.all(
        Array.from({ length: 8 }, () => stores.packages.createRevision(newPackage(stores))),
      );
      expect(made.map(({ revision }) => revision).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('never gives a revision number again, not even after the newest was removed', async () => {
      const { id } = await stores.packages.createRevision(newPackage(stores));
      await stores.packages.delete(id);
      expect((await stores.packages.createRevision(newPackage(stores))).revision).toBe(2);
    });

    it('pages through a listing, newest first, by name and kind', async () => {
      for (const [index, name] of ['a', 'b', 'a', 'a'].entries()) {
        await stores.packages.createRevision(newPackage(stores, { name, kind: index === 3 ? 'cp' : 'dm' }));
      }
      const first = await stores.packages.list({ name: 'a' }, { limit: 2 });
      expect(first.items.map(({ revision }) => revision)).toEqual([3, 2]);
      const rest = await stores.packages.list({ name: 'a' }, { limit: 2, cursor: first.nextCursor ?? '' });
      expect(rest.items.map(({ revision }) => revision)).toEqual([1]);
      expect(rest).not.toHaveProperty('nextCursor');
      expect((await stores.packages.list({ kind: 'cp' }, { limit: 9 })).items).toHaveLength(1);
      expect((await stores.packages.list({ name: 'A' }, { limit: 9 })).items).toEqual([]);
      await expect(stores.packages.list({}, { limit: 9, cursor: '!' })).rejects.toMatchObject({
        code: 'cursor-invalid',
      });
    });

    it('knows nothing of a package that was never uploaded', async () => {
      const id = stores.entropy.id();
      expect(await stores.packages.get(id)).toBeUndefined();
      expect(await stores.packages.xml(id)).toBeUndefined();
      expect(await stores.packages.commands(id)).toBeUndefined();
      await expect(stores.packages.delete(id)).rejects.toMatchObject({ code: 'package-unknown' });
    });

    it('does not remove what a delivery refers to, not even an ended one', async () => {
      const { packageId, deliveryId } = await makeDelivery(stores);
      await expect(stores.packages.delete(packageId)).rejects.toMatchObject({ code: 'package-in-use' });
      await stores.deliveries.cancel(deliveryId, at(1));
      await expect(stores.packages.delete(packageId)).rejects.toMatchObject({ code: 'package-in-use' });
      expect(await stores.packages.get(packageId)).toBeDefined();
    });

    it('forgets the commands of a package that was removed', async () => {
      const { id } = await stores.packages.createRevision(newPackage(stores));
      expect(await stores.packages.commands(id)).toBeDefined();
      await stores.packages.delete(id);
      expect(await stores.packages.commands(id)).toBeUndefined();
    });
  });
}
