import fc from 'fast-check';
import { type Attribute, type Element, isElement, type Node } from '../../src/wire/element.ts';
import type { Language } from '../../src/wire/wbxml/language.ts';

/** Well-formed text without U+0000: mostly short and ASCII, sometimes anything Unicode has. */
const wbxmlText = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.string({ minLength: 100, maxLength: 400 }) },
);
const withoutZero = wbxmlText.map((text) => text.replaceAll('\0', ''));

/** Text of characters that XML 1.0 has, with a liking for those that need care. */
export const xmlText = fc
  .oneof(
    withoutZero,
    fc
      .array(
        fc.constantFrom(
          ']]>',
          '\r',
          '\r\n',
          '\n',
          '\t',
          '&lt;',
          '&',
          '<',
          '>',
          '"',
          "'",
          '\u{1f600}',
          '\u0085',
          ' ',
          'x',
        ),
      )
      .map((pieces) => pieces.join('')),
  )
  .map((text) => text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, ''));

const attributeName = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/).filter((name) => !name.startsWith('xml'));

function attributesWith(value: fc.Arbitrary<string>): fc.Arbitrary<readonly Attribute[]> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<readonly Attribute[]>([]) },
    fc.uniqueArray(fc.record({ name: attributeName, value }), { selector: ({ name }) => name, maxLength: 4 }),
  );
}

function treeOf(
  names: fc.Arbitrary<{ name: string; namespace: string }>,
  attributes: fc.Arbitrary<readonly Attribute[]>,
  leaf: fc.Arbitrary<string | Uint8Array>,
): fc.Arbitrary<Element> {
  const { tree } = fc.letrec<{ tree: Element; node: Node }>((tie) => ({
    node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('tree')),
    tree: fc
      .tuple(names, attributes, fc.array(tie('node'), { maxLength: 5 }))
      .map(([name, attributes, children]) => ({ ...name, attributes, children })),
  }));
  return tree;
}

/** Trees of a language: its own tags, names it has no token for, bytes and any text. */
export function wbxmlTree(language: Language): fc.Arbitrary<Element> {
  const { namespaces, tags } = language.table;
  const namespaceOf = (page: number) => namespaces.find((row) => row.page === page)?.namespace ?? '';
  const known = fc.constantFrom(...tags).map(({ page, name }) => ({ name, namespace: namespaceOf(page) }));
  const literal = fc.record({
    name: fc.stringMatching(/^[A-Z][a-z-]{1,8}9$/),
    namespace: fc.constantFrom(...namespaces.map(({ namespace }) => namespace)),
  });
  return treeOf(
    fc.oneof({ weight: 8, arbitrary: known }, literal),
    attributesWith(withoutZero),
    fc.oneof({ weight: 4, arbitrary: withoutZero }, fc.uint8Array({ maxLength: 300 })),
  );
}

/** Trees of any names and namespaces, without bytes (XML has none). */
export const xmlTree: fc.Arbitrary<Element> = treeOf(
  fc.record({
    name: fc.oneof(
      fc.constantFrom('SyncML', 'Data', 'é', '\u{10000}x'),
      fc.stringMatching(/^[A-Za-z_][A-Za-z0-9._-]{0,8}$/),
    ),
    namespace: fc.constantFrom('', 'SYNCML:SYNCML1.1', 'syncml:metinf', 'urn:x?a&b"<'),
  }),
  attributesWith(xmlText),
  xmlText,
);

/** What every reader makes of a tree: neighbouring strings joined, empty ones gone. */
export function joined(tree: Element): Element {
  const children: Node[] = [];
  for (const node of tree.children) {
    const last = children.at(-1);
    if (typeof node === 'string') {
      if (node === '') continue;
      if (typeof last === 'string') children[children.length - 1] = last + node;
      else children.push(node);
    } else children.push(isElement(node) ? joined(node) : node);
  }
  return { ...tree, children };
}

/** What XML can carry of it: white space alone beside elements is indentation. */
export function withoutIndentation(tree: Element): Element {
  const beside = tree.children.some(isElement);
  const children = tree.children
    .filter((node) => !(beside && typeof node === 'string' && /^[ \t\r\n]*$/.test(node)))
    .map((node) => (isElement(node) ? withoutIndentation(node) : node));
  return { ...tree, children };
}
