import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Element, isElement } from '../../../src/wire/element.ts';
import { decodeXml } from '../../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../../src/wire/xml/encode-xml.ts';
import { XmlError } from '../../../src/wire/xml/xml-error.ts';
import { joined, withoutIndentation, xmlText, xmlTree } from '../generated-trees.ts';

describe('any tree comes back from XML as it was', () => {
  it.each([false, true])('with indent %j', (indent) => {
    fc.assert(
      fc.property(xmlTree, (tree) => {
        const xml = encodeXml(tree, { indent });
        const expected = withoutIndentation(joined(tree));
        expect(decodeXml(xml).root).toEqual(expected);
        expect(decodeXml(Buffer.from(xml)).root).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('and any text comes back from an element and an attribute', () => {
    fc.assert(
      fc.property(xmlText, (text) => {
        const tree: Element = { name: 'a', namespace: '', attributes: [{ name: 'b', value: text }], children: [text] };
        expect(decodeXml(encodeXml(tree)).root).toEqual(joined(tree));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('positions', () => {
  it('are those of the < of every start tag, whatever stands around', () => {
    fc.assert(
      fc.property(xmlTree, (tree) => {
        const xml = encodeXml(tree, { indent: true });
        const { root, positionOf } = decodeXml(xml, { positions: true });
        const lines = xml.split('\n').map((line) => [...line]);
        const visit = (node: Element) => {
          const at = positionOf(node) ?? { line: 0, column: 0 };
          const rest = lines[at.line - 1]?.slice(at.column - 1).join('') ?? '';
          expect(rest.startsWith(`<${node.name}`)).toBe(true);
          node.children.filter(isElement).forEach(visit);
        };
        visit(root);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a document cut short', () => {
  it('is refused at every length', () => {
    fc.assert(
      fc.property(xmlTree, (tree) => {
        const bytes = Buffer.from(encodeXml(tree));
        for (let length = 0; length < bytes.length; length++) {
          expect(() => decodeXml(bytes.subarray(0, length))).toThrow(XmlError);
        }
      }),
      { numRuns: 20 },
    );
  });
});
