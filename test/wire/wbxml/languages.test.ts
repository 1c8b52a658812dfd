import { describe, expect, it } from 'vitest';
import { element } from '../../../src/wire/element.ts';
import { decodeWbxml } from '../../../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../../../src/wire/wbxml/encode-wbxml.ts';
import { compileLanguage } from '../../../src/wire/wbxml/language.ts';
import { LANGUAGES, languageNamed, languageOfPublicId } from '../../../src/wire/wbxml/languages.ts';

function repeated(keys: readonly string[]): string[] {
  return keys.filter((key, index) => keys.indexOf(key) !== index);
}

describe.each(LANGUAGES.map((language) => [language.name, language] as const))('the table of %s', (_, language) => {
  const { namespaces, tags, attributes = [], attributeValues = [] } = language.table;

  it('gives no token twice and no name twice on one page', () => {
    expect(repeated(tags.map(({ page, token }) => `${page}:${token}`))).toEqual([]);
    expect(repeated(tags.map(({ page, name }) => `${page}:${name}`))).toEqual([]);
    expect(repeated(attributes.map(({ page, token }) => `${page}:${token}`))).toEqual([]);
    expect(repeated(attributes.map(({ page, name, value }) => `${page}:${name}=${value}`))).toEqual([]);
    expect(repeated(attributeValues.map(({ page, token }) => `${page}:${token}`))).toEqual([]);
    expect(repeated(attributeValues.map(({ page, value }) => `${page}:${value}`))).toEqual([]);
  });

  it('keeps every token out of the global ones and in its own range', () => {
    for (const { token } of tags) expect(token >= 0x05 && token <= 0x3f).toBe(true);
    for (const { token } of attributes) expect((token & 0x3f) >= 5 && token < 0x80).toBe(true);
    for (const { token } of attributeValues) expect((token & 0x3f) >= 5 && token >= 0x80 && token <= 0xff).toBe(true);
  });

  it('names the namespace of every page that has tags', () => {
    expect(new Set(tags.map(({ page }) => page))).toEqual(new Set(namespaces.map(({ page }) => page)));
  });

  it('brings every tag through both directions', () => {
    for (const { page, name } of tags) {
      const namespace = namespaces.find((row) => row.page === page)?.namespace ?? '';
      const tree = element(name, namespace, [element(name, namespace)]);
      const bytes = encodeWbxml(tree, { language });
      expect(decodeWbxml(bytes, { assumeLanguage: language }).root).toEqual(tree);
    }
  });

  it('brings every attribute token through both directions', () => {
    const name = tags[0]?.name ?? '';
    const namespace = namespaces[0]?.namespace ?? '';
    for (const row of attributes) {
      for (const value of [row.value ?? '', `${row.value ?? ''}x`]) {
        const tree = element(name, namespace, [], [{ name: row.name, value }]);
        expect(decodeWbxml(encodeWbxml(tree, { language }), { assumeLanguage: language }).root).toEqual(tree);
      }
    }
    for (const row of attributeValues) {
      const tree = element(name, namespace, [], [{ name: 'q', value: `a${row.value}${row.value}b` }]);
      expect(decodeWbxml(encodeWbxml(tree, { language }), { assumeLanguage: language }).root).toEqual(tree);
    }
  });

  it('is found by its public identifier', () => {
    const { publicId, publicIdText } = language.table;
    if (publicIdText !== undefined) {
      expect(languageOfPublicId(publicIdText)).toBe(language);
      expect(languageOfPublicId(` ${publicIdText} `)).toBe(language);
    }
    if (publicId !== undefined) expect(languageOfPublicId(publicId)).toBe(language);
  });
});

describe('languages', () => {
  it('knows the tokens that the specification’s examples use', () => {
    const tokenOf = (language: 'syncml-1.1' | 'syncml-1.2' | 'devinf-1.2', name: string) =>
      languageNamed(language).tagsByName.get(name)?.token;
    expect(tokenOf('syncml-1.1', 'SyncML')).toBe(0x2d);
    expect(tokenOf('syncml-1.1', 'VerDTD')).toBe(0x31);
    expect(tokenOf('syncml-1.1', 'MaxObjSize')).toBe(0x15);
    expect(tokenOf('syncml-1.1', 'Correlator')).toBeUndefined();
    expect(tokenOf('syncml-1.2', 'Correlator')).toBe(0x3c);
    expect(tokenOf('devinf-1.2', 'MaxSize')).toBe(0x1c);
  });

  it('knows no language by the number for unknown, nor by a foreign identifier', () => {
    expect(languageOfPublicId(1)).toBeUndefined();
    expect(languageOfPublicId('-//WAPFORUM//DTD WML 1.3//EN')).toBeUndefined();
  });

  it('knows languages that no identifier leads to, so that they have to be named', () => {
    const nameless = LANGUAGES.filter(({ table }) => table.publicId === undefined && table.publicIdText === undefined);
    expect(nameless.map(({ name }) => name)).toEqual(['ota-settings', 'sync-settings']);
    const list = element('CHARACTERISTIC-LIST', '');
    const bytes = encodeWbxml(list, { language: 'ota-settings' });
    expect([...bytes]).toEqual([2, 1, 0x6a, 0, 0x05]);
    expect(() => decodeWbxml(bytes)).toThrow('does not say its language');
    expect(decodeWbxml(bytes, { assumeLanguage: 'ota-settings' }).root).toEqual(list);
  });

  it('lets an unregistered table be used', () => {
    const language = compileLanguage({
      name: 'made-up',
      publicId: 0x7fff,
      publicIdText: '-//MADE//DTD UP//EN',
      namespaces: [{ page: 3, namespace: 'urn:up' }],
      tags: [{ page: 3, token: 9, name: 'up' }],
    });
    const bytes = encodeWbxml(element('up', 'urn:up', ['x']), { language });
    expect([...bytes]).toEqual([2, 0x81, 0xff, 0x7f, 0x6a, 0, 0, 3, 0x49, 3, 0x78, 0, 1]);
    expect(decodeWbxml(bytes, { assumeLanguage: language }).root).toEqual(element('up', 'urn:up', ['x']));
    expect(() => decodeWbxml(bytes)).toThrow('public identifier 0x7fff');
  });
});
