import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWbxml } from '../../../src/wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../../../src/wire/wbxml/encode-wbxml.ts';
import { LANGUAGES, languageNamed } from '../../../src/wire/wbxml/languages.ts';
import { WbxmlError } from '../../../src/wire/wbxml/wbxml-error.ts';
import { joined, wbxmlTree } from '../generated-trees.ts';

describe('any tree comes back from WBXML as it was', () => {
  it.each(LANGUAGES.map((language) => [language.name, language] as const))('in %s', (_, language) => {
    fc.assert(
      fc.property(
        wbxmlTree(language),
        fc.constantFrom('1.1' as const, '1.2' as const, '1.3' as const),
        fc.constantFrom('number' as const, 'text' as const, 'unknown' as const),
        (tree, version, publicIdStyle) => {
          const bytes = encodeWbxml(tree, { language, version, publicIdStyle });
          const document = decodeWbxml(bytes, { assumeLanguage: language });
          expect(document.root).toEqual(joined(tree));
          expect(document).toMatchObject({ version, language });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('and encoding what was decoded gives the same bytes', () => {
    const language = languageNamed('syncml-1.2');
    fc.assert(
      fc.property(wbxmlTree(language), (tree) => {
        const bytes = encodeWbxml(joined(tree), { language });
        expect(encodeWbxml(decodeWbxml(bytes).root, { language })).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a document cut short', () => {
  it('is refused at every length, with an offset inside what is left', () => {
    const language = languageNamed('syncml-1.2');
    fc.assert(
      fc.property(wbxmlTree(language), (tree) => {
        const bytes = encodeWbxml(tree, { language });
        for (let length = 0; length < bytes.length; length++) {
          const offset = refusal(bytes.subarray(0, length));
          expect(offset >= 0 && offset <= length).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('any bytes at all', () => {
  it('are a document or a WbxmlError', () => {
    const header = fc.constantFrom([2, 0x9f, 0x53, 0x6a, 0], [3, 0x0b, 0x6a, 3, 0x61, 0x62, 0], [1, 1, 4, 0], []);
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
        try {
          decodeWbxml(Uint8Array.of(...head, ...tail), { assumeLanguage: 'syncml-1.2' });
        } catch (error) {
          expect(error).toBeInstanceOf(WbxmlError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function refusal(bytes: Uint8Array): number {
  try {
    decodeWbxml(bytes);
  } catch (error) {
    if (error instanceof WbxmlError) return error.offset;
    throw error;
  }
  throw new Error(`accepted when cut to ${bytes.length} octets`);
}
